"""The shape of changes in the API's description. Answers are plain dicts; nothing is run through these."""

from rest_framework import serializers

from orders.models import OrderHold


class ChangedUnitsAnswer(serializers.Serializer[object]):
    """Units of one SKU."""

    sku = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class PlaceInLineAnswer(serializers.Serializer[object]):
    """Where a line stands that waits for what is not here yet."""

    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    was = serializers.IntegerField(help_text="its place in line before; 0 where it did not wait")
    position = serializers.IntegerField(help_text="its place then; 0 where it waits no more")
    expected_at = serializers.DateTimeField(allow_null=True)


class ChangeAnswer(serializers.Serializer[object]):
    """What a change does; amounts are minor units."""

    units = ChangedUnitsAnswer(many=True)
    before = serializers.IntegerField(help_text="the order's total before")
    total = serializers.IntegerField(help_text="the order's total after; say it as expected_total")
    to_pay = serializers.IntegerField(help_text="negative: goes back")
    currency = serializers.CharField()
    turns = PlaceInLineAnswer(many=True, help_text="the places in line of what is not here yet")
    locations = serializers.ListField(child=serializers.CharField(), help_text="who serves the order then")


class HoldAnswer(serializers.Serializer[object]):
    """Why an order is held back."""

    kind = serializers.ChoiceField(OrderHold.Kind.choices)
    owner = serializers.CharField()
    due_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
