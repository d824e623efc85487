"""Reading the promotions that matter for a basket: the live ones that need no code, and the one its code opens."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from commerce.customers.models import Person
from commerce.promotions.discount import Reason, Rule
from commerce.promotions.models import Coupon

# Of a long list of products only those in the basket are read; NULL means that the promotion has no such list.
READ = """
SELECT r.id, r.version, coalesce(r.names ->> %(language)s, r.name), r.kind, r.value, r.currency, r.minimum_total,
       coalesce(c.path, ''),
       CASE WHEN EXISTS (SELECT FROM promotions_promotion_products x WHERE x.promotion_id = r.id)
            THEN ARRAY(SELECT x.product_id FROM promotions_promotion_products x
                       WHERE x.promotion_id = r.id AND x.product_id = ANY(%(products)s)) END,
       r.is_active, r.starts_at, r.ends_at
FROM promotions_promotion r LEFT JOIN catalog_category c ON c.id = r.category_id
WHERE (r.is_active AND NOT r.needs_coupon AND r.starts_at <= %(at)s AND (r.ends_at IS NULL OR r.ends_at > %(at)s))
   OR r.id = %(by_coupon)s
ORDER BY r.id
"""


def rules_for(
    product_ids: Sequence[int], *, coupon: Coupon | None, person: Person | None, at: datetime, language: str = ""
) -> list[Rule]:
    """The promotions that could apply to these products, each with what already stands against it."""
    by_coupon = coupon.promotion_id if coupon else None
    with connection.cursor() as cursor:
        cursor.execute(READ, {"products": list(product_ids), "by_coupon": by_coupon, "at": at, "language": language})
        rows = cursor.fetchall()
    rules = []
    for promotion, version, name, kind, value, currency, minimum, category, products, *force in rows:
        refused, code = None, ""
        if coupon and promotion == by_coupon:
            code = coupon.code
            refused = out_of_force(*force, at=at) or unusable(coupon, person=person, at=at)
        scope = None if products is None else frozenset(products)
        rules.append(Rule(promotion, version, name, kind, value, currency, minimum, category, scope, code, refused))
    return rules


def out_of_force(is_active: bool, starts_at: datetime, ends_at: datetime | None, *, at: datetime) -> Reason | None:
    """Why a promotion is not in force; its last instant is the one before `ends_at`."""
    if not is_active:
        return Reason.SWITCHED_OFF
    if starts_at > at:
        return Reason.NOT_YET
    return Reason.ENDED if ends_at and ends_at <= at else None


def unusable(coupon: Coupon, *, person: Person | None, at: datetime) -> Reason | None:
    """Why a coupon does not help this person now. Uses held by other checkouts do not count: they may come back."""
    if coupon.ends_at and coupon.ends_at <= at:
        return Reason.ENDED
    if coupon.use_limit is not None and coupon.uses_redeemed >= coupon.use_limit:
        return Reason.USED_UP
    return Reason.NOT_YOURS if belongs_to_another(coupon, person=person) else None


def belongs_to_another(coupon: Coupon, *, person: Person | None) -> bool:
    """Whether a coupon is tied to somebody else.

    A code given to a lead (somebody known only by a profile on a network) may be used by whoever holds it: that is how
    the lead turns out to be a shopper. Once the lead has a log-in, or was found to be somebody, it is hers alone.
    """
    owner = coupon.person
    if owner is None or (person is not None and owner.root_pk == person.root_pk):
        return False
    return owner.user_id is not None or owner.root_id is not None
