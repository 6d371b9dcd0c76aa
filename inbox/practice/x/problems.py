"""X's ways of saying no: problem documents (https://docs.x.com/x-api/fundamentals/response-codes-and-errors)."""

from __future__ import annotations

import math
import time
from typing import Any

from starlette.responses import JSONResponse

from inbox.practice.faults import Rule

TYPES = "https://api.x.com/2/problems/"


class Problem(Exception):
    """An answer other than success."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        type_: str = "about:blank",
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.body = {"title": title, "type": type_, "detail": detail, "status": status, **extra}

    def response(self) -> JSONResponse:
        return JSONResponse(
            self.body, self.status, self.headers, media_type="application/problem+json"
        )


def invalid(parameter: str, value: Any, message: str) -> Problem:
    """A parameter or a field of the body is wrong."""
    values = value if isinstance(value, list) else [str(value)]
    return Problem(
        400,
        "Invalid Request",
        "One or more parameters to your request was invalid.",
        TYPES + "invalid-request",
        errors=[{"parameters": {parameter: values}, "message": message}],
    )


def bad_text(detail: str) -> Problem:
    return Problem(400, "Invalid Request", detail, TYPES + "invalid-request")


def unauthorized() -> Problem:
    return Problem(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str) -> Problem:
    return Problem(403, "Forbidden", detail)


def client_forbidden(detail: str) -> Problem:
    return Problem(
        403,
        "Client Forbidden",
        detail,
        TYPES + "client-forbidden",
        reason="official-client-forbidden",
    )


def too_many(headers: dict[str, str] | None = None) -> Problem:
    return Problem(429, "Too Many Requests", "Too Many Requests", headers=headers)


def server_error(status: int) -> Problem:
    titles = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
    title = titles.get(status, "Error")
    return Problem(
        status, title, title, TYPES + "internal-error" if status == 500 else "about:blank"
    )


def not_found(kind: str, parameter: str, value: object) -> dict[str, Any]:
    """Return the entry of `errors` that says an item does not exist; the answer stays a 200."""
    return {
        "value": str(value),
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": str(value),
        "type": TYPES + "resource-not-found",
    }


def of_rule(rule: Rule) -> JSONResponse:
    """Return the answer of a status fault; a 429 ends after the rule's seconds, at least one."""
    if rule.status != 429:
        return server_error(rule.status).response()
    reset_at = math.ceil(time.time() + max(1.0, rule.seconds))
    return too_many(
        {
            "x-rate-limit-limit": "1",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(reset_at),
        }
    ).response()
