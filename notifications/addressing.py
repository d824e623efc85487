"""Addresses as somebody types them into a search."""

from commerce.customers.addresses import NotAnAddress, normalize
from commerce.customers.models import ContactPoint


def spellings(address: str) -> set[str]:
    """An address as it may be stored, whatever kind it is."""
    found = set()
    for kind in ContactPoint.Kind:
        try:
            found.add(normalize(kind, address))
        except NotAnAddress:
            continue
    return found
