"""What stands after the question mark of an address, taken as strictly as a body."""

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.serializers import ListField

from commerce.rest.fields import Strict


class KnownParameters(BasePermission):
    """For every view of the API: `query` names the serializer of its parameters; without one it takes none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Passes; raises ValidationError naming each parameter that is unknown or was given twice."""
        given_once(request, getattr(view, "query", Strict))
        return True


def given_once(request: Request, kind: type[Strict]) -> dict[str, Any]:
    """The parameters as they were given, those of a list field as a list; raises ValidationError."""
    if not request.query_params:
        return {}
    fields = kind().fields
    wrong: dict[str, list[ErrorDetail]] = {}
    given: dict[str, Any] = {}
    for name, values in request.query_params.lists():
        if name not in fields:
            wrong[name[:60]] = [ErrorDetail("this field is not known", code="unknown_field")]
        elif isinstance(fields[name], ListField):
            given[name] = values
        elif len(values) > 1:
            wrong[name] = [ErrorDetail("this parameter is given more than once", code="repeated")]
        else:
            given[name] = values[0]
    if wrong:
        raise ValidationError(wrong)
    return given


def query_of(request: Request, kind: type[Strict]) -> dict[str, Any]:
    """The request's query, checked; a list field may be repeated. Raises ValidationError."""
    checked = kind(data=given_once(request, kind))
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
