"""Share of voice: us beside competitors over time, with the messages behind every number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inbox.charts import Bar, Series, bars, lines, round_top
from inbox.lib.csv import lines as csv_lines
from inbox.lib.errors import BadInput
from inbox.lib.keyset import Order
from inbox.models import Conversation
from inbox.share import (
    SENTIMENTS,
    Brand,
    ShareForm,
    Span,
    brands,
    capped_brands,
    counts_for,
    hits_for,
    kept_since,
    read_moment,
    written,
)
from inbox.templatetags.listening import thousands
from inbox.views.door import DeskRequest, door

READ = "inbox.view_savedsearch"
NEWEST = Order("hits", "sent_at", is_descending=True)
PAGE = 50
MOST_LINES = 5
COLUMNS = ("at", "brand", "is_ours", "search", "channel", "sentiment", "language", "count")


@door(READ)
def share(request: DeskRequest) -> HttpResponse:
    """The charts and the same numbers in tables."""
    form = ShareForm(request.GET, reader=request.user)
    span, channel = form.span, form.channel_pk
    found = brands(request.user, span, channel)
    whole = sum(brand.total for brand in found)
    kept = kept_since()

    def link(brand: Brand, since: datetime, until: datetime, sentiment: str = "") -> str:
        """Return the address of the messages behind a number, "" where only counts are kept."""
        return _hits_url(brand.name, since, until, sentiment, channel) if until > kept else ""

    context = {
        "form": form,
        "span": span,
        "whole": whole,
        "has_brands": bool(found),
        "capped": capped_brands(request.user, [brand.name for brand in found]),
        "kept_since": kept if span.since < kept else None,
        "bars": _bars(found, whole),
        "lines": _lines(found, span),
        "rows": [_row(brand, span, whole, link) for brand in found],
        "brands": found,
        "steps": [
            (step, [(brand.at(step), link(brand, step, span.end_of(step))) for brand in found])
            for step in reversed(span.steps())
            if any(brand.at(step) for brand in found)
        ],
    }
    return render(request, "inbox/listening/share.html", context, status=_status(form))


@door(READ)
def export(request: DeskRequest) -> HttpResponse:
    """The counts behind the page under the same filters, as CSV."""
    form = ShareForm(request.GET, reader=request.user)
    if not form.is_valid():
        raise BadInput(next(iter(form.errors.values()))[0])
    rows = counts_for(request.user, form.span, form.channel_pk)
    rows = rows.select_related("search", "channel").order_by("at", "pk")
    body = csv_lines(chain([COLUMNS], _cells(rows.iterator(chunk_size=500))))
    name = f"share-of-voice-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


@door(READ)
def hits(request: DeskRequest) -> HttpResponse:
    """The messages behind one number, newest first; through htmx with `?after=` the next ones."""
    query, usual = request.GET, ShareForm({}, reader=request.user).span
    since = read_moment(query.get("since") or written(usual.since), "since")
    until = read_moment(query.get("until") or written(usual.until), "until")
    sentiment = query.get("sentiment", "")
    channel = query.get("channel", "")
    if sentiment and sentiment not in SENTIMENTS:
        raise BadInput(_("“sentiment” takes negative, neutral or positive."))
    if channel and not (channel.isdecimal() and len(channel) < 19):
        raise BadInput(_("“channel” takes a channel's number."))
    found = hits_for(
        request.user,
        since=since,
        until=until,
        brand=query.get("brand", ""),
        sentiment=sentiment,
        channel=int(channel) if channel else None,
    ).order_by(*NEWEST.columns)
    cursor = query.get("after", "")
    rows = list((NEWEST.after(found, cursor) if cursor else found)[: PAGE + 1])
    shown = {key: value for key, value in query.items() if key != "after"}
    context = {
        "hits": rows[:PAGE],
        "more": NEWEST.cursor(rows[PAGE - 1]) if len(rows) > PAGE else "",
        "query": urlencode(shown),
        "brand": query.get("brand", ""),
        "sentiment": Conversation.Sentiment(sentiment).label if sentiment else "",
        "since": since,
        "until": until,
        "kept_since": kept_since() if since < kept_since() else None,
    }
    template = "inbox/listening/hits.html" + ("#rows" if cursor and request.htmx else "")
    return render(request, template, context)


def _status(form: ShareForm) -> int:
    return 200 if form.is_valid() else 422


def _bars(found: Sequence[Brand], whole: int) -> str:
    rows = [
        Bar(
            name=brand.name,
            value=f"{thousands(brand.total)} · {_percent(brand.total, whole)} %",
            parts=[(sentiment, brand.of(sentiment)) for sentiment in SENTIMENTS],
        )
        for brand in found
    ]
    return bars(rows, label=_("How often each brand was spoken of, and how that sounded"))


def _lines(found: Sequence[Brand], span: Span) -> str:
    steps = span.steps()
    shown = found[:MOST_LINES]
    series = [Series(one.name, [one.at(step) for step in steps], one.is_ours) for one in shown]
    most = max((max(one.numbers) for one in series), default=0)
    form = "H:i" if span.is_hourly else "j M"
    marks = [steps[0], steps[len(steps) // 2], steps[-1]] if len(steps) > 2 else steps
    ticks = [date_format(timezone.localtime(mark), form) for mark in marks]
    label = _("How often each brand was spoken of over time")
    return lines(series, ticks, top=round_top(most), label=label)


def _row(brand: Brand, span: Span, whole: int, link: Any) -> dict[str, Any]:
    return {
        "brand": brand,
        "share": _percent(brand.total, whole),
        "total": (brand.total, link(brand, span.since, span.until)),
        "parts": [
            (
                Conversation.Sentiment(sentiment).label,
                brand.of(sentiment),
                link(brand, span.since, span.until, sentiment),
            )
            for sentiment in SENTIMENTS
        ],
    }


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _hits_url(
    brand: str, since: datetime, until: datetime, sentiment: str, channel: int | None
) -> str:
    facts = {
        "brand": brand,
        "since": written(since),
        "until": written(until),
        "sentiment": sentiment,
        "channel": str(channel or ""),
    }
    query = urlencode({name: value for name, value in facts.items() if value})
    return f"{reverse('inbox:hits')}?{query}"


def _cells(rows: Any) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.at.isoformat(timespec="seconds"),
            row.search.brand,
            "yes" if row.search.is_ours else "no",
            row.search.name,
            row.channel.name,
            row.sentiment,
            row.language,
            row.number,
        )
