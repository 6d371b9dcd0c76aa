"""The API does what its description says, and says it without the internet."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from crisisdesk.wsgi import application
from inbox.models import Channel, Label, User
from inbox.operations import tokens
from inbox.operations.bulk import Order, start_job
from inbox.operations.views import save_view
from tests.factories import make_channel, make_conversation, make_user
from tests.responses.build import make_draft, make_queued, make_submitted

EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))  # for each operation and role
ROLES = ("agent", "manager", "admin")


def test_the_description_is_valid_and_complete() -> None:
    made = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(made)
    operations = [op for path in made["paths"].values() for op in path.values()]
    assert all(op["summary"] for op in operations)
    assert all(
        {"401", "403", "404", "422", "429", "500"} <= set(op["responses"]) for op in operations
    )
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names))


def test_programs_read_it_without_a_token() -> None:
    answer = Client().get("/api/schema/")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_it_allows_or_forbids_breaks_the_desk(
    role: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    settings.API_RATE = 1_000_000
    caplog.set_level("ERROR")
    user = make_user("somebody", role)
    things = build(user)
    scopes = [scope.value for scope in tokens.scopes_open_to(user)]
    secret = tokens.create_token(name="all", scopes=scopes, days=1, by=user)[1]
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    cases = run(schemathesis, schema, {"Authorization": f"Bearer {secret}"}, things)
    print(f"{role}: {sum(cases.values())} cases, by status {dict(sorted(cases.items()))}")
    assert not any(status >= 500 for status in cases)
    assert sum(cases.values()) >= 50 * EXAMPLES
    assert {200, 404, 422} <= set(cases)


def run(
    schemathesis: Any, schema: Any, headers: dict[str, str], things: dict[str, list[int]]
) -> dict[int, int]:
    """Ask what the description allows, and what it forbids; return how many by status."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    bounds = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    checks = schemathesis.checks
    wanted = checks.CHECKS.get_by_names(
        [
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_headers_conformance",
            "response_schema_conformance",
            "negative_data_rejection",
        ]
    )
    counts: dict[int, int] = {}
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    for result in schema.get_all_operations():
        operation = result.ok()
        numbers = [*things.get(operation.path.split("/")[3], []), None]
        any_case = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

        def ask(case: Any, number: int | None) -> None:
            if number is not None and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = number  # or nearly every answer were 404
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=wanted, headers=headers)
            counts[answer.status_code] = counts.get(answer.status_code, 0) + 1

        asked = given(case=any_case, number=st.sampled_from(numbers))(ask)
        bounds(seed(7)(asked))()
    return counts


def build(user: User) -> dict[str, list[int]]:
    """Something to act on under every kind of address."""
    channel = make_channel()
    rows = [make_conversation(channel) for _number in range(3)]
    draft = make_draft(rows[0], user)
    review = make_submitted(rows[1])
    reply = make_queued(rows[2], user, make_user(role="manager"))
    label = Label.objects.create(name="outage")
    return {
        "conversations": [row.pk for row in rows],
        "channels": list(Channel.objects.values_list("pk", flat=True)),
        "authors": [row.author_id for row in rows],
        "drafts": [draft.pk],
        "approvals": [review.pk],
        "replies": [reply.pk],
        "labels": [label.pk],
        "views": [save_view(name="mine", filters={}, by=user).pk],
        "bulk-jobs": [start_job(order=Order("resolve"), by=user, picked=[(rows[0].pk, 1)]).pk],
        "users": [user.pk],
    }
