"""No silent stage: each change that she can see is told by one message, or the reason why not is stored.

Random lives ask it of the real handlers; LIVES=1000 is the full size. The same lives with a handler that says nothing
show that silence would be found.
"""

import os
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Q, QuerySet

from commerce import wiring
from commerce.customers.models import Person
from commerce.timeline.models import Entry
from notifications.audit import RULES
from notifications.cases.showing import shown
from notifications.models import Attempt, Message
from notifications.purposes import PURPOSES, About
from notifications.visible import TOLD, WHY, WITH_ANOTHER
from orders.cases.models import Case
from orders.models import Order
from orders.pages import TOLD as ON_HER_PAGE
from orders.pages import told_of
from tests.audits import violations
from tests.factories import stock, variant
from tests.notifications.lives import Life, live, unfinished
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db

LIVES = int(os.environ.get("LIVES", "10"))
SEED = os.environ.get("SEED", "74703224")
SAID = (Attempt.Status.ACCEPTED, Attempt.Status.DELIVERED, Attempt.Status.READ)


@pytest.fixture
def shop() -> Shop:
    opened = open_shop()
    for place in (opened.store, opened.warehouse):
        stock(variant(sku=f"PLATO-{place.code}"), place, on_hand=50)
    return opened


def seen_by(her: Person) -> list[Entry]:
    """What her own pages show of her orders and cases: the pages are asked, not the table of what is told.

    A case that is late, and a promise that broke, is written to her though no page may list it.
    """
    orders = Order.objects.filter(person=her)
    seen = {entry for order in orders for entry in told_of(order, order.cases.all())}
    about = Q(journey__in=orders.values("journey")) | Q(journey__in=Case.objects.filter(person=her).values("journey"))
    seen |= set(Entry.objects.filter(about, type__startswith="promise."))
    for case in Case.objects.filter(person=her):
        seen |= set(shown(case, language="es", to_staff=False).entries)
        seen |= set(Entry.objects.filter(type="case.clock_missed", data__case=case.public_id))
    return sorted(seen, key=lambda entry: entry.pk)


def silences(her: Person) -> list[str]:
    """Changes that she can see and that left not exactly one message or reason, nor are told with another."""
    return [f"{entry.type}: {wrong}" for entry in seen_by(her) if (wrong := silent(entry))]


def silent(entry: Entry) -> str:
    """What is wrong with how a change was told; empty where nothing is."""
    if entry.type in TOLD:
        purpose = TOLD[entry.type]
        told = Message.objects.filter(entry=entry.pk, purpose=purpose).count()
        reasons = [why.data["why"] for why in withheld().filter(cause=entry.pk, data__purpose=purpose)]
        if unheard := set(reasons) - WHY:
            return f"withheld for no reason that we have: {sorted(unheard)}"
        return "" if told + len(reasons) == 1 else f"{told} messages, {len(reasons)} reasons"
    if entry.type not in WITH_ANOTHER:
        return "is on her page, and nobody has said how she hears of it"
    purposes = WITH_ANOTHER[entry.type].purposes
    messages = Message.objects.filter(journey=entry.journey, purpose__in=purposes)
    if named := entry.data.get("message"):  # it says itself which message told her
        return "" if messages.filter(public_id=named, status="sent").exists() else f"not told by {named}"
    reasons_of_it = withheld().filter(journey=entry.journey, data__purpose__in=purposes)
    return "" if messages.exists() or reasons_of_it.exists() else f"told with none of {sorted(purposes)}"


def withheld() -> QuerySet[Entry]:
    """The stored reasons why something was not told by a message."""
    return Entry.objects.filter(type="message.withheld").order_by("pk")


def not_said_well(life: Life) -> list[str]:
    """Messages that neither left once, by the way she prefers, nor have a reason."""
    about = Message.objects.exclude(status=Message.Status.WAITING).order_by("pk")
    return [f"{message.purpose}: {wrong}" for message in about if (wrong := wrong_with(message, life))]


def wrong_with(message: Message, life: Life) -> str:
    """What is wrong with a message at the end: it neither left once nor has a reason, or left by the wrong way."""
    sent = list(message.attempts.filter(status__in=SAID))
    if message.status == Message.Status.SENT and len(sent) == 1:
        return by_another_way(sent[0], life)
    dropped = message.verdicts.filter(decision="drop").exclude(reasons=[])
    if message.status == Message.Status.DROPPED and not sent and dropped.count() == 1:
        return ""
    return f"{message.status} with {len(sent)} attempts and {dropped.count()} reasons"


