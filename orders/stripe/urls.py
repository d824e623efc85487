"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import path

from orders.stripe import pages

urlpatterns = [
    path("pay/<public_id:public_id>/", pages.pay, name="payment"),
    path("pay/<public_id:public_id>/back/", pages.back, name="payment-back"),
]
