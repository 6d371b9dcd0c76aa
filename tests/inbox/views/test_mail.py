"""The pages of mailboxes: the form, what it says when it does not work, and remarks at a mail."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import AuditEvent, Message
from inbox.operations import channels
from tests.factories import make_channel, make_conversation


@pytest.fixture
def admin(client: Client, dewi: Any, settings: Any) -> Client:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    client.force_login(dewi)
    return client


def form_url() -> str:
    return reverse("inbox:channel_connect", args=["mail"]) + "?at=form"


def test_the_form_asks_for_little_and_offers_the_usual(admin: Client) -> None:
    page = admin.get(form_url()).text
    assert "Address" in page
    assert "As usual for the port" in page
    assert 'value="993"' in page


def test_what_does_not_work_is_said_in_words_and_the_password_is_not_shown_again(
    admin: Client,
) -> None:
    filled = {
        "address": "help@brand.example",
        "password": "box-pass-word",
        "imap_host": "127.0.0.1",
        "imap_port": "1",
        "imap_tls": "none",
    }
    page = admin.post(form_url(), filled)
    assert page.status_code == 422
    assert "The IMAP server 127.0.0.1:1 cannot be reached" in page.text
    assert "box-pass-word" not in page.text


def test_name_and_signature_change_without_a_new_sign_in(admin: Client) -> None:
    form = {"address": "help@brand.example", "name": "Old", "signature": "Old", "imap_host": "x.y"}
    channel = make_channel(network="mail", facts={"form": form, "sent_folder": "Sent"})
    assert "Put below every answer" in admin.get(channel.get_absolute_url()).text
    filled = {"name": "Help desk", "form-name": "Brand", "form-signature": "Brand Care\nJakarta"}
    saved = admin.post(channel.get_absolute_url(), filled | {"form-imap_host": "evil.example"})
    assert saved.status_code == 302
    channel.refresh_from_db()
    assert channel.name == "Help desk"
    changed = {"name": "Brand", "signature": "Brand Care\nJakarta"}
    assert channel.facts == {"form": form | changed, "sent_folder": "Sent"}
    event = AuditEvent.objects.filter(verb="inbox.channel.configured").latest("pk")
    assert "Brand Care" in str(event.data["after"])


def test_nothing_else_of_the_form_changes_so(dewi: Any, ana: Any) -> None:
    channel = make_channel(network="mail", facts={"form": {}})
    with pytest.raises(BadInput):
        channels.change_form(channel=channel, values={"imap_host": "evil.example"}, by=dewi)
    with pytest.raises(NotAllowed):
        channels.change_form(channel=channel, values={"signature": "x"}, by=ana)


def test_remarks_stand_at_the_message(client: Client, dewi: Any) -> None:
    conversation = make_conversation(make_channel(network="mail"), is_private=True)
    checked = {"domain": "far.example", "spf": "fail", "dmarc": "fail"}
    remarks = [
        {"code": "sender_doubtful", "params": checked},
        {"code": "answers_elsewhere", "params": {"written_by": "<b>x</b>@far.example"}},
        {"code": "of tomorrow", "params": {}},
    ]
    Message.objects.filter(conversation=conversation).update(remarks=remarks)
    client.force_login(dewi)
    page = client.get(conversation.get_absolute_url()).text
    assert "Perhaps not from far.example (SPF fail, DMARC fail)" in page
    assert "&lt;b&gt;x&lt;/b&gt;@far.example" in page
    assert "of tomorrow" in page
