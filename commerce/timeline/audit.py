"""What must always hold of the timeline, one query each: it returns the rows that break the rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A rule of the house: `rows` counts what was looked at, `violations` finds what breaks it (id, what)."""

    name: str
    rows: str
    violations: str


RULES = (
    Rule(
        "the timeline has no gap: each journey's numbers run from 1 to its count",
        "SELECT count(*) FROM timeline_entry",
        """
        SELECT j.id, 'counted ' || j.entry_count || ', found ' || count(e.id)
                     || ', highest ' || coalesce(max(e.number), 0)
        FROM timeline_journey j LEFT JOIN timeline_entry e ON e.journey_id = j.id
        GROUP BY j.id HAVING j.entry_count <> count(e.id) OR j.entry_count <> coalesce(max(e.number), 0)
        """,
    ),
    Rule(
        "no entry has a cause that does not exist or came after it",
        "SELECT count(*) FROM timeline_entry WHERE cause IS NOT NULL",
        """
        SELECT e.id, 'cause ' || e.cause FROM timeline_entry e LEFT JOIN timeline_entry c ON c.id = e.cause
        WHERE e.cause IS NOT NULL AND (c.id IS NULL OR c.id >= e.id)
        """,
    ),
    Rule(
        "no task is given up unseen",
        "SELECT count(*) FROM timeline_task",
        "SELECT id, handler || ': ' || last_error FROM timeline_task WHERE status = 'given_up'",
    ),
)
