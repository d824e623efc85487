"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, path

from inventory import pages, pages_store

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("p/<slug:handle>/", pages.product, name="product"),
    path("store/", pages_store.stores, name="stores"),
    path("store/<slug:code>/", pages_store.store, name="store"),
    path("store/<slug:code>/explain/<path:sku>/", pages_store.explain, name="store-explain"),
]
