"""Who may open a case: the team that has it in hand, wherever it came from, with all its pictures; nobody else."""

import io
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Person
from commerce.photos.models import Photo
from commerce.photos.photos import take_in
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from notifications.conversations.receiving import Said, receive
from orders.cases import opening, working
from orders.cases.models import Case, Team
from tests import factories
from tests.inventory.test_pages import words
from tests.notifications import shop
from tests.notifications.test_chat import photo_file

pytestmark = pytest.mark.django_db

ANA = Actor("staff", "7")


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))


@pytest.fixture
def case(lucia: Person) -> Case:
    """A case about an order that left from no store, with a picture."""
    order = shop.order(lucia, at=clock.now() - timedelta(days=2))
    picture = take_in(io.BytesIO(photo_file().read()), at=clock.now())
    stamp = {"by": ANA, "channel": "call_center", "at": clock.now()}
    case = opening.open_case("damaged", person=lucia, order=order, request="Llegó rota", photos=[picture.pk], **stamp)
    Case.objects.filter(pk=case.pk).update(location=None)
    order.fulfillments.update(location=factories.location("transito", kind="transit"))
    return Case.objects.get(pk=case.pk)


def at_work(role: str, *places: str) -> Client:
    """Somebody of a role, bound to these places."""
    kind = "warehouse" if role == "warehouse" else "store"
    browser = Client()
    browser.force_login(factories.staff(role, *(factories.location(place, kind=kind) for place in places)))
    return browser


def hand(case: Case, to: str, location: str = "") -> None:
    stamp = {"by": ANA, "channel": "call_center", "at": clock.now()}
    working.hand_over(case, to=to, location=location, reason="Está más cerca", **stamp)


def page(browser: Client, case: Case) -> int:
    return browser.get(f"/staff/cases/{case.public_id}/").status_code


@pytest.mark.parametrize(("team", "role", "place"), [("store", "store", "centro"), ("warehouse", "warehouse", "sur")])
def test_whose_team_was_given_a_case_opens_it_with_request_talk_and_state_first_and_its_pictures(
    case: Case, team: str, role: str, place: str
) -> None:
    theirs = at_work(role, place)
    before = page(theirs, case)
    picture = f"/photos/{case.photos.get().public_id}/"
    before_picture = theirs.get(picture).status_code

    hand(case, team)

    shown = words(theirs.get(f"/staff/cases/{case.public_id}/"))
    assert (before, before_picture) == (404, 404)
    assert shown.index("Lo que se pidió primero") < shown.index("Lo que se ha dicho") < shown.index("Cómo está")
    assert "Llegó rota" in shown
    assert theirs.get(picture).status_code == 200
    assert case.key in words(theirs.get("/staff/cases/"))
    assert theirs.get(f"/api/v1/cases/{case.public_id}/").status_code == 200


def test_a_case_for_the_carrier_is_on_the_desk_of_the_agents_and_of_no_store(case: Case) -> None:
    hand(case, "carrier")

    assert page(at_work("agent"), case) == 200
    assert page(at_work("store", "centro"), case) == 404
    assert page(at_work("warehouse", "sur"), case) == 404


def test_the_team_of_one_store_is_not_that_of_another_nor_the_warehouse(case: Case) -> None:
    factories.location("centro")

    hand(case, "store", "centro")

    assert page(at_work("store", "centro"), case) == 200
    assert page(at_work("store", "norte"), case) == 404
    assert page(at_work("warehouse", "sur"), case) == 404
    (handed,) = Entry.objects.filter(type="case.handed_over")
    assert (handed.data["to_team"], handed.data["location"]) == ("store", "centro")
    assert case.handovers.get(pk=handed.data["handover"]).reason == "Está más cerca"


def test_a_store_is_not_handed_a_case_as_a_warehouse(case: Case) -> None:
    factories.location("centro")

    with pytest.raises(working.NotTheirPlace):
        hand(case, "warehouse", "centro")

    assert not case.handovers.exists()


def test_who_gave_it_on_still_finds_it_and_who_begins_a_case_does_too(case: Case) -> None:
    hand(case, "store")
    hand(case, "agent")
    Case.objects.filter(pk=case.pk).update(team=Team.AGENT)
    begun = Case.objects.create(
        **{
            field: getattr(case, field)
            for field in ("kind", "person", "journey", "opened_in", "opened_at", "first_answer_due", "resolve_due")
        },
        key="ANFANG",
        team="warehouse",
        reply_due=case.reply_due,
    )

    assert page(at_work("store", "centro"), case) == 200
    assert page(at_work("warehouse", "sur"), begun) == 200
    assert page(at_work("store", "centro"), begun) == 404


def a_picture_by_mail(case: Case, *, is_proven: bool = True) -> Photo:
    """A picture that she sent later, in another contact channel than a chat."""
    picture = take_in(io.BytesIO(photo_file().read()), at=clock.now())
    said = Said(
        contact_channel="email",
        address="lucia@example.com",
        text="Otra foto",
        external_id=f"m{picture.pk}",
        said_at=clock.now(),
        photos=(picture.pk,),
        about=case.public_id,
        is_proven=is_proven,
    )
    receive(said, contact_point=case.person.contact_points.get(), at=clock.now())
    return picture


def test_whoever_may_see_the_case_sees_the_pictures_of_later_turns_and_nobody_else(case: Case, lucia: Person) -> None:
    later = f"/photos/{a_picture_by_mail(case).public_id}/"
    clerk, other, her, stranger = at_work("store", "centro"), at_work("warehouse", "sur"), Client(), Client()
    her.force_login(lucia.user)
    stranger.force_login(factories.person("Iker", user=factories.User.objects.create_user("iker")).user)

    hand(case, "store")

    assert later.encode() in clerk.get(f"/staff/cases/{case.public_id}/").content
    assert later.encode() in her.get(f"/cases/{case.public_id}/").content
    seen = [browser.get(later).status_code for browser in (clerk, her, other, stranger, Client())]
    assert seen == [200, 200, 404, 404, 404]


def test_a_picture_of_somebody_who_may_be_another_is_shown_to_staff_and_not_as_hers(case: Case, lucia: Person) -> None:
    doubtful = f"/photos/{a_picture_by_mail(case, is_proven=False).public_id}/"
    clerk, her = at_work("store", "centro"), Client()
    her.force_login(lucia.user)
    hand(case, "store")

    assert doubtful.encode() in clerk.get(f"/staff/cases/{case.public_id}/").content
    assert clerk.get(doubtful).status_code == 200
    assert doubtful.encode() not in her.get(f"/cases/{case.public_id}/").content
    assert her.get(doubtful).status_code == 404
