"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, include, path

from orders import (
    api_checkout,
    api_delivery,
    api_fulfillments,
    api_orders,
    api_payments,
    api_receivables,
    api_refunds,
    pages,
    pages_calls,
    pages_held,
    pages_refund,
    pages_statement,
    pages_store,
    pages_till,
)
from orders.documents import api as documents

FULFILLMENT = "api/v1/fulfillments/<public_id:public_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/carts/<public_id:public_id>/checkout/", api_checkout.CheckoutDoor.as_view(), name="api-checkout"),
    path("api/v1/orders/<public_id:public_id>/", api_orders.OrderDoor.as_view(), name="api-order"),
    path(
        "api/v1/orders/<public_id:public_id>/timeline/",
        api_orders.OrderTimelineDoor.as_view(),
        name="api-order-timeline",
    ),
    path("api/v1/orders/<public_id:public_id>/cancel/", api_orders.OrderCancelDoor.as_view(), name="api-order-cancel"),
    path(
        "api/v1/orders/<public_id:public_id>/payments/",
        api_payments.PaymentsDoor.as_view(),
        name="api-order-payments",
    ),
    path("api/v1/orders/<public_id:public_id>/refunds/", api_refunds.RefundsDoor.as_view(), name="api-order-refunds"),
    path(
        "api/v1/orders/<public_id:public_id>/documents/",
        documents.DocumentsDoor.as_view(),
        name="api-order-documents",
    ),
    path(
        "api/v1/orders/<public_id:public_id>/documents/<public_id:document>/",
        documents.DocumentDoor.as_view(),
        name="api-order-document",
    ),
    path(
        "api/v1/orders/<public_id:public_id>/agreements/",
        api_receivables.AgreementsDoor.as_view(),
        name="api-order-agreements",
    ),
    path("api/v1/me/statement/", api_receivables.StatementDoor.as_view(), name="api-me-statement"),
    path(
        "api/v1/people/<public_id:public_id>/statement/",
        api_receivables.PersonStatementDoor.as_view(),
        name="api-person-statement",
    ),
    path("api/v1/bank-transfers/", api_receivables.TransfersDoor.as_view(), name="api-bank-transfers"),
    path("account/payments/", pages_statement.statement_page, name="account-statement"),
    path("account/payments/statement.pdf", pages_statement.statement_pdf, name="account-statement-pdf"),
    path("api/v1/vat/", documents.VatDoor.as_view(), name="api-vat"),
    path("api/v1/lookup/", api_orders.LookupDoor.as_view(), name="api-lookup"),
    path("api/v1/fulfillments/", api_fulfillments.FulfillmentsDoor.as_view(), name="api-fulfillments"),
    path(f"{FULFILLMENT}/pick/", api_fulfillments.PickDoor.as_view(), name="api-fulfillment-pick"),
    path(f"{FULFILLMENT}/ready/", api_fulfillments.ReadyDoor.as_view(), name="api-fulfillment-ready"),
    path(f"{FULFILLMENT}/collect/", api_fulfillments.CollectDoor.as_view(), name="api-fulfillment-collect"),
    path(f"{FULFILLMENT}/hand-over/", api_fulfillments.HandOverDoor.as_view(), name="api-fulfillment-hand-over"),
    path(f"{FULFILLMENT}/slot/", api_delivery.SlotDoor.as_view(), name="api-fulfillment-slot"),
    path("api/v1/delivery/slots/", api_delivery.SlotsDoor.as_view(), name="api-delivery-slots"),
    path("api/v1/calls/", api_delivery.CallsDoor.as_view(), name="api-calls"),
    path("api/v1/calls/<public_id:public_id>/tried/", api_delivery.CallTriedDoor.as_view(), name="api-call-tried"),
    path("store/<slug:code>/calls/", pages_calls.calls_page, name="store-calls"),
    path("store/<slug:code>/calls/<public_id:public_id>/", pages_calls.settle, name="store-call"),
    path("checkout/", pages.check_out, name="checkout"),
    path("o/<public_id:public_id>/", pages.order_page, name="order"),
    path("o/<public_id:public_id>/pay/", pages.pay_order, name="order-pay"),
    path("o/<public_id:public_id>/refund/", pages_refund.refund_page, name="order-refund"),
    path("store/<slug:code>/pickups/", pages_store.to_do, name="store-pickups"),
    path("store/<slug:code>/pickups/<public_id:public_id>/<slug:what>/", pages_store.step, name="store-step"),
    path("store/<slug:code>/look-up/", pages_store.look_up, name="store-look-up"),
    path("store/<slug:code>/cart/", pages_held.store_cart, name="store-cart"),
    path("store/<slug:code>/cart/live/", pages_held.store_cart_live, name="store-cart-live"),
    path("store/<slug:code>/cart/checkout/", pages_held.store_cart_checkout, name="store-cart-checkout"),
    path("store/<slug:code>/cart/<slug:what>/", pages_held.store_cart_act, name="store-cart-act"),
    path("store/<slug:code>/sell/", pages_till.sell, name="store-sell"),
    path("store/<slug:code>/sell/put/", pages_till.put, name="store-put"),
    path("store/<slug:code>/sell/pay/", pages_till.take_money, name="store-pay"),
    path("", include("orders.journal.urls")),
    path("", include("orders.stripe.urls")),
    path("", include("orders.returns.urls")),
]
