"""What hangs on a post or a message: the media that X includes beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from inbox.connectors.types import InboundAttachment

# https://docs.x.com/x-api/fundamentals/data-dictionary#media
KINDS: Mapping[str, Literal["image", "video"]] = {
    "photo": "image",
    "video": "video",
    "animated_gif": "video",
}
# A film comes in several sizes; beyond this one the eye gains little and the file grows.
BEST_BIT_RATE = 2_500_000


def included(body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the included media by their keys."""
    includes = body.get("includes")
    found = includes.get("media") if isinstance(includes, dict) else None
    if not isinstance(found, list):
        return {}
    return {
        one["media_key"]: one
        for one in found
        if isinstance(one, dict) and isinstance(one.get("media_key"), str)
    }


def keys(item: Mapping[str, Any]) -> list[str]:
    """Return the keys of what hangs on `item`."""
    attached = item.get("attachments")
    named = attached.get("media_keys") if isinstance(attached, dict) else None
    return [key for key in named if isinstance(key, str)] if isinstance(named, list) else []


def attachments(
    item: Mapping[str, Any], media: Mapping[str, Mapping[str, Any]]
) -> tuple[InboundAttachment, ...]:
    """Return what hangs on `item`, as far as X says where it is."""
    found = [_attachment(key, media[key]) for key in keys(item) if key in media]
    return tuple(one for one in found if one)


def _attachment(key: str, one: Mapping[str, Any]) -> InboundAttachment | None:
    kind = KINDS.get(str(one.get("type")))
    url, content_type = (str(one.get("url") or ""), "") if kind == "image" else _film(one)
    if kind is None or not url.startswith(("https://", "http://")):
        return None
    return InboundAttachment(
        external_id=key,
        kind=kind,
        url=url,
        name=PurePosixPath(urlsplit(url).path).name,
        content_type=content_type,
        description=str(one.get("alt_text") or ""),
    )


def _film(one: Mapping[str, Any]) -> tuple[str, str]:
    """Return where the film is, in the best size that is worth its bytes, and its type."""
    variants = one.get("variants")
    films = [
        each
        for each in (variants if isinstance(variants, list) else ())
        if isinstance(each, dict) and each.get("content_type") == "video/mp4" and each.get("url")
    ]
    rates = [(_rate(each), str(each["url"])) for each in films]
    worth = [each for each in rates if each[0] <= BEST_BIT_RATE]
    chosen = max(worth) if worth else min(rates, default=(0, ""))
    return chosen[1], "video/mp4"


def _rate(variant: Mapping[str, Any]) -> int:
    rate = variant.get("bit_rate")
    return rate if isinstance(rate, int) else 0
