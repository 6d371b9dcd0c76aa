"""The practice network against X's published OpenAPI document.

The document is not ours to ship: it is read from ../shared beside the checkout, or from
CRISISDESK_SHARED. All objects are closed first, so that fields it does not know are errors.
"""

from __future__ import annotations

import functools
import json
import os
import warnings
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice
from tests.inbox.practice.test_pushing import Receiver, app_token, receiver, register
from tests.pictures import make_picture

__all__ = ["receiver"]

SHARED = Path(os.environ.get("CRISISDESK_SHARED", Path(__file__).parents[4] / "shared"))
SPECIFICATION = SHARED / "data" / "specs" / "x_openapi_2.167.json"

pytestmark = [
    pytest.mark.skipif(
        not SPECIFICATION.exists(), reason=f"X's API description is not at {SPECIFICATION}"
    ),
    pytest.mark.filterwarnings("ignore:Unsupported scheme type"),
]

POST_FIELDS = (
    "attachments,conversation_id,created_at,display_text_range,edit_controls,entities,id,lang,"
    "possibly_sensitive,public_metrics,reply_settings,source,text"
)
POST_EXPANSIONS = (
    "author_id,edit_history_post_ids,entities.mentions.username,in_reply_to_user_id,"
    "referenced_posts,username"
)
USER_FIELDS = (
    "created_at,description,id,name,profile_image_url,protected,public_metrics,"
    "receives_your_dm,url,username,verified,verified_type"
)
POSTS = {"post.fields": POST_FIELDS, "expansions": POST_EXPANSIONS, "user.fields": USER_FIELDS}


@functools.cache
def judge() -> OpenAPI:
    document = json.loads(SPECIFICATION.read_text())
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Problem"):
            close(schema)
    config = Config(
        spec_validator_cls=None,  # the document repeats values in an enum
        extra_media_type_deserializers={"application/problem+json": json.loads},
    )
    return OpenAPI.from_dict(document, config=config)


def close(schema: Any) -> None:
    """Forbid fields that an object schema does not name."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)


def check(answer: httpx.Response) -> dict[str, Any]:
    """Hold a request and its answer against the document; return the answer's body."""
    asked = answer.request
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it cannot check OAuth tokens, and says so each time
        request = MockRequest(
            "https://api.x.com",
            asked.method.lower(),
            asked.url.path,
            args=dict(asked.url.params),
            headers=dict(asked.headers),
            data=asked.content or None,
        )
        judge().validate_request(request)
        check_answer(request, answer)
    body: dict[str, Any] = answer.json()
    return body


def check_answer(request: MockRequest, answer: httpx.Response) -> None:
    judge().validate_response(
        request,
        MockResponse(
            answer.content,
            status_code=answer.status_code,
            content_type=answer.headers["content-type"],
        ),
    )


def test_the_judge_sees_faults(practice: Practice, brand: Api) -> None:
    answer = brand.get("/2/users/me")
    for broken in ({"data": {"id": 1}}, {"data": {"nonsense": "x"}}):
        request = MockRequest("https://api.x.com", "get", "/2/users/me")
        content = json.dumps(broken).encode()
        forged = httpx.Response(200, headers=answer.headers, content=content)
        with pytest.raises(OpenAPIError, match="not valid"):
            check_answer(request, forged)


def test_people_as_published(practice: Practice, brand: Api) -> None:
    practice.user("cust", followers=3, verified=True, bio="Hello @brand")
    fields = {"user.fields": USER_FIELDS}
    assert check(brand.get("/2/users/me"))["data"]["id"] == brand.id
    check(brand.get("/2/users/me", **fields))
    check(brand.get(f"/2/users/{brand.id}", **fields))
    check(brand.get("/2/users/by/username/cust", **fields))
    assert check(brand.get("/2/users/by/username/nobody"))["errors"]
    found = check(brand.get("/2/users/by", usernames="brand,cust,nobody", **fields))
    assert len(found["data"]) == 2
    assert len(found["errors"]) == 1
    check(brand.get("/2/users", ids=f"{brand.id},99", **fields))


