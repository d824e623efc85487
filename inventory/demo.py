"""The demo retailer, loaded through the doors that a retailer's own data takes; run again, it changes nothing."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.db import transaction

from commerce.catalog.importing import translate_titles, translate_words
from commerce.catalog.models import Category, Product, Variant
from commerce.channels.models import Location, Role, SalesChannel, StaffMember
from commerce.customers import consent
from commerce.customers.addresses import normalize
from commerce.customers.models import ContactPoint, Person, PostalAddress
from commerce.ids import fold, spoken_code
from commerce.inbox.models import ExternalId
from commerce.pricing.importing import import_catalog
from commerce.pricing.models import PriceList, TaxRate
from commerce.promotions.models import Coupon, Promotion
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import open_journey
from inventory import ledger

FOLDER = Path("commerce/catalog/demo")
SYSTEM_NAME = "demo"

TAXES = {"standard": 2100, "reduced": 1000, "super_reduced": 400, "zero": 0}
"""Spain's VAT since September 2012, in basis points."""


def load(*, password: str, at: datetime) -> Iterator[tuple[str, str]]:
    """Load part after part; yields each part's name and what came of it. The password is that of the staff."""
    parts: dict[str, Callable[[], str]] = {
        "places": load_places,
        "taxes": load_taxes,
        "catalog": partial(load_catalog, at=at),
        "promotions": partial(load_promotions, at=at),
        "people": partial(load_people, at=at),
        "staff": partial(load_staff, password=password),
        "stock": partial(load_stock, at=at),
    }
    for name, part in parts.items():
        with transaction.atomic():
            told = part()
        yield name, told


def file(name: str) -> Path:
    """One of the demo's files."""
    path: Path = settings.BASE_DIR / FOLDER / name
    return path


def entries(name: str) -> Any:
    """The content of one of its JSON files."""
    return json.loads(file(name).read_text(encoding="utf-8"))


def load_places() -> str:
    """Warehouse, stores and sales channels."""
    places = entries("places.json")
    for place in places["locations"]:
        Location.objects.update_or_create(
            code=place["code"],
            defaults={
                "name": place["name"],
                "kind": place["kind"],
                "street": place["address"],
                "postal_code": place["postal_code"],
                "city": place["city"],
                "country": place["country"],
                "latitude": place["lat"],
                "longitude": place["lon"],
                "phone": place["phone"],
                "timezone": place["zone"],
                "opening_hours": place["opening_hours"],
                "holidays": place["holidays"],
                "offers_pickup": place["pickup"],
                "preparation_minutes": place["preparation_minutes"],
            },
        )
    by_code = {location.code: location for location in Location.objects.all()}
    for channel in places["sales_channels"]:
        made, _ = SalesChannel.objects.update_or_create(
            code=channel["code"],
            defaults={
                "name": channel["name"],
                "kind": channel["kind"],
                "currency": channel["currency"],
                "country": places["retailer"]["country"],
            },
        )
        made.locations.set([by_code[code] for code in channel["locations"]])
    return f"{len(places['locations'])} locations, {len(places['sales_channels'])} sales channels"


def load_taxes() -> str:
    """The country's rates."""
    since = datetime(2012, 9, 1, tzinfo=UTC)
    for category, basis_points in TAXES.items():
        TaxRate.objects.get_or_create(
            country="ES", category=category, starts_at=since, defaults={"basis_points": basis_points}
        )
    return f"{len(TAXES)} rates"


def load_catalog(*, at: datetime) -> str:
    """Products and prices, by the importer that a retailer uses; then titles, categories and options in English."""
    prices = PriceList.objects.filter(code="pvp").first() or PriceList(code="pvp", currency="EUR")
    imported = import_catalog(file("catalog.csv"), price_list=prices, language="es", at=at)
    if imported.faults:
        raise ValueError(f"the demo's own catalog has a fault: {imported.faults[0]}")
    with file("titles_en.csv").open(encoding="utf-8", newline="") as stream:
        translate_titles({row["handle"]: row["title_en"] for row in csv.DictReader(stream)}, language="en")
    with file("words_en.csv").open(encoding="utf-8", newline="") as stream:
        translate_words({row["word"]: row["word_en"] for row in csv.DictReader(stream)}, language="en")
    products = imported.created + imported.changed + imported.unchanged
    return f"{products} products ({imported.created} new, {imported.changed} changed), {imported.prices} prices set"


