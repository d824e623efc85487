"""All settings, each with a default that works on a bare machine; the environment overrides.

Mistakes in them are told by system checks. MOSTRADOR_ENV=production turns on everything a public site needs.
"""

import os
from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab

from commerce import embedded

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("MOSTRADOR_VAR", default=str(BASE_DIR / "var")))

PRODUCTION = env.str("MOSTRADOR_ENV", default="local") == "production"
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY") if PRODUCTION else env.str("SECRET_KEY", default="local-only-" + "x" * 50)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "testserver"])
SHOP_NAME = env.str("SHOP_NAME", default="Casa Albor")
SHOP_TIMEZONE = env.str("SHOP_TIMEZONE", default="Europe/Madrid")
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "commerce.apps.BackOfficeConfig",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "commerce",
    "commerce.timeline",
    "commerce.inbox",
    "commerce.channels",
    "commerce.rest",
    "commerce.links",
    "commerce.photos",
    "commerce.approvals",
    "commerce.catalog",
    "commerce.customers",
    "commerce.pricing",
    "commerce.promotions",
    "commerce.quotes",
    "commerce.carts",
    "commerce.promises",
    "commerce.parity",
    "inventory",
    "inventory.alerts",
    "inventory.shopify",
    "inventory.floor",
    "orders",
    "orders.stripe",
    "orders.credits",
    "orders.returns",
    "orders.cases",
    "orders.documents",
    "orders.receivables",
    "orders.journal",
    "orders.delivery",
    "notifications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "commerce.rest.slashes.SlashMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "commerce.customers.kiosk.KioskMiddleware",
    "commerce.rest.access.AccessMiddleware",
    "commerce.pages.RefusalMiddleware",
    "notifications.gate.GateMiddleware",
    "notifications.reads.ReadsMiddleware",
]

ROOT_URLCONF = "commerce.urls"
WSGI_APPLICATION = "commerce.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "commerce.pages.look",
                "commerce.carts.visits.badge",
            ],
        },
    }
]

