"""What must always hold of people, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "people found to be one are read under one root, and nobody else is",
        "SELECT count(*) FROM customers_merge WHERE split_at IS NULL",
        """
        WITH grouped AS (
            SELECT coalesce(root_id, id) AS root, count(*) AS people FROM customers_person GROUP BY 1
        ), edges AS (
            SELECT coalesce(a.root_id, a.id) AS root, count(*) AS edges,
                   count(*) FILTER (WHERE coalesce(a.root_id, a.id) <> coalesce(b.root_id, b.id)) AS torn
            FROM customers_merge m
            JOIN customers_person a ON a.id = m.person_id JOIN customers_person b ON b.id = m.into_id
            WHERE m.split_at IS NULL GROUP BY 1
        )
        SELECT g.root, g.people || ' people, ' || coalesce(e.edges, 0) || ' findings, '
                       || coalesce(e.torn, 0) || ' torn'
        FROM grouped g LEFT JOIN edges e USING (root)
        WHERE g.people - 1 <> coalesce(e.edges, 0) OR coalesce(e.torn, 0) > 0
        """,
    ),
    Rule(
        "whoever is read under another is nobody's root",
        "SELECT count(*) FROM customers_person WHERE root_id IS NOT NULL",
        """
        SELECT p.id, 'under ' || p.root_id FROM customers_person p JOIN customers_person r ON r.id = p.root_id
        WHERE r.root_id IS NOT NULL OR r.id = p.id
        """,
    ),
    Rule(
        "whoever logs in is somebody: an account has a proved address",
        "SELECT count(*) FROM customers_person WHERE user_id IS NOT NULL",
        """
        SELECT p.id, 'no proved address' FROM customers_person p
        WHERE p.user_id IS NOT NULL AND p.erased_at IS NULL AND NOT EXISTS (
            SELECT FROM customers_contactpoint c JOIN customers_person o ON o.id = c.person_id
            WHERE c.verified_at IS NOT NULL AND coalesce(o.root_id, o.id) = coalesce(p.root_id, p.id)
        )
        """,
    ),
    Rule(
        "no address of anybody stands on the timeline",
        "SELECT count(*) FROM timeline_entry",
        r"""SELECT id, type FROM timeline_entry WHERE data::text ~ '[^"\s]@[^"\s]+\.|"\+[0-9]{8,15}"'""",
    ),
)
