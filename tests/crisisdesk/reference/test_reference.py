"""What the page of the API says is what the API's description says."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.test import Client

from crisisdesk.api import description, reference
from crisisdesk.reference import Operation
from crisisdesk.reference.calls import example
from crisisdesk.reference.kinds import Kind, kind_of

BASE = "https://desk.test"


def operations() -> dict[str, Operation]:
    return {one.name: one for group in reference(BASE).groups for one in group.operations}


def described() -> list[tuple[str, str, dict[str, Any]]]:
    paths = description()["paths"]
    return [(method, path, one) for path, ways in paths.items() for method, one in ways.items()]


def test_every_operation_is_there_with_all_that_it_takes() -> None:
    shown = operations()
    for method, path, one in described():
        row = shown.pop(one["operationId"])
        assert (row.method, row.path) == (method.upper(), path)
        assert (
            [part.name for part in row.parameters] == [p["name"] for p in one["parameters"]]
            if (one.get("parameters"))
            else not row.parameters
        )
        assert row.answers
        assert {"401", "403"} <= set(row.errors)
    assert not shown


def test_who_may_is_what_the_table_of_roles_says() -> None:
    shown = operations()
    assert shown["approval_approve"].roles == ("manager", "admin")
    assert shown["approval_approve"].scope == "approve"
    assert shown["audit_list"].roles == ("manager", "admin", "auditor")


def test_a_change_says_which_fields_it_asks_for() -> None:
    fields = {field.name: field.is_required for field in operations()["draft_partial_update"].body}
    assert fields == {"text": True, "base": True}


def test_examples_fit_the_description() -> None:
    schemas = description()["components"]["schemas"]
    bodies = 0
    for _method, _path, one in described():
        content = one.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            whole = schema | {"components": {"schemas": schemas}}
            jsonschema.validate(example(schema, schemas), whole)
            bodies += 1
    assert bodies > 20


def test_a_call_names_the_desk_and_can_be_read_by_a_shell() -> None:
    call = operations()["label_create"].call
    assert call.startswith("/api/v1/labels/ \\\n  -X POST")
    assert json.loads(re.search(r"-d '(.*)'", call).group(1)) == {"name": "text"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "maxLength": 40}, Kind("text, at most 40 characters")),
        ({"type": ["string", "null"], "format": "date-time"}, Kind("date and time or null")),
        ({"type": "integer", "minimum": 1, "maximum": 100}, Kind("whole number, 1 to 100")),
        ({"enum": ["a", "b"]}, Kind("one of", values=("a", "b"))),
        (
            {"oneOf": [{"$ref": "#/components/schemas/Out"}, {"type": "null"}]},
            Kind("", "Out", " or null"),
        ),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/Out"}},
            Kind("list of", "Out"),
        ),
        (
            {"oneOf": [{"enum": ["red"]}, {"enum": [""]}]},
            Kind("one of", values=("red", "")),
        ),
    ],
)
def test_kinds_are_put_in_words(schema: dict[str, Any], kind: Kind) -> None:
    assert kind_of(schema, {"Out": {"type": "object"}}) == kind


def page(query: str = "") -> str:
    answer = Client().get(f"/api/docs/{query}")
    assert answer.status_code == 200
    return answer.text


def test_the_page_needs_no_token_and_no_script() -> None:
    text = page()
    assert f"curl {settings.SITE_URL}/api/v1/labels/" in text
    for name in operations():
        assert f'id="{name}"' in text


def test_each_link_within_the_page_leads_somewhere() -> None:
    text = page()
    targets = set(re.findall(r' id="([^"]+)"', text))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links
    assert links <= targets


def test_the_filter_works_without_a_script() -> None:
    text = page("?q=POST+resolve")
    assert 'id="conversation_resolve"' in text
    assert 'id="conversation_snooze"' not in text
    assert "Operations: <span data-count>1</span>" in text


def test_a_filter_that_fits_nothing_says_so() -> None:
    text = page("?q=<script>alert(1)</script>")
    assert "<script>alert" not in text
    assert "data-nothing>" in text
