"""Direct messages between two people."""

from __future__ import annotations

from typing import Any

from inbox.practice.x import mail, media, problems, users
from inbox.practice.x.api import Answer, Call, Endpoint, answer_list
from inbox.practice.x.endpoints import uploads
from inbox.practice.x.endpoints.timelines import REPEATED, next_bound, read_token, write_token
from inbox.practice.x.fields import read_view
from inbox.practice.x.posts import DAY_MS
from inbox.practice.x.store import first_id_at, now_ms

READ = frozenset({"tweet.read", "users.read", "dm.read"})
WRITE = frozenset({"tweet.read", "users.read", "dm.write"})
FIELDS = frozenset(
    {
        *("dm_event.fields", "user.fields", "post.fields", "tweet.fields", "media.fields"),
        *("expansions", "event_types", "max_results", "pagination_token"),
    }
)
EVENT_TYPES = {"MessageCreate", "ParticipantsJoin", "ParticipantsLeave"}
KEPT_DAYS = 30


def get_events(call: Call) -> Answer:
    me = call.user["id"]
    return _page(call, "(m.sender_id = ? OR m.recipient_id = ?)", [me, me])


def get_events_with(call: Call) -> Answer:
    me, other = call.user["id"], call.path_id("participant_id")
    condition = (
        "((m.sender_id = ? AND m.recipient_id = ?) OR (m.sender_id = ? AND m.recipient_id = ?))"
    )
    return _page(call, condition, [me, other, other, me])


def _page(call: Call, condition: str, values: list[Any]) -> Answer:
    page = call.page(read_view("dm", call.query))
    limit = call.number("max_results", 1, 100, 100)
    wanted = set(call.query.get("event_types", "MessageCreate").split(","))
    if unknown := wanted - EVENT_TYPES:
        raise problems.invalid("event_types", sorted(unknown), "unknown `event_types`")
    bound = 2**62
    if "pagination_token" in call.query:
        bound = read_token("pagination_token", call.query["pagination_token"])
    rows = (
        call.store.rows(
            f"SELECT m.* FROM messages m WHERE {condition} AND m.id >= ? AND m.id < ?"  # noqa: S608
            " ORDER BY m.id DESC LIMIT ?",
            *values,
            first_id_at(now_ms() - KEPT_DAYS * DAY_MS),
            bound,
            limit + 1,
        )
        if "MessageCreate" in wanted  # nobody joins or leaves a conversation of two
        else []
    )
    has_more, rows = len(rows) > limit, rows[:limit]
    data = page.tell_messages(rows)
    if call.request.state.duplicates:
        data += data[:REPEATED]
    meta: dict[str, Any] = {"result_count": len(data)}
    if has_more:
        meta["next_token"] = write_token(next_bound(call, rows))
    return answer_list(page, data, meta)


def send(call: Call) -> Answer:
    shown = _read_attachments(call)
    text = call.body.get("text", "" if shown else None)
    if not isinstance(text, str) or not (text.strip() or shown):
        raise problems.bad_text("$.text: is missing but it is required")
    recipient = users.by_id(call.store, call.path_id("participant_id"))
    if recipient is None or recipient["id"] == call.user["id"]:
        raise problems.forbidden("You cannot send a message to this user.")
    try:
        message = mail.send(call.store, call.user, recipient, text)
    except mail.NotPossible as exc:
        raise problems.forbidden(str(exc)) from exc
    media.attach(call.store, message["id"], shown)
    return 201, {
        "data": {
            "dm_conversation_id": mail.conversation_id(call.user["id"], recipient["id"]),
            "dm_event_id": str(message["id"]),
        }
    }


def _read_attachments(call: Call) -> list[int]:
    given = call.body.get("attachments")
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise problems.bad_text("$.attachments: must be a list of objects.")
    rows = uploads.free_of(call, [one.get("media_id") for one in given], most=1)
    return [row["id"] for row in rows]


ENDPOINTS = (
    Endpoint("GET", "/2/dm_events", get_events, 15, READ, FIELDS),
    Endpoint(
        "GET",
        "/2/dm_conversations/with/{participant_id}/dm_events",
        get_events_with,
        15,
        READ,
        FIELDS,
    ),
    Endpoint(
        "POST",
        "/2/dm_conversations/with/{participant_id}/messages",
        send,
        15,
        WRITE,
        body=frozenset({"text", "attachments"}),
    ),
)
