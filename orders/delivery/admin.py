"""Delivery in the back office: methods, zones, rates and windows are kept here; appointments and bookings are shown."""

from django.contrib import admin

from commerce.backoffice import Editable, ReadOnly
from orders.delivery.models import Appointment, Booking, Method, Rate, Slot, Zone


@admin.register(Zone)
class ZoneAdmin(Editable):
    """Where we deliver."""

    list_display = ("code", "name", "country", "prefixes")
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(Method)
class MethodAdmin(Editable):
    """How we deliver."""

    list_display = ("code", "name", "carrier", "days", "cutoff", "has_slots", "is_active")
    list_filter = ("is_active", "carrier")
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(Rate)
class RateAdmin(Editable):
    """For how much."""

    list_display = ("method", "zone", "up_to_grams", "from_value", "fee", "free_from")
    list_filter = ("method", "zone")
    ordering = ("method", "zone", "from_value", "up_to_grams")


@admin.register(Slot)
class SlotAdmin(Editable):
    """In which windows of time."""

    list_display = ("starts_at", "ends_at", "cutoff_at", "zone", "method", "capacity", "booked")
    list_filter = ("zone", "method")
    readonly_fields = ("booked",)
    ordering = ("-starts_at",)


@admin.register(Appointment)
class AppointmentAdmin(ReadOnly):
    """Windows that were agreed."""

    list_display = ("slot", "order", "fulfillment", "made_at", "made_by", "ended_at")
    search_fields = ("order__number", "fulfillment__public_id")
    ordering = ("-pk",)


@admin.register(Booking)
class BookingAdmin(ReadOnly):
    """Parcels that carriers were asked to take."""

    list_display = (
        "asked_at",
        "carrier",
        "fulfillment",
        "status",
        "tracking_number",
        "error",
        "is_unclear",
        "heard_at",
    )
    list_filter = ("status", "carrier", "is_unclear")
    search_fields = ("public_id", "tracking_number", "fulfillment__public_id")
    exclude = ("label",)
    ordering = ("-pk",)
