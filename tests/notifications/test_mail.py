"""Mail that people write to us: taken in once, joined to what it answers, and never believed beyond what it proves."""

import base64
import hashlib
import hmac
import json
from email.message import EmailMessage

import pytest
from django.test import Client

from commerce import clock, wiring
from commerce.customers.models import ContactPoint, Person
from commerce.inbox import signatures
from commerce.inbox.models import InboundEvent
from commerce.photos.models import Photo
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.conversations.replying import reply
from notifications.mail import reply_addresses
from notifications.mail.reading import read
from notifications.messages import tell
from notifications.models import Attempt, Conversation, Message, Turn
from tests import factories
from tests.commerce.photos.test_photos import picture
from tests.notifications import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com")


@pytest.fixture
def told(lucia: Person) -> Message:
    """A message that she got about an order."""
    order = shop.order(lucia)
    return tell(
        lucia,
        purpose="order_confirmation",
        subject=order.public_id,
        facts={},
        journey=order.journey,
        at=clock.now(),
    )


def mail(
    text: str = "Llegó roto",
    *,
    sender: str = "Lucía <lucia@example.com>",
    to: str = "hola@mostrador.example",
    pictures: int = 0,
    **headers: str,
) -> EmailMessage:
    """A mail as a person's program writes it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, "Mi taza"
    made["Message-ID"] = f"<{next(factories.numbers)}@mail.example.com>"
    made["Date"] = "Sun, 22 Nov 2026 09:00:00 +0100"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for _ in range(pictures):
        made.add_attachment(picture().getvalue(), maintype="image", subtype="jpeg", filename="taza.jpg")
    return made


def post(client: Client, made: EmailMessage | bytes, *, secret: str = "local-mail-secret"):
    """The mail server's pipe, signing what it brings."""
    body = made if isinstance(made, bytes) else made.as_bytes()
    stamp = signatures.stamp(body, secret=secret, at=clock.now())
    return client.post("/hooks/email/", body, content_type="message/rfc822", headers={"Mail-Signature": stamp})


def work() -> None:
    """Let the inbox be handled."""
    run_due(at=clock.now())


def test_a_reply_to_our_mail_is_hers_and_on_the_journey_it_answers(
    client: Client, lucia: Person, told: Message
) -> None:
    answer = post(client, mail(to=reply_addresses.reply_to(told.public_id), pictures=2))
    work()

    turn = Turn.objects.get()
    assert answer.status_code == 200
    assert (turn.text, turn.about, turn.is_proven) == ("Llegó roto", told.subject, True)
    assert turn.conversation.person == lucia
    assert turn.photos.count() == 2
    assert Entry.objects.filter(journey=told.journey, type="conversation.message_received").exists()


def test_a_mail_server_may_write_the_address_in_small_letters(client: Client, told: Message) -> None:
    post(client, mail(to=reply_addresses.reply_to(told.public_id).lower()))
    work()

    assert Turn.objects.get().about == told.subject


def test_a_reply_from_a_strangers_address_is_shown_with_what_it_answers_but_is_nobodys_we_know(
    client: Client, lucia: Person, told: Message
) -> None:
    post(client, mail(sender="eva@example.org", to=reply_addresses.reply_to(told.public_id)))
    work()

    turn = Turn.objects.get()
    assert (turn.about, turn.is_proven) == (told.subject, False)
    assert turn.conversation.person != lucia
    assert ContactPoint.objects.get(value="eva@example.org").verified_at is None


def test_a_name_in_from_proves_nothing(client: Client, lucia: Person) -> None:
    post(client, mail())
    work()

    turn = Turn.objects.get()
    assert not turn.is_proven
    assert turn.conversation.person != lucia


def test_who_writes_twice_from_an_address_is_in_one_conversation(client: Client) -> None:
    post(client, mail("uno"))
    post(client, mail("dos"))
    work()

    assert [turn.text for turn in Conversation.objects.get().turns.order_by("pk")] == ["uno", "dos"]


def test_the_same_mail_twice_is_taken_in_once(client: Client) -> None:
    made = mail()

    answers = [post(client, made).json()["status"] for _ in range(2)]
    work()

    assert answers == ["received", "known"]
    assert Turn.objects.count() == 1


def test_nobody_can_occupy_anothers_mail_with_its_message_id(client: Client) -> None:
    made = mail()
    forged = mail("otra cosa", sender="eva@example.org")
    forged.replace_header("Message-ID", made["Message-ID"])

    post(client, forged)
    post(client, made)
    work()

    assert Turn.objects.count() == 2


def test_we_answer_by_mail_with_her_subject_and_an_address_to_reply_to(client: Client, settings, mailoutbox) -> None:
    settings.TRANSPORTS = {"email": "smtp"}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    post(client, mail())
    work()

    message = reply(Conversation.objects.get(), text="Lo sentimos mucho", by=Actor("staff", "7"), at=clock.now())
    work()

    assert Attempt.objects.get().status == "accepted"
    assert mailoutbox[0].subject == "Re: Mi taza"
    assert mailoutbox[0].to == ["lucia@example.com"]
    assert reply_addresses.answered(mailoutbox[0].reply_to) == message.public_id


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.com>"},
        {"Return_Path": "<>"},
    ],
    ids=["out of office", "bulk", "a list", "a notice of non-delivery"],
)
def test_what_a_machine_wrote_opens_no_conversation(client: Client, headers: dict[str, str]) -> None:
    post(client, mail(**headers))
    work()

    assert InboundEvent.objects.get().reason == "written by a machine"
    assert not Conversation.objects.exists()


