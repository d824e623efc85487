"""Email through Django's backend, which is SMTP or any provider that django-anymail knows (settings.EMAIL_URL)."""

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from notifications.transports.outgoing import Outgoing, TransportError, Unclear


def send(outgoing: Outgoing) -> str:
    """Hand a mail to the mail server and return its Message-ID; raises TransportError or Unclear.

    A mail server knows no keys. So the connection is opened apart: until it stands nothing can have left, after that a
    silence leaves open what happened.
    """
    message_id = f"<{outgoing.key}@{domain()}>"
    mail = as_mail(outgoing, message_id=message_id)
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as problem:
        raise TransportError(f"no mail server: {type(problem).__name__}", permanent=False) from problem
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as problem:
        codes = [code for code, _ in problem.recipients.values()]
        raise refused_with(max(codes, default=550)) from problem
    except smtplib.SMTPResponseException as problem:
        raise refused_with(problem.smtp_code) from problem
    except (OSError, smtplib.SMTPException) as problem:
        raise Unclear(f"no answer: {type(problem).__name__}") from problem
    finally:
        connection.close()
    return message_id


def refused_with(code: int) -> TransportError:
    """A mail server's no: 5xx for good, 4xx for now."""
    return TransportError(f"smtp {code}", permanent=code >= 500)


def as_mail(outgoing: Outgoing, *, message_id: str) -> EmailMultiAlternatives:
    """The mail with its headers; one that she did not ask for can be ended with one click (RFC 8058)."""
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    if outgoing.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{outgoing.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=outgoing.title,
        body=outgoing.text,
        to=[outgoing.address],
        reply_to=[outgoing.reply_to] if outgoing.reply_to else None,
        headers=headers,
    )
    if outgoing.html:
        mail.attach_alternative(outgoing.html, "text/html")
    return mail


def domain() -> str:
    """The domain that our mail comes from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
