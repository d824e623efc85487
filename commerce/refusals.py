"""Refusals in the reader's language: stable code → sentence. Facts of the refusal may stand in it by name."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REFUSALS = {
    "busy": _("Others are changing the same thing. Please try again."),
    "too_many_requests": _("That was too often. Please wait a moment."),
    # prices and promotions
    "no_sales_channel": _("Nothing is sold here yet. The back office must set it up."),
    "not_for_sale": _("Not everything in the cart can be bought at the moment."),
    "no_tax_rate": _("A tax rate is missing. The back office must enter it."),
    "coupon_unknown": _("We do not know this code."),
    "coupon_ended": _("This code has ended."),
    "coupon_used_up": _("This code was used already."),
    "coupon_needs_person": _("This code is for people who have logged in."),
    "coupon_not_yours": _("This code was given to somebody else. If it is yours, please log in."),
    "not_a_second_person": _("Somebody else must agree to this."),
    "over_your_limit": _("This is more than your role may agree to."),
    "already_decided": _("This was decided already."),
    # carts and links
    "cart_changed": _("The cart was changed meanwhile, perhaps on another device. Here is how it stands now."),
    "cart_closed": _("This cart is being checked out, or was ordered."),
    "operation_reused": _("This was sent before, as another change. Please look at the cart and try again."),
    "too_many_units": _("A cart holds at most %(limit)s units of one thing."),
    "too_many_lines": _("A cart holds at most %(limit)s different things."),
    "link_not_found": _("This link is not known. Perhaps it was cut off."),
    "link_expired": _("This link no longer works."),
    "not_a_photo": _("This is no picture that we can read. Please send a JPEG, PNG or WebP file."),
    "photo_too_large": _("This picture is too large."),
    "no_such_page": _("There are fewer pages."),
    "not_found": _("There is nothing here"),
    # people
    "not_an_address": _("This is not an address we can use."),
    "no_address_for_contact_channel": _("We have no address for this way of contact."),
    "login_code_not_accepted": _("This code does not fit, or its ten minutes are over. Please ask for a new one."),
    "already_one_person": _("These are one person already."),
    "people_kept_apart": _("It was decided that these are never the same person."),
    "suggestion_decided": _("Somebody else has decided about these two meanwhile."),
    "erasure_over": _("This is done already, or was taken back."),
    "erasure_hold_invalid": _("Please give a reason, and a day within ten years."),
    "already_split": _("This was undone already."),
    "too_many_addresses": _("These are too many addresses. Please remove one first."),
    # cases
    "case_is_open": _("You have told us about this already. The case is %(key)s."),
    "not_her_order": _("There is no such order."),
    "case_is_closed": _("This case is closed."),
    "case_step_settled": _("Somebody was faster: this step is settled."),
    "nothing_to_swap": _("Please say which goods are to be swapped."),
    # stock
    "out_of_stock": _("There is not enough of it left."),
    "not_enough_stock": _("There are not so many units there."),
    "nothing_expected": _("Nothing more is expected here under this reference."),
    "nothing_held": _("Nothing is held any more. Please start the checkout again."),
    "not_allocated": _("Nothing is allocated to this order line."),
    "too_many_reservations": _("So much is not kept for one person at a time."),
    "reservation_too_long": _("Nothing is kept for that long."),
    "still_available": _("There is no need to wait: it can be had at once."),
    "sold_out": _("It is sold out, and nobody holds units that could come free."),
    "backorders_full": _("No more of it is sold before it is here."),
    "already_in_line": _("This cart stands in line for it already."),
    "reservation_ended": _("This reservation is over."),
    "too_many_checkouts": _("Too many checkouts are open. Please finish or end one first."),
    "count_differs": _("This count was sent before, with other figures."),
    "location_does_not_serve": _("This store does not serve this purchase."),
    "unknown_place": _("We do not know this place. Give a Spanish postal code, or the town."),
    "store_never_open": _("This store has no opening hours in the next weeks."),
    # tills
    "not_a_till": _("Only a till with a key of its own may do this."),
    "till_revoked": _("This till was shut out. Ask the back office."),
    "till_signature_wrong": _("What arrived is not what the till sent."),
    "till_mistaken": _("This was meant for another till, or another store."),
    # orders
    "cart_empty": _("There is nothing in the cart."),
    "price_changed": _("The price has changed. Please look at the new total and confirm once more."),
    "contact_missing": _("We need an email address or a phone number, to tell you when it is ready."),
    "tender_missing": _("Please say how this is paid."),
    "checkout_ended": _("This checkout was given up before it was paid."),
    "already_paid": _("This is paid already."),
    "not_paid": _("This is not paid yet."),
    "cannot_refund": _("What was paid this way goes back in another way."),
    "checkout_revoked": _("This checkout was taken back."),
    "too_late_to_cancel": _("It is being prepared already, or has left. It cannot be canceled any more."),
    "nothing_to_pay": _("Nothing is to be paid for this order."),
    "nothing_to_refund": _("There is nothing that could be paid back."),
    "refund_too_large": _("This is more than was paid."),
    "stripe_not_connected": _("Cards cannot be taken at the moment."),
    "unknown_gift_card": _("No gift card has this code, or it has ended."),
    "not_enough_credit": _("There is not enough left on it."),
    "more_than_owed": _("This is more than is owed."),
    "not_payable": _("The order was canceled. No money is taken for it."),
    "tender_not_allowed": _("Please choose another way to pay."),
    "wrong_installments": _("The parts are not what is owed, or their days are not in order."),
    "nothing_to_issue": _("There is nothing of which this document could tell."),
    "wrong_proof": _("The code, or the order number and the name, do not fit."),
    "second_proof_wrong": _("Of this person no order has this number or code."),
    "parcel_known": _("Another parcel has this number already."),
    "parcel_unknown": _("No parcel of ours has this number."),
    "never_bought": _("This was not bought with this order."),
    "more_than_bought": _("So many are not left to come back."),
    "not_returnable": _("Our return policy does not take this back."),
    "return_step_missing": _("Please answer every question first."),
    "found_differs": _("Please say the condition of everything that came back."),
    "credit_needs_person": _("Store credit belongs to somebody. Please find the person first."),
    "policy_in_the_past": _("A new version of the policy begins in the future."),
    "policy_known": _("This version was published. A change needs a new name."),
    "illegal_move": _("This step is not possible now. Perhaps somebody was faster."),
}


def sentence(code: str, detail: str, facts: dict[str, Any]) -> str:
    """A refusal as a shopper or clerk reads it; the use case's own words where the table has none."""
    words = REFUSALS.get(code)
    try:
        return str(words) % facts if words else detail
    except (KeyError, TypeError):
        return detail
