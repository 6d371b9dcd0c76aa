"""From X's payloads to our values: pure functions, both spellings of the field names."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from inbox.connectors.answers import words_of
from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.plain import is_count, moment
from inbox.connectors.types import BadItem, InboundAuthor, InboundMessage
from inbox.connectors.x import media

# New name first, old name second: X renamed them in version 2.167 of its API.
REFERENCES = ("referenced_posts", "referenced_tweets")
HISTORY = ("edit_history_post_ids", "edit_history_tweet_ids")
LONG_TEXT = ("note_post", "note_tweet")
PARENTS = ("posts", "tweets")
REPOSTS = ("repost_count", "retweet_count")
# X's marks for "no language": https://docs.x.com/x-api/fundamentals/data-dictionary
NO_LANGUAGE = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})

# What reading a payload of the wrong shape raises.
MISSHAPEN = (AttributeError, LookupError, OverflowError, TypeError, ValueError)

ID_DIGITS = 20  # ids are 64-bit numbers; anything longer would also push every real id behind it


@dataclass(frozen=True, slots=True)
class Site:
    """Whose eyes we read with: our account's id, and where people see X."""

    own_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Items:
    """What one answer held, newest first; `ids` also has those that could not be read.

    reposts: how often a post that is passed on in it has been so, by the post's id.
    """

    messages: tuple[InboundMessage, ...]
    problems: tuple[BadItem, ...]
    ids: tuple[int, ...]
    next_token: str | None
    reposts: Mapping[str, int] = field(default_factory=dict)


def posts(body: dict[str, Any], site: Site) -> Items:
    """Read a list of posts. Reposts say nothing of their own: they only count for their post."""
    users, parents = _included(body, "users"), _included(body, *PARENTS)
    shown = media.included(body)
    items = _items(
        body, lambda item: None if _is_repost(item) else post(item, users, parents, shown, site)
    )
    return replace(items, reposts=_passed_on(body, parents))


def messages(body: dict[str, Any], site: Site) -> Items:
    """Read a list of direct messages."""
    users, shown = _included(body, "users"), media.included(body)
    return _items(
        body, lambda item: message(item, users, shown, site) if _is_message(item) else None
    )


def post(
    item: Mapping[str, Any],
    users: Mapping[str, Mapping[str, Any]],
    parents: Mapping[str, Mapping[str, Any]],
    shown: Mapping[str, Mapping[str, Any]],
    site: Site,
) -> InboundMessage:
    """Read one post. Raises one of MISSHAPEN if something essential is missing."""
    post_id, author_id = identifier(item["id"]), identifier(item["author_id"])
    parent_id = _reference(item, "replied_to")
    writer = author(users.get(author_id, {"id": author_id}), site)
    attached = media.attachments(item, shown)
    hidden = {one.external_id for one in attached}
    # A deleted or protected parent is not included; then its own id must do.
    parent = first_version(parents.get(parent_id, {"id": parent_id})) if parent_id else ""
    return InboundMessage(
        external_id=first_version(item),
        version_id=post_id,
        thread_external_id=identifier(item.get("conversation_id") or first_version(item)),
        author=writer,
        text=_post_text(item, hidden),
        sent_at=moment(item["created_at"]),
        in_reply_to=parent,
        is_reply_to_us=bool(parent) and item.get("in_reply_to_user_id") == site.own_id,
        is_ours=author_id == site.own_id,
        url=post_url(site, writer.handle, post_id),
        language="" if item.get("lang") in NO_LANGUAGE else str(item.get("lang") or ""),
        reposts=_reposts(item),
        attachments=attached,
        raw=item,
    )


def message(
    item: Mapping[str, Any],
    users: Mapping[str, Mapping[str, Any]],
    shown: Mapping[str, Mapping[str, Any]],
    site: Site,
) -> InboundMessage:
    """Read one direct message. Raises one of MISSHAPEN if something essential is missing."""
    event_id, sender_id = identifier(item["id"]), identifier(item["sender_id"])
    others = _others(item, site.own_id)
    if len(others) != 1:
        raise ValueError(f"a conversation with {len(others)} others, not one")
    counterpart = author(users.get(others[0], {"id": others[0]}), site)
    attached = media.attachments(item, shown)
    hidden = {one.external_id for one in attached}
    return InboundMessage(
        external_id=event_id,
        version_id=event_id,
        thread_external_id=counterpart.external_id,
        author=author(users.get(sender_id, {"id": sender_id}), site),
        text=_text(item.get("text") or "", item.get("entities"), hidden),
        sent_at=moment(item["created_at"]),
        is_ours=sender_id == site.own_id,
        is_private=True,
        counterpart=counterpart,
        attachments=attached,
        raw=item,
    )


