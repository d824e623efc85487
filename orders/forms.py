"""What is asked at checkout, of a shopper herself or of the agent or clerk who types for her."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.channels.models import SalesChannel
from commerce.customers.known import Known, is_old
from commerce.customers.models import PostalAddress
from commerce.money import BadAmount, parse
from orders.drafting import Terms
from orders.ways import HOME, Way


class TypedAmount(forms.CharField):
    """An amount as people type it, 12,50 or 12.50, read as minor units of a currency."""

    def __init__(self, *, currency: str = "EUR", **options: Any) -> None:
        self.currency = currency
        super().__init__(**({"max_length": 20} | options))

    def clean(self, value: Any) -> Any:
        """Minor units, or nothing where nothing was typed; raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse(text.replace(",", "."), self.currency)
        except BadAmount as problem:
            raise forms.ValidationError(_("This is not an amount.")) from problem
        if amount < 1:
            raise forms.ValidationError(_("This is not an amount."))
        return amount


NEEDED_AT_HOME = ("name", "street", "postal_code", "city")


class Checkout(forms.Form):
    """Where the goods go, how she is reached, and the price she was shown for either way."""

    way = forms.CharField(max_length=30)
    address = forms.IntegerField(required=False, min_value=1)
    name = forms.CharField(max_length=120, required=False, label=_("Name"))
    email = forms.CharField(max_length=254, required=False, label=_("Email"))
    phone = forms.CharField(max_length=40, required=False, label=_("Phone"))
    street = forms.CharField(max_length=120, required=False, label=_("Street and number"))
    postal_code = forms.CharField(max_length=12, required=False, label=_("Postal code"))
    city = forms.CharField(max_length=60, required=False, label=_("Town"))
    method = forms.CharField(max_length=30, required=False)
    slot = forms.CharField(max_length=22, required=False)
    may_wait = forms.BooleanField(required=False)
    call_me = forms.BooleanField(required=False)
    tender = forms.CharField(max_length=20, required=False)
    gift_card = forms.CharField(max_length=40, required=False, label=_("Gift card"))
    store_credit = forms.BooleanField(required=False)
    keep_card = forms.BooleanField(required=False)
    version = forms.IntegerField(min_value=1)
    expected_pickup = forms.IntegerField(min_value=0)
    expected_delivery = forms.IntegerField(min_value=0)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, str] | None = None,
        known: Mapping[str, Known] | None = None,
        at: datetime | None = None,
    ) -> None:
        """The form with what she told us once filled in; what is older than a year must be said to be right still."""
        known = known or {}
        super().__init__(data, initial={name: fact.value for name, fact in known.items()} | dict(initial or {}))
        self.old = {name: fact.value for name, fact in known.items() if at and is_old(fact.since, at=at)}
        for name, fact in known.items():
            self.fields[name].known = fact  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What home delivery needs besides, and somebody to tell; names each field that lacks."""
        said = super().clean() or {}
        if said.get("way") == HOME and not said.get("address"):
            for name in NEEDED_AT_HOME:
                if not said.get(name):
                    self.add_error(name, _("This is needed for home delivery."))
        for name, value in self.old.items():
            if said.get(name) == value and f"still_{name}" not in self.data:
                self.add_error(name, _("You told us this long ago. Is it still right? Please tick it, or change it."))
        if not said.get("email") and not said.get("phone"):
            self.add_error("email", _("We need an email address or a phone number, to tell you when it is ready."))
        return said


def terms_of(
    said: dict[str, Any],
    *,
    ways: Sequence[Way],
    addresses: Sequence[PostalAddress] = (),
    sold_in: SalesChannel | None = None,
    language: str,
) -> Terms | None:
    """What a valid form means; nothing where it names a way or an address that is not offered."""
    way = next((way for way in ways if way.code == said["way"]), None)
    if way is None:
        return None
    home = way.code == HOME
    kept = next((address for address in addresses if address.pk == said["address"]), None)
    typed = PostalAddress(
        recipient=said["name"],
        street=said["street"],
        postal_code=said["postal_code"],
        city=said["city"],
        phone=said["phone"],
    )
    return Terms(
        expected_total=said["expected_delivery" if home else "expected_pickup"],
        pickup_at=way.location,
        deliver_to=(kept or typed) if home else None,
        seen_version=said["version"],
        email=said["email"],
        phone=said["phone"],
        name=said["name"],
        method=said["method"] if home else "",
        slot=said["slot"] if home else "",
        may_wait=home and said["may_wait"],
        call_me=home and said["call_me"],
        sold_in=sold_in,
        language=language,
    )
