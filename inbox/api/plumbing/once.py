"""Idempotency-Key: a request that is sent again is answered again, and done once.

The answer is written in the transaction of the act, so a process that dies between them leaves
neither. Refusals are not kept: they changed nothing, so the key stays free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api.plumbing.limits import holder
from inbox.api.plumbing.problems import problem
from inbox.lib.errors import BadInput, DomainError
from inbox.models import KeptAnswer
from inbox.operations.upkeep import KEEP_ANSWERS

HEADER = "Idempotency-Key"
LONGEST = 200
LEASE = timedelta(seconds=60)  # no request takes so long; a key whose process died is free then

Handler = Callable[..., Any]


class KeyReused(DomainError):
    """The key came before with another request."""

    code = "key_reused"
    status = 422


def once(handler: Handler) -> Handler:
    """Return `handler`, which acts once for each key that its request carries."""

    def guarded(request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(request, *args, **kwargs)
        if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
            raise BadInput(_("Idempotency-Key takes 1 to 200 printable ASCII characters."))
        row, is_mine = _claim(holder(request), key, _fingerprint(request))
        if not is_mine:
            return _again(row)
        try:
            with transaction.atomic():
                answer = handler(request, *args, **kwargs)
                _keep(row, answer)
        except BaseException:
            KeptAnswer.objects.filter(pk=row.pk, status=None).delete()
            raise
        return answer

    return guarded


def _claim(who: str, key: str, fingerprint: str) -> tuple[KeptAnswer, bool]:
    """Return the row of this key, and whether the caller is the one to act.

    Raises KeyReused if the key came with another request.
    """
    now = timezone.now()
    rows = KeptAnswer.objects.filter(holder=who, key=key)
    rows.filter(created_at__lt=now - KEEP_ANSWERS).delete()
    rows.filter(status=None, leased_until__lt=now).delete()
    values = {"fingerprint": fingerprint, "leased_until": now + LEASE}
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(holder=who, key=key, **values), True
    except IntegrityError:
        row = rows.first()
    if row is None:  # the other one has just been refused, and its key freed
        return KeptAnswer(holder=who, key=key, **values), False
    if row.fingerprint != fingerprint:
        raise KeyReused(
            _("This Idempotency-Key came with another request before. Use a new key for each act.")
        )
    return row, False


def _again(row: KeptAnswer) -> HttpResponse:
    if row.status is None:
        words = _("A request with this Idempotency-Key is being worked on. Ask again in a second.")
        return problem(409, "in_progress", words, headers={"Retry-After": "1"}, retry_after=1)
    answer = HttpResponse(row.body, status=row.status, content_type="application/json")
    answer["Idempotency-Replayed"] = "true"
    return answer


def _keep(row: KeptAnswer, answer: Response) -> None:
    body = JSONRenderer().render(answer.data).decode() if answer.data is not None else ""
    mine = KeptAnswer.objects.filter(pk=row.pk, status=None, leased_until=row.leased_until)
    if not mine.update(status=answer.status_code, body=body):
        # The lease ran out and somebody else has the key: this act must not count as well.
        raise DomainError(_("This took too long. Ask again with the same key."))


def _fingerprint(request: Request) -> str:
    """Return what makes two requests the same: where to, and every byte of what was sent."""
    plain = request._request
    parts = [plain.method or "", plain.get_full_path(), plain.content_type or ""]
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + plain.body).hexdigest()
