"""What searches find, in words: why something is left out, what reading costs."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.lib.matching import Miss
from inbox.models import SavedSearch

register = template.Library()

MISSES = {
    "terms": gettext_lazy("none of the words stands in it"),
    "beside": gettext_lazy("only one side of the comparison stands in it"),
    "without": gettext_lazy("“%(word)s” stands in it"),
    "language": gettext_lazy("it is in another language"),
}


@register.filter
def miss_words(miss: Miss) -> str:
    """Why a search leaves something out."""
    return str(MISSES[miss.code]) % {"word": miss.word}


@register.filter
def dollars(amount: float) -> str:
    """An amount in US dollars, in which networks name their prices."""
    return f"US$ {number_format(amount, decimal_pos=2, force_grouping=True)}"


@register.filter
def thousands(number: int) -> str:
    """A number with its thousands apart."""
    return str(number_format(number, decimal_pos=0, force_grouping=True))


@register.filter
def terms_in_words(search: SavedSearch) -> str:
    """What a search listens for, in one line."""
    terms = search.terms
    quoted = [f"“{term}”" if " " in term else term for term in terms.alternatives]
    parts = [", ".join(quoted)]
    if terms.beside:
        parts.append(_("together with %(terms)s") % {"terms": ", ".join(terms.beside)})
    if terms.without:
        parts.append(_("without %(terms)s") % {"terms": ", ".join(terms.without)})
    return " · ".join(parts)
