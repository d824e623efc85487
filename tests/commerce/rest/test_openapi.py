"""The API describes itself, truly and readably."""

import re

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.commerce.rest.doors import API_DOORS


def test_the_description_is_valid_and_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()

    description = SchemaGenerator().get_schema(public=True)

    validate_schema(description)
    assert (capsys.readouterr().err, bool(GENERATOR_STATS)) == ("", False)


def test_every_door_of_the_api_is_described_with_who_may_and_how_it_refuses() -> None:
    paths = SchemaGenerator().get_schema(public=True)["paths"]

    assert {door.described for door in API_DOORS} == set(paths)
    for methods in paths.values():
        for operation in methods.values():
            refused = operation["responses"]["400"]["content"]["application/problem+json"]["schema"]
            assert refused == {"$ref": "#/components/schemas/Problem"}
            assert re.search(r"For: \w+", operation["description"])


@pytest.mark.django_db
def test_the_page_of_the_description_has_no_script_or_style_of_its_own() -> None:
    answer = Client().get("/api/docs/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"<script(?![^>]* src=)|<style|style=|https?://", page) == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_shows_every_door_in_a_browser_and_breaks_no_rule_of_ours(live_server, page) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    page.goto(f"{live_server.url}/api/docs/")
    page.wait_for_selector("text=/api/v1/alerts/")
    shown: set[str] = set()
    for _ in range(200):  # what is out of sight is not drawn
        shown.update(page.locator(".opblock-summary-path").all_inner_texts())
        if {door.described for door in API_DOORS} <= shown:
            break
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(50)

    assert {door.described for door in API_DOORS} - shown == set()
    assert complaints == []
