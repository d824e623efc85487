"""What must always hold of orders, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "what is charged is what was quoted",
        "SELECT count(*) FROM orders_order WHERE cart_id IS NOT NULL",
        """
        SELECT o.id, 'charged ' || o.total || ', quoted ' || coalesce(o.quote ->> 'total', 'nothing')
        FROM orders_order o
        WHERE o.cart_id IS NOT NULL AND (o.quote ->> 'total')::bigint IS DISTINCT FROM o.total
        """,
    ),
    Rule(
        "an order's amounts are the sums of its lines",
        "SELECT count(*) FROM orders_order",
        """
        SELECT o.id, 'total ' || o.total || ', lines ' || coalesce(sum(l.total), 0) || ' + ' || o.delivery_total
        FROM orders_order o LEFT JOIN orders_orderline l ON l.order_id = o.id
        GROUP BY o.id
        HAVING o.goods_total <> coalesce(sum(l.goods_total), 0) OR o.discount_total <> coalesce(sum(l.discount), 0)
            OR o.total <> coalesce(sum(l.total), 0) + o.delivery_total
        """,
    ),
    Rule(
        "an order's payment status is what its payments say (a total of zero needs none)",
        "SELECT count(*) FROM orders_order",
        """
        SELECT o.id, o.payment_status || ', total ' || o.total || ', captured ' || p.captured || ', refunded '
                     || p.refunded || ', kept for us ' || p.kept_for_us
        FROM orders_order o CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE status = 'captured'), 0) AS captured,
                   coalesce(sum(refunded), 0) AS refunded,
                   coalesce(sum(amount) FILTER (WHERE status = 'authorized'), 0) AS kept_for_us,
                   bool_or(status = 'pending') AS pending, bool_or(status IN ('failed', 'canceled')) AS ended
            FROM orders_payment WHERE order_id = o.id
        ) p
        WHERE NOT (o.total = 0 AND p.captured = 0) AND o.payment_status <> CASE
            WHEN p.captured > 0 AND p.captured - p.refunded >= o.total THEN 'captured'
            WHEN p.refunded > 0 AND p.captured > p.refunded THEN 'partly_refunded'
            WHEN p.refunded > 0 THEN 'refunded'
            WHEN p.captured + p.kept_for_us >= o.total THEN 'authorized'
            WHEN p.captured > 0 OR p.kept_for_us > 0 OR p.pending THEN 'due'
            WHEN p.ended THEN 'failed'
            ELSE 'none'
        END
        """,
    ),
    Rule(
        "a cart that was ordered has one order, one that is checked out has one draft, an open one has neither",
        "SELECT count(*) FROM carts_cart",
        """
        SELECT c.id, c.status || ': ' || coalesce(string_agg(o.status, ', '), 'no order')
        FROM carts_cart c LEFT JOIN orders_order o ON o.cart_id = c.id AND o.status <> 'canceled'
        GROUP BY c.id
        HAVING CASE c.status
            WHEN 'ordered' THEN count(o.id) FILTER (WHERE o.status <> 'draft') <> 1
                AND NOT EXISTS (SELECT FROM orders_order gone WHERE gone.cart_id = c.id AND gone.number IS NOT NULL)
            WHEN 'checking_out' THEN count(o.id) FILTER (WHERE o.status = 'draft') <> 1
            ELSE count(o.id) > 0
        END
        """,
    ),
    Rule(
        "a coupon's held uses belong to drafts or are leased to a till, its redeemed ones belong to orders that stand",
        "SELECT count(*) FROM promotions_couponuse WHERE status IN ('held', 'redeemed')",
        """
        SELECT u.id, u.status || ' by ' || coalesce(o.status, 'nobody')
        FROM promotions_couponuse u LEFT JOIN orders_order o ON o.public_id = u.demand
        WHERE (u.status = 'held' AND u.demand NOT LIKE 'lease:%' AND o.status IS DISTINCT FROM 'draft')
           OR (u.status = 'redeemed' AND (o.status IS NULL OR o.status NOT IN ('placed', 'completed')))
        """,
    ),
    Rule(
        "what is allocated for order lines is what their fulfillments still have to hand over",
        "SELECT count(*) FROM inventory_allocation",
        """
        WITH due AS (
            SELECT l.public_id AS demand, sum(x.quantity) AS units, CASE
                       WHEN f.status = 'in_transit' THEN 0
                       WHEN f.status = 'ready' THEN f.location_id
                       ELSE coalesce(f.comes_from_id, f.location_id)
                   END AS location_id
            FROM orders_fulfillment f JOIN orders_fulfillmentline x ON x.fulfillment_id = f.id
            JOIN orders_orderline l ON l.id = x.order_line_id
            WHERE f.status IN ('allocated', 'picking', 'in_transit', 'ready') GROUP BY 1, 3
            UNION ALL
            SELECT b.demand, b.served, s.location_id  -- what has come so far of what is waited for
            FROM inventory_backorder b JOIN inventory_stock s ON s.id = b.stock_id
            JOIN orders_orderline l ON l.public_id = b.demand
            JOIN orders_fulfillmentline x ON x.order_line_id = l.id
            JOIN orders_fulfillment f ON f.id = x.fulfillment_id AND f.status = 'backordered'
            WHERE b.status <> 'canceled' AND b.served > 0
        ), kept AS (
            SELECT a.demand, sum(a.quantity) AS units,
                   CASE WHEN place.kind = 'transit' THEN 0 ELSE place.id END AS location_id
            FROM inventory_allocation a JOIN inventory_stock s ON s.id = a.stock_id
            JOIN channels_location place ON place.id = s.location_id
            WHERE a.status = 'open' AND EXISTS (SELECT FROM orders_orderline l WHERE l.public_id = a.demand)
            GROUP BY 1, 3
        )
        SELECT coalesce(due.demand, kept.demand),
               'allocated ' || coalesce(kept.units, 0) || ', to be handed over ' || coalesce(due.units, 0)
        FROM due FULL JOIN kept USING (demand, location_id)
        WHERE due.units IS DISTINCT FROM kept.units
        """,
    ),
    Rule(
        "who waits for units has a part of an order that waits, and is told once they are here",
        "SELECT count(*) FROM orders_fulfillment WHERE status = 'backordered'",
        """
        SELECT f.id, 'waits, and nobody stands in line for it'
        FROM orders_fulfillment f
        WHERE f.status = 'backordered' AND NOT EXISTS (
            SELECT FROM orders_fulfillmentline x JOIN orders_orderline l ON l.id = x.order_line_id
            JOIN inventory_backorder b ON b.demand = l.public_id
            LEFT JOIN timeline_task t ON t.key = b.demand AND t.status = 'pending'
            WHERE x.fulfillment_id = f.id AND (b.status IN ('unpaid', 'waiting') OR t.id IS NOT NULL)
        )
        UNION ALL
        SELECT b.id, 'stands in line for an order that is ' || o.status
        FROM inventory_backorder b JOIN orders_orderline l ON l.public_id = b.demand
        JOIN orders_order o ON o.id = l.order_id
        WHERE b.status IN ('unpaid', 'waiting') AND o.status NOT IN ('draft', 'placed')
        """,
    ),
    Rule(
        "what is held for order lines is held for drafts",
        "SELECT count(*) FROM inventory_hold WHERE status = 'live'",
        """
        SELECT h.id, 'held for an order that is ' || o.status
        FROM inventory_hold h JOIN orders_orderline l ON l.public_id = h.demand JOIN orders_order o ON o.id = l.order_id
        WHERE h.status = 'live' AND o.status <> 'draft'
        """,
    ),
    Rule(
        "every line of a standing order from a cart goes with fulfillments, whole",
        "SELECT count(*) FROM orders_orderline",
        """
        SELECT l.id, 'bought ' || l.quantity || ', fulfilled by ' || coalesce(sum(x.quantity), 0)
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id AND o.cart_id IS NOT NULL AND o.status IN ('placed', 'completed')
        LEFT JOIN orders_fulfillmentline x ON x.order_line_id = l.id
        GROUP BY l.id HAVING l.quantity <> coalesce(sum(x.quantity), 0)
        """,
    ),
    Rule(
        "an order from a cart is completed once the shopper has all of it, or left the rest, and not before",
        "SELECT count(*) FROM orders_order WHERE status IN ('placed', 'completed') AND cart_id IS NOT NULL",
        """
        SELECT o.id, o.status || ': ' || string_agg(f.status, ', ')
        FROM orders_order o JOIN orders_fulfillment f ON f.order_id = o.id AND f.status <> 'canceled'
        WHERE o.status IN ('placed', 'completed') AND o.cart_id IS NOT NULL
        GROUP BY o.id HAVING CASE o.status
            WHEN 'placed' THEN bool_and(f.status IN ('collected', 'delivered'))
            ELSE NOT (bool_and(f.status IN ('collected', 'delivered', 'expired')) AND bool_or(f.status <> 'expired'))
        END
        """,
    ),
)
