"""The tray: what concerns the reader, and what they want to be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.forms import cleaned
from inbox.models import Notification, NotificationChoice, User
from inbox.operations import notifications
from inbox.templatetags.notices import in_words
from inbox.views.door import DeskRequest, door, toast

VIEW = "inbox.view_conversation"
SHOWN = 50
COUNTED = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Kind = Notification.Kind
# What cannot wait until somebody looks at the number.
SAID_ALOUD = (
    Kind.TAKEN_OVER,
    Kind.MENTIONED,
    Kind.ASSIGNED,
    Kind.RETURNED,
    Kind.REJECTED,
    Kind.WEBHOOK_OFF,
    Kind.SIGNED_OUT,
)


class ChoiceForm(forms.Form):
    """What to be told, as the boxes that are ticked."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Tell me when"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    auto_watch = forms.BooleanField(
        label=NotificationChoice._meta.get_field("auto_watch").verbose_name, required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].choices = notifications.kinds_for(user)  # type: ignore[attr-defined]


@door(VIEW)
def tray(request: DeskRequest) -> HttpResponse:
    """The entries, unread ones first, then the latest of the others."""
    rows = Notification.objects.visible_to(request.user).select_related(
        "actor", "conversation__author", "conversation__channel"
    )
    unread = list(rows.unread()[: SHOWN + 1])
    read = list(rows.exclude(read_at=None)[:SHOWN])
    context = {"unread": unread[:SHOWN], "has_more": len(unread) > SHOWN, "read": read}
    return render(request, "inbox/notifications/tray.html", context)


@door(VIEW)
def count(request: DeskRequest) -> HttpResponse:
    """The number for the rail, empty for none. `?after=` (from the last answer's X-Newest):
    what came since then and cannot wait is also said as a toast."""
    rows = Notification.objects.visible_to(request.user).unread()
    number = rows.order_by()[:COUNTED].count()
    text = "" if not number else "99+" if number == COUNTED else str(number)
    response = HttpResponse(text)
    newest = rows.values_list("at", flat=True).first()
    after = _moment(request.GET.get("after", ""))
    response["X-Newest"] = _text(max(newest or EPOCH, after or EPOCH))
    if after and newest and newest > after:
        loud = rows.filter(at__gt=after, kind__in=SAID_ALOUD)
        if entry := loud.select_related("actor", "conversation__author").first():
            return toast(request, response, in_words(entry)) if request.htmx else response
    return response


@door(VIEW, "POST")
def open_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Mark one entry as read and go to the place it speaks of."""
    rows = Notification.objects.visible_to(request.user).select_related("conversation")
    entry = get_object_or_404(rows, pk=pk)
    notifications.mark_read(by=request.user, pk=entry.pk)
    return redirect(entry.get_absolute_url())


@door(VIEW, "POST")
def read(request: DeskRequest) -> HttpResponse:
    """Mark all entries as read, or the one with `pk`."""
    pk = cleaned(_OneForm(request.POST))["pk"]
    notifications.mark_read(by=request.user, pk=pk)
    return redirect("inbox:notifications")  # where the entry has moved down: no more words needed


@door(VIEW, "GET", "POST")
def settings(request: DeskRequest) -> HttpResponse:
    """What to be told, and whether to watch without asking."""
    form = ChoiceForm(request.POST or None, initial=_choices(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        notifications.choose(by=request.user, **form.cleaned_data)
        return toast(request, redirect("inbox:notification_settings"), _("Kept."))
    status = 422 if request.method == "POST" else 200
    return render(request, "inbox/notifications/settings.html", {"form": form}, status=status)


class _OneForm(forms.Form):
    pk = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


def _choices(request: DeskRequest) -> dict[str, Any]:
    row = NotificationChoice.objects.filter(user=request.user).first() or NotificationChoice()
    wanted = [kind for kind in Kind.values if kind not in row.muted]
    return {"wanted": wanted, "auto_watch": row.auto_watch}


def _moment(text: str) -> datetime | None:
    """Read microseconds since 1970, as `_text` writes them."""
    if not text.isdecimal() or len(text) > 17:
        return None
    return EPOCH + timedelta(microseconds=int(text))


def _text(at: datetime) -> str:
    return str((at - EPOCH) // timedelta(microseconds=1))
