"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from commerce.rest.converters import Handle
from inventory import (
    api,
    api_expected,
    api_feeds,
    api_products,
    api_reservations,
    api_transfers,
    pages,
    pages_feeds,
    pages_kiosk,
    pages_labels,
    pages_reservations,
    pages_store,
)

register_converter(Handle, "handle")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("p/<handle:handle>/", pages.product, name="product"),
    path("p/<handle:handle>/keep/", pages_reservations.keep, name="product-keep"),
    path("p/<handle:handle>/line/", pages_reservations.wait, name="product-line"),
    path("reservations/<public_id:public_id>/", pages_reservations.reservation, name="reservation"),
    path("reservations/<public_id:public_id>/release/", pages_reservations.release, name="reservation-release"),
    path("store/", pages_store.stores, name="stores"),
    path("store/<slug:code>/", pages_store.store, name="store"),
    path("store/<slug:code>/kiosk/<slug:what>/", pages_kiosk.set_up, name="store-kiosk"),
    path("kiosk/leave/", pages_kiosk.leave, name="kiosk-leave"),
    path("store/<slug:code>/labels/", pages_labels.labels, name="store-labels"),
    path("store/<slug:code>/explain/<path:sku>/", pages_store.explain, name="store-explain"),
    path("api/v1/products/", api_products.ProductsDoor.as_view(), name="api-products"),
    path("api/v1/products/<handle:handle>/", api_products.ProductDoor.as_view(), name="api-product"),
    path("api/v1/stock/", api.StockDoor.as_view(), name="api-stock"),
    path("api/v1/stock/explain/", api.ExplainDoor.as_view(), name="api-stock-explain"),
    path("api/v1/stock/counts/", api.CountsDoor.as_view(), name="api-stock-counts"),
    path("api/v1/stock/receipts/", api.ReceiptsDoor.as_view(), name="api-stock-receipts"),
    path("api/v1/stock/transfers/", api_transfers.TransfersDoor.as_view(), name="api-stock-transfers"),
    path("api/v1/stock/arrivals/", api_transfers.ArrivalsDoor.as_view(), name="api-stock-arrivals"),
    path("api/v1/stock/expected/", api_expected.ExpectedDoor.as_view(), name="api-stock-expected"),
    path("api/v1/stock/expected/no-more/", api_expected.NoMoreDoor.as_view(), name="api-stock-no-more"),
    path("api/v1/stock/changes/", api_feeds.ChangesDoor.as_view(), name="api-stock-changes"),
    path("api/v1/stock/to-count/", api_feeds.ToCountDoor.as_view(), name="api-stock-to-count"),
    path("api/v1/reservations/", api_reservations.ReservationsDoor.as_view(), name="api-reservations"),
    path(
        "api/v1/reservations/<public_id:public_id>/",
        api_reservations.ReservationDoor.as_view(),
        name="api-reservation",
    ),
    path(
        "api/v1/reservations/<public_id:public_id>/taken/",
        api_reservations.TakenDoor.as_view(),
        name="api-reservation-taken",
    ),
    path("api/v1/carts/<public_id:public_id>/line/", api_reservations.LineDoor.as_view(), name="api-cart-line-up"),
    path("feeds/<slug:code>/local-inventory.txt", pages_feeds.local_inventory, name="feed-local-inventory"),
    path("feeds/<slug:code>/stock.csv", pages_feeds.stock, name="feed-stock"),
    path("", include("inventory.floor.urls")),
]
