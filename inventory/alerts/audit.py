"""What must always hold of those who asked to be told, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "whoever is told that something is back has a unit of just that, where she can have it",
        "SELECT count(*) FROM alerts_alert WHERE status = 'told'",
        """
        SELECT a.id, 'kept at location ' || s.location_id
        FROM alerts_alert a JOIN inventory_reservation r ON r.id = a.reservation_id
        JOIN inventory_stock s ON s.id = r.stock_id
        WHERE s.variant_id <> a.variant_id OR s.location_id <> coalesce(a.location_id, s.location_id)
           OR r.person_id <> a.person_id OR r.quantity <> 1
        """,
    ),
)
