"""Logging in and out over HTTP."""

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from commerce.carts import doorstep
from commerce.carts.models import Cart
from commerce.customers.consent import granted
from commerce.customers.logins import MAX_TRIES, code_of
from commerce.customers.models import LoginCode, Person
from commerce.customers.people import people_of, root_of
from commerce.promotions.models import Coupon, Promotion
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from tests import factories
from tests.factories import LONG_AGO, MONDAY

pytestmark = pytest.mark.django_db
EMAIL = "nuria@example.com"


def ask(client: Client, email: str = EMAIL, **fields: object) -> HttpResponse:
    """The first step."""
    return client.post("/api/v1/session/code/", {"email": email} | fields, content_type="application/json")


def enter(client: Client, code: str = "", email: str = EMAIL, **fields: object) -> HttpResponse:
    """The second step, with the code that was sent last unless another is given."""
    body = {"email": email, "code": code or code_of(LoginCode.objects.latest("pk"))} | fields
    return client.post("/api/v1/session/", body, content_type="application/json")


def cart(coupon: Coupon | None = None) -> Cart:
    """An anonymous cart."""
    return Cart.objects.create(
        journey=open_journey(at=MONDAY),
        sales_channel=factories.sales_channel("web"),
        currency="EUR",
        coupon=coupon,
        created_at=MONDAY,
        edited_at=MONDAY,
    )


def personal_code(lead: Person) -> Coupon:
    """A code given to somebody known by her profile alone."""
    promotion = Promotion.objects.create(
        name="Ten", kind="percentage", value=1000, needs_coupon=True, starts_at=LONG_AGO
    )
    return Coupon.objects.create(
        promotion=promotion, code="HOLA-1", folded="H0LA1", person=lead, use_limit=1, created_at=LONG_AGO
    )


def test_somebody_new_registers_with_an_email_and_the_code_that_came() -> None:
    client = Client()

    asked = ask(client, given_name="Nuria")
    answer = enter(client).json()

    assert (asked.status_code, asked.json()) == (202, {"expires_in": 600})
    assert answer["is_new"]
    assert answer["person"]["given_name"] == "Nuria"
    (given,) = answer["person"]["contact_points"]
    assert given["given_at"]
    assert given | {"given_at": ""} == {
        "kind": "email",
        "value": EMAIL,
        "verified": True,
        "given_at": "",
        "given_in": "login code",
    }
    assert client.get("/api/v1/me/").json() == answer["person"]


def test_the_first_answer_does_not_tell_whether_the_email_is_known() -> None:
    factories.person(email=EMAIL)

    known, unknown = ask(Client()), ask(Client(), "somebody.new@example.com")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_consents_are_kept_and_silence_keeps_what_she_chose_before() -> None:
    client = Client()
    ask(client)
    enter(client, consents=[{"contact_channel": "email", "purpose": "reminder", "granted": True}])

    again = Client()
    ask(again)
    enter(again)

    nuria = Person.objects.get()
    assert granted(nuria, "email", "reminder")
    assert not granted(nuria, "email", "marketing")


def test_a_consent_for_a_phone_she_has_not_given_is_refused_and_nobody_is_logged_in() -> None:
    client = Client()
    ask(client)

    answer = enter(client, consents=[{"contact_channel": "sms", "purpose": "reminder", "granted": True}])

    assert (answer.status_code, answer.json()["code"]) == (422, "no_address_for_contact_channel")
    assert client.get("/api/v1/session/").json()["role"] == "visitor"
    assert not User.objects.exists()


def test_the_cart_of_the_browser_becomes_hers_and_the_journey_tells_the_log_in() -> None:
    begun, client = cart(), Client()
    ask(client)

    answer = enter(client, cart=begun.public_id).json()

    begun.refresh_from_db()
    assert answer["cart"] == begun.public_id
    assert begun.person.public_id == answer["person"]["id"]
    assert list(begun.journey.entries.order_by("number").values_list("type", flat=True)) == [
        "person.registered",
        "cart.claimed",
    ]