# DATABASE_URL wins; without it a real PostgreSQL of our own starts by itself under var/.
EMBEDDED_DATABASE = not env.str("DATABASE_URL", default="")
DATABASES = {"default": env.db_url_config(embedded.database_url() if EMBEDDED_DATABASE else env.str("DATABASE_URL"))}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        # Statements are planned once a connection, not once a call: PostgreSQL's share of a cart edit fell from 2.6 to
        # 1.5 ms of CPU. Behind a pooler that does not know prepared statements, turn it off.
        "server_side_binding": True,
        "prepare_threshold": 3 if env.bool("DB_PREPARED_STATEMENTS", default=True) else None,
        "options": " ".join(
            f"-c {name}={value}"
            for name, value in {
                "lock_timeout": env.str("DB_LOCK_TIMEOUT", default="5s"),
                "statement_timeout": env.str("DB_STATEMENT_TIMEOUT", default="30s"),
                "idle_in_transaction_session_timeout": "15s",
            }.items()
        ),
    },
    "TEST": {"NAME": env.str("TEST_DATABASE", default="test_mostrador")},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "commerce.channels.roles.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Back office and agents show a code of their authenticator app, too. Whoever has set one up is always asked.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=PRODUCTION)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "commerce" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [("demo", BASE_DIR / "commerce" / "catalog" / "demo" / "pictures")]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "commerce.rest.authentication.DeviceKeyAuthentication",
        "commerce.rest.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["commerce.rest.access.Rule", "commerce.rest.queries.KnownParameters"],
    "DEFAULT_THROTTLE_CLASSES": ["commerce.rest.limits.PerAddress"],
    "DEFAULT_METADATA_CLASS": None,
    "SCHEMA_COERCE_PATH_PK": False,
    "DEFAULT_RENDERER_CLASSES": ["commerce.rest.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["commerce.rest.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "commerce.rest.openapi.DoorSchema",
    "EXCEPTION_HANDLER": "commerce.rest.errors.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mostrador",
    "DESCRIPTION": "Prices, stock, carts, promotions, orders and messages: one truth for every channel.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # The names of choices that several answers share a field's name for.
    "ENUM_NAME_OVERRIDES": {
        "ReturnOutcome": "orders.returns.models.Return.Outcome",
        "CartStatus": "commerce.carts.schema.STATUSES",
        "ContactChannel": "commerce.customers.api.CHANNELS",
        "MessageStatus": "notifications.models.Message.Status",
        "CaseKind": "orders.cases.models.Kind",
        "Tender": "orders.tenders.TENDERS",
        "TenderOfStaff": "orders.tenders.TENDERS_OF_STAFF",
        "Team": "orders.cases.models.Team",
        "HoldKind": "orders.models.OrderHold.Kind",
        "FulfillmentKind": "orders.models.Fulfillment.Kind",
        "AgreementKind": "orders.receivables.models.Agreement.Kind",
        "PromotionKind": "commerce.promotions.models.Promotion.Kind",
        "RefundReason": "orders.models.Refund.Reason",
        "ReturnReason": "orders.returns.models.ReturnLine.Reason",
        "AttemptStatus": "notifications.models.Attempt.Status",
        "TasteKind": "commerce.customers.models.Taste.Kind",
    },
    "SERVE_PERMISSIONS": ["commerce.rest.access.Rule"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Celery only rings bells (see commerce.timeline): the work itself lies in PostgreSQL, so that losing the broker,
# a worker or a message loses nothing.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"confirm_publish": True}
    if CELERY_BROKER_URL.startswith("amqp")
    else {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
    }
)
CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum" if CELERY_BROKER_URL.startswith("amqp") else "classic"
CELERY_BEAT_SCHEDULE = {
    "run what is due": {"task": "timeline.run_due", "schedule": timedelta(seconds=2), "options": {"expires": 10}},
    "measure pickups": {
        "task": "orders.refresh_pickup_load",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "reckon buffers": {"task": "orders.refresh_buffers", "schedule": timedelta(minutes=5), "options": {"expires": 300}},
    "settle tills": {"task": "orders.settle_tills", "schedule": timedelta(minutes=5), "options": {"expires": 300}},
    "forget files of tills": {
        "task": "orders.forget_till_files",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "mend shelves": {"task": "orders.mend_shelves", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "ask about silent parcels": {
        "task": "orders.ask_about_silent_parcels",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "end holds": {"task": "inventory.sweep_expired", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "watch promises": {"task": "promises.watch", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
    "compare the channels' prices": {
        "task": "parity.watch",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "compare the channels' prices every night": {"task": "parity.compare", "schedule": crontab(hour=3, minute=30)},
    "give coupons back": {
        "task": "promotions.release_expired",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "look for the same people": {
        "task": "customers.look_for_others",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "forget answers": {"task": "rest.forget", "schedule": timedelta(hours=1), "options": {"expires": 600}},
    "forget webhooks": {"task": "inbox.forget_bodies", "schedule": timedelta(hours=1), "options": {"expires": 600}},
}

# Business time can be moved only by the demo and by tests.
MOVABLE_CLOCK = "" if PRODUCTION else env.str("MOVABLE_CLOCK", default="")

# Mail: kept in the database and shown at /outbox/ unless a transport is named.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:25")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Casa Albor <hola@mostrador.example>")
EMAIL_TIMEOUT = 10
TRANSPORTS = {
    "email": env.str("EMAIL_TRANSPORT", default="outbox"),
    "sms": env.str("SMS_TRANSPORT", default="outbox"),
    "whatsapp": env.str("WHATSAPP_TRANSPORT", default="outbox"),
    "chat": "chat",
}
# A shop for practice shows its back office the log-in codes it sends; in a real one no member of the staff reads them.
LOGIN_CODES_IN_OUTBOX = env.bool("LOGIN_CODES_IN_OUTBOX", default=not PRODUCTION)
TWILIO_API_BASE = env.str("TWILIO_API_BASE", default="https://api.twilio.com")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
# A number of ours, or a messaging service (MG…).
TWILIO_SMS_FROM = env.str("TWILIO_SMS_FROM", default="")
TWILIO_WHATSAPP_FROM = env.str("TWILIO_WHATSAPP_FROM", default="")
# The template that WhatsApp has approved for a purpose in a language, and which facts of its letter fill {{1}}, {{2}}…:
# {"arriving.es": {"sid": "HX…", "variables": ["number", "expected_hour"]}}. Without one the text itself is sent.
TWILIO_WHATSAPP_TEMPLATES = env.json("TWILIO_WHATSAPP_TEMPLATES", default={})

# Mail that people write to us. REPLY_ADDRESS: what arrives at reply+…@ is posted to /hooks/email/, signed, or by a mail
# provider to /hooks/email/<provider>/ with the name and password of INBOUND_MAIL_LOGIN ("name:password").
REPLY_ADDRESS = env.str("REPLY_ADDRESS", default="" if PRODUCTION else "reply@mostrador.example")
INBOUND_MAIL_SECRET = env.str("INBOUND_MAIL_SECRET", default="" if PRODUCTION else "local-mail-secret")
INBOUND_MAIL_PROVIDER = env.str("INBOUND_MAIL_PROVIDER", default="")
ANYMAIL = {"WEBHOOK_SECRET": env.str("INBOUND_MAIL_LOGIN", default="")} | env.json("ANYMAIL", default={})

META_APP_SECRET = env.str("META_APP_SECRET", default="" if PRODUCTION else "local-meta-secret")
META_VERIFY_TOKEN = env.str("META_VERIFY_TOKEN", default="" if PRODUCTION else "local-meta-token")
CARRIER_SECRET = env.str("CARRIER_SECRET", default="" if PRODUCTION else "local-carrier-secret")

# Where parcels are booked (orders.delivery.carriers); without it they are booked by hand.
CARRIER_API_BASE = env.str("CARRIER_API_BASE", default="")
CARRIER_API_KEY = env.str("CARRIER_API_KEY", default="")

# The shop at Shopify that is told what it can sell and asked for its prices, such as casa-albor.myshopify.com; without
# it nobody is told or asked.
SHOPIFY_SHOP = env.str("SHOPIFY_SHOP", default="")
SHOPIFY_TOKEN = env.str("SHOPIFY_TOKEN", default="")
SHOPIFY_API_VERSION = env.str("SHOPIFY_API_VERSION", default="2026-10")

if SHOPIFY_SHOP:
    CELERY_BEAT_SCHEDULE["tell Shopify"] = {
        "task": "inventory.shopify.plan",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    }

# Where pictures of an imported catalog may come from, such as https://cdn.shopify.com.
PICTURE_HOSTS = env.list("PICTURE_HOSTS", default=[])

# Payments: without a key the tender "stripe" is refused, and the others work. The demo starts a stand-in for Stripe.
STRIPE_API_KEY = env.str("STRIPE_API_KEY", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_ACCOUNT = env.str("STRIPE_ACCOUNT", default="")
# A shop on somebody's desk may believe a shopper who says that she has paid; a real one may not.
SHOPPERS_MAY_DECLARE_PAID = env.bool("SHOPPERS_MAY_DECLARE_PAID", default=not PRODUCTION)
# Where browsers are sent to pay; a form may lead only to addresses that stand in the policy below.
STRIPE_PAGES = "https://checkout.stripe.com" if STRIPE_API_BASE == "https://api.stripe.com" else STRIPE_API_BASE
# Sales channels whose payments are authorized at the order and captured at hand-over or shipment.
CAPTURE_AT_HANDOVER = env.list("CAPTURE_AT_HANDOVER", default=[])
# What her cart holds after another one came into it: for each line the "latest" edit, the "sum", the "larger" quantity,
# only what was "hers", or only what is "new". A merge can be taken back until the cart is ordered.
CART_MERGE = env.str("CART_MERGE", default="latest")
# How many units one shopper may have kept for her, over all her orders, before she has paid for them.
MOST_UNPAID_UNITS = env.int("MOST_UNPAID_UNITS", default=100)
# What becomes of the money for pickups that nobody collects: "refund" by itself, or "keep" until somebody decides.
UNCOLLECTED = env.str("UNCOLLECTED", default="refund")
# What becomes of the rest where a shopper takes a part of a pickup: "keep" it ready, or "refund" it at once.
PARTLY_COLLECTED = env.str("PARTLY_COLLECTED", default="keep")

# Which people were erased, line by line, outside the database: `manage.py erasures apply` forgets them again after a
# backup was restored. Keep it where the backups are not.
ERASURE_LIST = env.str("ERASURE_LIST", default=str(VAR_DIR / "erasures.jsonl"))

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", *PICTURE_HOSTS],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", STRIPE_PAGES],
        "frame-ancestors": ["'none'"],
    }
}
# How many proxies of ours stand in front: that many hops of X-Forwarded-For are believed, and no more.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "commerce.pages.forged"
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"class": "commerce.logs.Careful", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
