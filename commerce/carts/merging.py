"""Two carts of one person become one, by a rule that is a setting, and two again if the finding was wrong."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from commerce.carts.edits import MAX_UNITS, CartClosed
from commerce.carts.happenings import CartClaimed, CartMerged, CartOpened, CartUnmerged
from commerce.carts.models import Cart, CartLine, CartMerge, ManualDiscount
from commerce.carts.showing import USABLE, carts_of, locked
from commerce.customers.models import Person
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.journeys import link
from commerce.timeline.models import Entry, Task
from commerce.timeline.record import Happening, record

Strategy = CartMerge.Strategy
LATER = timedelta(minutes=15)
"""A cart that is being paid for is joined when that is over."""

JOIN = "commerce.carts.merging.join_carts"
PART = "commerce.carts.merging.part_carts"


class NotMerged(Problem):
    """There is no merge to take back: it was taken back before, or the cart went on into another one."""

    code = "cart_not_merged"


@dataclass(frozen=True)
class Part:
    """A line as two carts bring it together; 0 was removed."""

    quantity: int
    edited_at: datetime
    edited_by: str

    @property
    def age(self) -> tuple[datetime, int]:
        """By which the later of two is known; at the same instant the larger."""
        return self.edited_at, self.quantity


Parts = dict[int, Part]


def met(strategy: str, hers: Parts, new: Parts) -> Parts:
    """What her cart holds after another one came into it, by variant.

    By every rule but `hers` and `new`, what was removed later than it was put in stays removed.
    """
    if strategy == Strategy.HERS:
        return hers
    if strategy == Strategy.NEW:
        gone = {variant: Part(0, part.edited_at, part.edited_by) for variant, part in hers.items()}
        return gone | new
    together = dict(hers)
    for variant, part in new.items():
        mine = hers.get(variant)
        if mine is None:
            together[variant] = part
            continue
        latest = max(mine, part, key=lambda one: one.age)
        quantity = latest.quantity
        if quantity and strategy == Strategy.SUM:
            quantity = min(mine.quantity + part.quantity, MAX_UNITS)
        elif quantity and strategy == Strategy.LARGER:
            quantity = max(mine.quantity, part.quantity)
        together[variant] = Part(quantity, latest.edited_at, latest.edited_by)
    return together


def parts_of(cart: Cart) -> Parts:
    """The lines of a cart, removed ones too."""
    rows = cart.lines.values_list("variant", "quantity", "edited_at", "edited_by")
    return {variant: Part(quantity, edited_at, edited_by) for variant, quantity, edited_at, edited_by in rows}


def write(cart: Cart, parts: Parts, *, before: Parts) -> None:
    """Write those of these lines that are not as they were before; the cart is locked, and its version was raised."""
    facts: dict[str, Any] = {"cart": cart, "base_version": cart.version}
    CartLine.objects.bulk_create(
        [
            CartLine(variant_id=variant, base_quantity=part.quantity, **vars(part), **facts)
            for variant, part in parts.items()
            if before.get(variant) != part
        ],
        update_conflicts=True,
        unique_fields=["cart", "variant"],
        update_fields=["quantity", "edited_at", "edited_by", "base_version", "base_quantity"],
    )


def merge(cart: Cart, into: Cart, *, person: Person, strategy: str = "", by: Actor, channel: str, at: datetime) -> Cart:
    """Let a locked cart end in another locked one; the codes on that one stay, if it has any.

    What it held before is kept, so that the merge can be taken back. The cart itself stays as it was.
    """
    rule, before = strategy or settings.CART_MERGE, parts_of(into)
    into.version += 1
    CartMerge.objects.create(
        cart=cart,
        into=into,
        strategy=rule,
        version=into.version,
        lines_before={v: [p.quantity, p.edited_at.isoformat(), p.edited_by] for v, p in before.items()},
        coupon_before=into.coupon,
        signed_quote_before=into.signed_quote,
        by_hand_before=into.by_hand,
        merged_at=at,
        merged_by=str(by),
    )
    write(into, met(rule, before, parts_of(cart)), before=before)
    into.edited_at = max(into.edited_at, cart.edited_at)
    into.coupon = into.coupon or cart.coupon
    if into.signed_quote is None and into.by_hand is None:  # of these two a cart has one
        into.signed_quote, into.by_hand = cart.signed_quote, cart.by_hand
        belongs_to(into, cart.by_hand)
    into.save(update_fields=["version", "edited_at", "coupon", "signed_quote", "by_hand"])
    cart.status, cart.merged_into, cart.version = Cart.Status.MERGED, into, cart.version + 1
    cart.save(update_fields=["status", "merged_into", "version"])
    link(cart.journey_id, into.journey_id, reason="carts of one person", at=at)
    tell(
        (cart.journey_id, CartMerged(cart.public_id, into.public_id, rule)),
        (into.journey_id, CartClaimed(into.public_id, into.version, person.public_id, cart.public_id)),
        by=by,
        channel=channel,
        at=at,
    )
    return into


def belongs_to(cart: Cart, discount: ManualDiscount | None) -> None:
    """Let a discount by hand be about this cart: so that it is agreed to, or taken back, where it is."""
    if discount:
        discount.cart = cart
        discount.save(update_fields=["cart"])


def tell(*stories: tuple[int, Happening], by: Actor, channel: str, at: datetime) -> None:
    """Write on two journeys; their counters are locked in one order."""
    for journey, happening in sorted(stories, key=lambda story: story[0]):
        record(journey, happening, by=by, channel=channel, at=at)


@transaction.atomic
def unmerge(cart: Cart, *, by: Actor, channel: str, at: datetime) -> Cart:
    """Give back both carts: this one as it ended, the other as it was before, but for lines edited since.

    If its owner has begun another one meanwhile, it goes on into that. Raises NotMerged, and CartClosed once the other
    is being paid for or was ordered.
    """
    done = CartMerge.objects.filter(cart=cart, undone_at=None).first()
    if done is None:
        raise NotMerged("this cart is not part of another one")
    newer = begun_meanwhile(cart, than=done.into)
    found = {one.pk: one for one in locked(cart.pk, done.into_id, *newer)}
    cart, into, *others = found.pop(cart.pk), found.pop(done.into_id), *found.values()
    if into.status == Cart.Status.MERGED or not CartMerge.objects.filter(pk=done.pk, undone_at=None).exists():
        raise NotMerged("that cart went on into another one; that merge must be taken back first")
    if into.status != Cart.Status.OPEN:
        raise CartClosed("the cart it is part of is being checked out, or was ordered", cart_status=into.status)
    if any(other.status != Cart.Status.OPEN for other in others):
        raise CartClosed("another cart of hers is being checked out", cart_status=Cart.Status.CHECKING_OUT)
    into.version += 1
    now, edited = parts_of(into), edited_since(done)
    write(into, {v: part for v, part in as_before(done, now).items() if v not in edited}, before=now)
    if into.coupon_id == cart.coupon_id and into.coupon_version <= done.version:
        into.coupon = done.coupon_before
    came = into.signed_quote_id or into.by_hand_id
    is_the_same = (into.signed_quote_id, into.by_hand_id) == (cart.signed_quote_id, cart.by_hand_id)
    if came and is_the_same and into.coupon_version <= done.version:
        into.signed_quote, into.by_hand = done.signed_quote_before, done.by_hand_before
        belongs_to(cart, cart.by_hand)
    into.save(update_fields=["version", "coupon", "signed_quote", "by_hand"])
    cart.version += 1
    if not others:
        cart.status, cart.merged_into = Cart.Status.OPEN, None
    cart.save(update_fields=["status", "merged_into", "version"])
    done.undone_at = at
    done.save(update_fields=["undone_at"])
    tell(
        (cart.journey_id, CartUnmerged(cart.public_id, cart.version, into.public_id)),
        (into.journey_id, CartUnmerged(into.public_id, into.version, cart.public_id)),
        by=by,
        channel=channel,
        at=at,
    )
    if cart.person:
        for other in others:
            merge(cart, other, person=cart.person, by=by, channel=channel, at=at)
    return cart


def begun_meanwhile(cart: Cart, *, than: Cart) -> list[int]:
    """The other cart that the owner of a merged one has by now, if she has one."""
    if cart.person is None:
        return []
    others = carts_of(cart.person).filter(status__in=USABLE).exclude(pk=than.pk)
    return list(others.values_list("pk", flat=True))


def as_before(done: CartMerge, now: Parts) -> Parts:
    """The lines of the surviving cart before a merge; what came only with it is removed."""
    before = {
        int(variant): Part(quantity, datetime.fromisoformat(edited_at), edited_by)
        for variant, (quantity, edited_at, edited_by) in done.lines_before.items()
    }
    came = {variant: Part(0, part.edited_at, part.edited_by) for variant, part in now.items()}
    return came | before


def edited_since(done: CartMerge) -> set[int]:
    """Which lines of the surviving cart somebody edited, or another merge wrote, after a merge."""
    after = {"version__gt": done.version}
    edited = done.into.operations.filter(**after).values_list("variant", flat=True)
    return {*edited, *done.into.lines.filter(base_version__gt=done.version).values_list("variant", flat=True)}


def join_carts(task: Task, *, at: datetime) -> None:
    """Two accounts were found to be one person's: their carts become one, by the rule of the house."""
    entry = tasks.entry_of(task)
    person = Person.objects.select_related("root").get(public_id=entry.data["person"])
    found = locked(*carts_of(person).filter(status__in=USABLE).values_list("pk", flat=True))
    both = [cart for cart in found if cart.status in USABLE]
    if len(both) < 2:
        return
    if any(cart.status != Cart.Status.OPEN for cart in both):
        tasks.schedule(JOIN, key=f"later-{task.pk}", due_at=at + LATER, journey=entry.journey, entry=entry.pk)
        return
    into = max(both, key=lambda cart: (cart.person_id == person.root_pk, cart.edited_at))
    for cart in both:
        if cart != into:
            merge(cart, into, person=person, by=SYSTEM, channel=entry.channel, at=at)


