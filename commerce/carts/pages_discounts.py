"""A discount by hand, as the pages of agents and clerks ask for it."""

from typing import Any

from django import forms

from commerce.carts import discounts
from commerce.carts.models import Cart, ManualDiscount
from commerce.carts.pages import valid
from commerce.money import BadAmount, parse
from commerce.naming import named


class ByHand(forms.Form):
    """What is taken off, as people type it, and why; without a value it is taken back."""

    kind = forms.ChoiceField(choices=ManualDiscount.Kind.choices, required=False)
    value = forms.CharField(max_length=12, required=False)
    reason = forms.ChoiceField(choices=ManualDiscount.Reason.choices, required=False)
    version = forms.IntegerField(min_value=1)


def reasons() -> list[tuple[str, str]]:
    """What may be said, in words."""
    return [(reason.value, named(reason.value)) for reason in ManualDiscount.Reason]


def give_or_remove(cart: Cart, posted: Any, *, role: str, **who: Any) -> ManualDiscount | None:
    """Do what a form says; raises TooMuchOff for what is no amount, and what giving and removing raise."""
    said = valid(ByHand(posted))
    if not said["value"]:
        discounts.remove(cart, seen_version=said["version"], **who)
        return None
    try:
        # Percentages are typed with two decimals at most, as euros are: 12.5 % is 1250 basis points.
        percent = said["kind"] == ManualDiscount.Kind.PERCENTAGE
        value = parse(said["value"].replace(",", "."), "EUR" if percent else cart.currency)
    except BadAmount as problem:
        raise discounts.TooMuchOff(str(problem)) from problem
    if not 1 <= value <= (10_000 if percent else 2**53):
        raise discounts.TooMuchOff("more than there is cannot be taken off")
    return discounts.give(
        cart,
        kind=said["kind"] or ManualDiscount.Kind.AMOUNT,
        value=value,
        reason=said["reason"] or ManualDiscount.Reason.GOODWILL,
        seen_version=said["version"],
        role=role,
        **who,
    )
