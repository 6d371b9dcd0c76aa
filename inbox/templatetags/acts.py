"""What can be done on the network with a message, and what came of what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.models import Act, Message
from inbox.operations import acts

register = template.Library()
Kind = Act.Kind

ICONS = {
    Kind.LIKE: ("heart", "heart-off"),
    Kind.HIDE: ("eye-off", "eye"),
    Kind.DELETE: ("trash-2", ""),
    Kind.FOLLOW: ("user-plus", "user-minus"),
    Kind.MUTE: ("volume-x", "volume-2"),
    Kind.BLOCK: ("ban", "undo-2"),
    Kind.REPORT: ("flag", ""),
}
UNDO = {
    Kind.LIKE: gettext_lazy("Take the like back"),
    Kind.HIDE: gettext_lazy("Show it again"),
    Kind.FOLLOW: gettext_lazy("Stop following"),
    Kind.MUTE: gettext_lazy("Stop muting"),
    Kind.BLOCK: gettext_lazy("Stop blocking on the network"),
}
DRAWN = "menus of acts"
ANY = str(2**62)  # stands for the number of a message, which no row has
# What is asked for with a second step: it needs words, or cannot be undone.
CAREFUL = (Kind.DELETE, Kind.REPORT)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the menu; `reason` says why it cannot be chosen."""

    kind: str
    label: str
    icon: str
    is_undo: bool
    reason: str
    is_careful: bool


@register.simple_tag(takes_context=True)
def act_menu(context: Context, message: Message, is_newest: bool = False) -> SafeString:
    """The menu of one message, for those who may use it.

    Most messages of a thread have the same one, so each kind is drawn once and then only gets
    the number of the message: fifty menus took as long as all the rest of the page.
    """
    done: list[Act] = getattr(message, "acts_here", [])
    asked = tuple(act.pk for act in done if _concerns(act, message))
    kind = (message.is_ours, message.is_private, bool(message.deleted_at), is_newest, asked)
    drawn = context.render_context.get(DRAWN)
    if drawn is None:
        drawn = context.render_context[DRAWN] = {}
    if kind not in drawn:
        drawn[kind] = _drawn(context, message, done, is_newest=is_newest)
    # Only numbers go in, so what is safe stays so.
    return SafeString(drawn[kind].replace(ANY, str(message.pk)))


def _drawn(context: Context, message: Message, done: list[Act], *, is_newest: bool) -> str:
    user = context["user"]
    kinds = [kind for kind in Kind if user.has_perm(acts.permission_for(kind))]
    facts = {
        "number": int(ANY),
        "conversation": context["conversation"],
        "choices": [_choice(message, kind, done) for kind in kinds if _fits(message, kind)],
        "is_newest": is_newest,
        "csrf_token": context.get("csrf_token"),
    }
    return str(get_template("inbox/_acts.html").render(facts))


@register.inclusion_tag("inbox/_act_states.html")
def act_states(message: Message) -> dict[str, Any]:
    """What has been asked for at one message, and what came of it."""
    done: list[Act] = getattr(message, "acts_here", [])
    return {"acts": [act for act in done if act.message_id == message.pk]}


def _fits(message: Message, kind: str) -> bool:
    return message.is_ours == (kind == Kind.DELETE)


def _choice(message: Message, kind: Kind, done: list[Act]) -> Choice:
    rows = [act for act in done if act.kind == kind and _concerns(act, message)]
    latest = rows[-1] if rows else None
    stands = bool(latest and latest.state == Act.State.DONE and not latest.is_undo)
    is_undo = stands and kind in UNDO
    reason = acts.obstacle(message=message, kind=kind, is_undo=is_undo)
    if latest and latest.is_under_way:
        reason = _("It is on its way.")
    elif stands and kind not in UNDO:
        reason = _("It is done.")
    icon = ICONS[kind][1 if is_undo else 0]
    label = str(UNDO[kind] if is_undo else kind.label)
    return Choice(kind.value, label, icon, is_undo, reason, kind in CAREFUL)


def _concerns(act: Act, message: Message) -> bool:
    if act.kind in Act.ONCE_A_PERSON:
        return act.author_id == message.author_id
    return act.message_id == message.pk
