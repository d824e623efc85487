"""Addresses of this room."""

from django.urls import URLPattern, path

from inventory.floor import api, pages_count, pages_receive, pages_transfers

urlpatterns: list[URLPattern] = [
    path("store/<slug:code>/receive/", pages_receive.receive, name="store-receive"),
    path("store/<slug:code>/transfers/", pages_transfers.transfers, name="store-transfers"),
    path("store/<slug:code>/transfers/<public_id:public_id>/", pages_transfers.transfer, name="store-transfer"),
    path("store/<slug:code>/count/", pages_count.count, name="store-count"),
    path("api/v1/stock/adjustments/", api.AdjustmentsDoor.as_view(), name="api-stock-adjustments"),
    path("api/v1/stock/transfers/<public_id:public_id>/", api.TransferDoor.as_view(), name="api-stock-transfer"),
    path(
        "api/v1/stock/transfers/<public_id:public_id>/<slug:step>/",
        api.TransferStepDoor.as_view(),
        name="api-stock-transfer-step",
    ),
]
