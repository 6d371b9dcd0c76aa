"""Lists of posts, newest first: mentions, somebody's own posts, recent search.

On X an id tells when a post was written. Here it tells when the network received it, so that
cursors, windows and times of requests work for posts of any age; `created_at` stays the post's.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from inbox.practice.x import problems, search
from inbox.practice.x.api import Answer, Call, Endpoint, answer_list
from inbox.practice.x.fields import PARAMETERS, read_view
from inbox.practice.x.posts import DAY_MS
from inbox.practice.x.store import arrival_ms, first_id_at, now_ms

READ = frozenset({"tweet.read", "users.read"})
WINDOW = frozenset({"since_id", "until_id", "start_time", "end_time", "max_results"})
FIELDS = frozenset(PARAMETERS)
MENTIONS_KEPT = 800
POSTS_KEPT = 3200
SEARCH_DAYS = 7
MAX_QUERY = 512
# With the duplicates fault, a page begins again with this many items of the page before.
REPEATED = 2

LIVE = "p.is_current = 1 AND p.deleted_at IS NULL"
# The newest N of a timeline: nothing older than the N-th can be reached.
OLDEST_KEPT = (
    "p.id >= coalesce((SELECT p.id FROM {source} ORDER BY p.id DESC LIMIT 1 OFFSET {n}), 0)"
)


def get_mentions(call: Call) -> Answer:
    user_id = call.path_id("id")
    source = (
        "mentions m JOIN posts p ON p.id = m.post_id"  # noqa: S608 - our own words
        " WHERE m.handle_key = (SELECT handle_key FROM users WHERE id = ?)"
        f" AND p.author_id != ? AND {LIVE}"
    )
    return _timeline(call, source, [user_id, user_id], MENTIONS_KEPT)


def get_user_posts(call: Call) -> Answer:
    source = f"posts p WHERE p.author_id = ? AND {LIVE}"
    if "replies" in call.query.get("exclude", "").split(","):
        source += " AND p.parent_id IS NULL"
    return _timeline(call, source, [call.path_id("id")], POSTS_KEPT)


def _timeline(call: Call, source: str, values: list[Any], kept: int) -> Answer:
    limit = call.number("max_results", 5, 100, 10)
    window = _window(call, "pagination_token")
    oldest = OLDEST_KEPT.format(source=source, n=kept - 1)
    return _page(
        call, f"{source} AND {oldest} AND {window.sql}", [*values, *values, *window.values], limit
    )


def search_recent(call: Call) -> Answer:
    query = call.query.get("query", "")
    limit = call.number("max_results", 10, 100, 10)
    if not 1 <= len(query) <= MAX_QUERY:
        raise problems.invalid(
            "query", query, f"The `query` parameter must have between 1 and {MAX_QUERY} characters"
        )
    _check_search_window(call)
    try:
        condition = search.compile_query(query)
    except search.BadQuery as exc:
        raise problems.invalid(
            "query", query, f"There were errors processing your request: {exc}"
        ) from exc
    window = _window(call, "next_token", "pagination_token")
    oldest = first_id_at(now_ms() - SEARCH_DAYS * DAY_MS)
    return _page(
        call,
        f"posts p WHERE {LIVE} AND p.id >= ? AND {window.sql} AND ({condition.sql})",
        [oldest, *window.values, *condition.values],
        limit,
    )


def _check_search_window(call: Call) -> None:
    """Refuse what X refuses: windows that begin before the seven days, ids mixed with times.

    https://github.com/rooteco/tweetscape/issues/421,
    https://github.com/plhery/node-twitter-api-v2/issues/152
    """
    oldest = now_ms() - SEARCH_DAYS * DAY_MS
    for name in ("since_id", "until_id"):
        bound = call.id(name)
        if bound is not None and arrival_ms(bound) < oldest:
            raise problems.invalid(
                name,
                bound,
                f"'{name}' must be a tweet id created after {SEARCH_DAYS} days ago. Please use a "
                f"'{name}' that is larger than {first_id_at(oldest)}",
            )
    start = call.moment("start_time")
    if start is not None and start < oldest:
        raise problems.invalid(
            "start_time",
            call.query["start_time"],
            f"'start_time' must be on or after {SEARCH_DAYS} days ago",
        )
    if {"since_id", "until_id"} & set(call.query) and {"start_time", "end_time"} & set(call.query):
        raise problems.bad_text(
            "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or "
            "'end_time'."
        )


def _window(call: Call, *token_names: str) -> search.Sql:
    """Return the bounds that a request sets; all of them exclude the post they name."""
    parts, values = ["1 = 1"], []
    bounds = (
        ("p.id > ?", call.id("since_id")),
        ("p.id < ?", call.id("until_id")),
        ("p.id >= ?", _at(call.moment("start_time"))),
        ("p.id < ?", _at(call.moment("end_time"))),
    )
    for sql, value in bounds:
        if value is not None:
            parts.append(sql)
            values.append(value)
    for name in token_names:
        if name in call.query:
            parts.append("p.id < ?")
            values.append(read_token(name, call.query[name]))
    return search.Sql(" AND ".join(parts), tuple(values))


def _at(moment: int | None) -> int | None:
    return None if moment is None else first_id_at(moment)


def _page(call: Call, source: str, values: list[Any], limit: int) -> Answer:
    page = call.page(read_view("post", call.query))
    rows = call.store.rows(
        f"SELECT p.* FROM {source} ORDER BY p.id DESC LIMIT ?",  # noqa: S608 - built above
        *values,
        limit + 1,
    )
    has_more, rows = len(rows) > limit, rows[:limit]
    meta: dict[str, Any] = {"result_count": len(rows)}
    if rows:
        meta |= {"newest_id": str(rows[0]["id"]), "oldest_id": str(rows[-1]["id"])}
    if has_more:
        meta["next_token"] = write_token(next_bound(call, rows))
    data = page.tell_posts(rows)
    if call.request.state.duplicates:
        data += data[:REPEATED]
        meta["result_count"] = len(data)
    return answer_list(page, data, meta)


def next_bound(call: Call, rows: list[Any]) -> int:
    """Return the id below which the next page begins; with duplicates pages overlap."""
    if call.request.state.duplicates and len(rows) > REPEATED:
        return int(rows[-REPEATED]["id"])
    return int(rows[-1]["id"])


def write_token(bound: int) -> str:
    """Return an opaque token, in X's alphabet and at least 16 characters long."""
    return base64.b32hexencode(f"before:{bound}".encode()).decode().rstrip("=").lower()


def read_token(name: str, token: str) -> int:
    """Return the bound in a token of ours. Raises a problem."""
    try:
        padded = token.upper() + "=" * (-len(token) % 8)
        word, _, bound = base64.b32hexdecode(padded).decode().partition(":")
        if word == "before":
            return int(bound)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise problems.invalid(
        name, token, f"The `{name}` query parameter value [{token}] is not valid"
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/2/users/{id}/mentions",
        get_mentions,
        300,
        READ,
        WINDOW | FIELDS | {"pagination_token"},
    ),
    Endpoint(
        "GET",
        "/2/users/{id}/tweets",
        get_user_posts,
        900,
        READ,
        WINDOW | FIELDS | {"pagination_token", "exclude"},
    ),
    Endpoint(
        "GET",
        "/2/tweets/search/recent",
        search_recent,
        300,
        READ,
        WINDOW | FIELDS | {"query", "next_token", "pagination_token", "sort_order"},
    ),
)
