"""The endpoints of Mastodon's API, one method each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from inbox.connectors import oauth
from inbox.connectors.buckets import Bucket
from inbox.connectors.errors import AuthExpired, BadPayload, Rejected
from inbox.connectors.http import Http
from inbox.connectors.mastodon.limits import is_used_up, seconds_to_reset
from inbox.connectors.received import Answer
from inbox.connectors.types import Endpoints, Media

SCOPES = (
    "read:accounts read:notifications read:search read:statuses write:blocks write:conversations "
    "write:favourites write:follows write:media write:mutes write:reports write:statuses"
)
# What they are part of, for servers that know no others.
# https://docs.joinmastodon.org/api/oauth-scopes/
BROAD_SCOPES = "read write follow"
ME = "/api/v1/accounts/verify_credentials"
APP_NAME = "CrisisDesk"
PAGE = 40  # the most statuses that a page may hold; of notifications it is 80
NOTIFICATIONS_PAGE = 80


class MastodonClient:
    """Speaks to one server as one account. Answers are its own JSON, checked only for its kind.

    account: names the account towards the server's rate limits.
    """

    def __init__(
        self, http: Http, endpoints: Endpoints, *, access_token: str, account: str
    ) -> None:
        self._http = http
        self._endpoints = endpoints
        self._access_token = access_token
        self._account = account

    # -- sign-in -------------------------------------------------------------------------------
    def metadata(self) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/oauth/#authorization-server-metadata: since 4.3"""
        url = self._endpoints.api_url + "/.well-known/oauth-authorization-server"
        return as_object(self._http.request("GET", url))

    def create_app(self, *, redirect_uri: str, scopes: str) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/apps/#create"""
        form = {"client_name": APP_NAME, "redirect_uris": redirect_uri, "scopes": scopes}
        url = self._endpoints.api_url + "/api/v1/apps"
        return as_object(self._http.request("POST", url, form=form))

    def authorize_url(self, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        """https://docs.joinmastodon.org/methods/oauth/#authorize"""
        return oauth.page(
            self._endpoints,
            scopes=self._endpoints.scopes or SCOPES,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=code_challenge,
        )

    def token(self, grant: Mapping[str, str]) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/oauth/#token"""
        keys = self._endpoints
        form = {**grant, "client_id": keys.client_id, "client_secret": keys.client_secret}
        return as_object(self._http.request("POST", keys.token_url, form=form))

    def me(self) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/accounts/#verify_credentials

        A server that keeps our own account from us has let us go; some say so by a 403.
        """
        try:
            return as_object(self._get(ME))
        except Rejected as exc:
            if exc.status != 403:
                raise
            raise AuthExpired(exc.message, code=exc.code) from exc

    def instance(self) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/instance/#v2"""
        return as_object(self._get("/api/v2/instance"))

    def instance_v1(self) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/instance/#v1"""
        return as_object(self._get("/api/v1/instance"))

    # -- reading -------------------------------------------------------------------------------
    def notifications(
        self,
        types: Sequence[str],
        *,
        since_id: str | None = None,
        max_id: str | None = None,
        limit: int = NOTIFICATIONS_PAGE,
    ) -> Answer:
        """https://docs.joinmastodon.org/methods/notifications/#get

        include_filtered: without it the account's own policy would hide what strangers write.
        """
        query = {
            "types[]": list(types) or None,
            "include_filtered": "true",
            "since_id": since_id,
            "max_id": max_id,
            "limit": limit,
        }
        return self._get("/api/v1/notifications", query)

    def statuses_of(
        self, account_id: str, *, since_id: str | None = None, max_id: str | None = None
    ) -> Answer:
        """https://docs.joinmastodon.org/methods/accounts/#statuses"""
        query = {"exclude_reblogs": "true", "since_id": since_id, "max_id": max_id, "limit": PAGE}
        return self._get(f"/api/v1/accounts/{_part(account_id)}/statuses", query)

    def conversations(
        self, *, since_id: str | None = None, max_id: str | None = None, limit: int = PAGE
    ) -> Answer:
        """https://docs.joinmastodon.org/methods/conversations/#get"""
        query = {"since_id": since_id, "max_id": max_id, "limit": limit}
        return self._get("/api/v1/conversations", query)

    def tagged(self, tag: str, *, since_id: str | None = None, max_id: str | None = None) -> Answer:
        """https://docs.joinmastodon.org/methods/timelines/#tag"""
        query = {"since_id": since_id, "max_id": max_id, "limit": PAGE}
        return self._get(f"/api/v1/timelines/tag/{_part(tag)}", query)

    def search(
        self,
        words: str,
        *,
        since_id: str | None = None,
        max_id: str | None = None,
        limit: int = PAGE,
    ) -> Answer:
        """https://docs.joinmastodon.org/methods/search/#v2: nothing without an index"""
        query = {"q": words, "min_id": since_id, "max_id": max_id, "limit": limit}
        try:
            return self._get("/api/v2/search", {**query, "type": "statuses"})
        except Rejected as exc:
            if exc.status not in (400, 422):
                raise
            return self._get("/api/v2/search", query)  # of all kinds

    def status(self, status_id: str) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/statuses/#get"""
        return as_object(self._get(f"/api/v1/statuses/{_part(status_id)}"))

    def statuses(self, ids: Sequence[str]) -> list[Any]:
        """https://docs.joinmastodon.org/methods/statuses/#index: since 4.3"""
        return as_list(self._get("/api/v1/statuses", {"id[]": list(ids)}))

    def context(self, status_id: str) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/statuses/#context"""
        return as_object(self._get(f"/api/v1/statuses/{_part(status_id)}/context"))

    def find_account(self, acct: str) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/accounts/#lookup"""
        return as_object(self._get("/api/v1/accounts/lookup", {"acct": acct}))

    def search_accounts(self, acct: str) -> list[Any]:
        """https://docs.joinmastodon.org/methods/accounts/#search"""
        return as_list(self._get("/api/v1/accounts/search", {"q": acct, "limit": PAGE}))

    # -- writing -------------------------------------------------------------------------------
    def create_status(self, body: Mapping[str, Any], *, key: str) -> Any:
        """https://docs.joinmastodon.org/methods/statuses/#create"""
        headers = {"Idempotency-Key": key}
        return self._write("POST", "/api/v1/statuses", body, headers=headers)

    def edit_status(self, status_id: str, body: Mapping[str, Any]) -> Any:
        """https://docs.joinmastodon.org/methods/statuses/#edit"""
        return self._write("PUT", f"/api/v1/statuses/{_part(status_id)}", body)

    def delete_status(self, status_id: str) -> Any:
        """https://docs.joinmastodon.org/methods/statuses/#delete"""
        return self._write("DELETE", f"/api/v1/statuses/{_part(status_id)}", kind="deletes")

    def favourite(self, status_id: str) -> Any:
        """https://docs.joinmastodon.org/methods/statuses/#favourite"""
        return self._write("POST", f"/api/v1/statuses/{_part(status_id)}/favourite")

    def unfavourite(self, status_id: str) -> Any:
        """https://docs.joinmastodon.org/methods/statuses/#unfavourite"""
        return self._write("POST", f"/api/v1/statuses/{_part(status_id)}/unfavourite")

    def relate(self, account_id: str, verb: str) -> Any:
        """https://docs.joinmastodon.org/methods/accounts/#follow, #mute, #block, and un-"""
        return self._write("POST", f"/api/v1/accounts/{_part(account_id)}/{verb}")

    def report(self, body: Mapping[str, Any]) -> Any:
        """https://docs.joinmastodon.org/methods/reports/#post"""
        return self._write("POST", "/api/v1/reports", body)

    def upload(self, media: Media) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/media/#v2; nothing is public before it is posted"""
        try:
            return self._upload("/api/v2/media", media)
        except Rejected as exc:
            if exc.status not in (404, 405, 501):
                raise
            return self._upload("/api/v1/media", media)  # the older way

    def uploaded(self, media_id: str) -> dict[str, Any]:
        """https://docs.joinmastodon.org/methods/media/#get"""
        return as_object(self._get(f"/api/v1/media/{_part(media_id)}"))

    def _upload(self, path: str, media: Media) -> dict[str, Any]:
        answer = self._http.request(
            "POST",
            self._endpoints.api_url + path,
            form={"description": media.description},
            files={"file": ("upload", media.content, media.content_type)},
            auth=self._access_token,
            bucket=self._bucket("media"),
        )
        return as_object(answer)

    def _get(
        self, path: str, params: Mapping[str, str | int | list[str] | None] | None = None
    ) -> Answer:
        """Ask for something. That one endpoint takes us for nobody does not end the sign-in."""
        try:
            return self._http.request(
                "GET",
                self._endpoints.api_url + path,
                params=params,
                auth=self._access_token,
                bucket=self._bucket("all"),
            )
        except AuthExpired as exc:
            if path == ME:
                raise
            self.me()
            raise Rejected(exc.message, code=exc.code, status=401) from exc

    def _write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        kind: str = "all",
    ) -> Any:
        answer = self._http.request(
            method,
            self._endpoints.api_url + path,
            json=body,
            headers=headers,
            auth=self._access_token,
            is_write=True,
            bucket=self._bucket(kind),
        )
        return answer.body

    def _bucket(self, kind: str) -> Bucket:
        """https://docs.joinmastodon.org/api/rate-limits/: uploads and deletes count apart."""
        key = f"{self._endpoints.api_url} {self._account} {kind}" if self._account else ""
        return Bucket(key, wait=seconds_to_reset, is_used_up=is_used_up)


def as_object(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        raise BadPayload("The server answered something that is not an object.")
    return answer.body


def as_list(answer: Answer) -> list[Any]:
    if not isinstance(answer.body, list):
        raise BadPayload("The server answered something that is not a list.")
    return answer.body


def _part(text: str) -> str:
    """Return `text` as one part of a path, whatever an id may hold."""
    return quote(text, safe="")
