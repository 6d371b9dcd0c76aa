"""Every address, every role, every method: a new address must be entered here."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import URLPattern, reverse

import inbox.urls
import responses.urls
from inbox.models import BadItem, BulkJob, Channel, Conversation, Label, Notification, Team, User
from inbox.operations import conversations, invitations, tokens
from inbox.operations.bulk import Order, start_job
from inbox.operations.views import save_view
from responses.models import Draft, DraftPicture, ReplyPicture
from tests.factories import make_attachment, make_held, make_user
from tests.inbox.hooks import make_delivery, make_webhook
from tests.inbox.listening import make_hit, make_search
from tests.responses.build import make_draft, make_queued, make_submitted

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset({"agent", "manager", "admin", "auditor"})
DESK = EVERYBODY - {"auditor"}
LEADS = frozenset({"manager", "admin"})
RECORD = EVERYBODY - {"agent"}
ADMIN = frozenset({"admin"})

# Who gets an answer, by address and method; any other method is refused to all.
TABLE: dict[str, dict[str, frozenset[str]]] = {
    "inbox:queue": {"GET": EVERYBODY},
    "inbox:rows": {"GET": EVERYBODY},
    "inbox:frame": {"GET": EVERYBODY},
    "inbox:conversation": {"GET": EVERYBODY},
    "inbox:fresh": {"GET": EVERYBODY},
    "inbox:earlier": {"GET": EVERYBODY},
    "inbox:take": {"POST": DESK},
    "inbox:assign": {"POST": DESK},
    "inbox:snooze": {"POST": DESK},
    "inbox:resolve": {"POST": DESK},
    "inbox:answered_outside": {"POST": DESK},
    "inbox:reopen": {"POST": DESK},
    "inbox:note": {"POST": DESK},
    "inbox:act": {"POST": DESK},
    "inbox:label": {"POST": DESK},
    "inbox:unlabel": {"POST": DESK},
    "inbox:undo": {"POST": DESK},
    "inbox:attachment": {"GET": EVERYBODY},
    "inbox:attachment_file": {"GET": EVERYBODY},
    "inbox:attachment_small": {"GET": EVERYBODY},
    "inbox:attachment_again": {"POST": DESK},
    "inbox:author": {"GET": EVERYBODY},
    "inbox:author_lists": {"POST": DESK},
    "inbox:author_note": {"POST": DESK},
    "inbox:author_link": {"POST": DESK},
    "inbox:author_unlink": {"POST": DESK},
    "inbox:author_block": {"POST": LEADS},
    "inbox:author_unblock": {"POST": LEADS},
    "inbox:author_restore": {"POST": LEADS},
    "inbox:held": {"GET": LEADS},
    "inbox:held_restore": {"POST": LEADS},
    "inbox:views": {"GET": EVERYBODY},
    "inbox:view_counts": {"GET": EVERYBODY},
    "inbox:view_new": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:view": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:view_refit": {"POST": EVERYBODY},
    "inbox:view_move": {"POST": EVERYBODY},
    "inbox:view_delete": {"POST": EVERYBODY},
    "inbox:bulk": {"GET": EVERYBODY},
    "inbox:bulk_start": {"POST": DESK},
    "inbox:bulk_job": {"GET": EVERYBODY},
    "inbox:bulk_cancel": {"POST": DESK},
    "inbox:bulk_undo": {"POST": DESK},
    "inbox:labels": {"GET": LEADS},
    "inbox:label_change": {"POST": LEADS},
    "inbox:label_merge": {"POST": LEADS},
    "inbox:label_delete": {"POST": LEADS},
    "inbox:preferences": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:beat": {"POST": EVERYBODY},
    "inbox:take_over": {"POST": DESK},
    "inbox:colleagues": {"GET": DESK},
    "inbox:watch": {"POST": DESK},
    "inbox:company": {"GET": EVERYBODY},
    "inbox:leave": {"POST": EVERYBODY},
    "inbox:notifications": {"GET": EVERYBODY},
    "inbox:notification_count": {"GET": EVERYBODY},
    "inbox:notifications_read": {"POST": EVERYBODY},
    "inbox:notification_settings": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:notification_open": {"POST": EVERYBODY},
    "inbox:channels": {"GET": EVERYBODY},
    "inbox:channel_networks": {"GET": ADMIN},
    "inbox:channel_connect": {"GET": ADMIN, "POST": ADMIN},
    "inbox:channel_keep": {"POST": ADMIN},
    "inbox:channel_callback": {"GET": ADMIN},
    "inbox:channel": {"GET": EVERYBODY, "POST": ADMIN},
    "inbox:channel_exchanges": {"GET": ADMIN},
    "inbox:channel_follow": {"POST": ADMIN},
    "inbox:tray": {"GET": LEADS},
    "inbox:tray_retry_all": {"POST": ADMIN},
    "inbox:tray_retry": {"POST": ADMIN},
    "inbox:tray_discard": {"POST": ADMIN},
    "inbox:channel_test": {"POST": ADMIN},
    "inbox:channel_pause": {"POST": ADMIN},
    "inbox:channel_team": {"POST": ADMIN},
    "inbox:hook": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:share": {"GET": EVERYBODY},
    "inbox:share_export": {"GET": EVERYBODY},
    "inbox:hits": {"GET": EVERYBODY},
    "inbox:searches": {"GET": EVERYBODY},
    "inbox:search_new": {"GET": LEADS, "POST": LEADS},
    "inbox:search_preview": {"POST": LEADS},
    "inbox:search": {"GET": LEADS, "POST": LEADS},
    "inbox:search_pause": {"POST": LEADS},
    "inbox:search_delete": {"POST": LEADS},
    "inbox:audit": {"GET": RECORD},
    "inbox:audit_export": {"GET": RECORD},
    "inbox:settings": {"GET": EVERYBODY},
    "inbox:security": {"GET": ADMIN, "POST": ADMIN},
    "inbox:teams": {"GET": ADMIN, "POST": ADMIN},
    "inbox:team": {"GET": ADMIN, "POST": ADMIN},
    "inbox:team_members": {"POST": ADMIN},
    "inbox:team_channels": {"POST": ADMIN},
    "inbox:team_delete": {"POST": ADMIN},
    "inbox:people": {"GET": ADMIN},
    "inbox:invite": {"GET": ADMIN, "POST": ADMIN},
    "inbox:person": {"GET": ADMIN},
    "inbox:person_role": {"POST": ADMIN},
    "inbox:person_teams": {"POST": ADMIN},
    "inbox:person_active": {"POST": ADMIN},
    "inbox:person_factor": {"GET": ADMIN, "POST": ADMIN},
    "inbox:person_sign_out": {"POST": ADMIN},
    "inbox:invitation_renew": {"POST": ADMIN},
    "inbox:invitation_revoke": {"POST": ADMIN},
    "inbox:sessions": {"GET": EVERYBODY},
    "inbox:sessions_end_others": {"POST": EVERYBODY},
    "inbox:session_end": {"POST": EVERYBODY},
    "inbox:join": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:tokens": {"GET": EVERYBODY, "POST": EVERYBODY},
    "inbox:token_revoke": {"POST": EVERYBODY},
    "inbox:webhooks": {"GET": ADMIN},
    "inbox:all_tokens": {"GET": ADMIN},
    "inbox:webhook_add": {"GET": ADMIN, "POST": ADMIN},
    "inbox:webhook": {"GET": ADMIN, "POST": ADMIN},
    "inbox:webhook_ping": {"POST": ADMIN},
    "inbox:webhook_pause": {"POST": ADMIN},
    "inbox:webhook_rotate": {"POST": ADMIN},
    "inbox:webhook_replay": {"POST": ADMIN},
    "inbox:webhook_delivery": {"GET": ADMIN},
    "inbox:styleguide": {"GET": EVERYBODY},
    "responses:panel": {"GET": EVERYBODY},
    "responses:statuses": {"GET": EVERYBODY},
    "responses:save": {"POST": DESK},
    "responses:compose": {"POST": DESK},
    "responses:withdraw": {"POST": DESK},
    "responses:draft_picture": {"GET": EVERYBODY},
    "responses:reply_picture": {"GET": EVERYBODY},
    "responses:approvals": {"GET": LEADS},
    "responses:approval_count": {"GET": LEADS},
    "responses:approval": {"GET": LEADS, "POST": LEADS},
    "responses:preview": {"POST": LEADS},
    "responses:attention": {"GET": DESK},
    "responses:attention_count": {"GET": DESK},
    "responses:news": {"GET": DESK},
    "responses:act": {"POST": DESK},
    "responses:policy": {"GET": ADMIN, "POST": ADMIN},
}
PATTERNS: dict[str, URLPattern] = {
    f"{module.app_name}:{pattern.name}": pattern
    for module in (inbox.urls, responses.urls)
    for pattern in module.urlpatterns
}
SIGNED = {"inbox:hook"}  # for networks, which sign what they send
PUBLIC = {"inbox:join", *SIGNED}  # the first behind a secret link, for those without an account
ANSWERS = (200, 302, 400, 404, 409, 410, 415, 422, 502)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_every_address_is_in_the_table() -> None:
    assert set(TABLE) == set(PATTERNS)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize("name", TABLE)
def test_each_role_gets_exactly_this_far(
    client: Client, channel: Channel, conversation: Conversation, name: str, role: str
) -> None:
    user = make_user("somebody", role)
    client.force_login(user)
    address = address_of(name, channel, conversation, user)
    for method in METHODS:
        status = client.generic(method, address, *form(method)).status_code
        if method not in TABLE[name]:
            assert status == 405, method
        elif role in TABLE[name][method]:
            assert status in ANSWERS, (method, status)
        else:
            assert status == 403, method


@pytest.mark.parametrize("name", sorted(set(TABLE) - PUBLIC))
def test_strangers_are_sent_to_the_sign_in(
    client: Client, channel: Channel, conversation: Conversation, name: str
) -> None:
    address = address_of(name, channel, conversation, make_user())
    for method in METHODS:
        answer = client.generic(method, address)
        assert answer.status_code == 302, method
        assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", sorted(set(TABLE) - PUBLIC))
def test_who_has_left_gets_nothing_from_an_open_page(
    client: Client, channel: Channel, conversation: Conversation, name: str
) -> None:
    user = make_user("gone", "admin")
    client.force_login(user)
    address = address_of(name, channel, conversation, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for method in TABLE[name]:
        assert client.generic(method, address).status_code in (302, 403)


@pytest.mark.parametrize(
    "name", [name for name in TABLE if "POST" in TABLE[name] and name not in SIGNED]
)
def test_nothing_is_changed_without_the_token_of_our_own_page(
    channel: Channel, conversation: Conversation, name: str
) -> None:
    user = make_user("somebody", "admin")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(address_of(name, channel, conversation, user)).status_code == 403


def form(method: str) -> tuple[str, str]:
    body = "name=Brand&seen_version=0&content_hash=x" if method == "POST" else ""
    return body, "application/x-www-form-urlencoded"


def address_of(name: str, channel: Channel, conversation: Conversation, user: User) -> str:
    """Return an address of this name whose things exist, and are the user's where that counts."""
    writer = user if user.has_perm("responses.write_draft") else make_user()
    made: dict[str, Any] = {"pk": conversation.pk, "network": "x", "act": "cancel"}
    made["message_pk"] = conversation.messages.all()[0].pk
    if name.startswith("inbox:tray_"):
        made["kind"] = "item"
        made["pk"] = BadItem.objects.create(
            channel=conversation.channel, stream="mentions", reason="odd", raw={}, digest="d"
        ).pk
    elif name.startswith("inbox:channel") or name == "responses:policy":
        made["pk"] = channel.pk
        made["stream_pk"] = channel.streams.all()[0].pk
    elif name.startswith("inbox:author"):
        made["pk"] = conversation.author_id
    elif name.startswith("inbox:held"):
        made["pk"] = make_held(conversation.author, channel, text=conversation.preview).pk
    elif name.startswith("inbox:attachment"):
        made["pk"] = make_attachment(conversation.messages.get()).pk
    elif name.startswith("inbox:view"):
        made["pk"] = save_view(name="mine", filters={}, by=user).pk
    elif name.startswith("inbox:bulk"):
        made["pk"] = start_job(order=Order("resolve"), by=writer, picked=[(conversation.pk, 1)]).pk
        BulkJob.objects.filter(pk=made["pk"]).update(by=user)
    elif name.startswith("inbox:label_"):
        made["pk"] = Label.objects.create(name="outage").pk
    elif name.startswith(("inbox:search", "inbox:share", "inbox:hits")):
        search = make_search(channel, name=channel.name, brand=channel.name)
        make_hit(search, channel)
        made["pk"] = search.pk
    elif name.startswith("inbox:team"):
        made["pk"] = Team.objects.create(name="Night watch").pk
    elif name.startswith("inbox:person"):
        made["pk"] = make_user().pk
    elif name.startswith("inbox:invitation"):
        admin = make_user(role="admin")
        invited = invitations.invite(email="eve@example.org", role="agent", teams=[], by=admin)
        made["pk"] = invited[0].pk
    elif name == "inbox:session_end":
        made["pk"] = UserSession.objects.create(user=user, ip="127.0.0.1", session_key="k").pk
    elif name == "inbox:join":
        made["token"] = "made-up"
    elif name == "inbox:token_revoke":
        made["pk"] = tokens.create_token(name="ours", scopes=[], days=1, by=user)[0].pk
    elif name.startswith("inbox:webhook_") or name == "inbox:webhook":
        hook, _secret = make_webhook()
        made["pk"] = hook.pk
        made["delivery_pk"] = make_delivery(hook).pk
    elif name == "inbox:undo":
        event = conversations.resolve(conversation=conversation, by=writer)
        assert event
        made["event_pk"] = event.pk
    elif name == "inbox:notification_open":
        made["pk"] = Notification.objects.create(
            user=user, conversation=conversation, kind="noted"
        ).pk
    elif name == "inbox:unlabel":
        made["label_pk"] = Label.objects.create(name="outage").pk
    elif name == "responses:draft_picture":
        file = make_attachment(conversation.messages.get()).file
        made["pk"] = DraftPicture.objects.create(draft=make_draft(conversation), file=file).pk
    elif name == "responses:reply_picture":
        file = make_attachment(conversation.messages.get()).file
        reply = make_queued(conversation, writer, is_due=False)
        made["pk"] = ReplyPicture.objects.create(reply=reply, file=file).pk
    elif name == "responses:withdraw":
        made["pk"] = make_submitted(conversation, writer).pk
    elif name in ("responses:approval", "responses:preview"):
        made["pk"] = make_submitted(conversation).pk
    elif name in ("responses:act", "responses:news"):
        made["pk"] = make_queued(conversation, writer, is_due=False).pk
    wanted = PATTERNS[name].pattern.converters
    return reverse(name, kwargs={key: value for key, value in made.items() if key in wanted})


