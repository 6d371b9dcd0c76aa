"""Hostile text made safe to show, and the desk's judgements in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import template
from django.conf.locale import LANG_INFO
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.lib.keyset import Order
from inbox.models import Conversation
from inbox.operations.attachments import REASONS as WHY_AWAY
from inbox.templatetags.desk import compact

register = template.Library()

# Marks that turn the reading direction could make a link show another address than it opens.
_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINK = re.compile(rf"https?://[^\s<>\"'`\\{_TURNS}]+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?…)]}»”’"

KINDS = {
    "email": gettext_lazy("e-mail address"),
    "phone": gettext_lazy("phone number"),
    "card": gettext_lazy("card number"),
    "iban": gettext_lazy("bank account"),
    "nik": gettext_lazy("identity number"),
}
REASONS = {
    "safety": gettext_lazy("Somebody may be in danger: “%(word)s”"),
    "hate_threat": gettext_lazy("Hate or a threat: “%(word)s”"),
    "data_leak": gettext_lazy("Speaks of leaked data: “%(word)s”"),
    "legal": gettext_lazy("Speaks of legal steps: “%(word)s”"),
    "press": gettext_lazy("Speaks of the press: “%(word)s”"),
    "fraud": gettext_lazy("Speaks of fraud: “%(word)s”"),
    "outage": gettext_lazy("Speaks of an outage: “%(word)s”"),
    "churn": gettext_lazy("May leave us: “%(word)s”"),
    "refund": gettext_lazy("Wants money back: “%(word)s”"),
    "verified": gettext_lazy("Verified account"),
    "list_vip": gettext_lazy("On the VIP list"),
    "list_press": gettext_lazy("On the press list"),
    "list_partner": gettext_lazy("On the list of partners"),
    "list_watch": gettext_lazy("Somebody to watch closely"),
    "personal_data": gettext_lazy("Personal data in public"),
    "insisting": gettext_lazy("Wrote %(count)s times"),
    "private": gettext_lazy("Wrote to us directly"),
    "question": gettext_lazy("Asks a question"),
    "found": gettext_lazy("Not said to us: found by the search “%(search)s”"),
}


REMARKS = {
    "bounce": gettext_lazy("A mail did not arrive"),
    "notice": gettext_lazy("Written by a mail server"),
    "auto_reply": gettext_lazy("Written by a machine"),
    "list": gettext_lazy("From a mailing list"),
    "own": gettext_lazy("From our own address"),
    "answers_elsewhere": gettext_lazy("Sent by %(written_by)s, but answers go to this address"),
    "sender_checked": gettext_lazy("Sender checked: %(domain)s"),
    "sender_unclear": gettext_lazy("Not certain that it is from %(domain)s"),
    "sender_doubtful": gettext_lazy("Perhaps not from %(domain)s"),
    "sender_unchecked": gettext_lazy("The mail server did not check the sender"),
    "cut": gettext_lazy("Long mail: its end is not shown"),
}
ALARMING = frozenset({"bounce", "sender_doubtful"})
CHECKS = ("spf", "dkim", "dmarc")


@register.filter
def linkify(text: str, plain: Callable[[str], str] = escape) -> SafeString:
    """`text` escaped, its web addresses as links that tell the other side nothing of us.

    plain: makes what lies between the addresses safe.
    """
    parts, at = [], 0
    for match in _LINK.finditer(text):
        url = _trim(match.group())
        parts.append(plain(text[at : match.start()]))
        parts.append(
            format_html(
                '<a href="{}" rel="noopener noreferrer nofollow" target="_blank"><bdi>{}</bdi></a>',
                url,
                url,
            )
        )
        at = match.start() + len(url)
    return mark_safe("".join([*parts, plain(text[at:])]))  # noqa: S308 - every part is escaped


def _trim(url: str) -> str:
    """Leave out the punctuation that ends the sentence, but keep a bracket that the URL opened."""
    while url[-1] in _AFTER_LINK and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url


@register.simple_tag
def place(order: Order, row: Conversation) -> int:
    """Where `row` stands in a list with this order: a number that grows down the list."""
    return order.key(row)


@register.simple_tag
def level(priority: int) -> str:
    """The weight of the mark for `priority`: its number is always shown beside it."""
    return ("low", "some", "high", "top")[min(priority // 25, 3)]


@register.filter
def without_greeting(text: str, handle: str) -> str:
    """`text` without our own name in front, with which most of what people write to us begins."""
    mark = f"@{handle}".lower()
    while text.lower().startswith((f"{mark} ", f"{mark},", f"{mark}:")):
        text = text[len(mark) :].lstrip(" ,:")
    return text


@register.filter
def kinds(found: list[dict[str, Any]]) -> str:
    """Which kinds of personal data were found, each once."""
    names = dict.fromkeys(one.get("kind", "") for one in found)
    return ", ".join(str(KINDS.get(name, name)) for name in names)


@register.filter
def reason_words(reason: dict[str, Any]) -> str:
    """One reason of the priority, in the reader's language where we have the words."""
    params = reason.get("params") or {}
    code = reason.get("code")
    if code == "negative" and params.get("words"):
        return _("Sounds negative: %(words)s") % {"words": ", ".join(params["words"])}
    if code == "negative":
        return _("Sounds negative")
    if code == "reach" and "followers" in params:
        return _("Reaches many: %(count)s followers") % {"count": compact(params["followers"])}
    words = REASONS.get(str(code))
    try:
        return str(words) % params if words else str(reason.get("text", code))
    except KeyError:  # stored by an earlier version with other facts
        return str(reason.get("text", code))


@register.filter
def file_icon(family: str) -> str:
    """The drawing for what cannot be shown small."""
    return {"image": "image", "video": "film", "audio": "music"}.get(family, "file")


@register.filter
def attachment_reason(code: str) -> str:
    """Why an attachment is not here, in words."""
    return str(WHY_AWAY.get(code, code))


@register.filter
def remark_words(remark: dict[str, Any]) -> str:
    """One remark in the reader's language, with what was checked."""
    params = remark.get("params") or {}
    code = str(remark.get("code"))
    try:
        words = str(REMARKS[code]) % params
    except KeyError:  # stored by another version with other facts
        words = code
    checked = ", ".join(f"{name.upper()} {params[name]}" for name in CHECKS if name in params)
    return f"{words} ({checked})" if checked else words


@register.filter
def is_alarming(remark: dict[str, Any]) -> bool:
    """Say whether people must not miss this remark."""
    return remark.get("code") in ALARMING


@register.filter
def signed(points: int) -> str:
    """Points with their sign, which a hyphen would not be."""
    return f"+{points}" if points >= 0 else f"−{-points}"


@register.filter
def language_name(code: str) -> str:
    """The language's name in the reader's language; the code where we have none."""
    info = LANG_INFO.get(code, {})
    return _(info["name"]) if "name" in info else code
