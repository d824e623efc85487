"""The statements that write carts: each is one round trip, and its WHERE is the rule."""

# A cart and its lines, and its journey if it begins one, in one statement.
OPEN = """
WITH journey AS (
    INSERT INTO timeline_journey (public_id, entry_count, opened_at)
    SELECT %(new_journey)s, 0, %(at)s WHERE %(journey)s::bigint IS NULL
    RETURNING id
), cart AS (
    INSERT INTO carts_cart (public_id, journey_id, person_id, sales_channel_id, currency, status, version, coupon_id,
                            location_id, created_at, edited_at)
    VALUES (%(public_id)s, coalesce(%(journey)s, (SELECT id FROM journey)), %(person)s, %(sales_channel)s,
            %(currency)s, 'open', 1, %(coupon)s, %(location)s, %(at)s, %(at)s)
    RETURNING id, journey_id
), line AS (
    INSERT INTO carts_cartline (cart_id, variant_id, quantity, edited_at, edited_by, base_version, base_quantity)
    SELECT cart.id, wanted.variant, wanted.quantity, %(at)s, %(by)s, 1, wanted.quantity
    FROM cart, unnest(%(variants)s::bigint[], %(quantities)s::int[]) AS wanted(variant, quantity)
)
SELECT id, journey_id FROM cart
"""


# The cart's own row is the lock: the version is raised and all is written in one statement, or nothing is.
# `others` is counted as of the statement's start, so two sessions that add at the same moment may go one line over.
EDIT = """
WITH cart AS (
    UPDATE carts_cart SET version = version + 1, edited_at = %(at)s
    WHERE id = %(cart)s AND status = 'open' AND version = coalesce(%(current)s, version)
          AND NOT EXISTS (SELECT FROM carts_cartoperation WHERE cart_id = %(cart)s AND key = %(key)s)
    RETURNING id, version
), line AS (
    INSERT INTO carts_cartline (cart_id, variant_id, quantity, edited_at, edited_by, base_version, base_quantity)
    SELECT cart.id, wanted.variant, wanted.quantity, %(at)s, %(by)s, 0, 0
    FROM cart, unnest(%(variants)s::bigint[], %(quantities)s::int[]) AS wanted(variant, quantity) WHERE %(touches)s
    ON CONFLICT (cart_id, variant_id) DO UPDATE SET
        quantity = excluded.quantity + CASE WHEN %(adds)s THEN carts_cartline.quantity ELSE 0 END,
        edited_at = excluded.edited_at, edited_by = excluded.edited_by
    RETURNING variant_id, quantity
), operation AS (
    INSERT INTO carts_cartoperation
        (cart_id, key, variant_id, kind, quantity, seen, version, hand, actor, channel, at)
    SELECT cart.id, %(key)s, asked.variant, %(kind)s, asked.quantity, coalesce(%(seen)s, cart.version - 1),
           cart.version, %(hand)s, %(by)s, %(channel)s, %(at)s
    FROM cart, unnest(%(variants)s::bigint[], %(asked)s::int[]) AS asked(variant, quantity)
)
SELECT cart.version, line.variant_id, line.quantity,
       (SELECT count(*) FROM carts_cartline AS other WHERE other.cart_id = cart.id AND other.quantity > 0
               AND NOT other.variant_id = ANY(%(variants)s::bigint[])) AS others
FROM cart LEFT JOIN line ON true
"""
