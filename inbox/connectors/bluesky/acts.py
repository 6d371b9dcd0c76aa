"""What the account does to posts and people: like, follow, block, report, hide, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.bluesky import mapping
from inbox.connectors.bluesky.client import BlueskyClient
from inbox.connectors.bluesky.mapping import MISSHAPEN, POST, Site, reference
from inbox.connectors.errors import BadPayload, Rejected

THREADGATE = "app.bsky.feed.threadgate"
MOST_HIDDEN = 300  # https://docs.bsky.app/docs/tutorials/thread-gates
TRIES = 3  # at a threadgate that somebody else changes at the same time
REASON = "com.atproto.moderation.defs#reasonOther"  # the words say why


def like(client: BlueskyClient, site: Site, uri: str) -> None:
    """Like a post, unless we do already."""
    item = _post(client, uri)
    if not (item.get("viewer") or {}).get("like"):
        _create(client, site, "app.bsky.feed.like", reference(item))


def follow(client: BlueskyClient, site: Site, did: str) -> None:
    """Follow a person, unless we do already."""
    if not (client.profile(did).get("viewer") or {}).get("following"):
        _create(client, site, "app.bsky.graph.follow", did)


def block(client: BlueskyClient, site: Site, did: str) -> None:
    """Block a person, unless we do already."""
    if not (client.profile(did).get("viewer") or {}).get("blocking"):
        _create(client, site, "app.bsky.graph.block", did)


def unlike(client: BlueskyClient, site: Site, uri: str) -> None:
    """Like a post no longer."""
    item = _post(client, uri)
    _delete(client, site, "app.bsky.feed.like", (item.get("viewer") or {}).get("like"))


def unfollow(client: BlueskyClient, site: Site, did: str) -> None:
    """Follow a person no longer."""
    viewer = client.profile(did).get("viewer") or {}
    _delete(client, site, "app.bsky.graph.follow", viewer.get("following"))


def unblock(client: BlueskyClient, site: Site, did: str) -> None:
    """Block a person no longer; who is on a list of blocked people stays so."""
    viewer = client.profile(did).get("viewer") or {}
    _delete(client, site, "app.bsky.graph.block", viewer.get("blocking"))


def report(client: BlueskyClient, did: str, *, uris: Sequence[str], words: str) -> None:
    """Tell the moderators about a person's posts; without any, about the person."""
    subjects: list[dict[str, str]] = [
        {"$type": "com.atproto.repo.strongRef", **reference(_post(client, uri))} for uri in uris
    ]
    for subject in subjects or [{"$type": "com.atproto.admin.defs#repoRef", "did": did}]:
        client.report(subject, reason_type=REASON, words=words)


def delete(client: BlueskyClient, site: Site, uri: str) -> None:
    """Delete a post of ours."""
    where = _address(uri)
    if where.repo != site.own_did or where.collection != POST:
        raise Rejected("Only a post of our own can be deleted.")
    client.delete_record(site.own_did, POST, where.rkey)


def hide(client: BlueskyClient, site: Site, uri: str, *, hidden: bool) -> None:
    """Hide a reply below a post of ours from its thread, or show it again.

    The post's threadgate also says who may answer at all; that, and whatever else was hidden,
    stays as it is, also if it is changed at this very moment.
    """
    root = _address(_root(_post(client, uri)))
    if root.repo != site.own_did:
        raise Rejected("Replies can only be hidden below a post of our own.")
    for turn in range(1, TRIES + 1):
        gate = client.record(site.own_did, THREADGATE, root.rkey) or {}
        record = _gate(gate, f"at://{root.repo}/{POST}/{root.rkey}", uri, hidden=hidden)
        if record is None:
            return
        try:
            client.put_record(
                site.own_did, THREADGATE, root.rkey, record, instead_of=gate.get("cid")
            )
        except Rejected as exc:
            if exc.code != "InvalidSwap" or turn == TRIES:
                raise
        else:
            return


def _gate(found: Mapping[str, Any], root: str, uri: str, *, hidden: bool) -> dict[str, Any] | None:
    """Return the threadgate with `uri` hidden or not, None if it says so already."""
    before = found.get("value") or {
        "$type": THREADGATE,
        "post": root,
        "createdAt": mapping.stamp(datetime.now(UTC)),
    }
    try:
        known = list(before.get("hiddenReplies") or ())
    except MISSHAPEN as exc:
        raise BadPayload("What is hidden in this thread could not be read.") from exc
    if (uri in known) == hidden:
        return None
    if hidden and len(known) >= MOST_HIDDEN:
        raise Rejected(f"In one thread Bluesky hides {MOST_HIDDEN} replies at most.")
    wanted = [*known, uri] if hidden else [each for each in known if each != uri]
    return {**before, "hiddenReplies": wanted}


def _root(item: Mapping[str, Any]) -> str:
    reply = (item.get("record") or {}).get("reply")
    if not reply:
        raise Rejected("This is not a reply, so there is no thread to hide it from.")
    try:
        return reference(reply["root"])["uri"]
    except MISSHAPEN as exc:
        raise BadPayload("In which thread this reply is could not be read.") from exc


def _post(client: BlueskyClient, uri: str) -> dict[str, Any]:
    _address(uri)
    found = client.posts([uri])
    if not found or not isinstance(found[0], dict):
        raise Rejected("The post is not there (any more).", code="NotFound")
    return dict(found[0])


def _address(uri: str) -> mapping.Address:
    try:
        return mapping.address(uri)
    except MISSHAPEN as exc:
        raise Rejected("This is not a public post.") from exc


def _create(client: BlueskyClient, site: Site, collection: str, subject: Any) -> None:
    record = {
        "$type": collection,
        "subject": subject,
        "createdAt": mapping.stamp(datetime.now(UTC)),
    }
    client.create_record(site.own_did, collection, record)


def _delete(client: BlueskyClient, site: Site, collection: str, uri: Any) -> None:
    """Delete the record of ours that says so; without one there is nothing to take back."""
    if not uri:
        return
    where = _address(str(uri))
    if where.repo == site.own_did and where.collection == collection:
        client.delete_record(site.own_did, collection, where.rkey)
