"""Whether a text could leave as it stands: the same questions for draft, approval and worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.connectors.base import Connector
from inbox.connectors.types import (
    Capability,
    Measure,
    Media,
    OutboundReply,
    Problem,
)
from inbox.lib.prepared import Prepared
from inbox.models import Channel, Conversation, Message
from inbox.operations import channels
from responses import stops
from responses.errors import ChannelClosed, DuplicateText, NotSendable
from responses.models import Reply
from responses.operations.policy import policy_for
from responses.operations.wording import same_words

# What every network says in the same way; connectors know no other language than English.
PROBLEMS: dict[str, Any] = {
    "empty": gettext_lazy("The reply is empty."),
    "not_summoned": stops.STOPS[stops.NOT_SUMMONED].title,
    "too_many_pictures": gettext_lazy("Too many pictures: no more than %(most)s."),
    "picture_too_large": gettext_lazy("A picture is larger than the network takes."),
    "undescribed": gettext_lazy("Say what each picture shows, for those who cannot see it."),
    "too_long": gettext_lazy("Too long by %(over)s: shorten it to %(limit)s."),
    "discloses": gettext_lazy(
        "A private message reaches everybody it names: write %(names)s without the @."
    ),
}


def _texts_answering(target: int, channel: int, external_id: str) -> Any:
    """Find what answers that message of that channel, from here or from elsewhere."""
    ours = Reply.objects.filter(target=target).exclude(status__in=Reply.WITHDRAWN)
    seen = Message.objects.filter(
        channel=channel,
        in_reply_to=external_id,
        direction=Message.Direction.OUTGOING,
        deleted_at=None,
    )
    texts = seen.order_by().values_list("text", flat=True)
    return ours.order_by().values_list("text", flat=True).union(texts)


_answers = Prepared(_texts_answering, count=2, texts=1)


def offline_connector(channel: Channel) -> Connector:
    """Return a connector without secrets, for what needs no network: limits, measures, checks."""
    return channels.connector_with(channel, secrets={})


def outbound(
    *,
    text: str,
    target: Message | None,
    conversation: Conversation,
    is_private: bool,
    key: str = "",
    started_at: datetime | None = None,
    media: Sequence[Media] = (),
) -> OutboundReply:
    """Return `text` in the words that connectors understand."""
    return OutboundReply(
        idempotency_key=key,
        text=text,
        in_reply_to=target.external_id if target else "",
        recipient_external_id=conversation.author.external_id if is_private else "",
        is_private=is_private,
        started_at=started_at or timezone.now(),
        answers=target.raw if target else {},
        media=tuple(media),
    )


def measure(
    *, text: str, target: Message | None, conversation: Conversation, is_private: bool
) -> Measure:
    """Return how long `text` is by the network's own rule, as an answer to `target`."""
    reply = outbound(text=text, target=target, conversation=conversation, is_private=is_private)
    return offline_connector(conversation.channel).measure(reply)


def channel_stop(*, channel: Channel, is_private: bool) -> str:
    """Return the stop code that keeps `channel` from sending now, "" if nothing does."""
    if channel.is_practice != settings.PRACTICE_NETWORK:
        return stops.CHANNEL_ELSEWHERE
    if channel.is_paused:
        return stops.CHANNEL_PAUSED
    if channel.health == Channel.Health.NEEDS_LOGIN:
        return stops.CHANNEL_NEEDS_LOGIN
    return "" if takes_answers(channel=channel, is_private=is_private) else stops.NO_ANSWER


def takes_answers(*, channel: Channel, is_private: bool) -> bool:
    """Say whether `channel` can ever carry such an answer; some are only there to be read."""
    return channel.can(Capability.DIRECT_MESSAGE if is_private else Capability.REPLY)


def hand_off(*, target: Message | None, conversation: Conversation) -> str:
    """Return where a person has to answer `target` by hand, "" where the desk may answer it."""
    if target is None:
        return ""
    reply = outbound(
        text="", target=target, conversation=conversation, is_private=conversation.is_private
    )
    connector = offline_connector(conversation.channel)
    if connector.refusal(reply) is None:
        return ""
    return connector.answer_page(reply) or target.url


def require_answerable(*, channel: Channel, is_private: bool) -> None:
    """Refuse to begin what could never leave. Raises ChannelClosed."""
    if not takes_answers(channel=channel, is_private=is_private):
        words = stops.STOPS[stops.NO_ANSWER]
        raise ChannelClosed(f"{words.title} {words.remedy}")


def problems(
    *,
    text: str,
    target: Message,
    conversation: Conversation,
    is_private: bool,
    media: Sequence[Media] = (),
) -> list[Problem]:
    """Return what the network's rules and the desk's own say against a reply, offline."""
    reply = outbound(
        text=text,
        target=target,
        conversation=conversation,
        is_private=is_private,
        media=media,
    )
    found = offline_connector(conversation.channel).check_reply(reply)
    needs_words = policy_for(conversation.channel).alt_text_required
    if needs_words and any(not one.description for one in media):
        found.append(Problem("undescribed", "Say what each picture shows."))
    return [replace(problem, message=_in_words(problem)) for problem in found]


def _in_words(problem: Problem) -> str:
    """Return `problem` in the reader's language where we have the words, else the connector's."""
    words = PROBLEMS.get(problem.code)
    return str(words) % problem.params if words else problem.message


def window_is_closed(*, target: Message, now: datetime) -> bool:
    """Say whether the network no longer takes an answer to `target`."""
    window = offline_connector(target.channel).limits().reply_window
    return window is not None and now > target.sent_at + window


def require_sendable(
    *,
    text: str,
    target: Message,
    conversation: Conversation,
    is_private: bool,
    media: Sequence[Media] = (),
) -> None:
    """Refuse what could not leave now.

    Raises ChannelClosed, NotSendable or DuplicateText, each in words for the writer.
    """
    stop = channel_stop(channel=conversation.channel, is_private=is_private)
    if not stop and window_is_closed(target=target, now=timezone.now()):
        stop = stops.WINDOW_CLOSED
    if stop:
        words = stops.STOPS[stop]
        raise ChannelClosed(f"{words.title} {words.remedy}")
    found = problems(
        text=text,
        target=target,
        conversation=conversation,
        is_private=is_private,
        media=media,
    )
    if found:
        raise NotSendable(found)
    refuse_repeat(text=text, target=target)


def refuse_repeat(*, text: str, target: Message) -> None:
    """Raise DuplicateText if these words already answer `target`, from here or elsewhere."""
    others = _answers(target.pk, target.channel_id, target.external_id)
    if any(same_words(text, other) for other in others):
        raise DuplicateText(
            _("These very words already answer this message. Say it differently, or leave it.")
        )
