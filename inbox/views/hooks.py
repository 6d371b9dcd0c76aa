"""Where networks deliver by themselves: checked, kept as it came, answered; read by a worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, final

from django.http import HttpRequest, HttpResponse
from django.views import View

from inbox.connectors.errors import BadSignature, Unsupported
from inbox.connectors.types import Challenge
from inbox.operations import receipts

logger = logging.getLogger(__name__)

MAX_BODY = 5 * 1024 * 1024  # bytes


class Refused(Exception):
    """A delivery is not taken; `status` and the words are the answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


Check = Callable[["Hook", HttpRequest, bytes], None]


class Hook(View):
    """The way in for all deliveries.

    `check` of every class in the chain is called, the base's first: a class that has one of its
    own adds to those above it and cannot leave them out, nor can it take the way in over.
    """

    http_method_names = ["get", "post"]
    content_types = frozenset({"application/json"})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        taken = {"dispatch", "get", "post"} & set(vars(cls))
        if taken:
            raise TypeError(f"{cls.__name__} must leave {', '.join(sorted(taken))} to Hook")

    @final
    def get(self, request: HttpRequest, **where: str) -> HttpResponse:
        try:
            answer = self.challenge(request.GET.dict())
        except Refused as refused:
            return self._refuse(refused)
        return HttpResponse(answer.content, content_type=answer.content_type)

    @final
    def post(self, request: HttpRequest, **where: str) -> HttpResponse:
        try:
            body = _body(request)
            for check in _checks(type(self)):
                check(self, request, body)
        except Refused as refused:
            return self._refuse(refused)
        self.keep(body, _headers(request))
        return HttpResponse(status=200)

    def check(self, request: HttpRequest, body: bytes) -> None:
        """Raise Refused unless the body is one that we read."""
        if request.content_type not in self.content_types:
            raise Refused(415, f"{request.content_type} is not read here.")

    def challenge(self, query: Mapping[str, str]) -> Challenge:
        """Answer a network that asks whose address this is. Raises Refused."""
        raise Refused(404, "Nothing is asked here.")

    def keep(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Store what passed all checks."""
        raise NotImplementedError

    def _refuse(self, refused: Refused) -> HttpResponse:
        extra = {"status": refused.status, "reason": str(refused), **self.kwargs}
        logger.warning("delivery refused", extra=extra)
        return HttpResponse(str(refused), status=refused.status, content_type="text/plain")


class NetworkHook(Hook):
    """Deliveries of one network, which signs them."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.network: str = kwargs["network"]

    def check(self, request: HttpRequest, body: bytes) -> None:
        try:
            self._connector().verify_webhook(body, _headers(request))
        except (BadSignature, Unsupported) as error:
            raise Refused(403, error.message) from error

    def challenge(self, query: Mapping[str, str]) -> Challenge:
        try:
            return self._connector().answer_challenge(query)
        except (BadSignature, Unsupported) as error:
            raise Refused(403, error.message) from error

    def keep(self, body: bytes, headers: Mapping[str, str]) -> None:
        receipts.keep(network=self.network, body=body, headers=headers)

    def _connector(self) -> Any:
        if not receipts.takes_deliveries(self.network):
            raise Refused(404, "Nothing is delivered here.")
        return receipts.stranger(self.network)


def _checks(view: type[Hook]) -> list[Check]:
    return [vars(cls)["check"] for cls in reversed(view.__mro__) if "check" in vars(cls)]


def _body(request: HttpRequest) -> bytes:
    """Return the body, never more of it than anybody needs."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > MAX_BODY:
        raise Refused(413, f"A delivery has at most {MAX_BODY} bytes.")
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise Refused(413, f"A delivery has at most {MAX_BODY} bytes.")
    return body


def _headers(request: HttpRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
