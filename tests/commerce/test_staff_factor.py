"""The staff's second factor: at every door the same, each code once, and not guessed."""

import pyotp
import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commerce.channels import second_factor as factors
from commerce.channels.models import RecoveryCode, SecondFactor, StaffMember
from commerce.ids import fold
from tests import factories

pytestmark = pytest.mark.django_db
DOOR = "/staff/second-factor/"
PASSWORD = "correct horse battery"


@pytest.fixture
def needed(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def ana() -> User:
    member = factories.staff("agent", username="ana")
    member.set_password(PASSWORD)
    member.save()
    return member


def log_in(client: Client, user: User) -> None:
    client.post("/staff/login/", {"username": user.username, "password": PASSWORD})


def code_of(user: User, *, later: int = 0) -> str:
    """What the app shows, or will show so many steps later."""
    factor = SecondFactor.objects.get(user=user)
    return pyotp.TOTP(factors.secrets_of(factor)[0]).generate_otp(int(timezone.now().timestamp()) // 30 + later)


def enrolled(client: Client, user: User) -> list[str]:
    """The app set up, in this browser; the recovery codes."""
    log_in(client, user)
    client.get(DOOR)
    return list(client.post(DOOR, {"code": code_of(user)}).context["codes"])


def test_who_needs_one_sets_up_the_app_and_is_in(needed, client: Client, ana: User) -> None:
    log_in(client, ana)
    before = client.get("/desk/", follow=True)
    page = client.get(DOOR).content.decode()
    codes = client.post(DOOR, {"code": code_of(ana), "next": "/desk/"}).context["codes"]

    assert before.redirect_chain[-1][0].startswith(DOOR)
    assert "data:image/svg+xml" in page
    assert len(set(codes)) == 10
    assert client.get("/desk/").status_code == 200


def test_neither_secret_nor_recovery_codes_lie_in_the_database(needed, client: Client, ana: User) -> None:
    codes = enrolled(client, ana)

    factor = SecondFactor.objects.get()
    stored = [factor.public_id, *RecoveryCode.objects.values_list("digest", flat=True)]
    assert not {factors.secrets_of(factor)[0], *codes, *map(fold, codes)} & set(stored)


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("agent", "/desk/"), ("agent", "/outbox/"), ("agent", "/api/v1/conversations/"), ("agent", "/api/v1/outbox/"),
        ("back_office", "/admin/"), ("back_office", "/admin/login/"), ("back_office", "/admin/orders/order/"),
        ("back_office", "/store/"), ("back_office", "/api/v1/messages/"),
    ],
)  # fmt: skip
def test_a_password_alone_opens_no_door_of_the_staff_by_any_path(needed, client: Client, role: str, path: str) -> None:
    client.force_login(factories.staff(role))

    answer = client.get(path)

    assert answer.status_code in (302, 401, 403)
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/staff/login/")


def test_a_superuser_is_asked_too(needed, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))

    assert client.get("/admin/").headers["Location"].startswith("/staff/login/")


def test_a_code_is_taken_once_also_by_another_browser(needed, client: Client, ana: User) -> None:
    enrolled(client, ana)
    other = Client()
    log_in(other, ana)
    used = code_of(ana)

    replayed = other.post(DOOR, {"code": used})
    fresh = other.post(DOOR, {"code": code_of(ana, later=1)})

    assert (replayed.status_code, fresh.status_code) == (422, 302)


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off_and_no_more(ana: User, steps: int, is_taken: bool) -> None:
    factor = factors.begin(ana, at=timezone.now())

    with time_machine.travel("2026-11-23T12:00:10Z", tick=False):
        assert factors.take(factor, code_of(ana, later=steps), at=timezone.now()) is is_taken


def test_an_earlier_code_is_refused_after_a_later_one(ana: User) -> None:
    factor = factors.begin(ana, at=timezone.now())
    earlier, later = code_of(ana), code_of(ana, later=1)

    assert factors.take(factor, later, at=timezone.now())
    assert not factors.take(factor, earlier, at=timezone.now())


def test_a_recovery_code_works_once(needed, client: Client, ana: User) -> None:
    code = enrolled(client, ana)[0]
    answers = []
    for _ in range(2):
        browser = Client()
        log_in(browser, ana)
        answers.append(browser.post(DOOR, {"code": f" {code[:5].lower()}-{code[5:]}"}).status_code)

    assert answers == [302, 422]


def test_codes_are_not_guessed(needed, client: Client, ana: User) -> None:
    enrolled(client, ana)
    guesser = Client()
    log_in(guesser, ana)

    answers = [guesser.post(DOOR, {"code": f"{n:06}"}, headers={"Accept": "text/html"}).status_code for n in range(7)]
    right = guesser.post(DOOR, {"code": code_of(ana, later=1)})

    assert answers[:5] == [422] * 5
    assert guesser.get("/desk/").status_code == 302
    assert right.status_code != 200


def test_who_has_set_one_up_is_asked_even_where_nobody_must(client: Client, ana: User) -> None:
    enrolled(client, ana)
    other = Client()
    log_in(other, ana)

    assert other.get("/desk/").status_code == 302


def test_nobody_sets_up_a_second_app_with_the_password_alone(needed, client: Client, ana: User) -> None:
    enrolled(client, ana)
    thief = Client()
    log_in(thief, ana)

    page = thief.get(DOOR).content.decode()

    assert "data:image" not in page
    assert factors.confirm(SecondFactor.objects.get(), code_of(ana, later=1), at=timezone.now()) == []


def test_a_colleague_lets_her_begin_anew(needed, client: Client, ana: User) -> None:
    enrolled(client, ana)
    boss = Client()
    boss.force_login(factories.staff("back_office"))
    session = boss.session
    session[factors.PASSED] = timezone.now().isoformat()
    session.save()

    boss.post(reverse("admin:auth_user_changelist"), {"action": "forget_second_factor", "_selected_action": [ana.pk]})

    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_the_secret_outlives_a_change_of_the_installations_key(ana: User, settings) -> None:
    factor = factors.begin(ana, at=timezone.now())
    shown = code_of(ana)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" + "k" * 50

    assert factors.take(factor, shown, at=timezone.now())


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "warehouse"}, {"gone": True}])
def test_who_is_dismissed_or_demoted_is_out_with_the_next_request(client: Client, ana: User, change: dict) -> None:
    log_in(client, ana)
    before = client.get("/desk/").status_code

    if "is_active" in change:
        User.objects.filter(pk=ana.pk).update(is_active=False)
    elif "role" in change:
        StaffMember.objects.filter(user=ana).update(role=change["role"])
    else:
        StaffMember.objects.filter(user=ana).delete()

    assert before == 200
    assert client.get("/desk/").status_code in (302, 404)
    assert client.get("/api/v1/conversations/").status_code in (401, 403)


def test_shoppers_and_visitors_have_nothing_to_do_here(client: Client) -> None:
    visitor = client.get(DOOR)
    client.force_login(User.objects.create_user("shopper"))
    shopper = client.get(DOOR)

    assert (visitor.status_code, shopper.status_code) == (302, 302)
    assert not SecondFactor.objects.exists()


def test_a_session_gets_a_new_key_when_the_code_was_shown(needed, client: Client, ana: User) -> None:
    log_in(client, ana)
    before = client.session.session_key
    client.get(DOOR)

    client.post(DOOR, {"code": code_of(ana)})

    assert client.session.session_key != before
