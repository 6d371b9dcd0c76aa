"""The server about itself, apps, search and reports."""

from __future__ import annotations

import json
import secrets
from typing import Any

from inbox.practice.mastodon import oauth, shapes
from inbox.practice.mastodon.api import Call, endpoint
from inbox.practice.mastodon.people import Refused
from inbox.practice.mastodon.text import URL_LENGTH

VERSION = "4.4.0"


def create_app(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/apps/#create"""
    redirects = call.many("redirect_uris") or []
    if not call.text("client_name") or not redirects:
        raise Refused(422, "Validation failed: Application name and redirect URI can't be blank")
    uris = "\n".join(redirects)
    scopes = call.text("scopes") or "read"
    if call.world.faults.switches["plain_scopes"] == "app" and not oauth.is_broad(scopes):
        raise Refused(422, "Validation failed: Scopes doesn't match configured on the server.")
    keys = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    sql = "INSERT INTO apps VALUES (?, ?, ?, ?, ?)"
    call.world.store.run(sql, *keys, call.text("client_name"), uris, scopes)
    return {
        "id": keys[0][:8],
        "name": call.text("client_name"),
        "website": None,
        "scopes": scopes.split(),
        "redirect_uri": uris,
        "redirect_uris": uris.split(),
        "client_id": keys[0],
        "client_secret": keys[1],
        "vapid_key": "",
    }


def instance_v2(call: Call) -> Any:
    """https://docs.joinmastodon.org/entities/Instance/"""
    if call.world.faults.is_on("no_v2_instance"):
        raise Refused(404, "Not Found")
    return {
        "domain": call.world.domain,
        "title": "Practice Mastodon",
        "version": VERSION,
        "source_url": "https://example.com",
        "description": "Nothing here leaves this machine.",
        "usage": {"users": {"active_month": 1}},
        "thumbnail": {"url": f"{call.world.site}/avatar/Mastodon.svg"},
        "icon": [],
        "languages": ["en"],
        "configuration": _configuration(call),
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 6},
        "contact": {"email": "", "account": None},
        "rules": [],
    }


def instance_v1(call: Call) -> Any:
    """https://docs.joinmastodon.org/entities/V1_Instance/"""
    return {
        "uri": call.world.domain,
        "title": "Practice Mastodon",
        "short_description": "Nothing here leaves this machine.",
        "description": "",
        "email": "",
        "version": VERSION,
        "urls": {"streaming_api": _streaming(call)},
        "stats": {"user_count": 1, "status_count": 1, "domain_count": 1},
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": _configuration(call),
        "contact_account": None,
        "rules": [],
    }


def _configuration(call: Call) -> dict[str, Any]:
    return {
        "urls": {"streaming": _streaming(call)},
        "accounts": {"max_featured_tags": 10},
        "statuses": {
            "max_characters": int(call.world.faults.switches["max_characters"]),
            "max_media_attachments": 4,
            "characters_reserved_per_url": URL_LENGTH,
        },
        "media_attachments": {
            "supported_mime_types": ["image/png", "image/jpeg"],
            "image_size_limit": 8 * 1024 * 1024,
        },
        "polls": {},
        "translation": {"enabled": False},
    }


def _streaming(call: Call) -> str | None:
    told = "" if call.world.faults.is_on("no_streaming") else call.world.site
    return told.replace("http", "ws", 1) or None


def search(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/search/#v2"""
    world, words = call.world, call.text("q")
    kind = call.text("type")
    found: dict[str, Any] = {"accounts": [], "statuses": [], "hashtags": []}
    if kind in ("", "accounts"):
        sql = "SELECT * FROM accounts WHERE acct_key LIKE ? LIMIT 20"
        rows = world.store.rows(sql, f"%{words.removeprefix('@').lower()}%")
        found["accounts"] = [shapes.account(world, row) for row in rows]
    if kind in ("", "statuses"):
        if world.faults.is_on("no_full_text"):
            return found
        sql = (
            "SELECT * FROM statuses WHERE text LIKE ? AND deleted_at IS NULL"
            " AND visibility = 'public'"
        )
        # Here `min_id` only bounds: the newest come first all the same, and no header links on.
        call.values = {**call.values, "since_id": call.text("min_id"), "min_id": None}
        bare = words.replace('"', "")
        rows = call.page(sql, f"%{bare}%", table="statuses")
        call.link = ""
        found["statuses"] = [shapes.status(world, row, call.me) for row in rows]
    if kind in ("", "hashtags"):
        sql = "SELECT DISTINCT tag FROM tags WHERE tag LIKE ? LIMIT 20"
        rows = world.store.rows(sql, f"{words.removeprefix('#').lower()}%")
        found["hashtags"] = [
            {"name": r["tag"], "url": f"{world.site}/tags/{r['tag']}", "history": []} for r in rows
        ]
    return found


def report(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/reports/#post"""
    world, target = call.world, call.world.account(call.text("account_id"))
    world.store.run(
        "INSERT INTO reports (id, account_id, target_id, status_ids, comment, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        world.next_id(),
        call.caller["id"],
        target["id"],
        json.dumps(call.many("status_ids")),
        call.text("comment"),
        world.now(),
    )
    made = world.store.row("SELECT * FROM reports ORDER BY seq DESC LIMIT 1")
    assert made is not None  # noqa: S101 - made above
    return shapes.report(world, made)


ENDPOINTS = [
    endpoint("POST", "/api/v1/apps", create_app, is_open=True),
    endpoint("GET", "/api/v2/instance", instance_v2, is_open=True),
    endpoint("GET", "/api/v1/instance", instance_v1, is_open=True),
    endpoint("GET", "/api/v2/search", search),
    endpoint("POST", "/api/v1/reports", report),
]
