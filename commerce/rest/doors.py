"""The table of doors: address name → method → who may. A door that does not stand here is closed."""

from commerce.channels.models import Role

VISITOR = "visitor"
PERSON = "person"

BACK_OFFICE = frozenset({Role.BACK_OFFICE.value})
AGENTS = BACK_OFFICE | {Role.AGENT.value}
STORES = BACK_OFFICE | {Role.STORE.value}
FLOOR = STORES | {Role.WAREHOUSE.value}
STAFF = FLOOR | AGENTS
SHOPPERS = frozenset({VISITOR, PERSON})
EVERYONE = STAFF | SHOPPERS

DOORS: dict[str, dict[str, frozenset[str]]] = {
    "healthz": {"GET": EVERYONE},
    "admin:*": {"GET": EVERYONE, "POST": EVERYONE},  # Django admin asks for its own log-in
    "api-schema": {"GET": EVERYONE},
    "api-docs": {"GET": EVERYONE},
    "robots": {"GET": EVERYONE},
    "set_language": {"POST": EVERYONE},
    "hook": {"GET": EVERYONE, "POST": EVERYONE},  # each provider signs
    # carts
    "api-promotions": {"GET": AGENTS},
    "api-carts": {"GET": AGENTS, "POST": SHOPPERS | AGENTS | STORES},
    "api-cart": {"GET": SHOPPERS | AGENTS | STORES},
    "api-cart-lines": {"POST": SHOPPERS | AGENTS | STORES},
    "api-cart-line": {"PUT": SHOPPERS | AGENTS | STORES},
    "api-cart-coupon": {"PUT": SHOPPERS | AGENTS | STORES, "DELETE": SHOPPERS | AGENTS | STORES},
    "api-cart-claim": {"POST": frozenset({PERSON})},
    "api-cart-restoring": {"POST": SHOPPERS},
    "cart": {"GET": EVERYONE},
    "cart-add": {"POST": EVERYONE},
    "cart-set": {"POST": EVERYONE},
    "cart-code": {"POST": EVERYONE},
    "cart-restore": {"GET": EVERYONE, "POST": EVERYONE},
    # customers and accounts
    # catalog and stock
    "home": {"GET": EVERYONE},
    "product": {"GET": EVERYONE},
    "stores": {"GET": FLOOR},
    "store": {"GET": FLOOR},
    "store-explain": {"GET": FLOOR},
    "api-stock": {"GET": EVERYONE},
    "api-stock-explain": {"GET": STAFF},
    "api-stock-counts": {"POST": FLOOR},
    "api-stock-receipts": {"POST": FLOOR},
    # orders
    # conversations, messages, desk
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
