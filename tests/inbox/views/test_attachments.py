"""Attachments in the thread, large, and as bytes: never able to run, only for those who may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import Attachment, Conversation, User
from tests.factories import make_attachment
from tests.pictures import make_picture

FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40


@pytest.fixture
def desk(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def attach(conversation: Conversation, **fields: Any) -> Attachment:
    return make_attachment(conversation.messages.get(), **fields)


def bytes_of(answer: Any) -> bytes:
    return b"".join(answer)


def get(desk: Client, name: str, row: Attachment, **headers: str) -> Any:
    return desk.get(reverse(f"inbox:{name}", args=[row.pk]), headers=headers)


def test_a_picture_is_shown_in_place_and_can_do_nothing(
    desk: Client, conversation: Conversation
) -> None:
    row = attach(conversation, name="shop.png")
    answer = get(desk, "attachment_file", row)
    assert bytes_of(answer) == make_picture()
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'inline; filename="shop.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "cat.svg"),
        (b"<html><script>alert(1)</script>", "cat.html"),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "cat.png"),
        (b"%PDF-1.7", "bill.pdf"),
        (b"MZ\x90", "setup.exe"),
    ],
)
def test_what_might_run_is_only_saved(
    desk: Client, conversation: Conversation, content: bytes, name: str
) -> None:
    row = attach(conversation, content=content, name=name)
    answer = get(desk, "attachment_file", row)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert get(desk, "attachment_small", row).status_code == 404
    page = get(desk, "attachment", row).content.decode()
    assert "The desk does not open such files" in page
    assert "<img" not in page


def test_a_name_cannot_break_the_header(desk: Client, conversation: Conversation) -> None:
    row = attach(conversation, name='a"\r\nX-Evil: 1\u202e.png')
    answer = get(desk, "attachment_file", row)
    assert "X-Evil" not in answer.headers
    assert "\n" not in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=10-", 10, len(FILM) - 1),
        ("bytes=-5", len(FILM) - 5, len(FILM) - 1),
        ("bytes=5-99999999", 5, len(FILM) - 1),
    ],
)
def test_players_get_the_stretch_they_ask_for(
    desk: Client, conversation: Conversation, asked: str, first: int, last: int
) -> None:
    row = attach(conversation, content=FILM, kind="video", name="a.mp4")
    answer = get(desk, "attachment_file", row, range=asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(FILM)}"
    assert answer["Content-Type"] == "video/mp4"
    assert bytes_of(answer) == FILM[first : last + 1]
    assert int(answer["Content-Length"]) == last - first + 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [("bytes=99999999-", 416), ("bytes=9-3", 416), ("bytes=0-1,5-6", 200), ("lines=1-2", 200)],
)
def test_other_stretches(desk: Client, conversation: Conversation, asked: str, status: int) -> None:
    row = attach(conversation, content=FILM, kind="video")
    assert get(desk, "attachment_file", row, range=asked).status_code == status


def test_what_a_browser_has_is_not_sent_again(desk: Client, conversation: Conversation) -> None:
    row = attach(conversation)
    tag = get(desk, "attachment_small", row)["ETag"]
    again = get(desk, "attachment_small", row, **{"if-none-match": tag})
    assert again.status_code == 304
    assert "sandbox" in again["Content-Security-Policy"]


def test_the_small_copy_is_one_of_our_own(desk: Client, conversation: Conversation) -> None:
    row = attach(conversation, content=make_picture(900, 900, kind="JPEG", place=True))
    answer = get(desk, "attachment_small", row)
    content = bytes_of(answer)
    assert answer["Content-Type"] == "image/webp"
    assert b"WEBP" in content
    assert b"Exif" not in content


def test_the_thread_shows_what_is_here_and_says_what_is_not(
    desk: Client, conversation: Conversation
) -> None:
    attach(conversation, description="A <b>dark</b> screen", name="screen.png")
    attach(conversation, state="waiting", name="later.png")
    attach(conversation, state="refused", reason="too_large", name="film.mp4")
    attach(conversation, state="failed", reason="denied", detail="Gone.", name="gone.png")
    page = desk.get(conversation.get_absolute_url()).content.decode()
    assert 'alt="A &lt;b&gt;dark&lt;/b&gt; screen"' in page
    assert "Being fetched" in page
    assert "It is larger than the desk takes." in page
    assert "Gone." in page
    assert page.count("Try again") == 2
    assert "With attachments" in page  # the mark in the row


def test_people_ask_for_it_again(desk: Client, conversation: Conversation) -> None:
    row = attach(conversation, state="failed", reason="denied")
    answer = desk.post(reverse("inbox:attachment_again", args=[row.pk]), follow=True)
    assert answer.status_code == 200
    assert Attachment.objects.get().state == "waiting"
    again = desk.post(reverse("inbox:attachment_again", args=[row.pk]))
    assert again.status_code == 409


def test_what_is_not_here_has_no_page(desk: Client, conversation: Conversation) -> None:
    row = attach(conversation, state="waiting")
    for name in ("attachment", "attachment_file", "attachment_small"):
        assert get(desk, name, row).status_code == 404


def test_search_finds_what_has_attachments(desk: Client, conversation: Conversation) -> None:
    attach(conversation)
    address = reverse("inbox:queue")
    assert f'id="row-{conversation.pk}"' in desk.get(f"{address}?q=has:attachment").content.decode()
    without = desk.get(f"{address}?q=-has:attachment").content.decode()
    assert f'id="row-{conversation.pk}"' not in without
