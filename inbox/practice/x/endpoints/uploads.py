"""Pictures on their way to a post or a message, and out of a private one."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError
from starlette.responses import Response

from inbox.practice.database import Row
from inbox.practice.x import media, problems
from inbox.practice.x.api import Answer, Call, Endpoint, read_id

MOST_BYTES = 5 * 1024 * 1024  # https://docs.x.com/x-api/media/quickstart/best-practices
LONGEST_ALT = 1000
EXPIRES = 86_400  # seconds until a picture that hangs on nothing is gone
CATEGORIES = ("tweet_image", "dm_image")
UPLOAD_BODY = frozenset({"media", "media_category", "additional_owners"})


def upload(call: Call) -> Answer:
    """Take in a picture; films and subtitles the practice network has none of."""
    if call.body.get("media_category") not in CATEGORIES:
        raise problems.bad_text("$.media_category: the practice network takes pictures only.")
    try:
        content = b64decode(call.body.get("media", ""), validate=True)
        with Image.open(BytesIO(content)) as image:
            kind, (width, height) = Image.MIME[image.format or ""], image.size
    except (KeyError, TypeError, ValueError, UnidentifiedImageError) as exc:
        raise problems.bad_text("Your media could not be read.") from exc
    if len(content) > MOST_BYTES:
        raise problems.bad_text("The media is too large.")
    made = media.add(call.store, call.user["id"], content, kind)
    return {
        "data": {
            "id": str(made),
            "media_key": f"3_{made}",
            "size": len(content),
            "expires_after_secs": EXPIRES,
            "image": {"image_type": kind, "w": width, "h": height},
        }
    }


def describe(call: Call) -> Answer:
    """Say what a picture shows, for those who cannot see it."""
    (picture,) = free_of(call, [call.body.get("id")], most=1)
    metadata = call.body.get("metadata")
    alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
    words = alt.get("text") if isinstance(alt, dict) else None
    if not isinstance(words, str) or len(words) > LONGEST_ALT:
        raise problems.bad_text("$.metadata.alt_text.text: must have at most 1000 characters.")
    media.describe(call.store, picture["id"], words)
    return {"data": {"id": str(picture["id"]), "associated_metadata": {"alt_text": alt}}}


def free_of(call: Call, ids: Any, *, most: int) -> list[Row]:
    """Return the caller's pictures of these ids, all of them or a problem."""
    if not isinstance(ids, list) or not 0 < len(ids) <= most:
        raise problems.bad_text(f"One to {most} media can be attached.")
    found = [media.free(call.store, call.user["id"], read_id("media_ids", one)) for one in ids]
    if missing := [one for one, row in zip(ids, found, strict=True) if row is None]:
        raise problems.bad_text(f"Your media IDs are invalid: {missing}")
    return [row for row in found if row is not None]


def download(call: Call) -> Answer:
    """Give a picture of a private message to the two whose message it is."""
    message = call.store.row("SELECT * FROM messages WHERE id = ?", call.path_id("dm_id"))
    picture = call.store.row("SELECT * FROM media WHERE id = ?", call.path_id("media_id"))
    is_there = message and picture and picture["first_id"] == message["id"]
    if message is None or picture is None or not is_there:
        raise problems.Problem(404, "Not Found", "Not Found")
    if call.user["id"] not in (message["sender_id"], message["recipient_id"]):
        raise problems.forbidden("You are not a participant of this conversation.")
    return Response(picture["content"], media_type="application/octet-stream")


ENDPOINTS = (
    Endpoint("POST", "/2/media/upload", upload, 500, frozenset({"media.write"}), body=UPLOAD_BODY),
    Endpoint(
        "POST",
        "/2/media/metadata",
        describe,
        500,
        frozenset({"media.write"}),
        body=frozenset({"id", "metadata"}),
    ),
    Endpoint(
        "GET",
        "/2/dm_conversations/media/{dm_id}/{media_id}/{resource_id}",
        download,
        300,
        frozenset({"dm.read"}),
    ),
)
