"""Connecting a mailbox by signing in at Google or Microsoft, and what becomes of the channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.models import Channel, Message, Stream, User
from inbox.operations import channels, sync
from responses.models import ApprovalPolicy, Reply
from responses.operations import sending
from tests.inbox.connectors.mail.desk import ADDRESS, form_of
from tests.inbox.connectors.mail.mails import make_mail
from tests.inbox.practice.identity.server import Server
from tests.mail_servers import NO_DOVECOT, Mailbox, Sending, dovecot, has_dovecot, smtp_server
from tests.responses.build import make_queued

pytestmark = [
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),
    pytest.mark.skipif(not has_dovecot(), reason=NO_DOVECOT),
]
CONNECT = "/channels/connect/mail/"
OTHER = "other@brand.example"


@dataclass
class Provider:
    place: Server
    box: Mailbox
    sending: Sending
    smtp_port: int

    def come_back(self, admin: Client, page: Any, address: str = ADDRESS, **answer: str) -> Any:
        """Answer the sign-in page behind `page`; return what the desk says to that."""
        back = self.place.allow(page.context["url"], address, **answer)
        return admin.get("/channels/callback/mail/", back)

    def connect(self, admin: Client, at: str = "google") -> Channel:
        self.come_back(admin, admin.get(CONNECT, {"at": at}))
        admin.post(reverse("inbox:channel_keep"))
        return Channel.objects.get()


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, Mailbox]]:
    with (
        Server(ADDRESS, OTHER) as place,
        dovecot(introspection=f"{place.url}/introspect") as box,
    ):
        yield place, box


@pytest.fixture
def provider(running: tuple[Server, Mailbox], settings: Any) -> Iterator[Provider]:
    place, box = running
    place.faults()
    sending = Sending(opens=place.holder, user=box.user, password=box.password)
    with smtp_server(sending) as port:
        at = place.settings(imap=box.port, smtp=port)
        settings.PRACTICE_NETWORK = True
        settings.SIGN_INS = {"google": at, "microsoft": at}
        channels.http.cache_clear()
        yield Provider(place, box, sending, port)
    channels.http.cache_clear()


@pytest.fixture
def admin(client: Client, dewi: User) -> Client:
    client.force_login(dewi)
    client.defaults["SERVER_NAME"] = "localhost"  # the practice sign-in sends nobody elsewhere
    return client


def test_a_place_that_is_not_set_up_says_what_to_set(admin: Client, settings: Any) -> None:
    empty = {**settings.SIGN_INS["google"], "client_id": ""}
    settings.SIGN_INS = {"google": {**empty, "client_id": "desk"}, "microsoft": empty}
    page = admin.get(CONNECT).text
    assert "Sign in with Google" in page
    assert "?at=google" in page
    assert "?at=microsoft" not in page
    assert "set MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET" in page
    assert "?at=form" in page
    refused = admin.get(CONNECT, {"at": "microsoft"})
    assert refused.status_code == 422
    assert "MICROSOFT_CLIENT_ID" in refused.text
    assert admin.get(CONNECT, {"at": "nowhere"}).status_code == 422


@pytest.mark.parametrize("at", ["google", "microsoft"])
def test_nothing_is_kept_before_the_admin_has_seen_what_it_opens(
    admin: Client, provider: Provider, at: str
) -> None:
    provider.box.deliver(make_mail().as_bytes())
    found = provider.come_back(admin, admin.get(CONNECT, {"at": at}))
    assert found.status_code == 200
    assert ADDRESS in found.text
    assert "on the first page" in found.text
    assert not Channel.objects.exists()
    shown = admin.post(reverse("inbox:channel_keep"), follow=True)
    assert "is connected" in shown.text
    channel = Channel.objects.get()
    assert (channel.external_id, channel.facts["sign_in"]) == (ADDRESS, at)
    assert channel.secrets_expire_at is not None
    assert {stream.name for stream in channel.streams.all()} == {"inbox", "sent"}
    assert "access_token" not in str(channel.facts)


def test_who_declines_there_is_told_so(admin: Client, provider: Provider) -> None:
    page = admin.get(CONNECT, {"at": "google"})
    refused = provider.come_back(admin, page, answer="deny")
    assert refused.status_code == 422
    assert "declined" in refused.text


def test_trouble_at_the_place_is_said_in_words(admin: Client, provider: Provider) -> None:
    page = admin.get(CONNECT, {"at": "google"})
    provider.place.faults({"kind": "status", "status": 503})
    refused = provider.come_back(admin, page)
    assert refused.status_code == 422
    assert "The sign-in did not work" in refused.text


def test_mail_is_read_and_answered_with_tokens_that_are_renewed_ahead(
    admin: Client, provider: Provider
) -> None:
    channel = provider.connect(admin)
    before = channel.secrets
    Channel.objects.update(secrets_expire_at=timezone.now() + timedelta(minutes=5))
    provider.box.deliver(make_mail(message_id="<renewed@x.y>").as_bytes())
    sync.sync_stream(stream_id=Stream.objects.get(name="inbox").pk)
    channel.refresh_from_db()
    assert channel.secrets["refresh_token"] != before["refresh_token"]
    assert channel.secrets_expire_at > timezone.now() + timedelta(minutes=30)
    message = Message.objects.get(raw__message_id="<renewed@x.y>")
    ApprovalPolicy.objects.create(channel=channel, private_needs_approval=True)
    reply = make_queued(message.conversation, text="We are on it.")
    sending.deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status == Reply.Status.SENT
    assert len(provider.sending.accepted) == 1


def test_a_token_that_was_withdrawn_is_renewed_once(admin: Client, provider: Provider) -> None:
    channel = provider.connect(admin)
    provider.place.revoke(refresh_too=False)
    stream = Stream.objects.get(name="inbox")
    sync.sync_stream(stream_id=stream.pk)
    channel.refresh_from_db()
    assert channel.health == "ok"
    Stream.objects.update(next_poll_at=None)
    sync.sync_stream(stream_id=stream.pk)
    stream.refresh_from_db()
    assert stream.last_error == ""


@pytest.mark.parametrize("rule", [None, {"kind": "status", "status": 401}], ids=["revoked", "401"])
def test_a_sign_in_that_cannot_be_renewed_asks_for_a_new_one(
    admin: Client, provider: Provider, rule: dict[str, Any] | None
) -> None:
    channel = provider.connect(admin)
    provider.place.revoke()
    provider.place.faults(*([rule] if rule else []))
    sync.sync_stream(stream_id=Stream.objects.get(name="inbox").pk)
    channel.refresh_from_db()
    assert channel.health == "needs_login"
    assert channel.health_reason
    provider.place.faults()
    assert (
        f"?at=google&amp;channel={channel.pk}" in admin.get(CONNECT, {"channel": channel.pk}).text
    )
    page = admin.get(CONNECT, {"at": "google", "channel": channel.pk})
    provider.come_back(admin, page)
    admin.post(reverse("inbox:channel_keep"))
    channel.refresh_from_db()
    assert channel.health == "ok"
    assert Channel.objects.count() == 1


def test_while_the_place_is_down_a_channel_is_late_and_not_signed_out(
    admin: Client, provider: Provider
) -> None:
    channel = provider.connect(admin)
    Channel.objects.update(secrets_expire_at=timezone.now())
    provider.place.faults({"kind": "status", "status": 503})
    sync.sync_stream(stream_id=Stream.objects.get(name="inbox").pk)
    channel.refresh_from_db()
    assert channel.health == "expiring"
    provider.place.faults()
    Stream.objects.update(next_poll_at=None)
    sync.sync_stream(stream_id=Stream.objects.get(name="inbox").pk)
    channel.refresh_from_db()
    assert channel.health == "ok"


def test_signing_in_to_another_mailbox_changes_nothing(admin: Client, provider: Provider) -> None:
    channel = provider.connect(admin)
    before = channel.secrets
    page = admin.get(CONNECT, {"at": "google", "channel": channel.pk})
    refused = provider.come_back(admin, page, OTHER)
    assert refused.status_code == 422
    channel.refresh_from_db()
    assert channel.secrets == before


def test_a_mailbox_changes_from_a_password_to_a_sign_in_and_keeps_its_signature(
    admin: Client, provider: Provider
) -> None:
    form = form_of(provider.box, provider.smtp_port, signature="Brand Care")
    admin.post(f"{CONNECT}?at=form", form)
    admin.post(reverse("inbox:channel_keep"))
    channel = Channel.objects.get()
    assert "password" in channel.secrets
    page = admin.get(CONNECT, {"at": "microsoft", "channel": channel.pk})
    provider.come_back(admin, page)
    admin.post(reverse("inbox:channel_keep"))
    channel.refresh_from_db()
    assert Channel.objects.count() == 1
    assert "password" not in channel.secrets
    assert channel.facts["sign_in"] == "microsoft"
    assert channel.facts["form"]["signature"] == "Brand Care"
