from __future__ import annotations

import pytest

from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice


def test_a_reply_is_published_once_under_the_post(practice: Practice, brand: Api) -> None:
    question = practice.post("cust", "@brand is down")["id"]
    answer = brand.reply(question, "We are on it")
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data == {
        "id": data["id"],
        "text": "@cust We are on it",
        "edit_history_post_ids": [data["id"]],
    }
    [reply] = practice.posts(in_reply_to=question)
    assert reply["author"] == "brand"
    assert reply["conversation_id"] == question


def test_mentions_written_by_hand_are_not_doubled(practice: Practice, brand: Api) -> None:
    question = practice.post("cust", "@brand is down")["id"]
    assert brand.reply(question, "@cust hello").json()["data"]["text"] == "@cust hello"


def test_excluded_people_are_not_mentioned(practice: Practice, brand: Api) -> None:
    other = practice.user("other")["id"]
    question = practice.post("cust", "@brand @other is down")["id"]
    body = {
        "text": "hello",
        "reply": {"in_reply_to_tweet_id": question, "exclude_reply_user_ids": [other]},
    }
    assert brand.post("/2/tweets", body).json()["data"]["text"] == "@cust hello"


def test_the_same_text_twice_is_refused_until_the_first_is_gone(brand: Api) -> None:
    first = brand.post("/2/tweets", {"text": "All is well"}).json()["data"]["id"]
    again = brand.post("/2/tweets", {"text": "All is well"})
    assert again.status_code == 403
    assert "duplicate" in again.json()["detail"]
    assert brand.delete(f"/2/tweets/{first}").json() == {"data": {"deleted": True}}
    assert brand.post("/2/tweets", {"text": "All is well"}).status_code == 201


def test_automatic_mentions_do_not_count_in_the_length(practice: Practice, brand: Api) -> None:
    question = practice.post("cust", "@brand is down")["id"]
    assert brand.reply(question, "x" * 281).status_code == 400
    assert "too long" in brand.reply(question, "x" * 281).json()["detail"]
    assert brand.reply(question, "x" * 280).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "  "},
        {"text": 5},
        {"text": "a", "in_reply_to": "1"},
        {"text": "a", "reply": {}},
        {"text": "a", "reply": {"in_reply_to_tweet_id": 5}},
        {"text": "a", "reply": {"in_reply_to_tweet_id": "1", "extra": 1}},
        {"text": "a", "media": {"media_ids": ["1"]}},
    ],
)
def test_what_the_description_does_not_allow_is_refused(brand: Api, body: dict) -> None:
    assert brand.post("/2/tweets", body).status_code == 400


def test_a_deleted_post_cannot_be_answered(practice: Practice, brand: Api) -> None:
    question = practice.post("cust", "@brand is down")["id"]
    practice.delete(question)
    assert brand.reply(question, "too late").status_code == 403


def test_an_edit_makes_a_new_version(practice: Practice, brand: Api) -> None:
    first = brand.post("/2/tweets", {"text": "All is wel"}).json()["data"]["id"]
    body = {"text": "All is well", "edit_options": {"previous_post_id": first}}
    second = brand.post("/2/tweets", body)
    assert second.status_code == 201
    assert second.json()["data"]["edit_history_post_ids"] == [first, second.json()["data"]["id"]]
    assert [post["text"] for post in practice.posts()] == ["All is well"]
    old = brand.get(f"/2/tweets/{first}").json()["data"]
    assert old["text"] == "All is wel"


def test_only_own_posts_can_be_edited_or_deleted(practice: Practice, brand: Api) -> None:
    theirs = practice.post("cust", "@brand is down")["id"]
    body = {"text": "we are great", "edit_options": {"previous_post_id": theirs}}
    assert brand.post("/2/tweets", body).status_code == 403
    assert brand.delete(f"/2/tweets/{theirs}").status_code == 403


def test_replies_below_our_post_can_be_hidden_and_shown(practice: Practice, brand: Api) -> None:
    own = brand.post("/2/tweets", {"text": "News"}).json()["data"]["id"]
    reply = practice.post("troll", "boo", in_reply_to=own)["id"]
    answer = brand.put(f"/2/tweets/{reply}/hidden", {"hidden": True})
    assert answer.json() == {"data": {"hidden": True}}
    assert practice.posts(in_reply_to=own)[0]["hidden"]
    brand.put(f"/2/tweets/{reply}/hidden", {"hidden": False})
    assert not practice.posts(in_reply_to=own)[0]["hidden"]


