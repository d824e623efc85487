"""What comes next for a part of an order, told to the shopper: a headline and a sentence for each status."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Fulfillment, Order


@dataclass(frozen=True)
class Step:
    """What comes next for one part of an order: a headline and a sentence."""

    headline: Promise
    sentence: Promise
    shows_code: bool = False


STEPS: dict[tuple[str, str], Step] = {
    ("pickup", "allocated"): Step(_("We are getting it ready"), _("We will write as soon as you can collect it.")),
    ("pickup", "picking"): Step(_("We are getting it ready"), _("We will write as soon as you can collect it.")),
    ("pickup", "in_transit"): Step(
        _("It is on its way to the store"), _("We will write as soon as you can collect it.")
    ),
    ("pickup", "ready"): Step(_("Come and collect it"), _("Show this code at the counter."), shows_code=True),
    ("pickup", "collected"): Step(_("It is yours"), _("Enjoy it. Keep the order number handy.")),
    ("pickup", "expired"): Step(
        _("We put it back on the shelf"), _("Nobody came for it. Please get in touch with us.")
    ),
    ("shipment", "backordered"): Step(
        _("It is not here yet"), _("You have your place in line. We will write as soon as it is here.")
    ),
    ("shipment", "allocated"): Step(_("We are packing it"), _("We will write when it leaves our house.")),
    ("shipment", "picking"): Step(_("We are packing it"), _("We will write when it leaves our house.")),
    ("shipment", "handed_to_carrier"): Step(_("It is on its way"), _("The carrier has your parcel.")),
    ("shipment", "out_for_delivery"): Step(_("It arrives today"), _("The carrier is bringing it to you.")),
    ("shipment", "delivered"): Step(_("It was delivered"), _("Enjoy it. Keep the order number handy.")),
    ("shipment", "failed"): Step(_("It could not be delivered"), _("The carrier will try again, or we will call you.")),
    ("shipment", "returned_to_sender"): Step(_("It is on its way back to us"), _("Please get in touch with us.")),
}

HELD = Step(_("We check something before we prepare it"), _("We will write as soon as we go on with it."))
"""Said of what is held back: nobody prepares it, whatever its status would say. Why is our business."""

CANCELED = Step(_("This was canceled"), _("What was paid goes back to you."))


def next_step(order: Order, fulfillment: Fulfillment, *, is_held: bool) -> Step:
    """What comes next for a part of an order, and for one whose order is held back."""
    if order.status == Order.Status.CANCELED:
        return CANCELED
    if is_held and fulfillment.status == Fulfillment.Status.ALLOCATED:
        return HELD
    return STEPS.get((fulfillment.kind, fulfillment.status), CANCELED)