def test_timelines_as_published(practice: Practice, brand: Api) -> None:
    own = check(brand.post("/2/tweets", {"text": "We renew a power feed tonight"}))["data"]["id"]
    reply = practice.post("cust", "#power again? https://a.example.com", in_reply_to=own)["id"]
    gone = practice.post("cust", "@brand I will delete this")["id"]
    practice.post("other", "@brand me too", in_reply_to=gone)
    practice.delete(gone)
    practice.edit(reply, "power again?")
    for path, query in {
        f"/2/users/{brand.id}/mentions": {},
        f"/2/users/{brand.id}/tweets": {"exclude": "retweets"},
        "/2/tweets/search/recent": {"query": "@brand -from:brand", "sort_order": "recency"},
        "/2/tweets": {"ids": f"{own},{reply},{gone},7"},
        f"/2/tweets/{own}": {},
        f"/2/tweets/{gone}": {},
    }.items():
        check(brand.get(path, **query))
        check(brand.get(path, **query, **POSTS))
    mentions = check(brand.get(f"/2/users/{brand.id}/mentions", max_results=5, **POSTS))
    assert mentions["includes"]["posts"]
    assert mentions["errors"][0]["resource_id"] == gone


def test_pages_as_published(practice: Practice, brand: Api) -> None:
    for n in range(12):
        practice.post("cust", f"@brand {n}")
    for path, token, query in (
        (f"/2/users/{brand.id}/mentions", "pagination_token", {"max_results": 5}),
        (f"/2/users/{practice.user('cust')['id']}/tweets", "pagination_token", {"max_results": 5}),
        ("/2/tweets/search/recent", "next_token", {"max_results": 10, "query": "@brand"}),
    ):
        first = check(brand.get(path, **query))
        query[token] = first["meta"]["next_token"]
        assert check(brand.get(path, **query))["data"]


def test_writing_as_published(practice: Practice, brand: Api) -> None:
    post = practice.post("cust", "@brand is down")
    posted = check(brand.reply(post["id"], "We are on it"))["data"]["id"]
    check(brand.post("/2/tweets", {"text": "Quoted", "quote_tweet_id": post["id"]}))
    own = check(brand.post("/2/tweets", {"text": "A frist"}))["data"]["id"]
    edited = {"text": "A first", "edit_options": {"previous_post_id": own}}
    check(brand.post("/2/tweets", edited))
    below = practice.post("troll", "boo", in_reply_to=own)["id"]
    check(brand.put(f"/2/tweets/{below}/hidden", {"hidden": True}))
    check(brand.post(f"/2/users/{brand.id}/likes", {"tweet_id": post["id"]}))
    check(brand.delete(f"/2/users/{brand.id}/likes/{post['id']}"))
    check(brand.post(f"/2/users/{brand.id}/following", {"target_user_id": post["author_id"]}))
    check(brand.delete(f"/2/users/{brand.id}/following/{post['author_id']}"))
    check(brand.delete(f"/2/tweets/{posted}"))


def test_messages_as_published(practice: Practice, brand: Api) -> None:
    cust = practice.message("cust", "brand", "@brand #help https://b.example.com")["sender_id"]
    path = f"/2/dm_conversations/with/{cust}"
    check(brand.post(f"{path}/messages", {"text": "Hello"}))
    query = {
        "dm_event.fields": "created_at,dm_conversation_id,entities,event_type,id,text,attachments",
        "expansions": "sender_id,participant_ids",
        "user.fields": USER_FIELDS,
        "event_types": "MessageCreate",
    }
    for address in ("/2/dm_events", f"{path}/dm_events"):
        check(brand.get(address))
        first = check(brand.get(address, max_results=1, **query))
        token = first["meta"]["next_token"]
        second = check(brand.get(address, max_results=1, pagination_token=token, **query))
        assert {"sender_id", "dm_conversation_id"} <= set(second["data"][0])


