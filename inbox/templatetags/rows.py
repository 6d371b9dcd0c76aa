"""The rows of the list, put together in Python: as a template they cost more than all the rest.

Every fact goes through `fill`, which escapes it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inbox.lib.markup import fill
from inbox.models import Channel, Conversation, Label, PersonList, User
from inbox.templatetags.company import company_mark
from inbox.templatetags.desk import Clock, compact, initials
from inbox.templatetags.icons import icon
from inbox.templatetags.thread import language_name, level, without_greeting

register = template.Library()

ROW = """\
<li id="row-{pk}" class="row{kind}" data-id="{pk}" data-version="{version}" data-place="{place}">
  {box}
  <a class="row__link" href="{href}" hx-boost="true" hx-target="#thread"\
 hx-swap="outerHTML show:none" hx-sync="#panes:replace"\
 hx-indicator="#list-busy, #thread"{current}>
    {priority}
    <span class="row__top">
      {unread}<bdi class="row__who truncate">{who}</bdi>
      {verified} {mark} {reach} {time}
    </span>
    <span class="row__bottom">
      {channel} {lock} {clip} <span class="row__text truncate" dir="auto">{preview}</span>
      {sentiment} {language} {label} {company} {assignee}
    </span>
  </a>
</li>
"""
CURRENT = SafeString(' aria-current="true"')
BOX = (
    '<input class="row__pick" type="checkbox" name="pick" form="bulk" value="{}:{}"'
    ' autocomplete="off" aria-label="{}">'
)
PRIORITY = (
    '<span class="row__priority row__priority--{}" title="{}">'
    '<span class="visually-hidden">{}</span> {}</span>'
)
REACH = '<span class="meta" title="{}">{}<span class="visually-hidden"> {}</span></span>'
SIGN = '<span class="row__{}" title="{words}">{}<span class="visually-hidden">{words}</span></span>'
TIME = '<span class="row__wait{}">{}{}{}</span>'
UNSEEN = '<span class="visually-hidden">{} </span>'
UNREAD = '<span class="visually-hidden row__unread">{} </span>'
CHANNEL = (
    '<span class="row__channel" title="{name} · {network}"><span aria-hidden="true">{letter}</span>'
    '<span class="visually-hidden">{name}</span></span>'
)
SENTIMENT = '<span class="row__word row__word--{}">{}</span>'
MARK = '<span class="chip row__mark row__mark--{}" title="{}">{}</span>'
LANGUAGE = '<span class="row__word" title="{}">{}</span>'
LABEL = (
    '<span class="chip row__label"><span class="hue hue--{}" aria-hidden="true"></span>'
    '<span class="truncate">{}</span></span>'
)
HIT_IN = '<span class="row__part row__part--{}">{}</span> '
MARKED = "<mark>{}</mark>"
ASSIGNEE = (
    '<span class="avatar row__avatar" title="{words}"><span aria-hidden="true">{letters}</span>'
    '<span class="visually-hidden">{words}</span></span>'
)


@register.simple_tag(takes_context=True)
def list_rows(context: Any) -> SafeString:
    """The `rows` of the page as list items, the open conversation marked."""
    found, opened = context["found"], context.get("conversation")
    draw = Row(
        found.suffix,
        opened.pk if opened else None,
        columns=context["columns"],
        may_pick=context["user"].has_perm("inbox.triage_conversation"),
    )
    return SafeString("".join(draw(row, found.order.key(row)) for row in context["rows"]))


class Row:
    """Draws the rows of one list; what they share is drawn once.

    columns: the facts that its saved view wants to see. may_pick: rows can be selected.
    """

    def __init__(
        self, suffix: str, opened: int | None, *, columns: Collection[str], may_pick: bool
    ) -> None:
        self.suffix = suffix
        self.columns = frozenset(columns)
        self.pick = _("Select %(who)s") if may_pick else ""
        self.opened = opened
        self.before, self.after = reverse("inbox:conversation", args=[0]).rsplit("0", 1)
        self.language, self.ago = get_language() or "", Clock()
        self.lasting = Clock("span")
        self.verified = _sign("verified", "badge-check", 13, _("Verified account"))
        self.lock = _sign("lock", "lock", 12, _("Private message"))
        self.clip = _sign("clip", "paperclip", 12, _("With attachments"))
        self.waiting, self.back = fill(UNSEEN, _("waiting")), fill(UNSEEN, _("back"))
        self.unread = fill(UNREAD, _("Unread:"))
        self.channel, self.label, self.assignee = cache(_channel), cache(_label), cache(_assignee)

    def __call__(self, row: Conversation, place: int) -> SafeString:
        pk, author, channel = row.pk, row.author, row.channel
        labels, shows, language = row.shown_labels, self.columns, self.language
        who = author.name or author.handle
        mark = _mark(tuple(author.lists), language)
        return fill(
            ROW,
            pk=pk,
            kind=_kind(row),
            unread=self.unread if row.is_unread else "",
            version=row.version,
            box=fill(BOX, pk, row.version, self.pick % {"who": who}) if self.pick else "",
            place=place,
            href=f"{self.before}{pk}{self.after}{self.suffix}",
            current=CURRENT if pk == self.opened else "",
            priority=_priority(row.priority, language),
            who=who,
            mark=mark,
            verified=self.verified if author.is_verified else "",
            reach=_reach(author.followers, language) if "reach" in shows else "",
            time=self.time(row) if "waiting" in shows else "",
            channel=self.channel(channel) if "channel" in shows else "",
            lock=self.lock if row.is_private else "",
            clip=self.clip if row.has_attachments else "",
            preview=_hit(row) or without_greeting(row.preview, channel.handle),
            sentiment=_sentiment(row.sentiment, language) if "sentiment" in shows else "",
            language=_language(row.language, language) if "language" in shows and not mark else "",
            label=self.label(labels[0]) if labels and "labels" in shows else "",
            company=company_mark(row),
            assignee=self.assignee(row.assignee) if "assignee" in shows else "",
        )

    def time(self, row: Conversation) -> SafeString:
        if row.waiting_since:
            return fill(TIME, " row__wait--on", "", self.waiting, self.lasting(row.waiting_since))
        if row.snoozed_until:
            clock = icon("alarm-clock", size=12, aria_hidden="true")
            return fill(TIME, "", clock, self.back, self.ago(row.snoozed_until))
        return fill(TIME, "", "", "", self.ago(row.last_message_at))


def _hit(row: Conversation) -> SafeString | str:
    """What a search found of the row, its words marked; "" where none looked for words."""
    hit = getattr(row, "hit", None)
    if hit is None:
        return ""
    kinds = {"note": _("Note"), "author": _("Name")}
    parts = [fill(HIT_IN, hit.part, kinds[hit.part])] if hit.part in kinds else []
    parts += [fill(MARKED if is_hit else "{}", text) for text, is_hit in hit.segments]
    return SafeString("".join(parts))


def _kind(row: Conversation) -> str:
    unread = " row--unread" if row.is_unread else ""
    return unread + (" row--private" if row.is_private else "")


# The same few facts are shown over and over; `reader` is the language that they are told in.


@lru_cache(maxsize=1000)
def _priority(points: int, reader: str) -> SafeString:
    title = _("Priority %(points)s of 100") % {"points": points}
    return fill(PRIORITY, level(points), title, _("Priority"), points)


@lru_cache(maxsize=10_000)
def _reach(count: int | None, reader: str) -> SafeString | str:
    if count is None:
        return ""
    title = _("%(count)s followers") % {"count": count}
    return fill(REACH, title, compact(count), _("followers"))


def _sign(name: str, drawing: str, size: int, words: str) -> SafeString:
    return fill(SIGN, name, icon(drawing, size=size, aria_hidden="true"), words=words)


def _channel(channel: Channel) -> SafeString:
    network = channel.get_network_display()
    return fill(CHANNEL, name=channel.name, network=str(network), letter=str(network)[:1])


@lru_cache(maxsize=100)
def _sentiment(value: str, reader: str) -> SafeString | str:
    if value == Conversation.Sentiment.NEUTRAL:
        return ""
    return fill(SENTIMENT, value, str(Conversation.Sentiment(value).label).lower())


@lru_cache(maxsize=1000)
def _mark(lists: tuple[str, ...], reader: str) -> SafeString | str:
    """The weightiest list of the person; it takes the place of the language, so that a row never
    carries more than three such words."""
    if not lists:
        return ""
    names = [str(PersonList(name).label) for name in lists]
    return fill(MARK, lists[0], ", ".join(names), names[0])


@lru_cache(maxsize=1000)
def _language(code: str, reader: str) -> SafeString | str:
    if not code:
        return ""
    return fill(LANGUAGE, language_name(code), code)


def _label(label: Label) -> SafeString:
    return fill(LABEL, label.color, label.name)


def _assignee(person: User | None) -> SafeString | str:
    if person is None:
        return ""
    words = _("Assigned to %(name)s") % {"name": person}
    return fill(ASSIGNEE, words=words, letters=initials(person))
