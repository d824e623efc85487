"""Codes of ours as words: contact channels, purposes, statuses, kinds of actors."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise | str] = {
    "email": _("email"),
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "voice": _("phone"),
    "phone": _("phone"),
    "instagram": "Instagram",
    "messenger": "Messenger",
    "web": _("web"),
    "store": _("store"),
    "call_center": _("call center"),
    "reminder": _("reminders"),
    "marketing": _("offers"),
    "survey": _("survey"),
    "cart_reminder": _("cart reminder"),
    "order_confirmation": _("order confirmation"),
    "pickup_ready": _("ready to collect"),
    "shipped": _("on its way"),
    "out_for_delivery": _("out for delivery"),
    "delivered": _("delivered"),
    "delivery_failed": _("delivery failed"),
    "login_code": _("log-in code"),
    "dm_code": _("promotion code"),
    "dm_reply": _("answer"),
    "person": _("the person herself"),
    "visitor": _("a visitor"),
    "staff": _("staff"),
    "device": _("a device"),
    "system": _("by itself"),
    "provider": _("a provider"),
    "carrier": _("the carrier"),
    "allocated": _("reserved"),
    "picking": _("being prepared"),
    "ready": _("ready"),
    "collected": _("collected"),
    "expired": _("not collected"),
    "handed_to_carrier": _("on its way"),
    "failed": _("failed"),
    "returned_to_sender": _("coming back"),
    "canceled": _("canceled"),
    "placed": _("placed"),
    "completed": _("complete"),
    "waiting": _("waiting"),
    "sent": _("sent"),
    "dropped": _("not sent"),
    "unknown": _("uncertain"),
    "sending": _("being sent"),
    "accepted": _("handed over"),
    "read": _("read"),
    "send": _("send"),
    "wait": _("wait"),
    "drop": _("do not send"),
    "chat": _("chat"),
}


def named(code: str) -> str:
    """A code of ours as a word: a contact channel, a purpose, a kind of actor."""
    return str(WORDS.get(code, code))
