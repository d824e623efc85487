"""What must always hold of returns, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "an order line counts as returned what its returns say, and no return gives more than was paid",
        "SELECT count(*) FROM orders_orderline WHERE returned > 0",
        """
        SELECT l.id, 'counted ' || l.returned || ', returns ' || coalesce(sum(r.quantity), 0)
                     || ', paid ' || l.total || ', given ' || coalesce(sum(r.total), 0)
        FROM orders_orderline l LEFT JOIN (
            SELECT line.order_line_id, line.quantity, line.total FROM returns_returnline line
            JOIN returns_return ret ON ret.id = line.returned_id
            WHERE ret.status NOT IN ('started', 'canceled') AND line.condition <> 'refused'
        ) r ON r.order_line_id = l.id
        GROUP BY l.id
        HAVING l.returned <> coalesce(sum(r.quantity), 0) OR l.total < coalesce(sum(r.total), 0)
        """,
    ),
    Rule(
        "a settled return gave what its lines say, less what was kept",
        "SELECT count(*) FROM returns_return WHERE status = 'settled' AND till_key IS NULL",
        """
        SELECT ret.id, 'gave ' || ret.total || ', kept ' || ret.fee || ', lines ' || coalesce(sum(line.total), 0)
        FROM returns_return ret LEFT JOIN returns_returnline line
            ON line.returned_id = ret.id AND line.condition <> 'refused'
        WHERE ret.status = 'settled' AND ret.till_key IS NULL
        GROUP BY ret.id HAVING ret.total + ret.fee <> coalesce(sum(line.total), 0)
        """,
    ),
    Rule(
        "what was announced keeps its replacement until it is settled or canceled",
        "SELECT count(*) FROM returns_return WHERE outcome = 'exchange'",
        """
        SELECT ret.id, ret.status || ', replacement ' || coalesce(o.status, 'none')
        FROM returns_return ret LEFT JOIN orders_order o ON o.id = ret.replacement_id
        WHERE ret.outcome = 'exchange' AND ret.till_key IS NULL AND CASE
            WHEN ret.sent_ahead_at IS NOT NULL THEN o.status IS NULL OR o.status = 'draft'
            WHEN ret.status IN ('requested', 'received', 'inspected') THEN o.status IS DISTINCT FROM 'draft'
            WHEN ret.status = 'settled' THEN o.status IS NULL OR o.status = 'draft'
            ELSE o.status = 'draft'
        END
        """,
    ),
)