def test_a_cart_that_ended_meanwhile_does_not_keep_her_out() -> None:
    begun, client = cart(), Client()
    ask(client)
    Cart.objects.update(status="ordered")

    answer = enter(client, cart=begun.public_id)

    assert (answer.status_code, answer.json()["cart"]) == (200, None)


def test_the_lead_whose_personal_code_lies_on_the_cart_is_found_to_be_her() -> None:
    lead = factories.person("")
    begun, client = cart(personal_code(lead)), Client()
    ask(client)

    enter(client, cart=begun.public_id)

    lead.refresh_from_db()
    nuria = root_of(lead)
    assert nuria.user is not None
    assert set(people_of(nuria)) == {lead, nuria}
    assert Entry.objects.get(type="person.merged").data["evidence"] == "used a personal code"


def test_a_code_works_only_in_the_browser_that_asked_for_it() -> None:
    ask(Client())

    answer = enter(Client())

    assert (answer.status_code, answer.json()["code"]) == (422, "login_code_not_accepted")


def test_after_five_wrong_tries_the_right_code_is_refused() -> None:
    client = Client()
    ask(client)

    answers = {enter(client, "AAAAAA").json()["code"] for _ in range(MAX_TRIES)} | {enter(client).json()["code"]}

    assert answers == {"login_code_not_accepted"}


def test_an_email_gets_six_codes_an_hour_whoever_asks() -> None:
    statuses = [ask(Client(), f" {EMAIL.upper()} ").status_code for _ in range(6)]

    answer = ask(Client())

    assert statuses == [202] * 6
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 3500 < int(answer["Retry-After"]) <= 3600


def test_one_place_may_not_guess_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorstep, "TRIES_PER_PLACE", doorstep.Limit("few", 3, within=doorstep.timedelta(hours=1)))

    statuses = [enter(Client(), "AAAAAA").status_code for _ in range(4)] if LoginCode.objects.exists() else []
    ask(Client())
    statuses = [enter(Client(), "AAAAAA").status_code for _ in range(4)]

    assert statuses == [422, 422, 422, 429]


def test_logging_out_leaves_nothing_in_the_browser() -> None:
    client, begun = Client(), cart()
    ask(client)
    enter(client, cart=begun.public_id)

    answer = client.delete("/api/v1/session/")

    assert answer.status_code == 204
    assert client.get("/api/v1/session/").json()["person"] is None
    assert client.get(f"/api/v1/carts/{begun.public_id}/").status_code == 404
    assert client.get("/api/v1/me/").status_code == 401


def test_the_session_key_changes_at_log_in() -> None:
    client = Client()
    ask(client)
    before = client.cookies["sessionid"].value

    enter(client)

    assert client.cookies["sessionid"].value != before


def test_once_logged_in_a_write_needs_the_token_and_before_it_must_not_come_from_another_site() -> None:
    client = Client(enforce_csrf_checks=True)
    from_elsewhere = [
        client.post("/api/v1/session/code/", {"email": EMAIL}, content_type="application/json", headers=headers)
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"})
    ]
    ask(client)
    token = enter(client).json()["csrf_token"]

    without = client.patch("/api/v1/me/", {"language": "en"}, content_type="application/json")
    with_token = client.patch(
        "/api/v1/me/", {"language": "en"}, content_type="application/json", headers={"X-CSRFToken": token}
    )

    assert [answer.status_code for answer in from_elsewhere] == [403, 403, 403]
    assert (without.status_code, with_token.status_code) == (403, 200)


def test_a_closed_account_ends_its_open_sessions() -> None:
    client = Client()
    ask(client)
    enter(client)
    User.objects.update(is_active=False)

    assert client.get("/api/v1/me/").status_code == 401


def test_who_logs_out_leaves_nothing_to_be_told_to_the_next_person() -> None:
    client = Client()
    ask(client)
    enter(client)
    client.post("/account/change/", {"language": "es", "given_name": "Nuria"})

    ended = client.delete("/api/v1/session/", headers={"X-CSRFToken": client.cookies["csrftoken"].value})
    page = client.get("/cart/").content.decode()

    assert (ended.status_code, "Guardado" in page, "Nuria" in page) == (204, False, False)
