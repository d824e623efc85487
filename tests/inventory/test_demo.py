"""The demo retailer is loaded once, whole, through the doors that a retailer's own data takes."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import Sum

from commerce.catalog.models import Product, Variant
from commerce.channels.models import Location, SalesChannel, StaffMember
from commerce.customers import consent
from commerce.customers.people import find_by_contact
from commerce.pricing.models import PriceList
from commerce.promotions.models import Coupon, Promotion
from commerce.timeline.models import Entry, Task
from inventory.models import Movement, Stock

pytestmark = pytest.mark.django_db

FOLDER = Path("commerce/catalog/demo")


@pytest.fixture
def told(settings, tmp_path) -> list[str]:
    settings.VAR_DIR = tmp_path
    return load()


def load() -> list[str]:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue().splitlines()


def test_everything_in_the_files_is_there(told):
    assert [line.split(maxsplit=1) for line in told[:-1]] == [
        ["places", "6 locations, 7 sales channels"],
        ["taxes", "4 rates"],
        ["catalog", "202 products (202 new, 0 changed), 651 prices set"],
        ["promotions", "10 promotions"],
        ["people", "30 people (30 new)"],
        ["staff", "13 log-ins (13 new)"],
        ["stock", "2400 shelves (2400 new)"],
    ]
    assert Stock.objects.aggregate(Sum("on_hand")) == Movement.objects.aggregate(on_hand__sum=Sum("quantity"))


def test_twice_is_once(told):
    again = load()

    assert [line.split(maxsplit=1)[1] for line in again[2:7]] == [
        "202 products (0 new, 0 changed), 0 prices set",
        "10 promotions",
        "30 people (0 new)",
        "13 log-ins (0 new)",
        "2400 shelves (0 new)",
    ]
    assert again[-1] == told[-1]
    counts = [Product, Variant, Location, SalesChannel, Promotion, Coupon, StaffMember, Movement]
    assert [model.objects.count() for model in counts] == [202, 651, 6, 7, 10, 4, 13, 2400]
    assert PriceList.objects.get().version == 4


def test_products_speak_both_languages(told):
    mug = Product.objects.get(handle="taza-alba")

    assert (mug.title, mug.translations["en"]["title"]) == ("Taza Alba", "Alba mug")
    assert mug.search_text.startswith("taza alba mug |")


def test_people_can_be_reached_as_they_agreed(told):
    nuria = find_by_contact("phone", "621 000 101")

    assert nuria is not None
    assert nuria.preferred_hours == ["18:00", "21:00"]
    assert nuria.addresses.count() == 2
    assert consent.granted(nuria, "whatsapp", "marketing")
    assert not consent.granted(nuria, "sms", "marketing")


def test_staff_log_in_with_the_password_that_is_printed_and_see_their_own_stores(told):
    password = told[-1].rpartition(" ")[2]

    assert all(user.check_password(password) for user in User.objects.filter(username__in=["direccion", "almacen"]))
    bound = {m.user.username: [place.code for place in m.locations.all()] for m in StaffMember.objects.all()}
    assert bound["tienda-toledo"] == ["TDA-TOLEDO"]
    assert bound["direccion"] == bound["agente-1"] == []
    assert list(User.objects.filter(is_superuser=True).values_list("username", flat=True)) == ["direccion"]


def test_a_lost_password_is_made_anew(told, settings):
    (settings.VAR_DIR / "demo-password").unlink()

    password = load()[-1].rpartition(" ")[2]

    assert User.objects.get(username="agente-1").check_password(password)


def test_loading_writes_no_personal_data_on_the_timeline_and_wakes_nobody(told):
    people = json.loads((FOLDER / "people.json").read_text())
    written = json.dumps(list(Entry.objects.values_list("data", flat=True)))

    assert Entry.objects.exists()
    assert [p["key"] for p in people if p["email"] in written or p["family_name"] in written] == []
    assert not Task.objects.exists()


def test_production_refuses_it(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="do not belong into production"):
        call_command("load_demo")
