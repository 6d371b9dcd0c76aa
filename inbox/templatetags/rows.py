"""The rows of the list, put together in Python: as a template they cost more than all the rest.

Every fact goes through `fill`, which escapes it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inbox.lib.markup import fill
from inbox.models import Channel, Conversation, Label, User
from inbox.templatetags.desk import ago, compact, initials
from inbox.templatetags.icons import icon
from inbox.templatetags.thread import language_name, level, without_greeting

register = template.Library()

ROW = """\
<li id="row-{pk}" class="row{kind}" data-id="{pk}" data-place="{place}">
  <a class="row__link" href="{href}" hx-boost="true" hx-target="#thread"\
 hx-swap="outerHTML show:none" hx-sync="#panes:replace" hx-indicator="#list-busy"{current}>
    {priority}
    <span class="row__top">
      <bdi class="row__who truncate">{who}</bdi>
      {verified} {reach} {time}
    </span>
    <span class="row__bottom">
      {channel} {lock} <span class="row__text truncate" dir="auto">{preview}</span>
      {sentiment} {language} {label} {assignee}
    </span>
  </a>
</li>
"""
CURRENT = SafeString(' aria-current="true"')
PRIORITY = (
    '<span class="row__priority row__priority--{}" title="{}">'
    '<span class="visually-hidden">{}</span> {}</span>'
)
REACH = '<span class="meta" title="{}">{}<span class="visually-hidden"> {}</span></span>'
SIGN = '<span class="row__{}" title="{words}">{}<span class="visually-hidden">{words}</span></span>'
TIME = '<span class="row__wait{}">{}{}{}</span>'
UNSEEN = '<span class="visually-hidden">{} </span>'
CHANNEL = (
    '<span class="row__channel" title="{name} · {network}"><span aria-hidden="true">{letter}</span>'
    '<span class="visually-hidden">{name}</span></span>'
)
SENTIMENT = '<span class="row__word row__word--{}">{}</span>'
LANGUAGE = '<span class="row__word" title="{}">{}</span>'
LABEL = (
    '<span class="chip row__label"><span class="hue hue--{}" aria-hidden="true"></span>'
    '<span class="truncate">{}</span></span>'
)
ASSIGNEE = (
    '<span class="avatar row__avatar" title="{words}"><span aria-hidden="true">{letters}</span>'
    '<span class="visually-hidden">{words}</span></span>'
)


@register.simple_tag(takes_context=True)
def list_rows(context: Any) -> SafeString:
    """The `rows` of the page as list items, the open conversation marked."""
    found, opened = context["found"], context.get("conversation")
    draw = Row(found.suffix, opened.pk if opened else None)
    return SafeString("".join(draw(row, found.order.key(row)) for row in context["rows"]))


class Row:
    """Draws the rows of one list; what they share is drawn once."""

    def __init__(self, suffix: str, opened: int | None) -> None:
        self.suffix = suffix
        self.opened = opened
        self.before, self.after = reverse("inbox:conversation", args=[0]).rsplit("0", 1)
        self.verified = _sign("verified", "badge-check", 13, _("Verified account"))
        self.lock = _sign("lock", "lock", 12, _("Private message"))
        self.waiting, self.back = fill(UNSEEN, _("waiting")), fill(UNSEEN, _("back"))
        self.channel, self.label, self.assignee = cache(_channel), cache(_label), cache(_assignee)
        self.sentiment, self.language = cache(_sentiment), cache(_language)
        self.priority, self.reach = cache(_priority), cache(_reach)

    def __call__(self, row: Conversation, place: int) -> SafeString:
        author, channel, labels = row.author, row.channel, row.shown_labels
        return fill(
            ROW,
            pk=row.pk,
            kind=" row--private" if row.is_private else "",
            place=place,
            href=f"{self.before}{row.pk}{self.after}{self.suffix}",
            current=CURRENT if row.pk == self.opened else "",
            priority=self.priority(row.priority),
            who=author.name or author.handle,
            verified=self.verified if author.is_verified else "",
            reach="" if author.followers is None else self.reach(author.followers),
            time=self.time(row),
            channel=self.channel(channel),
            lock=self.lock if row.is_private else "",
            preview=without_greeting(row.preview, channel.handle),
            sentiment=self.sentiment(row.sentiment),
            language=self.language(row.language) if row.language else "",
            label=self.label(labels[0]) if labels else "",
            assignee=self.assignee(row.assignee) if row.assignee else "",
        )

    def time(self, row: Conversation) -> SafeString:
        if row.waiting_since:
            return fill(TIME, " row__wait--on", "", self.waiting, ago(row.waiting_since))
        if row.snoozed_until:
            clock = icon("alarm-clock", size=12, aria_hidden="true")
            return fill(TIME, "", clock, self.back, ago(row.snoozed_until))
        return fill(TIME, "", "", "", ago(row.last_message_at))


def _priority(points: int) -> SafeString:
    title = _("Priority %(points)s of 100") % {"points": points}
    return fill(PRIORITY, level(points), title, _("Priority"), points)


def _reach(count: int) -> SafeString:
    title = _("%(count)s followers") % {"count": count}
    return fill(REACH, title, compact(count), _("followers"))


def _sign(name: str, drawing: str, size: int, words: str) -> SafeString:
    return fill(SIGN, name, icon(drawing, size=size, aria_hidden="true"), words=words)


def _channel(channel: Channel) -> SafeString:
    network = channel.get_network_display()
    return fill(CHANNEL, name=channel.name, network=str(network), letter=str(network)[:1])


def _sentiment(value: str) -> SafeString | str:
    if value == Conversation.Sentiment.NEUTRAL:
        return ""
    return fill(SENTIMENT, value, str(Conversation.Sentiment(value).label).lower())


def _language(code: str) -> SafeString:
    return fill(LANGUAGE, language_name(code), code)


def _label(label: Label) -> SafeString:
    return fill(LABEL, label.color, label.name)


def _assignee(person: User) -> SafeString:
    words = _("Assigned to %(name)s") % {"name": person}
    return fill(ASSIGNEE, words=words, letters=initials(person))
