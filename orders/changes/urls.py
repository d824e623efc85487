"""Addresses of changes; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, path

from orders.changes import api, pages, pages_address, pages_holds

ORDER = "api/v1/orders/<public_id:public_id>"

urlpatterns: list[URLPattern] = [
    path(f"{ORDER}/changes/preview/", api.PreviewDoor.as_view(), name="api-order-preview"),
    path(f"{ORDER}/changes/", api.ChangesDoor.as_view(), name="api-order-changes"),
    path(f"{ORDER}/address/", api.AddressDoor.as_view(), name="api-order-address"),
    path(f"{ORDER}/holds/", api.HoldsDoor.as_view(), name="api-order-holds"),
    path(f"{ORDER}/holds/release/", api.ReleaseDoor.as_view(), name="api-order-release"),
    path("o/<public_id:public_id>/change/", pages.change_page, name="order-change"),
    path("o/<public_id:public_id>/address/", pages_address.address_page, name="order-address"),
    path("o/<public_id:public_id>/holds/", pages_holds.holds_page, name="order-holds"),
]
