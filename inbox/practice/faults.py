"""Misbehaving on demand: slow answers, lost answers, refusals, errors, repeated items.

A rule says which requests it meets (method, path prefix, every n-th) and what happens to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS = {
    "delay": "answer late, by the seconds given",
    "timeout_after_accept": "carry the request out and never answer",
    "cut_after_accept": "carry the request out and close the connection",
    "malformed": "carry the request out and answer with half of the JSON",
    "drip": "carry the request out and answer byte by byte, one in the seconds given",
    "redirect": "carry nothing out and point to an address in a private network",
    "refuse": "close the connection and carry nothing out",
    "status": "answer with the status given",
    "duplicates": "repeat items, within a page and on the next",
}
# Longer than the patience of any sane client; then the connection is cut.
HANG_SECONDS = 300.0
PRIVATE = "http://10.11.12.13/"
WRITES = {"POST", "PUT", "DELETE"}


class BadRule(ValueError):
    """A fault rule makes no sense; the message says why."""


@dataclass
class Rule:
    """One kind of trouble and the requests it hits.

    path is a prefix; every n-th matching request is hit, at most `times` of them (0: no end).
    seconds: how late (delay) or how long until the limit ends (status 429). after_accept: carry
    the request out before answering with `status`.
    """

    kind: str
    method: str = ""
    path: str = ""
    every: int = 1
    times: int = 0
    seconds: float = 0.0
    status: int = 500
    after_accept: bool = False
    seen: int = field(default=0)
    hits: int = field(default=0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadRule(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.every < 1 or self.times < 0 or self.seconds < 0:
            raise BadRule("every must be at least 1, times and seconds at least 0")
        if not 400 <= self.status <= 599:
            raise BadRule("status must be between 400 and 599")
        self.method = self.method.upper()

    def strikes(self, method: str, path: str) -> bool:
        """Count a request if it is one of ours, and say whether it is to be hit."""
        if (self.method and method != self.method) or not path.startswith(self.path):
            return False
        if self.kind.endswith("after_accept") and not self.method and method not in WRITES:
            return False
        self.seen += 1
        if self.seen % self.every or (self.times and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class Faults:
    """The rules in force, and switches for a network's ways that are no faults."""

    def __init__(self, switches: Mapping[str, Any] | None = None) -> None:
        self.rules: list[Rule] = []
        self.switches: dict[str, Any] = dict(switches or {})
        self.stopping = asyncio.Event()

    def set_rules(self, rules: list[dict[str, Any]]) -> None:
        """Replace all rules. Raises BadRule."""
        try:
            self.rules = [
                Rule(**{key: value for key, value in rule.items() if key not in ("seen", "hits")})
                for rule in rules
            ]
        except TypeError as exc:
            raise BadRule(str(exc)) from exc

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": [asdict(rule) for rule in self.rules],
            **self.switches,
        }

    def is_on(self, switch: str) -> bool:
        return bool(self.switches[switch])

    def striking(self, method: str, path: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.strikes(method, path)]

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than the server lives."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


class FaultMiddleware:
    """Hits requests to the network's API; the control pages and the public site stay well.

    prefixes: of the API's paths. refusal: how the network answers with a rule's status.
    """

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        prefixes: tuple[str, ...],
        refusal: Callable[[Rule], Response],
    ) -> None:
        self.app = app
        self.faults = faults
        self.prefixes = prefixes
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(self.prefixes):
            await self.app(scope, receive, send)
            return
        rules = {rule.kind: rule for rule in self.faults.striking(scope["method"], path)}
        scope["state"]["duplicates"] = "duplicates" in rules
        if "delay" in rules:
            await self.faults.pause(rules["delay"].seconds)
        if "refuse" in rules:
            await _cut(scope, receive)
        elif "timeout_after_accept" in rules:
            await self._swallow(scope, receive)
        elif "cut_after_accept" in rules:
            await self.app(scope, receive, _nowhere)
            await _cut(scope, receive)
        elif "redirect" in rules:
            await Response(status_code=302, headers={"location": PRIVATE})(scope, receive, send)
        elif "malformed" in rules:
            await self.app(scope, receive, _Halved(send))
        elif "drip" in rules:
            await self.app(scope, receive, _Dripping(send, self.faults, rules["drip"].seconds))
        elif "status" in rules:
            await self._answer(rules["status"], scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.after_accept:
            await self.app(scope, receive, _nowhere)
        await self.refusal(rule)(scope, receive, send)

    async def _swallow(self, scope: Scope, receive: Receive) -> None:
        """Carry the request out, keep the answer, and hold the line until the client gives up."""
        await self.app(scope, receive, _nowhere)
        gone = asyncio.ensure_future(_disconnect(receive))
        stopping = asyncio.ensure_future(self.faults.stopping.wait())
        await asyncio.wait(
            {gone, stopping}, timeout=HANG_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        if not gone.done():
            gone.cancel()
            await _cut(scope, receive)


class _Halved:
    """Sends only the first half of a body, under a length that fits it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message.get("body", b"")
        half = body[: len(body) // 2] or b"{"
        headers = [pair for pair in self._start["headers"] if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(half)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": half})


class _Dripping:
    """Sends a body byte by byte."""

    def __init__(self, send: Send, faults: Faults, seconds: float) -> None:
        self._send = send
        self._faults = faults
        self._seconds = seconds

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            for index in range(len(body) - 1):
                await self._send({**message, "body": body[index : index + 1], "more_body": True})
                await self._faults.pause(self._seconds)
            message = {**message, "body": body[-1:]}
        await self._send(message)


async def _nowhere(message: Message) -> None:
    """Drop what the application answers."""


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without a word; the server's protocol put the means into the scope."""
    abort: Callable[[], None] = scope["state"]["abort"]
    abort()
    await _disconnect(receive)
