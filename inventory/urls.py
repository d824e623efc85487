"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, path

from inventory import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("p/<slug:handle>/", pages.product, name="product"),
]
