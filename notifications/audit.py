"""What must always hold of messages, one query each: it returns the rows that break the rule.

A test sees to it that the purposes named here are those that notifications.purposes declares.
"""

from commerce.timeline.audit import Rule
from notifications.visible import TOLD

CHANGES = ", ".join(f"('{entry}', '{purpose}')" for entry, purpose in TOLD.items())

RULES = (
    Rule(
        "no message was taken by two transports, unless the first try failed",
        "SELECT count(*) FROM notifications_message",
        """
        SELECT message_id, count(*) || ' attempts that were taken' FROM notifications_attempt
        WHERE status IN ('accepted', 'delivered', 'read') GROUP BY message_id HAVING count(*) > 1
        """,
    ),
    Rule(
        "every message was sent, was dropped with a reason, has failed, is unknown, or waits with a task",
        "SELECT count(*) FROM notifications_message",
        """
        SELECT m.id, m.purpose || ' ' || m.status FROM notifications_message m WHERE CASE m.status
            WHEN 'sent' THEN NOT EXISTS (SELECT FROM notifications_attempt a
                WHERE a.message_id = m.id AND a.status IN ('accepted', 'delivered', 'read'))
            WHEN 'unknown' THEN NOT EXISTS (SELECT FROM notifications_attempt a
                WHERE a.message_id = m.id AND a.status = 'unknown')
            WHEN 'waiting' THEN NOT EXISTS (SELECT FROM timeline_task t
                WHERE t.handler = 'notifications.delivery.deliver' AND t.key = 'message-' || m.id
                  AND t.status = 'pending')
            ELSE NOT EXISTS (SELECT FROM notifications_verdict v
                WHERE v.message_id = m.id AND v.decision = 'drop' AND jsonb_array_length(v.reasons) > 0)
        END
        """,
    ),
    Rule(
        "every change that she sees was told once, or the reason why not is stored, or it is about to be",
        "SELECT count(*) FROM timeline_entry WHERE type LIKE 'order.%' OR type LIKE 'case.%' OR type LIKE 'return.%'",
        f"""
        SELECT e.id, e.type || ': ' || coalesce(m.messages, 0) || ' messages, ' || coalesce(w.reasons, 0) || ' reasons'
        FROM timeline_entry e
        JOIN (VALUES {CHANGES}) AS told(type, purpose) ON told.type = e.type
        LEFT JOIN (SELECT entry, purpose, count(*) AS messages FROM notifications_message GROUP BY entry, purpose) m
             ON m.entry = e.id AND m.purpose = told.purpose
        LEFT JOIN (SELECT cause, data ->> 'purpose' AS purpose, count(*) AS reasons FROM timeline_entry
                   WHERE type = 'message.withheld' GROUP BY 1, 2) w ON w.cause = e.id AND w.purpose = told.purpose
        WHERE coalesce(m.messages, 0) + coalesce(w.reasons, 0) <> 1
          AND e.data ->> 'is_told' IS DISTINCT FROM 'false'
          AND NOT EXISTS (SELECT FROM timeline_task t
              WHERE t.entry = e.id AND t.status = 'pending' AND t.handler LIKE 'notifications.%')
        """,  # noqa: S608 (our own names)
    ),
    Rule(
        "nothing was tried without a verdict to send at that instant",
        "SELECT count(*) FROM notifications_attempt",
        """
        SELECT a.id, 'attempt without verdict' FROM notifications_attempt a
        WHERE NOT EXISTS (SELECT FROM notifications_verdict v
            WHERE v.message_id = a.message_id AND v.decision = 'send' AND v.decided_at = a.started_at
              AND v.contact_channel = a.contact_channel)
        """,
    ),
    Rule(
        "no reminder was claimed after the purchase, in any channel, that had made it pointless",
        "SELECT count(*) FROM notifications_message WHERE purpose = 'cart_reminder'",
        """
        SELECT a.id, 'order ' || o.public_id || ' came first' FROM notifications_attempt a
        JOIN notifications_message m ON m.id = a.message_id AND m.purpose = 'cart_reminder'
        JOIN carts_cart c ON c.public_id = m.subject
        JOIN orders_order o ON o.status IN ('placed', 'completed') AND (o.cart_id = c.id OR o.person_id = m.person_id)
        JOIN timeline_entry e ON e.journey_id = o.journey_id AND e.type IN ('order.placed', 'till.sold')
             AND e.data ->> 'order' = o.public_id
        WHERE o.placed_at >= c.edited_at AND e.recorded_at < a.started_at
        """,
    ),
    Rule(
        "nothing that needs her consent was tried without it",
        "SELECT count(*) FROM notifications_message"
        " WHERE purpose IN ('cart_reminder', 'survey', 'case_survey', 'back_in_stock')",
        """
        SELECT a.id, m.purpose || ' over ' || a.contact_channel FROM notifications_attempt a
        JOIN notifications_message m ON m.id = a.message_id
        JOIN (VALUES ('cart_reminder', 'reminder', true), ('survey', 'survey', false),
                     ('case_survey', 'survey', false),
                     ('back_in_stock', 'restock', true)) AS needs(purpose, consent, yes) ON needs.purpose = m.purpose
        JOIN customers_contactpoint p ON p.id = a.contact_point_id
        LEFT JOIN LATERAL (
            SELECT c.granted FROM customers_consent c JOIN customers_contactpoint q ON q.id = c.contact_point_id
            WHERE q.kind = p.kind AND q.value = p.value AND c.contact_channel = a.contact_channel
              AND c.purpose = needs.consent AND c.chosen_at <= a.started_at
            ORDER BY c.chosen_at DESC, c.granted, c.id DESC LIMIT 1
        ) AS latest ON true
        WHERE latest.granted IS FALSE OR (latest.granted IS NULL AND needs.yes)
        """,
    ),
    Rule(
        "every webhook was handled, was ignored or has failed with a reason, or waits with a task",
        "SELECT count(*) FROM inbox_inboundevent",
        """
        SELECT i.id, i.provider || ' ' || i.external_id FROM inbox_inboundevent i
        WHERE i.status = 'received' AND NOT EXISTS (SELECT FROM timeline_task t
            WHERE t.handler = 'commerce.inbox.receiving.handle' AND t.key = 'event-' || i.id AND t.status = 'pending')
        """,
    ),
)
