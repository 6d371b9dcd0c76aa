"""Writing direct messages, whoever asks for it."""

from __future__ import annotations

from inbox.practice.database import Row
from inbox.practice.x.store import Store, arrival_ms

MAX_LENGTH = 10_000


class NotPossible(Exception):
    """The network's rules do not allow this; the message is what the network says."""


def conversation_id(one: int, other: int) -> str:
    """Return the id of the private conversation between two users: small id, dash, large id."""
    return f"{min(one, other)}-{max(one, other)}"


def send(
    store: Store,
    sender: Row,
    recipient: Row,
    text: str,
    *,
    created_at: int | None = None,
    source_key: str | None = None,
) -> Row:
    """Deliver a message. Raises NotPossible if the recipient takes none from this sender.

    Who has written to somebody accepts that person's answers.
    """
    has_written = store.value(
        "SELECT 1 FROM messages WHERE sender_id = ? AND recipient_id = ?",
        recipient["id"],
        sender["id"],
    )
    if not recipient["accepts_messages"] and not has_written:
        raise NotPossible("You do not have permission to DM one or more participants.")
    if len(text) > MAX_LENGTH:
        raise NotPossible(f"The text of your direct message is over {MAX_LENGTH} characters.")
    message_id = store.next_id()
    store.run(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)",
        message_id,
        sender["id"],
        recipient["id"],
        text,
        arrival_ms(message_id) if created_at is None else created_at,
        source_key,
    )
    store.tell("message", message_id)
    found = store.row("SELECT * FROM messages WHERE id = ?", message_id)
    assert found is not None  # noqa: S101 - just written
    return found
