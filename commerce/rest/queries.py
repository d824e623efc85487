"""What stands after the question mark of an address, taken as strictly as a body."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from commerce.rest.fields import Strict


def query_of(request: Request, kind: type[Strict]) -> dict[str, Any]:
    """The request's query, checked; a list field may be repeated. Raises ValidationError for all that is unknown."""
    fields = kind().fields
    given: dict[str, Any] = {}
    for name, values in request.query_params.lists():
        if isinstance(fields.get(name), serializers.ListField):
            given[name] = values
        elif len(values) > 1:
            raise serializers.ValidationError(
                {name[:60]: [serializers.ErrorDetail("this is given more than once", code="repeated")]}
            )
        else:
            given[name] = values[0]
    checked = kind(data=given)
    checked.is_valid(raise_exception=True)
    return checked.validated_data