def part_carts(task: Task, *, at: datetime) -> None:
    """The finding was wrong: each has her own cart again, and what she began meanwhile, unless that was ordered.

    One that is being paid for is looked at again when that is over.
    """
    entry = tasks.entry_of(task)
    people = Person.objects.filter(public_id__in=[entry.data["person"], entry.data["out_of"]])
    roots = {person.root_pk for person in people}
    if not all(
        [*give_back_joined(roots, channel=entry.channel, at=at), *give_back_begun(roots, channel=entry.channel, at=at)]
    ):
        tasks.schedule(PART, key=f"later-{task.pk}", due_at=at + LATER, journey=entry.journey, entry=entry.pk)


def give_back_joined(roots: Collection[int], *, channel: str, at: datetime) -> Iterator[bool]:
    """Take back each merge of carts that turned out to be of two; says of each whether that could be."""
    done = CartMerge.objects.filter(Q(into__person__in=roots) | Q(into__person__root__in=roots)).filter(
        undone_at=None, into__status__in=USABLE
    )
    found = list(done.select_related("cart__person", "into__person").order_by("-pk"))
    owners = whose([cart for one in found for cart in (one.cart, one.into)])
    for one in found:
        hers, other = owners.get(one.into_id), owners.get(one.cart_id)
        if hers is None or other is None or hers.root_pk == other.root_pk:
            continue
        try:
            with transaction.atomic():
                if one.cart.person_id is None:
                    Cart.objects.filter(pk=one.cart_id).update(person=other.root_pk)
                unmerge(one.cart, by=SYSTEM, channel=channel, at=at)
        except CartClosed:
            yield False


