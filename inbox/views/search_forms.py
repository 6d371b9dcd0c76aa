"""The form of a saved search: words as people type them, terms as operations take them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.connectors.types import Capability
from inbox.lib.terms import Terms
from inbox.models import Channel, SavedSearch, User
from inbox.operations.searches import Complaint, Order, complaints
from inbox.templatetags.thread import language_name
from inbox.triage.language import DESK_LANGUAGES

QUOTES = '"“”„«»'
MOST_A_DAY = 1_000_000


class SearchForm(forms.Form):
    """What to listen for, where, and what becomes of it."""

    STANDS_FOR = [
        ("", _("Nobody in the share of voice")),
        ("us", _("Us")),
        ("them", _("A competitor")),
    ]

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        error_messages={"required": _("Give the search a name.")},
    )
    words = forms.CharField(
        label=_("Any of these words"),
        max_length=3000,
        required=False,
        help_text=_("Separated by spaces. Capitals and accents make no difference."),
    )
    phrases = forms.CharField(
        label=_("Or any of these exact phrases"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One on each line."),
    )
    hashtags = forms.CharField(
        label=_("Or any of these hashtags"),
        max_length=3000,
        required=False,
        help_text=_("Separated by spaces."),
    )
    beside = forms.CharField(
        label=_("Together with any of these"),
        max_length=3000,
        required=False,
        help_text=_(
            "Such as a competitor's name: then both must occur. Words, phrases and hashtags, "
            "separated by commas."
        ),
    )
    without = forms.CharField(
        label=_("With none of these"),
        max_length=3000,
        required=False,
        help_text=_("Words, phrases and hashtags, separated by commas."),
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    channels = forms.ModelMultipleChoiceField(
        label=_("Listen with"),
        queryset=Channel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.ChoiceField(
        label=_("What is found"),
        choices=SavedSearch.Purpose,
        widget=forms.RadioSelect,
        initial=SavedSearch.Purpose.QUEUE,
    )
    stands_for = forms.ChoiceField(label=_("Counts for"), choices=STANDS_FOR, required=False)
    brand = forms.CharField(
        label=_("Called in the charts"),
        max_length=40,
        required=False,
        help_text=_(
            "Searches with the same name here are counted together; what two of them find counts "
            "twice."
        ),
    )
    daily_cap = forms.IntegerField(
        label=_("Read at most so many a day"),
        min_value=0,
        max_value=MOST_A_DAY,
        required=False,
        help_text=_("When they are used up, the search rests until the next day and says so."),
    )

    def __init__(
        self, *args: Any, reader: User, search: SavedSearch | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial=_initial(search) if search else None, **kwargs)
        self.search = search
        rows = Channel.objects.visible_to(reader).defer("secrets")
        able = [row.pk for row in rows if row.can(Capability.LISTEN)]
        self.fields["channels"].queryset = rows.filter(pk__in=able)  # type: ignore[attr-defined]
        named = sorted((language_name(code), code) for code in DESK_LANGUAGES)
        choices = [("", _("Any"))] + [(code, name) for name, code in named]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("stands_for") and not values.get("brand"):
            self.add_error("brand", str(_("Write the name that the charts should show.")))
        if not self.errors:
            self.order = _order(values)
            for complaint in self.complaints():
                self.add_error(complaint.field, complaint.words)
        return values

    def complaints(self) -> list[Complaint]:
        return complaints(self.order, but=self.search)


class TrialForm(SearchForm):
    """The same while it is being tried out: neither a name nor a limit is needed yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def complaints(self) -> list[Complaint]:
        waits = ("name", "brand", "daily_cap")
        return [one for one in super().complaints() if one.field not in waits]


def _order(values: dict[str, Any]) -> Order:
    words = _terms(values["words"], r"[\s,;]+")
    tags = [*_terms(values["hashtags"], r"[\s,;]+"), *(one for one in words if one[0] in "#＃")]
    stands_for = values["stands_for"]
    return Order(
        name=values["name"].strip(),
        terms=Terms(
            words=tuple(one for one in words if one[0] not in "#＃"),
            phrases=_terms(values["phrases"], r"\n+"),
            hashtags=tuple(dict.fromkeys(tag.lstrip("#＃") for tag in tags)),
            beside=_terms(values["beside"], r"[,\n]+"),
            without=_terms(values["without"], r"[,\n]+"),
            language=values["language"],
        ),
        channels=list(values["channels"]),
        purpose=values["purpose"],
        brand=values["brand"].strip() if stands_for else "",
        is_ours=stands_for == "us",
        daily_cap=values["daily_cap"],
    )


def _terms(text: str, between: str) -> tuple[str, ...]:
    """Return what was typed, each once; quotation marks say nothing here."""
    parts = (" ".join(part.strip(QUOTES + " \r\t").split()) for part in re.split(between, text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _initial(search: SavedSearch) -> dict[str, Any]:
    return {
        "name": search.name,
        "words": " ".join(search.words),
        "phrases": "\n".join(search.phrases),
        "hashtags": " ".join(f"#{tag}" for tag in search.hashtags),
        "beside": ", ".join(search.beside),
        "without": ", ".join(search.without),
        "language": search.language,
        "channels": list(search.channels.values_list("pk", flat=True)),
        "purpose": search.purpose,
        "stands_for": ("us" if search.is_ours else "them") if search.brand else "",
        "brand": search.brand,
        "daily_cap": search.daily_cap,
    }
