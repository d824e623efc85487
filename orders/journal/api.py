"""The API of tills: what they sold, also while they were offline, and that they are alive."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.catalog.models import Variant
from commerce.channels.models import Device
from commerce.rest.fields import Strict, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import NoSalesChannel
from orders.journal import apart, clocks, leases, sequences, signing
from orders.journal.clocks import Claim
from orders.journal.schema import HeartbeatAnswer, LeaseAnswer, LeaseAsked, NewSales, SalesAnswer, Sent
from orders.journal.taking import Batch, apart_as, take
from orders.selling import selling_channel


class TillDoor(APIView):
    """A door for devices only: what they send is signed, names them and their store, and is refused with an alarm."""

    parser_classes = [signing.SignedJSONParser]
    takes: type[Strict]
    said: dict[str, Any]
    till: Device
    at: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find out who sends what; before the transaction of the method, so that an alarm stays when it is refused."""
        self.at = clock.now()
        try:
            signing.check_key(request, at=self.at)
        except signing.TillRevoked as problem:
            self.shut_out(request, problem.device)
            raise
        super().initial(request, *args, **kwargs)
        self.said = read_body(request, self.takes)
        said = self.said
        self.till = signing.check(request, device_said=said["device"], location_said=said["location"], at=self.at)

    def shut_out(self, request: Request, device: Device) -> None:
        """What becomes of what a till tells that was shut out: nothing."""

    def sent(self) -> Claim:
        """What the till's clock showed; raises ValidationError."""
        try:
            return clocks.read(self.said["sent_at"], ZoneInfo(store_of(self.till).timezone))
        except ValueError as problem:
            raise serializers.ValidationError({"sent_at": [f"it {problem}"]}) from problem


def store_of(device: Device) -> Any:
    """The store of a till that was checked."""
    return device.location


class SalesDoor(TillDoor):
    """What a till sold, took back and undid."""

    takes = NewSales

    def shut_out(self, request: Request, device: Device) -> None:
        """Its goods are gone all the same: its facts are set apart, if it told them as it must."""
        self.till, self.said = device, read_body(request, self.takes)
        store = device.location
        names_itself = store and (self.said["device"], self.said["location"]) == (device.public_id, store.code)
        if names_itself and signing.is_signed(request, device):
            apart.keep(device, self.said["facts"], sent=self.sent(), at=self.at)

    @extend_schema(operation_id="till_sales", request=NewSales, responses=SalesAnswer)
    @idempotent
    def post(self, request: Request) -> Response:
        """Take in a batch: any number of times, in any order. Each fact is answered by itself, in the batch's order.

        Where nothing is sold through the store yet, its facts are set apart until the back office has set it up.
        """
        store = store_of(self.till)
        try:
            sales_channel = selling_channel(store)
        except NoSalesChannel as problem:
            return Response({"at": self.at, "facts": self.set_apart(problem), "missing": []})
        batch = Batch(
            device=self.till,
            store=store,
            sales_channel=sales_channel,
            installation=self.said["installation"],
            sent=self.sent(),
            facts=self.said["facts"],
        )
        answer = take(batch, at=self.at)
        facts = [asdict(fact) for fact in answer.facts]
        return Response({"at": self.at, "facts": facts, "missing": answer.missing})

    def set_apart(self, problem: NoSalesChannel) -> list[dict[str, Any]]:
        """Keep what cannot be booked yet; what becomes of each fact."""
        facts = self.said["facts"]
        apart.keep(self.till, facts, sent=self.sent(), at=self.at, flag=apart.NOTHING_SOLD)
        return [asdict(result) for result in apart_as(facts, store_of(self.till), reason=problem.code)]


class HeartbeatDoor(TillDoor):
    """A till's sign of life."""

    takes = Sent

    @extend_schema(operation_id="till_heartbeat", request=Sent, responses=HeartbeatAnswer)
    @idempotent
    def post(self, request: Request) -> Response:
        """Note that the till is alive, and tell it what it still owes us, and whether its lease stands."""
        till = sequences.lock(self.till, installation=self.said["installation"], at=self.at)
        missing = sequences.look_for_gaps(till, told=0, at=self.at)
        until = leases.sells_until(self.till, at=self.at)
        return Response({"at": self.at, "missing": missing, "lease_until": until})


class LeasesDoor(TillDoor):
    """What a till may sell while it is offline."""

    takes = LeaseAsked

    @extend_schema(operation_id="till_lease", request=LeaseAsked, responses=LeaseAnswer)
    @idempotent
    def post(self, request: Request) -> Response:
        """Take a lease in place of the last one, or give it back."""
        sequences.lock(self.till, installation=self.said["installation"], at=self.at)
        if self.said["gives_back"]:
            leases.give_back(self.till, at=self.at)
            return Response({"at": self.at, "expires_at": None, "kept_until": None, "units": [], "coupons": []})
        lease = leases.take(self.till, store_of(self.till), coupons=self.said["coupons"], at=self.at)
        skus = dict(Variant.objects.filter(pk__in=lease.units).values_list("pk", "sku"))
        units = [{"sku": skus[variant], "quantity": count} for variant, count in lease.units.items()]
        coupons = [{"code": code, "uses": uses} for code, uses in lease.coupons.items()]
        until = {"expires_at": lease.expires_at, "kept_until": lease.kept_until}
        return Response({"at": self.at, **until, "units": units, "coupons": coupons})
