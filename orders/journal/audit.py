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
        FROM journal_till t LEFT JOIN journal_fact f ON f.device_id = t.device_id AND f.status <> 'quarantined'
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
)
