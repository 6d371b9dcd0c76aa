"""Lines that can be followed from request to task, and that give nobody away."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from crisisdesk.logging import (
    HIDDEN,
    PRIVATE,
    ContextFilter,
    JsonFormatter,
    LineFormatter,
    RedactionFilter,
)
from inbox.models import Conversation, User
from inbox.tasks import beat_heart
from responses.operations.sending import deliver
from tests.responses.build import make_queued

SECRET = "the shop at Jalan Melati burned"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that the desk writes meanwhile, as LOG_FORMAT=json would."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(ContextFilter())
    handler.addFilter(RedactionFilter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_json_line_holds_message_facts_and_traceback(lines) -> None:
    try:
        raise ValueError("no\nway")
    except ValueError:
        logging.getLogger("inbox.x").exception("it broke", extra={"stream": 3, "at": "mine"})
    (line,) = read(lines)
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "inbox.x", "it broke")
    assert line["stream"] == 3
    assert str(line["at"]).endswith("+00:00")
    assert "ValueError: no\nway" in str(line["exception"])


def test_a_plain_line_stays_one_line() -> None:
    record = logging.makeLogRecord({"name": "inbox", "levelname": "INFO", "msg": "m", "stream": 3})
    assert LineFormatter().format(record).endswith(" INFO inbox m  stream=3")


def test_private_facts_are_hidden_whoever_logs_them(lines) -> None:
    extra = {"text": SECRET, "handle": "sri", "access_token": "at-1", "stream": 3}
    logging.getLogger("inbox.x").warning("careless", extra=extra)
    (line,) = read(lines)
    assert (line["text"], line["handle"], line["access_token"]) == (HIDDEN,) * 3
    assert (line["logger"], line["stream"]) == ("inbox.x", 3)


def test_no_line_of_the_code_names_a_private_fact() -> None:
    """The filter is the net; this is the rule."""
    for folder in ("crisisdesk", "inbox", "responses"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "extra":
                    found = keys(node.value) & PRIVATE
                    assert not found, f"{path}:{node.value.lineno} {found}"


def keys(node: ast.AST) -> set[object]:
    names = [key for part in ast.walk(node) if isinstance(part, ast.Dict) for key in part.keys]
    return {name.value for name in names if isinstance(name, ast.Constant)}


def test_a_request_gets_an_id_and_a_line_without_its_query(client, ana, lines, conversation):
    client.force_login(ana)
    answer = client.get(f"/conversations/{conversation.pk}/?q={SECRET}")
    assert answer.status_code == 200
    line = next(line for line in read(lines) if line["message"] == "request")
    assert line["request_id"] == answer["X-Request-ID"]
    assert len(answer["X-Request-ID"]) == 32
    assert line["conversation_id"] == conversation.pk
    assert (line["method"], line["status"], line["user_id"]) == ("GET", 200, ana.pk)
    assert line["route"] == "conversations/<int:pk>/"
    assert "burned" not in lines.getvalue()


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("0af7651916cd43dd-b7ad_6b7.1", True),
        ("short", False),
        ("x" * 65, False),
        ("forged\nline-of-log", False),
        ("spaces are not ids", False),
    ],
)
def test_only_a_sane_id_of_a_proxy_is_kept(client: Client, db: None, given, is_kept) -> None:
    answer = client.get("/accounts/login/", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is is_kept


def test_two_requests_do_not_share_an_id(client: Client, db: None) -> None:
    first, second = (client.get("/accounts/login/")["X-Request-ID"] for _ in range(2))
    assert first != second


def test_a_task_s_lines_carry_its_id(lines, monkeypatch, db: None) -> None:
    def note() -> None:
        logging.getLogger("inbox.x").warning("inside")

    monkeypatch.setattr("inbox.tasks.heartbeat.beat", note)
    result = beat_heart.apply()
    (line,) = [line for line in read(lines) if line["message"] == "inside"]
    assert (line["task"], line["task_id"]) == ("inbox.tasks.beat_heart", result.id)


def test_the_way_of_a_reply_logs_no_text_and_no_names(
    conversation: Conversation, ana: User, ben: User, lines
) -> None:
    """From draft to a failed attempt on a network that is not there."""
    conversation.author.name = conversation.author.handle = "Sri Handayani"
    conversation.author.save()
    reply = make_queued(conversation, ana, ben, text=SECRET)
    deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status != "sent"
    for word in ("burned", "Handayani", "at", "rt"):
        assert f'"{word}"' not in lines.getvalue()
    assert SECRET not in lines.getvalue()
