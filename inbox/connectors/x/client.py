"""X's endpoints, one method each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbox.connectors import oauth
from inbox.connectors.answers import now, retry_after
from inbox.connectors.buckets import Bucket
from inbox.connectors.errors import BadPayload, OutcomeUnknown, Rejected
from inbox.connectors.http import Http
from inbox.connectors.received import Answer
from inbox.connectors.types import Endpoints

SCOPES = (
    "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write offline.access "
    "like.write follows.write media.write"
)
PAGE = 100  # the most that any of these endpoints gives at once
SMALLEST_PAGE = 10  # of a search
MEDIA_FIELDS = "alt_text,media_key,type,url,variants"
USER_FIELDS = "created_at,profile_image_url,public_metrics,verified"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a request asks for fields; X renamed tweets to posts in version 2.167 of its API."""

    posts: Mapping[str, str]
    messages: Mapping[str, str]


POSTS = Spelling(
    posts={
        "post.fields": "attachments,conversation_id,created_at,entities,lang,note_post,"
        "public_metrics",
        "expansions": "attachments.media_keys,author_id,edit_history_post_ids,"
        "in_reply_to_user_id,referenced_posts",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
    },
    messages={
        "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,text",
        "expansions": "attachments.media_keys,participant_ids,sender_id",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
        "event_types": "MessageCreate",
    },
)
TWEETS = Spelling(
    posts={
        "tweet.fields": "attachments,conversation_id,created_at,edit_history_tweet_ids,entities,"
        "in_reply_to_user_id,lang,note_tweet,public_metrics,referenced_tweets",
        "expansions": "attachments.media_keys,author_id,referenced_tweets.id",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
    },
    messages={
        "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,"
        "participant_ids,sender_id,text",
        "expansions": "attachments.media_keys,participant_ids,sender_id",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
        "event_types": "MessageCreate",
    },
)


