from __future__ import annotations

import itertools
from typing import Any

from inbox.practice.x.store import arrival_ms, first_id_at
from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice

_numbers = itertools.count()


def bulk(practice: Practice, count: int, text: str = "@brand number {n}") -> None:
    practice.import_posts(
        [
            {
                "key": f"k{next(_numbers)}",
                "author": f"person{n % 7}",
                "text": text.format(n=n),
                "created_at": f"2015-02-17T08:00:{n % 60:02}Z",
            }
            for n in range(count)
        ]
    )


def walk(api: Api, path: str, **query: Any) -> list[list[str]]:
    """Return the ids of all pages, following next_token."""
    pages = []
    while True:
        body = api.get(path, **query).json()
        pages.append([item["id"] for item in body.get("data", [])])
        token = body["meta"].get("next_token")
        if not token:
            return pages
        query["pagination_token"] = token


def test_mentions_come_newest_first_in_pages_without_gaps(practice: Practice, brand: Api) -> None:
    bulk(practice, 23)
    pages = walk(brand, f"/2/users/{brand.id}/mentions", max_results=5)
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    ids = [int(item) for page in pages for item in page]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 23


def test_since_id_and_until_id_exclude_the_post_they_name(practice: Practice, brand: Api) -> None:
    posts = [practice.post("cust", f"@brand {n}")["id"] for n in range(5)]
    found = brand.mentions(since_id=posts[1], until_id=posts[4])
    assert [item["id"] for item in found["data"]] == [posts[3], posts[2]]
    assert found["meta"] == {
        "result_count": 2,
        "newest_id": posts[3],
        "oldest_id": posts[2],
    }


def test_an_empty_timeline_has_a_count_and_no_data(brand: Api) -> None:
    assert brand.mentions() == {"meta": {"result_count": 0}}


def test_since_id_works_for_posts_from_years_ago(practice: Practice, brand: Api) -> None:
    newest = practice.post("cust", "@brand today")["id"]
    bulk(practice, 3)
    found = brand.mentions(since_id=newest, **{"post.fields": "created_at"})
    assert len(found["data"]) == 3
    assert {item["created_at"][:4] for item in found["data"]} == {"2015"}


def test_only_the_800_newest_mentions_can_be_reached(practice: Practice, brand: Api) -> None:
    bulk(practice, 850)
    pages = walk(brand, f"/2/users/{brand.id}/mentions", max_results=100)
    assert sum(len(page) for page in pages) == 800
    found = walk(brand, "/2/tweets/search/recent", query="@brand", max_results=100)
    assert sum(len(page) for page in found) == 850


def test_own_posts_are_no_mentions(practice: Practice, brand: Api) -> None:
    practice.post("brand", "we, @brand, say hello")
    practice.post("cust", "nothing about anybody")
    assert brand.mentions()["meta"]["result_count"] == 0


def test_mentions_ignore_case_and_mail_addresses(practice: Practice, brand: Api) -> None:
    named = practice.post("cust", "hey @BRAND!")["id"]
    practice.post("cust", "write to help@brand.com")
    assert [item["id"] for item in brand.mentions()["data"]] == [named]


def test_a_reply_to_the_brand_mentions_it_by_itself(practice: Practice, brand: Api) -> None:
    own = brand.post("/2/tweets", {"text": "We are looking into it"}).json()["data"]["id"]
    answer = practice.post("cust", "how long?", in_reply_to=own)
    found = brand.mentions(
        **{
            "post.fields": "conversation_id,entities,display_text_range",
            "expansions": "author_id,in_reply_to_user_id,referenced_posts",
        }
    )
    [item] = found["data"]
    assert item["id"] == answer["id"]
    assert item["text"] == "@brand how long?"
    assert item["display_text_range"] == [7, 16]
    assert item["conversation_id"] == own
    assert item["in_reply_to_user_id"] == brand.id
    assert item["referenced_posts"] == [{"type": "replied_to", "id": own}]
    assert item["entities"]["mentions"][0]["id"] == brand.id
    assert [post["id"] for post in found["includes"]["posts"]] == [own]


