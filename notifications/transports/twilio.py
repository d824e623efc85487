"""Text messages and WhatsApp through Twilio's Messages resource, over plain HTTP.

Twilio knows no keys of ours: what was asked and not answered is unclear, and is not said again. What became of a
message it tells at /hooks/twilio/ (notifications.twilio_hook).
"""

import json

import httpx
from django.conf import settings

from notifications.transports.outgoing import Outgoing, TransportError, Unclear

TIMEOUT = httpx.Timeout(10, connect=5)
NEVER = {21211, 21214, 21217, 21265, 21408, 21610, 21612, 21614, 21635, 63003, 63024}
"""Twilio's codes for an address that will never take it: no number, not reachable, or it has said STOP."""


def send(outgoing: Outgoing) -> str:
    """Hand a message to Twilio and return its SID; raises TransportError or Unclear."""
    sid = settings.TWILIO_ACCOUNT_SID
    try:
        answer = httpx.post(
            f"{settings.TWILIO_API_BASE}/2010-04-01/Accounts/{sid}/Messages.json",
            data=form_of(outgoing),
            auth=(sid, settings.TWILIO_AUTH_TOKEN),
            timeout=TIMEOUT,
        )
    except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
        raise TransportError(f"twilio cannot be reached: {type(problem).__name__}", permanent=False) from problem
    except httpx.HTTPError as problem:
        raise Unclear(f"twilio did not answer: {type(problem).__name__}") from problem
    if answer.status_code == 429:
        raise TransportError("twilio 429", permanent=False)
    if answer.status_code >= 500:
        raise Unclear(f"twilio {answer.status_code}")
    said = body_of(answer)
    if answer.status_code >= 400:
        code = said.get("code")
        raise TransportError(f"twilio {code or answer.status_code}", permanent=code in NEVER)
    if not isinstance(said.get("sid"), str):
        raise Unclear("twilio took it without a sid")
    return str(said["sid"])


def form_of(outgoing: Outgoing) -> dict[str, str]:
    """A message as Twilio takes it; for WhatsApp both numbers say so."""
    is_whatsapp = outgoing.contact_channel == "whatsapp"
    prefix, sender = ("whatsapp:", settings.TWILIO_WHATSAPP_FROM) if is_whatsapp else ("", settings.TWILIO_SMS_FROM)
    by = {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": prefix + sender}
    said = {"Body": outgoing.text}
    if outgoing.content:  # outside a talk, WhatsApp takes approved templates alone
        variables = json.dumps(outgoing.content["variables"])
        said = {"ContentSid": outgoing.content["sid"], "ContentVariables": variables}
    return (
        by
        | said
        | {
            "To": prefix + outgoing.address,
            "StatusCallback": f"{settings.PUBLIC_URL}/hooks/twilio/",
        }
    )


def body_of(answer: httpx.Response) -> dict[str, object]:
    """What Twilio says, if it can be read."""
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
