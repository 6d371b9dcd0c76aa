"""What a network's answer means for us: its words, and which of our errors it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from inbox.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
)

WORDS_MAX = 300


def failure(
    status: int, *, host: str, words: str, code: str, is_write: bool, wait: float | None
) -> ConnectorError | None:
    """Return what went wrong by HTTP status, None for success.

    On a write a 5xx does not prove that nothing was written, nor does a redirection: many
    servers answer a finished POST with one.
    """
    words = words or f"{host} answered {status}."
    if 200 <= status < 300:
        return None
    if status == 401:
        return AuthExpired(words, code=code)
    if status == 429:
        return RateLimited(words, code=code, retry_after=wait)
    if status == 501:  # https://www.rfc-editor.org/rfc/rfc9110#section-15.6.2: it never will
        return Rejected(words, code=code, status=status)
    if status >= 500 or status == 408:
        if is_write:
            return OutcomeUnknown(words, code=code)
        return TransientError(words, code=code, retry_after=wait)
    if status < 400:
        message = f"{host} sent us elsewhere ({status}); we do not follow."
        return OutcomeUnknown(message) if is_write else Rejected(message, status=status)
    return Rejected(words, code=code, status=status)


def words_of(body: Any) -> str:
    """Return what the network says about an error, shortened; "" if it says nothing.

    Reads problem+json (RFC 9457), OAuth 2.0 errors (RFC 6749 §5.2) and errors in lists or objects.
    """
    if not isinstance(body, dict):
        return ""
    said = [body.get("detail") or body.get("error_description") or body.get("title")]
    errors = body.get("errors")
    found = errors if isinstance(errors, list) else [errors]
    said += [_sentence(error) for error in found if isinstance(error, dict)]
    said.append(body.get("message"))
    if not any(said):
        said.append(_sentence(body.get("error")))
    # dict.fromkeys: the same sentence often comes twice.
    return " ".join(dict.fromkeys(str(part) for part in said if part))[:WORDS_MAX]


def _sentence(error: Any) -> str:
    """Return what one error says, which may be an object with the words in one of its fields."""
    if isinstance(error, list):
        error = next(iter(error), "")
    if isinstance(error, dict):
        known = (error.get(name) for name in ("message", "detail", "title", "description", "error"))
        error = next((each for each in known if isinstance(each, str) and each), "")
    return error if isinstance(error, str) else ""


def code_of(body: Any) -> str:
    """Return the network's own code of an error: the end of a problem type, a number, a name."""
    if not isinstance(body, dict):
        return ""
    kind = str(body.get("type") or "").rstrip("/")
    if kind and kind != "about:blank":
        return kind.rsplit("/", 1)[-1]
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    found = first.get("code") if isinstance(first, dict) else None
    error = body.get("error")
    return str(found or (error if isinstance(error, str) else "") or body.get("title") or "")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110 §10.2.3), None without."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value)
    moment = http_date(value)
    return None if moment is None else max(0.0, moment - now(headers))


def now(headers: Mapping[str, str]) -> float:
    """Return the network's time in seconds since 1970; our own clock may be off."""
    return http_date(headers.get("date", "")) or time.time()


def http_date(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except ValueError:
        return None
