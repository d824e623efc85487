"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import path

from orders.stripe import pages, pages_cards
from orders.stripe.api_cards import CardDoor, CardsDoor

urlpatterns = [
    path("pay/<public_id:public_id>/", pages.pay, name="payment"),
    path("pay/<public_id:public_id>/back/", pages.back, name="payment-back"),
    path("account/cards/", pages_cards.keep, name="account-cards"),
    path("account/cards/<public_id:public_id>/", pages_cards.remove, name="account-card"),
    path("account/cards/page/<public_id:public_id>/", pages_cards.wait, name="account-card-page"),
    path("api/v1/me/cards/", CardsDoor.as_view(), name="api-me-cards"),
    path("api/v1/me/cards/<public_id:public_id>/", CardDoor.as_view(), name="api-me-card"),
]
