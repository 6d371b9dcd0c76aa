"""The tray, its number, its choices; mentions in notes; watching from the page."""

from __future__ import annotations

import pytest
from django.test import Client

from inbox.models import Channel, Conversation, Notification, NotificationChoice, Team, User
from inbox.operations import conversations as ops
from inbox.operations import health, notifications
from tests.factories import make_channel, make_conversation, make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def mention(conversation: Conversation, by: User, text: str = "@ana look") -> Notification:
    ops.add_note(conversation=conversation, text=text, by=by)
    return Notification.objects.latest("pk")


def read(client: Client, path: str = "/notifications/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_tray_says_what_will_appear(reader: Client) -> None:
    assert "Nothing concerns you yet" in read(reader)
    assert read(reader, "/notifications/count/") == ""


def test_entries_are_told_in_words_and_lead_to_the_place(
    reader: Client, conversation: Conversation, ben: User
) -> None:
    entry = mention(conversation, ben)
    html = read(reader)
    assert f"ben mentioned you about @{conversation.author.handle}" in html
    answer = reader.post(f"/notifications/{entry.pk}/open/")
    assert answer["Location"] == entry.get_absolute_url()
    assert read(reader, "/notifications/count/") == ""
    assert "Mark all as read" not in read(reader)
    assert "ben mentioned you" in read(reader)


def test_entries_of_one_kind_say_how_many(
    reader: Client, conversation: Conversation, ana: User
) -> None:
    for _number in range(30):
        notifications.notify(kind="answered", conversation=conversation, user_ids=[ana.pk])
    assert read(reader, "/notifications/count/") == "1"
    assert "wrote again, 30 times" in read(reader)


def test_all_or_one_are_marked_as_read(reader: Client, ana: User, ben: User) -> None:
    first = mention(make_conversation(), ben)
    mention(make_conversation(), ben)
    reader.post("/notifications/read/", {"pk": first.pk})
    assert read(reader, "/notifications/count/") == "1"
    reader.post("/notifications/read/")
    assert read(reader, "/notifications/count/") == ""
    assert reader.post("/notifications/read/", {"pk": "x"}).status_code == 422


def test_the_number_is_capped(
    reader: Client, conversation: Conversation, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.views.notifications.COUNTED", 2)
    for kind in ("answered", "noted", "sent"):
        notifications.notify(kind=kind, conversation=conversation, user_ids=[ana.pk])
    assert read(reader, "/notifications/count/") == "99+"


def test_a_colleagues_tray_is_theirs(reader: Client, conversation: Conversation, ben: User) -> None:
    entry = mention(conversation, make_user("eva"), "@ben look")
    assert entry.user == ben
    assert reader.post(f"/notifications/{entry.pk}/open/").status_code == 404
    assert "mentioned you" not in read(reader)


def test_what_went_to_another_team_is_gone_from_the_tray(
    reader: Client, conversation: Conversation, ben: User
) -> None:
    entry = mention(conversation, ben)
    conversation.channel.team = Team.objects.create(name="Others")
    conversation.channel.save()
    assert "mentioned you" not in read(reader)
    assert read(reader, "/notifications/count/") == ""
    assert reader.post(f"/notifications/{entry.pk}/open/").status_code == 404


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "12.5"])
def test_a_mark_that_makes_no_sense_is_ignored(reader: Client, after: str) -> None:
    answer = reader.get(f"/notifications/count/?after={after}", headers=HTMX)
    assert answer.status_code == 200
    assert "HX-Trigger" not in answer


def test_choices_are_kept(reader: Client, ana: User) -> None:
    html = read(reader, "/notifications/choices/")
    assert html.count("checked") >= len(Notification.Kind.values) + 1
    reader.post("/notifications/choices/", {"wanted": ["mentioned", "failed"]})
    row = NotificationChoice.objects.get(user=ana)
    assert "mentioned" not in row.muted
    assert "assigned" in row.muted
    assert not row.auto_watch
    assert reader.post("/notifications/choices/", {"wanted": ["nonsense"]}).status_code == 422
    assert NotificationChoice.objects.get().muted == row.muted


