"""The one HTTP door of all connectors."""

from __future__ import annotations

import contextlib
import copy
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx

from inbox.connectors.buckets import Bucket, Buckets
from inbox.connectors.errors import (
    Elsewhere,
    RateLimited,
    Rejected,
)
from inbox.connectors.exchange import Observer, seen
from inbox.connectors.guard import Reach, deadline
from inbox.connectors.received import (
    Answer,
    Document,
    Reaction,
    TooLarge,
    document,
    lost,
    read,
)
from inbox.connectors.redaction import Redaction
from inbox.connectors.transport import Transport
from inbox.lib.private_hosts import PrivateHosts

logger = logging.getLogger(__name__)

UNLIMITED = Bucket()
MAX_BODY = 8 * 1024 * 1024  # bytes, after decompression
HTTP_PORT = 80
MOST_HOPS = 3  # redirections that one `fetch` follows
FOR_GOOD = (301, 308)  # https://www.rfc-editor.org/rfc/rfc9110#section-15.4
REDIRECTIONS = (*FOR_GOOD, 302, 303, 307)


class Http:
    """Sends requests and turns everything that can go wrong into our errors.

    timeout: seconds for the whole request, name look-up and slow bodies included.
    allow_private: for practice networks only: also plain http, and no other addresses than those
    of this machine or a private network. private_hosts: otherwise, what of private networks may
    be asked, also by plain http. May be shared by threads; make a new one after a fork.
    """

    def __init__(
        self,
        *,
        timeout: float,
        allow_private: bool = False,
        private_hosts: PrivateHosts | None = None,
        transport: httpx.BaseTransport | None = None,
        user_agent: str = "CrisisDesk",
    ) -> None:
        self.timeout = timeout
        self.reach = Reach(allow_private, private_hosts or PrivateHosts())
        self._buckets = Buckets()
        self._observer: Observer | None = None
        self._client = httpx.Client(
            transport=transport or Transport(self.reach),
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

    def watched(self, observer: Observer) -> Http:
        """Return the same door, over the same connections, telling `observer` of what passes."""
        door = copy.copy(self)
        door._observer = observer
        return door

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
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: str | tuple[str, str] | None = None,
        is_write: bool = False,
        bucket: Bucket = UNLIMITED,
    ) -> Answer:
        """Return the network's answer to one request; anything but success raises.

        params: those that are None are left out; lists are repeated. auth: a bearer token, or
        user and password. files: name, content and type by the name of the form's field.
        content: a body as it is; its type is among the headers.
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
            content=content,
            headers=sent_headers,
        )
        basic = httpx.BasicAuth(*auth) if isinstance(auth, tuple) else None
        hide = Redaction(headers=sent_headers, form=form or {}, auth=auth)
        until = time.monotonic() + self.timeout
        try:
            status, lower, content = self._exchange(
                request, basic, until=until, hide=hide, signs_in=hide.signs_in
            )
        except (httpx.HTTPError, TooLarge) as exc:
            raise lost(exc, host=host, is_write=is_write, hide=hide) from None
        self._buckets.note(bucket, status, lower)
        return read(
            status, lower, content, host=host, is_write=is_write, hide=hide, wait=bucket.wait
        )

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str], keep: int) -> Reaction:
        """Return how a receiver reacts to `content`, whatever it says; `keep` bytes of it.

        Raises TransientError if it does not answer, Rejected if it must not be asked.
        """
        until = time.monotonic() + self.timeout
        host = self._check(url)
        request = self._client.build_request("POST", url, content=content, headers=headers)
        try:
            return Reaction(*self._exchange(request, until=until, keep=keep))
        except httpx.HTTPError as exc:
            raise lost(exc, host=host, is_write=False, hide=str) from None

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: str = "",
        max_bytes: int = MAX_BODY,
        bucket: Bucket = UNLIMITED,
    ) -> Document:
        """Return the file at an address that people gave us; anything but 200 and 304 raises.

        A few temporary redirections are followed, each hop checked like the first and all within
        one time-out. One that is meant for good raises Elsewhere, with the new address.
        auth: a bearer token, for this very address and none that it sends us on to.
        """
        until = time.monotonic() + self.timeout
        shown = {"Authorization": f"Bearer {auth}"} if auth else {}
        for _hop in range(MOST_HOPS + 1):
            host = self._check(url)
            left = self._buckets.seconds_left(bucket)
            if left:
                raise RateLimited(f"{host} asked us to wait.", retry_after=left)
            request = self._client.build_request("GET", url, headers={**(headers or {}), **shown})
            hide = Redaction(headers=shown, form={}, auth=auth or None)
            try:
                status, lower, content = self._exchange(
                    request, until=until, max_bytes=max_bytes, hide=hide
                )
            except (httpx.HTTPError, TooLarge) as exc:
                raise lost(exc, host=host, is_write=False, hide=hide) from None
            shown = {}
            self._buckets.note(bucket, status, lower)
            if status not in REDIRECTIONS or "location" not in lower:
                return document(status, lower, content, url=url, host=host, wait=bucket.wait)
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
        if address.scheme != "https" and not self.reach.takes_plain(
            address.host, address.port or HTTP_PORT
        ):
            raise Rejected(
                f"{address.host} is not asked without encryption: use https. If it is in your own"
                " network, ask whoever runs the desk to add it to PRIVATE_HOSTS."
            )
        return address.host

    def _exchange(
        self,
        request: httpx.Request,
        auth: httpx.BasicAuth | None = None,
        *,
        until: float,
        max_bytes: int = MAX_BODY,
        keep: int | None = None,
        hide: Callable[[str], str] = str,
        signs_in: bool = False,
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer. Who watches hears of it in any case."""
        told = {"method": request.method, "host": request.url.host}
        started = time.monotonic()
        limit = deadline.set(until)
        content, error = bytearray(), ""
        response: httpx.Response | None = None
        try:
            response = self._client.send(request, auth=auth, stream=True)
            with contextlib.closing(response):
                # What is cut short is read as it comes, for a small body may unpack to a huge one.
                for chunk in response.iter_bytes() if keep is None else response.iter_raw():
                    content += chunk
                    if keep is not None and len(content) >= keep:
                        break
                    if len(content) > max_bytes:
                        raise TooLarge(f"more than {max_bytes // 1024 // 1024} MB")
        except (httpx.HTTPError, TooLarge) as exc:
            error = str(exc) or type(exc).__name__
            logger.debug("Network request failed", extra=told)
            raise
        finally:
            deadline.reset(limit)
            if self._observer:
                self._observer(
                    seen(
                        request,
                        response,
                        bytes(content),
                        error=error,
                        seconds=time.monotonic() - started,
                        hide=hide,
                        signs_in=signs_in,
                    )
                )
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


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError) as exc:
        raise Rejected(f"The redirection leads to a malformed address: {exc}") from exc
