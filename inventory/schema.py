"""The shape of stock in the API's description. Answers are plain dicts; nothing is run through these."""

from rest_framework import serializers

from inventory.models import Reservation


class ExpectedUnits(serializers.Serializer[object]):
    """Units that are expected, less those that others wait for."""

    at = serializers.DateTimeField()
    units = serializers.IntegerField()


class StockAtLocation(serializers.Serializer[object]):
    """Units of one variant at one location."""

    location = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(["warehouse", "store", "transit"])
    available = serializers.IntegerField(help_text="units that can be sold now; shoppers are told at most 20")
    is_more = serializers.BooleanField(help_text="there are more than we tell")
    offers_pickup = serializers.BooleanField()
    pickup_ready_at = serializers.DateTimeField(allow_null=True, help_text="of what is here, if it were ordered now")
    collected_from = serializers.DateTimeField(allow_null=True, help_text="one unit of it, also of what is expected")
    expected = ExpectedUnits(many=True)
    distance_km = serializers.FloatField(allow_null=True, help_text="from `near`, as the crow flies")


class StockOfVariant(serializers.Serializer[object]):
    """Where one variant can be had; the nearest location first where `near` was given."""

    sku = serializers.CharField()
    locations = StockAtLocation(many=True)


class StockAnswer(serializers.Serializer[object]):
    """Stock of the variants asked for, in their order."""

    at = serializers.DateTimeField()
    variants = StockOfVariant(many=True)


class KindAnswer(serializers.Serializer[object]):
    """What movements of one kind have changed in all."""

    kind = serializers.CharField()
    movements = serializers.IntegerField()
    quantity = serializers.IntegerField()
    last = serializers.DateTimeField()


class MovementAnswer(serializers.Serializer[object]):
    """One row of the ledger."""

    kind = serializers.CharField()
    quantity = serializers.IntegerField(help_text="change of on-hand")
    damaged = serializers.IntegerField(help_text="change of the damaged units among them")
    counted = serializers.IntegerField(allow_null=True)
    moved_since = serializers.IntegerField(
        allow_null=True, help_text="of a count: how often the shelf had moved between it and its booking"
    )
    reason = serializers.CharField()
    demand = serializers.CharField(help_text="what it was for, such as an order line")
    cause = serializers.CharField(help_text="what led to it: an order line, a paper, a till's key")
    actor = serializers.CharField()
    device = serializers.CharField(help_text="the machine by which it was told")
    key = serializers.CharField(allow_null=True, help_text="makes it happen once")
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class OwnerAnswer(serializers.Serializer[object]):
    """An order, or a reservation."""

    kind = serializers.CharField(help_text="order or reservation")
    id = serializers.CharField()
    number = serializers.CharField(help_text="of an order, once it is placed")


class AwaitedAnswer(serializers.Serializer[object]):
    """Units that are expected: ordered, or on the road."""

    reference = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField(help_text="by now")
    expected_at = serializers.DateTimeField(allow_null=True)
    ordered_at = serializers.DateTimeField()


class KeptAnswer(serializers.Serializer[object]):
    """Units kept for somebody."""

    demand = serializers.CharField(help_text="whose they are, such as an order line")
    owner = OwnerAnswer(allow_null=True)
    quantity = serializers.IntegerField()
    since = serializers.DateTimeField()


class HeldAnswer(KeptAnswer):
    """Units kept for a while."""

    expires_at = serializers.DateTimeField()


class ExplanationAnswer(serializers.Serializer[object]):
    """A shelf and all that stands behind its numbers: available = on_hand − held − allocated − buffer − damaged."""

    sku = serializers.CharField()
    location = serializers.CharField()
    at = serializers.DateTimeField()
    available = serializers.IntegerField()
    on_hand = serializers.IntegerField()
    held = serializers.IntegerField()
    allocated = serializers.IntegerField()
    buffer = serializers.IntegerField()
    buffer_reason = serializers.DictField(allow_null=True, help_text="what it was reckoned from, where it was")
    damaged = serializers.IntegerField()
    incoming = serializers.IntegerField(help_text="what has not come yet of what was expected then")
    counted_at = serializers.DateTimeField(allow_null=True)
    needs_repair_since = serializers.DateTimeField(allow_null=True, help_text="a fact broke the books: count the shelf")
    kinds = KindAnswer(many=True)
    movements = MovementAnswer(many=True, help_text="the latest")
    holds = HeldAnswer(many=True)
    allocations = KeptAnswer(many=True)
    arrivals = AwaitedAnswer(many=True)


class CountedLine(serializers.Serializer[object]):
    """What a count found."""

    sku = serializers.CharField()
    counted = serializers.IntegerField()
    difference = serializers.IntegerField(help_text="to what the books said at that instant")
    moved_since = serializers.IntegerField(
        help_text="movements of the shelf between the count and its booking: look again, if any"
    )


