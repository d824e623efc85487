"""The shape of a cart in the API's description. Answers are plain dicts; nothing is run through these."""

from rest_framework import serializers

STATUSES = ["open", "checking_out"]


class CartLineAnswer(serializers.Serializer[object]):
    """One line, with what was taken off it; amounts are minor units, tax included."""

    variant_id = serializers.IntegerField()
    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.IntegerField()
    goods_total = serializers.IntegerField()
    discount = serializers.IntegerField()
    total = serializers.IntegerField()
    tax = serializers.IntegerField(help_text="the part of the total that is tax")
    tax_basis_points = serializers.IntegerField()
    promotions = serializers.ListField(child=serializers.CharField())
    edited_by = serializers.CharField(help_text="who changed it last: visitor, person, staff, device or user")
    differs = serializers.CharField(help_text="why this channel or place has a price of its own, or empty")


class UnavailableLineAnswer(serializers.Serializer[object]):
    """A line that can no longer be bought; it costs nothing."""

    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    reason = serializers.ChoiceField(["withdrawn", "no_price", "no_tax_rate", "unknown"])


class AppliedPromotionAnswer(serializers.Serializer[object]):
    """A promotion that takes something off."""

    promotion_id = serializers.IntegerField()
    name = serializers.CharField()
    coupon = serializers.CharField(help_text="the code that opened it; empty if it applies by itself")
    amount = serializers.IntegerField()


class RefusedPromotionAnswer(serializers.Serializer[object]):
    """A promotion that takes nothing off, and why."""

    promotion_id = serializers.IntegerField()
    name = serializers.CharField()
    coupon = serializers.CharField()
    reason = serializers.CharField()
    missing = serializers.IntegerField(help_text="what its goods lack to reach its minimum, or units")
    blocker = serializers.CharField(help_text="the exclusive group or the promotions that stood in its way")


class CartEditAnswer(serializers.Serializer[object]):
    """One edit of one line, as it was asked for; or that a code, an offer or a discount came or went."""

    version = serializers.IntegerField(help_text="that it made")
    kind = serializers.ChoiceField(
        [
            "add",
            "set",
            "remove",
            "coupon_applied",
            "coupon_removed",
            "quote_applied",
            "quote_removed",
            "discount_given",
            "discount_removed",
        ]
    )
    sku = serializers.CharField(help_text="empty where it is not about a line")
    quantity = serializers.IntegerField()
    by = serializers.CharField(help_text="in words: the shopper, or a clerk and her store")
    channel = serializers.CharField()
    own = serializers.BooleanField(help_text="whether it was this browser or device")
    at = serializers.DateTimeField()


class CartEditsAnswer(serializers.Serializer[object]):
    """What several hands did to a cart."""

    version = serializers.IntegerField(help_text="of the cart now")
    edits = CartEditAnswer(many=True)


class CartSignedQuoteAnswer(serializers.Serializer[object]):
    """The signed quote on a cart."""

    code = serializers.CharField()
    valid_until = serializers.DateTimeField()
    total = serializers.IntegerField(help_text="as it was promised")
    obstacle = serializers.ChoiceField(
        ["", "goods_differ", "used", "ended", "not_yours"], help_text="why its price does not hold; empty: it does"
    )


class CartDiscountAnswer(serializers.Serializer[object]):
    """What a clerk takes off by hand."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(["percentage", "amount"])
    value = serializers.IntegerField(help_text="basis points, or minor units")
    reason = serializers.CharField()
    status = serializers.ChoiceField(["waiting", "applies"], help_text="it waits for a second person, or applies")


class CartAnswer(serializers.Serializer[object]):
    """A cart with what it costs here and now; amounts are minor units of its currency, tax included."""

    id = serializers.CharField()
    version = serializers.IntegerField(help_text="send it back with an edit, to have it merged with others")
    status = serializers.ChoiceField(STATUSES)
    sales_channel = serializers.CharField()
    person = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    edited_at = serializers.DateTimeField()
    unavailable = UnavailableLineAnswer(many=True)
    discount = CartDiscountAnswer(allow_null=True)
    signed_quote = CartSignedQuoteAnswer(allow_null=True)
    currency = serializers.CharField()
    lines = CartLineAnswer(many=True)
    goods_total = serializers.IntegerField()
    discount_total = serializers.IntegerField()
    delivery_total = serializers.IntegerField()
    tax_total = serializers.IntegerField()
    total = serializers.IntegerField()
    applied = AppliedPromotionAnswer(many=True)
    refused = RefusedPromotionAnswer(many=True)
    is_greedy = serializers.BooleanField(help_text="there were too many combinations of promotions to try them all")
    is_first_purchase = serializers.BooleanField(help_text="it has the price of her first purchase")
    signed = serializers.CharField(help_text="code of the signed quote whose price this is, or empty")
    versions = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
