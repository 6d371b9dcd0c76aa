"""Posting, answering, editing, deleting, hiding, liking through the API."""

from __future__ import annotations

from typing import Any

from inbox.practice.database import Row
from inbox.practice.x import media, posts, problems
from inbox.practice.x import text as rules
from inbox.practice.x.api import Answer, Call, Endpoint, read_id
from inbox.practice.x.endpoints import uploads
from inbox.practice.x.fields import read_view

READ = frozenset({"tweet.read", "users.read"})
WRITE = READ | {"tweet.write"}
# The published description allows these and no others; those the practice network cannot carry
# out it refuses in words instead of dropping them.
CREATE_BODY = frozenset(
    {
        *("text", "reply", "quote_tweet_id", "edit_options", "reply_settings", "media", "poll"),
        *("geo", "card_uri", "community_id", "direct_message_deep_link", "nullcast"),
        *("for_super_followers_only", "share_with_followers", "made_with_ai", "paid_partnership"),
    }
)
CARRIED_OUT = {"text", "reply", "edit_options", "quote_tweet_id", "media"}
MOST_MEDIA = 4
REPLY_BODY = {"auto_populate_reply_metadata", "exclude_reply_user_ids", "in_reply_to_tweet_id"}
TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NO_PARENT = "You attempted to reply to a Tweet that is deleted or not visible to you."
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)


def create_post(call: Call) -> Answer:
    body = call.body
    if refused := sorted(set(body) - CARRIED_OUT):
        raise problems.bad_text(f"The practice network has no {', '.join(refused)}.")
    text = body.get("text", "")
    shown = _read_media(call)
    if not isinstance(text, str) or not (text.strip() or shown):
        raise problems.bad_text("One of text or media must be present.")
    text = text.strip()  # as X does
    parent, exclude = _read_reply(call, body.get("reply"))
    edited = _read_edited(call, body.get("edit_options"))
    if edited is not None and edited["parent_id"]:
        parent = posts.get(call.store, edited["parent_id"])
    prefix, counted = posts.auto_mentions(call.store, call.user, text, parent, exclude)
    if rules.weighted_length(counted) > rules.MAX_LENGTH:
        raise problems.bad_text(TOO_LONG)
    if posts.is_duplicate(call.store, call.user, prefix + counted):
        raise problems.forbidden(DUPLICATE)
    if edited is not None:
        post = posts.edit(call.store, edited, text)
    else:
        quoted = _read_quoted(call)
        post = posts.create(
            call.store, call.user, text, parent=parent, quoted_id=quoted, exclude=exclude
        )
        media.attach(call.store, post["first_id"], shown)
    return 201, {"data": _created(call, post)}


def _read_media(call: Call) -> list[int]:
    """Return the ids of the pictures that the post shall show. Raises a problem."""
    given = call.body.get("media")
    if given is None:
        return []
    if not isinstance(given, dict) or set(given) != {"media_ids"}:
        raise problems.bad_text("$.media: must have media_ids and nothing else.")
    rows = uploads.free_of(call, given["media_ids"], most=MOST_MEDIA)
    return [row["id"] for row in rows]


def _created(call: Call, post: Row) -> dict[str, Any]:
    from_lookup = call.page(read_view("post", {})).tell_posts([post])[0]
    return {key: from_lookup[key] for key in ("id", "text", "edit_history_post_ids")}


def _read_reply(call: Call, reply: Any) -> tuple[Row | None, list[int]]:
    """Return the post that is answered and whom not to mention. Raises a problem."""
    if reply is None:
        return None, []
    if not isinstance(reply, dict) or set(reply) - REPLY_BODY:
        raise problems.bad_text("$.reply: has fields that are not defined in the schema.")
    exclude = [
        read_id("exclude_reply_user_ids", raw) for raw in reply.get("exclude_reply_user_ids", [])
    ]
    parent = posts.get_live(
        call.store, read_id("in_reply_to_tweet_id", reply.get("in_reply_to_tweet_id"))
    )
    if parent is None:
        raise problems.forbidden(NO_PARENT)
    if call.network.faults.is_on("self_serve") and not _is_summoned(call, parent):
        raise problems.forbidden(NOT_SUMMONED)
    return parent, exclude


