"""Four hands in one cart: what their edits mean together does not depend on the order in which they arrive."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commerce.carts import edits
from commerce.carts.models import Cart, CartOperation
from commerce.carts.operations import OperationReused
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Entry
from tests.factories import MONDAY, sales_channel, variant

pytestmark = pytest.mark.django_db

HANDS = {"laptop": VISITOR, "phone": VISITOR, "store": Actor("staff", "1"), "desk": Actor("staff", "2")}
GOODS = 2


@dataclass(frozen=True)
class Wish:
    """One edit of one line; a round's edits are all made before any of them is seen by the other hands."""

    hand: str
    kind: str
    line: int
    quantity: int


wishes = st.builds(
    Wish,
    hand=st.sampled_from(sorted(HANDS)),
    kind=st.sampled_from(["add", "add", "set", "set", "remove"]),
    line=st.integers(0, GOODS - 1),
    quantity=st.integers(1, 5),
)
rounds = st.lists(st.lists(wishes, min_size=1, max_size=7), min_size=1, max_size=3)


def opened(*quantities: int) -> tuple[Cart, list]:
    goods = [variant() for _ in range(GOODS)]
    lines = list(zip(goods, quantities, strict=False))
    return edits.open_cart(sales_channel=sales_channel(), lines=lines, by=VISITOR, at=MONDAY), goods


def do(cart: Cart, goods: list, wish: Wish, *, seen: int, key: str = "") -> None:
    facts = {"seen_version": seen, "key": key, "hand": wish.hand, "by": HANDS[wish.hand], "channel": "web"}
    if wish.kind == "add":
        edits.add(cart, variant=goods[wish.line], quantity=wish.quantity, **facts, at=MONDAY)
    else:
        quantity = wish.quantity if wish.kind == "set" else 0
        edits.set_quantity(cart, variant=goods[wish.line], quantity=quantity, **facts, at=MONDAY)


def lines(cart: Cart, goods: list) -> list[int]:
    held = dict(cart.lines.values_list("variant", "quantity"))
    return [held.get(one.pk, 0) for one in goods]


def interleaved(edited: Sequence[Wish], turns: Sequence[int]) -> list[Wish]:
    """The same edits in another order, each hand's own order kept."""
    queues = {hand: [wish for wish in edited if wish.hand == hand] for hand in HANDS}
    order = []
    for turn in [*turns, *range(len(edited) * len(HANDS))]:
        queue = queues[sorted(HANDS)[turn % len(HANDS)]]
        if queue:
            order.append(queue.pop(0))
    return order


def model(first: list[int], played: list[list[Wish]]) -> list[int]:
    """What the cart must hold, from who knew of which edits and nothing else: no versions, no order of arrival."""
    result = []
    for line in range(GOODS):
        history: list[tuple[Wish, set[int]]] = [(Wish("", "set", line, first[line]), set())]  # with what each knew
        for edited in played:
            before = set(range(len(history)))
            own: dict[str, set[int]] = {}
            for wish in (one for one in edited if one.line == line):
                knew = before | own.setdefault(wish.hand, set())
                own[wish.hand].add(len(history))
                history.append((wish, set(knew)))
        removals = {n for n, (wish, _) in enumerate(history) if wish.kind == "remove"}
        alive = {n for n, (wish, knew) in enumerate(history) if wish.kind != "remove" and removals <= knew}
        typed = {n for n in alive if history[n][0].kind == "set"}
        last = {n for n in typed if not any(n in history[m][1] for m in typed)}
        added = alive - typed
        units = {n: history[n][0].quantity for n in alive}
        sums = [units[n] + sum(units[m] for m in added - history[n][1]) for n in last]
        result.append(max(sums) if sums else sum(units[n] for n in added))
    return result


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(played=rounds, turns=st.lists(st.integers(0, 3), max_size=12), data=st.data())
@example(played=[[Wish("desk", "remove", 0, 1), Wish("phone", "add", 0, 2)]], turns=[2, 0], data=None)
@example(played=[[Wish("desk", "set", 0, 3), Wish("phone", "set", 0, 3)]], turns=[], data=None)
def test_four_hands_in_any_order_and_any_repetition_leave_the_same_cart(played, turns, data):
    carts = [opened(2, 1), opened(2, 1)]

    for number, edited in enumerate(played):
        for (cart, goods), order in zip(carts, (edited, interleaved(edited, turns)), strict=True):
            seen = Cart.objects.get(pk=cart.pk).version
            for wish in order:
                key = f"{number}-{edited.index(wish)}-{wish}"[:64]
                do(cart, goods, wish, seen=seen, key=key)
                if data and data.draw(st.booleans()):
                    do(cart, goods, wish, seen=seen, key=key)  # the answer was lost, so it is sent again

    once = [list(dict.fromkeys(edited)) for edited in played]
    assert [lines(*one) for one in carts] == [model([2, 1], once)] * 2


