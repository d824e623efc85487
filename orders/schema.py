"""The shape of orders in the API's description. Answers are plain dicts; nothing is run through these."""

from rest_framework import serializers

from orders.models import Fulfillment, Order, Payment


class OrderLineAnswer(serializers.Serializer[object]):
    """What was bought, as it was then; amounts are minor units, tax included."""

    id = serializers.CharField(help_text="by which returns and swaps name it")
    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.IntegerField()
    goods_total = serializers.IntegerField()
    discount = serializers.IntegerField()
    total = serializers.IntegerField()
    tax = serializers.IntegerField(help_text="the part of the total that is tax")
    tax_basis_points = serializers.IntegerField()


class PaymentAnswer(serializers.Serializer[object]):
    """One tender; amounts are minor units."""

    id = serializers.CharField()
    pay_at = serializers.CharField(allow_null=True, help_text="where the shopper pays, while she has not")
    tender = serializers.CharField()
    amount = serializers.IntegerField()
    refunded = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(Payment.Status.choices)
    captured_at = serializers.DateTimeField(allow_null=True)


class PlaceAnswer(serializers.Serializer[object]):
    """A location of ours."""

    code = serializers.CharField()
    name = serializers.CharField()
    firm = serializers.CharField(allow_null=True, help_text="the partner whose shop and whose stock it is")


class FulfillmentLineAnswer(serializers.Serializer[object]):
    """Units that go with it."""

    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()


class InLineAnswer(serializers.Serializer[object]):
    """The place in line for what was sold before it is here, and when enough of it is expected, if we know."""

    position = serializers.IntegerField()
    expected_at = serializers.DateTimeField(allow_null=True)


class SpanAnswer(serializers.Serializer[object]):
    """From when until when."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class FulfillmentAnswer(serializers.Serializer[object]):
    """How a part of an order reaches the shopper."""

    id = serializers.CharField()
    order = serializers.CharField(allow_null=True, help_text="its number")
    kind = serializers.ChoiceField(Fulfillment.Kind.choices)
    status = serializers.ChoiceField(Fulfillment.Status.choices)
    location = PlaceAnswer(help_text="where the goods leave")
    promised_for = serializers.DateTimeField(allow_null=True, help_text="ready, or delivered, by")
    expected_at = serializers.DateTimeField(allow_null=True, help_text="the carrier's latest estimate")
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    slot = SpanAnswer(allow_null=True, help_text="the window of time that was agreed")
    lines = FulfillmentLineAnswer(many=True)
    in_line = InLineAnswer(required=False, help_text="while it is backordered")
    pickup_code = serializers.CharField(required=False, help_text="told to the shopper only, once it is ready")


class FulfillmentsAnswer(serializers.Serializer[object]):
    """Fulfillments, the most urgent first."""

    results = FulfillmentAnswer(many=True)


class AddressAnswer(serializers.Serializer[object]):
    """Where it goes."""

    recipient = serializers.CharField()
    street = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()


class ContactAnswer(serializers.Serializer[object]):
    """Who bought, and how she is reached about it."""

    person = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    email = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    address = AddressAnswer(allow_null=True)


class OrderAnswer(serializers.Serializer[object]):
    """An order; amounts are minor units of its currency, tax included."""

    id = serializers.CharField()
    number = serializers.CharField(allow_null=True, help_text="given when it is placed")
    status = serializers.ChoiceField(Order.Status.choices)
    payment_status = serializers.ChoiceField(Order.PaymentStatus.choices)
    sales_channel = serializers.CharField()
    sold_by = serializers.CharField(allow_null=True, help_text="the partner in whose shop it was sold")
    placed_at = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField()
    goods_total = serializers.IntegerField()
    discount_total = serializers.IntegerField()
    delivery_total = serializers.IntegerField()
    tax_total = serializers.IntegerField()
    total = serializers.IntegerField()
    lines = OrderLineAnswer(many=True)
    payments = PaymentAnswer(many=True)
    fulfillments = FulfillmentAnswer(many=True)
    contact = ContactAnswer(required=False, help_text="for its owner and for staff")


class EntryAnswer(serializers.Serializer[object]):
    """One happening on the order's journey."""

    number = serializers.IntegerField()
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField(help_text="when it happened")
    recorded_at = serializers.DateTimeField(help_text="when we learned it")
    channel = serializers.CharField()
    actor = serializers.CharField(help_text="person, staff, device, system…")
    cause = serializers.IntegerField(allow_null=True, help_text="number of the entry that led to it")
    facts = serializers.DictField(required=False, help_text="ids and facts, for staff")


