"""Lists: notifications, private conversations, timelines."""

from __future__ import annotations

from typing import Any

from inbox.practice.mastodon import shapes
from inbox.practice.mastodon.api import Call, endpoint
from inbox.practice.mastodon.people import Refused

TYPES = ("mention", "favourite", "follow", "follow_request", "update", "reblog", "status", "poll",
         "quote", "quoted_update", "admin.sign_up", "admin.report", "severed_relationships",
         "moderation_warning")  # fmt: skip
OLD_TYPES = ("mention", "favourite", "follow", "reblog")


def notifications(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/notifications/#get"""
    faults = call.world.faults
    asked = call.many("types")
    if faults.is_on("strict_types") and set(asked) - set(OLD_TYPES):
        raise Refused(500, "Internal Server Error")
    is_heard = asked and not faults.is_on("ignores_types")
    wanted = [each for each in asked if each in TYPES] if is_heard else list(TYPES)
    wanted = [each for each in wanted if each not in call.many("exclude_types")]
    marks = ",".join("?" * len(wanted))
    sql = f"SELECT * FROM notifications WHERE account_id = ? AND type IN ({marks})"  # noqa: S608
    if faults.is_on("filters_strangers") and not call.flag("include_filtered"):
        sql += (
            " AND from_id IN (SELECT target_id FROM relations"
            " WHERE account_id = notifications.account_id AND kind = 'follow')"
        )
    rows = call.page(sql, call.caller["id"], *wanted, table="notifications", most=80, usual=40)
    return [shapes.notification(call.world, row, call.caller) for row in rows]


def conversations(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/conversations/#get: paged by the last status."""
    world, me = call.world, call.caller
    if world.faults.is_on("no_conversations"):
        raise Refused(404, "Not Found")
    sql = (
        "SELECT max(s.seq) AS seq, s.root_id FROM statuses s WHERE s.visibility = 'direct'"
        " AND s.deleted_at IS NULL AND (s.account_id = ? OR EXISTS"
        " (SELECT 1 FROM mentions m WHERE m.status_id = s.id AND m.account_id = ?))"
        " GROUP BY s.root_id"
    )
    latest = f"SELECT s.* FROM ({sql}) c JOIN statuses s ON s.seq = c.seq"  # noqa: S608
    rows = call.page(latest, me["id"], me["id"], table="statuses")
    return [shapes.conversation(world, row, me) for row in rows]


def home(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/timelines/#home"""
    sql = (
        "SELECT * FROM statuses WHERE deleted_at IS NULL AND visibility <> 'direct'"
        " AND (account_id = ? OR account_id IN"
        " (SELECT target_id FROM relations WHERE account_id = ? AND kind = 'follow'))"
    )
    rows = call.page(sql, call.caller["id"], call.caller["id"], table="statuses")
    return [shapes.status(call.world, row, call.me) for row in rows]


def public(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/timelines/#public"""
    sql = "SELECT * FROM statuses WHERE deleted_at IS NULL AND visibility = 'public'"
    rows = call.page(sql, table="statuses")
    return [shapes.status(call.world, row, call.me) for row in rows]


def tag(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/timelines/#tag"""
    sql = (
        "SELECT * FROM statuses WHERE deleted_at IS NULL AND visibility = 'public'"
        " AND id IN (SELECT status_id FROM tags WHERE tag = ?)"
    )
    rows = call.page(sql, call.part("tag").lower(), table="statuses")
    return [shapes.status(call.world, row, call.me) for row in rows]


ENDPOINTS = [
    endpoint("GET", "/api/v1/notifications", notifications),
    endpoint("GET", "/api/v1/conversations", conversations),
    endpoint("GET", "/api/v1/timelines/home", home),
    endpoint("GET", "/api/v1/timelines/public", public, is_open=True),
    endpoint("GET", "/api/v1/timelines/tag/{tag}", tag, is_open=True),
]
