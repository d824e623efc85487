"""What must always hold of coupons, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "coupon uses held and redeemed are what the coupon counts, and within its limit",
        "SELECT count(*) FROM promotions_coupon WHERE use_limit IS NOT NULL",
        """
        SELECT c.id, 'counted ' || c.uses_held || ' + ' || c.uses_redeemed || ', found '
                     || count(u.id) FILTER (WHERE u.status = 'held') || ' + '
                     || count(u.id) FILTER (WHERE u.status = 'redeemed') || ', limit ' || c.use_limit
        FROM promotions_coupon c LEFT JOIN promotions_couponuse u ON u.coupon_id = c.id
        WHERE c.use_limit IS NOT NULL
        GROUP BY c.id
        HAVING c.uses_held <> count(u.id) FILTER (WHERE u.status = 'held')
            OR c.uses_redeemed <> count(u.id) FILTER (WHERE u.status = 'redeemed')
            OR count(u.id) FILTER (WHERE u.status IN ('held', 'redeemed')) > c.use_limit
        """,
    ),
    Rule(
        "nobody uses a coupon more often than each person may",
        "SELECT count(*) FROM promotions_couponuse WHERE turn IS NOT NULL",
        """
        SELECT min(u.id), 'coupon ' || c.id || ': ' || count(*) || ' uses, ' || c.uses_per_person || ' allowed'
        FROM promotions_couponuse u JOIN promotions_coupon c ON c.id = u.coupon_id
        WHERE u.status IN ('held', 'redeemed') AND c.uses_per_person IS NOT NULL AND u.person_id IS NOT NULL
        GROUP BY c.id, u.person_id HAVING count(*) > c.uses_per_person
        """,
    ),
    Rule(
        "the uses counted in a channel are the uses there, and within its limit",
        "SELECT count(*) FROM promotions_couponlimit",
        """
        SELECT l.id, 'counted ' || l.uses_held || ' + ' || l.uses_redeemed || ', found '
                     || count(u.id) FILTER (WHERE u.status = 'held') || ' + '
                     || count(u.id) FILTER (WHERE u.status = 'redeemed') || ', limit ' || l.use_limit
        FROM promotions_couponlimit l LEFT JOIN promotions_couponuse u
            ON u.coupon_id = l.coupon_id AND u.sales_channel_id = l.sales_channel_id
        GROUP BY l.id
        HAVING l.uses_held <> count(u.id) FILTER (WHERE u.status = 'held')
            OR l.uses_redeemed <> count(u.id) FILTER (WHERE u.status = 'redeemed')
        """,
    ),
    Rule(
        "nobody has the price of a first purchase twice",
        "SELECT count(*) FROM promotions_purchase WHERE is_first",
        """
        SELECT min(id), 'person ' || person_id || ': ' || count(*) FROM promotions_purchase
        WHERE is_first AND status IN ('held', 'bought') GROUP BY person_id HAVING count(*) > 1
        """,
    ),
)