def test_every_kind_has_its_words(
    reader: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    for kind in Notification.Kind.values:
        notifications.notify(
            kind=kind, conversation=conversation, user_ids=[ana.pk], actor=ben, excerpt="<b>x</b>"
        )
    html = read(reader)
    assert html.count('class="tray__entry tray__entry--unread"') == len(Notification.Kind.values)
    assert "<b>x</b>" not in html


def test_names_in_notes_are_marked_and_nothing_else_is(
    reader: Client, conversation: Conversation, ben: User
) -> None:
    text = "@ana @ghost <script>@ana</script> https://t.example/@ana?x=1 (@ANA)."
    ops.add_note(conversation=conversation, text=text, by=ben)
    html = reader.get(conversation.get_absolute_url()).content.decode()
    note = html[html.index('class="note__body"') :].split("</div>")[0]
    assert note.count('<span class="mention mention--me"><bdi>@ana</bdi></span>') == 2
    assert '<span class="mention mention--me"><bdi>@ANA</bdi></span>).' in note
    assert "<script>" not in note
    assert "@ghost" in note
    assert "<bdi>@ghost" not in note
    assert 'href="https://t.example/@ana?x=1"' in note


def test_only_who_sees_the_conversation_is_offered(
    reader: Client, conversation: Conversation, ana: User, ben: User, dewi: User
) -> None:
    make_user("budi", first_name="Ben", last_name="Santoso")
    path = f"/conversations/{conversation.pk}/colleagues/"
    html = read(reader, f"{path}?q=BE")
    assert 'data-name="ben"' in html
    assert 'data-name="budi"' in html
    assert 'data-name="dewi"' not in html
    assert 'data-name="ana"' not in read(reader, path)
    conversation.channel.team = team = Team.objects.create(name="Ours")
    conversation.channel.save()
    team.members.add(ana)
    assert "data-name" not in read(reader, f"{path}?q=be")
    assert 'data-name="dewi"' in read(reader, f"{path}?q=de")


def test_who_names_somebody_that_cannot_look_is_told(
    reader: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    conversation.channel.team = team = Team.objects.create(name="Ours")
    conversation.channel.save()
    team.members.add(ana)
    path = f"/conversations/{conversation.pk}/notes/"
    answer = reader.post(path, {"text": "@ben look"}, headers=HTMX)
    assert "Not told, since this channel is not theirs: ben." in answer["HX-Trigger"]
    assert not Notification.objects.exists()


def test_watching_is_a_press_away(reader: Client, conversation: Conversation, ana: User) -> None:
    path = f"/conversations/{conversation.pk}/watch/"
    answer = reader.post(path, {"on": "1"}, headers=HTMX)
    assert "You watch" in answer["HX-Trigger"]
    html = reader.get(conversation.get_absolute_url()).content.decode()
    assert "Stop watching" in html
    reader.post(path)
    assert not conversation.watches.filter(is_on=True).exists()  # type: ignore[attr-defined]


def test_what_an_admin_is_told_of_the_desk_is_not_offered_to_others(
    reader: Client, ana: User, dewi: User
) -> None:
    assert "A webhook is switched off" not in read(reader, "/notifications/choices/")
    notifications.choose(by=ana, wanted=[], auto_watch=True)
    assert "webhook_off" not in NotificationChoice.objects.get(user=ana).muted
    notifications.choose(by=dewi, wanted=[], auto_watch=True)
    notifications.notify_holders(kind=Notification.Kind.WEBHOOK_OFF, webhook=1, name="x")
    assert not Notification.objects.exists()
    reader.force_login(dewi)
    assert "A webhook is switched off" in read(reader, "/notifications/choices/")
    notifications.choose(by=dewi, wanted=["webhook_off"], auto_watch=True)
    notifications.notify_holders(kind=Notification.Kind.WEBHOOK_OFF, webhook=1, name="Ledger")
    assert "The webhook “Ledger” was switched off" in read(reader)
    assert read(reader, "/notifications/count/") == "1"


def test_a_channel_that_must_be_connected_again_is_told_until_it_is(
    reader: Client, channel: Channel, ana: User, dewi: User
) -> None:
    health.mark_signed_out(channel=channel, words="revoked")
    health.mark_signed_out(channel=channel, words="still revoked")
    entry = Notification.objects.get()
    assert entry.user == dewi  # who can do it
    assert read(reader, "/notifications/count/") == ""
    reader.force_login(dewi)
    assert f"The channel @{channel.handle} must be connected again" in read(reader)
    answer = reader.post(f"/notifications/{entry.pk}/open/")
    assert answer["Location"] == channel.get_absolute_url()


def test_what_is_connected_again_is_no_news_any_more(
    reader: Client, channel: Channel, dewi: User
) -> None:
    other = make_channel(handle="other")
    for one in (channel, other):
        health.mark_signed_out(channel=one, words="revoked")
    health.mark_signed_in(channel=channel)
    reader.force_login(dewi)
    assert read(reader, "/notifications/count/") == "1"
    assert Notification.objects.unread().get().facts["channel"] == other.pk
