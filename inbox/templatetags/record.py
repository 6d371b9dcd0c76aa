"""The record in words: what each verb of an AuditEvent means to a reader."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.models import Act, AuditEvent, PersonList, User
from inbox.models.bulk import words_of

register = template.Library()

# Verbs of the layers above are named here too: the record is one, whoever wrote the line.
WORDS: dict[str, Any] = {
    "inbox.conversation.assigned": gettext_lazy("assigned it to %(to)s"),
    "inbox.conversation.unassigned": gettext_lazy("assigned it to nobody"),
    "inbox.conversation.snoozed": gettext_lazy("snoozed it until %(until)s"),
    "inbox.conversation.woken": gettext_lazy("brought it back after the snooze"),
    "inbox.conversation.resolved": gettext_lazy("resolved it"),
    "inbox.conversation.answered_outside": gettext_lazy("answered it on the network itself"),
    "inbox.conversation.reopened": gettext_lazy("opened it again"),
    "inbox.conversation.labelled": gettext_lazy("put the label “%(label)s” on it"),
    "inbox.conversation.unlabelled": gettext_lazy("took the label “%(label)s” off it"),
    "inbox.conversation.undone": gettext_lazy("undid: %(undid)s"),
    "inbox.conversation.merged": gettext_lazy("joined another conversation into it"),
    "inbox.conversation.watched": gettext_lazy("began to watch it"),
    "inbox.conversation.unwatched": gettext_lazy("stopped watching it"),
    "inbox.claim.taken_over": gettext_lazy("took over answering from %(from)s"),
    "inbox.author.listed": gettext_lazy("put @%(handle)s on the lists: %(after)s"),
    "inbox.author.noted": gettext_lazy("wrote a note about @%(handle)s"),
    "inbox.author.linked": gettext_lazy("linked @%(handle)s and @%(other)s as one person"),
    "inbox.author.unlinked": gettext_lazy("parted @%(handle)s from @%(other)s"),
    "inbox.author.blocked": gettext_lazy("blocked @%(handle)s here: %(reason)s"),
    "inbox.author.unblocked": gettext_lazy("lifted the block of @%(handle)s"),
    "inbox.author.restored": gettext_lazy("brought in what @%(handle)s wrote while blocked"),
    "inbox.attachment.retried": gettext_lazy("had “%(name)s” fetched again"),
    "inbox.note.added": gettext_lazy("wrote a note"),
    "inbox.label.made": gettext_lazy("made the label “%(name)s”"),
    "inbox.label.changed": gettext_lazy("changed the label “%(before)s” to “%(name)s”"),
    "inbox.label.merged": gettext_lazy("merged the label “%(name)s” into “%(into)s”"),
    "inbox.label.deleted": gettext_lazy("deleted the label “%(name)s”, on %(count)s conversations"),
    "inbox.view.saved": gettext_lazy("saved the view “%(name)s”"),
    "inbox.view.changed": gettext_lazy("changed the view “%(name)s”"),
    "inbox.view.deleted": gettext_lazy("deleted the view “%(name)s”"),
    "inbox.search.saved": gettext_lazy("began to listen with the search “%(name)s”"),
    "inbox.search.changed": gettext_lazy("changed the search “%(name)s”"),
    "inbox.search.paused": gettext_lazy("paused the search “%(name)s”"),
    "inbox.search.resumed": gettext_lazy("resumed the search “%(name)s”"),
    "inbox.search.deleted": gettext_lazy("deleted the search “%(name)s”"),
    "inbox.search.capped": gettext_lazy(
        "stopped the search “%(name)s” for the day: %(count)s items were read"
    ),
    "inbox.search.previewed": gettext_lazy("tried out a search, which read %(count)s items"),
    "inbox.bulk.started": gettext_lazy("began for many conversations: %(words)s"),
    "inbox.bulk.cancelled": gettext_lazy("stopped for many conversations: %(words)s"),
    "inbox.bulk.finished": gettext_lazy(
        "ended for many conversations: %(words)s (%(done)s done, %(skipped)s left, "
        "%(failed)s failed)"
    ),
    "inbox.message.sent": gettext_lazy("posted a message"),
    "inbox.conversation.given_back": gettext_lazy(
        "took it from %(name)s, who no longer works on this channel"
    ),
    "inbox.user.created": gettext_lazy("added the user %(username)s as %(role)s"),
    "inbox.user.preferred": gettext_lazy("changed their own preferences"),
    "inbox.user.invited": gettext_lazy("invited %(email)s as %(role)s"),
    "inbox.invitation.renewed": gettext_lazy("sent the invitation to %(email)s again"),
    "inbox.invitation.revoked": gettext_lazy("withdrew the invitation to %(email)s"),
    "inbox.user.joined": gettext_lazy("took the invitation and joined as %(role)s"),
    "inbox.user.role": gettext_lazy("changed the role of %(name)s to %(role)s"),
    "inbox.user.deactivated": gettext_lazy("closed the account of %(name)s"),
    "inbox.user.reactivated": gettext_lazy("opened the account of %(name)s again"),
    "inbox.user.password_changed": gettext_lazy("set a new password for %(name)s"),
    "inbox.user.factor_removed": gettext_lazy("removed the second factor of %(name)s"),
    "inbox.session.ended": gettext_lazy("signed %(name)s out of one browser"),
    "inbox.sessions.ended": gettext_lazy("signed %(name)s out of %(count)s browsers"),
    "inbox.security.second_factor": gettext_lazy("set a second factor as %(needed)s for %(role)s"),
    "inbox.team.created": gettext_lazy("formed the team %(name)s"),
    "inbox.team.renamed": gettext_lazy("renamed the team %(before)s to %(name)s"),
    "inbox.team.deleted": gettext_lazy("dissolved the team %(name)s"),
    "inbox.team.members": gettext_lazy("changed who is in the team %(name)s"),
    "inbox.channel.team": gettext_lazy("gave the channel to %(team)s"),
    "inbox.record.exported": gettext_lazy("took a copy of the record"),
    "inbox.token.created": gettext_lazy("made the API token “%(name)s” (%(scopes)s)"),
    "inbox.token.revoked": gettext_lazy("revoked the API token “%(name)s” of %(of)s"),
    "inbox.webhook.added": gettext_lazy("added the webhook “%(name)s”"),
    "inbox.webhook.changed": gettext_lazy("changed the webhook “%(name)s”"),
    "inbox.webhook.paused": gettext_lazy("paused the webhook “%(name)s”"),
    "inbox.webhook.resumed": gettext_lazy("resumed the webhook “%(name)s”"),
    "inbox.webhook.rotated": gettext_lazy("gave the webhook “%(name)s” a new secret"),
    "inbox.webhook.tested": gettext_lazy("tested the webhook “%(name)s”"),
    "inbox.webhook.replayed": gettext_lazy("sent %(count)s events of “%(name)s” again"),
    "inbox.webhook.disabled": gettext_lazy("switched the webhook “%(name)s” off"),
    "inbox.channel.connected": gettext_lazy("connected @%(handle)s"),
    "inbox.channel.reconnected": gettext_lazy("connected @%(handle)s again"),
    "inbox.channel.paused": gettext_lazy("paused the channel"),
    "inbox.channel.resumed": gettext_lazy("resumed the channel"),
    "inbox.channel.configured": gettext_lazy("changed the channel's settings"),
    "inbox.channel.tested": gettext_lazy("tested the channel's sign-in"),
    "inbox.act.asked": gettext_lazy("asked for an act on the network: %(act)s"),
    "inbox.act.done": gettext_lazy("did an act on the network: %(act)s"),
    "inbox.act.refused": gettext_lazy("was refused an act on the network: %(act)s (%(outcome)s)"),
    "inbox.act.unknown": gettext_lazy("does not know whether it was done: %(act)s (%(outcome)s)"),
    "inbox.tray.read_again": gettext_lazy("had something read again that could not be: %(why)s"),
    "inbox.tray.all_read_again": gettext_lazy("had %(count)s unreadable things read again"),
    "inbox.tray.discarded": gettext_lazy("discarded what could not be read (%(why)s): %(reason)s"),
    "inbox.channel.push": gettext_lazy("asked the network to deliver by itself"),
    "inbox.channel.health": gettext_lazy("judged the channel's health anew"),
    "responses.draft.opened": gettext_lazy("began a reply"),
    "responses.draft.submitted": gettext_lazy("submitted a reply for approval"),
    "responses.draft.withdrawn": gettext_lazy("withdrew a reply from approval"),
    "responses.draft.discarded": gettext_lazy("discarded a draft"),
    "responses.draft.approved": gettext_lazy("approved the reply"),
    "responses.draft.changes_requested": gettext_lazy("returned the reply for changes"),
    "responses.draft.rejected": gettext_lazy("rejected the reply"),
    "responses.policy.changed": gettext_lazy("changed who must approve"),
    "responses.reply.queued": gettext_lazy("queued the reply"),
    "responses.reply.cancelled": gettext_lazy("called the reply back"),
    "responses.reply.edited": gettext_lazy("took the reply back to change it"),
    "responses.reply.sent": gettext_lazy("posted the reply"),
    "responses.reply.failed": gettext_lazy("could not post the reply"),
    "responses.reply.held": gettext_lazy("stopped the reply before it went out"),
    "responses.reply.unknown": gettext_lazy("got no answer from the network to the reply"),
    "responses.reply.not_found": gettext_lazy("looked for the reply on the network: not there"),
    "responses.reply.appeared": gettext_lazy("found the reply on the network against the record"),
    "responses.reply.check_failing": gettext_lazy("could not ask the network about the reply"),
    "responses.reply.cannot_check": gettext_lazy("asked a person whether the reply is there"),
    "responses.reply.retried": gettext_lazy("queued the reply again"),
    "responses.reply.sent_anyway": gettext_lazy("read what was new and sent the reply anyway"),
    "responses.reply.marked_sent": gettext_lazy("marked the reply as sent"),
    "responses.reply.discarded": gettext_lazy("gave the reply up"),
}


def verbs() -> list[tuple[str, str]]:
    """Every verb and what it means, "…" standing for the facts of the single event."""
    return [(verb, str(words) % _Blanks()) for verb, words in WORDS.items()]


# What a line is about, where it is no conversation.
THINGS = {
    "inbox.apitoken": gettext_lazy("API token %d"),
    "inbox.author": gettext_lazy("author %d"),
    "inbox.bulkjob": gettext_lazy("bulk change %d"),
    "inbox.channel": gettext_lazy("channel %d"),
    "inbox.invitation": gettext_lazy("invitation %d"),
    "inbox.label": gettext_lazy("label %d"),
    "inbox.savedsearch": gettext_lazy("search %d"),
    "inbox.savedview": gettext_lazy("view %d"),
    "inbox.team": gettext_lazy("team %d"),
    "inbox.user": gettext_lazy("person %d"),
    "inbox.webhookendpoint": gettext_lazy("webhook %d"),
}


@register.filter
def thing(event: AuditEvent) -> str:
    """What the line is about; what has no word here is named as the record names it."""
    words = THINGS.get(event.target_type, f"{event.target_type} %d")
    return str(words) % event.target_id


@register.filter
def in_words(event: AuditEvent) -> str:
    """What was done, as the end of a sentence that begins with who did it."""
    words = WORDS.get(event.verb)
    if words is None:
        area, act = event.verb.split(".")[-2:]
        return _("%(area)s: %(act)s") % {"area": area, "act": act.replace("_", " ")}
    return str(words) % _Facts(event.data)


@register.filter
def who(event: AuditEvent) -> str:
    """Who did it; the desk itself where nobody did."""
    return str(event.actor) if event.actor else _("The desk")


@register.filter
def as_json(value: Any) -> str:
    """The value as readable JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _act(name: str) -> str:
    """An act on a network in words; of a bulk change the word is another one, see `words_of`."""
    kind = name.removeprefix("undo_")
    words = str(dict(Act.Kind.choices).get(kind, kind))
    return _("%(act)s, taken back") % {"act": words} if kind != name else words


class _Blanks(dict[str, Any]):
    """The data of no event in particular."""

    def __missing__(self, name: str) -> str:
        return "…"


class _Facts(dict[str, Any]):
    """The data of an event as a sentence needs it; a fact that is missing leaves a dash."""

    def __missing__(self, name: str) -> str:
        if name == "words" and "act" in self:
            return words_of(dict.__getitem__(self, "act"), self)
        return "–"

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if name == "role":
            return dict(User.Role.choices).get(value, value)
        if name == "needed" and isinstance(value, bool):
            return _("needed") if value else _("not needed")
        if name == "after" and isinstance(value, list):
            labels = dict(PersonList.choices)
            return ", ".join(str(labels.get(one, one)) for one in value) or _("none")
        if name == "team" and not value:
            return _("everybody")
        if name == "act":
            return _act(str(value))
        if name == "undid":
            return str(WORDS.get(value, value)) % self
        moment = parse_datetime(value) if name == "until" else None
        return date_format(localtime(moment), "D j M, H:i") if moment else value
