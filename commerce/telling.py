"""The timeline in plain words: type of entry → sentence. Its facts stand in it by name, as a reader writes them."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.naming import named
from commerce.templatetags.shop import moment, money
from commerce.timeline.models import Entry

SENTENCES: dict[str, Promise] = {
    "cart.opened": _("A cart was opened"),
    "cart.edited": _("Cart: %(quantity)s × %(sku)s"),
    "cart.coupon_applied": _("A promotion code was put on the cart"),
    "cart.coupon_removed": _("The promotion code was taken off the cart"),
    "cart.claimed": _("The cart belongs to a person who is known"),
    "cart.merged": _("The cart was joined with another one"),
    "cart.restored": _("The cart was brought back by a link"),
    "cart.quote_applied": _("The cart has the price of an offer"),
    "cart.quote_removed": _("The cart is priced without an offer again"),
    "cart.discount_given": _("%(amount)s off by hand (%(reason)s); waits for a second person: %(waits)s"),
    "cart.discount_removed": _("The discount by hand was taken off"),
    "quote.signed": _("Offered for %(total)s until %(until)s"),
    "quote.honored": _("Bought at the price of an offer: %(total)s"),
    "cart.unmerged": _("Two carts that were joined are two again"),
    "cart.handed_off": _("A code was made to go on with the cart elsewhere"),
    "cart.taken_up": _("Somebody went on with the cart by its code"),
    "checkout.started": _("Checkout begun: %(total)s"),
    "checkout.abandoned": _("The checkout came to nothing"),
    "order.placed": _("Order %(number)s placed: %(total)s"),
    "order.completed": _("Everything has arrived"),
    "order.canceled": _("The order was canceled"),
    "order.changed": _("The order was changed: %(before)s before, %(total)s now"),
    "order.address_changed": _("It goes to another address"),
    "order.held": _("Held back until %(due_at)s: %(kind)s"),
    "order.released": _("Not held back any more: %(kind)s"),
    "order.hold_overdue": _("Nobody has decided in time: %(kind)s"),
    "order.unpaid": _("Not paid in time, so it was canceled: %(owed)s"),
    "order.asked_about": _("Somebody asked about the order"),
    "approval.asked": _("Asked for a second person: %(amount)s, %(kind)s"),
    "approval.granted": _("A second person agreed: %(amount)s, %(kind)s"),
    "approval.refused": _("A second person did not agree: %(amount)s, %(kind)s"),
    "payment.captured": _("Paid: %(amount)s"),
    "payment.refunded": _("Paid back: %(amount)s"),
    "payment.asked": _("Asked to pay %(amount)s"),
    "payment.page_opened": _("The payment page is open until %(expires_at)s"),
    "payment.authorized": _("The bank keeps %(amount)s for us"),
    "payment.lost": _("The bank let go of %(amount)s"),
    "payment.let_go": _("We let go of %(amount)s that the bank kept"),
    "payment.failed": _("The payment failed: %(amount)s"),
    "payment.ended": _("Nobody paid the %(amount)s"),
    "payment.came_late": _("%(amount)s came for a checkout that was given up"),
    "payment.unserved": _("%(amount)s came for what we can no longer give"),
    "payment.differs": _("The payment service sees %(amount)s in another way; somebody looks into it"),
    "payment.surplus": _("%(amount)s too much came"),
    "payment.due_soon": _("%(amount)s is to be paid by %(due_at)s"),
    "agreement.made": _("Agreed: %(amount)s until %(due_at)s"),
    "agreement.kept": _("Paid as agreed"),
    "agreement.broken": _("Not paid as agreed: %(owed)s"),
    "agreement.ended": _("Something else was agreed"),
    "document.issued": _("Document %(number)s issued: %(total)s"),
    "refund.started": _("On its way back: %(amount)s"),
    "refund.failed": _("Could not be paid back: %(amount)s"),
    "case.opened": _("Case %(key)s: %(kind)s"),
    "case.step_done": _("Case %(key)s: step %(step)s is settled"),
    "case.step_moved": _("Case %(key)s: step %(step)s will be done by %(due_at)s, not by %(was_due_at)s"),
    "case.handed_over": _("Case %(key)s went from %(from_team)s to %(to_team)s"),
    "case.answered": _("Case %(key)s: we have answered"),
    "case.clock_missed": _("Case %(key)s: an answer or the solution is late"),
    "case.swap_agreed": _("Case %(key)s: a new one is on its way, the other is collected"),
    "case.closed": _("Case %(key)s is closed: %(outcome)s"),
    "case.reopened": _("Case %(key)s goes on: solved by %(resolve_due)s"),
    "dispute.opened": _("The cardholder wants %(amount)s back"),
    "dispute.closed": _("The bank decided about %(amount)s"),
    "till.sold": _("Bought in store, receipt %(number)s: %(total)s"),
    "till.returned": _("Given back in store: %(total)s"),
    "return.started": _("A return was begun"),
    "return.requested": _("Return announced: %(units)s units, %(outcome)s, %(way)s"),
    "return.canceled": _("It does not come back after all"),
    "return.received": _("The goods are back with us"),
    "return.unreceived": _("The goods are not here: that was a slip"),
    "return.inspected": _("The goods were looked at: %(total)s is given back"),
    "return.reopened": _("The goods are looked at once more"),
    "return.settled": _("Return done: %(outcome)s, %(total)s"),
    "till.voided": _("The sale was undone at the till: %(total)s"),
    "till.broke_promises": _("We learned of this sale late; it took what others were promised"),
    "promise.rerouted": _("Another location sends it: the first has less than it promised, because of %(cause)s"),
    "promise.at_risk": _("%(units)s units that were promised here are missing, because of %(cause)s"),
    "till.differed": _("The till's receipt differs from our prices, coupons or people"),
    "fulfillment.promised": _("Promised for %(promised_for)s"),
    "fulfillment.backordered": _("Sold before it is here: number %(position)s in line"),
    "fulfillment.allocated": _("It is here, and set aside"),
    "fulfillment.expected": _("The carrier now expects to arrive on %(expected_at)s"),
    "fulfillment.picking": _("Being prepared"),
    "fulfillment.in_transit": _("On its way to the store"),
    "fulfillment.rerouted": _("It comes from another of our places"),
    "fulfillment.unserved": _("We could not find %(units)s units anywhere; they are paid back"),
    "fulfillment.parted": _("A part was collected; %(units)s units are left"),
    "fulfillment.ready": _("Ready to be collected"),
    "fulfillment.waiting": _("Still waits to be collected"),
    "fulfillment.collected": _("Collected"),
    "fulfillment.expired": _("Not collected in time"),
    "fulfillment.handed_to_carrier": _("Handed to the carrier"),
    "fulfillment.out_for_delivery": _("Out for delivery"),
    "fulfillment.delivered": _("Delivered"),
    "fulfillment.failed": _("The carrier could not deliver"),
    "fulfillment.returned_to_sender": _("On its way back to us"),
    "fulfillment.canceled": _("Will not be prepared"),
    "delivery.slot_taken": _("Delivery agreed from %(starts_at)s until %(ends_at)s"),
    "call.wanted": _("She is to be called by %(due_at)s"),
    "call.tried": _("Nobody answered the call"),
    "parcel.booked": _("The carrier %(carrier)s will take the parcel"),
    "parcel.refused": _("The carrier %(carrier)s does not take the parcel"),
    "promise.endangered": _("A promise will not hold: %(due_at)s. Because of: %(danger)s"),
    "promise.dated": _("There is a day now: %(expected_at)s"),
    "promise.moved": _("Told of another time than %(due_at)s"),
    "promise.broken": _("A promise was not kept: %(due_at)s. Because of: %(danger)s"),
    "card.asked": _("Wants a card to be kept"),
    "card.kept": _("The payment service keeps a card, as she asked"),
    "card.removed": _("A card is kept no more"),
    "alert.asked": _("Wants to be told when it is back"),
    "alert.offered": _("It is back: one unit is kept until %(until)s"),
    "alert.withdrawn": _("Does not want to be told any more"),
    "reservation.made": _("%(quantity)s units are kept until %(until)s"),
    "reservation.in_line": _("Waits in line for %(quantity)s units"),
    "reservation.offered": _("Others let go: %(quantity)s units are kept until %(until)s"),
    "reservation.ending": _("The time of the reservation is nearly over"),
    "reservation.taken": _("Took what was kept"),
    "reservation.released": _("Does not want any more what was kept"),
    "reservation.taken_back": _("What was kept had to be taken back, because of %(cause)s"),
    "reservation.expired": _("The time of the reservation is over"),
    "conversation.message_received": _("A message from the person"),
    "conversation.replied": _("Our answer"),
    "message.sent": _("Message sent: %(purpose)s, by %(contact_channel)s"),
    "message.delivered": _("Message arrived: %(purpose)s, by %(contact_channel)s"),
    "message.dropped": _("Message not sent: %(purpose)s"),
    "message.withheld": _("Not told by a message of its own: %(purpose)s. Because: %(why)s"),
    "message.failed": _("Message failed: %(purpose)s"),
    "message.unknown": _("Message may have been sent or not: %(purpose)s"),
    "survey.answered": _("Survey answered: %(score)s of 10"),
    "person.registered": _("Registered"),
    "person.logged_in": _("Logged in"),
    "person.merged": _("Found to be the same person"),
    "person.split": _("Found to be two people"),
    "person.grouped": _("Group of customers: %(group)s"),
    "person.exported": _("Everything about her was given out"),
    "person.erased": _("Erased"),
    "erasure.asked": _("Asked to be erased"),
    "erasure.withdrawn": _("Does not want to be erased any more"),
    "serving.begun": _("A member of the staff acts for her"),
    "serving.ended": _("The member of the staff is done"),
    "consent.chosen": _("Consent for %(purpose)s by %(contact_channel)s: %(granted)s"),
    "login_code.requested": _("A log-in code was asked for"),
}

FOR_HERSELF: dict[str, Promise] = {
    "order.held": _("Before we prepare it we check something, by %(due_at)s at the latest"),
    "order.released": _("We go on with it"),
}
"""What is said to her in other words than among ourselves: that we look for fraud is nobody's business but ours."""

