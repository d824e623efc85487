"""The VAT of a stretch of time, from the documents that were issued in it."""

from datetime import datetime

from django.db import connection

SUMMARY = """
SELECT (tax ->> 'basis_points')::int AS rate, d.facts ->> 'currency' AS currency,
       sum((tax ->> 'net')::bigint)::bigint, sum((tax ->> 'tax')::bigint)::bigint,
       sum((tax ->> 'gross')::bigint)::bigint, count(*)
FROM documents_document d, jsonb_array_elements(d.facts -> 'taxes') AS tax
WHERE (d.kind = 'receipt' OR (d.kind = 'credit_note' AND EXISTS (
          SELECT FROM documents_document receipt WHERE receipt.order_id = d.order_id AND receipt.kind = 'receipt')))
  AND d.issued_at >= %s AND d.issued_at < %s
GROUP BY 1, 2 ORDER BY 2, 1 DESC
"""


def vat(since: datetime, until: datetime) -> list[dict[str, object]]:
    """Net, tax and gross by rate and currency; what was credited is taken off.

    Receipts count, invoices repeat them; a credit note of what stood on an invoice alone takes nothing off.
    """
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY, [since, until])
        names = ("basis_points", "currency", "net", "tax", "gross", "documents")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