class XClient:
    """Speaks to X as one account. Answers are X's own JSON objects, checked only for being one."""

    def __init__(
        self, http: Http, endpoints: Endpoints, *, access_token: str, spelling: Spelling = POSTS
    ) -> None:
        self._http = http
        self._endpoints = endpoints
        self._access_token = access_token
        self._spelling = spelling

    # -- sign-in -------------------------------------------------------------------------------
    def authorize_url(self, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        """https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token"""
        return oauth.page(
            self._endpoints,
            scopes=SCOPES,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=code_challenge,
        )

    def token(self, grant: Mapping[str, str]) -> dict[str, Any]:
        """https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token

        An app with a secret signs in by it; one without names itself in the form.
        """
        app, secret = self._endpoints.client_id, self._endpoints.client_secret
        answer = self._http.request(
            "POST",
            self._endpoints.token_url,
            form=grant if secret else {**grant, "client_id": app},
            auth=(app, secret) if secret else None,
        )
        return _object(answer)

    def me(self) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/get-my-user"""
        return self._get("/2/users/me", {"user.fields": USER_FIELDS})

    # -- reading -------------------------------------------------------------------------------
    def mentions(
        self, user_id: str, *, since_id: str | None = None, until_id: str | None = None
    ) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/get-mentions: the 800 newest only"""
        edges = {"since_id": since_id, "until_id": until_id, "max_results": PAGE}
        return self._get(f"/2/users/{user_id}/mentions", {**edges, **self._spelling.posts})

    def posts_of(
        self,
        user_id: str,
        *,
        since_id: str | None = None,
        until_id: str | None = None,
        start_time: datetime | None = None,
        pagination_token: str | None = None,
    ) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/get-posts: the 3,200 newest only"""
        edges = {
            "since_id": since_id,
            "until_id": until_id,
            "start_time": start_time.strftime("%Y-%m-%dT%H:%M:%SZ") if start_time else None,
            "pagination_token": pagination_token,
            "exclude": "retweets",
            "max_results": PAGE,
        }
        return self._get(f"/2/users/{user_id}/tweets", {**edges, **self._spelling.posts})

    def search_recent(
        self,
        query: str,
        *,
        since_id: str | None = None,
        until_id: str | None = None,
        most: int | None = None,
    ) -> dict[str, Any]:
        """https://docs.x.com/x-api/posts/search-recent-posts: the last seven days only

        Each post costs; a page has ten of them at least.
        """
        size = PAGE if most is None else max(SMALLEST_PAGE, min(most, PAGE))
        edges = {"query": query, "since_id": since_id, "until_id": until_id, "max_results": size}
        return self._get("/2/tweets/search/recent", {**edges, **self._spelling.posts})

    def posts(self, ids: Sequence[str]) -> dict[str, Any]:
        """https://docs.x.com/x-api/posts/get-posts-by-ids: at most 100"""
        return self._get("/2/tweets", {"ids": ",".join(ids), **self._spelling.posts})

    def messages(self, *, pagination_token: str | None = None) -> dict[str, Any]:
        """https://docs.x.com/x-api/direct-messages/get-dm-events: the last 30 days only"""
        edges = {"pagination_token": pagination_token, "max_results": PAGE}
        return self._get("/2/dm_events", {**edges, **self._spelling.messages})

    def messages_with(self, user_id: str, *, pagination_token: str | None = None) -> dict[str, Any]:
        """https://docs.x.com/x-api/direct-messages/get-dm-events-for-a-dm-conversation"""
        edges = {"pagination_token": pagination_token, "max_results": PAGE}
        return self._get(
            f"/2/dm_conversations/with/{user_id}/dm_events", {**edges, **self._spelling.messages}
        )

    # -- writing -------------------------------------------------------------------------------
    def create_post(
        self, text: str, *, in_reply_to: str, media_ids: Sequence[str] = ()
    ) -> dict[str, Any]:
        """https://docs.x.com/x-api/posts/create-post

        The body kept the old word "tweet" when fields were renamed.
        """
        shown = {"media": {"media_ids": list(media_ids)}} if media_ids else {}
        body = {"text": text, "reply": {"in_reply_to_tweet_id": in_reply_to}, **shown}
        return self._write("POST", "/2/tweets", body)

    def create_message(
        self, text: str, *, recipient_id: str, media_ids: Sequence[str] = ()
    ) -> dict[str, Any]:
        """https://docs.x.com/x-api/direct-messages/create-dm-message-by-participant-id"""
        path = f"/2/dm_conversations/with/{recipient_id}/messages"
        shown = [{"media_id": media_id} for media_id in media_ids]
        return self._write(
            "POST", path, {"text": text, **({"attachments": shown} if shown else {})}
        )

    def delete_post(self, post_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/posts/delete-post"""
        return self._write("DELETE", f"/2/tweets/{post_id}")

    def hide_reply(self, post_id: str, *, hidden: bool) -> dict[str, Any]:
        """https://docs.x.com/x-api/posts/hide-reply"""
        return self._write("PUT", f"/2/tweets/{post_id}/hidden", {"hidden": hidden})

    def like(self, user_id: str, *, post_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/like-post"""
        return self._write("POST", f"/2/users/{user_id}/likes", {"tweet_id": post_id})

    def unlike(self, user_id: str, *, post_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/unlike-post"""
        return self._write("DELETE", f"/2/users/{user_id}/likes/{post_id}")

    def unfollow(self, user_id: str, *, target_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/unfollow-user"""
        return self._write("DELETE", f"/2/users/{user_id}/following/{target_id}")

    def follow(self, user_id: str, *, target_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/users/follow-user"""
        return self._write("POST", f"/2/users/{user_id}/following", {"target_user_id": target_id})

    # -- deliveries ----------------------------------------------------------------------------
    def hooks(self) -> list[dict[str, Any]]:
        """https://docs.x.com/x-api/webhooks/get-webhook"""
        return _list(self._get("/2/webhooks", {}, auth=self._app_token()))

    def add_hook(self, url: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/webhooks/create-webhook"""
        return self._write("POST", "/2/webhooks", {"url": url}, auth=self._app_token())

    def validate_hook(self, hook_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/webhooks/validate-webhook"""
        return self._write("PUT", f"/2/webhooks/{hook_id}", auth=self._app_token())

    def subscriptions(self) -> list[dict[str, Any]]:
        """https://docs.x.com/x-api/activity/x-activity-subscription-search"""
        return _list(self._get("/2/activity/subscriptions", {}))

    def add_subscription(self, event_type: str, *, user_id: str, hook_id: str) -> dict[str, Any]:
        """https://docs.x.com/x-api/activity/create-x-activity-subscription

        What happens to a person is told only to who speaks as that person.
        """
        body = {"event_type": event_type, "filter": {"user_id": user_id}, "webhook_id": hook_id}
        return self._write("POST", "/2/activity/subscriptions", body)

    def _app_token(self) -> str:
        """https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only"""
        if not self._endpoints.hook_key:
            raise Rejected("X does not know this app as one that it delivers to.")
        answer = self._http.request(
            "POST",
            self._endpoints.api_url + "/oauth2/token",
            form={"grant_type": "client_credentials"},
            auth=(self._endpoints.hook_key, self._endpoints.hook_secret),
        )
        return str(_object(answer).get("access_token") or "")

    def _get(
        self, path: str, params: Mapping[str, str | int | None], *, auth: str = ""
    ) -> dict[str, Any]:
        answer = self._http.request(
            "GET",
            self._endpoints.api_url + path,
            params=params,
            auth=auth or self._access_token,
            bucket=Bucket(wait=seconds_to_reset),
        )
        return _object(answer)

    def _write(self, method: str, path: str, body: Any = None, *, auth: str = "") -> dict[str, Any]:
        answer = self._http.request(
            method,
            self._endpoints.api_url + path,
            json=body,
            auth=auth or self._access_token,
            is_write=True,
            bucket=Bucket(wait=seconds_to_reset),
        )
        data = answer.body.get("data") if isinstance(answer.body, dict) else None
        if not isinstance(data, dict):
            raise OutcomeUnknown("X took the request, but its answer says nothing of the result.")
        return data


def seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """Return how long to wait by X's rate-limit headers, whose reset is in seconds since 1970.

    Besides the usual quarter of an hour there are limits per day; the one that is used up counts.
    https://docs.x.com/x-api/fundamentals/rate-limits
    """
    kinds = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
    used_up = [kind for kind in kinds if headers.get(f"{kind}-remaining") == "0"]
    resets = [headers.get(f"{kind}-reset", "") for kind in used_up or kinds[:1]]
    moments = [float(value) for value in resets if value.isascii() and value.isdigit()]
    return max(1.0, max(moments) - now(headers)) if moments else retry_after(headers)


def _object(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        raise BadPayload("X answered something that is not an object.")
    return answer.body


def _list(body: dict[str, Any]) -> list[dict[str, Any]]:
    data = body.get("data") or []
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise BadPayload("X answered something that is no list.")
    return data
