"""What people type or choose about a conversation, checked before an operation sees it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.lib.errors import BadInput
from inbox.models import Label, User
from inbox.pickers import teammates

EVENING, MORNING = time(18), time(9)
SNOOZES = [
    ("hour", _("In 1 hour")),
    ("tonight", _("Later today, 18:00")),
    ("tomorrow", _("Tomorrow, 09:00")),
    ("monday", _("Next week, Monday 09:00")),
]


def cleaned(form: forms.Form) -> dict[str, Any]:
    """Return the values of `form`. Raises BadInput with its first complaint."""
    if not form.is_valid():
        raise BadInput(next(iter(form.errors.values()))[0])
    return form.cleaned_data


class AssignForm(forms.Form):
    """Whom to give the conversation; empty for nobody. The operation says who can have it."""

    to = forms.ModelChoiceField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = teammates()  # type: ignore[attr-defined]


class SeenForm(forms.Form):
    """The conversation's version that the page showed; empty where it showed none."""

    seen = forms.IntegerField(required=False, min_value=0)


class SnoozeForm(SeenForm):
    """Until when to put the conversation away: a ready choice, or a time of one's own."""

    until = forms.ChoiceField(
        choices=[*SNOOZES, ("own", _("At"))],
        error_messages={"required": _("Choose until when to snooze.")},
    )
    at = forms.DateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("until") == "own" and not values.get("at"):
            raise forms.ValidationError(_("Choose the day and time to snooze until."))
        return values

    @property
    def moment(self) -> datetime:
        """The time that was chosen, by the person's own clock."""
        now = timezone.localtime()
        if self.cleaned_data["until"] == "own":
            chosen: datetime = self.cleaned_data["at"]
            return chosen
        return {
            "hour": now + timedelta(hours=1),
            "tonight": _at(now, EVENING),
            "tomorrow": _at(now + timedelta(days=1), MORNING),
            "monday": _at(now + timedelta(days=7 - now.weekday()), MORNING),
        }[self.cleaned_data["until"]]


class NoteForm(forms.Form):
    """An internal remark."""

    text = forms.CharField(max_length=5000, error_messages={"required": _("Write the note first.")})


class LabelForm(forms.Form):
    """A label to put on, made where it is first needed."""

    name = forms.CharField(max_length=40, error_messages={"required": _("Give the label a name.")})
    color = forms.ChoiceField(choices=Label.Color, required=False)


def snooze_choices() -> list[tuple[str, Any]]:
    """Return the ready choices that still lie ahead by the person's own clock."""
    is_evening = timezone.localtime().time() >= EVENING
    return [choice for choice in SNOOZES if not (is_evening and choice[0] == "tonight")]


class LabelChangeForm(forms.Form):
    """Another name and colour for a label."""

    name = forms.CharField(max_length=40, error_messages={"required": _("Give the label a name.")})
    color = forms.ChoiceField(choices=Label.Color)


class LabelMergeForm(forms.Form):
    """The label that another one becomes part of."""

    into = forms.ModelChoiceField(
        queryset=Label.objects.all(), error_messages={"required": _("Choose a label.")}
    )


class PreferencesForm(forms.ModelForm):
    """How the desk behaves for one person."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Times are shown in it, and “tomorrow, 09:00” means its morning."),
        required=False,
        choices=lambda: [
            ("", _("The desk's own")),
            *((z, z) for z in sorted(available_timezones())),
        ],
    )

    class Meta:
        model = User
        fields = ("opens_next", "time_zone")
        labels = {"opens_next": _("Open the next conversation after an action")}
        help_texts = {
            "opens_next": _(
                "When what you did takes a conversation out of the list, the one that follows "
                "opens."
            )
        }


def _at(day: datetime, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day.date(), clock))
