"""The shape of what tills say and hear, in the API's description. Facts are read by orders.journal.reading."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commerce.rest.fields import Flag, Strict, Text


class LineSaid(serializers.Serializer[object]):
    """One line; its total is authoritative. Money in minor units, tax included."""

    sku = serializers.CharField(required=False, max_length=60)
    barcode = serializers.CharField(required=False, max_length=60)
    title = serializers.CharField(required=False, max_length=200)
    quantity = serializers.IntegerField(min_value=0)
    unit_price = serializers.IntegerField(min_value=0)
    discount = serializers.IntegerField(min_value=0, required=False)
    total = serializers.IntegerField(min_value=0)


class TenderSaid(serializers.Serializer[object]):
    """One way in which a sale was paid; `stored` is a card that the bank was not asked about yet."""

    tender = serializers.CharField(max_length=20)
    amount = serializers.IntegerField(min_value=0)
    state = serializers.ChoiceField(["captured", "stored"], required=False)
    reference = serializers.CharField(required=False, max_length=40)


class PromotionSaid(serializers.Serializer[object]):
    """A promotion that the till applied, in the version it knew."""

    promotion = serializers.IntegerField(min_value=1)
    version = serializers.IntegerField(min_value=1)


class FactSaid(serializers.Serializer[object]):
    """One fact. A void and a payment's end speak `of` a sale of the same store; a return may, of any store's.

    Each may come before its sale. What waits for it longer than 24 hours is told to its store, and so is what speaks of
    another store's sale.
    """

    uuid = serializers.UUIDField()
    sequence = serializers.IntegerField(min_value=1, help_text="1, 2, 3… on each device")
    kind = serializers.ChoiceField(["sale", "return", "void", "payment"])
    occurred_at = serializers.CharField(help_text="by the device's clock, ISO 8601")
    lines = LineSaid(many=True, required=False)
    tenders = TenderSaid(many=True, required=False)
    coupons = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    quote = serializers.CharField(
        max_length=4000, required=False, help_text="code or token of the signed quote at whose price it was sold"
    )
    prices = serializers.CharField(
        max_length=60, required=False, help_text="version of the price list by which it was sold, such as “pvp 7”"
    )
    promotions = PromotionSaid(many=True, required=False)
    person = serializers.CharField(required=False, help_text="public id")
    of = serializers.UUIDField(required=False)
    tender = serializers.IntegerField(required=False, help_text="which of the sale's tenders has ended: 1, 2…")
    outcome = serializers.ChoiceField(["captured", "declined"], required=False)


@extend_schema_field(FactSaid(many=True))
class FactList(serializers.ListField):
    """Facts as they come; each is judged by itself."""

    child = serializers.JSONField()

    def to_internal_value(self, data: Any) -> list[Any]:
        """The list; raises ValidationError where it is none, or too long."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if not 1 <= len(data) <= (self.max_length or 0):
            self.fail("max_length", max_length=self.max_length)
        return data


class Sent(Strict):
    """A batch, or a sign of life: who says it, and what its clock shows."""

    device = Text(max_length=22, help_text="its public id")
    location = Text(max_length=30, help_text="its store's code")
    installation = Text(max_length=64, required=False, default="", help_text="of its software, made when installed")
    sent_at = Text(max_length=40, help_text="by the device's clock, ISO 8601")


class NewSales(Sent):
    """What a till tells: in any order, as often as it likes."""

    facts = FactList(max_length=1000, help_text="each judged by itself")


class FactAnswer(serializers.Serializer[object]):
    """What became of one fact."""

    uuid = serializers.CharField(allow_null=True)
    sequence = serializers.IntegerField(allow_null=True)
    result = serializers.ChoiceField(["new", "known", "waiting", "different", "refused", "quarantined", "rejected"])
    order = serializers.CharField(allow_null=True, help_text="the order it became, or speaks of")
    flags = serializers.ListField(child=serializers.CharField(), help_text="doubts about the device's clock")
    differences = serializers.ListField(child=serializers.CharField(), help_text="from our prices, coupons, articles")
    field = serializers.CharField(allow_null=True, help_text="what was unclear, where it was refused")
    reason = serializers.CharField(allow_null=True)


class SalesAnswer(serializers.Serializer[object]):
    """What became of a batch, fact by fact, and which numbers of the till's sequence never came."""

    at = serializers.DateTimeField()
    facts = FactAnswer(many=True)
    missing = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class LeaseAsked(Sent):
    """A till that wants a lease, or gives its own back because it is online for good."""

    gives_back = Flag(required=False, default=False)
    coupons = serializers.ListField(child=Text(max_length=40), required=False, default=list, max_length=20)


class LeasedUnits(serializers.Serializer[object]):
    """Units that nobody else can be sold meanwhile."""

    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class LeasedUses(serializers.Serializer[object]):
    """Uses of a coupon that nobody else can have meanwhile."""

    code = serializers.CharField()
    uses = serializers.IntegerField()


class LeaseAnswer(serializers.Serializer[object]):
    """What the till may sell while it is offline, and until when (`expires_at`); nobody else can be sold it meanwhile.

    A till that is heard of after that end loses what it did not sell within minutes. For one that is still silent then
    it is kept until `kept_until`, for what it sold in time and has not told yet; after that it is free for everybody.

    A till that was away for more than ten minutes tells what it sold, and then takes a new lease, or gives its own
    back: five minutes after it is back the lease is over.
    """

    at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="until when the till may sell out of it")
    kept_until = serializers.DateTimeField(
        allow_null=True, help_text="until when a silent till may still tell what it sold before expires_at"
    )
    units = LeasedUnits(many=True)
    coupons = LeasedUses(many=True)


class HeartbeatAnswer(serializers.Serializer[object]):
    """Our clock, for tills whose own is wrong."""

    at = serializers.DateTimeField()
    missing = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    lease_until = serializers.DateTimeField(
        allow_null=True, help_text="until when it may sell out of its lease; null: it has none, and may take one"
    )
