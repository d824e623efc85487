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
        "a merge that stands names the cart in which the merged one ended",
        "SELECT count(*) FROM carts_cartmerge",
        """
        SELECT c.id, 'merge ' || coalesce(m.id::text, 'missing') FROM carts_cart c
        LEFT JOIN carts_cartmerge m ON m.cart_id = c.id AND m.undone_at IS NULL
        WHERE m.id IS NOT NULL AND m.into_id IS DISTINCT FROM c.merged_into_id
        """,
    ),
    Rule(
        "no line was edited in a version that its cart has not reached",
        "SELECT count(*) FROM carts_cartoperation",
        """
        SELECT o.id, 'version ' || o.version || ' of ' || c.version
        FROM carts_cartoperation o JOIN carts_cart c ON c.id = o.cart_id WHERE o.version > c.version
        """,
    ),
    Rule(
        "no code of a cart is good for longer than it may be, or after its sharing ended",
        "SELECT count(*) FROM carts_handoff",
        """
        SELECT id, 'ended ' || ended_at FROM carts_handoff
        WHERE (ended_at IS NOT NULL AND (digest IS NOT NULL OR uses_left > 0))
           OR expires_at > created_at + interval '1 hour'
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