def speaks_to(item: Mapping[str, Any], site: Site, *, handle: str) -> bool:
    """Say whether a post answers us, names us, or quotes somebody, which may be us."""
    entities = item.get("entities")
    named = (entities.get("mentions") if isinstance(entities, dict) else None) or ()
    found = [one for one in named if isinstance(one, dict)]
    return (
        item.get("in_reply_to_user_id") == site.own_id
        or any(str(one.get("id")) == site.own_id for one in found)
        or any(str(one.get("username")).lower() == handle.lower() for one in found)
        or f"@{handle.lower()}" in str(item.get("text")).lower()
        or bool(_reference(item, "quoted"))
    )


def author(user: Mapping[str, Any], site: Site) -> InboundAuthor:
    """Read a person; all but the id may be missing."""
    handle = str(user.get("username") or "")
    metrics = user.get("public_metrics") or {}
    followers = metrics.get("followers_count")
    avatar = str(user.get("profile_image_url") or "")
    return InboundAuthor(
        external_id=identifier(user["id"]),
        handle=handle,
        name=html.unescape(str(user.get("name") or "")),
        followers=followers if is_count(followers) else None,
        is_verified=user.get("verified") is True,
        avatar_url=avatar if avatar.startswith(("https://", "http://")) else "",
        url=f"{site.url}/{handle}" if handle else f"{site.url}/i/user/{user['id']}",
        joined_at=moment(user["created_at"]) if user.get("created_at") else None,
    )


def first_version(item: Mapping[str, Any]) -> str:
    """Return the id that an item had before its first edit; it stays the same through all."""
    return str(min(_versions(item)))


def latest_version(item: Mapping[str, Any]) -> str:
    """Return the id that an item has after its last edit."""
    return str(max(_versions(item)))


def gone(body: Mapping[str, Any]) -> set[str]:
    """Return the ids that X says do not exist; what we merely may not see is not among them."""
    return {
        str(error.get("resource_id") or error.get("value"))
        for error in _errors(body)
        if isinstance(error, dict)
        and str(error.get("type")).endswith("/resource-not-found")
        and error.get("parameter", "ids") in ("ids", "id")
    }


def post_url(site: Site, handle: str, post_id: str) -> str:
    """Return where people see a post; X finds it by its id alone."""
    return f"{site.url}/{handle or 'i'}/status/{post_id}"


def _items(
    body: dict[str, Any], read: Callable[[Mapping[str, Any]], InboundMessage | None]
) -> Items:
    """Read all of `data`. What cannot be read becomes a problem; it never costs the page."""
    data, meta = body.get("data"), body.get("meta") or {}
    if data is None and body.get("errors"):
        raise Rejected(words_of(body) or "X answered with errors only.")
    if not isinstance(data or [], list) or not isinstance(meta, dict):
        raise BadPayload("X answered a page without a list.")
    found, problems, ids = [], _unexplained(body), []
    for item in data or ():
        try:
            ids.append(int(identifier(item["id"])))
            read_item = read(item)
        except MISSHAPEN as exc:
            problems.append(BadItem(f"{type(exc).__name__}: {exc}", item))
        else:
            found += [read_item] if read_item else []
    found.sort(key=lambda item: int(item.version_id), reverse=True)
    token = str(meta["next_token"]) if meta.get("next_token") else None
    return Items(tuple(found), tuple(problems), tuple(ids), token)


def _unexplained(body: Mapping[str, Any]) -> list[BadItem]:
    """Return the errors beside the data that people should see.

    That a parent was deleted or an author is protected is everyday life and no problem.
    """
    everyday = ("/resource-not-found", "/not-authorized-for-resource")
    return [
        BadItem(words_of(error) or "X reported an error beside the data.", error)
        for error in _errors(body)
        if not (isinstance(error, dict) and str(error.get("type")).endswith(everyday))
    ]