class TimelineAnswer(serializers.Serializer[object]):
    """A journey, from what opened it to its last entry."""

    journey = serializers.CharField()
    entries = EntryAnswer(many=True)


class CostAnswer(serializers.Serializer[object]):
    """What a cart costs one way."""

    delivery_total = serializers.IntegerField()
    total = serializers.IntegerField(help_text="send it back as expected_total")


class WaitAnswer(serializers.Serializer[object]):
    """A line of which too little is here: where a delivered order would stand in line for it, and until when."""

    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    can_wait = serializers.BooleanField(help_text="send may_wait with the checkout to buy it all the same")
    position = serializers.IntegerField(allow_null=True)
    expected_at = serializers.DateTimeField(allow_null=True, help_text="when enough of it should be here, if we know")


class OfferAnswer(serializers.Serializer[object]):
    """One method by which a cart can be brought to a postal code."""

    method = serializers.CharField()
    name = serializers.CharField()
    carrier = serializers.CharField()
    fee = serializers.IntegerField()
    has_slots = serializers.BooleanField(help_text="brought in a window of time that is agreed")
    arrives_by = serializers.DateTimeField()


class SlotAnswer(serializers.Serializer[object]):
    """A window of time in which it can be brought."""

    id = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    left = serializers.IntegerField()


class SlotsAnswer(serializers.Serializer[object]):
    """The windows that can still be taken, the earliest first."""

    results = SlotAnswer(many=True)


class BookingAnswer(serializers.Serializer[object]):
    """A parcel that a carrier was asked to take."""

    status = serializers.CharField(help_text="asked, booked or refused")
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()


class CallAnswer(serializers.Serializer[object]):
    """Somebody to be called, to agree on a delivery."""

    fulfillment = serializers.CharField()
    order = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_null=True, help_text="null: she is to be written to")
    email = serializers.CharField(allow_null=True)
    postal_code = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1")
    due_at = serializers.DateTimeField(allow_null=True)
    tries = serializers.IntegerField()


class CallsAnswer(serializers.Serializer[object]):
    """The calls that are owed, the most urgent first."""

    results = CallAnswer(many=True)


class WaysAnswer(serializers.Serializer[object]):
    """What a cart costs collected, and delivered; minor units."""

    version = serializers.IntegerField()
    currency = serializers.CharField()
    pickup = CostAnswer()
    delivery = CostAnswer()
    waits = WaitAnswer(many=True)
    methods = OfferAnswer(many=True)


class ToldAnswer(serializers.Serializer[object]):
    """What may be told to somebody who gives an address alone; with a second proof, it is an order."""

    status = serializers.CharField()
    fulfillment_status = serializers.CharField()
    ready_at = serializers.DateTimeField(allow_null=True)


class LookupAnswer(serializers.Serializer[object]):
    """What may be told."""

    orders = ToldAnswer(many=True)


class AlertAnswer(serializers.Serializer[object]):
    """A wish to be told when something is back."""

    id = serializers.CharField()
    sku = serializers.CharField()
    location = serializers.CharField(allow_null=True, help_text="the store; none where it is brought home")
    contact_channel = serializers.CharField()
    status = serializers.ChoiceField(["waiting", "told", "withdrawn"])
    asked_at = serializers.DateTimeField()
    kept_until = serializers.DateTimeField(allow_null=True, help_text="until when one unit is kept, once she was told")
