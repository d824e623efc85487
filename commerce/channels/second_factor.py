"""The second factor of the staff: a code of an authenticator app (RFC 6238), or a recovery code, each used once."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyotp
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from commerce.channels.models import RecoveryCode, Role, SecondFactor, StaffMember
from commerce.ids import fold, secret_keys, spoken_code

PASSED = "second_factor"
"""Where a session keeps that the code was shown in it."""

NEEDED_BY = frozenset({Role.BACK_OFFICE, Role.AGENT})
STEP = 30
RECOVERY_CODES = 10


def is_passed(user: Any, role: str, *, session: Mapping[str, Any]) -> bool:
    """Whether what a role needs was shown in this session; asks the database only for superusers without a row."""
    if session.get(PASSED):
        return True
    if settings.STAFF_SECOND_FACTOR and role in NEEDED_BY:
        return False
    if staff := getattr(user, "staff_member", None):
        return staff.factor_since is None
    return factor_of(user) is None


def factor_of(user: Any) -> SecondFactor | None:
    """The second factor that a log-in has set up, if it has."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def begin(user: Any, *, at: datetime) -> SecondFactor:
    """The factor that a log-in is about to set up."""
    return SecondFactor.objects.get_or_create(user=user, defaults={"created_at": at})[0]


def secrets_of(factor: SecondFactor) -> list[str]:
    """The secret that the app shares with us, under the key of today and those that were in use before."""
    digests = [
        salted_hmac("second factor", factor.public_id, secret=key, algorithm="sha256").digest() for key in secret_keys()
    ]
    return [base64.b32encode(digest[:20]).decode() for digest in digests]


def address_for_app(factor: SecondFactor) -> str:
    """What the app takes from a QR code."""
    return pyotp.TOTP(secrets_of(factor)[0]).provisioning_uri(
        name=factor.user.get_username(), issuer_name=settings.SHOP_NAME
    )


def take(factor: SecondFactor, code: str, *, at: datetime) -> bool:
    """Whether this is the app's code now, or half a minute ago or ahead; each code is taken once.

    The UPDATE names the last step that was taken, so of two requests with one code only one wins.
    """
    typed, now = "".join(code.split()), int(at.timestamp()) // STEP
    for secret in secrets_of(factor):
        for step in (now, now - 1, now + 1):
            if constant_time_compare(typed, pyotp.TOTP(secret).generate_otp(step)):
                unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
                return bool(unused.update(last_step=step))
    return False


@transaction.atomic
def confirm(factor: SecondFactor, code: str, *, at: datetime) -> list[str]:
    """Set a factor up, with the first code of the app; the recovery codes, to be shown once. None if it is wrong."""
    if factor.confirmed_at or not take(factor, code, at=at):
        return []
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=at)
    StaffMember.objects.filter(user=factor.user).update(factor_since=at)
    codes = [spoken_code(10) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=factor.user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=factor.user, digest=digests_of(factor, code)[0]) for code in codes
    )
    return codes


def digests_of(factor: SecondFactor, code: str) -> list[str]:
    """What is stored of a recovery code, under the key of today and those before."""
    text = f"{factor.public_id} {fold(code)}"
    return [salted_hmac("recovery code", text, secret=key, algorithm="sha256").hexdigest() for key in secret_keys()]


def recover(factor: SecondFactor, code: str, *, at: datetime) -> bool:
    """Use a recovery code up; says whether it was one."""
    unused = RecoveryCode.objects.filter(user=factor.user, digest__in=digests_of(factor, code), used_at=None)
    return bool(unused.update(used_at=at))


@transaction.atomic
def forget(user: User) -> None:
    """Let somebody who has lost app and recovery codes set up a new factor; a colleague does this for her."""
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    StaffMember.objects.filter(user=user).update(factor_since=None)
