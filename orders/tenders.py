"""The ways to pay, one spelling each."""

MANUAL = "manual"
"""Money that somebody says is there: no provider is asked."""

CASH = "cash"
CARD_TERMINAL = "card_terminal"
BANK_TRANSFER = "bank_transfer"
CREDIT = "credit"
"""A gift card or store credit, from our own ledger."""

STRIPE = "stripe"

PAYMENT_LINK = "payment_link"
"""A link of Stripe's that is sent to her; the payment itself is Stripe's."""

EXCHANGE = "exchange"
"""What was paid for goods that came back, and are exchanged for these."""

TILL = "till"
"""A till that did not say how it was paid."""

AT_THE_COUNTER = (CASH, CARD_TERMINAL)
"""What is taken where she stands."""

COUNTED_BY_STAFF = frozenset({MANUAL, CASH, CARD_TERMINAL, BANK_TRANSFER})
"""Staff say that this money is there."""

TENDERS = [*sorted(COUNTED_BY_STAFF), STRIPE, PAYMENT_LINK]
"""What a checkout takes."""

TENDERS_OF_STAFF = [*sorted(COUNTED_BY_STAFF), PAYMENT_LINK]
"""What staff take for what is still to be paid."""