def test_what_was_quoted_below_is_not_said_again() -> None:
    text = "Llegó roto\n\nEl dom, 22 nov 2026 a las 9:00, Casa Albor <hola@mostrador.example> escribió:\n> Gracias\n"

    assert read(mail(text).as_bytes()).text == "Llegó roto"


def test_files_that_are_no_pictures_are_counted_not_kept(client: Client) -> None:
    made = mail()
    made.add_attachment(b"MZ", maintype="application", subtype="x-msdownload", filename="a.exe")
    made.add_attachment(b"<svg onload=alert(1)>", maintype="image", subtype="svg+xml", filename="a.svg")
    post(client, made)
    work()

    assert Turn.objects.get().text == "Llegó roto\n[file]\n[file]"
    assert not Photo.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"From: a@example.com\nContent-Type: text/plain; charset=nonsense\n\nhola",
        b"From: a@example.com\nDate: never\nContent-Type: multipart/mixed; boundary=x\n\n--y\n",
        b"From: =?utf-8?q?=ff=fe?= <a@example.com>\nSubject: \x80\x81\n\nhola\x00",
        b"From: a@example.com\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!",
        b"From: a@example.com, b@example.com\n\n" + b"x" * 100_000,
    ],
    ids=["unknown characters", "broken parts", "bytes in headers", "broken base64", "long"],
)
def test_a_mail_that_is_badly_made_is_taken_in_as_far_as_it_can_be_read(client: Client, body: bytes) -> None:
    answer = post(client, body)
    work()

    assert answer.status_code == 200
    assert InboundEvent.objects.get().status == "handled", InboundEvent.objects.get().reason
    assert len(Turn.objects.get().text) <= 10_000


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"hello", b"Subject: nobody\n\nhola"])
def test_what_is_no_mail_is_refused(client: Client, body: bytes) -> None:
    assert post(client, body).status_code == 400
    assert not InboundEvent.objects.exists()


def test_a_mail_of_parts_within_parts_without_end_is_refused_or_read(client: Client) -> None:
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))

    answer = post(client, b"From: a@example.com\nMIME-Version: 1.0\n" + nested + b"\nhola")

    assert answer.status_code in (200, 400)


def test_tags_without_end_are_no_fault_of_ours(client: Client) -> None:
    answer = post(client, b"From: a@example.com\nContent-Type: text/html\n\n" + b"<" * 100_000 + b"a")
    work()

    assert answer.status_code == 200


def test_a_mail_with_a_wrong_signature_is_refused(client: Client) -> None:
    assert post(client, mail(), secret="guessed").status_code == 400
    assert client.post("/hooks/email/", b"From: a@example.com", content_type="message/rfc822").status_code == 400
    assert not InboundEvent.objects.exists()


def test_a_mail_of_more_than_25_megabytes_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wiring.LARGE_BODIES, "email", 1000)

    assert post(client, mail("x" * 2000)).status_code == 413


def mailgun(made: EmailMessage, *, key: str = "mailgun-key") -> dict[str, str]:
    """What Mailgun posts, signed."""
    stamp, token = "1795312800", "t" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "token": token,
        "timestamp": stamp,
        "signature": signature,
        "recipient": made["To"],
        "sender": "lucia@example.com",
        "body-mime": made.as_string(),
    }


@pytest.fixture
def with_mailgun(settings) -> None:
    settings.INBOUND_MAIL_PROVIDER = "mailgun"
    settings.ANYMAIL = {"WEBHOOK_SECRET": "shop:secret", "MAILGUN_WEBHOOK_SIGNING_KEY": "mailgun-key"}


LOGIN = {"Authorization": "Basic " + base64.b64encode(b"shop:secret").decode()}


@pytest.mark.usefixtures("with_mailgun")
def test_a_provider_that_anymail_knows_brings_the_same(client: Client, told: Message) -> None:
    made = mail(to=reply_addresses.reply_to(told.public_id))

    answer = client.post("/hooks/email/mailgun/", mailgun(made), headers=LOGIN)
    work()

    assert answer.status_code == 200
    assert Turn.objects.get().about == told.subject


@pytest.mark.usefixtures("with_mailgun")
def test_a_provider_without_its_password_or_signature_is_refused(client: Client) -> None:
    assert client.post("/hooks/email/mailgun/", mailgun(mail())).status_code == 400
    assert client.post("/hooks/email/mailgun/", mailgun(mail(), key="guessed"), headers=LOGIN).status_code == 400
    assert client.post("/hooks/email/mailgun/", b"{", content_type="application/json", headers=LOGIN).status_code == 400
    assert (
        client.post("/hooks/email/postmark/", b"{}", content_type="application/json", headers=LOGIN).status_code == 404
    )
    assert not InboundEvent.objects.exists()


def test_a_provider_that_tells_nonsense_is_refused(client: Client, settings) -> None:
    settings.INBOUND_MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": "shop:secret"}

    for body in (b"", b"[]", b"{}", b"\xff", json.dumps({"FromFull": 3, "RecordType": "Inbound"}).encode()):
        answer = client.post("/hooks/email/postmark/", body, content_type="application/json", headers=LOGIN)
        assert answer.status_code == 400, body


def test_without_a_provider_its_door_is_closed(client: Client) -> None:
    assert client.post("/hooks/email/mailgun/", {}, headers=LOGIN).status_code == 404
