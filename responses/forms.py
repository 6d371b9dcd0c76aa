"""What people type or choose about a reply, checked before an operation sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from inbox.lib.errors import BadInput
from responses.models import ApprovalPolicy

# Beyond these years a moment may have no place in another time zone.
THESE_DAYS = [
    MinValueValidator(datetime(1970, 1, 2, tzinfo=UTC)),
    MaxValueValidator(datetime(2999, 12, 31, tzinfo=UTC)),
]
MOST_DIGITS = 18  # of an id; what is longer fits no column
LONGEST = 20_000  # characters; far beyond every network, short of filling the database


def cleaned(form: forms.Form) -> dict[str, Any]:
    """Return the values of `form`. Raises BadInput with its first complaint."""
    if not form.is_valid():
        raise BadInput(next(iter(form.errors.values()))[0])
    return form.cleaned_data


class ComposerForm(forms.Form):
    """The composer as the page sends it.

    draft: id of the open draft on the page, empty before the first save; last: id of the
    writer's latest draft when the page was made; base: when the draft was last saved, as the
    page knows it; seen_version, seen_at: what of the conversation was on screen; replaces: the
    writer knows of another text and wants this one instead.
    """

    text = forms.CharField(required=False, strip=False, max_length=LONGEST)
    draft = forms.IntegerField(required=False)
    last = forms.IntegerField(required=False)
    replaces = forms.BooleanField(required=False)
    base = forms.DateTimeField(required=False, validators=THESE_DAYS)
    seen_version = forms.IntegerField(min_value=0)
    seen_at = forms.DateTimeField(required=False, validators=THESE_DAYS)

    @property
    def descriptions(self) -> dict[int, str]:
        """What the writer says of each picture, by the picture's id."""
        found = {}
        for name, words in self.data.items():
            kind, _dash, number = name.partition("-")
            if kind == "alt" and number.isdecimal() and len(number) <= MOST_DIGITS:
                found[int(number)] = words
        return found


class DecisionForm(forms.Form):
    """A manager's decision about what their page showed."""

    content_hash = forms.CharField(max_length=64)
    comment = forms.CharField(required=False, max_length=2000)
    text = forms.CharField(required=False, strip=False, max_length=LONGEST)
    seen_version = forms.IntegerField(min_value=0)
    has_read = forms.BooleanField(required=False)


class ReplyActForm(forms.Form):
    """What a person adds when settling a stopped reply."""

    is_absent = forms.BooleanField(required=False)
    url = forms.CharField(required=False, max_length=500)
    seen_version = forms.IntegerField(required=False, min_value=0)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who must approve on one channel, and how long a reply can be taken back."""

    undo_seconds = forms.IntegerField(
        label=_("Undo window (seconds)"),
        min_value=0,
        max_value=60,
        help_text=_("A reply waits this long before it leaves, so that it can be taken back."),
    )

    class Meta:
        model = ApprovalPolicy
        fields = (
            "public_needs_approval",
            "private_needs_approval",
            "alt_text_required",
            "undo_seconds",
        )
        labels = {
            "public_needs_approval": _("Public replies need a manager who is not their author"),
            "private_needs_approval": _("Private replies need a manager who is not their author"),
            "alt_text_required": _("Pictures need a description for those who cannot see them"),
        }
