"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, include, path

from orders import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("checkout/", pages.check_out, name="checkout"),
    path("o/<public_id:public_id>/", pages.order_page, name="order"),
    path("", include("orders.stripe.urls")),
]
