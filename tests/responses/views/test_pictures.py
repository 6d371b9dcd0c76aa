"""Pictures in the composer, with and without scripts, and before the manager."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from inbox.models import Channel, Conversation, User
from responses.models import Draft, DraftPicture
from tests.factories import make_conversation
from tests.pictures import make_picture
from tests.responses.network import Network

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, ana: User, network: Network) -> Client:
    network.limits = replace(network.limits, pictures=2)
    client.force_login(ana)
    return client


def compose(desk: Client, conversation: Conversation, **values: Any) -> Any:
    draft = Draft.objects.filter(status="draft").first()
    given = {
        "text": "We are on it.",
        "seen_version": conversation.version,
        "draft": draft.pk if draft else "",
        "base": draft.updated_at.isoformat() if draft else "",
    } | values
    address = reverse("responses:compose", args=[conversation.pk])
    return desk.post(address, given, follow=True)


def chosen(name: str = "x.png", **picture: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_picture(**picture), content_type="image/png")


def test_a_picture_is_put_on_described_and_submitted(
    desk: Client, conversation: Conversation, ben: User
) -> None:
    answer = compose(desk, conversation, act="picture", pictures=[chosen(), chosen(shade=3)])
    page = answer.content.decode()
    assert "We are on it." in page
    first, second = DraftPicture.objects.all()
    assert f'name="alt-{first.pk}"' in page
    assert "No more than 2 pictures on this channel." in page
    compose(desk, conversation, act=f"remove-{second.pk}")
    assert list(DraftPicture.objects.all()) == [first]
    refused = compose(desk, conversation, act="submit")
    assert refused.status_code == 422
    assert "Say what each picture shows" in refused.content.decode()
    compose(desk, conversation, act="submit", **{f"alt-{first.pk}": "A dark screen"})
    draft = Draft.objects.get()
    assert draft.status == "in_review"
    desk.force_login(ben)
    shown = desk.get(reverse("responses:approval", args=[draft.pk])).content.decode()
    source = reverse("responses:draft_picture", args=[first.pk])
    assert f'src="{source}"' in shown
    assert 'alt="A dark screen"' in shown
    picture = desk.get(source)
    assert picture["Content-Type"] == "image/png"
    assert "sandbox" in picture["Content-Security-Policy"]


def test_descriptions_are_saved_as_they_are_typed(desk: Client, conversation: Conversation) -> None:
    compose(desk, conversation, act="picture", pictures=[chosen()])
    row, draft = DraftPicture.objects.get(), Draft.objects.get()
    desk.post(
        reverse("responses:save", args=[conversation.pk]),
        {
            "text": draft.text,
            "draft": draft.pk,
            "base": draft.updated_at.isoformat(),
            "seen_version": conversation.version,
            f"alt-{row.pk}": "A dark\nscreen",
            "alt-99999999999999999999": "x",
            "alt-x": "y",
        },
    )
    row.refresh_from_db()
    assert row.description == "A dark screen"


@pytest.mark.parametrize("files", [[], [SimpleUploadedFile("x.png", b"<svg/>")]])
def test_a_wrong_choice_says_why_and_keeps_the_text(
    desk: Client, conversation: Conversation, files: list[Any]
) -> None:
    answer = compose(desk, conversation, text="Every word", act="picture", pictures=files)
    assert answer.status_code == 422
    assert "Every word" in answer.content.decode()


def test_without_pictures_the_page_says_so(
    desk: Client, conversation: Conversation, network: Network
) -> None:
    network.limits = replace(network.limits, pictures=0)
    page = desk.get(reverse("responses:panel", args=[conversation.pk])).content.decode()
    assert 'name="pictures"' not in page
    assert "takes none from this desk" in page


def test_where_private_messages_take_none_the_composer_says_so_before(
    desk: Client, channel: Channel, network: Network
) -> None:
    network.limits = replace(network.limits, pictures=4, private_pictures=0)
    private = make_conversation(channel, is_private=True)
    page = desk.get(reverse("responses:panel", args=[private.pk])).content.decode()
    assert 'name="pictures"' not in page
    assert "takes none in private messages from this desk" in page
    answer = compose(desk, private, text="Look", act="picture", pictures=[chosen()])
    assert answer.status_code == 422
    public = make_conversation(channel)
    page = desk.get(reverse("responses:panel", args=[public.pk])).content.decode()
    assert 'name="pictures"' in page
