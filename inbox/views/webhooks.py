"""Webhooks: who hears of what, whether it arrives, and sending it again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from inbox.lib.errors import DomainError
from inbox.lib.keyset import ById
from inbox.models import Channel, Team, WebhookDelivery, WebhookEndpoint
from inbox.operations import webhooks
from inbox.operations.outbox import EVENTS, PING
from inbox.views.door import DeskRequest, door, toast

MANAGE = "inbox.manage_webhook"
PAGE = 50
NEWEST = ById("deliveries", is_descending=True)


class WebhookForm(forms.ModelForm):
    """Where events go, which, and of which channels."""

    url = forms.URLField(
        label=gettext_lazy("Address"),
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy("Where events are posted to, with https://."),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one event.")},
    )
    team = forms.ModelChoiceField(
        label=gettext_lazy("Only channels of the team"),
        queryset=Team.objects.all(),
        required=False,
        empty_label=gettext_lazy("any"),
    )
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Only the channel"),
        queryset=Channel.objects.defer("secrets"),
        required=False,
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "team", "channel", "events")


@door(MANAGE)
def index(request: DeskRequest) -> HttpResponse:
    """All webhooks and how they are."""
    failed = Count("deliveries", filter=Q(deliveries__status=WebhookDelivery.Status.FAILED))
    waiting = Count("deliveries", filter=Q(deliveries__status=WebhookDelivery.Status.PENDING))
    rows = WebhookEndpoint.objects.visible_to(request.user).defer("secrets")
    rows = rows.select_related("owner", "team", "channel").annotate(failed=failed, waiting=waiting)
    return render(request, "inbox/webhooks/index.html", {"webhooks": rows})


@never_cache
@door(MANAGE, "GET", "POST")
def add(request: DeskRequest) -> HttpResponse:
    """Add one; its secret is in the answer alone."""
    form = WebhookForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row, secret = webhooks.add_endpoint(by=request.user, **form.cleaned_data)
                return render(
                    request, "inbox/webhooks/secret.html", {"webhook": row, "secret": secret}
                )
            except DomainError as error:
                form.add_error(None, str(error))
    return render(request, "inbox/webhooks/add.html", {"form": form}, status=status)


@door(MANAGE, "GET", "POST")
def detail(request: DeskRequest, pk: int) -> HttpResponse:
    """One webhook: its state, its log, its settings; the settings are posted here."""
    row = _find(request, pk)
    form = WebhookForm(request.POST or None, instance=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                webhooks.change_endpoint(
                    endpoint=_find(request, pk), by=request.user, **form.cleaned_data
                )
                return toast(request, redirect("inbox:webhook", pk), _("Saved."))
            except DomainError as error:
                form.add_error(None, str(error))
    context = {"webhook": _find(request, pk), "form": form} | _log(request, row)
    if request.htmx and request.method == "GET":
        template = "#more-rows" if request.GET.get("after") else "#log"
        return render(request, "inbox/webhooks/detail.html" + template, context)
    return render(request, "inbox/webhooks/detail.html", context, status=status)


@door(MANAGE)
def delivery(request: DeskRequest, pk: int, delivery_pk: int) -> HttpResponse:
    """One event: what was sent, and what each attempt met."""
    row = _find(request, pk)
    sent = get_object_or_404(row.deliveries, pk=delivery_pk)
    return render(request, "inbox/webhooks/delivery.html", {"webhook": row, "delivery": sent})


@door(MANAGE, "POST")
def ping(request: DeskRequest, pk: int) -> HttpResponse:
    """Send a test event now and say what came back."""
    sent = webhooks.ping(endpoint=_find(request, pk), by=request.user)
    last: dict[str, Any] = sent.log[-1]
    last = last | {"words": _(last["words"]) if last["words"] else ""}
    if sent.status == WebhookDelivery.Status.DELIVERED:
        words = _("It answered %(status)s after %(ms)s ms.") % last
    elif last["status"]:
        words = _("It answered %(status)s, which is no success. %(words)s") % last
    else:
        words = _("No answer: %(words)s") % last
    tone = "info" if sent.status == WebhookDelivery.Status.DELIVERED else "danger"
    return toast(request, redirect("inbox:webhook", pk), words, tone=tone)


@door(MANAGE, "POST")
def pause(request: DeskRequest, pk: int) -> HttpResponse:
    """Pause or resume, by the `paused` field of the form."""
    paused = request.POST.get("paused") == "1"
    row = webhooks.set_paused(endpoint=_find(request, pk), paused=paused, by=request.user)
    words = _("%(name)s is paused; its events wait.") if paused else _("%(name)s is told again.")
    return toast(request, redirect("inbox:webhook", pk), words % {"name": row.name})


@never_cache
@door(MANAGE, "POST")
def rotate(request: DeskRequest, pk: int) -> HttpResponse:
    """Make a new secret; it is in this answer alone."""
    row = _find(request, pk)
    secret = webhooks.rotate_secret(endpoint=row, by=request.user)
    context = {"webhook": row, "secret": secret, "is_new": True}
    return render(request, "inbox/webhooks/secret.html", context)


@door(MANAGE, "POST")
def replay(request: DeskRequest, pk: int) -> HttpResponse:
    """Send again: the one of `delivery`, or all that were given up."""
    row, only = _find(request, pk), None
    number = request.POST.get("delivery", "")
    if number:
        whole = int(number) if number.isdecimal() and len(number) < 19 else 0
        only = get_object_or_404(row.deliveries, pk=whole)
    count = webhooks.replay(endpoint=row, by=request.user, delivery=only)
    words = ngettext(
        "%(count)s event is on its way again.", "%(count)s events are on their way again.", count
    )
    return toast(request, redirect("inbox:webhook", pk), words % {"count": count})


def _find(request: DeskRequest, pk: int) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("owner", "team", "channel"), pk=pk)


def _log(request: DeskRequest, row: WebhookEndpoint) -> dict[str, Any]:
    rows = row.deliveries.order_by(*NEWEST.columns)
    failed = row.deliveries.filter(status=WebhookDelivery.Status.FAILED).exclude(event=PING)
    if request.GET.get("only") == "failed":
        rows = rows.filter(status=WebhookDelivery.Status.FAILED)
    if after := request.GET.get("after", ""):
        rows = NEWEST.after(rows, after)
    found = list(rows[: PAGE + 1])
    return {
        "deliveries": found[:PAGE],
        "more": NEWEST.cursor(found[PAGE - 1]) if len(found) > PAGE else "",
        "only_failed": request.GET.get("only") == "failed",
        "has_failed": failed.exists(),
    }