def by_another_way(attempt: Attempt, life: Life) -> str:
    """Whether it left by another contact channel than she prefers, though that one could carry it.

    What endangers a promise is told by the contact channel of the promise.
    """
    wanted = life.her.preferred_contact_channel
    purpose = PURPOSES[attempt.message.purpose]
    if purpose.about is About.PROMISE:
        return ""
    kinds = set(life.her.contact_points.exclude(verified_at=None).values_list("kind", flat=True))
    carried = {"email": "email", "sms": "phone"}.get(wanted)
    could = carried in kinds and wanted in purpose.contact_channels
    return f"sent by {attempt.contact_channel}, not by {wanted}" if could and attempt.contact_channel != wanted else ""


def ask(shop: Shop, seed: str, seen: Counter[str]) -> list[str]:
    """Live one life and ask for silences in it; nothing of it stays."""
    with transaction.atomic():
        life = live(shop, seed)
        seen.update(Entry.objects.filter(type__in=TOLD).values_list("type", flat=True))
        seen["withheld"] += Entry.objects.filter(type="message.withheld").count()
        seen["sent"] += Message.objects.filter(status="sent").count()
        seen["dropped"] += Message.objects.filter(status="dropped").count()
        found = silences(life.her)
        seen["shown"] += len(seen_by(life.her))
        audited = [row for row in violations("notifications.audit.RULES") if row.startswith("every change")]
        assert len(audited) == len([one for one in found if " reasons" in one])
        wrong = unfinished(life) + found + not_said_well(life)
        transaction.set_rollback(True)
    return wrong


def test_every_change_in_random_lives_is_told_once_or_has_a_stored_reason(shop):
    seen: Counter[str] = Counter()
    silent = {f"{SEED}-{n}": wrong for n in range(LIVES) if (wrong := ask(shop, f"{SEED}-{n}", seen))}

    assert seen["shown"] > seen["order.placed"]
    print(f"{LIVES} lives, seed {SEED}: {sum(seen[kind] for kind in TOLD)} visible changes; {dict(seen)}")
    assert silent == {}
    assert seen["sent"] > LIVES


@pytest.mark.parametrize(
    "handler",
    [
        "notifications.changes.tell_of_change",
        "notifications.triggers.confirm_order",
        "notifications.returns.tell_of_return",
        "notifications.cases.triggers.tell_of_case",
    ],
)
def test_a_handler_that_says_nothing_is_found(shop, monkeypatch, handler):
    module, _, name = handler.rpartition(".")
    monkeypatch.setattr(f"{module}.{name}", lambda task, *, at: None)

    lives = (ask(shop, f"{SEED}-{n}", Counter()) for n in range(30))

    assert next((life for life in lives if any("0 messages, 0 reasons" in wrong for wrong in life)), None)


def test_a_message_that_is_told_twice_is_found(shop):
    with transaction.atomic():
        life = live(shop, f"{SEED}-0")
        again = Message.objects.filter(purpose="order_confirmation").get()
        again.pk, again.public_id, again.phase = None, "twice", "2"
        again.save()
        assert any("2 messages" in wrong for wrong in silences(life.her))
        transaction.set_rollback(True)


def test_what_stands_on_her_page_is_told_or_told_with_something_else():
    assert set(ON_HER_PAGE) <= TOLD.keys() | WITH_ANOTHER.keys()
    assert not TOLD.keys() & WITH_ANOTHER.keys()
    assert set(TOLD.values()) <= PURPOSES.keys()
    assert {purpose for told in WITH_ANOTHER.values() for purpose in told.purposes} <= PURPOSES.keys()


def test_each_change_that_is_told_has_a_handler_that_tells_it():
    for kind in TOLD:
        handlers = [follow.handler for follow in wiring.FOLLOWS.get(kind, ())]
        assert any(handler.startswith("notifications.") for handler in handlers), kind


def test_the_audit_names_every_change_that_is_told():
    (rule,) = [rule.violations for rule in RULES if rule.name.startswith("every change that she sees")]

    for kind, purpose in TOLD.items():
        assert f"('{kind}', '{purpose}')" in rule
    assert rule.count("', '") >= len(TOLD)
