"""What must always hold of deliveries, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "a window holds as many parcels as have taken it, and no more than it can",
        "SELECT count(*) FROM delivery_slot",
        """
        SELECT s.id, 'booked ' || s.booked || ', appointments ' || count(a.id) || ', capacity ' || s.capacity
        FROM delivery_slot s LEFT JOIN delivery_appointment a ON a.slot_id = s.id AND a.ended_at IS NULL
        GROUP BY s.id HAVING s.booked <> count(a.id) OR count(a.id) > s.capacity
        """,
    ),
    Rule(
        "an appointment stands for an order that stands",
        "SELECT count(*) FROM delivery_appointment WHERE ended_at IS NULL",
        """
        SELECT a.id, 'of an order that is ' || o.status
        FROM delivery_appointment a JOIN orders_order o ON o.id = a.order_id
        WHERE a.ended_at IS NULL AND o.status = 'canceled'
        """,
    ),
    Rule(
        "a window that is taken is one in which a part of its order is brought",
        "SELECT count(*) FROM delivery_appointment WHERE ended_at IS NULL",
        """
        SELECT a.id, 'no part of order ' || o.number || ' is brought by ' || s.ends_at
        FROM delivery_appointment a JOIN orders_order o ON o.id = a.order_id JOIN delivery_slot s ON s.id = a.slot_id
        WHERE a.ended_at IS NULL AND o.status IN ('placed', 'completed') AND NOT EXISTS (
            SELECT FROM orders_fulfillment f
            WHERE f.order_id = o.id AND f.kind = 'shipment' AND f.status <> 'canceled' AND f.promised_for = s.ends_at
              AND (f.id = a.fulfillment_id OR a.fulfillment_id IS NULL AND NOT EXISTS (
                  SELECT FROM delivery_appointment own WHERE own.fulfillment_id = f.id AND own.ended_at IS NULL
              ))
        )
        """,
    ),
    Rule(
        "a call that is owed is about a part of an order that still waits for it",
        "SELECT count(*) FROM orders_todo WHERE kind = 'call' AND closed_at IS NULL",
        """
        SELECT t.id, 'about a part that is ' || coalesce(f.status, 'unknown')
        FROM orders_todo t LEFT JOIN orders_fulfillment f ON f.public_id = t.subject
        WHERE t.kind = 'call' AND t.closed_at IS NULL AND (f.status IS NULL OR f.status IN ('delivered', 'canceled'))
        """,
    ),
)
