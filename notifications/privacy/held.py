"""Where a person's data lies: one row for each table of the house. Export, erasure and their tests read it.

A new table, or a new text field in an old one, needs a decision here before the tests pass:

- Is each row about one person? Put the table into HELD, with the path from it to Person. Texts that could tell who she
  is (what somebody typed) go into `personal` with what an erasure leaves in them; ids, codes and versions into `plain`.
- Are its rows about nobody, such as goods, prices and places? Put it into NOBODYS and say why, in a few words.
- Is there no path to her, and yet her data may be in it? Put it into MENTIONING, and find the rows by what they mention
  in notifications.privacy.mentions.
"""

from dataclasses import dataclass, field
from typing import Any

TOMB = object()
"""Left in an address: its keyed digest (commerce.customers.tombs), so that late news does not bring her back."""


@dataclass(frozen=True)
class Held:
    """A table of which each row is about one person. `of`: the ways from a row to her."""

    of: tuple[str, ...]
    personal: dict[str, Any] = field(default_factory=dict)
    plain: tuple[str, ...] = ()


ORDER = ("order__person",)

HELD: dict[str, Held] = {
    "customers.Person": Held(
        ("pk",),
        {"given_name": "", "family_name": "", "group": "", "preferred_contact_channel": "", "preferred_hours": None},
        plain=("language", "country", "timezone", "named_in"),
    ),
    "customers.ContactPoint": Held(("person",), {"value": TOMB}, plain=("verified_how", "given_in")),
    "customers.PostalAddress": Held(
        ("person",),
        dict.fromkeys(("label", "recipient", "street", "postal_code", "city", "phone"), ""),
        plain=("country", "entered_in"),
    ),
    "customers.Consent": Held(("contact_point__person",), plain=("contact_channel", "wording", "method")),
    "customers.Taste": Held(("person",), {"value": ""}, plain=("entered_in", "entered_by")),
    "customers.LoginCode": Held(("contact_point__person",), {"given_name": ""}, plain=("language",)),
    "customers.Merge": Held(("person", "into"), plain=("evidence", "merged_by")),
    "customers.Suggestion": Held(("one", "other"), plain=("evidence", "decided_by")),
    "customers.Serving": Held(("person",), plain=("actor",)),
    "customers.Reading": Held(("person",), plain=("actor", "what")),
    "carts.Cart": Held(("person",), plain=("currency",)),
    "carts.CartLine": Held(("cart__person",), plain=("edited_by",)),
    "carts.HandOff": Held(("cart__person",), plain=("digest", "made_by", "taken_by")),
    "orders.OrderHold": Held(ORDER, plain=("owner", "released_by")),
    "delivery.Appointment": Held(ORDER, plain=("made_by",)),
    "delivery.Booking": Held(
        ("fulfillment__order__person",),
        {"label": b"", "tracking_number": "erased", "error": ""},
        plain=("carrier",),
    ),
    "carts.CartMerge": Held(("cart__person", "into__person"), plain=("merged_by", "lines_before")),
    "carts.Wish": Held(("person",), plain=("visitor",)),
    "carts.ManualDiscount": Held(("cart__person",), plain=("given_by",)),
    "cases.Case": Held(("person",), {"request": ""}, plain=("key", "opened_in")),
    "cases.CaseStep": Held(("case__person",), plain=("title_es", "title_en", "settled_by")),
    "cases.Handover": Held(("case__person",), {"reason": ""}, plain=("by",)),
    "carts.CartOperation": Held(("cart__person",), plain=("channel", "hand", "key", "actor")),
    "promotions.Coupon": Held(("person",), plain=("code", "folded", "batch")),
    "promotions.Purchase": Held(("person",), plain=("demand",)),
    "quotes.SignedQuote": Held(("person",), plain=("code", "quote", "currency", "demand")),
    "promotions.CouponUse": Held(("person",), plain=("demand",)),
    "promises.Promise": Held(
        ("person",), plain=("given_by", "subject", "contact_channel", "given_in", "carrier", "message")
    ),
    "inventory.Reservation": Held(("person",), plain=("channel",)),
    "alerts.Alert": Held(("person",), plain=("contact_channel",)),
    "orders.Order": Held(("person",), plain=("number", "currency", "quote", "till_key")),
    "orders.OrderLine": Held(ORDER, plain=("sku", "title")),
    "orders.Payment": Held(ORDER, plain=("tender", "currency", "reference")),
    "orders.Refund": Held(("payment__order__person",), plain=("reference",)),
    "orders.Fulfillment": Held(ORDER, {"pickup_code": "", "tracking_number": ""}, plain=("carrier",)),
    "returns.Return": Held(("person",), plain=("code", "policy", "currency", "till_key")),
    "returns.ReturnLine": Held(("returned__person",), plain=("sku",)),
    "orders.Todo": Held(ORDER, plain=("subject", "cause", "closed_by")),
    "stripe.Customer": Held(("person",), plain=("reference",)),
    "stripe.KeptCard": Held(
        ("customer__person",), dict.fromkeys(("brand", "last4", "expires"), ""), plain=("reference",)
    ),
    "stripe.CardPage": Held(("customer__person",), {"url": ""}, plain=("page",)),
    "stripe.Checkout": Held(("payment__order__person",), {"url": ""}, plain=("page", "intent")),
    "stripe.Dispute": Held(("payment__order__person",), plain=("reference", "currency", "reason", "status")),
    "credits.Credit": Held(("person",), plain=("code_digest", "code_ending", "currency")),
    "credits.CreditMovement": Held(("credit__person",), plain=("key", "actor")),
    "documents.Document": Held(ORDER, plain=("facts",)),
    "receivables.Agreement": Held(ORDER, plain=("made_by",)),
    "notifications.Message": Held(("person",), plain=("purpose", "subject", "phase", "facts")),
    "notifications.Verdict": Held(("message__person",), plain=("contact_channel", "reasons")),
    "notifications.Attempt": Held(
        ("message__person",),
        dict.fromkeys(("title", "text", "html", "error", "unsubscribe_url"), "") | {"content": {}},
        plain=("contact_channel", "transport", "provider_id"),
    ),
    "notifications.Conversation": Held(("person",), {"title": ""}, plain=("contact_channel",)),
    "notifications.Turn": Held(("conversation__person",), {"text": ""}, plain=("about", "actor", "external_id")),
    "photos.Photo": Held(("turns__conversation__person", "cases__person"), {"content": b""}),
    "notifications.Survey": Held(("person",), {"comment": ""}),
    "notifications.ErasureRequest": Held(("person",), plain=("reasons", "asked_by", "channel", "held_because")),
}

