from __future__ import annotations

from typing import Any

import pytest
import time_machine

from inbox.connectors.answers import WORDS_MAX, code_of, retry_after, words_of


@pytest.mark.parametrize(
    ("body", "words", "code"),
    [
        (
            {"title": "T", "detail": "D", "type": "https://api.x.com/2/problems/usage-capped"},
            "D",
            "usage-capped",
        ),
        ({"title": "Forbidden", "type": "about:blank"}, "Forbidden", "Forbidden"),
        (
            {"error": "invalid_grant", "error_description": "Too late."},
            "Too late.",
            "invalid_grant",
        ),
        ({"error": "invalid_grant"}, "invalid_grant", "invalid_grant"),
        (
            {"errors": [{"code": 187, "message": "Status is a duplicate."}]},
            "Status is a duplicate.",
            "187",
        ),
        (
            {"detail": "Wrong.", "errors": [{"message": "since_id"}, {"message": "since_id"}]},
            "Wrong. since_id",
            "",
        ),
        ({"error": {"code": 404, "message": "Not here."}}, "Not here.", ""),
        ({"error": {"error": "Not here."}}, "Not here.", ""),
        ({"error": ["Not here.", "Nor there."]}, "Not here.", ""),
        ({"error": {"odd": [1]}}, "", ""),
        ({"errors": {"detail": "Page not found"}}, "Page not found", ""),
        ({"errors": ["odd", None, 5]}, "", ""),
        ({"errors": {"odd": 1}, "message": 7}, "7", ""),
        ({}, "", ""),
        ([], "", ""),
        (None, "", ""),
        ("text", "", ""),
    ],
)
def test_words_and_codes_are_found_in_any_shape(body: Any, words: str, code: str) -> None:
    assert (words_of(body), code_of(body)) == (words, code)


def test_long_words_are_cut() -> None:
    assert len(words_of({"detail": "x" * 10_000})) == WORDS_MAX


@time_machine.travel("2026-11-23T06:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 06:01:00 GMT"}, 60),
        ({"retry-after": "Mon, 23 Nov 2026 05:00:00 GMT"}, 0),
        # Their clock is an hour ahead of ours; the difference counts.
        (
            {
                "retry-after": "Mon, 23 Nov 2026 07:00:20 GMT",
                "date": "Mon, 23 Nov 2026 07:00:00 GMT",
            },
            20,
        ),
    ],
)
def test_retry_after_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
