"""What the outside world sends, in its own shape."""

from typing import Any

from commerce import clock
from commerce.ids import public_id


def instagram_message(profile: str, text: str) -> dict[str, Any]:
    """A private message as Meta's webhook brings it (messaging webhook, object "instagram")."""
    account, now = "17841400000000000", int(clock.now().timestamp() * 1000)
    message = {
        "sender": {"id": profile},
        "recipient": {"id": account},
        "timestamp": now,
        "message": {"mid": f"m_{public_id()}", "text": text},
    }
    return {"object": "instagram", "entry": [{"id": account, "time": now, "messaging": [message]}]}


def carrier_event(tracking_number: str, status: str, **facts: str) -> dict[str, Any]:
    """What a carrier's webhook says of a parcel."""
    return {
        "id": public_id(),
        "tracking_number": tracking_number,
        "status": status,
        "occurred_at": clock.now().isoformat(),
    } | facts
