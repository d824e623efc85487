"""Reading the promotions that matter for a basket: the live ones that need no code, and the one its code opens."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from commerce.customers.models import Person
from commerce.customers.people import are_one
from commerce.pricing.prices import Market, Offer
from commerce.promotions import firsts
from commerce.promotions.models import Coupon
from commerce.promotions.taking import Reason, Rule

# However many promotions are live, only those are read that look at something in the basket: by its products, variants
# and categories, each through an index, and the few that look at everything. NULL instead of a list means no such list.
READ = """
SELECT r.id, r.version, coalesce(r.names ->> %(language)s, r.name), r.kind, r.value, r.currency, r.minimum_total,
       coalesce(c.path, ''),
       CASE WHEN r.is_scoped THEN ARRAY(SELECT x.product_id FROM promotions_promotion_products x
           WHERE x.promotion_id = r.id AND (r.kind = 'bundle' OR x.product_id = ANY(%(products)s))) END,
       CASE WHEN r.is_scoped THEN ARRAY(SELECT x.variant_id FROM promotions_promotion_variants x
           WHERE x.promotion_id = r.id AND x.variant_id = ANY(%(variants)s)) END,
       r.applies_to, r.minimum_quantity, r.quantity, r.pays, r.tiers::text, r.gift_id, r.maximum,
       r.exclusive_group, r.priority, r.combines, r.is_first_purchase, r.starts_at, r.ends_at, r.is_active,
       r.sales_channel_id, r.location_id, r.customer_group
FROM promotions_promotion r LEFT JOIN catalog_category c ON c.id = r.category_id
WHERE (r.id IN (
        SELECT id FROM promotions_promotion
        WHERE is_active AND NOT needs_coupon AND NOT is_scoped AND category_id IS NULL AND starts_at <= %(until)s
        UNION ALL SELECT promotion_id FROM promotions_promotion_products WHERE product_id = ANY(%(products)s)
        UNION ALL SELECT promotion_id FROM promotions_promotion_variants WHERE variant_id = ANY(%(variants)s)
        UNION ALL SELECT p.id FROM promotions_promotion p JOIN catalog_category k ON k.id = p.category_id
                  WHERE k.path = ANY(%(categories)s))
    AND r.is_active AND NOT r.needs_coupon AND r.starts_at <= %(until)s AND (r.ends_at IS NULL OR r.ends_at > %(since)s)
    AND (r.sales_channel_id IS NULL OR r.sales_channel_id = %(sales_channel)s)
    AND (r.location_id IS NULL OR r.location_id = %(location)s) AND r.customer_group IN ('', %(group)s))
   OR r.id = %(by_coupon)s
ORDER BY r.id
"""


def rules_for(
    offers: Collection[Offer],
    *,
    market: Market,
    coupon: Coupon | None = None,
    person: Person | None = None,
    at: datetime,
    language: str = "",
) -> list[Rule]:
    """The promotions that look at these goods here and now, each with what already stands against it."""
    by_coupon = coupon.promotion_id if coupon else None
    rules = []
    for row in read(offers, market=market, since=at, until=at, by_coupon=by_coupon, language=language):
        rule, is_active, *places = row
        refused, code = None, ""
        if coupon and rule.promotion_id == by_coupon:
            code = coupon.code
            refused = (
                out_of_force(is_active, rule.began, rule.ends, at=at)
                or elsewhere(*places, market=market)
                or unusable(coupon, person=person, market=market, at=at)
            )
        if rule.is_first_purchase:
            refused = refused or firsts.obstacle(person)
        rules.append(replace(rule, coupon=code, refused=refused) if code or refused else rule)
    return rules


def rules_within(offers: Collection[Offer], *, market: Market, since: datetime, until: datetime) -> list[Rule]:
    """The promotions that took something off by themselves at some time within a span."""
    return [rule for rule, *_ in read(offers, market=market, since=since, until=until, by_coupon=None, language="")]


def read(
    offers: Collection[Offer],
    *,
    market: Market,
    since: datetime,
    until: datetime,
    by_coupon: int | None,
    language: str,
) -> list[tuple[Any, ...]]:
    """Promotions as rules, each with whether it is switched on and where it holds."""
    values = market.facts() | {
        "products": list({offer.product_id for offer in offers}),
        "variants": [offer.variant_id for offer in offers],
        "categories": list({path for offer in offers for path in upwards(offer.category)}),
        "by_coupon": by_coupon,
        "since": since,
        "until": until,
        "language": language,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, values)
        return [as_rule(row) for row in cursor.fetchall()]


def as_rule(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as it was read, as a rule and what stands beside it."""
    (pk, version, name, kind, value, currency, minimum, category, products, variants, level, units, n, m, tiers) = row[
        :15
    ]
    (gift, maximum, group, priority, combines, first, began, ends, *beside) = row[15:]
    rule = Rule(
        pk,
        version,
        name,
        kind,
        value,
        currency,
        minimum,
        category,
        None if products is None else frozenset(products),
        variant_ids=None if variants is None else frozenset(variants),
        applies_to=level,
        minimum_quantity=units,
        quantity=n or 0,
        pays=m or 0,
        tiers=() if tiers == "[]" else tuple((start, points) for start, points in orjson.loads(tiers)),
        gift=gift,
        maximum=maximum,
        group=group,
        priority=priority,
        combines=combines,
        is_first_purchase=first,
        began=began,
        ends=ends,
    )
    return rule, *beside


def upwards(path: str) -> list[str]:
    """A category and those above it."""
    steps = path.split(" > ")
    return [" > ".join(steps[:n]) for n in range(1, len(steps) + 1)] if path else []


def elsewhere(sales_channel: int | None, location: int | None, group: str, *, market: Market) -> Reason | None:
    """Why a promotion does not hold in this channel and place, or for these people."""
    if sales_channel not in (None, market.sales_channel.pk):
        return Reason.OTHER_CHANNEL
    if location not in (None, market.location_id):
        return Reason.OTHER_PLACE
    return Reason.OTHER_GROUP if group not in ("", market.group) else None


def out_of_force(is_active: bool, starts_at: datetime, ends_at: datetime | None, *, at: datetime) -> Reason | None:
    """Why a promotion is not in force; its last instant is the one before `ends_at`."""
    if not is_active:
        return Reason.SWITCHED_OFF
    if starts_at > at:
        return Reason.NOT_YET
    return Reason.ENDED if ends_at and ends_at <= at else None


def unusable(coupon: Coupon, *, person: Person | None, market: Market, at: datetime) -> Reason | None:
    """Why a coupon does not help this person now. Uses held by other checkouts do not count: they may come back."""
    if coupon.ends_at and coupon.ends_at <= at:
        return Reason.ENDED
    if coupon.use_limit is not None and coupon.uses_redeemed >= coupon.use_limit:
        return Reason.USED_UP
    if coupon.sales_channel_id not in (None, market.sales_channel.pk):
        return Reason.OTHER_CHANNEL
    return Reason.NOT_YOURS if belongs_to_another(coupon, person=person) else None


def belongs_to_another(coupon: Coupon, *, person: Person | None) -> bool:
    """Whether a coupon is tied to somebody else.

    A code given to a lead (somebody known only by a profile on a network) may be used by whoever holds it: that is how
    the lead turns out to be a shopper. Once the lead has a log-in, or was found to be somebody, it is hers alone.
    """
    owner = coupon.person
    if owner is None or are_one(owner, person):
        return False
    return owner.user_id is not None or owner.root_id is not None
