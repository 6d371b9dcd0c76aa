"""What the reply panel shows, put together in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from inbox.connectors.types import Limits, Measure
from inbox.lib.errors import DomainError
from inbox.lib.prepared import Prepared
from inbox.models import Conversation, Message, User
from responses import stops
from responses.models import ApprovalPolicy, Draft, DraftPicture, Reply
from responses.operations.drafts import newest_inbound
from responses.operations.pictures import limits_of, of_draft
from responses.operations.policy import policy_for, reason
from responses.operations.sendable import channel_stop, hand_off, measure, takes_answers
from responses.operations.wording import tidy
from responses.stops import STOPS, UNKNOWN, Stop

SHOWN = 20
# A rejected text stays in sight of its author for a day; after that the record keeps it.
REJECTED_FOR = timedelta(days=1)

_replies = Prepared(
    lambda conversation: (
        Reply.objects.filter(conversation=conversation)
        .exclude(status__in=Reply.SETTLED)
        .with_row()
        .defer("channel__secrets")
        .order_by("created_at")[:SHOWN]
    )
)
_drafts = Prepared(
    lambda conversation, user: (
        Draft.objects.filter(conversation=conversation)
        .in_sight_of(User(pk=user))
        .select_related("author")[:SHOWN]
    ),
    count=2,
)
_own = Prepared(
    lambda conversation, user: Draft.objects.filter(conversation=conversation).own(User(pk=user))[
        :1
    ],
    count=2,
)


@dataclass(frozen=True)
class Standing:
    """One reply that is on its way, and what this reader may do about it."""

    reply: Reply
    stop: Stop | None
    can_act: bool
    may_be_out: bool

    @property
    def can_retry(self) -> bool:
        return self.stop is not None and self.stop.can_retry

    @property
    def needs_reading(self) -> bool:
        return self.reply.stop_code == stops.CONVERSATION_MOVED


def standing(reply: Reply, user: User) -> Standing:
    """Return `reply` with the words for its state and what `user` may do."""
    is_unknown = reply.status == Reply.Status.UNKNOWN
    return Standing(
        reply=reply,
        stop=STOPS.get(reply.stop_code) or (UNKNOWN if is_unknown else None),
        can_act=may_act(reply, user),
        may_be_out=is_unknown,
    )


def may_act(reply: Reply, user: User) -> bool:
    is_own = reply.author_id == user.pk and user.has_perm("responses.write_draft")
    return is_own or user.has_perm("responses.approve_draft")


@dataclass(frozen=True)
class Composer:
    """The form a reply is written in, as this writer sees it."""

    draft: Draft | None
    last: int
    target: Message | None
    text: str
    base: datetime | None
    seen_version: int
    seen_at: datetime
    measure: Measure
    policy: ApprovalPolicy
    stop: Stop | None
    error: DomainError | None = None
    news: Sequence[Message] = ()
    is_private: bool = False
    limits: Limits | None = None
    pictures: Sequence[DraftPicture] = ()

    @property
    def takes_more(self) -> bool:
        return self.limits is not None and len(self.pictures) < self.limits.pictures

    @property
    def needs_approval(self) -> bool:
        return self.policy.needs_approval(is_private=self.is_private)

    @property
    def reason(self) -> str:
        return reason(policy=self.policy, is_private=self.is_private)

    @property
    def is_over(self) -> bool:
        return self.measure.length > self.measure.limit


def panel(conversation: Conversation, user: User, **changes: Any) -> dict[str, Any]:
    """Return the context of the whole panel; `changes` override parts of the composer."""
    context = on_the_way(conversation, user)
    if not takes_answers(channel=conversation.channel, is_private=conversation.is_private):
        context["elsewhere"] = newest_inbound(conversation)
        context["stop"] = STOPS[stops.NO_ANSWER]
    elif page := hand_off(target=newest_inbound(conversation), conversation=conversation):
        context |= {"hand_off": page, "stop": STOPS[stops.NOT_SUMMONED]}
    elif user.has_perm("responses.write_draft"):
        own = [draft for draft in context["reviews"] if draft.author_id == user.pk]
        if own:
            context["submitted"] = own[0]
        else:
            context["composer"] = composer(conversation, user, **changes)
    return context


def on_the_way(conversation: Conversation, user: User) -> dict[str, Any]:
    """Return what is between somebody's keyboard and the network in this conversation."""
    rows, since = _drafts(conversation.pk, user.pk)[::-1], timezone.now() - REJECTED_FOR
    written = [row for row in rows if row.status == Draft.Status.DRAFT and row.text]
    reviews = [row for row in rows if row.status == Draft.Status.IN_REVIEW]
    rejected = [row for row in rows if row.status == Draft.Status.REJECTED]
    rejected = [row for row in rejected if row.updated_at >= since]
    prefetch_related_objects(reviews, "pictures__file")
    prefetch_related_objects(rejected, "approvals__by")
    return {
        "conversation": conversation,
        "standings": [standing(reply, user) for reply in _replies(conversation.pk)],
        "reviews": reviews,
        "rejected": rejected,
        "colleagues": [row for row in written if row.author_id != user.pk],
    }


def composer(
    conversation: Conversation,
    user: User,
    *,
    text: str | None = None,
    error: DomainError | None = None,
    news: Sequence[Message] = (),
    base: datetime | None = None,
) -> Composer:
    """Return the composer; `text`, `error` and `news` show what an act met."""
    latest = _own.first(conversation.pk, user.pk)
    draft = latest if latest and latest.status in Draft.IN_PROGRESS else None
    channel = conversation.channel
    is_private = draft.is_private if draft else conversation.is_private
    code = channel_stop(channel=channel, is_private=is_private)
    shown = text if text is not None else draft.text if draft else ""
    target = draft.target if draft else newest_inbound(conversation)
    return Composer(
        draft=draft,
        last=latest.last if latest else 0,
        target=target,
        text=shown,
        base=base or (draft.updated_at if draft else None),
        seen_version=conversation.version,
        seen_at=timezone.now(),
        measure=measure(
            text=tidy(shown), target=target, conversation=conversation, is_private=is_private
        ),
        policy=policy_for(channel),
        stop=STOPS[code] if code else None,
        error=error,
        news=news,
        is_private=is_private,
        limits=limits_of(channel, is_private=is_private),
        pictures=of_draft(draft) if draft else (),
    )
