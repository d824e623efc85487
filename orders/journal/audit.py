"""What must always hold of what tills told, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

EVERY_TILL = "SELECT count(*) FROM journal_till"

RULES = (
    Rule(
        "every sale a till told of stands in the books, for what its lines say",
        "SELECT count(*) FROM journal_fact WHERE kind = 'sale' AND status = 'booked'",
        """
        SELECT f.id, 'order ' || coalesce(o.number, 'none')
        FROM journal_fact f LEFT JOIN orders_order o ON o.id = f.order_id
        WHERE f.kind = 'sale' AND f.status = 'booked' AND o.till_key IS DISTINCT FROM 'till:' || f.uuid
        """,
    ),
    Rule(
        "a till's counters are those of its journal",
        EVERY_TILL,
        """
        SELECT t.id, 'told ' || t.told || ' up to ' || t.highest || ', journal ' || count(f.id)
                     || ' up to ' || coalesce(max(f.sequence), 0)
        FROM journal_till t LEFT JOIN journal_fact f ON f.device_id = t.device_id AND NOT f.is_apart
        WHERE NOT EXISTS (SELECT FROM journal_roll r WHERE r.device_id = t.device_id)
        GROUP BY t.id HAVING t.told <> count(f.id) OR t.highest <> coalesce(max(f.sequence), 0)
        """,
    ),
    Rule(
        "where numbers of a till are missing, its store is told, and only there",
        EVERY_TILL,
        """
        SELECT t.id, 'told ' || t.told || ' of ' || t.highest
        FROM journal_till t JOIN channels_device d ON d.id = t.device_id
        WHERE (t.told < t.highest) <> EXISTS (
            SELECT FROM orders_todo o WHERE o.kind = 'till_gap' AND o.subject = d.public_id AND o.closed_at IS NULL
        )
        """,
    ),
    Rule(
        "what a till gave back beyond its sale is a difference",
        "SELECT count(*) FROM journal_fact WHERE kind = 'return' AND of IS NOT NULL",
        """
        SELECT r.id, 'return ' || r.till_key || ': ' || sum(l.quantity) || ' units and ' || sum(l.total) || ' beyond'
        FROM returns_return r JOIN returns_returnline l ON l.returned_id = r.id AND l.order_line_id IS NULL
        JOIN journal_fact f ON r.till_key = 'till:' || f.uuid
        WHERE r.order_id IS NOT NULL AND (l.quantity > 0 OR l.total > 0) AND NOT EXISTS (
            SELECT FROM journal_difference d WHERE d.fact_id = f.id AND d.kind = 'return'
        )
        GROUP BY r.id
        """,
    ),
    Rule(
        "what tills gave back of a sale counts on its payments, and no more than was paid",
        "SELECT count(*) FROM returns_return WHERE till_key IS NOT NULL AND order_id IS NOT NULL",
        """
        SELECT o.id, 'tills gave ' || sum(r.total) || ', counted ' || p.refunded || ' of ' || p.captured
        FROM orders_order o JOIN returns_return r ON r.order_id = o.id AND r.till_key IS NOT NULL
        JOIN LATERAL (
            SELECT coalesce(sum(refunded), 0) AS refunded, coalesce(sum(amount), 0) AS captured,
                   bool_or(status = 'authorized') AS waits
            FROM orders_payment WHERE order_id = o.id AND status IN ('captured', 'authorized')
        ) AS p ON true
        WHERE o.till_key IS NOT NULL AND NOT coalesce(p.waits, false)
        GROUP BY o.id, p.refunded, p.captured
        HAVING p.refunded > p.captured OR (p.refunded < p.captured AND p.refunded < sum(r.total))
        """,
    ),
)