@pytest.mark.parametrize("role", sorted(DESK))
def test_a_colleagues_words_stay_theirs(
    client: Client, conversation: Conversation, role: str
) -> None:
    draft = make_submitted(conversation, make_user("ana", "agent"))
    client.force_login(make_user("other", role))
    answer = client.post(reverse("responses:withdraw", args=[draft.pk]))
    assert answer.status_code == 403
    assert Draft.objects.get().status == Draft.Status.IN_REVIEW


def test_a_colleagues_act_is_not_mine_to_undo(client: Client, conversation: Conversation) -> None:
    event = conversations.resolve(conversation=conversation, by=make_user("ana", "agent"))
    assert event
    client.force_login(make_user("other", "admin"))
    answer = client.post(reverse("inbox:undo", args=[conversation.pk, event.pk]))
    assert answer.status_code == 403
    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.RESOLVED


def test_nobody_settles_a_colleagues_reply_but_a_manager(
    client: Client, conversation: Conversation
) -> None:
    reply = make_queued(conversation, make_user("ana", "agent"), is_due=False)
    address = reverse("responses:act", args=[reply.pk, "cancel"])
    client.force_login(make_user("budi", "agent"))
    assert client.post(address).status_code == 403
    client.force_login(make_user("ben", "manager"))
    assert client.post(address).status_code == 302
