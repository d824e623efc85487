"""Who works on the cases of these tests, when, and what the timeline tells of one."""

from datetime import timedelta

from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from orders.cases.models import Case
from tests.factories import MONDAY

ANA = Actor("staff", "7")
STAMP = {"by": ANA, "channel": "call_center", "at": MONDAY}
LATER = STAMP | {"at": MONDAY + timedelta(hours=1)}


def entries(case: Case, kind: str) -> list[Entry]:
    return list(Entry.objects.filter(journey=case.journey, type=kind).order_by("number"))
