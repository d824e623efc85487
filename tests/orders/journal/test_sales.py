"""What a till tells is booked once, whatever it says and however it comes."""

from datetime import timedelta

import pytest

from commerce.clock import now
from commerce.promotions.models import Promotion
from commerce.timeline.models import Entry
from commerce.wiring import AUDITS
from inventory.models import Stock
from orders.journal.models import Difference, Fact, Till
from orders.models import Order, Payment, Todo
from orders.returns.models import Return
from tests.audits import violations
from tests.factories import coupon, person, promotion
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def on_hand(shop: Shop) -> int:
    return Stock.objects.get(variant=shop.mug, location=shop.store).on_hand


def open_todos() -> list[str]:
    return list(Todo.objects.filter(closed_at=None).order_by("kind").values_list("kind", flat=True))


def test_a_sale_becomes_a_paid_order_of_its_store_with_both_clocks(shop: Shop, caja: TillOf) -> None:
    sold_at = now() - timedelta(hours=3)

    answer = caja.send(caja.sale(line(shop.mug, quantity=2), at=sold_at))

    order = Order.objects.get()
    assert answer.json()["facts"] == [
        {
            "uuid": str(Fact.objects.get().uuid),
            "sequence": 1,
            "result": "new",
            "order": order.public_id,
            "flags": [],
            "differences": [],
            "field": None,
            "reason": None,
        }
    ]
    assert (order.number, order.total, order.payment_status) == (f"T{caja.device.pk}-1", 2500, "captured")
    assert (order.location, order.placed_at) == (shop.store, sold_at)
    assert on_hand(shop) == 3
    entry = Entry.objects.get(type="till.sold")
    assert (entry.occurred_at, entry.recorded_at > sold_at) == (sold_at, True)
    assert violations(*AUDITS) == []


def test_a_sale_stands_as_it_was_sold_whatever_the_books_say(shop: Shop, caja: TillOf) -> None:
    facts = [
        caja.sale(line(shop.mug, quantity=9)),
        caja.sale(line(shop.mug, price=999)),
        caja.sale({"sku": "NADIE", "quantity": 1, "unit_price": 100, "total": 100}),
        caja.sale(line(shop.mug), coupons=["NO-SUCH"]),
        caja.sale(line(shop.mug), person="nobody"),
    ]

    results = caja.results(*facts)

    assert results == ["new"] * 5
    assert on_hand(shop) == 5 - 12
    told = Difference.objects.order_by("fact", "pk").values_list("kind", "subject", "expected", "actual", "loss")
    assert list(told) == [
        ("price", "TAZA", 1250, 999, 251),
        ("article", "NADIE", None, 100, 0),
        ("coupon_unknown", "NO-SUCH", None, None, 0),
        ("person", "", None, None, 0),
    ]
    assert Entry.objects.filter(type="till.differed").count() == 4
    assert violations(*AUDITS) == []


def test_two_tenders_of_one_sale_may_have_one_reference(shop: Shop, caja: TillOf) -> None:
    slip = {"tender": "card_terminal", "amount": 625, "reference": "slip 7"}

    assert caja.results(caja.sale(line(shop.mug)) | {"tenders": [slip, slip]}) == ["new"]

    assert list(Payment.objects.values_list("amount", flat=True)) == [625, 625]


def test_a_coupon_that_is_used_up_is_a_loss_and_not_hidden(shop: Shop, caja: TillOf) -> None:
    once = coupon("UNA", use_limit=1)
    sales = [caja.sale(line(shop.mug, discount=125, total=1125), coupons=["una"]) for _ in range(2)]

    caja.send(*sales)

    once.refresh_from_db()
    assert (once.uses_held, once.uses_redeemed) == (0, 1)
    assert list(Difference.objects.values_list("kind", "subject", "loss")) == [("coupon_overused", "UNA", 125)]
    assert violations(*AUDITS) == []


def test_known_facts_are_passed_over_and_altered_ones_raise_an_alarm(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug))

    assert caja.results(sale, sale) == ["new", "known"]
    assert caja.results(sale) == ["known"]
    assert caja.results(sale | {"person": "x"}) == ["different"]
    assert (Order.objects.count(), on_hand(shop), open_todos()) == (1, 4, ["till_refused"])


