"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import path

from commerce.approvals import api, pages

urlpatterns = [
    path("api/v1/approvals/", api.ApprovalsDoor.as_view(), name="api-approvals"),
    path("api/v1/approvals/<public_id:public_id>/", api.ApprovalDoor.as_view(), name="api-approval"),
    path("approvals/", pages.waiting, name="approvals"),
    path("approvals/<public_id:public_id>/", pages.decided, name="approval"),
]