COUNTED: dict[str, Promise] = {
    "exchange": _("Counted for what replaces it: %(amount)s"),
    "credit": _("Given back as credit: %(amount)s"),
}
"""What is said of money that went back without leaving us, by what it became."""

AMOUNTS = {"before", "total", "amount", "owed"}
INSTANTS = {
    "starts_at",
    "ends_at",
    "promised_for",
    "expected_at",
    "until",
    "expires_at",
    "due_at",
    "was_due_at",
    "resolve_due",
}


NOT_KEPT = "–"
"""What stands for a fact that entries of an earlier version did not keep."""


def tell(entry: Entry) -> str:
    """An entry in plain words; one of a type that the table lacks is told by its type."""
    return worded(entry, sentence_of(entry))


def tell_herself(entry: Entry) -> str:
    """The same, as the person reads it whom it is about."""
    return worded(entry, FOR_HERSELF.get(entry.type) or sentence_of(entry))


def sentence_of(entry: Entry) -> Promise | None:
    """How an entry is told; nothing where the table lacks its type."""
    if entry.type == "payment.refunded" and (counted := COUNTED.get(entry.data.get("tender", ""))):
        return counted
    return SENTENCES.get(entry.type)


def worded(entry: Entry, sentence: Promise | None) -> str:
    """A sentence with the facts of an entry in it; the entry's type where there is none."""
    if sentence is None:
        return entry.type
    facts = {name: in_words(name, value, entry.data) for name, value in entry.data.items()}
    return str(sentence) % defaultdict(lambda: NOT_KEPT, facts)


def in_words(name: str, value: Any, facts: dict[str, Any]) -> str:
    """One fact of an entry, as a reader writes it."""
    match value:
        case True:
            return str(_("yes"))
        case False:
            return str(_("no"))
        case int() if name in AMOUNTS:
            return money(value, facts.get("currency", "EUR"))
        case str() if name in INSTANTS and value:
            return moment(datetime.fromisoformat(value))
    return named(str(value))
