"""The forms that an admin fills in to connect a channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from inbox.connectors import registry
from inbox.connectors.types import ConnectForm, FormField
from inbox.errors import ConnectFailed
from inbox.models import Channel
from inbox.operations import connecting
from inbox.views.door import DeskRequest

FOUND = "channel_found"  # session key of what a sign-in opened, encrypted, until it is kept
LONGEST = 20_000
FEW = 3

# Connectors speak English; what they say in their forms is translated here, so each sentence
# is named once for the translators.
WORDS = (
    gettext_noop("E-mail"),
    gettext_noop(
        "A mailbox is read by IMAP and answered by SMTP. What is left empty is guessed from"
        " the address; the desk signs in to both servers before anything is saved."
    ),
    gettext_noop("Address"),
    gettext_noop("The address that people write to."),
    gettext_noop("Display name"),
    gettext_noop("What they see as the sender."),
    gettext_noop("Password"),
    gettext_noop("Many providers want an app password for this, not the one you sign in with."),
    gettext_noop("User name"),
    gettext_noop("Leave it empty if it is the address."),
    gettext_noop("IMAP server"),
    gettext_noop("Leave it empty for the usual one."),
    gettext_noop("IMAP port"),
    gettext_noop("IMAP encryption"),
    gettext_noop("As usual for the port"),
    gettext_noop("TLS from the first byte"),
    gettext_noop("STARTTLS"),
    gettext_noop("None (in your own network only)"),
    gettext_noop("SMTP server"),
    gettext_noop("SMTP port"),
    gettext_noop("SMTP encryption"),
    gettext_noop("Folder to read"),
    gettext_noop("Folder for sent mail"),
    gettext_noop("Leave it empty for the one that the server names."),
    gettext_noop("Days to read back"),
    gettext_noop("How far back the desk reads when the mailbox is connected."),
    gettext_noop("Signature"),
    gettext_noop("Put below every answer when it is sent."),
    gettext_noop("Send a copy of each answer to this address"),
    gettext_noop(
        "If the line is cut while a mail is handed over, only this copy can prove that it"
        " went out. Without it a person has to decide."
    ),
    gettext_noop("The server itself keeps what it sends"),
    gettext_noop(
        "Gmail and Microsoft do: what was sent through them is in the folder for sent mail."
    ),
    gettext_noop("Answers come back to name+word@…"),
    gettext_noop(
        "Tick it only if mail to such an address reaches this mailbox. Then an answer finds"
        " its conversation even if the program that wrote it loses the thread."
    ),
    gettext_noop("Name of the server that checks senders"),
    gettext_noop(
        "The first word of “Authentication-Results” in the mails of this mailbox. Empty: the"
        " desk says nothing about senders, since anybody could write such a line."
    ),
    gettext_noop("RSS, Atom and Google Alerts"),
    gettext_noop(
        "News, blogs and Google Alerts are read along; nobody can be answered there."
        " An article that several of these feeds name is one conversation."
    ),
    gettext_noop("Addresses of the feeds"),
    gettext_noop(
        "One on each line. For Google Alerts choose “Deliver to: RSS feed” there and"
        " copy the address behind the feed's icon."
    ),
    gettext_noop("Bluesky"),
    gettext_noop(
        "The desk signs in with an app password, which can be withdrawn on Bluesky at any"
        " time. Make one there under Settings, Privacy and security, App passwords; tick"
        " “Allow access to your direct messages” if they are to be answered here."
    ),
    gettext_noop("Handle"),
    gettext_noop("The whole of it, such as name.bsky.social."),
    gettext_noop("App password"),
    gettext_noop("Address of the account's server"),
    gettext_noop("Only for a server of your own that the handle does not lead to."),
)


class ServerForm(forms.Form):
    """On which server the account is."""

    server = forms.CharField(
        label=gettext_lazy("Server address"),
        max_length=300,
        help_text=gettext_lazy(
            "The part after the last @ of your handle, or what the browser shows when you use"
            " the account: for example mastodon.social"
        ),
        error_messages={"required": gettext_lazy("Write the address of the server first.")},
    )


def fields_of(declared: ConnectForm) -> dict[str, forms.Field]:
    """Return the form's fields as Django knows them."""
    return {field.name: _field(field) for field in declared.fields}


