"""What came back from a network, and what it means that nothing or something odd did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from json import loads
from typing import Any

import httpx

from inbox.connectors import answers
from inbox.connectors.errors import (
    BadPayload,
    ConnectorError,
    OutcomeUnknown,
    TransientError,
)
from inbox.connectors.plain import plain

# Failures before the first byte of the request could leave.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """A network's answer: status, headers (lower-case names) and decoded JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)  # the answer of a sign-in holds tokens


@dataclass(frozen=True, slots=True)
class Reaction:
    """How a receiver of ours answered: status, headers (lower-case names), the body's beginning."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it came: status (200 or 304), lower-case headers, bytes, and where it was found."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    url: str


TOO_LARGE = "too_large"  # our own code of a BadPayload


class TooLarge(Exception):
    """The body is beyond what any answer of a network needs."""


def lost(
    exc: Exception, *, host: str, is_write: bool, hide: Callable[[str], str]
) -> ConnectorError:
    """Return what a request that got no whole answer means."""
    reason = hide(str(exc) or type(exc).__name__)
    if isinstance(exc, NOT_SENT):
        return TransientError(f"{host} cannot be reached: {reason}")
    if is_write:
        return OutcomeUnknown(f"{host} gave no full answer, so nobody knows the outcome: {reason}")
    if isinstance(exc, TooLarge | httpx.DecodingError):
        code = TOO_LARGE if isinstance(exc, TooLarge) else ""
        return BadPayload(f"{host} sent an answer that we do not read: {reason}", code=code)
    return TransientError(f"{host} gave no full answer: {reason}")


def read(
    status: int,
    headers: dict[str, str],
    content: bytes,
    *,
    host: str,
    is_write: bool,
    hide: Callable[[str], str],
    wait: Callable[[Mapping[str, str]], float | None],
) -> Answer:
    """Return the answer, or raise what its status or its body says."""
    body, is_readable = None, True
    if content:
        try:
            body = plain(loads(content))
        except (ValueError, RecursionError):
            is_readable = False
    error = answers.failure(
        status,
        host=host,
        words=hide(answers.words_of(body)),
        code=hide(answers.code_of(body)),
        is_write=is_write,
        wait=wait(headers),
    )
    if error:
        raise error
    if not is_readable:
        kind = OutcomeUnknown if is_write else BadPayload
        raise kind(f"{host} answered something that is not JSON.")
    return Answer(status, headers, body)


def document(
    status: int,
    headers: dict[str, str],
    content: bytes,
    *,
    url: str,
    host: str,
    wait: Callable[[Mapping[str, str]], float | None],
) -> Document:
    """Return the file, or raise what the status says."""
    if status != 304:
        error = answers.failure(
            status, host=host, words="", code="", is_write=False, wait=wait(headers)
        )
        if error:
            raise error
    return Document(status, headers, content, url)
