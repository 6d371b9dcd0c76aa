from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from inbox.models import Channel
from inbox.practice.x import playback, recording
from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice

HEADER = "post_id,created_at,author,text,in_reply_to,followers"
ROWS = """\
3,2017-10-31T22:10:05Z,ann,@Brand &lt;still&gt; nothing &amp; no answer,2,
1,2017-10-31T22:00:00Z,ann,"@brand my order, number 7, is lost",,120
2,2017-10-31 22:05:00,Brand,@ann Sorry! Please tell us more,1,
4,2017-10-31T21:59:00Z,bob,@ann me too,1,
5,2017-10-31T22:20:00Z,bob,â€™tis double encoded @BRAND,99,
6,2017-10-31T22:20:00Z,bob,,,
7,no time,bob,@brand when?,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(f"{HEADER}\n{ROWS}", encoding="utf-8")
    return path


def replay(practice: Practice, file: Path, brand: str = "@brand", speed: str = "max") -> str:
    out = StringIO()
    call_command(
        "replay", str(file), f"--as={brand}", f"--speed={speed}",
        f"--network-url={practice.url}", stdout=out,
    )  # fmt: skip
    return out.getvalue()


def test_posts_keep_their_times_authors_and_answers(practice: Practice, file: Path) -> None:
    said = replay(practice, file)
    assert "5 posts read, 5 imported, 0 already there, 3 mention @brand." in said
    assert "2 rows left out" in said
    posts = {post["key"]: post for post in practice.posts()}
    first, answer, again = posts["ann/1"], posts["brand/2"], posts["ann/3"]
    assert first["created_at"] == "2017-10-31T22:00:00.000Z"
    assert answer["author"] == "brand"
    assert answer["created_at"] == "2017-10-31T22:05:00.000Z"
    assert answer["in_reply_to"] == first["id"]
    assert again["in_reply_to"] == answer["id"]
    assert {post["conversation_id"] for post in (answer, again)} == {first["id"]}
    assert posts["bob/5"]["in_reply_to"] is None
    assert posts["bob/5"]["text"] == "â€™tis double encoded @BRAND"


def test_a_parent_that_is_later_comes_first_all_the_same(practice: Practice, file: Path) -> None:
    replay(practice, file)
    posts = {post["key"]: post for post in practice.posts()}
    assert posts["bob/4"]["in_reply_to"] == posts["ann/1"]["id"]
    assert int(posts["bob/4"]["id"]) > int(posts["ann/1"]["id"])
    assert posts["bob/4"]["created_at"] == "2017-10-31T21:59:00.000Z"


def test_playing_twice_adds_nothing(practice: Practice, file: Path) -> None:
    replay(practice, file)
    before = practice.posts()
    assert "0 imported, 5 already there" in replay(practice, file)
    assert practice.posts() == before


def test_the_api_tells_recorded_texts_as_the_network_did(practice: Practice, file: Path) -> None:
    replay(practice, file)
    brand = Api(practice, "brand")
    texts = [item["text"] for item in brand.mentions()["data"]]
    assert "@Brand &lt;still&gt; nothing &amp; no answer" in texts
    assert practice.posts(key="ann/3")[0]["text"] == "@Brand <still> nothing & no answer"


def test_followers_of_the_recording_are_kept(practice: Practice, file: Path) -> None:
    replay(practice, file)
    found = Api(practice, "brand").get(
        "/2/users/by/username/ann", **{"user.fields": "public_metrics"}
    )
    assert found.json()["data"]["public_metrics"]["followers_count"] == 120


def test_a_pace_plays_in_the_order_of_time(practice: Practice, file: Path) -> None:
    assert "5 imported" in replay(practice, file, speed="100000")
    keys = [post["key"] for post in practice.posts()]
    assert keys == ["ann/1", "bob/4", "brand/2", "ann/3", "bob/5"]


def test_long_silences_are_cut(
    practice: Practice, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback, "MAX_WAIT_SECONDS", 0.01)
    assert "5 imported" in replay(practice, file, speed="1")


def test_a_broken_off_playback_goes_on(practice: Practice, file: Path) -> None:
    posts = recording.read(file)
    half = recording.Recording(posts.entries[:2], 0)
    started = playback.Playback(practice.url, half)
    started.run(None, lambda progress: None)
    started.close()
    assert "3 imported, 2 already there" in replay(practice, file)


def test_a_brand_that_nobody_mentions_is_an_error_with_advice(
    practice: Practice, file: Path
) -> None:
    with pytest.raises(CommandError, match=r"mentions @nobody.*@brand \(3\), @ann \(2\)"):
        replay(practice, file, brand="@nobody")
    assert practice.posts() == []


def test_a_missing_column_is_named(practice: Practice, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("created_at,text\n2017-10-31T22:10:05Z,@brand\n")
    with pytest.raises(CommandError, match="no column “author”"):
        replay(practice, path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
def test_a_file_that_is_no_csv_is_refused(
    practice: Practice, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        replay(practice, path)


def test_a_file_that_is_not_there_is_refused(practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        replay(practice, tmp_path / "none.csv")


def test_without_a_practice_network_nothing_is_played(file: Path) -> None:
    with pytest.raises(CommandError, match="never replayed on a real one"):
        call_command("replay", str(file), "--as=@brand")


def test_a_silent_network_is_one_line(practice: Practice, file: Path) -> None:
    practice.stop()
    with pytest.raises(CommandError, match="does not answer"):
        replay(practice, file)


def test_the_brands_channel_is_connected(
    db: None, practice: Practice, file: Path, settings: Any
) -> None:
    settings.PRACTICE_NETWORK = True
    settings.NETWORKS = {
        "x": {
            "api_url": practice.url,
            "authorize_url": f"{practice.url}/i/oauth2/authorize",
            "token_url": f"{practice.url}/2/oauth2/token",
            "client_id": "practice-client",
            "client_secret": "practice-secret",
        }
    }
    from inbox.operations import channels

    channels.http.cache_clear()
    try:
        assert "Connected the channel" in replay(practice, file)
        assert Channel.objects.get(is_practice=True).handle == "brand"
        assert "Connected the channel" not in replay(practice, file)
    finally:
        channels.http.cache_clear()


def test_thousands_of_posts_a_second(practice: Practice) -> None:
    items = [
        {
            "key": f"{n}",
            "author": f"person{n % 3000}",
            "text": f"@brand this is number {n} and it is about as long as people write",
            "created_at": 1_424_000_000_000 + n,
            "in_reply_to": f"{n - 1}" if n % 3 else "",
        }
        for n in range(4000)
    ]
    with httpx.Client(base_url=practice.url, timeout=60, trust_env=False) as http:
        answers = [
            http.post("/practice/posts", json={"posts": items[start : start + 1000]})
            for start in range(0, 4000, 1000)
        ]
    assert sum(answer.json()["imported"] for answer in answers) == 4000
    assert sum(answer.elapsed.total_seconds() for answer in answers) < 30  # 1 s when undisturbed
