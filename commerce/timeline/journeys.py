"""Journeys never merge: two that turn out to belong together are linked."""

from datetime import datetime

from commerce.timeline.models import Link


def link(one: int, other: int, *, reason: str, at: datetime) -> None:
    """Link two journeys, by id; a second time, or with itself, changes nothing."""
    if one != other:
        earlier, later = sorted((one, other))
        Link.objects.bulk_create(
            [Link(earlier_id=earlier, later_id=later, reason=reason, linked_at=at)], ignore_conflicts=True
        )
