"""One id for each request, and one line about it when it is over."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from crisisdesk.logging import about_request

logger = logging.getLogger(__name__)

# What a proxy in front may call the request; anything else could forge lines in the log.
_VALID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
# The first part of an address, and what the `pk` in it is the id of.
_IDS = {"conversations": "conversation_id", "channels": "channel_id", "approvals": "draft_id"}


class RequestLogMiddleware:
    """Honours a valid X-Request-ID, or makes one, and gives it back with the answer.

    Every line logged meanwhile carries it, and the ids of what the address names.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _VALID.fullmatch(given) else uuid.uuid4().hex
        mark = about_request.set({"request_id": request_id})
        began = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            _note(request, response, time.monotonic() - began)
            return response
        finally:
            about_request.reset(mark)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> None:
        facts = about_request.get()
        kind = _IDS.get(request.path.split("/")[1])
        if facts is not None and kind and "pk" in kwargs:
            facts[kind] = kwargs["pk"]


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """The route rather than the address: an address may hold a search, or a token."""
    match = request.resolver_match
    logger.info(
        "request",
        extra={
            "method": request.method,
            "route": match.route if match else "",
            "status": response.status_code,
            "ms": round(seconds * 1000),
            "user_id": getattr(getattr(request, "user", None), "pk", None),
        },
    )
