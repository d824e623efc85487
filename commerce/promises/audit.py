"""What must always hold of promises, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "every promise was kept, or she was told before it broke, or the reason is on the timeline",
        "SELECT count(*) FROM promises_promise WHERE status <> 'open'",
        """
        SELECT p.id, p.status || ', due ' || coalesce(p.due_at::text, 'some day')
                     || ', told ' || coalesce(p.told_at::text, 'never')
        FROM promises_promise p
        WHERE (p.status = 'kept' AND p.settled_at > p.due_at)
           OR (p.status = 'told' AND (p.told_at IS NULL OR p.told_at > p.due_at))
           OR (p.status = 'broken' AND p.told_at IS NULL AND NOT EXISTS (
               SELECT FROM timeline_entry e
               WHERE e.journey_id = p.journey_id AND e.type = 'promise.broken' AND e.data ->> 'promise' = p.public_id
           ))
        """,
    ),
    Rule(
        "what endangers a promise is on the timeline",
        "SELECT count(*) FROM promises_promise WHERE danger <> ''",
        """
        SELECT p.id, p.danger FROM promises_promise p
        WHERE p.danger <> '' AND NOT EXISTS (
            SELECT FROM timeline_entry e
            WHERE e.journey_id = p.journey_id AND e.type = 'promise.endangered' AND e.data ->> 'promise' = p.public_id
        )
        """,
    ),
)
