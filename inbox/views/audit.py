"""The record: who did what and when, for reading only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override

from inbox.audit_filter import NEWEST, AuditFilter
from inbox.lib.csv import lines
from inbox.models import AuditEvent
from inbox.operations.audit import record
from inbox.templatetags.record import in_words, who
from inbox.views.door import DeskRequest, door

PAGE = 100
COLUMNS = ("at", "who", "verb", "what", "conversation", "target", "target_id", "facts")


@door("inbox.view_auditevent")
def audit(request: DeskRequest) -> HttpResponse:
    """The newest lines of the record; through htmx with `?after=` the lines that follow."""
    found = AuditFilter(request.GET, reader=request.user)
    cursor = request.GET.get("after", "")
    rows = found.qs.order_by(*NEWEST.columns)
    if cursor:
        rows = NEWEST.after(rows, cursor)
    events = list(rows[: PAGE + 1])
    more = NEWEST.cursor(events[PAGE - 1]) if len(events) > PAGE else ""
    context = {"found": found, "events": events[:PAGE], "more": more, "is_first": not cursor}
    template = "inbox/audit.html" + ("#rows" if cursor and request.htmx else "")
    return render(request, template, context)


@door("inbox.view_auditevent")
def export(request: DeskRequest) -> StreamingHttpResponse:
    """What the page shows under the same filters, whole, as CSV; the taking is recorded too."""
    found = AuditFilter(request.GET, reader=request.user)
    record(
        actor=request.user,
        verb="inbox.record.exported",
        target=request.user,
        filters=found.query,
    )
    rows = found.qs.order_by("-at", "-pk").iterator(chunk_size=500)
    body = lines(chain([COLUMNS], map(_cells, rows)))
    name = f"record-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    body = _in(get_language() or settings.LANGUAGE_CODE, body)
    return StreamingHttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


def _in(language: str, parts: Iterable[str]) -> Iterator[str]:
    """The answer is written after the request is over, but in the language that it had."""
    with override(language):
        yield from parts


def _cells(event: AuditEvent) -> tuple[object, ...]:
    return (
        event.at.isoformat(timespec="seconds"),
        who(event),
        event.verb,
        in_words(event),
        event.conversation_id or "",
        event.target_type,
        event.target_id,
        json.dumps(event.data, ensure_ascii=False),
    )
