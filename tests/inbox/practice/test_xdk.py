"""X's own Python client, an independent customer, reads and writes the practice network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from xdk import Client, schemas

from tests.inbox.practice.server import Practice

POST_FIELDS = ["created_at", "conversation_id", "entities", "lang", "public_metrics"]
POST_EXPANSIONS = ["author_id", "in_reply_to_user_id", "referenced_posts"]
USER_FIELDS = ["created_at", "public_metrics", "verified", "profile_image_url"]


@pytest.fixture
def client(practice: Practice) -> Iterator[Client]:
    practice.user("brand", name="The Brand", followers=5)
    found = Client(base_url=practice.url, access_token=practice.token_for("brand")["access_token"])
    found.session.trust_env = False
    yield found
    found.session.close()


def plain(model: Any) -> Any:
    return model.model_dump(exclude_none=True) if isinstance(model, BaseModel) else model


def known(model: BaseModel) -> None:
    """Fail if a payload has fields that X's models do not know, at any depth."""
    assert not model.model_extra, model.model_extra
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel):
                known(item)


def read(pages: Any) -> dict[str, Any]:
    """Return the first page, its posts and users checked against X's models."""
    page: dict[str, Any] = plain(next(iter(pages)))
    for item in page.get("data", []):
        known(schemas.Post.model_validate(item))
    for user in (page.get("includes") or {}).get("users", []):
        known(schemas.User.model_validate(user))
    for post in (page.get("includes") or {}).get("posts", []):
        known(schemas.Post.model_validate(post))
    return page


def test_me(client: Client) -> None:
    me = plain(client.users.get_me(user_fields=USER_FIELDS).data)
    known(schemas.User.model_validate(me))
    assert me["username"] == "brand"
    assert me["public_metrics"]["followers_count"] == 5


def test_mentions_and_search(practice: Practice, client: Client) -> None:
    own = practice.post("brand", "News")["id"]
    practice.post("cust", "oh no", in_reply_to=own, followers=7)
    me = plain(client.users.get_me().data)["id"]
    asked = {
        "post_fields": POST_FIELDS,
        "expansions": POST_EXPANSIONS,
        "user_fields": USER_FIELDS,
    }
    mentions = read(client.users.get_mentions(id=me, max_results=5, **asked))
    assert mentions["data"][0]["text"] == "@brand oh no"
    assert mentions["includes"]["posts"][0]["id"] == own
    found = read(client.posts.search_recent(query="@brand", max_results=10, **asked))
    assert found["data"] == mentions["data"]


def test_post_answer_and_delete(practice: Practice, client: Client) -> None:
    from xdk.posts.models import CreateRequest

    question = practice.post("cust", "@brand is down")["id"]
    answer = client.posts.create(
        body=CreateRequest(text="On it", reply={"in_reply_to_tweet_id": question})
    )
    data = plain(answer.data)
    assert data["text"] == "@cust On it"
    assert [post["text"] for post in practice.posts(in_reply_to=question)] == ["@cust On it"]
    assert plain(client.posts.delete(id=data["id"]).data) == {"deleted": True}
    assert practice.posts(in_reply_to=question) == []


def test_messages(practice: Practice, client: Client) -> None:
    from xdk.direct_messages.models import CreateByParticipantIdRequest

    cust = practice.message("cust", "brand", "help me")["sender_id"]
    client.direct_messages.create_by_participant_id(
        participant_id=cust, body=CreateByParticipantIdRequest(text="with pleasure")
    )
    page = plain(
        next(
            iter(
                client.direct_messages.get_events(
                    dm_event_fields=["created_at", "dm_conversation_id"],
                    expansions=["sender_id"],
                )
            )
        )
    )
    for event in page["data"]:
        known(schemas.DmEvent.model_validate(event))
    assert [event["text"] for event in page["data"]] == ["with pleasure", "help me"]
    assert practice.messages(sender="brand")[0]["text"] == "with pleasure"
