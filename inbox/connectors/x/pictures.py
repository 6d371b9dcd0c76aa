"""Pictures on their way to X, and those of private messages on their way here."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.http import Http
from inbox.connectors.received import Answer, Document
from inbox.connectors.types import Endpoints, Media

MOST = 4  # of a post; https://docs.x.com/x-api/posts/create-post
MOST_PRIVATE = 1
MOST_BYTES = 5 * 1024 * 1024  # https://docs.x.com/x-api/media/quickstart/best-practices
LONGEST_ALT = 1000  # characters
NOT_LET_IN = "This sign-in lets nobody put up pictures on X: connect the channel again."
# Where X says that a picture of a private message is. It opens there to another kind of token only.
PRIVATE = re.compile(
    r"https?://[^/]+/1\.1/ton/data/dm/(\d{1,19})/(\d{1,19})/([A-Za-z0-9_.-]{1,50})(?::\w+)?"
)


class Pictures:
    """Speaks to X's media endpoints as one account."""

    def __init__(self, http: Http, endpoints: Endpoints, *, access_token: str) -> None:
        self._http = http
        self._api = endpoints.api_url
        self._token = access_token

    def upload(self, media: Media, *, is_private: bool) -> str:
        """Return the id of an uploaded picture, which nobody sees until something shows it.

        https://docs.x.com/x-api/media/media-upload, whose words are said by
        https://docs.x.com/x-api/media/create-media-metadata
        """
        body = {
            "media": b64encode(media.content).decode(),
            "media_category": "dm_image" if is_private else "tweet_image",
        }
        try:
            media_id = _id(self._ask("/2/media/upload", body))
            if media.description:
                words = {"alt_text": {"text": media.description[:LONGEST_ALT]}}
                self._ask("/2/media/metadata", {"id": media_id, "metadata": words})
        except Rejected as exc:
            if exc.status != 403:
                raise
            raise Rejected(NOT_LET_IN, code=exc.code, status=exc.status) from exc
        return media_id

    def fetch(self, url: str, *, max_bytes: int) -> Document:
        """Return a file. One of a private message is asked for by its ids, as a participant.

        https://docs.x.com/x-api/direct-messages/download-dm-media
        """
        headers = {"Accept": "*/*"}
        found = PRIVATE.fullmatch(url)
        if not found:
            return self._http.fetch(url, headers=headers, max_bytes=max_bytes)
        address = f"{self._api}/2/dm_conversations/media/{'/'.join(found.groups())}"
        return self._http.fetch(address, headers=headers, auth=self._token, max_bytes=max_bytes)

    def _ask(self, path: str, body: Any) -> Answer:
        return self._http.request("POST", self._api + path, json=body, auth=self._token)


def _id(answer: Answer) -> str:
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    found = data.get("id") if isinstance(data, dict) else None
    if not isinstance(found, str) or not found.isdigit():
        raise BadPayload("X took a picture, but did not say under which id.")
    return found
