"""What must always hold of carts, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "a cart that was merged ended in a person's cart, and not in itself",
        "SELECT count(*) FROM carts_cart WHERE merged_into_id IS NOT NULL",
        """
        SELECT c.id, 'into ' || h.id FROM carts_cart c JOIN carts_cart h ON h.id = c.merged_into_id
        WHERE h.person_id IS NULL OR h.id = c.id
        """,
    ),
    Rule(
        "no cart holds more of one thing than anybody may put there",
        "SELECT count(*) FROM carts_cartline",
        "SELECT id, 'quantity ' || quantity FROM carts_cartline WHERE quantity > 9999",
    ),
    Rule(
        "the code on a cart that can be bought was not given to somebody else",
        "SELECT count(*) FROM carts_cart WHERE coupon_id IS NOT NULL AND status IN ('open', 'checking_out')",
        """
        SELECT c.id, 'coupon ' || k.id
        FROM carts_cart c JOIN promotions_coupon k ON k.id = c.coupon_id
        JOIN customers_person owner ON owner.id = k.person_id
        JOIN customers_person shopper ON shopper.id = c.person_id
        WHERE c.status IN ('open', 'checking_out') AND owner.user_id IS NOT NULL
          AND coalesce(owner.root_id, owner.id) <> coalesce(shopper.root_id, shopper.id)
        """,
    ),
)