MENTIONING = {
    "rest.IdempotentAnswer": "answers given to her, kept for two days",
    "inbox.InboundEvent": "webhooks about her, kept as they came",
    "inbox.ExternalId": "what other systems call her",
    "sessions.Session": "her browsers",
    "admin.LogEntry": "the back office's log names what was changed",
    "auth.User": "her log-in",
    "links.Link": "links that were sent to her",
}

NOBODYS = {
    "auth.Permission": "Django's own",
    "auth.Group": "Django's own",
    "contenttypes.ContentType": "Django's own",
    "timeline.Link": "a code",
    "timeline.Entry": "ids and facts; that no address is among them is a rule of manage.py audit",
    "timeline.Task": "ids; of a fault its kind and place",
    "channels.Firm": "firms that sell with us",
    "channels.Location": "our stores",
    "channels.SalesChannel": "our channels",
    "channels.Device": "our tills",
    "channels.RecoveryCode": "keyed digests, of the staff",
    "rest.LimitCount": "keyed digests, for an hour",
    "catalog.Category": "goods",
    "catalog.Product": "goods",
    "catalog.Variant": "goods",
    "catalog.Picture": "goods",
    "customers.BlockedAddress": "addresses of firms and tills, that belong to nobody",
    "pricing.PriceList": "prices",
    "quotes.ShelfLabel": "prices",
    "pricing.TaxRate": "taxes",
    "promotions.Promotion": "prices",
    "promotions.PromotionVersion": "prices",
    "carts.ParityRun": "prices of made-up baskets",
    "inventory.Movement": "goods; a reason is of a list, a demand is an id",
    "inventory.Incoming": "goods",
    "shopify_stock.Level": "goods",
    "floor.Transfer": "goods; who made it is an id of the staff",
    "floor.TransferLine": "goods",
    "floor.ShrinkageReason": "words of our own",
    "inventory.Backorder": "goods",
    "inventory.BufferChange": "goods",
    "inventory.BufferReason": "goods",
    "inventory.Hold": "goods",
    "inventory.Allocation": "goods",
    "approvals.Limit": "amounts",
    "approvals.Approval": "ids, amounts and reasons of a list",
    "documents.Series": "numbers",
    "delivery.Zone": "places",
    "delivery.Method": "ways of delivery",
    "cases.PlaybookStep": "what is done in every case",
    "journal.Till": "tills",
    "journal.Roll": "numbers of tills",
    "journal.Fact": "sales as tills told them: goods and money, no contact",
    "journal.Difference": "sales as tills told them",
    "journal.TillFile": "receipts as a till wrote them, until they are taken, a month at most",
    "returns.PolicyVersion": "what holds for everybody",
}
