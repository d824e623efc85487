"""The retailer that is measured: a thousand variants in one warehouse and six stores, with more stock than can sell."""

from django.db import connection

from commerce.catalog.models import Product, Variant
from commerce.channels.models import Location, SalesChannel
from commerce.pricing.models import Price, PriceList, TaxRate
from inventory.models import Movement, Stock
from tests.factories import LONG_AGO

VARIANTS = 1000
PLENTY = 1_000_000
PRICE = 1995
HOURS = {day: [["10:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def build() -> None:
    """Make the retailer once; a second call finds it there."""
    if Variant.objects.filter(sku="B-0").exists():
        return
    places = [
        Location.objects.create(
            code=f"b-store-{n}", name=f"Tienda {n}", kind="store", offers_pickup=True, opening_hours=HOURS
        )
        for n in range(5)
    ]
    places.append(Location.objects.create(code="b-warehouse", name="Almacén", kind="warehouse"))
    for kind in ("web", "store", "call_center"):
        SalesChannel.objects.create(code=kind, name=kind, kind=kind).locations.set(places)
    TaxRate.objects.create(country="ES", category="standard", basis_points=2100, starts_at=LONG_AGO)
    products = Product.objects.bulk_create(
        Product(handle=f"b-{n}", title=f"Taza de prueba {n}", search_text=f"taza de prueba {n}")
        for n in range(VARIANTS)
    )
    variants = Variant.objects.bulk_create(Variant(product=p, sku=f"B-{n}") for n, p in enumerate(products))
    prices = PriceList.objects.create(code="pvp", currency="EUR")
    Price.objects.bulk_create(Price(price_list=prices, variant=v, amount=PRICE, starts_at=LONG_AGO) for v in variants)
    rows = Stock.objects.bulk_create(
        [Stock(variant=v, location=place, on_hand=PLENTY) for v in variants for place in places], batch_size=2000
    )
    Movement.objects.bulk_create(
        [
            Movement(
                stock=row,
                kind="received",
                quantity=PLENTY,
                cause="bench",
                actor="system",
                occurred_at=LONG_AGO,
                recorded_at=LONG_AGO,
            )
            for row in rows
        ],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
