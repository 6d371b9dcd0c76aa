"""The one HTTP door of all connectors."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from json import loads
from ssl import SSLContext
from typing import Any, Self

import httpcore
import httpx

from inbox.connectors import answers
from inbox.connectors.buckets import Bucket, Buckets
from inbox.connectors.errors import (
    BadPayload,
    ConnectorError,
    Elsewhere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
)
from inbox.connectors.guard import GuardedBackend, deadline
from inbox.connectors.plain import plain
from inbox.connectors.redaction import Redaction

logger = logging.getLogger(__name__)

UNLIMITED = Bucket()
MAX_BODY = 8 * 1024 * 1024  # bytes, after decompression
KEEP_ALIVE = 30.0  # seconds an idle connection is kept; longer than the time between two polls
MOST_HOPS = 3  # redirections that one `fetch` follows
FOR_GOOD = (301, 308)  # https://www.rfc-editor.org/rfc/rfc9110#section-15.4
REDIRECTIONS = (*FOR_GOOD, 302, 303, 307)
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


class Http:
    """Sends requests and turns everything that can go wrong into our errors.

    timeout: seconds for the whole request, name look-up and slow bodies included.
    allow_private: for practice networks only: also plain http, and no other addresses than those
    of this machine or a private network. May be shared by threads; make a new one after a fork.
    """

    def __init__(
        self,
        *,
        timeout: float,
        allow_private: bool = False,
        transport: httpx.BaseTransport | None = None,
        user_agent: str = "CrisisDesk",
    ) -> None:
        self._timeout = timeout
        self._allow_private = allow_private
        self._buckets = Buckets()
        self._client = httpx.Client(
            transport=transport or _Transport(allow_private=allow_private),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers={
                "User-Agent": user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int | list[str] | None] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: str | tuple[str, str] | None = None,
        is_write: bool = False,
        bucket: Bucket = UNLIMITED,
    ) -> Answer:
        """Return the network's answer to one request; anything but success raises.

        params: those that are None are left out; lists are repeated. auth: a bearer token, or
        user and password. files: name, content and type by the name of the form's field.
        is_write: the request changes something, so a lost answer is OutcomeUnknown.
        bucket: the allowance it draws on; an empty one is not asked.
        """
        host = self._check(url)
        left = self._buckets.seconds_left(bucket)
        if left:
            raise RateLimited(f"{host} asked us to wait.", retry_after=left)
        sent_headers = dict(headers or {})
        if isinstance(auth, str):
            sent_headers["Authorization"] = f"Bearer {auth}"
        request = self._client.build_request(
            method,
            url,
            params={name: value for name, value in (params or {}).items() if value is not None},
            json=json,
            data=form,
            files=files,
            headers=sent_headers,
        )
        basic = httpx.BasicAuth(*auth) if isinstance(auth, tuple) else None
        hide = Redaction(headers=sent_headers, form=form or {}, auth=auth)
        until = time.monotonic() + self._timeout
        try:
            status, lower, content = self._exchange(request, basic, until=until)
        except (httpx.HTTPError, _TooLarge) as exc:
            raise _lost(exc, host=host, is_write=is_write, hide=hide) from None
        self._buckets.note(bucket, status, lower)
        return _read(
            status, lower, content, host=host, is_write=is_write, hide=hide, wait=bucket.wait
        )

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str], keep: int) -> Reaction:
        """Return how a receiver reacts to `content`, whatever it says; `keep` bytes of it.

        Raises TransientError if it does not answer, Rejected if it must not be asked.
        """
        until = time.monotonic() + self._timeout
        host = self._check(url)
        request = self._client.build_request("POST", url, content=content, headers=headers)
        try:
            return Reaction(*self._exchange(request, until=until, keep=keep))
        except httpx.HTTPError as exc:
            raise _lost(exc, host=host, is_write=False, hide=str) from None

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BODY,
        bucket: Bucket = UNLIMITED,
    ) -> Document:
        """Return the file at an address that people gave us; anything but 200 and 304 raises.

        A few temporary redirections are followed, each hop checked like the first and all within
        one time-out. One that is meant for good raises Elsewhere, with the new address.
        """
        until = time.monotonic() + self._timeout
        for _hop in range(MOST_HOPS + 1):
            host = self._check(url)
            left = self._buckets.seconds_left(bucket)
            if left:
                raise RateLimited(f"{host} asked us to wait.", retry_after=left)
            request = self._client.build_request("GET", url, headers=dict(headers or {}))
            try:
                status, lower, content = self._exchange(request, until=until, max_bytes=max_bytes)
            except (httpx.HTTPError, _TooLarge) as exc:
                raise _lost(exc, host=host, is_write=False, hide=str) from None
            self._buckets.note(bucket, status, lower)
            if status not in REDIRECTIONS or "location" not in lower:
                return _document(status, lower, content, url=url, host=host, wait=bucket.wait)
            target = _joined(url, lower["location"])
            if status in FOR_GOOD:
                words = f"{host} says that this address has moved for good to {target}"
                raise Elsewhere(words, addresses=[target], instead_of=url, status=status)
            url = target
        raise Rejected(f"{host} sends us on and on; after {MOST_HOPS} redirections we stopped.")

    def _check(self, url: str) -> str:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as exc:
            raise Rejected(f"The address of the network is malformed: {exc}") from exc
        if not address.host or address.scheme not in ("https", "http"):
            raise Rejected("The address of the network is not a web address.")
        if address.scheme != "https" and not self._allow_private:
            raise Rejected(f"{address.host} is not asked without encryption: use https.")
        return address.host

    def _exchange(
        self,
        request: httpx.Request,
        auth: httpx.BasicAuth | None = None,
        *,
        until: float,
        max_bytes: int = MAX_BODY,
        keep: int | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        told = {"method": request.method, "host": request.url.host}
        started = time.monotonic()
        limit = deadline.set(until)
        content = bytearray()
        try:
            response = self._client.send(request, auth=auth, stream=True)
            with contextlib.closing(response):
                # What is cut short is read as it comes, for a small body may unpack to a huge one.
                for chunk in response.iter_bytes() if keep is None else response.iter_raw():
                    content += chunk
                    if keep is not None and len(content) >= keep:
                        break
                    if len(content) > max_bytes:
                        raise _TooLarge(f"more than {max_bytes // 1024 // 1024} MB")
        except (httpx.HTTPError, _TooLarge):
            logger.debug("Network request failed", extra=told)
            raise
        finally:
            deadline.reset(limit)
        logger.debug(
            "Network request",
            extra={
                **told,
                "path": request.url.path,
                "status": response.status_code,
                "milliseconds": round((time.monotonic() - started) * 1000),
            },
        )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status_code, headers, bytes(content[:keep])


class _TooLarge(Exception):
    """The body is beyond what any answer of a network needs."""


def _lost(
    exc: Exception, *, host: str, is_write: bool, hide: Callable[[str], str]
) -> ConnectorError:
    """Return what a request that got no whole answer means."""
    reason = hide(str(exc) or type(exc).__name__)
    if isinstance(exc, NOT_SENT):
        return TransientError(f"{host} cannot be reached: {reason}")
    if is_write:
        return OutcomeUnknown(f"{host} gave no full answer, so nobody knows the outcome: {reason}")
    if isinstance(exc, _TooLarge | httpx.DecodingError):
        return BadPayload(f"{host} sent an answer that we do not read: {reason}")
    return TransientError(f"{host} gave no full answer: {reason}")


def _read(
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


def _document(
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


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError) as exc:
        raise Rejected(f"The redirection leads to a malformed address: {exc}") from exc


@cache
def _certificates() -> SSLContext:
    """Return what we trust; reading it takes some 40 ms, so all share one."""
    return httpx.create_ssl_context()


class _Transport(httpx.BaseTransport):
    """httpx over connections that `guard` makes; its own transport takes no other backend."""

    def __init__(self, *, allow_private: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=KEEP_ALIVE,
            network_backend=GuardedBackend(allow_private=allow_private),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with _as_httpx():
            self._answer.close()


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """Both libraries give their transport errors the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as exc:
        raised: type[httpx.TransportError] = getattr(httpx, type(exc).__name__)
        raise raised(str(exc)) from exc
