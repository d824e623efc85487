"""Signatures of webhooks: over the raw body, with a time that is neither old nor ahead of ours."""

from datetime import timedelta

import pytest

from commerce.inbox.receiving import BadSignature, NotConnected
from commerce.inbox.signatures import check, check_stamp, sign, stamp
from tests.factories import MONDAY

BODY = b'{"id": "1"}'


def test_a_signature_fits_its_body_and_no_other():
    check([sign(BODY, secret="s")], BODY, secrets="s")

    for wrong, body in ((sign(BODY, secret="t"), BODY), (sign(BODY, secret="s"), BODY + b" "), ("", BODY), ("ñ", BODY)):
        with pytest.raises(BadSignature):
            check([wrong], body, secrets="s")


def test_two_secrets_are_good_while_one_replaces_the_other_and_none_is_not():
    for secret in ("old", "new"):
        check([sign(BODY, secret=secret)], BODY, secrets="new,old")
    for nothing in ("", ","):
        with pytest.raises(NotConnected):
            check([sign(BODY, secret="")], BODY, secrets=nothing)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_time_within_five_minutes_is_good(seconds):
    header = stamp(BODY, secret="s", at=MONDAY + timedelta(seconds=seconds))

    check_stamp(header, BODY, secrets="s", at=MONDAY)


@pytest.mark.parametrize("seconds", [-3600, -301, 301, 3600])
def test_a_time_that_is_old_or_in_the_future_is_refused(seconds):
    header = stamp(BODY, secret="s", at=MONDAY + timedelta(seconds=seconds))

    with pytest.raises(BadSignature):
        check_stamp(header, BODY, secrets="s", at=MONDAY)


def test_a_time_cannot_be_put_under_another_signature():
    header = stamp(BODY, secret="s", at=MONDAY - timedelta(days=1))
    forged = f"t={int(MONDAY.timestamp())},{header.partition(',')[2]}"

    with pytest.raises(BadSignature):
        check_stamp(forged, BODY, secrets="s", at=MONDAY)


@pytest.mark.parametrize(
    "header", ["", "t=", "t=x,v1=y", "v1=abc", "t=-1,v1=a", "t=1e5,v1=a", "t=²,v1=a", "t=" + "9" * 40]
)
def test_a_header_without_a_time_is_refused(header):
    with pytest.raises(BadSignature):
        check_stamp(header, BODY, secrets="s", at=MONDAY)
