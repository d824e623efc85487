"""The back office: every row of the house can be looked at, and nothing is typed over."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.backoffice import Editable
from commerce.carts.models import Cart
from commerce.channels.models import Device
from commerce.customers.merges import merge
from commerce.customers.models import Reading
from commerce.ids import digest
from commerce.pricing.models import Price
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import open_journey
from tests import factories
from tests.factories import MONDAY, location, person, staff, variant

OURS = ("commerce", "inventory", "orders", "notifications")
MODELS = [model for model in apps.get_models() if model.__module__.startswith(OURS)]
REGISTERED = [model for model in MODELS if model in admin.site._registry]


@pytest.fixture
def office(db: None) -> Client:
    """Somebody of the back office."""
    client = Client()
    client.force_login(staff("back_office"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(model: type[Model], kind: str = "changelist") -> str:
    """The address of a model's page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}")


def test_every_model_is_in_the_admin() -> None:
    assert [model._meta.label for model in MODELS if model not in REGISTERED] == []


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_opens_and_can_be_searched(model: type[Model], office: Client) -> None:
    addresses = [page(model), f"{page(model)}?q=x"]
    if isinstance(admin.site._registry[model], Editable):
        addresses.append(page(model, "add"))

    assert [office.get(address).status_code for address in addresses] == [200] * len(addresses)


def test_lists_ask_as_much_for_three_rows_as_for_one(office: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            for model in (Cart, Price, Task, Device):
                office.get(page(model))
        return len(captured)

    def add_rows() -> None:
        who, journey = person(), open_journey(at=MONDAY)
        variant()
        Cart.objects.create(
            journey=journey, person=who, sales_channel=factories.sales_channel(), created_at=MONDAY, edited_at=MONDAY
        )
        Task.objects.create(handler="x", journey=journey, key=f"k{journey.pk}", due_at=MONDAY)
        Device.objects.create(name="till", role="store", location=location(), key_digest=f"{who.pk}", created_at=MONDAY)

    add_rows()
    queries()
    with_one = queries()
    add_rows()
    add_rows()

    assert queries() == with_one


def test_a_machine_gets_a_key_that_is_shown_once_and_stored_nowhere(office: Client) -> None:
    store = location()

    answer = office.post(page(Device, "add"), {"name": "till 1", "role": "store", "location": store.pk})

    device = Device.objects.get()
    key = str(next(iter(get_messages(answer.wsgi_request)))).rsplit(" ", 1)[-1]
    assert device.key_digest == digest(key)
    assert Client().get("/api/v1/session/", headers={"Authorization": f"Bearer {key}"}).json()["role"] == "store"


def test_a_rotated_key_and_a_revoked_machine_open_nothing_any_more(office: Client) -> None:
    device = Device.objects.create(
        name="till", role="store", location=location(), key_digest=digest("first"), created_at=MONDAY
    )

    answer = office.post(page(Device), {"action": "rotate", "_selected_action": [device.pk]})
    second = str(next(iter(get_messages(answer.wsgi_request)))).rsplit(" ", 1)[-1]
    after_rotation = [status_with(key) for key in ("first", second)]
    office.post(page(Device), {"action": "revoke", "_selected_action": [device.pk]})

    assert after_rotation == [401, 200]
    assert status_with(second) == 401


def status_with(key: str) -> int:
    """How a door that everybody may knock at answers a key."""
    return Client().get("/api/v1/session/", headers={"Authorization": f"Bearer {key}"}).status_code


def test_looking_at_a_person_is_written_down(office: Client) -> None:
    lucia = person(email="lucia@example.com")

    office.get(reverse("admin:customers_person_change", args=[lucia.pk]))

    reading = Reading.objects.get()
    assert (reading.person, reading.actor.split(":")[0]) == (lucia, "staff")


def test_a_merge_is_taken_back_by_the_use_case(office: Client) -> None:
    one, other = person("A"), person("B")
    edge = merge(
        one, into=other, evidence="same phone", journey=open_journey(at=MONDAY), by=SYSTEM, channel="web", at=MONDAY
    )

    office.post(reverse("admin:customers_merge_changelist"), {"action": "take_back", "_selected_action": [edge.pk]})

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.root, other.root) == (None, None)


def test_a_task_that_was_given_up_is_taken_up_again(office: Client) -> None:
    task = Task.objects.create(handler="x", key="k", due_at=MONDAY, status="given_up", attempts=8, finished_at=MONDAY)

    office.post(page(Task), {"action": "take_up", "_selected_action": [task.pk]})

    task.refresh_from_db()
    assert (task.status, task.attempts) == ("pending", 0)
