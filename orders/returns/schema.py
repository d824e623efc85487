"""The shape of returns in the API's description. Answers are plain dicts; nothing is run through these."""

from rest_framework import serializers

from orders.returns.models import Return, ReturnLine


class PolicyAnswer(serializers.Serializer[object]):
    """A version of the return policy."""

    version = serializers.CharField()
    days = serializers.IntegerField(help_text="from when the last part of the order arrived")
    outcomes = serializers.ListField(child=serializers.ChoiceField(Return.Outcome.choices))
    words = serializers.ListField(child=serializers.CharField(), help_text="what every channel says")


class ReturnOfferAnswer(serializers.Serializer[object]):
    """What may come back of a line."""

    line = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    until = serializers.DateTimeField(allow_null=True, help_text="open while a part is still to arrive")
    why = serializers.ListField(child=serializers.CharField(), help_text="why not, or not all of it")
    only_if_our_fault = serializers.BooleanField()


class ReturnLineAnswer(serializers.Serializer[object]):
    """What comes back; amounts are minor units."""

    ordinal = serializers.IntegerField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    reason = serializers.ChoiceField(ReturnLine.Reason.choices, allow_blank=True)
    condition = serializers.ChoiceField(ReturnLine.Condition.choices, allow_blank=True)
    total = serializers.IntegerField(help_text="what was paid for these units")
    fee = serializers.IntegerField(help_text="what is kept of it")


class ReturnAnswer(serializers.Serializer[object]):
    """A return; amounts are minor units."""

    id = serializers.CharField()
    code = serializers.CharField(allow_null=True, help_text="on the label, and said at the counter")
    order = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(Return.Status.choices)
    next = serializers.CharField(allow_null=True, help_text="the open question: outcome, way or confirm")
    way = serializers.ChoiceField(Return.Way.choices, allow_null=True)
    outcome = serializers.ChoiceField(Return.Outcome.choices, allow_null=True)
    policy = serializers.CharField(help_text="the version by which it is judged")
    location = serializers.CharField(allow_null=True)
    replacement = serializers.CharField(allow_null=True, help_text="the order that replaces it")
    currency = serializers.CharField()
    total = serializers.IntegerField(help_text="given back")
    fee = serializers.IntegerField(help_text="kept")
    lines = ReturnLineAnswer(many=True)


class ReturnableAnswer(serializers.Serializer[object]):
    """What of an order may come back, and what was announced already."""

    policy = PolicyAnswer()
    offers = ReturnOfferAnswer(many=True)
    returns = ReturnAnswer(many=True)
