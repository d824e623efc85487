"""Addresses of this room; what each takes stands in its view, who may in commerce.rest.doors."""

from django.urls import URLPattern, URLResolver, path, register_converter

from commerce.carts import api, login_pages, pages, session_api
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
    path("api/v1/carts/<public_id:public_id>/claim/", api.CartClaimDoor.as_view(), name="api-cart-claim"),
    path("cart/", pages.cart_page, name="cart"),
    path("cart/live/", pages.cart_live, name="cart-live"),
    path("cart/add/", pages.add, name="cart-add"),
    path("cart/set/", pages.change, name="cart-set"),
    path("cart/code/", pages.code, name="cart-code"),
    path("cart/restore/<str:secret>/", pages.restore, name="cart-restore"),
]
