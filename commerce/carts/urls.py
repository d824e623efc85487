"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, path, register_converter

from commerce.carts import (
    api,
    api_discounts,
    api_offers,
    handing_api,
    login_pages,
    merging_api,
    pages,
    pages_handing,
    pages_offers,
    pages_wishes,
    session_api,
)
from commerce.promotions.api import PromotionsDoor
from commerce.rest.converters import PublicId, Sku

register_converter(PublicId, "public_id")
register_converter(Sku, "sku")

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", login_pages.log_in, name="account_login"),
    path("login/code/", login_pages.log_in_code, name="account_login_code"),
    path("logout/", login_pages.log_out, name="account_logout"),
    path("api/v1/session/", session_api.SessionDoor.as_view(), name="api-session"),
    path("api/v1/session/code/", session_api.CodeDoor.as_view(), name="api-session-code"),
    path("api/v1/promotions/", PromotionsDoor.as_view(), name="api-promotions"),
    path("api/v1/carts/", api.CartsDoor.as_view(), name="api-carts"),
    path("api/v1/carts/restore/", api.CartRestoreDoor.as_view(), name="api-cart-restoring"),
    path("api/v1/carts/<public_id:public_id>/", api.CartDoor.as_view(), name="api-cart"),
    path("api/v1/carts/<public_id:public_id>/lines/", api.CartLinesDoor.as_view(), name="api-cart-lines"),
    path("api/v1/carts/<public_id:public_id>/lines/<sku:sku>/", api.CartLineDoor.as_view(), name="api-cart-line"),
    path("api/v1/carts/<public_id:public_id>/coupon/", api.CartCouponDoor.as_view(), name="api-cart-coupon"),
    path("api/v1/carts/<public_id:public_id>/edits/", api.CartEditsDoor.as_view(), name="api-cart-edits"),
    path("api/v1/carts/<public_id:public_id>/claim/", merging_api.CartClaimDoor.as_view(), name="api-cart-claim"),
    path("api/v1/carts/<public_id:public_id>/unmerge/", merging_api.CartUnmergeDoor.as_view(), name="api-cart-unmerge"),
    path(
        "api/v1/carts/<public_id:public_id>/signed-quotes/",
        api_offers.CartSignedQuotesDoor.as_view(),
        name="api-cart-signed-quotes",
    ),
    path(
        "api/v1/carts/<public_id:public_id>/signed-quote/",
        api_offers.CartSignedQuoteDoor.as_view(),
        name="api-cart-signed-quote",
    ),
    path(
        "api/v1/carts/<public_id:public_id>/discount/",
        api_discounts.CartDiscountDoor.as_view(),
        name="api-cart-discount",
    ),
    path("api/v1/signed-quotes/keys/", api_offers.SignedQuoteKeysDoor.as_view(), name="api-signed-quote-keys"),
    path("api/v1/signed-quotes/<public_id:public_id>/", api_offers.SignedQuoteDoor.as_view(), name="api-signed-quote"),
    path("offers/<public_id:public_id>/", pages_offers.offer, name="offer"),
    path(
        "api/v1/carts/<public_id:public_id>/hand-off/",
        handing_api.CartHandOffDoor.as_view(),
        name="api-cart-hand-off",
    ),
    path("api/v1/hand-offs/", handing_api.HandOffsDoor.as_view(), name="api-hand-offs"),
    path("cart/", pages.cart_page, name="cart"),
    path("cart/live/", pages.cart_live, name="cart-live"),
    path("cart/add/", pages.add, name="cart-add"),
    path("cart/set/", pages.change, name="cart-set"),
    path("cart/code/", pages.code, name="cart-code"),
    path("cart/aside/", pages_wishes.put_aside, name="wish-save"),
    path("cart/back/", pages_wishes.take_back, name="wish-take"),
    path("cart/forget/", pages_wishes.forget, name="wish-forget"),
    path("cart/hand-off/", pages_handing.hand_off, name="cart-hand-off"),
    path("cart/hand-off/end/", pages_handing.end, name="cart-hand-off-end"),
    path("cart/take/", pages_handing.take, name="cart-take"),
    path("cart/take/<str:secret>/", pages_handing.take_link, name="cart-take-link"),
    path("cart/leave/", pages_handing.leave, name="cart-leave"),
    path("cart/restore/<str:secret>/", pages.restore, name="cart-restore"),
]