def give_back_begun(roots: Collection[int], *, channel: str, at: datetime) -> Iterator[bool]:
    """Give each cart to whoever began it, and let it meet the one she has; says of each whether that could be."""
    found = list(
        Cart.objects.filter(Q(person__in=roots) | Q(person__root__in=roots)).select_related("person").order_by("pk")
    )
    owners = whose(found)
    for cart in found:
        owner = owners[cart.pk]
        if cart.person and owner.root_pk != cart.person.root_pk and owner.root_pk in roots:
            yield hand_over(cart, owner, channel=channel, at=at)


@transaction.atomic
def hand_over(cart: Cart, owner: Person, *, channel: str, at: datetime) -> bool:
    """Make a cart its owner's; not while one of the two is being paid for."""
    hers = list(carts_of(owner).filter(status__in=USABLE).values_list("pk", flat=True))
    both = {one.pk: one for one in locked(cart.pk, *hers)}
    cart = both.pop(cart.pk)
    if cart.status == Cart.Status.OPEN:
        meets = [one for one in both.values() if one.status in USABLE]
        if any(one.status == Cart.Status.CHECKING_OUT for one in meets):
            return False
        for one in meets:
            merge(cart, one, person=owner, by=SYSTEM, channel=channel, at=at)
    elif cart.status == Cart.Status.CHECKING_OUT:
        return False
    Cart.objects.filter(pk=cart.pk).update(person=owner.root_pk)
    return True


def whose(carts: Collection[Cart]) -> dict[int, Person]:
    """Who began each cart, or said that it was hers, as the timeline tells; else under whom it is kept.

    Of several who are one a cart is kept under their root; this is who of them it was.
    """
    journeys = {cart.journey_id for cart in carts} | {cart.merged_into.journey_id for cart in carts if cart.merged_into}
    said: dict[str, str] = {}
    for entry in Entry.objects.filter(journey__in=journeys, type__in=[CartOpened.type, CartClaimed.type]).order_by(
        "pk"
    ):
        kind, _, opener = entry.actor.partition(":")
        if entry.type == CartClaimed.type and entry.data["taken_in"]:
            said.setdefault(entry.data["taken_in"], entry.data["person"])
        elif entry.type == CartClaimed.type:
            said[entry.data["cart"]] = entry.data["person"]
        elif kind == "person":
            said[entry.data["cart"]] = opener
    people = {person.public_id: person for person in Person.objects.filter(public_id__in=said.values())}
    found = {cart.pk: people.get(said.get(cart.public_id, ""), cart.person) for cart in carts}
    return {key: person for key, person in found.items() if person is not None}
