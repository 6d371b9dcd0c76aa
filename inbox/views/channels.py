"""Channels: their health for everybody, connecting and settings for admins."""

from __future__ import annotations

import secrets

from django import forms
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.connectors import registry
from inbox.lib.errors import BadInput
from inbox.models import Channel, Team
from inbox.operations import channels
from inbox.views.door import DeskRequest, door, toast

MOST_DIGITS = 18  # of an id; what is longer fits no column
SIGN_IN = "channel_sign_in"  # session key of a sign-in under way


class ChannelForm(forms.ModelForm):
    """What an admin may set by hand."""

    poll_seconds = forms.IntegerField(
        label=gettext_lazy("Poll every (seconds)"),
        min_value=5,
        max_value=3600,
        required=False,
        help_text=gettext_lazy("Empty: as often as the network's limits advise."),
    )

    class Meta:
        model = Channel
        fields = ("name", "poll_seconds")


@door("inbox.view_channel")
def index(request: DeskRequest) -> HttpResponse:
    """All channels with their health; `#list` is the part that keeps itself fresh."""
    template = "inbox/channels/index.html"
    rows = Channel.objects.visible_to(request.user).prefetch_related("streams")
    rows = rows.annotate(troubles=Count("bad_items")).select_related("team")
    return render(request, template + ("#list" if request.htmx else ""), {"channels": rows})


@door("inbox.manage_channel")
def networks(request: DeskRequest) -> HttpResponse:
    """Choose a network to connect."""
    manifests = [registry.manifest(slug) for slug in registry.CONNECTORS]
    return render(request, "inbox/channels/networks.html", {"manifests": manifests})


@door("inbox.manage_channel")
def connect(request: DeskRequest, network: str) -> HttpResponse:
    """Say what is needed and lead to the network's own sign-in page.

    `?channel=` reconnects that channel. The link is prepared here, not by a form: a form that
    redirects off-site would need a hole in the Content-Security-Policy.
    """
    expected = None
    if "channel" in request.GET:
        expected = find(request, _number(request.GET["channel"]))
    sign_in = channels.begin_sign_in(
        network=network, by=request.user, redirect_uri=_callback(request, network)
    )
    request.session[SIGN_IN] = {
        "network": network,
        "state": sign_in.state,
        "code_verifier": sign_in.code_verifier,
        "channel": expected.pk if expected else None,
    }
    context = {
        "manifest": registry.manifest(network), "url": sign_in.url, "expected": expected
    }  # fmt: skip
    return render(request, "inbox/channels/connect.html", context)


@door("inbox.manage_channel")
def callback(request: DeskRequest, network: str) -> HttpResponse:
    """The network sends the admin back here; the state must be the one we gave out."""
    pending = request.session.pop(SIGN_IN, None)
    state = request.GET.get("state", "")
    if not (
        pending
        and pending["network"] == network
        and secrets.compare_digest(pending["state"].encode(), state.encode())
    ):
        raise BadInput(_("This sign-in was not started here, or took too long. Start again."))
    if "code" not in request.GET:
        raise BadInput(_("The network did not let us in: the request was declined there."))
    channel = channels.finish_sign_in(
        network=network,
        code=request.GET["code"],
        code_verifier=pending["code_verifier"],
        redirect_uri=_callback(request, network),
        by=request.user,
        expected=Channel.objects.filter(pk=pending["channel"]).first(),
    )
    response = redirect(channel)
    return toast(request, response, _("%(channel)s is connected.") % {"channel": channel})


@door("inbox.view_channel", "GET", "POST")
def detail(request: DeskRequest, pk: int) -> HttpResponse:
    """One channel: health, streams, settings; the settings are posted here."""
    channel = find(request, pk)
    form = ChannelForm(request.POST or None, instance=channel)
    if request.method == "POST" and form.is_valid():
        channels.configure(channel=channel, by=request.user, **form.cleaned_data)
        return toast(request, redirect(channel), _("Saved."))
    template = "inbox/channels/detail.html"
    context = {
        "channel": channel,
        "form": form,
        "teams": Team.objects.all(),
        "bad_items": channel.bad_items.all()[:20],
    }
    return render(request, template + ("#health" if request.htmx else ""), context)


@door("inbox.manage_channel", "POST")
def test(request: DeskRequest, pk: int) -> HttpResponse:
    """Ask the network who we are and show the answer in place."""
    channel = find(request, pk)
    result = channels.probe(channel=channel, by=request.user)
    if not request.htmx:
        words = result.trouble or _("The network answered: the sign-in works.")
        tone = "danger" if result.trouble else "info"
        return toast(request, redirect(channel), words, tone=tone)
    context = {"channel": channel, "result": result}
    return render(request, "inbox/channels/test.html", context)


@door("inbox.manage_channel", "POST")
def pause(request: DeskRequest, pk: int) -> HttpResponse:
    """Pause or resume, by the `paused` field of the form."""
    channel = find(request, pk)
    paused = request.POST.get("paused") == "1"
    channels.set_paused(channel=channel, paused=paused, by=request.user)
    words = _("%(channel)s is paused.") if paused else _("%(channel)s is read again.")
    return toast(request, redirect(channel), words % {"channel": channel})


def find(request: DeskRequest, pk: int) -> Channel:
    rows = Channel.objects.visible_to(request.user).select_related("team")
    return get_object_or_404(rows.prefetch_related("streams"), pk=pk)


def _callback(request: DeskRequest, network: str) -> str:
    return request.build_absolute_uri(reverse("inbox:channel_callback", args=[network]))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise BadInput(_("“channel” takes a channel's number."))
    return int(text)
