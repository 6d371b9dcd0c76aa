"""Why a reply waits for a person, and what that person may do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONVERSATION_MOVED = "conversation_moved"
CHANNEL_PAUSED = "channel_paused"
CHANNEL_NEEDS_LOGIN = "channel_needs_login"
CHANNEL_ELSEWHERE = "channel_elsewhere"
HASH_MISMATCH = "hash_mismatch"
APPROVAL_MISSING = "approval_missing"
NOT_SENDABLE = "not_sendable"
NO_ANSWER = "no_answer"
NOT_SUMMONED = "not_summoned"
WINDOW_CLOSED = "window_closed"
TOO_LATE = "too_late"
UNDONE = "undone"
RESTORED = "restored"
REJECTED = "rejected"
GAVE_UP = "gave_up"
CANNOT_CHECK = "cannot_check"
CHECK_FAILING = "check_failing"
MARKED_SENT = "marked_sent"


@dataclass(frozen=True, slots=True)
class Stop:
    """Words for one stop code. `can_retry`: sending the same text again may help."""

    title: Promise
    remedy: Promise
    can_retry: bool = True


STOPS = {
    CONVERSATION_MOVED: Stop(
        _("The conversation moved on before this was sent."),
        _("Read what is new, then send it anyway, change it or drop it."),
        can_retry=False,
    ),
    CHANNEL_PAUSED: Stop(
        _("The channel is paused."),
        _("Retry once an admin has resumed it."),
    ),
    CHANNEL_NEEDS_LOGIN: Stop(
        _("The channel is signed out."),
        _("Retry once an admin has signed it in again."),
    ),
    CHANNEL_ELSEWHERE: Stop(
        _("The channel does not belong to the networks of this run."),
        _("Practice replies leave only in practice, real ones only outside it."),
    ),
    HASH_MISMATCH: Stop(
        _("The text is not the one that was approved."),
        _("Nothing was sent. Change it and have it approved again."),
        can_retry=False,
    ),
    APPROVAL_MISSING: Stop(
        _("The channel's policy now asks for an approval that this reply does not have."),
        _("Take it back into writing and submit it."),
        can_retry=False,
    ),
    NOT_SENDABLE: Stop(
        _("The network would not take the text as it stands."),
        _("Change it and submit it again."),
        can_retry=False,
    ),
    NO_ANSWER: Stop(
        _("Nobody can be answered from here: the channel is only read."),
        _("Open it where it was published and answer there."),
        can_retry=False,
    ),
    NOT_SUMMONED: Stop(
        _("This network lets the desk answer only people who named or quoted us first."),
        _("Answer on the network itself, signed in as us, and then say so here."),
        can_retry=False,
    ),
    WINDOW_CLOSED: Stop(
        _("The time in which the network allows an answer is over."),
        _("Answer by another way, or wait until the person writes again."),
        can_retry=False,
    ),
    TOO_LATE: Stop(
        _("The desk could not send this in time."),
        _("Check that it still fits, then retry."),
    ),
    UNDONE: Stop(
        _("This was taken back while another reply of its author is in review."),
        _("Finish the other one, then change this one or drop it."),
        can_retry=False,
    ),
    RESTORED: Stop(
        _("The desk was restored from a backup of before this was sent."),
        _("Look at the network first: if it is there, mark it as sent; if not, retry."),
    ),
    REJECTED: Stop(
        _("The network refused it."),
        _("Change what it objects to, or answer on the network and mark this as sent."),
    ),
    GAVE_UP: Stop(
        _("The network kept turning it away."),
        _("Retry when the network is well again."),
    ),
    CANNOT_CHECK: Stop(
        _("Nobody knows whether it went out, and the network cannot be asked."),
        _("Look at the network: is it there?"),
    ),
    CHECK_FAILING: Stop(
        _("Nobody knows yet whether it went out: the network does not answer the question."),
        _("The desk keeps asking. If you can see the network, say whether it is there."),
    ),
}
UNKNOWN = Stop(
    _("The network did not answer. The desk is looking whether it went out."),
    _("Nothing to do: this settles by itself within a minute or two."),
)
