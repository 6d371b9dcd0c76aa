"""Fetching a feed, again only if it has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from inbox.connectors.buckets import Bucket
from inbox.connectors.errors import AuthExpired, Rejected
from inbox.connectors.feed import document
from inbox.connectors.feed.document import Feed
from inbox.connectors.http import Http

MAX_FEED = 4 * 1024 * 1024  # bytes; twenty times the largest that newspapers publish
LONGEST_VALIDATOR = 200
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
PLAIN_WORDS = {
    401: "The feed wants a password, which feeds cannot be read with here.",
    403: "The server does not let us read this address.",
    404: "There is nothing at this address (404).",
    410: "What was at this address is gone for good (410).",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed as it is now, None if it is still what `mark` says; and the mark of this state."""

    feed: Feed | None
    mark: str


class FeedClient:
    """Reads feeds through the one HTTP door."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def fetch(self, url: str, mark: str | None = None) -> Fetched:
        """Return the feed at `url` if it is no longer in the state that `mark` describes.

        The mark holds what the server calls that state (ETag, Last-Modified) and a digest of it,
        for the servers that say nothing. https://www.rfc-editor.org/rfc/rfc9110#section-13
        """
        known = _read_mark(mark)
        headers = {"Accept": ACCEPT}
        if known.get("etag"):
            headers["If-None-Match"] = known["etag"]
        if known.get("modified"):
            headers["If-Modified-Since"] = known["modified"]
        try:
            answer = self._http.fetch(
                url, headers=headers, max_bytes=MAX_FEED, bucket=Bucket(f"feed {url}")
            )
        except AuthExpired as error:  # there is no sign-in that could be renewed
            raise Rejected(PLAIN_WORDS[401], status=401) from error
        except Rejected as error:
            if error.status not in PLAIN_WORDS:
                raise
            raise Rejected(PLAIN_WORDS[error.status], status=error.status) from error
        if answer.status == 304:
            return Fetched(None, mark or "")
        state = {
            "etag": answer.headers.get("etag", ""),
            "modified": answer.headers.get("last-modified", ""),
        }
        state = {name: text for name, text in state.items() if len(text) <= LONGEST_VALIDATOR}
        state["digest"] = sha256(answer.content).hexdigest()[:32]
        new_mark = json.dumps(state)
        if state["digest"] == known.get("digest"):
            return Fetched(None, new_mark)
        return Fetched(document.read(answer.content, answer.headers, url=answer.url), new_mark)


def _read_mark(mark: str | None) -> dict[str, str]:
    try:
        known = json.loads(mark or "{}")
    except ValueError:
        return {}
    if not isinstance(known, dict):
        return {}
    return {str(name): str(value) for name, value in known.items()}
