"""Pictures and films of a post, and where their bytes are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from inbox.connectors.bluesky import identity
from inbox.connectors.errors import Rejected
from inbox.connectors.http import Http
from inbox.connectors.received import Document
from inbox.connectors.types import InboundAttachment

# Our own way to say "this blob, on the server of its author".
BLOB = "blob:"
ANY = {"Accept": "*/*"}


def attachments(item: Mapping[str, Any], repo: str) -> tuple[InboundAttachment, ...]:
    """Return what hangs on a post of `repo`.

    Pictures come from the address in its view, where Bluesky serves them without their hidden
    data; without a view, and films always, as the blob itself.
    """
    shown = _pictures(item.get("embed"))
    found = []
    for index, (kind, blob, words) in enumerate(_blobs(item)):
        link = str(_object(blob.get("ref")).get("$link") or "")
        view = shown[index] if kind == "image" and index < len(shown) else {}
        size = blob.get("size")
        found.append(
            InboundAttachment(
                external_id=link or str(index),
                kind=kind,
                url=_address(view.get("fullsize")) or f"{BLOB}{repo}/{link}",
                content_type=str(blob.get("mimeType") or "")[:100],
                size=size if isinstance(size, int) and size >= 0 else None,
                description=words,
            )
        )
    return tuple(found)


def descriptions(item: Mapping[str, Any]) -> list[str]:
    """Return what the pictures and films of a post show, as far as its author says."""
    return [f"[{kind}] {words}".strip() for kind, _blob, words in _blobs(item)]


def fetch(http: Http, url: str, *, own_did: str, pds: str, max_bytes: int) -> Document:
    """Return a picture or film. A blob is asked for where its author's account lives.

    https://docs.bsky.app/docs/api/com-atproto-sync-get-blob
    """
    if not url.startswith(BLOB):
        return http.fetch(url, headers=ANY, max_bytes=max_bytes)
    repo, _slash, link = url.removeprefix(BLOB).partition("/")
    if not identity.DID.fullmatch(repo) or not link.isalnum():
        raise Rejected("This is no address of a file on Bluesky.")
    server = pds if repo == own_did else identity.server_of(http, repo)
    query = urlencode({"did": repo, "cid": link})
    address = f"{server}/xrpc/com.atproto.sync.getBlob?{query}"
    return http.fetch(address, headers=ANY, max_bytes=max_bytes)


def _blobs(
    item: Mapping[str, Any],
) -> Iterator[tuple[Literal["image", "video"], Mapping[str, Any], str]]:
    """Yield kind, blob and description of all that a post's record embeds."""
    embed = _object(_object(item.get("record")).get("embed"))
    embed = _object(embed.get("media")) or embed
    for each in _list(embed.get("images")) + _list(embed.get("items")):
        if blob := _object(_object(each).get("image")):
            yield "image", blob, str(each.get("alt") or "")
    if blob := _object(embed.get("video")):
        yield "video", blob, str(embed.get("alt") or "")


def _pictures(view: Any) -> list[Mapping[str, Any]]:
    embed = _object(_object(view).get("media")) or _object(view)
    return [_object(each) for each in _list(embed.get("images")) + _list(embed.get("items"))]


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _address(value: Any) -> str:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""