def test_what_one_hand_removed_stays_removed_for_all_who_did_not_see_it():
    cart, goods = opened(2)
    do(cart, goods, Wish("desk", "remove", 0, 1), seen=1)

    for late in (Wish("phone", "add", 0, 1), Wish("laptop", "set", 0, 5)):
        do(cart, goods, late, seen=1)

    assert (lines(cart, goods)[0], cart.version) == (0, 4)


def test_who_saw_the_removal_may_put_it_in_again():
    cart, goods = opened(2)
    do(cart, goods, Wish("desk", "remove", 0, 1), seen=1)

    do(cart, goods, Wish("phone", "add", 0, 1), seen=2)

    assert lines(cart, goods)[0] == 1


def test_two_who_type_the_same_quantity_while_they_talk_get_that_quantity():
    cart, goods = opened(5)

    for hand in ("desk", "phone"):
        do(cart, goods, Wish(hand, "set", 0, 3), seen=1)

    assert lines(cart, goods)[0] == 3


def test_an_edit_of_another_line_does_not_disturb():
    cart, goods = opened(1, 1)
    do(cart, goods, Wish("desk", "set", 1, 4), seen=1)

    do(cart, goods, Wish("phone", "set", 0, 3), seen=1)

    assert lines(cart, goods) == [3, 4]


def test_an_edit_that_is_sent_again_happens_once_even_after_the_cart_was_closed():
    cart, goods = opened(1)
    more = Wish("phone", "add", 0, 1)
    do(cart, goods, more, seen=1, key="8c9d-0001")
    Cart.objects.update(status="checking_out")

    do(cart, goods, more, seen=1, key="8c9d-0001")

    assert (lines(cart, goods)[0], Cart.objects.get().version, Entry.objects.count()) == (2, 2, 3)


def test_the_id_of_an_edit_cannot_stand_for_another_one():
    cart, goods = opened(1)
    do(cart, goods, Wish("phone", "add", 0, 1), seen=1, key="8c9d-0001")

    for seen in (1, 2):
        with pytest.raises(OperationReused):
            do(cart, goods, Wish("phone", "add", 0, 2), seen=seen, key="8c9d-0001")

    assert lines(cart, goods)[0] == 2


def test_without_a_version_an_id_still_makes_it_happen_once():
    cart, goods = opened(1)

    for _ in range(2):
        edits.add(cart, variant=goods[0], quantity=1, key="8c9d-0001", by=VISITOR, channel="web", at=MONDAY)

    assert lines(cart, goods)[0] == 2


def test_a_version_that_never_was_is_refused():
    cart, goods = opened(1)

    with pytest.raises(edits.StaleCart):
        do(cart, goods, Wish("phone", "add", 0, 1), seen=7)


def test_every_edit_is_kept_with_what_its_author_saw_and_who_it_was():
    cart, goods = opened(1)

    do(cart, goods, Wish("desk", "set", 0, 3), seen=1, key="8c9d-0002")

    kept = CartOperation.objects.get()
    assert (kept.key, kept.kind, kept.quantity, kept.seen, kept.version) == ("8c9d-0002", "set", 3, 1, 2)
    assert (kept.hand, kept.actor, kept.channel) == ("desk", "staff:2", "web")


@pytest.mark.parametrize("count", [1, 3])
def test_merging_an_edit_takes_the_same_queries_however_many_came_before(count, django_assert_num_queries):
    cart, goods = opened(1)
    for number in range(count):
        do(cart, goods, Wish("desk", "set", 0, number + 2), seen=number + 1)

    # savepoint, try, lock, line, its edits, write, record, release
    with django_assert_num_queries(9):
        do(cart, goods, Wish("phone", "add", 0, 1), seen=1)
