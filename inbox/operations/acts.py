"""Acts on messages and people, from a like to a report: asked for, then done by a worker.

All but a report may be done twice without harm, so one whose outcome nobody knows is done again.
A report is not: then a person looks.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from inbox import tasks
from inbox.connectors.base import Connector
from inbox.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    TransientError,
)
from inbox.connectors.types import Capability
from inbox.errors import ChannelUnavailable
from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.lib.waiting import backoff
from inbox.models import Act, Message, User
from inbox.operations import channels
from inbox.operations.audit import announce, record
from inbox.operations.ingest import lock_channel
from inbox.operations.recheck import apply_lookup

logger = logging.getLogger(__name__)

Kind, State = Act.Kind, Act.State
ENGAGING = (Kind.LIKE, Kind.FOLLOW)
MOST_ATTEMPTS = 5
FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0  # seconds
SWEPT = 100
INTERRUPTED = gettext_noop("The worker was interrupted. Look at the network.")
GAVE_UP = gettext_noop("The network kept turning it away.")


def permission_for(kind: str) -> str:
    """Return what somebody must be allowed for an act of this kind."""
    return "inbox.engage" if kind in ENGAGING else "inbox.moderate"


def obstacle(*, message: Message, kind: str, is_undo: bool = False) -> str:
    """Return why an act is impossible, in words for people, "" if it is not."""
    channel = message.channel
    network = channel.get_network_display()
    if not channel.can(Capability(kind)):
        return _("%(network)s does not offer this.") % {"network": network}
    if is_undo and kind != Kind.HIDE and Capability(kind) not in channel.manifest.undoable:
        return _("%(network)s cannot take this back.") % {"network": network}
    if kind == Kind.DELETE and not message.is_ours:
        return _("Only what we wrote can be deleted.")
    if kind != Kind.DELETE and message.is_ours:
        return _("This is our own.")
    if kind not in Act.ON_PEOPLE and message.is_private:
        return _("Not for private messages.")
    if message.deleted_at and kind not in Act.ON_PEOPLE:
        return _("It is no longer there.")
    if not channel.is_reachable:
        return _("The channel is paused or signed out.")
    return ""


@transaction.atomic
def ask(*, message: Message, kind: str, by: User, words: str = "", is_undo: bool = False) -> Act:
    """Have a worker do an act. One that is under way or done already is returned as it is.

    Raises NotAllowed, BadInput, InvalidTransition with the reason why it is impossible.
    """
    if kind not in Kind.values:
        raise BadInput(_("There is no such act."))
    if not by.has_perm(permission_for(kind)):
        raise NotAllowed(_("Your role does not do this on networks."))
    lock_channel(message.channel)
    if message.conversation is None:
        raise InvalidTransition(_("It belongs to no conversation."))
    if reason := obstacle(message=message, kind=kind, is_undo=is_undo):
        raise InvalidTransition(reason)
    if kind == Kind.REPORT and not is_undo and not words.strip():
        raise BadInput(_("Say what is wrong: moderators read it."))
    latest = _latest(message, kind)
    if latest and (latest.is_under_way or _stands(latest, is_undo=is_undo)):
        return latest
    if is_undo and not (latest and latest.state == State.DONE):
        raise InvalidTransition(_("There is nothing to take back."))
    row = Act.objects.create(
        channel=message.channel,
        conversation=message.conversation,
        message=message,
        author=message.author,
        kind=kind,
        is_undo=is_undo,
        by=by,
        words=words.strip()[:1000],
        next_try_at=timezone.now(),
    )
    _note(row, "asked", by=by, words=row.words)
    ring(tasks.perform_act, row.pk)
    return row


def due(*, now: datetime) -> list[int]:
    """Return the acts that a worker should do now."""
    return list(Act.objects.due(now).values_list("pk", flat=True)[:SWEPT])


def perform(*, act_id: int) -> None:
    """Do one act, outside any transaction; a second worker at the same one leaves at once."""
    row = _claim(act_id)
    if row is None:
        return
    try:
        _do(channels.connector_for(row.channel), row)
    except TransientError as error:
        _again(row, error.message, wait=error.retry_after)
    except AuthExpired as error:
        channels.note_trouble(channel=row.channel, error=error)
        _again(row, error.message)
    except OutcomeUnknown as error:
        if row.kind == Kind.REPORT or row.attempts >= MOST_ATTEMPTS:
            _settle(row, State.UNKNOWN, error.message)
        else:
            _again(row, error.message)
    except (ConnectorError, ChannelUnavailable) as error:
        _settle(row, State.REFUSED, str(error))
    except Exception as error:
        logger.exception("act failed", extra={"act": row.pk, "kind": row.kind})
        _settle(row, State.UNKNOWN, type(error).__name__)
    else:
        _settle(row, State.DONE, "")


def _claim(act_id: int) -> Act | None:
    """Take an act before the network is asked; one that was interrupted is judged first."""
    now = timezone.now()
    with transaction.atomic():
        rows = Act.objects.due(now).select_for_update(of=("self",), skip_locked=True)
        row = rows.select_related("channel__server", "message", "author", "conversation").filter(
            pk=act_id
        ).first()  # fmt: skip
        if row is None:
            return None
        if row.state == State.DOING and row.kind == Kind.REPORT:
            _settle(row, State.UNKNOWN, str(INTERRUPTED))
            return None
        row.state, row.attempts = State.DOING, row.attempts + 1
        row.leased_until = now + timedelta(seconds=settings.SEND_LEASE)
        row.save(update_fields=["state", "attempts", "leased_until"])
    return row


def _do(connector: Connector, row: Act) -> None:
    message_id = row.message.external_id
    person = row.author.external_id if row.author else ""
    if row.kind == Kind.HIDE:
        connector.hide(row.message.external_id, hidden=not row.is_undo)
    elif row.is_undo:
        target = person if row.kind in Act.ON_PEOPLE else message_id
        connector.take_back(Capability(row.kind), target)
    elif row.kind == Kind.REPORT:
        connector.report(person, external_ids=[message_id], words=row.words)
    elif row.kind == Kind.LIKE:
        connector.like(message_id)
    elif row.kind == Kind.DELETE:
        connector.delete(message_id)
    elif row.kind == Kind.FOLLOW:
        connector.follow(person)
    elif row.kind == Kind.MUTE:
        connector.mute(person)
    else:
        connector.block(person)


def _latest(message: Message, kind: str) -> Act | None:
    """Return the last act of this kind on the message, or on its author where that counts."""
    rows = Act.objects.filter(channel=message.channel, kind=kind)
    if kind in Act.ONCE_A_PERSON:
        rows = rows.filter(author=message.author)
    else:
        rows = rows.filter(message=message)
    return rows.order_by("-pk").first()


def _stands(latest: Act, *, is_undo: bool) -> bool:
    return latest.state == State.DONE and latest.is_undo == is_undo


def _again(row: Act, words: str, *, wait: float | None = None) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        _settle(row, State.REFUSED, words or str(GAVE_UP))
        return
    usual = backoff(row.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT)
    seconds = usual if wait is None else wait
    later = timezone.now() + timedelta(seconds=min(seconds, LONGEST_WAIT))
    Act.objects.filter(pk=row.pk, state=State.DOING).update(
        state=State.QUEUED, next_try_at=later, leased_until=None, outcome=words[:300]
    )


@transaction.atomic
def _settle(row: Act, state: Act.State, words: str) -> None:
    """Write down what became of an act, once."""
    lock_channel(row.channel)
    rows = Act.objects.filter(pk=row.pk, state=State.DOING)
    now = timezone.now()
    changes = {"state": state, "outcome": words[:300], "finished_at": now, "leased_until": None}
    if not rows.update(**changes):
        return
    row.state, row.outcome = state, words[:300]
    if state == State.DONE and row.kind == Kind.DELETE:
        apply_lookup(channel=row.channel, found={row.message.external_id: None})
    _note(row, state.value, outcome=words[:300])


def _note(row: Act, what: str, *, by: User | None = None, **data: str) -> None:
    record(
        actor=by,
        verb=f"inbox.act.{what}",
        target=row,
        conversation_id=row.conversation_id,
        act=f"undo_{row.kind}" if row.is_undo else row.kind,
        message=row.message_id,
        **data,  # type: ignore[arg-type]
    )
    announce(
        kind="conversation",
        conversation_ids=[row.conversation_id],
        channel_id=row.channel_id,
    )
