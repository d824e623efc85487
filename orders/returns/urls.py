"""Addresses of returns; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, path

from orders.returns import api, pages, pages_store

RETURN = "api/v1/returns/<public_id:public_id>"

urlpatterns: list[URLPattern] = [
    path("api/v1/return-policy/", api.PolicyDoor.as_view(), name="api-return-policy"),
    path("api/v1/orders/<public_id:public_id>/returns/", api.OrderReturnsDoor.as_view(), name="api-order-returns"),
    path("api/v1/returns/", api.ReturnsDoor.as_view(), name="api-returns"),
    path(f"{RETURN}/", api.ReturnDoor.as_view(), name="api-return"),
    path(f"{RETURN}/label/", api.ReturnLabelDoor.as_view(), name="api-return-label"),
    path(f"{RETURN}/request/", api.ReturnRequestDoor.as_view(), name="api-return-request"),
    path(f"{RETURN}/cancel/", api.ReturnCancelDoor.as_view(), name="api-return-cancel"),
    path(f"{RETURN}/receive/", api.ReturnReceiveDoor.as_view(), name="api-return-receive"),
    path(f"{RETURN}/inspect/", api.ReturnInspectDoor.as_view(), name="api-return-inspect"),
    path(f"{RETURN}/settle/", api.ReturnSettleDoor.as_view(), name="api-return-settle"),
    path(f"{RETURN}/undo/", api.ReturnUndoDoor.as_view(), name="api-return-undo"),
    path("o/<public_id:public_id>/return/", pages.return_page, name="order-return"),
    path("returns/", pages.policy_page, name="return-policy"),
    path("store/<slug:code>/returns/", pages_store.returns, name="store-returns"),
    path("store/<slug:code>/returns/<public_id:public_id>/", pages_store.one_return, name="store-return"),
    path("store/<slug:code>/returns/of/<public_id:public_id>/", pages_store.take, name="store-return-take"),
]