def test_an_edited_post_comes_again_under_a_new_id(practice: Practice, brand: Api) -> None:
    first = practice.post("cust", "@brand is slow")["id"]
    second = practice.edit(first, "@brand is down")["id"]
    [item] = brand.mentions(since_id=first)["data"]
    assert item["id"] == second
    assert item["edit_history_post_ids"] == [first, second]
    assert brand.mentions()["meta"]["result_count"] == 1


def test_a_deleted_post_leaves_timelines_and_is_not_found(practice: Practice, brand: Api) -> None:
    gone, kept = (practice.post("cust", f"@brand {n}")["id"] for n in range(2))
    practice.delete(gone)
    assert [item["id"] for item in brand.mentions()["data"]] == [kept]
    body = brand.get("/2/tweets", ids=f"{kept},{gone}").json()
    assert [item["id"] for item in body["data"]] == [kept]
    assert body["errors"][0]["resource_id"] == gone
    assert body["errors"][0]["type"].endswith("/resource-not-found")


def test_start_time_counts_from_arrival(practice: Practice, brand: Api) -> None:
    bulk(practice, 1)
    assert brand.mentions(start_time="2020-01-01T00:00:00Z")["meta"]["result_count"] == 1
    assert brand.mentions(end_time="2020-01-01T00:00:00Z")["meta"]["result_count"] == 0


def test_ids_tell_the_time_of_arrival() -> None:
    assert arrival_ms(first_id_at(1_800_000_000_123)) == 1_800_000_000_123


def test_both_spellings_are_spoken(practice: Practice, brand: Api) -> None:
    own = practice.post("brand", "hello")["id"]
    practice.post("cust", "hi", in_reply_to=own)
    new = brand.mentions(
        **{"post.fields": "public_metrics", "expansions": "author_id,referenced_posts"}
    )
    old = brand.mentions(
        **{"tweet.fields": "public_metrics,author_id", "expansions": "referenced_tweets.id"}
    )
    assert {"referenced_posts", "edit_history_post_ids"} <= set(new["data"][0])
    assert {"referenced_tweets", "edit_history_tweet_ids", "author_id"} <= set(old["data"][0])
    assert "repost_count" in new["data"][0]["public_metrics"]
    assert "retweet_count" in old["data"][0]["public_metrics"]
    assert "posts" in new["includes"]
    assert "tweets" in old["includes"]


def test_unknown_fields_and_parameters_are_refused(brand: Api) -> None:
    for query in (
        {"post.fields": "author_id"},
        {"tweet.fields": "nonsense"},
        {"expansions": "nonsense"},
        {"max_result": "5"},
        {"max_results": "4"},
        {"max_results": "101"},
        {"since_id": "abc"},
        {"start_time": "yesterday"},
        {"pagination_token": "garbage!"},
    ):
        answer = brand.get(f"/2/users/{brand.id}/mentions", **query)
        assert answer.status_code == 400, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith("/invalid-request")


def test_x_escapes_texts_and_shortens_links(practice: Practice, brand: Api) -> None:
    practice.post("cust", "@brand <b> & https://status.example.org/a?b=1&c=2 #down")
    [item] = brand.mentions(**{"post.fields": "entities"})["data"]
    link = item["entities"]["urls"][0]
    assert item["text"] == f"@brand &lt;b&gt; &amp; {link['url']} #down"
    assert link["url"].startswith("https://t.co/")
    assert len(link["url"]) == 23
    assert link["expanded_url"] == "https://status.example.org/a?b=1&c=2"
    for group in item["entities"].values():
        for entity in group:
            piece = item["text"][entity["start"] : entity["end"]]
            assert piece in (
                f"@{entity.get('username')}",
                f"#{entity.get('tag')}",
                entity.get("url"),
            )


def test_author_facts_travel_with_the_posts(practice: Practice, brand: Api) -> None:
    practice.post("reporter", "@brand?", followers=180_000, verified=True, name="A Reporter")
    found = brand.mentions(
        expansions="author_id", **{"user.fields": "public_metrics,verified,created_at"}
    )
    [user] = found["includes"]["users"]
    assert user["name"] == "A Reporter"
    assert user["verified"] is True
    assert user["public_metrics"]["followers_count"] == 180_000