class CountsAnswer(serializers.Serializer[object]):
    """The counts that were new; one that was known already is not told again."""

    lines = CountedLine(many=True)


class SurplusAnswer(serializers.Serializer[object]):
    """More than was ordered; its shelf is to be counted."""

    sku = serializers.CharField()
    surplus = serializers.IntegerField(help_text="how many more; 0 if none was ordered at all")


class ReceiptAnswer(serializers.Serializer[object]):
    """How many lines were new: 0 if this delivery was booked already. And what of its order has come too much."""

    booked = serializers.IntegerField()
    surplus = SurplusAnswer(many=True)


class ReservationAnswer(serializers.Serializer[object]):
    """Units kept for somebody, or somebody's place in line for them."""

    id = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    status = serializers.ChoiceField(Reservation.Status.choices)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="until when they are kept")
    position = serializers.IntegerField(allow_null=True, help_text="in the line")
    in_line = serializers.IntegerField(allow_null=True, help_text="how many wait")
    expected_at = serializers.DateTimeField(allow_null=True, help_text="when others let go, unless they buy")
    location = serializers.CharField()


class PriceAnswer(serializers.Serializer[object]):
    """One unit's price in minor units, tax included."""

    amount = serializers.IntegerField()
    was = serializers.IntegerField(allow_null=True, help_text="the higher price that it is compared with")
    lowest_30_days = serializers.IntegerField(allow_null=True, help_text="the lowest price of the 30 days before")
    unit_price = serializers.IntegerField(allow_null=True, help_text="of a kilogram, liter…, where that is known")
    unit = serializers.CharField(help_text="kg, l, m, m² or piece; empty where it is not known")
    differs = serializers.CharField(help_text="why this channel or place has a price of its own, or empty")
    version = serializers.CharField(help_text="of the price list that says so")
    tax_basis_points = serializers.IntegerField(help_text="the rate within: 21 % is 2100")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="promotions that made it less")


class PictureAnswer(serializers.Serializer[object]):
    """A picture."""

    address = serializers.CharField()
    alt = serializers.CharField()


class PictureOfVariantAnswer(PictureAnswer):
    """A picture of a product, or of one of its variants."""

    sku = serializers.CharField(allow_null=True)


class OptionAnswer(serializers.Serializer[object]):
    """One choice that a variant stands for."""

    name = serializers.CharField()
    value = serializers.CharField()


class StoreUnitsAnswer(serializers.Serializer[object]):
    """Units of one variant that can be collected at a store."""

    location = serializers.CharField()
    name = serializers.CharField()
    available = serializers.IntegerField()
    is_more = serializers.BooleanField(help_text="there are more than we tell")


class VariantAnswer(serializers.Serializer[object]):
    """One thing that can be bought."""

    sku = serializers.CharField()
    barcode = serializers.CharField(allow_null=True)
    options = OptionAnswer(many=True)
    price = PriceAnswer(allow_null=True, help_text="null: it cannot be bought now")
    available = serializers.IntegerField(help_text="at all places that serve this channel together")
    is_more = serializers.BooleanField(help_text="there are more than we tell")
    stores = StoreUnitsAnswer(many=True)


class CategoryAnswer(serializers.Serializer[object]):
    """A shelf of the catalog."""

    path = serializers.CharField()
    slug = serializers.CharField()


class ProductAnswer(serializers.Serializer[object]):
    """A product with everything a shopper decides by."""

    handle = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField(help_text="harmless HTML")
    vendor = serializers.CharField()
    category = CategoryAnswer(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    pictures = PictureOfVariantAnswer(many=True)
    currency = serializers.CharField()
    variants = VariantAnswer(many=True)


class ProductCardAnswer(serializers.Serializer[object]):
    """A product in a list; its price is that of its cheapest variant."""

    handle = serializers.CharField()
    title = serializers.CharField()
    picture = PictureAnswer(allow_null=True)
    price = PriceAnswer(allow_null=True, help_text="null: none of its variants can be bought now")
    price_is_from = serializers.BooleanField(help_text="its variants differ in price")
    variants = serializers.IntegerField()


class ProductsAnswer(serializers.Serializer[object]):
    """A page of products."""

    count = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    currency = serializers.CharField()
    products = ProductCardAnswer(many=True)


class ExpectedLineAnswer(serializers.Serializer[object]):
    """Goods that are expected at a location."""

    sku = serializers.CharField()
    location = serializers.CharField()
    reference = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()
    expected_at = serializers.DateTimeField(allow_null=True)
    sent_from = serializers.CharField(allow_null=True, help_text="which location of ours sent them")


class NoMoreAnswer(serializers.Serializer[object]):
    """How many units are not expected any more."""

    missing = serializers.IntegerField()


class ExpectedAnswer(serializers.Serializer[object]):
    """What is expected, the earliest first."""

    results = ExpectedLineAnswer(many=True)
    next = serializers.CharField(allow_null=True, help_text="ask with `after` = this for what follows")
