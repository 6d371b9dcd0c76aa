"""Channels: their health for everybody, connecting and settings for admins."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.connectors import registry
from inbox.connectors.types import Capability
from inbox.errors import ConnectFailed
from inbox.lib.errors import BadInput
from inbox.models import BadItem, Channel, Receipt, SavedSearch, Server, Team
from inbox.operations import channels, connecting, servers, signing_in
from inbox.views.connect_forms import FOUND, ServerForm, connect_by_form, settings_form
from inbox.views.door import DeskRequest, door, toast

MOST_DIGITS = 18  # of an id; what is longer fits no column
BY_FORM = "form"  # in place of a place to sign in at
SIGN_IN = "channel_sign_in"  # session key of a sign-in under way


class ChannelForm(forms.ModelForm):
    """What an admin may set by hand."""

    poll_seconds = forms.IntegerField(
        label=gettext_lazy("Read every (seconds)"),
        min_value=5,
        max_value=3600,
        required=False,
        help_text=gettext_lazy("Empty: as often as the network's limits advise."),
    )

    lookup_cap = forms.IntegerField(
        label=gettext_lazy("Posts to look at again a day"),
        min_value=0,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy(
            "For edits and deletions of what people still work on; the network bills each."
            " Empty: 400. 0: none."
        ),
    )

    class Meta:
        model = Channel
        fields = ("name", "poll_seconds", "lookup_cap")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.manifest.lookup_cost:
            del self.fields["lookup_cap"]


@door("inbox.view_channel")
def index(request: DeskRequest) -> HttpResponse:
    """All channels with their health; `#list` is the part that keeps itself fresh."""
    template = "inbox/channels/index.html"
    rows = Channel.objects.visible_to(request.user).prefetch_related("streams__searches")
    unread = Q(bad_items__state=BadItem.State.UNREAD)
    failed = Q(receipts__state=Receipt.State.FAILED)
    rows = rows.annotate(
        troubles=Count("bad_items", filter=unread, distinct=True)
        + Count("receipts", filter=failed, distinct=True)
    ).select_related("team")
    return render(request, template + ("#list" if request.htmx else ""), {"channels": rows})


@door("inbox.manage_channel")
def networks(request: DeskRequest) -> HttpResponse:
    """Choose a network to connect."""
    manifests = [registry.manifest(slug) for slug in registry.CONNECTORS]
    return render(request, "inbox/channels/networks.html", {"manifests": manifests})


@door("inbox.manage_channel", "GET", "POST")
def connect(request: DeskRequest, network: str) -> HttpResponse:
    """Ask for the server where there are many, then lead to its own sign-in page; or show the
    form of a network that has none.

    Where there are several ways, `?at=` says which. `?channel=` reconnects that channel. The link
    is prepared here, not by a form: a form that redirects off-site would need a hole in the
    Content-Security-Policy.
    """
    expected = None
    if "channel" in request.GET:
        expected = find(request, _number(request.GET["channel"]))
    at = request.GET.get("at", "")
    manifest = registry.manifest(network) if network in registry.CONNECTORS else None
    if manifest and manifest.sign_ins and not at:
        places = signing_in.sign_in_places(network)
        context = {"manifest": manifest, "places": places, "expected": expected}
        return render(request, "inbox/channels/ways.html", context)
    if manifest and manifest.connect_form and at in ("", BY_FORM):
        return connect_by_form(request, network, manifest.connect_form, expected)
    server = _server(request, network, expected)
    if network in registry.CONNECTORS and registry.manifest(network).asks_server and not server:
        return _ask_server(request, network)
    sign_in = signing_in.begin_sign_in(
        network=network,
        by=request.user,
        redirect_uri=_callback(request, network),
        server=server,
        at=at,
    )
    request.session[SIGN_IN] = {
        "network": network,
        "state": sign_in.state,
        "code_verifier": sign_in.code_verifier,
        "channel": expected.pk if expected else None,
        "server": server.pk if server else None,
        "at": at,
    }
    context = {
        "manifest": registry.manifest(network),
        "place": str(server or registry.manifest(network).place(at)),
        "url": sign_in.url,
        "expected": expected,
    }
    return render(request, "inbox/channels/connect.html", context)


def _ask_server(request: DeskRequest, network: str) -> HttpResponse:
    """Ask where the account is; a server that does not fit is explained beside the field."""
    form = ServerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            server = servers.open_server(
                network=network,
                address=form.cleaned_data["server"],
                redirect_uri=_callback(request, network),
                by=request.user,
            )
        except (BadInput, ConnectFailed) as error:
            form.add_error("server", str(error))
        else:
            return redirect(f"{request.path}?server={server.pk}")
    context = {"manifest": registry.manifest(network), "form": form}
    status = 422 if form.errors else 200
    return render(request, "inbox/channels/server.html", context, status=status)


def _server(request: DeskRequest, network: str, expected: Channel | None) -> Server | None:
    """Return the server that was chosen, or that of the channel to reconnect.

    Where the sign-in ended the app's own keys may be what is dead, so new ones are asked for.
    """
    if expected and expected.server:
        return servers.open_server(
            network=network,
            address=expected.server.url,
            redirect_uri=_callback(request, network),
            by=request.user,
            renew=expected.health == Channel.Health.NEEDS_LOGIN,
        )
    if "server" not in request.GET:
        return None
    return get_object_or_404(Server, network=network, pk=_number(request.GET["server"]))


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
    server = Server.objects.filter(pk=pending.get("server")).first()
    # https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    if server and request.GET.get("error") == "invalid_scope":
        back = _callback(request, network)
        if servers.ask_broadly(server=server, redirect_uri=back, by=request.user):
            return redirect(_again(network, server, pending["channel"]))
    if "code" not in request.GET:
        raise BadInput(_("The network did not let us in: the request was declined there."))
    sign_in: dict[str, Any] = {
        "network": network,
        "code": request.GET["code"],
        "code_verifier": pending["code_verifier"],
        "redirect_uri": _callback(request, network),
        "by": request.user,
        "expected": Channel.objects.filter(pk=pending["channel"]).first(),
        "server": server,
    }
    if registry.manifest(network).asks_server or pending.get("at"):
        finding = connecting.look_at_sign_in(**sign_in, at=pending.get("at", ""))
        request.session[FOUND] = finding.sealed
        context = {"manifest": registry.manifest(network), "finding": finding, **sign_in}
        return render(request, "inbox/channels/found.html", context)
    return _connected(request, connecting.finish_sign_in(**sign_in))


@door("inbox.manage_channel", "POST")
def keep(request: DeskRequest) -> HttpResponse:
    """Connect the account that the last sign-in opened, now that the admin has seen it."""
    sealed = request.session.pop(FOUND, None)
    if not sealed:
        raise BadInput(_("This sign-in was not started here, or took too long. Start again."))
    return _connected(request, connecting.keep_found(sealed=sealed, by=request.user))


def _connected(request: DeskRequest, channel: Channel) -> HttpResponse:
    response = redirect(channel)
    return toast(request, response, _("%(channel)s is connected.") % {"channel": channel})


@door("inbox.view_channel", "GET", "POST")
def detail(request: DeskRequest, pk: int) -> HttpResponse:
    """One channel: health, streams, settings; the settings are posted here."""
    channel = find(request, pk)
    form = ChannelForm(request.POST or None, instance=channel)
    wording = settings_form(request, channel)
    if request.method == "POST" and form.is_valid() and (not wording or wording.is_valid()):
        channels.configure(channel=channel, by=request.user, **form.cleaned_data)
        if wording:
            channels.change_form(channel=channel, values=wording.values(), by=request.user)
        return toast(request, redirect(channel), _("Saved."))
    template = "inbox/channels/detail.html"
    context = {
        "channel": channel,
        "form": form,
        "wording": wording,
        "teams": Team.objects.all(),
        "unread": channel.bad_items.unread().count() + channel.receipts.unread().count(),
        "can_listen": channel.can(Capability.LISTEN),
        "delivers": channel.can(Capability.WEBHOOK),
        "lookups_cost": channel.lookups_today * channel.manifest.lookup_cost,
    }
    return render(request, template + ("#health" if request.htmx else ""), context)


@door("inbox.manage_channel", "POST")
def follow(request: DeskRequest, pk: int, stream_pk: int) -> HttpResponse:
    """Read a stream at the new address that it gave."""
    stream = get_object_or_404(find(request, pk).streams.select_related("channel"), pk=stream_pk)
    address = stream.moved_to
    channel = connecting.follow(stream=stream, by=request.user)
    words = _("From now on %(address)s is read.") % {"address": address}
    return toast(request, redirect(channel), words)


@door("inbox.manage_channel")
def exchanges(request: DeskRequest, pk: int) -> HttpResponse:
    """The latest requests to the network and what it answered; `#rows` keeps itself fresh."""
    channel = find(request, pk)
    template = "inbox/channels/exchanges.html" + ("#rows" if request.htmx else "")
    names = SavedSearch.objects.by_stream([channel.pk])
    rows = [(row, names.get((channel.pk, row.stream), "")) for row in channel.exchanges.all()]
    return render(request, template, {"channel": channel, "exchanges": rows})


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
    return get_object_or_404(rows.prefetch_related("streams__searches"), pk=pk)


def _again(network: str, server: Server, channel_id: int | None) -> str:
    """Return where the sign-in is begun once more."""
    query = urlencode({"channel": channel_id} if channel_id else {"server": server.pk})
    return reverse("inbox:channel_connect", args=[network]) + f"?{query}"


def _callback(request: DeskRequest, network: str) -> str:
    return request.build_absolute_uri(reverse("inbox:channel_callback", args=[network]))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise BadInput(_("“channel” takes a channel's number."))
    return int(text)
