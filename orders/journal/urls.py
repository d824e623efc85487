"""Addresses of this room."""

from django.urls import URLPattern, path

from orders.journal import api, snapshots

urlpatterns: list[URLPattern] = [
    path("api/v1/tills/sales/", api.SalesDoor.as_view(), name="api-till-sales"),
    path("api/v1/tills/leases/", api.LeasesDoor.as_view(), name="api-till-leases"),
    path("api/v1/tills/snapshot/", snapshots.SnapshotDoor.as_view(), name="api-till-snapshot"),
    path("api/v1/tills/heartbeat/", api.HeartbeatDoor.as_view(), name="api-till-heartbeat"),
]
