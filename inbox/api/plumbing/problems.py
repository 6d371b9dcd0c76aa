"""Errors as programs read them: application/problem+json (RFC 9457), never a page.

https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from inbox.lib.errors import DomainError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:crisisdesk:problem:"


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JsonResponse:
    """Return the problem `code` in words; `more` are further members."""
    body = {
        "type": TYPE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    answer = JsonResponse(body | more, status=status, content_type=MEDIA_TYPE, headers=headers)
    answer["Cache-Control"] = "no-store"
    return answer


def handle(error: Exception, context: dict[str, Any]) -> JsonResponse | Response:
    """Turn whatever an API view raises into a problem; what nobody foresaw is logged as a bug."""
    set_rollback()
    if isinstance(error, DomainError):
        return problem(error.status, error.code, str(error), **_facts(error))
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, PermissionDenied):
        return problem(403, "not_allowed", _("You may not do this."))
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", _("The request is too large. Send less at once."))
    if isinstance(error, SuspiciousOperation):
        return problem(400, "malformed", _("The request cannot be read."))
    if isinstance(error, exceptions.ValidationError):
        return invalid(error.detail)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    logger.error("API view failed", exc_info=error)
    return failed()


def invalid(detail: Any) -> JsonResponse:
    """Return which fields are wrong and what to do about each."""
    errors = [{"field": field, "message": words} for field, words in _flat(detail)]
    words = "; ".join(f"{error['field']}: {error['message']}" for error in errors)
    return problem(422, "bad_input", words, errors=errors)


def not_found() -> JsonResponse:
    return problem(404, "not_found", _("There is no such thing, or it is not for you to see."))


def failed() -> JsonResponse:
    words = _("The desk could not do this. It has been logged; nothing was changed.")
    return problem(500, "failed", words)


def _of_framework(error: exceptions.APIException) -> JsonResponse:
    codes = {
        400: "malformed",
        401: "not_signed_in",
        403: "not_allowed",
        404: "not_found",
        405: "method_not_allowed",
        415: "unsupported_media_type",
        429: "too_many_requests",
    }
    headers = {}
    more: dict[str, Any] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        more["retry_after"] = math.ceil(wait)
        headers["Retry-After"] = str(more["retry_after"])
    code = codes.get(error.status_code, "refused")
    return problem(error.status_code, code, str(error.detail), headers=headers, **more)


def _facts(error: DomainError) -> dict[str, Any]:
    """Return what a program needs beyond the words: how far a conversation has moved."""
    if (version := getattr(error, "version", None)) is None:
        return {}
    return {"version": version, "message_ids": [row.pk for row in getattr(error, "messages", [])]}


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every complaint with the dotted name of its field."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, f"{path}.{own}".strip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path or "body", str(detail)
