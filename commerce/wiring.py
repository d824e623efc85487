"""What follows from what, read top to bottom. Names only, so that nothing here imports anything; checked at start.

FOLLOWS: entry type → functions to run, at once or after a while. STOPS: entry type → pending tasks of the same journey
that end with it. INBOX: provider → verifier and handler of its webhooks. APPROVED: what takes two people → the function
that does it once the second one agreed. AUDITS: where the rules live that `manage.py audit` asks.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Follow:
    """A function that must follow an entry: `handler(task, *, at)`.

    `after` counts from when the entry happened. `moves` keeps one pending task per journey and moves it: 60 minutes
    after the *last* edit of a cart, not after each.
    """

    handler: str
    after: timedelta = timedelta()
    moves: bool = False


REMIND_OF_CART = Follow("notifications.triggers.remind_of_cart", after=timedelta(minutes=60), moves=True)
TELL_OF_FULFILLMENT = Follow("notifications.triggers.tell_of_fulfillment")
PROMISE_KEPT = Follow("orders.promise_ledger.keep")
KEPT_TILL_COLLECTED = Follow("orders.promise_ledger.keep_till_collected")
PROMISE_LOOKED_AT = Follow("orders.promise_ledger.look")
TELL_OF_CHANGE = Follow("notifications.changes.tell_of_change")
TELL_OF_RETURN = Follow("notifications.returns.tell_of_return")
TELL_OF_CASE = Follow("notifications.cases.triggers.tell_of_case")
CASE_ABOUT_CHARGE = Follow("orders.cases.about_money.open_about_charge")
TAKE_KEPT_MONEY = Follow("orders.stripe.capturing.capture_for")

ISSUE_PAPERS = Follow("orders.documents.following.issue_due", moves=True)

FOLLOWS: dict[str, tuple[Follow, ...]] = {
    "login_code.requested": (Follow("notifications.triggers.send_login_code"),),
    "person.merged": (Follow("commerce.carts.merging.join_carts"),),
    "person.split": (Follow("commerce.carts.merging.part_carts"),),
    "cart.edited": (REMIND_OF_CART,),
    "cart.coupon_applied": (REMIND_OF_CART,),
    "cart.claimed": (REMIND_OF_CART,),
    "order.placed": (Follow("notifications.triggers.confirm_order"), ISSUE_PAPERS),
    "payment.captured": (ISSUE_PAPERS,),
    "payment.refunded": (ISSUE_PAPERS, Follow("notifications.refunded.tell_of_refund")),
    "till.sold": (ISSUE_PAPERS,),
    "order.changed": (TELL_OF_CHANGE, ISSUE_PAPERS),
    "order.address_changed": (TELL_OF_CHANGE,),
    "order.held": (TELL_OF_CHANGE,),
    "order.released": (TELL_OF_CHANGE,),
    "order.canceled": (Follow("notifications.changes.tell_of_end"),),
    "order.completed": (
        Follow("orders.cases.swapping.arrived"),
        Follow("notifications.triggers.ask_how_it_was", after=timedelta(hours=24)),
    ),
    "fulfillment.allocated": (TELL_OF_FULFILLMENT,),
    "fulfillment.ready": (TELL_OF_FULFILLMENT, PROMISE_KEPT),
    "fulfillment.unserved": (TELL_OF_FULFILLMENT,),
    "fulfillment.waiting": (Follow("notifications.triggers.remind_of_pickup"),),
    "fulfillment.expired": (TELL_OF_FULFILLMENT, KEPT_TILL_COLLECTED),
    "fulfillment.collected": (TAKE_KEPT_MONEY, KEPT_TILL_COLLECTED),
    "fulfillment.handed_to_carrier": (TELL_OF_FULFILLMENT, TAKE_KEPT_MONEY, PROMISE_LOOKED_AT),
    "fulfillment.expected": (PROMISE_LOOKED_AT, Follow("notifications.arriving.on_estimate")),
    "fulfillment.out_for_delivery": (TELL_OF_FULFILLMENT,),
    "fulfillment.delivered": (TELL_OF_FULFILLMENT, PROMISE_KEPT),
    "fulfillment.failed": (TELL_OF_FULFILLMENT, PROMISE_LOOKED_AT),
    "fulfillment.returned_to_sender": (TELL_OF_FULFILLMENT, Follow("orders.promise_ledger.come_back")),
    "fulfillment.canceled": (Follow("orders.promise_ledger.withdraw"), Follow("orders.delivery.booking.call_off")),
    "promise.endangered": (Follow("notifications.triggers.tell_of_danger"),),
    "promise.broken": (Follow("notifications.triggers.tell_of_danger"),),
    "promise.dated": (Follow("notifications.triggers.tell_of_day"),),
    "promise.moved": (Follow("orders.promise_ledger.restate"),),
    "return.requested": (TELL_OF_RETURN,),
    "return.canceled": (TELL_OF_RETURN,),
    "return.received": (TELL_OF_RETURN,),
    "return.unreceived": (Follow("notifications.returns.take_back_what_was_told"),),
    "return.inspected": (TELL_OF_RETURN,),
    "return.reopened": (Follow("notifications.returns.take_back_what_was_told"),),
    "return.settled": (TELL_OF_RETURN,),
    "case.opened": (TELL_OF_CASE,),
    "case.reopened": (TELL_OF_CASE,),
    "case.step_done": (TELL_OF_CASE,),
    "case.step_moved": (TELL_OF_CASE,),
    "case.swap_agreed": (TELL_OF_CASE,),
    "case.clock_missed": (TELL_OF_CASE,),
    "case.closed": (TELL_OF_CASE, Follow("notifications.cases.triggers.ask_about_case", after=timedelta(hours=24))),
    "conversation.replied": (
        Follow("notifications.conversations.unread.fall_back", after=timedelta(minutes=10), moves=True),
    ),
    "reservation.offered": (Follow("notifications.triggers.tell_of_reservation"),),
    "alert.offered": (Follow("notifications.triggers.tell_of_news"),),
    "reservation.ending": (Follow("notifications.triggers.tell_of_reservation"),),
    "checkout.abandoned": (
        Follow("orders.stripe.asking.close_pages"),
        Follow("notifications.triggers.tell_that_link_ended"),
    ),
    "payment.page_opened": (Follow("notifications.triggers.send_payment_link"),),
    "payment.asked": (Follow("orders.stripe.asking.open_page"),),
    "payment.due_soon": (Follow("notifications.triggers.remind_of_payment"),),
    "agreement.broken": (Follow("orders.unpaid.take_back", after=timedelta(days=3)),),
    "order.unpaid": (Follow("notifications.triggers.tell_that_unpaid"),),
    "agreement.kept": (Follow("orders.backorders.pay"),),
    "refund.started": (Follow("orders.stripe.refunding.send"),),
    "payment.differs": (CASE_ABOUT_CHARGE,),
    "dispute.opened": (CASE_ABOUT_CHARGE,),
    "dispute.closed": (Follow("orders.cases.about_money.close_about_dispute"),),
    "card.asked": (Follow("orders.stripe.card_pages.open_page"),),
    "card.removed": (Follow("orders.stripe.kept_cards.detach"),),
}

STOPS: dict[str, tuple[str, ...]] = {
    "order.placed": ("notifications.triggers.remind_of_cart",),
    "cart.merged": ("notifications.triggers.remind_of_cart",),
}

INBOX: dict[str, tuple[str, str]] = {
    "stripe": ("orders.stripe.hooks.verify", "orders.stripe.hooks.handle"),
    "meta": ("notifications.meta.verify", "notifications.meta.handle"),
    "email": ("notifications.mail.hooks.verify", "notifications.mail.hooks.handle"),
    "twilio": ("notifications.twilio_hook.verify", "notifications.twilio_hook.handle"),
    "carrier": ("orders.carrier.verify", "orders.carrier.handle"),
}

INBOX_MATTERS: dict[str, str] = {"carrier": "orders.carrier.note_matter"}
"""Who hears of webhooks of a provider that cannot be handled, and of their end: `note(event, reason, *, at)`."""

APPROVED: dict[str, str] = {
    "discount": "commerce.carts.discounts.carry_out",
    "refund": "orders.refunding.carry_out",
}

BACKORDER_SERVED = "orders.backorders.take_up"
"""Who is told that a demand that stood in line has all its units; inventory knows demands, not orders."""

DEMANDS = "orders.demands.orders_of"
"""Who knows whose demands are: demand → public id and number of its order."""

LARGE_BODIES = {"email": 25 * 1024 * 1024}
"""Providers whose webhooks may be larger than an API call, in bytes: a mail brings its pictures along."""

FORECASTS: dict[str, str] = {
    "pickup": "orders.promise_ledger.forecast_pickup",
    "delivery": "orders.promise_ledger.forecast_delivery",
    "backorder": "orders.promise_ledger.forecast_delivery",
    "reservation": "inventory.reservations.forecast",
    "callback": "orders.promise_ledger.forecast_call",
    "case_step": "orders.cases.promised.forecast_step",
}
"""What will become of a promise, by its kind: `forecast(promise, *, at)`. Those of other kinds hold by themselves."""

AUDITS: tuple[str, ...] = (
    "commerce.timeline.audit.RULES",
    "commerce.approvals.audit.RULES",
    "commerce.customers.audit.RULES",
    "commerce.promotions.audit.RULES",
    "commerce.carts.audit.RULES",
    "commerce.promises.audit.RULES",
    "inventory.audit.RULES",
    "inventory.alerts.audit.RULES",
    "orders.audit.RULES",
    "orders.delivery.audit.RULES",
    "orders.money_audit.RULES",
    "orders.returns.audit.RULES",
    "orders.journal.audit.RULES",
    "notifications.audit.RULES",
)