def test_one_unclear_fact_spoils_no_other_and_leaves_a_gap(shop: Shop, caja: TillOf) -> None:
    good, bad, later = (caja.sale(line(shop.mug)) for _ in range(3))
    bad = bad | {"lines": [line(shop.mug) | {"quantity": -1}]}

    answer = caja.send(good, bad, "nonsense", later).json()

    assert [each["result"] for each in answer["facts"]] == ["new", "refused", "refused", "new"]
    assert answer["facts"][1]["field"] == "lines.1.quantity"
    assert (answer["missing"], open_todos()) == ([[2, 2]], ["till_gap"])


def test_a_gap_is_an_alarm_until_it_is_filled(shop: Shop, caja: TillOf) -> None:
    facts = [caja.sale(line(shop.mug)) for _ in range(6)]

    missing = caja.send(facts[5], facts[1]).json()["missing"]
    alarm = Todo.objects.get()
    caja.send(facts[0], *facts[2:5])

    assert (missing, alarm.cause, alarm.location) == ([[1, 1], [3, 5]], "never came: 1, 3–5", shop.store)
    assert open_todos() == []
    assert Till.objects.values_list("told", "highest").get() == (6, 6)


def test_a_return_gives_back_from_its_sale_also_where_it_comes_first(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug, quantity=2))
    back = caja.fact("return", of=sale["uuid"], lines=[line(shop.mug)])

    caja.send(back)
    caja.send(sale)

    assert Return.objects.get().order == Order.objects.get()
    assert on_hand(shop) == 4


@pytest.mark.parametrize("sale_first", [True, False])
def test_a_void_undoes_its_sale_once_also_where_it_comes_first(shop: Shop, caja: TillOf, sale_first: bool) -> None:
    once = coupon("UNA", use_limit=1)
    sale = caja.sale(line(shop.mug, quantity=2), coupons=["UNA"])
    voids = [caja.fact("void", of=sale["uuid"]) for _ in range(2)]

    results = [caja.results(batch) for batch in ([sale, *voids] if sale_first else [*voids, sale])]

    order = Order.objects.get()
    assert results == ([["new"]] * 3 if sale_first else [["waiting"], ["waiting"], ["new"]])
    assert (order.payment_status, order.payments.get().refunded, on_hand(shop)) == ("refunded", 2500, 5)
    once.refresh_from_db()
    assert once.uses_redeemed == 0
    assert Entry.objects.filter(type="till.voided", journey=order.journey_id).count() == 1
    assert violations(*AUDITS) == []


@pytest.mark.parametrize("order_of_facts", ["spv", "svp", "psv", "vps", "pvs", "vsp"])
@pytest.mark.parametrize("outcome", ["captured", "declined"])
def test_a_stored_card_ends_the_same_whatever_comes_first(
    shop: Shop, caja: TillOf, order_of_facts: str, outcome: str
) -> None:
    sale = caja.sale(line(shop.mug)) | {"tenders": [{"tender": "card_terminal", "amount": 1250, "state": "stored"}]}
    ended = caja.fact("payment", of=sale["uuid"], tender=1, outcome=outcome)
    facts = {"s": sale, "p": ended, "v": caja.fact("void", of=sale["uuid"])}

    for which in order_of_facts:
        caja.send(facts[which])

    payment = Payment.objects.get()
    ends = {"captured": ("captured", 1250, "refunded"), "declined": ("failed", 0, "failed")}
    assert (payment.status, payment.refunded, Order.objects.get().payment_status) == ends[outcome]
    assert (on_hand(shop), open_todos()) == (5, [])
    assert violations(*AUDITS) == []


def test_a_card_that_is_declined_after_the_goods_have_left_is_a_task_of_the_store(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug)) | {"tenders": [{"tender": "card_terminal", "amount": 1250, "state": "stored"}]}
    caja.send(sale)
    before = Order.objects.get().payment_status

    caja.send(caja.fact("payment", of=sale["uuid"], tender=1, outcome="declined"))

    todo = Todo.objects.get()
    assert (before, Order.objects.get().payment_status) == ("authorized", "failed")
    assert (todo.kind, todo.location, todo.due_at is not None) == ("payment_failed_after_handover", shop.store, True)
    assert violations(*AUDITS) == []


