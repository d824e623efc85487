"""What must always hold of money, one query each: it returns the rows that break the rule."""

from commerce.timeline.audit import Rule

RULES = (
    Rule(
        "what counts as given back of a payment is the sum of its refunds that did not fail",
        "SELECT count(*) FROM orders_payment WHERE status = 'captured'",
        """
        SELECT p.id, 'refunded ' || p.refunded || ', refunds ' || coalesce(sum(r.amount), 0)
        FROM orders_payment p LEFT JOIN orders_refund r ON r.payment_id = p.id AND r.status <> 'failed'
        GROUP BY p.id HAVING p.refunded <> coalesce(sum(r.amount), 0)
        """,
    ),
    Rule(
        "every cent captured by Stripe has its intent, and belongs to an order that stands or goes back",
        "SELECT count(*) FROM orders_payment WHERE tender = 'stripe' AND status = 'captured'",
        """
        SELECT p.id, 'order ' || o.status || ', kept ' || p.amount - p.refunded || ', intent ' || coalesce(c.intent, '')
        FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
        LEFT JOIN stripe_checkout c ON c.payment_id = p.id
        WHERE p.tender = 'stripe' AND p.status = 'captured'
          AND (coalesce(c.intent, '') <> p.reference OR p.reference = ''
               OR (o.status = 'canceled' AND p.refunded < p.amount
                   AND NOT EXISTS (SELECT FROM orders_todo t JOIN orders_refund r ON r.public_id = t.subject
                                   WHERE r.payment_id = p.id AND t.closed_at IS NULL)))
        """,
    ),
    Rule(
        "the balance of every gift card and store credit is the sum of its movements",
        "SELECT count(*) FROM credits_credit",
        """
        SELECT c.id, 'balance ' || c.balance || ', moved ' || coalesce(sum(m.amount), 0)
        FROM credits_credit c LEFT JOIN credits_creditmovement m ON m.credit_id = c.id
        GROUP BY c.id HAVING c.balance <> coalesce(sum(m.amount), 0)
        """,
    ),
    Rule(
        "nobody who was erased has a card that is kept, and every card that is offered is known at Stripe",
        "SELECT count(*) FROM stripe_keptcard",
        """
        SELECT k.id, 'customer ' || c.reference || ', erased ' || (p.erased_at IS NOT NULL)
        FROM stripe_keptcard k JOIN stripe_customer c ON c.id = k.customer_id
        JOIN customers_person p ON p.id = c.person_id
        WHERE k.removed_at IS NULL AND (p.erased_at IS NOT NULL OR c.reference = '' OR c.ended_at IS NOT NULL)
        """,
    ),
    Rule(
        "every series of documents runs from 1 to its last number without a gap",
        "SELECT count(*) FROM documents_document",
        """
        SELECT s.id, s.code || ': last ' || s.last_number || ', issued ' || count(d.id)
        FROM documents_series s LEFT JOIN documents_document d ON d.series_id = s.id
        GROUP BY s.id HAVING s.last_number <> count(d.id) OR s.last_number <> coalesce(max(d.number), 0)
        """,
    ),
    Rule(
        "an agreement that is open is owed, and one that was kept is not",
        "SELECT count(*) FROM receivables_agreement",
        """
        SELECT a.id, a.status || ', order is ' || o.payment_status
        FROM receivables_agreement a JOIN orders_order o ON o.id = a.order_id
        WHERE (a.status = 'open' AND o.payment_status = 'captured')
           OR (a.status = 'kept' AND o.payment_status = 'due')
        """,
    ),
)