def _is_summoned(call: Call, parent: Row) -> bool:
    """Say whether the author of `parent` mentioned or quoted us (the self-serve rule)."""
    if parent["author_id"] == call.user["id"]:
        return True
    if call.user["handle_key"] in {handle.lower() for handle in rules.mentions(parent["text"])}:
        return True
    quoted = posts.get(call.store, parent["quoted_id"]) if parent["quoted_id"] else None
    return quoted is not None and quoted["author_id"] == call.user["id"]


def _read_edited(call: Call, options: Any) -> Row | None:
    if options is None:
        return None
    if not isinstance(options, dict) or set(options) != {"previous_post_id"}:
        raise problems.bad_text("$.edit_options: must have previous_post_id and nothing else.")
    post = posts.get_live(call.store, read_id("previous_post_id", options["previous_post_id"]))
    if post is None:
        raise problems.forbidden("You attempted to edit a Post that does not exist.")
    try:
        posts.check_editable(call.store, post, call.user)
    except posts.NotPossible as exc:
        raise problems.forbidden(str(exc)) from exc
    return post


def _read_quoted(call: Call) -> int | None:
    if "quote_tweet_id" not in call.body:
        return None
    quoted = posts.get_live(call.store, read_id("quote_tweet_id", call.body["quote_tweet_id"]))
    if quoted is None:
        raise problems.forbidden("You attempted to quote a Tweet that is deleted or not visible.")
    return int(quoted["id"])


def delete_post(call: Call) -> Answer:
    post = posts.get(call.store, call.path_id("id"))
    if post is None or post["deleted_at"] is not None:
        return {"data": {"deleted": True}}
    if post["author_id"] != call.user["id"]:
        raise problems.forbidden("You are not authorized to delete this Tweet.")
    posts.delete(call.store, post)
    return {"data": {"deleted": True}}


def hide_reply(call: Call) -> Answer:
    hidden = call.body.get("hidden")
    if not isinstance(hidden, bool):
        raise problems.bad_text("$.hidden: must be true or false.")
    post = posts.get_live(call.store, call.path_id("tweet_id"))
    root = posts.get(call.store, post["conversation_id"]) if post else None
    if post is None or root is None or post["parent_id"] is None:
        raise problems.forbidden("You are not allowed to hide this post: it is no reply.")
    if root["author_id"] != call.user["id"]:
        raise problems.forbidden("You are not allowed to hide replies in this conversation.")
    posts.hide(call.store, post, hidden=hidden)
    return {"data": {"hidden": hidden}}


def like(call: Call) -> Answer:
    call.own_path_id()
    if call.network.faults.is_on("self_serve"):
        raise problems.client_forbidden("Liking is not part of this access level.")
    post = posts.get_live(call.store, read_id("tweet_id", call.body.get("tweet_id")))
    if post is None:
        raise problems.forbidden("You attempted to like a Tweet that is deleted or not visible.")
    posts.like(call.store, call.user, post, liked=True)
    return {"data": {"liked": True}}


def unlike(call: Call) -> Answer:
    call.own_path_id()
    post = posts.get(call.store, call.path_id("tweet_id"))
    if post is not None:
        posts.like(call.store, call.user, post, liked=False)
    return {"data": {"liked": False}}


ENDPOINTS = (
    Endpoint("POST", "/2/tweets", create_post, 100, WRITE, body=CREATE_BODY),
    Endpoint("DELETE", "/2/tweets/{id}", delete_post, 50, WRITE),
    Endpoint(
        "PUT",
        "/2/tweets/{tweet_id}/hidden",
        hide_reply,
        50,
        READ | {"tweet.moderate.write"},
        body=frozenset({"hidden"}),
    ),
    Endpoint(
        "POST",
        "/2/users/{id}/likes",
        like,
        50,
        READ | {"like.write"},
        body=frozenset({"tweet_id"}),
    ),
    Endpoint("DELETE", "/2/users/{id}/likes/{tweet_id}", unlike, 50, READ | {"like.write"}),
)