def test_two_devices_under_one_name_are_told_apart_and_the_second_is_set_apart(shop: Shop, caja: TillOf) -> None:
    copy = TillOf(caja.device, caja.key, caja.store, installation="two")
    first, second = caja.sale(line(shop.mug)), copy.sale(line(shop.mug))

    assert caja.results(first) == ["new"]
    assert copy.results(second, second) == ["quarantined"] * 2
    assert copy.results(second) == ["quarantined"]
    assert (Order.objects.count(), on_hand(shop), open_todos()) == (1, 4, ["till_quarantined"])
    assert Fact.objects.get(status="quarantined").said == second


def test_one_number_that_stands_for_two_things_is_set_apart_too(shop: Shop, caja: TillOf) -> None:
    first = caja.sale(line(shop.mug))
    other = caja.sale(line(shop.mug)) | {"sequence": 1}

    assert caja.results(first, other) == ["new", "quarantined"]


def test_known_people_keep_their_sales(shop: Shop, caja: TillOf) -> None:
    lucia = person()

    caja.send(caja.sale(line(shop.mug), person=lucia.public_id))

    assert Order.objects.get().person == lucia


def test_a_second_till_with_the_facts_of_another_is_refused_with_an_alarm(shop: Shop, caja: TillOf) -> None:
    sale = caja.sale(line(shop.mug))
    caja.send(sale)

    assert till(shop.store, name="caja-2").results(sale) == ["refused"]
    assert (Order.objects.count(), open_todos()) == (1, ["till_refused"])


def test_a_batch_costs_the_same_statements_for_one_sale_or_thirty(
    shop: Shop, caja: TillOf, django_assert_max_num_queries
) -> None:
    caja.send(caja.sale(line(shop.mug)))
    thirty = [caja.sale(line(shop.mug), line(shop.mug)) for _ in range(30)]

    with django_assert_max_num_queries(46):
        caja.send(*thirty)


def test_a_stale_price_says_which_version_the_till_used_and_which_was_ours(shop: Shop, caja: TillOf) -> None:
    stale = caja.sale(line(shop.mug, price=999), prices="pvp 3")
    right = caja.sale(line(shop.mug), prices="pvp 3")

    caja.send(stale, right)

    told = Difference.objects.get()
    assert (told.kind, told.till_version, told.our_version, told.loss) == ("price", "pvp 3", "pvp 1", 251)
    assert on_hand(shop) == 3


def test_a_promotion_that_has_ended_or_changed_is_a_difference_with_both_versions(shop: Shop, caja: TillOf) -> None:
    ended, changed, current = (promotion() for _ in range(3))
    Promotion.objects.filter(pk=ended.pk).update(ends_at=now() - timedelta(minutes=5))
    Promotion.objects.filter(pk=changed.pk).update(value=2000)

    def sale(number: int, version: int) -> dict[str, object]:
        applied = [{"promotion": number, "version": version}]
        return caja.sale(line(shop.mug, discount=125, total=1125), promotions=applied)

    caja.send(sale(ended.pk, 1), sale(changed.pk, 1), sale(current.pk, 1), sale(2**30, 7))

    told = Difference.objects.order_by("fact").values_list("kind", "subject", "till_version", "our_version", "loss")
    assert list(told) == [
        ("promotion", str(ended.pk), "1", "2", 125),
        ("promotion", str(changed.pk), "1", "2", 0),
        ("promotion", str(2**30), "7", "", 125),
    ]
    assert violations(*AUDITS) == []


def test_a_till_may_name_its_versions_only_as_they_are_meant(shop: Shop, caja: TillOf) -> None:
    wrong = [{"promotions": [{"promotion": 1}]}, {"promotions": "x"}, {"prices": 7}, {"prices": "x" * 61}]
    answer = caja.send(*(caja.sale(line(shop.mug), **fields) for fields in wrong)).json()

    assert [each["field"] for each in answer["facts"]] == ["promotions.1", "promotions", "prices", "prices"]
