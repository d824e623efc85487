"""Promotions and coupons in the admin. Uses are only looked at: they belong to checkouts."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest

from commerce import clock
from commerce.backoffice import Editable, OnceSet, ReadOnly
from commerce.ids import fold
from commerce.promotions.models import (
    Coupon,
    CouponLimit,
    CouponUse,
    Promotion,
    PromotionVersion,
    Purchase,
)


@admin.register(Promotion)
class PromotionAdmin(Editable):
    """What takes something off, by itself or with a code. A trigger raises the version and keeps what it said."""

    list_display = (
        "name",
        "kind",
        "value",
        "needs_coupon",
        "sales_channel",
        "location",
        "reason",
        "starts_at",
        "ends_at",
    )
    list_filter = ("kind", "needs_coupon", "is_active")
    search_fields = ("name",)
    raw_id_fields = ("products", "variants", "gift")
    readonly_fields = ("version",)
    ordering = ("-pk",)


@admin.register(PromotionVersion)
class PromotionVersionAdmin(ReadOnly):
    """What each promotion said, version by version."""

    list_display = ("promotion", "version", "since")
    search_fields = ("promotion__name",)
    ordering = ("-pk",)


class CouponForm(ModelForm):
    """A code must differ from the others also when it is read aloud."""

    class Meta:
        model = Coupon
        fields = ("promotion", "code", "use_limit", "uses_per_person", "ends_at")

    def clean_code(self) -> str:
        """The code as it is shown; raises ValidationError."""
        code: str = self.cleaned_data["code"]
        if not fold(code):
            raise ValidationError("a code has letters or digits")
        if Coupon.objects.filter(folded=fold(code)).exclude(pk=self.instance.pk).exists():
            raise ValidationError("this code, or one that sounds alike, is taken")
        return code


@admin.register(Coupon)
class CouponAdmin(Editable):
    """Codes and how often they were used."""

    form = CouponForm
    list_display = ("code", "promotion", "use_limit", "uses_held", "uses_redeemed", "uses_per_person", "ends_at")
    search_fields = ("code", "folded")
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What was given out stays as it is; a code without a limit has counted nothing, so it gets none later."""
        if obj is None:
            return ()
        fixed = ("promotion", "code", "uses_per_person", "uses_held", "uses_redeemed")
        return fixed if obj.use_limit is not None else (*fixed, "use_limit")

    def save_model(self, request: HttpRequest, obj: Coupon, form: ModelForm, change: bool) -> None:
        """Stores a new code as it is compared, too."""
        if not change:
            obj.folded, obj.created_at = fold(obj.code), clock.now()
        super().save_model(request, obj, form, change)


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnly):
    """Who uses which code, by order."""

    list_display = ("coupon", "demand", "status", "turn", "held_at", "expires_at")
    list_filter = ("status",)
    search_fields = ("coupon__code", "demand")
    ordering = ("-pk",)


@admin.register(CouponLimit)
class CouponLimitAdmin(OnceSet):
    """Limits of coupons in one channel. One that uses were counted by stays as it is."""

    fields = ("coupon", "sales_channel", "use_limit")
    raw_id_fields = ("coupon",)
    list_display = ("coupon", "sales_channel", "use_limit", "uses_held", "uses_redeemed")
    search_fields = ("coupon__code",)
    ordering = ("-pk",)


@admin.register(Purchase)
class PurchaseAdmin(ReadOnly):
    """Who has bought, for what is for a first purchase only."""

    list_display = ("demand", "person", "status", "is_first")
    list_filter = ("status", "is_first")
    search_fields = ("demand",)
    ordering = ("-pk",)
