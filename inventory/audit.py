"""What must always hold of stock, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

EVERY_SHELF = "SELECT count(*) FROM inventory_stock"

RULES = (
    Rule(
        "on hand is the sum of the movements, and so are the damaged units",
        EVERY_SHELF,
        """
        SELECT s.id, 'on hand ' || s.on_hand || ', moved ' || coalesce(sum(m.quantity), 0)
                     || ', damaged ' || s.damaged || ', marked ' || coalesce(sum(m.damaged), 0)
        FROM inventory_stock s LEFT JOIN inventory_movement m ON m.stock_id = s.id
        GROUP BY s.id HAVING s.on_hand <> coalesce(sum(m.quantity), 0) OR s.damaged <> coalesce(sum(m.damaged), 0)
        """,
    ),
    Rule(
        "held is the sum of the live holds",
        EVERY_SHELF,
        """
        SELECT s.id, 'held ' || s.held || ', holds ' || coalesce(sum(h.quantity), 0)
        FROM inventory_stock s LEFT JOIN inventory_hold h ON h.stock_id = s.id AND h.status = 'live'
        GROUP BY s.id HAVING s.held <> coalesce(sum(h.quantity), 0)
        """,
    ),
    Rule(
        "allocated is the sum of the open allocations",
        EVERY_SHELF,
        """
        SELECT s.id, 'allocated ' || s.allocated || ', allocations ' || coalesce(sum(a.quantity), 0)
        FROM inventory_stock s LEFT JOIN inventory_allocation a ON a.stock_id = s.id AND a.status = 'open'
        GROUP BY s.id HAVING s.allocated <> coalesce(sum(a.quantity), 0)
        """,
    ),
    Rule(
        "nothing is promised twice, and nothing is below zero, but where a fact broke it and a repair stands open",
        EVERY_SHELF,
        """
        SELECT s.id, 'on hand ' || s.on_hand || ', damaged ' || s.damaged
                     || ', held ' || s.held || ', allocated ' || s.allocated
        FROM inventory_stock s
        WHERE (s.on_hand < 0 OR s.held + s.allocated > s.on_hand - s.damaged)
          AND NOT EXISTS (SELECT FROM inventory_repair r WHERE r.stock_id = s.id AND r.closed_at IS NULL)
        """,
    ),
    Rule(
        "a shelf stays as it was counted: what was learned later about the time before has its correction",
        "SELECT count(*) FROM inventory_movement WHERE kind = 'counted'",
        """
        SELECT c.id, 'counted ' || c.counted || ', known of that instant ' || sum(m.quantity)
        FROM inventory_stock s
        JOIN inventory_movement c ON c.stock_id = s.id AND c.kind = 'counted' AND c.occurred_at = s.counted_at
        JOIN inventory_movement m ON m.stock_id = s.id AND m.occurred_at <= c.occurred_at
        WHERE NOT EXISTS (
            SELECT FROM inventory_movement again
            WHERE again.stock_id = s.id AND again.kind = 'counted' AND again.occurred_at = c.occurred_at
              AND again.id > c.id
        )
        GROUP BY c.id, c.counted HAVING sum(m.quantity) <> c.counted
        """,
    ),
    Rule(
        "incoming is what has not come of the open lines of expected goods",
        EVERY_SHELF,
        """
        SELECT s.id, 'incoming ' || s.incoming || ', expected ' || coalesce(sum(i.quantity - i.received), 0)
        FROM inventory_stock s LEFT JOIN inventory_incoming i ON i.stock_id = s.id AND i.ended_at IS NULL
        GROUP BY s.id HAVING s.incoming <> coalesce(sum(i.quantity - i.received), 0)
        """,
    ),
    Rule(
        "nobody who has paid waits while units are free",
        "SELECT count(*) FROM inventory_backorder WHERE status = 'waiting'",
        """
        SELECT s.id, 'free ' || s.on_hand - s.held - s.allocated - s.buffer - s.damaged || ', in line ' || count(*)
        FROM inventory_stock s JOIN inventory_backorder b ON b.stock_id = s.id AND b.status = 'waiting'
        WHERE s.on_hand - s.held - s.allocated - s.buffer - s.damaged > 0 GROUP BY s.id
        """,
    ),
    Rule(
        "nobody is served before those who paid earlier",
        "SELECT count(*) FROM inventory_backorder WHERE paid_at IS NOT NULL",
        """
        SELECT later.id, 'paid ' || later.paid_at || ', before it ' || earlier.paid_at
        FROM inventory_backorder later
        JOIN inventory_backorder earlier ON earlier.stock_id = later.stock_id AND earlier.status = 'waiting'
            AND (earlier.paid_at, earlier.id) < (later.paid_at, later.id)
        WHERE later.served > 0
        """,
    ),
    Rule(
        "no more is sold before it is here than the shelf's cap allows",
        "SELECT count(*) FROM inventory_backorder WHERE status IN ('unpaid', 'waiting')",
        """
        SELECT s.id, 'cap ' || s.backorder_cap || ', in line ' || sum(b.quantity - b.served)
        FROM inventory_stock s JOIN inventory_backorder b ON b.stock_id = s.id AND b.status IN ('unpaid', 'waiting')
        GROUP BY s.id HAVING sum(b.quantity - b.served) > s.backorder_cap
        """,
    ),
)
