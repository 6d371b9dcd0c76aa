"""Entries become messages: ids, articles, authors, dates, hostile text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.feed import document, links, reading
from inbox.connectors.types import InboundMessage
from inbox.practice.feed.documents import document as make

URL = "https://www.google.com/alerts/feeds/1/2"


def read(kind: str = "atom", *, title: str = "News", **fields: str) -> InboundMessage:
    values = {
        "id": "tag:google.com,2013:googlealerts/feed:77",
        "title": "A title",
        "link": "https://news.example/a",
        "text": "Some text",
        "at": "2026-11-23T10:00:00+00:00",
    } | fields
    made = make(kind, title=title, site="https://news.example/", entries=[values])
    (message,), problems = reading.read(document.read(made.encode(), {}, url=URL), URL)
    assert problems == []
    return message


def test_an_alert_names_the_article_itself() -> None:
    link = "https://daily.example/story?id=7&utm_source=x&fbclid=y"
    found = read(
        "alerts", link=link, title="<b>Brand</b> recalls", text="The <b>Brand</b> &amp; co"
    )
    assert found.external_id == "tag:google.com,2013:googlealerts/feed:77"
    assert found.url == "https://daily.example/story?id=7"
    assert found.thread_external_id == "https://daily.example/story?id=7"
    assert found.author.external_id == found.author.name == "daily.example"
    assert "<b>" not in found.text
    assert found.text.endswith("The Brand & co")


LINKS = [
    ("https://a.example/x?utm_medium=m&gclid=1", "https://a.example/x"),
    ("https://a.example/x?a=1&b=&UTM_X=2", "https://a.example/x?a=1&b="),
    ("https://a.example/x?q=a%20b", "https://a.example/x?q=a%20b"),
    ("https://www.google.co.uk/url?q=https://b.example/y", "https://b.example/y"),
    ("https://www.google.com/url?url=javascript:alert(1)", ""),
    ("https://google.evil.example/url?url=https://b.example", None),
    ("javascript:alert(1)", ""),
    ("https://user:pw@a.example/", ""),
    ("https://a.example:99999/", ""),
    ("https://[", ""),
]


@pytest.mark.parametrize(("given", "wanted"), LINKS, ids=[row[0][:50] for row in LINKS])
def test_links(given: str, wanted: str | None) -> None:
    assert links.article(given) == (given if wanted is None else wanted)


def test_an_article_is_the_same_however_its_address_is_written() -> None:
    same = ("http://A.example/x#top", "https://a.example/x")
    assert len({links.key(link) for link in same}) == 1
    assert len(links.key("https://a.example/" + "x" * 500)) <= links.LONGEST_ID


def test_no_date_or_a_date_to_come_is_the_time_it_was_seen() -> None:
    for at in ("", "2099-01-01T00:00:00+00:00"):
        sent_at = read(at=at).sent_at
        assert 0 <= (datetime.now(UTC) - sent_at).total_seconds() < 60


def test_an_edit_is_another_version_of_the_same_message() -> None:
    before, moved, after = read(), read(at="2026-11-23T11:00:00+00:00"), read(text="New text")
    assert before.external_id == moved.external_id == after.external_id
    assert before.version_id == moved.version_id
    assert before.version_id != after.version_id


HOSTILE = [
    "<script>alert(1)</script>words",
    "<img src=x onerror=alert(1)>words",
    "<style>a{}</style><iframe src='https://evil.example'></iframe>words",
    "<a href='javascript:alert(1)'>words</a>",
]


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_hostile_html_leaves_only_its_words(kind: str, html: str) -> None:
    found = read(kind, text=html)
    assert found.text == "A title\n\nwords"


def test_an_entry_of_another_feed_with_the_same_short_id_is_another_one() -> None:
    assert read("rss", id="1").external_id == "google.com:1"


@pytest.mark.parametrize("content", [b"", b"hello", b"<html></html>", b'{"a": 1}', b"\xff\x00" * 9])
def test_what_is_no_feed_is_refused(content: bytes) -> None:
    with pytest.raises(document.BadPayload, match="not a feed"):
        document.read(content, {}, url=URL)


def test_bytes_are_never_taken_for_an_address(monkeypatch: Any) -> None:
    def reach_out(*_: Any, **__: Any) -> None:
        raise AssertionError("the parser opened something by itself")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", reach_out)
    monkeypatch.setattr("builtins.open", reach_out)
    with pytest.raises(document.BadPayload):
        document.read(b"https://127.0.0.1/feed", {}, url=URL)
    with pytest.raises(document.BadPayload):
        document.read(b"/etc/passwd", {}, url=URL)


def test_enclosures_hang_on_the_entry() -> None:
    found = read("rss", picture="x", picture_url="/img/a.png?w=9", picture_size="1200")
    (one,) = found.attachments
    assert (one.external_id, one.kind, one.name) == (
        "https://news.example/img/a.png?w=9",
        "image",
        "a.png",
    )
    assert (one.content_type, one.size) == ("image/png", 1200)


@pytest.mark.parametrize(
    ("url", "size"),
    [("javascript:alert(1)", "12"), ("file:///etc/passwd", "12"), ("ftp://a.example/b", "")],
)
def test_enclosures_that_are_no_web_address_are_left_out(url: str, size: str) -> None:
    assert read("rss", picture="x", picture_url=url, picture_size=size).attachments == ()


def test_an_odd_length_is_no_length() -> None:
    url = "https://a.example/b.png"
    (one,) = read("rss", picture="x", picture_url=url, picture_size="²12").attachments
    assert one.size is None
