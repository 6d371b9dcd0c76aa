"""What could not be read: why, what it was, and settling it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.connectors.redaction import hide_by_name
from inbox.connectors.registry import CONNECTORS, manifest
from inbox.models import BadItem, Channel, Receipt, SavedSearch
from inbox.operations import tray
from inbox.views.door import DeskRequest, door, toast

LOOK, SETTLE = "inbox.view_baditem", "inbox.manage_channel"
SHOWN = 100
SHOWN_RAW = 20_000  # characters of one payload
MOST_DIGITS = 18
KINDS: dict[str, Any] = {"item": BadItem, "delivery": Receipt}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the tray, a polled item or a delivery."""

    kind: str
    pk: int
    channel: Channel | None
    place: str
    stream: str
    label: str
    searched_for: str
    reason: str
    attempts: int
    at: datetime
    raw: str


@door(LOOK)
def index(request: DeskRequest) -> HttpResponse:
    """All of it, or that of one channel; `#entries` keeps itself fresh."""
    return _list(request)


@door(SETTLE, "POST")
def retry_all(request: DeskRequest) -> HttpResponse:
    """Have everything read again, or what one channel has (`?channel=`)."""
    channel = _chosen(request)
    count = tray.read_all_again(channel_id=channel.pk if channel else None, by=request.user)
    words = ngettext("%(count)s is being read again.", "%(count)s are being read again.", count)
    return toast(request, _back(channel), words % {"count": count})


@door(SETTLE, "POST")
def retry(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """Read one again."""
    entry = _entry(request, kind, pk)
    if isinstance(entry, Receipt):
        tray.read_receipt_again(receipt=entry, by=request.user)
        return _done(request, _("It is being read again."))
    if tray.read_again(item=entry, by=request.user):
        return _done(request, _("Now it could be read."))
    return _done(request, _("It still cannot be read: %(why)s") % {"why": entry.reason}, "danger")


@door(SETTLE, "POST")
def discard(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """Make nothing of it, for a reason."""
    entry = _entry(request, kind, pk)
    tray.discard(entry=entry, reason=request.POST.get("reason", ""), by=request.user)
    return _done(request, _("Discarded. What it was and why stays in the record."))


def _list(request: DeskRequest) -> HttpResponse:
    items = BadItem.objects.visible_to(request.user).unread().select_related("channel")
    receipts = Receipt.objects.visible_to(request.user).unread().select_related("channel")
    channel = _chosen(request)
    if channel:
        items, receipts = items.filter(channel=channel), receipts.filter(channel=channel)
    shown = list(items[: SHOWN + 1])
    searches = SavedSearch.objects.by_stream({row.channel_id for row in shown})
    found = [_of_item(row, searches.get((row.channel_id, row.stream), "")) for row in shown]
    found += [_of_receipt(row) for row in receipts.order_by("-pk")[: SHOWN + 1]]
    found.sort(key=lambda entry: entry.at, reverse=True)
    context = {"entries": found[:SHOWN], "has_more": len(found) > SHOWN, "channel": channel}
    template = "inbox/channels/tray.html" + ("#entries" if request.htmx else "")
    return render(request, template, context)


def _done(request: DeskRequest, words: str, tone: str = "info") -> HttpResponse:
    response = _list(request) if request.htmx else _back(None)
    return toast(request, response, words, tone=tone)


def _back(channel: Channel | None) -> HttpResponse:
    response = redirect("inbox:tray")
    if channel:
        response["Location"] += f"?channel={channel.pk}"
    return response


def _chosen(request: DeskRequest) -> Channel | None:
    number = request.GET.get("channel", "")
    if not number.isdecimal() or len(number) > MOST_DIGITS:
        return None
    return get_object_or_404(Channel.objects.visible_to(request.user), pk=int(number))


def _entry(request: DeskRequest, kind: str, pk: int) -> BadItem | Receipt:
    if kind not in KINDS:
        raise Http404
    rows: Any = KINDS[kind].objects.visible_to(request.user)
    found: BadItem | Receipt = get_object_or_404(rows.select_related("channel"), pk=pk)
    return found


def _of_item(row: BadItem, searched_for: str) -> Entry:
    names = row.channel.facts.get("stream_names", {})
    raw = json.dumps(row.raw, indent=2, ensure_ascii=False)
    return Entry(
        "item", row.pk, row.channel, str(row.channel), row.stream,
        str(names.get(row.stream, "")), searched_for, row.reason, row.attempts, row.created_at,
        hide_by_name(raw)[:SHOWN_RAW],
    )  # fmt: skip


def _of_receipt(row: Receipt) -> Entry:
    raw = bytes(row.body)[: SHOWN_RAW * 2].decode(errors="replace").replace("\0", "\ufffd")
    label = manifest(row.network).label if row.network in CONNECTORS else row.network
    return Entry(
        "delivery", row.pk, row.channel, str(row.channel or label), "webhook", "", "",
        row.error, row.attempts, row.received_at, hide_by_name(raw)[:SHOWN_RAW],
    )  # fmt: skip
