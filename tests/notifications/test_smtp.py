"""Mail by SMTP, to a real server: what arrives, and what each of its answers means."""

import email
import socket
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from notifications.messages import tell
from notifications.models import Message
from tests.factories import MONDAY, person
from tests.notifications.shop import agree, left_cart, order

pytestmark = pytest.mark.django_db


class Server:
    """Keeps what it is sent, or answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.to_recipient = self.to_data = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.to_data == "hang up":
            session.taken = True
            server.transport.close()
            return "421 gone"
        if self.to_data.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return self.to_data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(settings):
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.TRANSPORTS = {"email": "smtp"}
    settings.DEFAULT_FROM_EMAIL = "Casa Albor <hola@albor.example>"
    yield handler
    controller.stop()


def confirmation() -> Message:
    lucia = person(email="lucia@example.com")
    bought = order(lucia)
    return tell(lucia, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY)


def states(message: Message) -> tuple[str, str, str]:
    message.refresh_from_db()
    attempt = message.attempts.get()
    return message.status, attempt.status, attempt.error


def test_a_mail_arrives_in_two_forms_under_the_key_of_its_attempt(server):
    message = confirmation()

    run_due(at=MONDAY)

    (mail,) = server.mails
    attempt = message.attempts.get()
    assert (mail["To"], mail["From"]) == ("lucia@example.com", "Casa Albor <hola@albor.example>")
    assert mail["Message-ID"] == f"<{attempt.public_id}@albor.example>" == attempt.provider_id
    assert mail["Subject"] == attempt.title
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert "Taza «Albor» & plato" in mail.get_body(("plain",)).get_content()
    assert "Taza «Albor» &amp; plato" in mail.get_body(("html",)).get_content()
    assert states(message) == ("sent", "accepted", "")


def test_a_reminder_can_be_ended_with_one_click(server, client):
    lucia = person(email="lucia@example.com")
    agree(lucia)
    cart = left_cart(lucia)
    tell(lucia, purpose="cart_reminder", subject=cart.public_id, journey=cart.journey, at=MONDAY)
    run_due(at=MONDAY)

    (mail,) = server.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = mail["List-Unsubscribe"].strip("<>").split("/", 3)[3]
    answer = client.post(f"/{path}", {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert [c.granted for c in lucia.contact_points.get().consents.order_by("pk")] == [True, False]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("550 no such mailbox", ("failed", "failed", "smtp 550")),
        ("452 mailbox full", ("waiting", "failed", "smtp 452")),
    ],
)
def test_a_recipient_that_is_refused(server, answer, state):
    server.to_recipient = answer
    message = confirmation()

    run_due(at=MONDAY)

    assert states(message) == state


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("554 we do not like it", ("failed", "failed", "smtp 554")),
        ("451 try later", ("waiting", "failed", "smtp 451")),
        ("hang up", ("unknown", "unknown", "no answer: SMTPServerDisconnected")),
    ],
)
def test_a_mail_that_is_refused_or_of_which_nothing_is_heard(server, answer, state):
    server.to_data = answer
    message = confirmation()

    run_due(at=MONDAY)

    assert states(message) == state
    assert server.mails == []


def test_a_server_that_is_not_there_is_tried_again(server, settings):
    settings.EMAIL_PORT = free_port()
    message = confirmation()
    run_due(at=MONDAY)
    assert states(message) == ("waiting", "failed", "no mail server: ConnectionRefusedError")

    settings.EMAIL_PORT = free_port()
    Task.objects.filter(status="pending").update(retry_at=None)
    run_due(at=MONDAY)

    assert message.attempts.count() == 2
