"""What every answer says to the browser about trust."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/login/", "/staff/login/", "/api/v1/session/", "/api/docs/", "/nothing/", "/api/nothing/"]
)
def test_nothing_runs_here_but_our_own_and_nobody_frames_us(client: Client, path: str) -> None:
    answer = client.get(path)

    rules = dict(rule.strip().split(" ", 1) for rule in answer["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'self'"
    assert (rules["object-src"], rules["base-uri"], rules["frame-ancestors"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(client: Client) -> None:
    client.post("/api/v1/session/code/", {"email": "nuria@example.com"}, content_type="application/json")

    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
