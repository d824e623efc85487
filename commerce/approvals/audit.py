"""What must always hold of approvals, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "what was granted was granted by a second person, and stands on the timeline",
        "SELECT count(*) FROM approvals_approval WHERE status = 'granted'",
        """
        SELECT a.id, 'asked by ' || a.asked_by || ', decided by ' || a.decided_by
        FROM approvals_approval a
        WHERE a.status = 'granted' AND (a.asked_by = a.decided_by OR NOT EXISTS (
            SELECT FROM timeline_entry e WHERE e.journey_id = a.journey_id AND e.type = 'approval.granted'
                                           AND e.data ->> 'approval' = a.public_id))
        """,
    ),
)
