"""The endpoints of the AT Protocol and of Bluesky, one method each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inbox.connectors.answers import now, retry_after
from inbox.connectors.buckets import Bucket
from inbox.connectors.errors import AuthExpired, BadPayload, Rejected
from inbox.connectors.http import Http
from inbox.connectors.received import Answer
from inbox.connectors.types import Media

PAGE = 100
MOST_POSTS = 25  # of one look-up, and of profiles as well
CONVOS_PAGE = 10  # each may cost a request for what was said since the last look
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
# An access token that ended is a 400 here: https://atproto.com/specs/xrpc#authentication
SIGNED_OUT = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})
NO_CHAT = (
    "This app password does not open private messages: make one on Bluesky that does, and connect"
    " the channel again with it."
)
Params = Mapping[str, str | int | list[str] | None]


class BlueskyClient:
    """Speaks to the server (`pds`) of one account. Answers are its own JSON, of the right kind.

    account: names the account towards the rate limits.
    """

    def __init__(self, http: Http, *, pds: str, token: str = "", account: str = "") -> None:
        self._http = http
        self._pds = pds
        self._token = token
        self._account = account

    # -- sign-in -------------------------------------------------------------------------------
    def create_session(self, identifier: str, password: str) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-server-create-session"""
        body = {"identifier": identifier, "password": password}
        return self._post("com.atproto.server.createSession", body, kind="session", is_write=False)

    def refresh_session(self, refresh_token: str) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-server-refresh-session"""
        return as_object(
            self._http.request(
                "POST", self._address("com.atproto.server.refreshSession"), auth=refresh_token
            )
        )

    def session(self) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-server-get-session"""
        return self._get("com.atproto.server.getSession")

    def resolve_handle(self, handle: str) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-identity-resolve-handle"""
        return self._get("com.atproto.identity.resolveHandle", {"handle": handle})

    # -- reading -------------------------------------------------------------------------------
    def notifications(self, reasons: Sequence[str], *, cursor: str | None) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/app-bsky-notification-list-notifications

        priority: or the account's own setting may leave out all whom it does not follow.
        """
        query: Params = {
            "reasons": list(reasons),
            "priority": "false",
            "limit": PAGE,
            "cursor": cursor,
        }
        return self._get("app.bsky.notification.listNotifications", query)

    def feed_of(self, did: str, *, cursor: str | None) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed"""
        query: Params = {
            "actor": did,
            "filter": "posts_with_replies",
            "limit": PAGE,
            "cursor": cursor,
        }
        return self._get("app.bsky.feed.getAuthorFeed", query)

    def search(
        self, words: str, *, tag: str | None = None, since: str | None, cursor: str | None
    ) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/app-bsky-feed-search-posts"""
        query: Params = {
            "q": words,
            "tag": [tag] if tag else None,
            "sort": "latest",
            "since": since,
            "limit": PAGE,
            "cursor": cursor,
        }
        return self._get("app.bsky.feed.searchPosts", query)

    def posts(self, uris: Sequence[str]) -> list[Any]:
        """https://docs.bsky.app/docs/api/app-bsky-feed-get-posts"""
        return as_list(self._get("app.bsky.feed.getPosts", {"uris": list(uris)}), "posts")

    def thread(self, uri: str, *, above: int = 0, below: int = 0) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/app-bsky-feed-get-post-thread"""
        query: Params = {"uri": uri, "depth": below, "parentHeight": above}
        return self._get("app.bsky.feed.getPostThread", query)

    def profile(self, did: str) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/app-bsky-actor-get-profile"""
        return self._get("app.bsky.actor.getProfile", {"actor": did})

    def profiles(self, dids: Sequence[str]) -> list[Any]:
        """https://docs.bsky.app/docs/api/app-bsky-actor-get-profiles"""
        return as_list(self._get("app.bsky.actor.getProfiles", {"actors": list(dids)}), "profiles")

    def record(self, repo: str, collection: str, rkey: str) -> dict[str, Any] | None:
        """https://docs.bsky.app/docs/api/com-atproto-repo-get-record: None if it is not there"""
        query: Params = {"repo": repo, "collection": collection, "rkey": rkey}
        try:
            return self._get("com.atproto.repo.getRecord", query)
        except Rejected as exc:
            if exc.code == "RecordNotFound":
                return None
            raise

    # -- writing -------------------------------------------------------------------------------
    def put_record(
        self, repo: str, collection: str, rkey: str, record: Any, *, instead_of: str | None
    ) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-repo-put-record

        instead_of: the version (CID) that it replaces, None if there must not be any. The same
        record once more is no change and no error.
        """
        body = {
            "repo": repo,
            "collection": collection,
            "rkey": rkey,
            "record": record,
            "swapRecord": instead_of,
        }
        return self._post("com.atproto.repo.putRecord", body)

    def create_record(self, repo: str, collection: str, record: Any) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-repo-create-record"""
        body = {"repo": repo, "collection": collection, "record": record}
        return self._post("com.atproto.repo.createRecord", body)

    def delete_record(self, repo: str, collection: str, rkey: str) -> None:
        """https://docs.bsky.app/docs/api/com-atproto-repo-delete-record"""
        body = {"repo": repo, "collection": collection, "rkey": rkey}
        self._post("com.atproto.repo.deleteRecord", body)

    def upload(self, media: Media) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/com-atproto-repo-upload-blob: seen by nobody before a
        record names it"""
        answer = self._ask(
            "POST",
            "com.atproto.repo.uploadBlob",
            content=media.content,
            headers={"Content-Type": media.content_type},
            kind="write",
        )
        return as_object(answer)

    def mute(self, did: str) -> None:
        """https://docs.bsky.app/docs/api/app-bsky-graph-mute-actor"""
        self._post("app.bsky.graph.muteActor", {"actor": did})

    def unmute(self, did: str) -> None:
        """https://docs.bsky.app/docs/api/app-bsky-graph-unmute-actor"""
        self._post("app.bsky.graph.unmuteActor", {"actor": did})

    def report(self, subject: Mapping[str, str], *, reason_type: str, words: str) -> None:
        """https://docs.bsky.app/docs/api/com-atproto-moderation-create-report"""
        body = {"reasonType": reason_type, "subject": subject, "reason": words}
        self._post("com.atproto.moderation.createReport", body)

    # -- private messages ----------------------------------------------------------------------
    def convos(self, *, cursor: str | None) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/chat-bsky-convo-list-convos"""
        query: Params = {"kind": "direct", "limit": CONVOS_PAGE, "cursor": cursor}
        return self._get("chat.bsky.convo.listConvos", query, is_chat=True)

    def convo(self, convo_id: str) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/chat-bsky-convo-get-convo"""
        return self._get("chat.bsky.convo.getConvo", {"convoId": convo_id}, is_chat=True)

    def messages(self, convo_id: str, *, cursor: str | None) -> Answer:
        """https://docs.bsky.app/docs/api/chat-bsky-convo-get-messages"""
        query: Params = {"convoId": convo_id, "limit": PAGE, "cursor": cursor}
        return self._ask(
            "GET", "chat.bsky.convo.getMessages", params=query, kind="chat", headers=CHAT
        )

    def convo_with(self, did: str) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/chat-bsky-convo-get-convo-for-members"""
        query: Params = {"members": [did]}
        return self._get("chat.bsky.convo.getConvoForMembers", query, is_chat=True)

    def send_message(self, convo_id: str, message: Mapping[str, Any]) -> dict[str, Any]:
        """https://docs.bsky.app/docs/api/chat-bsky-convo-send-message"""
        body = {"convoId": convo_id, "message": message}
        return self._post("chat.bsky.convo.sendMessage", body, kind="chat", headers=CHAT)

    # -- the way there -------------------------------------------------------------------------
    def _get(
        self, name: str, params: Params | None = None, *, is_chat: bool = False
    ) -> dict[str, Any]:
        kind, headers = ("chat", CHAT) if is_chat else ("read", {})
        return as_object(self._ask("GET", name, params=params, kind=kind, headers=headers))

    def _post(
        self,
        name: str,
        body: Any,
        *,
        kind: str = "write",
        is_write: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        answer = self._ask(
            "POST", name, json=body, kind=kind, is_write=is_write, headers=headers or {}
        )
        return answer.body if isinstance(answer.body, dict) else {}

    def _ask(
        self,
        method: str,
        name: str,
        *,
        kind: str,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        is_write: bool = False,
    ) -> Answer:
        try:
            return self._http.request(
                method,
                self._address(name),
                params=params,
                json=json,
                content=content,
                headers=headers,
                auth=self._token or None,
                is_write=is_write,
                bucket=self._bucket(kind),
            )
        except Rejected as exc:
            if exc.code not in SIGNED_OUT:
                raise
            # What the token is good for at all is said with the same name.
            if "method" in exc.message.lower():
                raise Rejected(NO_CHAT, code=exc.code, status=exc.status) from exc
            raise AuthExpired(exc.message, code=exc.code) from exc

    def _address(self, name: str) -> str:
        return f"{self._pds}/xrpc/{name}"

    def _bucket(self, kind: str) -> Bucket:
        """https://docs.bsky.app/docs/advanced-guides/rate-limits: writes have points of their own,
        and the chat is another service."""
        key = f"{self._pds} {self._account} {kind}" if self._account else ""
        return Bucket(key, wait=seconds_to_reset, is_used_up=is_used_up)


def seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """Return how long to wait: `ratelimit-reset` is in seconds since 1970, by their clock."""
    value = headers.get("ratelimit-reset", "")
    if not (value.isascii() and value.isdigit()):
        return retry_after(headers)
    return max(1.0, int(value) - now(headers))


def is_used_up(headers: Mapping[str, str]) -> bool:
    return headers.get("ratelimit-remaining") == "0"


def as_object(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        raise BadPayload("Bluesky answered something that is not an object.")
    return answer.body


def as_list(body: Mapping[str, Any], name: str) -> list[Any]:
    found = body.get(name)
    if not isinstance(found, list):
        raise BadPayload(f"Bluesky answered without a list of {name}.")
    return found


def cursor_of(body: Mapping[str, Any]) -> str | None:
    """Return where the next page begins, None if there is none."""
    cursor = body.get("cursor")
    return cursor if isinstance(cursor, str) and cursor else None
