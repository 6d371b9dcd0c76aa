"""Holding back what blocked authors write: kept whole beside the queue, nothing of it lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from django.utils import timezone

from inbox.connectors.plain import plain
from inbox.connectors.types import InboundAttachment, InboundAuthor, InboundMessage, Remark
from inbox.models import Author, Block, Channel, HeldBack


def hold_back(*, channel: Channel, items: Sequence[InboundMessage]) -> list[InboundMessage]:
    """Keep those of `items` that blocked authors wrote, and return the others.

    What was held back once stays so when it is read again after the block has ended.
    """
    ids = {item.author.external_id for item in items if not item.is_ours}
    blocks = Block.objects.in_force(timezone.now()).filter(
        author__network=channel.network, author__external_id__in=ids
    )
    blocked = {block.author.external_id: block.author for block in blocks.select_related("author")}
    known = HeldBack.objects.waiting().filter(
        channel=channel, external_id__in=[item.external_id for item in items]
    )
    held = {row.external_id: row.author for row in known.select_related("author")}
    rows, passed = [], []
    for item in items:
        author = held.get(item.external_id)
        if author is None and not item.is_ours:
            author = blocked.get(item.author.external_id)
        if author:
            rows.append(_row(channel, author, item))
        else:
            passed.append(item)
    HeldBack.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["channel", "external_id"],
        update_fields=["text", "item"],
    )
    return passed


def _row(channel: Channel, author: Author, item: InboundMessage) -> HeldBack:
    return HeldBack(
        channel=channel,
        author=author,
        external_id=item.external_id,
        text=item.text,
        url=item.url if len(item.url) <= 500 else "",
        is_private=item.is_private,
        item=packed(item),
        sent_at=item.sent_at,
    )


def packed(item: InboundMessage) -> dict[str, Any]:
    """Return `item` as plain JSON."""
    found: dict[str, Any] = plain(_plain_times(asdict(item)))
    return found


def unpacked(values: Mapping[str, Any]) -> InboundMessage:
    """Return the item that was packed; fields that a later version no longer knows are left out."""
    known = _known(InboundMessage, values)
    counterpart = known.get("counterpart")
    return InboundMessage(
        **known
        | {
            "sent_at": datetime.fromisoformat(known["sent_at"]),
            "author": _author(known["author"]),
            "counterpart": _author(counterpart) if counterpart else None,
            "attachments": tuple(
                InboundAttachment(**_known(InboundAttachment, one))
                for one in known.get("attachments", ())
            ),
            "remarks": tuple(Remark(**_known(Remark, one)) for one in known.get("remarks", ())),
        }
    )


def _author(values: Mapping[str, Any]) -> InboundAuthor:
    known = _known(InboundAuthor, values)
    joined = known.get("joined_at")
    return InboundAuthor(
        **known | {"joined_at": datetime.fromisoformat(joined) if joined else None}
    )


def _known(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def _plain_times(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain_times(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_times(part) for part in value]
    return value