def test_pictures_as_published(practice: Practice, brand: Api) -> None:
    def upload(category: str) -> str:
        body = {"media": b64encode(make_picture()).decode(), "media_category": category}
        made: str = check(brand.post("/2/media/upload", body))["data"]["id"]
        return made

    shown = upload("tweet_image")
    words = {"id": shown, "metadata": {"alt_text": {"text": "A dark screen"}}}
    check(brand.post("/2/media/metadata", words))
    post = check(brand.post("/2/tweets", {"text": "Look", "media": {"media_ids": [shown]}}))
    asked = {"post.fields": "attachments", "expansions": "attachments.media_keys"}
    asked["media.fields"] = "alt_text,media_key,type,url"
    found = check(brand.get("/2/tweets", ids=post["data"]["id"], **asked))
    assert found["includes"]["media"][0]["alt_text"] == "A dark screen"
    cust = practice.message("cust", "brand", "help", media=[{"words": "My bill"}])["sender_id"]
    private = {"text": "Here", "attachments": [{"media_id": upload("dm_image")}]}
    check(brand.post(f"/2/dm_conversations/with/{cust}/messages", private))
    asked = {"dm_event.fields": "attachments,text", "expansions": "attachments.media_keys"}
    events = check(brand.get("/2/dm_events", **asked, **{"media.fields": "media_key,type,url"}))
    assert len(events["includes"]["media"]) == 2
    address = events["includes"]["media"][0]["url"].partition("/dm/")[2]
    check_bytes(brand.get(f"/2/dm_conversations/media/{address}"))


def check_bytes(answer: httpx.Response) -> None:
    """Hold an answer that is a file against the document."""
    asked = answer.request
    check_answer(MockRequest("https://api.x.com", "get", asked.url.path), answer)
    assert answer.content


def test_refusals_as_published(practice: Practice, brand: Api) -> None:
    """Those that X's document lists. X also sends about:blank, which the document leaves out."""
    refused = [
        brand.get(f"/2/users/{brand.id}/mentions", max_results=101),
        brand.get("/2/tweets/search/recent", query="("),
        brand.post("/2/tweets", {"text": "x" * 281}),
        brand.post("/2/tweets", {"text": "a", "nonsense": 1}),
    ]
    practice.faults({"kind": "status", "status": 500, "path": "/2/users/me"})
    refused.append(brand.get("/2/users/me"))
    for answer in refused:
        assert answer.is_error
        request = MockRequest(
            "https://api.x.com", answer.request.method.lower(), answer.request.url.path
        )
        check_answer(request, answer)


def test_other_refusals_are_problem_documents_too(practice: Practice, brand: Api) -> None:
    unknown = practice.http.get("/2/nowhere")
    stranger = practice.http.get("/2/users/me", headers={"authorization": "Bearer wrong"})
    forbidden = brand.delete(f"/2/tweets/{practice.post('cust', 'mine')['id']}")
    for answer, status in ((unknown, 404), (stranger, 401), (forbidden, 403)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"title", "type", "detail", "status"} <= set(answer.json())


def test_webhooks_and_subscriptions(practice: Practice, brand: Api, receiver: Receiver) -> None:
    app = app_token(practice)
    hook = check(register(practice, receiver))["data"]
    check(practice.http.get("/2/webhooks", headers=app))
    check(practice.http.put(f"/2/webhooks/{hook['id']}", headers=app))
    wanted = {"event_type": "dm.received", "filter": {"user_id": brand.id}}
    made = check(brand.post("/2/activity/subscriptions", wanted | {"webhook_id": hook["id"]}))
    check(brand.get("/2/activity/subscriptions"))
    number = made["data"]["subscription"]["subscription_id"]
    check(practice.http.delete(f"/2/activity/subscriptions/{number}", headers=app))
    check(practice.http.delete(f"/2/webhooks/{hook['id']}", headers=app))
