"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import path

from commerce.customers.api import AddressDoor, AddressesDoor, ConsentsDoor, MeDoor

urlpatterns = [
    path("api/v1/me/", MeDoor.as_view(), name="api-me"),
    path("api/v1/me/addresses/", AddressesDoor.as_view(), name="api-me-addresses"),
    path("api/v1/me/addresses/<int:pk>/", AddressDoor.as_view(), name="api-me-address"),
    path("api/v1/me/consents/", ConsentsDoor.as_view(), name="api-me-consents"),
]