def _errors(body: Mapping[str, Any]) -> list[Any]:
    errors = body.get("errors") or []
    return errors if isinstance(errors, list) else [errors]


def _included(body: Mapping[str, Any], *names: str) -> dict[str, Mapping[str, Any]]:
    includes = body.get("includes")
    found = _either(includes, names) if isinstance(includes, dict) else None
    if not isinstance(found, list):
        return {}
    return {str(item["id"]): item for item in found if isinstance(item, dict) and "id" in item}


def _either(item: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name)), None)


def _versions(item: Mapping[str, Any]) -> list[int]:
    return [int(identifier(known)) for known in (*(_either(item, HISTORY) or ()), item["id"])]


def _reference(item: Mapping[str, Any], kind: str) -> str:
    references = _either(item, REFERENCES) or ()
    return next((identifier(entry["id"]) for entry in references if entry.get("type") == kind), "")


def _passed_on(body: Mapping[str, Any], parents: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return how often each post has been passed on that a repost of this page passes on."""
    found: dict[str, int] = {}
    for item in body.get("data") or ():
        try:
            parent = parents.get(_reference(item, "retweeted"), {})
            if (count := _reposts(parent)) is not None:
                found[first_version(parent)] = count
        except MISSHAPEN:
            continue  # it is among the problems of the page
    return found


def _reposts(item: Mapping[str, Any]) -> int | None:
    metrics = item.get("public_metrics")
    count = _either(metrics, REPOSTS) if isinstance(metrics, dict) else None
    if count is None and isinstance(metrics, dict) and set(REPOSTS) & set(metrics):
        count = 0
    return count if is_count(count) else None


def _is_repost(item: Mapping[str, Any]) -> bool:
    return bool(_reference(item, "retweeted"))


def _is_message(item: Mapping[str, Any]) -> bool:
    kind = item.get("event_type", "MessageCreate")
    if not isinstance(kind, str):
        raise TypeError("an event of no known type")
    return kind == "MessageCreate"  # people joining and leaving are no messages


def _others(item: Mapping[str, Any], own_id: str) -> list[str]:
    """Return the ids of everybody but us in a direct message's conversation."""
    people = {str(person) for person in item.get("participant_ids") or ()}
    people.add(identifier(item["sender_id"]))
    # Two people's conversation is named after both; a group has an id of its own.
    pair = re.fullmatch(r"(\d+)-(\d+)", str(item.get("dm_conversation_id")))
    people.update(pair.groups() if pair else ())
    return sorted(people - {own_id})


def _post_text(item: Mapping[str, Any], hidden: Collection[str]) -> str:
    note = _either(item, LONG_TEXT)  # beyond 280 characters `text` is only the beginning
    if isinstance(note, dict) and note.get("text"):
        return _text(note["text"], note.get("entities"), hidden)
    return _text(item["text"], item.get("entities"), hidden)


def _text(text: str, entities: Any, hidden: Collection[str]) -> str:
    """Return `text` as its author wrote it: X's short links written out, no HTML entities.

    hidden: keys of media that are shown themselves; the links that X adds for them go.
    """
    if not isinstance(text, str):
        raise TypeError("a text that is none")
    text = html.unescape(text)
    links = {
        link["url"]: "" if link.get("media_key") in hidden else link["expanded_url"]
        for link in ((entities or {}).get("urls") or ())
        if link.get("url") and link.get("expanded_url")
    }
    if links:
        # By text, not by position: positions count the text before it was unescaped.
        short = "|".join(re.escape(link) for link in sorted(links, key=len, reverse=True))
        text = re.sub(short, lambda found: links[found[0]], text)
    return text.rstrip() if "" in links.values() else text


def identifier(value: Any) -> str:
    """Return an id as X spells it. Raises ValueError for anything else."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise ValueError(f"not an id: {value!r:.40}")
    if len(value) > ID_DIGITS:
        raise ValueError(f"not an id: {value!r:.40}")
    return value
