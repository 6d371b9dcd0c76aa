"""How numbers, times and people are written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.forms import CharField, Form, TextInput
from django.utils import timezone, translation

from inbox.templatetags import desk


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    moment = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def words(html: Any) -> str:
    return unescape(html.split(">")[1].split("<")[0])


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=6, hours=23), "6 d"),
        (timedelta(days=7), "13 May"),
        (timedelta(days=200), "1 Nov 2025"),
        (timedelta(minutes=-5), "in 5 min"),
        (timedelta(hours=-3), "in 3 h"),
        (timedelta(days=-2), "in 2 d"),
    ],
)
def test_ago_says_how_long(now: datetime, distance: timedelta, expected: str) -> None:
    assert words(desk.ago(now - distance)) == expected


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=42), "42 min"),
        (timedelta(hours=30), "1 d"),
        (timedelta(days=40), "40 d"),
        (timedelta(minutes=-5), "1 min"),
    ],
)
def test_lasting_says_how_long_and_not_how_long_ago(
    now: datetime, distance: timedelta, expected: str
) -> None:
    html = desk.lasting(now - distance)
    assert words(html) == expected
    assert " data-span>" in html
    with translation.override("id"):
        assert "lalu" not in desk.lasting(now - distance)


def test_ago_keeps_the_exact_time(now: datetime) -> None:
    html = desk.ago(now - timedelta(minutes=4))
    assert 'datetime="2026-05-20T11:56:00+00:00"' in html
    assert "May 20, 2026" in html


def test_ago_of_no_time_is_empty() -> None:
    assert desk.ago(None) == ""


def test_script_and_server_share_the_words_of_ago() -> None:
    tables = json.loads(desk.ago_words())
    assert tables["past"]["minute"] == "%s min"
    assert tables["future"].keys() == tables["past"].keys()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1_299, "1.2k"),
        (9_999, "9.9k"),
        (12_900, "12k"),
        (128_400, "128k"),
        (999_999, "999k"),
        (1_000_000, "1M"),
        (3_470_000, "3.4M"),
    ],
)
def test_compact_never_overstates(value: int | None, expected: str) -> None:
    assert desk.compact(value) == expected


def test_compact_uses_the_readers_decimal_sign() -> None:
    with translation.override("id"):
        assert desk.compact(1_200).startswith("1,2")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ana", "A"), ("Ana Lim", "AL"), ("@budi", "B"), ("Ana de Lim", "AL"), ("", ""), (None, "")],
)
def test_initials(name: str | None, expected: str) -> None:
    assert desk.initials(name) == expected


def test_unprompted_drops_the_placeholder() -> None:
    class Example(Form):
        name = CharField(widget=TextInput(attrs={"placeholder": "Name"}))

    assert "placeholder" not in desk.unprompted(Example()["name"])


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("django.core.mail.backends.console.EmailBackend", False),
        ("django.core.mail.backends.smtp.EmailBackend", True),
    ],
)
def test_mail_written_to_the_log_counts_as_not_sent(
    settings: Any, backend: str, expected: bool
) -> None:
    settings.EMAIL_BACKEND = backend
    assert desk.mail_is_sent() is expected
