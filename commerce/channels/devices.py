"""Keys of tills and other machines. A key is shown once; what is stored cannot be turned back into it."""

from datetime import datetime

from commerce.channels.models import Device, Location
from commerce.ids import digest, token


def issue(name: str, *, role: str, location: Location | None, at: datetime) -> tuple[Device, str]:
    """Let a machine in; returns its row, and the key that nobody can read again."""
    key = token()
    device = Device.objects.create(name=name, role=role, location=location, key_digest=digest(key), created_at=at)
    return device, key


def rotate(device: Device) -> str:
    """Give a machine another key, at once in place of the old one; returns it."""
    key = token()
    device.key_digest = digest(key)
    device.save(update_fields=["key_digest"])
    return key


def revoke(device: Device, *, at: datetime) -> None:
    """Shut a machine out, until somebody lets it in again."""
    Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=at)


def restore(device: Device) -> None:
    """Let a machine in again, by the key that it had."""
    Device.objects.filter(pk=device.pk).update(revoked_at=None)
