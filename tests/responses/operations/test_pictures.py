"""Pictures on replies: cleaned, described, bound by the approval, and sent just as agreed."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from inbox.connectors.types import Limits
from inbox.lib.errors import BadInput, NotAllowed, StaleState
from inbox.models import Conversation, StoredFile, User
from inbox.operations import channels
from responses import stops
from responses.errors import DraftClosed, NotSendable
from responses.models import ApprovalPolicy, Draft, DraftPicture, Reply
from responses.operations import approvals, drafts, outcomes, pictures, replies, sending
from tests import mastodon_desk as desk
from tests.factories import make_conversation, make_user
from tests.inbox.practice.mastodon.server import Server, server
from tests.pictures import make_picture
from tests.responses.build import make_draft
from tests.responses.network import Network

__all__ = ["server"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def takes(network: Network) -> Network:
    """A network that takes two pictures."""
    network.limits = replace(network.limits, pictures=2, picture_bytes=200_000)
    return network


@pytest.fixture
def draft(takes: Network, conversation: Conversation, ana: User) -> Draft:
    return make_draft(conversation, ana)


def put_on(draft: Draft, words: str = "A dark screen", **picture: Any) -> DraftPicture:
    added = pictures.add_picture(draft=draft, content=make_picture(**picture), by=draft.author)
    pictures.describe_pictures(draft=draft, descriptions={added.pk: words}, by=draft.author)
    added.refresh_from_db()
    return added


def submit(draft: Draft) -> Draft:
    made = drafts.submit(draft=draft, by=draft.author, seen_version=draft.conversation.version)
    assert isinstance(made, Draft)
    return made


def approve(draft: Draft, ben: User) -> Reply:
    made = approvals.approve(draft=draft, by=ben, content_hash=draft.content_hash)
    reply = Reply.objects.get(approval=made)
    Reply.objects.update(send_after=reply.created_at)
    return reply


# -- writing -----------------------------------------------------------------------------------
def test_a_picture_tells_nothing_of_its_maker(draft: Draft) -> None:
    added = put_on(draft, kind="JPEG", place=True, turned=True, width=300, height=100)
    content = added.file.content.read()
    image = Image.open(BytesIO(content))
    assert added.file.content_type == "image/jpeg"
    assert image.size == (100, 300)
    assert not image.getexif()
    assert b"taken at home" not in content


def test_a_picture_is_made_small_enough_for_its_network(takes: Network, draft: Draft) -> None:
    takes.limits = replace(takes.limits, picture_bytes=60_000)
    noise = BytesIO()
    Image.effect_noise((1800, 1200), 90).convert("RGB").save(noise, "JPEG", quality=40)
    with pytest.raises(BadInput, match="small enough"):
        pictures.add_picture(draft=draft, content=noise.getvalue(), by=draft.author)
    takes.limits = replace(takes.limits, picture_bytes=900_000)
    added = pictures.add_picture(draft=draft, content=noise.getvalue(), by=draft.author)
    assert added.file.size <= 900_000


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"<svg/>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(draft: Draft, content: bytes) -> None:
    with pytest.raises(BadInput, match="no picture"):
        pictures.add_picture(draft=draft, content=content, by=draft.author)


def test_one_too_many_and_none_at_all(takes: Network, draft: Draft) -> None:
    put_on(draft)
    put_on(draft, shade=1)
    with pytest.raises(BadInput, match="No more than 2"):
        put_on(draft, shade=2)
    takes.limits = Limits(280, 10_000)
    with pytest.raises(BadInput, match="takes no pictures"):
        put_on(draft, shade=3)


def test_only_the_author_and_only_while_writing(draft: Draft, ben: User) -> None:
    added = put_on(draft)
    for act in (
        lambda by: pictures.add_picture(draft=draft, content=make_picture(), by=by),
        lambda by: pictures.describe_pictures(draft=draft, descriptions={added.pk: "x"}, by=by),
        lambda by: pictures.remove_picture(draft=draft, picture_id=added.pk, by=by),
    ):
        with pytest.raises(NotAllowed):
            act(ben)
    submit(draft)
    with pytest.raises(DraftClosed):
        pictures.remove_picture(draft=draft, picture_id=added.pk, by=draft.author)


def test_a_picture_comes_off_again(draft: Draft) -> None:
    added = put_on(draft)
    for _time in range(2):
        pictures.remove_picture(draft=draft, picture_id=added.pk, by=draft.author)
    assert not draft.pictures.exists()


def test_a_picture_without_words_stops_the_reply_unless_the_policy_lets_it(draft: Draft) -> None:
    put_on(draft, words="")
    with pytest.raises(NotSendable, match="what each picture shows"):
        submit(draft)
    ApprovalPolicy.objects.create(channel=draft.conversation.channel, alt_text_required=False)
    fresh = Draft.objects.get(pk=draft.pk)
    assert submit(fresh).status == "in_review"


# -- agreeing ----------------------------------------------------------------------------------
@pytest.mark.parametrize("change", ["describe", "add", "remove", "swap"])
def test_an_approval_of_other_pictures_is_refused(draft: Draft, ben: User, change: str) -> None:
    first = put_on(draft)
    submitted = submit(draft)
    agreed = submitted.content_hash
    if change == "describe":
        DraftPicture.objects.update(description="Our boss")
    elif change == "add":
        DraftPicture.objects.create(draft=draft, file=first.file, description="again")
    elif change == "remove":
        DraftPicture.objects.all().delete()
    else:
        other = make_draft(make_conversation(draft.conversation.channel), make_user())
        DraftPicture.objects.filter(pk=first.pk).update(file=put_on(other, shade=9).file)
    with pytest.raises(StaleState):
        approvals.approve(draft=submitted, by=ben, content_hash=agreed)


def test_a_reply_leaves_with_just_what_was_agreed(
    takes: Network, draft: Draft, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    takes.faults = [lambda reply: sent.extend(reply.media)]
    added = put_on(draft)
    reply = approve(submit(draft), ben)
    assert reply.approval is not None
    assert reply.approval.pictures == [[added.file.sha256, "A dark screen"]]
    sending.deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status == "sent"
    assert [(one.content, one.description) for one in sent] == [
        (added.file.content.read(), "A dark screen")
    ]
    assert reply.message is not None
    shown = reply.message.attachments.get()
    assert (shown.file, shown.description, shown.state) == (added.file, "A dark screen", "stored")


@pytest.mark.parametrize("harm", ["words", "bytes", "gone"])
def test_pictures_that_changed_after_the_approval_do_not_leave(
    takes: Network, draft: Draft, ben: User, harm: str
) -> None:
    put_on(draft, shade=55)
    reply = approve(submit(draft), ben)
    picture = reply.pictures.get()
    name = picture.file.content.name
    if harm == "words":
        reply.pictures.update(description="Our boss")
    else:
        default_storage.delete(name)
    if harm == "bytes":
        default_storage.save(name, ContentFile(make_picture(shade=200)))
    sending.deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert (reply.status, reply.stop_code) == ("held", stops.HASH_MISMATCH)
    assert takes.posts == []


def test_a_worker_may_hold_a_reply_for_as_long_as_its_pictures_take(
    takes: Network, draft: Draft, ben: User
) -> None:
    put_on(draft)
    reply = approve(submit(draft), ben)
    claimed = sending.claim(reply_id=reply.pk)
    assert claimed is not None
    row = Reply.objects.get(pk=reply.pk)
    assert row.leased_until is not None
    rest = row.leased_until - claimed.start_before
    assert rest.total_seconds() == pytest.approx(15 + 60)
    assert outcomes.lease(pictures=1) - outcomes.lease() == rest.__class__(seconds=60)


def test_a_reply_that_is_taken_back_brings_its_pictures_along(
    takes: Network, draft: Draft, ben: User, conversation: Conversation
) -> None:
    put_on(draft)
    reply = approve(submit(draft), ben)
    begun = make_draft(conversation, draft.author, text="Something else")
    replies.cancel(reply=reply, by=draft.author)
    assert begun.pictures.count() == 1
    assert reply.pictures.count() == 1  # the record keeps what was agreed


def test_on_mastodon_the_picture_is_on_the_post(
    server: Server, settings: Any, tmp_path: Path
) -> None:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    channel = desk.connect(server)
    server.post("rina", "@brand is it down?")
    desk.read_all(channel)
    draft = make_draft(Conversation.objects.get(), make_user("ana", "agent"))
    put_on(draft, words="The repaired power feed")
    reply = approve(submit(draft), make_user("ben", "manager"))
    sending.deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status == "sent", reply.stop_text
    (shown,) = server.client("rina").status(reply.message.external_id).media_attachments
    assert shown.description == "The repaired power feed"
    content = server.http.get(shown.url).content
    assert content == reply.pictures.get().file.content.read()
    desk.read_all(channel)
    assert reply.message.attachments.count() == 1
    channels.http.cache_clear()


def test_pictures_of_a_discarded_draft_do_not_stay(draft: Draft) -> None:
    put_on(draft)
    drafts.discard(draft=draft, by=draft.author)
    assert not DraftPicture.objects.exists()
    assert StoredFile.objects.unused().count() == 1  # which the housekeeping deletes