def load_promotions(*, at: datetime) -> str:
    """What takes something off, by itself or with a code. One that is there is left as it is."""
    promotions = entries("promotions.json")
    for entry in promotions:
        scope = entry["scope"] if isinstance(entry["scope"], dict) else {}
        promotion, created = Promotion.objects.get_or_create(
            name=entry["name_es"],
            defaults={
                "names": {"en": entry["name_en"]},
                "kind": entry["kind"],
                "value": entry["value"],
                "currency": entry["currency"],
                "needs_coupon": bool(entry["code"]) or entry.get("personal", False),
                "minimum_total": entry["minimum_total"],
                "category": Category.objects.get(path=scope["category"]) if "category" in scope else None,
                "starts_at": entry["starts_at"],
                "ends_at": entry["ends_at"],
            },
        )
        if created and "handles" in scope:
            promotion.products.set(Product.objects.filter(handle__in=scope["handles"]))
        if entry["code"]:
            Coupon.objects.get_or_create(
                folded=fold(entry["code"]),
                defaults={
                    "promotion": promotion,
                    "code": entry["code"],
                    "use_limit": entry["limit_total"],
                    "uses_per_person": entry["limit_per_person"],
                    "created_at": at,
                },
            )
    return f"{len(promotions)} promotions"


def load_people(*, at: datetime) -> str:
    """People to sell to, with their addresses and what they agreed to."""
    people = entries("people.json")
    known = set(ExternalId.objects.filter(system=SYSTEM_NAME, kind="person").values_list("external_id", flat=True))
    for entry in people:
        if entry["key"] not in known:
            load_person(entry, at=at)
    return f"{len(people)} people ({len(people) - len(known)} new)"


def load_person(entry: dict[str, Any], *, at: datetime) -> None:
    """One person."""
    hours = entry["preferred_hours"]
    person = Person.objects.create(
        given_name=entry["given_name"],
        family_name=entry["family_name"],
        language=entry["language"],
        timezone=entry["zone"],
        group=entry["group"],
        preferred_contact_channel=entry["preferred_contact_channel"] or "",
        preferred_hours=hours[0] if hours else None,
        created_at=at,
    )
    ids = {SYSTEM_NAME: entry["key"]} | ({"loyalty": entry["loyalty_card"]} if "loyalty_card" in entry else {})
    ExternalId.objects.bulk_create(
        ExternalId(system=system, kind="person", external_id=name, ours=person.public_id)
        for system, name in ids.items()
    )
    PostalAddress.objects.bulk_create(
        PostalAddress(person=person, recipient=str(person), entered_at=at, entered_in="web", **address)
        for address in entry["addresses"]
    )
    reached = {"email": entry["email"], "phone": entry["phone"], "whatsapp": entry["phone"]} | entry.get("handles", {})
    points = {
        kind: ContactPoint.objects.create(
            person=person,
            kind=kind,
            value=normalize(kind, value),
            verified_at=at,
            verified_how="demo",
            created_at=at,
        )
        for kind, value in reached.items()
    }
    journey = open_journey(at=at)
    for choice in entry["consents"]:
        carried_by = consent.CARRIES.get(choice["contact_channel"])
        if carried_by in points:  # a letter needs no address of its own kind
            consent.choose(
                points[carried_by], **choice, method="demo", journey=journey, by=SYSTEM, channel="web", at=at
            )


def load_staff(*, password: str) -> str:
    """Log-ins of the staff; those of stores and warehouse are bound to their places."""
    staff = entries("staff.json")
    by_code = {location.code: location for location in Location.objects.all()}
    new = 0
    for entry in staff:
        back_office = entry["role"] == Role.BACK_OFFICE
        user, created = User.objects.get_or_create(
            username=entry["username"],
            defaults={
                "first_name": entry["display_name"],
                "is_staff": back_office,
                "is_superuser": entry["username"] == "direccion",
            },
        )
        if not created:
            continue
        new += 1
        if back_office:
            rooms = Permission.objects.filter(content_type__app_label__in=["catalog", "pricing", "promotions"])
            user.user_permissions.set(rooms)
        member = StaffMember.objects.create(user=user, role=entry["role"])
        if entry["role"] in (Role.STORE, Role.WAREHOUSE):
            member.locations.set([by_code[code] for code in entry["locations"]])
    log_ins = User.objects.filter(username__in=[entry["username"] for entry in staff])
    if not log_ins.filter(username=staff[0]["username"]).get().check_password(password):
        log_ins.update(password=make_password(password))
    return f"{len(staff)} log-ins ({new} new)"


def load_stock(*, at: datetime) -> str:
    """Counted stock; a count that was loaded before is not taken again.

    Where this computer's clock is behind the day of the file, the shelves were counted just now.
    """
    with file("stock.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    variants = dict(Variant.objects.filter(sku__in={row["sku"] for row in rows}).values_list("sku", "pk"))
    locations = dict(Location.objects.values_list("code", "pk"))
    counts = []
    for row in rows:
        variant, location = variants[row["sku"]], locations[row["location"]]
        counted_at = datetime.fromisoformat(row["counted_at"])
        key = ledger.count_key(location, variant, counted_at)
        counts.append(ledger.Count(variant, location, int(row["quantity"]), min(counted_at, at), key=key))
    return f"{len(counts)} shelves ({len(ledger.count(counts, by=SYSTEM, at=at))} new)"


def demo_password() -> str:
    """The password of this installation's demo log-ins, kept beside its data so that it can be shown again."""
    path: Path = settings.VAR_DIR / "demo-password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("-".join(["demo", *(spoken_code(4).lower() for _ in range(3))]))
    return path.read_text().strip()
