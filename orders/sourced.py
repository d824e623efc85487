"""Why a part of an order is served from where it is, in words, as the timeline keeps it: for staff only."""

from collections.abc import Sequence

from commerce.timeline.models import Entry
from inventory.rules import in_words
from orders.models import Fulfillment


def why_here(parts: Sequence[Fulfillment]) -> list[tuple[int, str]]:
    """For each part (its pk): the rules by which its place was chosen; one query. Parts need their order."""
    told = Entry.objects.filter(
        journey__in={part.order.journey_id for part in parts}, type__in=("checkout.started", "fulfillment.rerouted")
    ).order_by("pk")
    chosen: dict[tuple[str, int], str] = {}
    for data in told.values_list("data", flat=True):
        for choice in data.get("served_by", ()):
            chosen[data["order"], choice["location"]] = in_words(choice["because"])
    found = []
    for part in parts:
        words = chosen.get((part.order.public_id, part.comes_from_id or part.location_id))
        if words:
            found.append((part.pk, words))
    return found