def test_other_peoples_conversations_cannot_be_hidden(practice: Practice, brand: Api) -> None:
    root = practice.post("cust", "@brand is down")["id"]
    reply = practice.post("troll", "boo", in_reply_to=root)["id"]
    assert brand.put(f"/2/tweets/{reply}/hidden", {"hidden": True}).status_code == 403
    assert brand.put(f"/2/tweets/{root}/hidden", {"hidden": True}).status_code == 403


def test_likes_and_follows_are_counted_and_taken_back(practice: Practice, brand: Api) -> None:
    post = practice.post("cust", "I like @brand", followers=10)
    for _ in range(2):
        answer = brand.post(f"/2/users/{brand.id}/likes", {"tweet_id": post["id"]})
        assert answer.json() == {"data": {"liked": True}}
        brand.post(f"/2/users/{brand.id}/following", {"target_user_id": post["author_id"]})
    assert practice.posts()[0]["likes"] == 1
    user = brand.get("/2/users/by/username/CUST", **{"user.fields": "public_metrics"}).json()
    assert user["data"]["public_metrics"]["followers_count"] == 11
    brand.delete(f"/2/users/{brand.id}/likes/{post['id']}")
    brand.delete(f"/2/users/{brand.id}/following/{post['author_id']}")
    assert practice.posts()[0]["likes"] == 0


def test_nobody_likes_in_somebody_elses_name(practice: Practice, brand: Api) -> None:
    post = practice.post("cust", "hi")
    answer = brand.post(f"/2/users/{post['author_id']}/likes", {"tweet_id": post["id"]})
    assert answer.status_code == 400


def test_self_serve_apps_answer_only_when_summoned(practice: Practice, brand: Api) -> None:
    practice.faults(self_serve=True)
    stranger = practice.post("cust", "that host is down")
    assert brand.reply(stranger["id"], "can we help?").status_code == 403
    assert brand.reply(practice.post("cust", "@brand help")["id"], "yes").status_code == 201
    answer = brand.post(f"/2/users/{brand.id}/likes", {"tweet_id": stranger["id"]})
    assert answer.json()["type"].endswith("/client-forbidden")


def test_messages_go_both_ways(practice: Practice, brand: Api) -> None:
    first = practice.message("cust", "brand", "my number is 5 & more", followers=9)
    answer = brand.post(
        f"/2/dm_conversations/with/{first['sender_id']}/messages", {"text": "thank you"}
    )
    assert answer.status_code == 201
    query = {
        "dm_event.fields": "created_at,dm_conversation_id",
        "expansions": "sender_id",
        "user.fields": "public_metrics",
        "event_types": "MessageCreate",
    }
    body = brand.get("/2/dm_events", **query).json()
    assert [event["text"] for event in body["data"]] == ["thank you", "my number is 5 &amp; more"]
    assert body["data"][1]["sender_id"] == first["sender_id"]
    conversation = answer.json()["data"]["dm_conversation_id"]
    assert {event["dm_conversation_id"] for event in body["data"]} == {conversation}
    assert set(conversation.split("-")) == {brand.id, first["sender_id"]}
    with_one = brand.get(
        f"/2/dm_conversations/with/{first['sender_id']}/dm_events", max_results=1
    ).json()
    assert with_one["meta"]["result_count"] == 1
    assert len(with_one["meta"]["next_token"]) >= 16


def test_who_takes_no_messages_gets_answers_only(practice: Practice, brand: Api) -> None:
    shy = practice.user("shy", accepts_messages=False)
    path = f"/2/dm_conversations/with/{shy['id']}/messages"
    assert brand.post(path, {"text": "hello"}).status_code == 403
    practice.message("shy", "brand", "please help")
    assert brand.post(path, {"text": "hello"}).status_code == 201


def test_messages_of_others_are_not_shown(practice: Practice, brand: Api) -> None:
    practice.message("cust", "other", "a secret")
    assert brand.get("/2/dm_events").json() == {"meta": {"result_count": 0}}


def test_a_token_without_the_scope_cannot_write(practice: Practice) -> None:
    reader = Api(practice, "brand", "tweet.read users.read")
    assert reader.get("/2/users/me").status_code == 200
    assert reader.post("/2/tweets", {"text": "hello"}).status_code == 403
