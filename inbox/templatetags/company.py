"""The mark of a row that says who else is at work there."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inbox.company import Company
from inbox.lib.markup import fill
from inbox.models import Conversation
from inbox.templatetags.desk import initials
from inbox.templatetags.icons import icon

register = template.Library()

PLACE = '<span id="with-{}" class="row__company">{}</span>'
MARK = (
    '<span class="row__with{kind}" title="{words}">{sign}<span aria-hidden="true">{letters}</span>'
    '<span class="visually-hidden">{words}</span></span>'
)


@register.simple_tag
def company_mark(row: Conversation) -> SafeString:
    """Who is answering `row`, or else who looks at it; an empty place where nobody is."""
    company: Company = row.company  # type: ignore[attr-defined]
    if answering := company.answering:
        words = ", ".join(_("%(name)s is answering") % {"name": user} for user in answering)
        return fill(PLACE, row.pk, _mark(" row__with--writing", "pencil", answering[0], words))
    if company.others:
        names = ", ".join(str(one.user) for one in company.others)
        words = _("Looking at it: %(names)s") % {"names": names}
        return fill(PLACE, row.pk, _mark("", "eye", company.others[0].user, words))
    return fill(PLACE, row.pk, "")


def _mark(kind: str, name: str, person: object, words: str) -> SafeString:
    sign = icon(name, size=12, aria_hidden="true")
    return fill(MARK, kind=kind, words=words, sign=sign, letters=initials(person))
