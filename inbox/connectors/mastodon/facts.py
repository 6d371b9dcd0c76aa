"""What one server and one account on it allow: read once, then kept as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    ConnectorError,
    RateLimited,
    Rejected,
)
from inbox.connectors.mastodon.client import MastodonClient, as_list, as_object
from inbox.connectors.mastodon.mapping import MISSHAPEN, VISIBILITIES, identifier
from inbox.connectors.mastodon.text import MAX_LENGTH, URL_LENGTH
from inbox.connectors.plain import is_count

# Newest first; servers that know only the older ones may fail over the others.
# https://docs.joinmastodon.org/entities/Notification/#type
TYPES = (("mention", "update", "quote"), ("mention", "update"), ("mention",))
# What a server takes that does not say: https://docs.joinmastodon.org/user/posting/#attachments
PICTURES, PICTURE_BYTES = 4, 8 * 1024 * 1024


def read(client: MastodonClient, *, server_url: str) -> dict[str, Any]:
    """Return the facts of the account that `client` speaks as."""
    account, server = client.me(), _instance(client)
    configuration = _object(server.get("configuration"))
    rules = _object(configuration.get("statuses"))
    media = _object(configuration.get("media_attachments"))
    # The last one is Pleroma's: https://docs.pleroma.social/backend/development/API/differences_in_mastoapi_responses/
    longest = rules.get("max_characters") or server.get("max_toot_chars")
    length = _count(longest, MAX_LENGTH)
    try:
        account_id = identifier(account["id"])
    except MISSHAPEN as exc:
        raise BadPayload("The server did not say whose account this is.") from exc
    usual = _object(account.get("source")).get("privacy")
    return {
        "account_id": account_id,
        "domain": _domain(account, server, server_url),
        "text_length": length,
        "private_text_length": length,
        "url_length": _count(rules.get("characters_reserved_per_url"), URL_LENGTH),
        "pictures": _count(rules.get("max_media_attachments"), PICTURES),
        "picture_bytes": _count(media.get("image_size_limit"), PICTURE_BYTES),
        "visibility": usual if usual in VISIBILITIES else VISIBILITIES[0],
        "notification_types": _types(client),
        "lacks_streams": _lacking(client),
        "streaming": _streaming(server, configuration),
        "version": str(server.get("version") or "")[:80],
    }


def _instance(client: MastodonClient) -> Mapping[str, Any]:
    """Return what the server says of itself; nothing is a valid answer, too.

    Without a configuration the older answer may say more.
    """
    found: dict[str, Any] = {}
    for ask in (client.instance, client.instance_v1):
        try:
            found = ask() | found
        except (Rejected, BadPayload):
            continue
        if found.get("configuration"):
            break
    return found


def _domain(account: Mapping[str, Any], server: Mapping[str, Any], server_url: str) -> str:
    """Return the domain of the account's handle, which need not be where the server is.

    Some servers write it out even for their own people. `account_domain` is GoToSocial's, `uri`
    the first version's, there also written as an address.
    """
    own = str(account.get("acct") or "").partition("@")[2]
    named = server.get("account_domain") or server.get("domain") or server.get("uri")
    text = str(own or named or server_url)
    return (urlsplit(text).netloc if "://" in text else text).strip("/").lower()


def _streaming(server: Mapping[str, Any], configuration: Mapping[str, Any]) -> str:
    """Return where the server's streams are, "" where it does not say.

    https://docs.joinmastodon.org/methods/streaming/#hostname-discovery
    """
    told = _object(configuration.get("urls")).get("streaming")
    told = told or _object(server.get("urls")).get("streaming_api")
    return told if isinstance(told, str) else ""


def _types(client: MastodonClient) -> list[str]:
    """Return the types of notifications that this server takes a question for, [] for none."""
    for types in TYPES:
        try:
            as_list(client.notifications(types, limit=1))
        except (AuthExpired, RateLimited):
            raise
        except ConnectorError:  # also a failure: some servers stumble over what they do not know
            continue
        return list(types)
    as_list(client.notifications((), limit=1))
    return []


def _lacking(client: MastodonClient) -> list[str]:
    """Return the streams that the server has not got, or not for us."""
    asks: Mapping[str, Callable[[], Any]] = {
        "direct_messages": lambda: as_list(client.conversations(limit=1)),
        "search": lambda: as_object(client.search("crisis", limit=1)),
    }
    return [name for name, ask in asks.items() if not _answers(ask)]


def _answers(ask: Callable[[], Any]) -> bool:
    """Say whether a question is answered. Who we are was answered before, so a refusal, also as if
    we were nobody, is about this question."""
    try:
        ask()
    except (AuthExpired, Rejected, BadPayload):
        return False
    return True


def _count(value: Any, usual: int) -> int:
    return value if is_count(value) and value else usual


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
