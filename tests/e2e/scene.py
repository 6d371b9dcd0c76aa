"""A desk in the middle of a crisis: something to see on every screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from inbox.connectors.exchange import Exchange as Seen
from inbox.connectors.types import BadItem
from inbox.models import (
    Act,
    Attachment,
    Channel,
    Conversation,
    Label,
    MessageVersion,
    Receipt,
    SavedSearch,
    SearchHit,
    Stream,
    Team,
    User,
)
from inbox.operations import (
    acts,
    bad_items,
    blocking,
    conversations,
    exchanges,
    invitations,
    notifications,
    persons,
    receipts,
    telling,
)
from inbox.operations.bulk import Order, start_job
from inbox.operations.labels import make_label
from inbox.operations.views import save_view
from inbox.practice.pictures import draw
from responses import stops
from responses.models import Reply
from responses.operations import drafts
from tests.factories import (
    make_attachment,
    make_author,
    make_channel,
    make_conversation,
    make_held,
    make_message,
    make_user,
)
from tests.inbox.hooks import make_delivery, make_webhook
from tests.inbox.listening import make_hit, make_search
from tests.responses.build import make_draft, make_queued, make_submitted

PASSWORD = "correct horse battery"
HANDLE = "nusahosting"
# Who wrote, how many follow, what, minutes ago, priority, sentiment, language.
POSTS = [
    ("Tempo Redaksi", 1_240_000, "@nusahosting situs pelanggan Anda mati sejak pukul 9, apa "
     "penjelasannya? Kami menulis tentang ini sore ini.", 42, 91, "negative", "id"),
    ("Rina Wulandari", 52_300, "@nusahosting my whole shop is down and nobody answers the phone. "
     "This is unacceptable!", 31, 74, "negative", "en"),
    ("Budi Santoso", 820, "@nusahosting down lagi? Sudah tiga kali minggu ini 😡", 24, 46,
     "negative", "id"),
    ("عائشة", 4_100, "@nusahosting موقعي لا يعمل منذ الصباح", 18, 38, "neutral", "ar"),
    ("Averyveryveryverylongunbrokennameofacustomer", 12, "@nusahosting thanks for the quick fix "
     "yesterday, the new panel is great", 9, 12, "positive", "en"),
    ("Sari", 96, "@nusahosting email saya sari@contoh.id, tolong cek tiket saya", 4, 41,
     "neutral", "id"),
]  # fmt: skip
REASONS = [
    {"code": "negative", "points": 30, "params": {"words": ["unacceptable"]}},
    {"code": "reach", "points": 25, "params": {"followers": 52_300}},
    {"code": "outage", "points": 19, "params": {"word": "down"}},
]


def _exchanges(channel: Channel) -> None:
    keep = exchanges.keeper(channel.pk)
    asked = {"authorization": "[hidden]", "accept": "application/json"}
    answered = {"content-type": "application/json", "x-rate-limit-remaining": "0"}
    mentions = Seen("GET", "api.x.com", "/2/users/14719/mentions", 200, 183, 0, 48_210)
    body = '{"data": [{"id": "1893", "text": "@nusahosting down lagi?"}]}'
    keep(replace(mentions, asked=asked, answered=answered, response_body=body))
    keep(replace(mentions, path="/2/tweets", method="POST", status=403, sent=84, received=160))
    keep(replace(mentions, path="/2/dm_events", status=0, received=0, error="The read timed out."))


def _tray(channel: Channel) -> None:
    odd = {"id": "1893", "author_id": "77", "text": "@nusahosting?", "created_at": "yesterday"}
    bad_items.keep(
        channel=channel,
        stream="mentions",
        problems=[BadItem("ValueError: Invalid isoformat string: 'yesterday'", odd)],
    )
    receipts.keep(network="x", body=b'{"data": [', headers={})
    Receipt.objects.update(
        state="failed", attempts=1, error="X delivered something that is not JSON: JSONDecodeError"
    )


def _acts(conversation: Conversation, by: User) -> None:
    message = conversation.messages.order_by("sent_at")[0]
    acts.ask(message=message, kind="like", by=by)
    acts.ask(message=message, kind="hide", by=by)
    Act.objects.filter(kind="like").update(state="done")
    words = "You are not allowed to hide replies in this conversation."
    Act.objects.filter(kind="hide").update(state="refused", outcome=words)


def build_scene() -> dict[str, Any]:
    """Fill the database; return the ids that addresses are made of."""
    ana, ben = make_user("ana", "agent", first_name="Ana"), make_user("ben", "manager")
    for name, role in (("dewi", "admin"), ("eka", "admin"), ("fitri", "agent")):
        make_user(name, role, email=f"{name}@example.org")
    channel = make_channel(handle=HANDLE, name="NusaHosting")
    Stream.objects.filter(channel=channel).update(last_success_at=timezone.now())
    blind = make_channel(
        handle="nusacare", name="NusaCare", health=Channel.Health.BLIND,
        health_reason="api.x.com answered 503.",
    )  # fmt: skip
    _exchanges(channel)
    _tray(channel)
    people = [_conversation(channel, *post) for post in POSTS]
    press, shop, again, arabic, thanks, private = people
    _thread(shop, ana)
    attachment = _attach(shop)
    _acts(shop, ben)
    _know(press, shop, again, ben)
    _tell(press, thanks, blind, ben)
    label = Label.objects.get(name="outage")
    approval = make_submitted(press, ana, text="Kami memulihkan semua situs dan kabari tiap jam.")
    make_submitted(again, ben, text="Maaf, mesin ketiga sedang diganti. Kabar berikutnya 14.00.")
    make_draft(shop, ana, text="We hear you, Rina. Your shop is being moved to a new server.")
    stopped = make_queued(arabic, ana, ben, text="نعمل على إصلاحه الآن")
    _stop(stopped, Reply.Status.HELD, stops.CONVERSATION_MOVED)
    _stop(make_queued(thanks, ana, ben, text="Happy to hear it!"), "failed", stops.REJECTED)
    on_its_way = make_draft(private, ana, text="Terima kasih, tiket Anda sedang kami cek.")
    drafts.submit(draft=on_its_way, by=ana, seen_version=private.version)
    dewi = User.objects.get(username="dewi")
    team = Team.objects.create(name="Night watch")
    team.members.add(ana, ben)
    _, token = invitations.invite(email="eve@example.org", role="agent", teams=[team], by=dewi)
    webhook, _secret = make_webhook(dewi)
    job = start_job(order=Order("resolve"), by=dewi, picked=[(thanks.pk, thanks.version)])
    named = {"words": ("nusahosting",), "phrases": ("nusa hosting",)}
    search = make_search(
        channel, by=dewi, name="Our name", brand="NusaHosting", is_ours=True, **named
    )
    other = make_search(channel, by=dewi, name="Awan Jaya", brand="Awan Jaya", words=("awanjaya",))
    _found(search, other, channel)
    found = _not_to_us(channel)
    return {
        "channel": channel.pk,
        "search": search.pk,
        "found": found.pk,
        "conversation": shop.pk,
        "attachment": attachment.pk,
        "author": shop.author_id,
        "label": label.pk,
        "approval": approval.pk,
        "reply": stopped.pk,
        "network": "x",
        "view": save_view(name="Angry and waiting", filters={}, by=dewi).pk,
        "job": job.pk,
        "team": team.pk,
        "person": ana.pk,
        "token": token,
        "webhook": webhook.pk,
        "delivery_pk": make_delivery(webhook).pk,
        "uidb36": user_pk_to_url_str(dewi),
        "key": default_token_generator.make_token(dewi),
    }


def _found(ours: SavedSearch, theirs: SavedSearch, channel: Channel) -> None:
    """A week of being spoken of: much of the same, and then a wave against us."""
    now = timezone.now()
    for day in range(7):
        for number in range(3 + day % 3 + (14 if day == 0 else 0)):
            sentiment = (
                "negative" if day == 0 and number > 3 else ("neutral", "positive")[number % 2]
            )
            at = now - timedelta(days=day, minutes=7 * number + 1)
            make_hit(ours, channel, sentiment=sentiment, sent_at=at, language="id")
        for number in range(5 - day % 2):
            at = now - timedelta(days=day, minutes=11 * number + 1)
            make_hit(theirs, channel, sentiment=("neutral", "negative")[number % 2], sent_at=at)
    told = channel.messages.filter(direction="incoming").first()
    SearchHit.objects.filter(search=ours, sentiment="negative").update(message=told)


def _not_to_us(channel: Channel) -> Conversation:
    """Something that a search has brought, which the network lets nobody answer from here."""
    text = "Has anybody else noticed that NusaHosting is down since this morning?"
    author = make_author(name="Joko Susilo", handle="joko", followers=640)
    reasons = [{"code": "found", "points": -20, "params": {"search": "Our name"}}]
    row = make_conversation(channel, author=author, text=text, reasons=reasons, language="en")
    row.messages.update(found_by="Our name", raw={"id": row.external_id, "text": text})
    return row


def add_second_factor(username: str) -> None:
    """Give somebody an authenticator app and recovery codes."""
    user = User.objects.get(username=username)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)


def _conversation(channel: Channel, name: str, reach: int, text: str, ago: int, *facts: Any) -> Any:
    at = timezone.now() - timedelta(minutes=ago)
    priority, sentiment, language = facts
    author = make_author(
        name=name, handle=name.split()[0].lower()[:15], followers=reach, is_verified=reach > 50_000
    )
    is_private = "email saya" in text
    conversation = make_conversation(
        channel, author=author, text=text, priority=priority, sentiment=sentiment,
        language=language, waiting_since=at, rank_at=at, last_message_at=at, last_inbound_at=at,
        reasons=REASONS if priority > 40 else [], is_private=is_private,
    )  # fmt: skip
    conversation.messages.update(sent_at=at, url="https://x.com/i/web/status/1")
    return conversation


def _thread(conversation: Conversation, ana: User) -> None:
    """Everything that a thread can hold."""
    label = make_label(name="outage", color="red", by=ana)
    conversations.take(conversation=conversation, by=ana)
    conversations.add_label(conversation=conversation, label=label, by=ana)
    now = timezone.now()
    add = lambda text, ago, **more: make_message(  # noqa: E731
        conversation, text=text, sent_at=now - timedelta(minutes=ago), **more
    )
    edited = add("It is down for all of us, my phone is 0812-3456-7890", 28,
                 personal_data=[{"kind": "phone"}], edited_at=now)  # fmt: skip
    MessageVersion.objects.create(message=edited, version_id="v1", text="It is down for all of us")
    add("Thank you for telling us. We are on it.", 20, direction="outgoing", author=None,
        sent_here=True)  # fmt: skip
    add("You are useless.", 15, deleted_at=now - timedelta(minutes=3))
    checked = {"domain": "far.example", "spf": "fail", "dkim": "none", "dmarc": "fail"}
    add("I am away until Monday.", 10, is_context=True,
        remarks=[{"code": "auto_reply", "params": {}},
                 {"code": "sender_doubtful", "params": checked}])  # fmt: skip
    conversations.add_note(conversation=conversation, by=ana, text="Called her: voicemail. Again "
                           "at 14:00, see https://status.example/incidents/7")  # fmt: skip


def _know(press: Conversation, shop: Conversation, again: Conversation, ben: User) -> None:
    """What the desk knows of people: lists, notes, links, and one who is blocked."""
    persons.set_lists(author=press.author, lists=["press"], by=ben)
    persons.set_lists(author=shop.author, lists=["vip", "watch"], by=ben)
    persons.add_person_note(
        author=shop.author, by=ben, text="Runs three shops with us since 2019. Prefers a call."
    )
    twin = make_author(network="mastodon", handle="rina@toot.example", name="Rina Wulandari")
    persons.link(author=shop.author, other=twin, by=ben)
    make_conversation(
        shop.channel, author=make_author(handle="rina", name="Rina W."), status="resolved"
    )
    for ago, sentiment in ((21, "positive"), (20, "neutral"), (9, "negative"), (8, "negative")):
        make_message(
            shop, sentiment=sentiment, sent_at=timezone.now() - timedelta(days=ago), text="Earlier"
        )
    troll = make_author(handle="gremlin", name="gremlin")
    blocking.block_author(
        author=troll, reason="Insults in every thread", until=timezone.now() + timedelta(days=7),
        by=ben,
    )  # fmt: skip
    for text in ("@nusahosting clowns running a clown company", "@nusahosting still waiting"):
        make_held(troll, again.channel, text=text)


def _tell(press: Conversation, thanks: Conversation, blind: Channel, ben: User) -> None:
    """News for the admin: some of it read, some not."""
    dewi = User.objects.get(username="dewi")
    conversations.assign(conversation=thanks, to=dewi, by=ben)
    notifications.mark_read(by=dewi)
    words = "@dewi they print this at five. Can you call them back before?"
    conversations.add_note(conversation=press, by=ben, text=words)
    telling.of_signing_out(channel=blind)


def _attach(conversation: Conversation) -> Attachment:
    """What hangs on messages, here and not here."""
    first = conversation.messages.earliest("sent_at")
    shown = make_attachment(
        first,
        content=draw("503 Service Unavailable shop.example"),
        name="screenshot.png",
        description="Screenshot of the shop: 503, service unavailable",
    )
    make_attachment(first, content=b"%PDF-1.7 invoice", kind="file", name="invoice-2291.pdf")
    make_attachment(first, state="waiting", name="door.jpg", declared_size=2_400_000)
    make_attachment(
        first, state="refused", reason="too_large", kind="video", name="walk-through.mp4",
        declared_size=81_000_000,
    )  # fmt: skip
    return shown


def _stop(reply: Reply, status: str, code: str) -> None:
    words = "You are not allowed to reply to this post." if code == stops.REJECTED else ""
    Reply.objects.filter(pk=reply.pk).update(status=status, stop_code=code, stop_text=words)
