"""The doors for mail that people write to us, and what becomes of it.

- /hooks/email/ takes a mail as it is (RFC 5322), as a mail server's pipe posts it, signed with INBOUND_MAIL_SECRET:
  `Mail-Signature: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">`.
- /hooks/email/<provider>/ takes what a mail provider posts; django-anymail knows how each of them tells it.

Both store the raw mail once; the rest follows from the inbox.
"""

import io
from datetime import datetime

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailInboundEvent
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from commerce import clock, wiring
from commerce.card_numbers import hide
from commerce.customers.addresses import NotAnAddress, normalize
from commerce.customers.models import ContactPoint
from commerce.customers.people import contact_point, guest, people_of
from commerce.inbox import receiving, signatures
from commerce.inbox.hooks import body_of, problem
from commerce.inbox.models import InboundEvent
from commerce.inbox.receiving import BadSignature, Delivery, Genuine, Ignored, Malformed, Refused
from commerce.photos.photos import NotAPhoto, PhotoTooLarge, take_in
from notifications.cases.joining import spoken_of_in
from notifications.conversations.receiving import AlreadyKnown, Said, receive
from notifications.mail.reading import Mail, read
from notifications.mail.reply_addresses import answered
from notifications.models import Message

PROVIDERS = {
    "amazon_ses": "anymail.webhooks.amazon_ses.AmazonSESInboundWebhookView",
    "brevo": "anymail.webhooks.brevo.BrevoInboundWebhookView",
    "mailersend": "anymail.webhooks.mailersend.MailerSendInboundWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunInboundWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetInboundWebhookView",
    "mailtrap": "anymail.webhooks.mailtrap.MailtrapInboundWebhookView",
    "postal": "anymail.webhooks.postal.PostalInboundWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkInboundWebhookView",
    "resend": "anymail.webhooks.resend.ResendInboundWebhookView",
    "sendgrid": "anymail.webhooks.sendgrid.SendGridInboundWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostInboundWebhookView",
}


def verify(delivery: Delivery, *, at: datetime) -> Genuine:
    """Check the signature of a raw mail with its time; raises Refused."""
    if delivery.method != "POST":
        raise Refused("a mail comes by POST", code="method_not_allowed", status=405)
    header = delivery.headers.get("Mail-Signature", "")
    signatures.check_stamp(header, delivery.body, secrets=settings.INBOUND_MAIL_SECRET, at=at)
    return Genuine(identity_of(delivery.body))


def identity_of(body: bytes) -> str:
    """What makes a mail the same when it comes again; raises Malformed for what is no mail."""
    try:
        mail = read(body)
    except RecursionError as fault:
        raise Malformed("the mail is nested too deeply") from fault
    if not mail.sender:
        raise Malformed("this is no mail: nobody sent it")
    return mail.identity


class Inbox:
    """Stands where django-anymail sends its signal: each mail of a webhook is stored, and nothing else listens."""

    def send(self, sender: type, *, event: AnymailInboundEvent, esp_name: str) -> None:
        """Store one mail; the address it was really sent to may stand beside it only."""
        if event.message.envelope_recipient:
            event.message["Delivered-To"] = event.message.envelope_recipient
        body = event.message.as_bytes()
        receiving.receive("email", identity_of(body), body, at=clock.now())


@csrf_exempt
def from_provider(request: HttpRequest, provider: str) -> HttpResponseBase:
    """A mail as the provider posts it; django-anymail checks that it was the provider, and takes it apart."""
    connected = provider == settings.INBOUND_MAIL_PROVIDER and provider in PROVIDERS
    if not connected or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    view = import_string(PROVIDERS[provider]).as_view(signal=Inbox())
    try:
        # A picture is larger than any form or API call of ours, so Django's own limit on bodies does not fit here.
        request._body = body_of(request, most=wiring.LARGE_BODIES["email"])
        return view(request)
    except Refused as refusal:
        return problem(refusal)
    except AnymailWebhookValidationFailure as failure:
        return problem(BadSignature(str(failure)))
    except (LookupError, ValueError, TypeError, AttributeError, AnymailError) as fault:
        return problem(Malformed(f"this is nothing that {provider} would post: {type(fault).__name__}"))


def handle(event: InboundEvent, *, at: datetime) -> None:
    """Take a mail into the conversation it belongs to; raises Ignored for a machine's."""
    mail = read(bytes(event.body))
    if mail.is_automatic:
        raise Ignored("written by a machine")
    message = (
        Message.objects.select_related("person__root", "journey").filter(public_id=answered(mail.recipients)).first()
    )
    try:
        point, is_proven = sender_of(mail, message, at=at)
    except NotAnAddress as fault:
        raise Ignored("no address that could be answered") from fault
    photos, unread = pictures_of(mail, at=at)
    said = Said(
        contact_channel="email",
        address=point.value,
        text="\n".join(part for part in (mail.text, *["[file]"] * unread) if part),
        external_id=event.external_id,
        said_at=mail.written_at or at,
        photos=photos,
        about=spoken_of_in(message) if message else "",
        title=mail.title,
        is_proven=is_proven,
    )
    try:
        receive(said, contact_point=point, journey=message.journey if message else None, at=at)
    except AlreadyKnown as known:
        raise Ignored("known already") from known
    if hide(said.text + said.title) != said.text + said.title:  # which the mail itself may hold in another coding
        event.body = b""


def sender_of(mail: Mail, message: Message | None, *, at: datetime) -> tuple[ContactPoint, bool]:
    """The address that wrote, and whether that was surely she; raises NotAnAddress.

    Anybody can write any name into a mail's From. That she wrote it shows only by the address she answered, which stood
    in a mail to her alone. All else is a guest's word: kept apart from everybody who is known, and shown as unproven.
    """
    value = normalize(ContactPoint.Kind.EMAIL, mail.sender)
    if message is not None:
        hers = ContactPoint.objects.select_related("person__root").filter(
            person__in=people_of(message.person), kind=ContactPoint.Kind.EMAIL, value=value
        )
        if known := hers.order_by("verified_at", "pk").first():
            return known, True
    stranger = guest(email=value, at=at)
    return contact_point(stranger, ContactPoint.Kind.EMAIL, value, at=at), False


def pictures_of(mail: Mail, *, at: datetime) -> tuple[tuple[int, ...], int]:
    """The pictures of a mail as photos, and how many of its files cannot be shown."""
    photos: list[int] = []
    for picture in mail.pictures:
        try:
            photos.append(take_in(io.BytesIO(picture), at=at).pk)
        except (NotAPhoto, PhotoTooLarge):
            continue
    return tuple(photos), mail.others + len(mail.pictures) - len(photos)
