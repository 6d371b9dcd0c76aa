"""How answers of other servers look that speak the same API: leaner, or in another dress.

All within what https://docs.joinmastodon.org promises or clients meet in practice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from html import unescape
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

# The ways in which answers differ, all off: Mastodon's own.
SWITCHES: dict[str, Any] = {
    "lacks": [],  # paths of endpoints that are missing, as in the documentation
    "lacks_status": 404,  # what is answered in their place
    "sparse": False,  # no field has a value that need not have one
    "plain_text": False,  # texts hold no HTML
    "whole_accts": False,  # handles of the server's own people have a domain
    "offset_times": False,  # times without fraction, in a zone of their own
    "numeric_ids": False,  # ids are numbers, not texts
    "error_shape": "",  # "nested": an object in an object; "html": a page
}
LEAN_STATUS = {"id", "created_at", "content", "visibility", "account", "mentions", "reblog",
               "in_reply_to_id", "in_reply_to_account_id", "edited_at"}  # fmt: skip
LEAN_ACCOUNT = {"id", "username", "acct", "source"}
HERE = timezone(timedelta(hours=7))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def dressed(body: Any, switches: Mapping[str, Any], *, domain: str) -> Any:
    """Return `body` as the server of these switches would send it."""
    changes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "sparse": _lean,
        "plain_text": _plain,
        "whole_accts": lambda item: _whole(item, domain),
        "offset_times": _in_another_zone,
        "numeric_ids": _numbered,
    }
    wanted = [change for name, change in changes.items() if switches[name]]
    return _walk(body, wanted) if wanted else body


def refusal(status: int, words: str, switches: Mapping[str, Any]) -> Response:
    if switches["error_shape"] == "html":
        return HTMLResponse(f"<html><body><h1>{status}</h1>{words}</body></html>", status)
    if switches["error_shape"] == "nested":
        return JSONResponse({"error": {"code": status, "message": words}}, status)
    return JSONResponse({"error": words}, status)


def _walk(value: Any, changes: list[Callable[[dict[str, Any]], dict[str, Any]]]) -> Any:
    if isinstance(value, list):
        return [_walk(each, changes) for each in value]
    if not isinstance(value, dict):
        return value
    for change in changes:
        value = change(value)
    return {name: _walk(each, changes) for name, each in value.items()}


def _lean(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out half of what may be missing, and say null for the other half."""
    kept = LEAN_STATUS if "content" in item else LEAN_ACCOUNT if "username" in item else None
    if kept is None or "created_at" not in item:  # of mentions every field counts
        return item
    extra = sorted(set(item) - kept)
    return {name: item[name] for name in item if name in kept} | dict.fromkeys(extra[::2])


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    if "content" not in item:
        return item
    text = re.sub(r"<br ?/?>|</p><p>", "\n", item["content"])
    return {**item, "content": unescape(re.sub(r"<[^>]*>", "", text))}


def _whole(item: dict[str, Any], domain: str) -> dict[str, Any]:
    if "acct" not in item or "@" in item["acct"]:
        return item
    return {**item, "acct": f"{item['acct']}@{domain}"}


def _in_another_zone(item: dict[str, Any]) -> dict[str, Any]:
    def told(value: Any) -> Any:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            return value
        return datetime.fromisoformat(value).astimezone(HERE).isoformat(timespec="seconds")

    return {name: told(value) for name, value in item.items()}


def _numbered(item: dict[str, Any]) -> dict[str, Any]:
    def told(name: str, value: Any) -> Any:
        is_id = name == "id" or name.endswith("_id")
        return int(value) if is_id and isinstance(value, str) and value.isdecimal() else value

    return {name: told(name, value) for name, value in item.items()}
