"""The table of doors: address name → method → who may. A door that does not stand here is closed."""

from commerce.channels.models import Role

VISITOR = "visitor"
PERSON = "person"

BACK_OFFICE = frozenset({Role.BACK_OFFICE.value})
AGENTS = BACK_OFFICE | {Role.AGENT.value}
STORES = BACK_OFFICE | {Role.STORE.value}
FLOOR = STORES | {Role.WAREHOUSE.value}
STORE_FLOOR = frozenset({Role.STORE.value})
STAFF = FLOOR | AGENTS
SHOPPERS = frozenset({VISITOR, PERSON})
PEOPLE = frozenset({PERSON})
EVERYONE = STAFF | SHOPPERS

DOORS: dict[str, dict[str, frozenset[str]]] = {
    "healthz": {"GET": EVERYONE},
    "admin:*": {"GET": BACK_OFFICE, "POST": BACK_OFFICE},
    "staff_login": {"GET": EVERYONE, "POST": EVERYONE},
    "api-schema": {"GET": EVERYONE},
    "api-docs": {"GET": EVERYONE},
    "robots": {"GET": EVERYONE},
    "set_language": {"POST": EVERYONE},
    "hook": {"GET": EVERYONE, "POST": EVERYONE},  # each provider signs
    # what takes two people
    "api-approvals": {"GET": AGENTS | STORES},
    "api-approval": {"POST": AGENTS | STORES},
    "approvals": {"GET": AGENTS | STORES},
    "approval": {"POST": AGENTS | STORES},
    "hook-email": {"GET": EVERYONE, "POST": EVERYONE},  # with a password, or signed
    # carts
    "api-promotions": {"GET": AGENTS},
    "api-carts": {"GET": AGENTS, "POST": SHOPPERS | AGENTS | STORES},
    "api-cart": {"GET": SHOPPERS | AGENTS | STORES},
    "api-cart-lines": {"POST": SHOPPERS | AGENTS | STORES},
    "api-cart-line": {"PUT": SHOPPERS | AGENTS | STORES},
    "api-cart-coupon": {"PUT": SHOPPERS | AGENTS | STORES, "DELETE": SHOPPERS | AGENTS | STORES},
    "api-cart-edits": {"GET": SHOPPERS | AGENTS | STORES},
    "api-cart-claim": {"POST": PEOPLE},
    "api-cart-restoring": {"POST": SHOPPERS},
    "cart": {"GET": EVERYONE},
    "cart-live": {"GET": EVERYONE},
    "cart-add": {"POST": EVERYONE},
    "cart-set": {"POST": EVERYONE},
    "cart-code": {"POST": EVERYONE},
    "cart-restore": {"GET": EVERYONE, "POST": EVERYONE},
    # customers and accounts
    "account_login": {"GET": EVERYONE, "POST": EVERYONE},
    "account_login_code": {"GET": EVERYONE, "POST": EVERYONE},
    "account_logout": {"POST": EVERYONE},
    "api-session": {"GET": EVERYONE, "POST": SHOPPERS, "DELETE": EVERYONE},
    "api-session-code": {"POST": SHOPPERS},
    "api-me": {"GET": PEOPLE, "PATCH": PEOPLE},
    "api-me-addresses": {"GET": PEOPLE, "POST": PEOPLE},
    "api-me-address": {"DELETE": PEOPLE},
    "api-me-consents": {"GET": PEOPLE, "POST": PEOPLE},
    # catalog and stock
    "home": {"GET": EVERYONE},
    "product": {"GET": EVERYONE},
    "stores": {"GET": FLOOR},
    "store": {"GET": FLOOR},
    "store-explain": {"GET": FLOOR},
    "api-products": {"GET": EVERYONE},
    "api-product": {"GET": EVERYONE},
    "api-stock": {"GET": EVERYONE},
    "api-stock-explain": {"GET": STAFF},
    "api-stock-counts": {"POST": FLOOR},
    "api-stock-receipts": {"POST": FLOOR},
    "api-stock-transfers": {"POST": FLOOR},
    "api-stock-arrivals": {"POST": FLOOR},
    "api-stock-expected": {"GET": STAFF, "POST": FLOOR},
    "api-reservations": {"POST": PEOPLE | AGENTS | STORES},
    "api-reservation": {"GET": EVERYONE, "DELETE": EVERYONE},
    "api-cart-line-up": {"POST": SHOPPERS | AGENTS | STORES},
    # orders
    "store-pickups": {"GET": FLOOR},
    "store-step": {"POST": FLOOR},
    "store-look-up": {"GET": FLOOR, "POST": FLOOR},
    "store-sell": {"GET": STORES, "POST": STORES},
    "store-put": {"POST": STORES},
    "store-pay": {"POST": STORES},
    "checkout": {"GET": EVERYONE, "POST": EVERYONE},
    "order": {"GET": EVERYONE},
    "payment": {"GET": EVERYONE},
    "payment-back": {"GET": EVERYONE},
    "api-checkout": {"GET": SHOPPERS | AGENTS | STORES, "POST": SHOPPERS | AGENTS | STORES},
    "api-order": {"GET": EVERYONE},
    "api-order-timeline": {"GET": EVERYONE},
    "api-order-cancel": {"POST": SHOPPERS | AGENTS | STORES},
    "api-order-payments": {"POST": SHOPPERS | AGENTS | STORES},
    "order-pay": {"POST": EVERYONE},
    "api-order-refunds": {"GET": AGENTS | STORES, "POST": AGENTS | STORES},
    "order-refund": {"GET": AGENTS | STORES, "POST": AGENTS | STORES},
    "api-vat": {"GET": BACK_OFFICE},
    "api-order-documents": {"POST": SHOPPERS | STAFF},
    "api-order-document": {"GET": SHOPPERS | STAFF},
    "api-lookup": {"GET": STORES | AGENTS},
    "api-till-sales": {"POST": STORE_FLOOR},
    "api-till-heartbeat": {"POST": STORE_FLOOR},
    "api-fulfillments": {"GET": FLOOR},
    "api-fulfillment-pick": {"POST": FLOOR},
    "api-fulfillment-ready": {"POST": STORES},
    "api-fulfillment-collect": {"POST": STORES},
    "api-fulfillment-hand-over": {"POST": FLOOR},
    # conversations, messages, desk
    "account": {"GET": PEOPLE},
    "account-change": {"POST": PEOPLE},
    "account-consents": {"POST": PEOPLE},
    "account-addresses": {"POST": PEOPLE},
    "account-address": {"POST": PEOPLE},
    "chat": {"GET": EVERYONE, "POST": SHOPPERS},
    "chat-news": {"GET": EVERYONE},
    "photo": {"GET": EVERYONE},  # in the talk of this visit, or any for agents
    "desk-talk-news": {"GET": AGENTS},
    "account-data": {"GET": PEOPLE},
    "account-export": {"POST": PEOPLE},
    "account-erasure": {"POST": PEOPLE},
    "desk-data": {"POST": BACK_OFFICE},
    "desk": {"GET": AGENTS},
    "desk-person": {"GET": AGENTS},
    "desk-orders": {"GET": AGENTS},
    "desk-send-link": {"POST": AGENTS},
    "desk-end-checkout": {"POST": AGENTS},
    "desk-cart": {"POST": AGENTS},
    "desk-cart-live": {"GET": AGENTS},
    "desk-checkout": {"GET": AGENTS, "POST": AGENTS},
    "desk-reply": {"POST": AGENTS},
    "api-conversations": {"GET": AGENTS},
    "api-conversation": {"GET": AGENTS},
    "api-conversation-reply": {"POST": AGENTS},
    "api-conversation-gift": {"POST": AGENTS},
    "api-messages": {"GET": AGENTS},
    "api-outbox": {"GET": AGENTS},
    "outbox": {"GET": AGENTS},
    "outbox-message": {"GET": AGENTS},
    "outbox-mail": {"GET": AGENTS},
    "outbox-report": {"POST": AGENTS},
    "survey": {"GET": EVERYONE, "POST": EVERYONE},
    "unsubscribe": {"GET": EVERYONE, "POST": EVERYONE},
}
