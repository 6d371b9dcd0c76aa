"""The entries of the tray in words, and the names in notes made visible."""

from __future__ import annotations

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox.models import Note, Notification, User
from inbox.operations.mentions import MENTION
from inbox.templatetags.thread import linkify

register = template.Library()

Kind = Notification.Kind
WORDS = {
    Kind.MENTIONED: gettext_lazy("%(actor)s mentioned you about %(who)s"),
    Kind.ASSIGNED: gettext_lazy("%(actor)s assigned %(who)s to you"),
    Kind.TAKEN_OVER: gettext_lazy("%(actor)s took over answering %(who)s; your text is kept"),
    Kind.RETURNED: gettext_lazy("%(actor)s returned your reply to %(who)s for changes"),
    Kind.APPROVED: gettext_lazy("%(actor)s approved your reply to %(who)s"),
    Kind.REJECTED: gettext_lazy("%(actor)s rejected your reply to %(who)s"),
    Kind.FAILED: gettext_lazy("The reply to %(who)s waits for a person"),
    Kind.SENT: gettext_lazy("The reply of %(actor)s to %(who)s is sent"),
    Kind.ANSWERED: gettext_lazy("%(who)s wrote again"),
    Kind.NOTED: gettext_lazy("%(actor)s wrote a note about %(who)s"),
    Kind.WOKEN: gettext_lazy("%(who)s is back from the snooze"),
    Kind.WEBHOOK_OFF: gettext_lazy("The webhook “%(name)s” was switched off"),
    Kind.SIGNED_OUT: gettext_lazy("The channel @%(name)s must be connected again"),
}
ICONS = {
    Kind.MENTIONED: "at-sign",
    Kind.ASSIGNED: "user-plus",
    Kind.TAKEN_OVER: "hand",
    Kind.RETURNED: "corner-down-left",
    Kind.APPROVED: "circle-check",
    Kind.REJECTED: "circle-x",
    Kind.FAILED: "circle-alert",
    Kind.SENT: "send",
    Kind.ANSWERED: "message-circle",
    Kind.NOTED: "sticky-note",
    Kind.WOKEN: "alarm-clock",
    Kind.WEBHOOK_OFF: "webhook",
    Kind.SIGNED_OUT: "unplug",
}


@register.filter
def in_words(entry: Notification) -> str:
    """What happened, in one line; several of the same kind are told as their number."""
    facts = {
        "actor": entry.actor or _("The desk"),
        "who": f"@{entry.conversation.author.handle}" if entry.conversation else "",
        "name": entry.facts.get("name", ""),
        "count": entry.count,
    }
    if entry.kind == Kind.ANSWERED and entry.count > 1:
        return _("%(who)s wrote again, %(count)d times") % facts
    if given := entry.facts.get("given"):
        return _("%(actor)s gave you %(given)d conversations") % {**facts, "given": given}
    text = str(WORDS[Kind(entry.kind)]) % facts
    more = entry.count - 1
    return f"{text} {ngettext('and %d more', 'and %d more', more) % more}" if more else text


@register.filter
def notice_icon(entry: Notification) -> str:
    return ICONS[Kind(entry.kind)]


@register.simple_tag
def note_text(note: Note, reader: User) -> SafeString:
    """The note escaped, with its links, and the names of those who were told as marks."""
    told = {name.lower() for name in note.mentions}
    return linkify(note.text, plain=lambda text: _marked(text, told, reader.username.lower()))


def _marked(text: str, told: set[str], me: str) -> SafeString:
    parts, at = [], 0
    for match in MENTION.finditer(text):
        name = match.group(1)
        while name and name.lower() not in told:
            name = name[:-1] if name[-1] in ".+-@" else ""
        if not name:
            continue
        parts.append(escape(text[at : match.start()]))
        kind = "mention mention--me" if name.lower() == me else "mention"
        parts.append(format_html('<span class="{}"><bdi>@{}</bdi></span>', kind, name))
        at = match.start() + 1 + len(name)
    return mark_safe("".join([*parts, escape(text[at:])]))  # noqa: S308 - every part is escaped