def _field(field: FormField) -> forms.Field:
    common: dict[str, Any] = {
        "label": gettext(field.label),
        "help_text": gettext(field.help_text) if field.help_text else "",
        "required": field.is_required,
        "initial": field.initial,
    }
    if field.kind == "flag":
        return forms.BooleanField(**common | {"required": False})
    if field.kind == "number":
        return forms.IntegerField(min_value=1, max_value=65535, **common)
    if field.kind == "choice":
        choices = [(value, gettext(label)) for value, label in field.choices]
        return forms.ChoiceField(choices=choices, **common)
    widgets: dict[str, forms.Widget] = {
        "lines": forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        "password": forms.PasswordInput(attrs={"autocomplete": "off"}),
    }
    return forms.CharField(
        max_length=LONGEST,
        strip=field.kind != "password",
        widget=widgets.get(field.kind, forms.TextInput()),
        **common,
    )


class NetworkForm(forms.Form):
    """The fields that a network declares."""

    def __init__(self, *args: Any, declared: ConnectForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields_of(declared))

    @property
    def parts(self) -> tuple[list[forms.BoundField], list[forms.BoundField]]:
        """The fields to fill in, and apart from them those that may stay as they are, if many."""
        needed = [bound for bound in self if bound.field.required]
        further = [bound for bound in self if not bound.field.required]
        return (needed, further) if len(further) > FEW else (list(self), [])

    def values(self) -> dict[str, str]:
        """Return what was filled in, as text; a flag is "1" or ""."""
        found = self.cleaned_data.items()
        return {
            name: ("1" if value else "") if isinstance(value, bool) else str(value or "")
            for name, value in found
        }


def settings_form(request: DeskRequest, channel: Channel) -> NetworkForm | None:
    """Return the part of a network's form that may be changed at any time, None for nothing."""
    declared = channel.manifest.connect_form
    if not declared or not declared.settings.fields:
        return None
    return NetworkForm(
        request.POST or None,
        declared=declared.settings,
        initial=channel.facts.get("form", {}),
        prefix="form",
    )


def connect_by_form(
    request: DeskRequest, network: str, declared: ConnectForm, expected: Channel | None
) -> HttpResponse:
    """Ask, try, and show what was found before anything is saved."""
    initial = dict(expected.facts.get("form", {})) if expected else {}
    form = NetworkForm(request.POST or None, declared=declared, initial=initial)
    manifest = registry.manifest(network)
    context: dict[str, Any] = {"manifest": manifest, "form": form, "expected": expected}
    if request.method == "POST" and form.is_valid():
        try:
            finding = connecting.look_at_form(
                network=network, values=form.values(), by=request.user, expected=expected
            )
        except ConnectFailed as error:
            form.add_error(None, gettext(str(error)))
            context["offers"] = [
                (address, _refilled(form, declared, error.instead_of, address))
                for address in error.addresses
            ]
        else:
            request.session[FOUND] = finding.sealed
            return render(request, "inbox/channels/found.html", context | {"finding": finding})
    status = 422 if form.errors else 200
    context["intro"] = gettext(declared.intro)
    return render(request, "inbox/channels/form.html", context, status=status)


def _refilled(
    form: NetworkForm, declared: ConnectForm, old: str, new: str
) -> list[tuple[str, str]]:
    """Return what was filled in with another address; secrets are never put into a page."""
    values = form.values()
    shown = [field.name for field in declared.fields if not field.is_secret]
    return [(name, values[name].replace(old, new)) for name in shown]
