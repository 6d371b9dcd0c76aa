"""How acts on many conversations are asked for, and what programs hear of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from inbox.api.plumbing.doors import In
from inbox.api.serializers import NO_LABEL, NO_PERSON, SEEN, PersonOut
from inbox.api.view_serializers import FiltersIn
from inbox.models import BulkJob, BulkResult, Label, SavedView, User
from inbox.operations import bulk
from inbox.said import said

CHOICES = ("conversations", "filters", "view")
LARGEST = 10**18 - 1  # of an id; what is larger fits no column


class BulkJobOut(serializers.ModelSerializer[BulkJob]):
    """An act on many conversations. It is over once `status` is `done` or `cancelled`.

    `filters` is null where the conversations were named one by one. `total` grows while the
    matches are gathered. `can_undo`: by you, now.
    """

    by = PersonOut(read_only=True)
    words = serializers.CharField(source="__str__", read_only=True)
    arguments = serializers.DictField(read_only=True)
    filters = serializers.DictField(child=serializers.CharField(), read_only=True, allow_null=True)
    undoes_id = serializers.IntegerField(read_only=True, allow_null=True)
    undone_by_id = serializers.IntegerField(
        source="undone_by.pk", read_only=True, allow_null=True, default=None
    )
    can_undo = serializers.SerializerMethodField()

    class Meta:
        model = BulkJob
        fields = (
            "id", "act", "words", "arguments", "by", "filters", "status", "total", "done",
            "skipped", "failed", "undoes_id", "undone_by_id", "can_undo", "created_at",
            "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_can_undo(self, job: BulkJob) -> bool:
        return bulk.can_undo(job=job, by=self.context["request"].user)


class BulkResultOut(serializers.ModelSerializer[BulkResult]):
    """What became of one conversation, and why where it was left as it is."""

    words = serializers.SerializerMethodField()

    class Meta:
        model = BulkResult
        fields = ("id", "conversation_id", "outcome", "words")
        read_only_fields = fields

    def get_words(self, result: BulkResult) -> str:
        return said(result.words)


class PickIn(In):
    id = serializers.IntegerField(min_value=1, max_value=LARGEST)
    seen = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, allow_null=True, help_text=SEEN
    )


class BulkIn(In):
    """What to do, and to which conversations: those named, those that match, those of a view."""

    act = serializers.ChoiceField(
        choices=[choice for choice in BulkJob.Act.choices if choice[0] != BulkJob.Act.UNDO]
    )
    to = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        required=False,
        allow_null=True,
        error_messages=NO_PERSON,
        help_text="For `assign`.",
    )
    label = serializers.PrimaryKeyRelatedField(
        queryset=Label.objects.all(),
        required=False,
        allow_null=True,
        error_messages=NO_LABEL,
        help_text="For `label` and `unlabel`.",
    )
    until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="For `snooze`: in the coming year."
    )
    conversations = PickIn(many=True, required=False, max_length=bulk.MOST_PICKED)
    filters = FiltersIn(required=False, help_text="All that match now; `{}` is the open queue.")
    view = serializers.PrimaryKeyRelatedField(
        queryset=SavedView.objects.none(),
        required=False,
        error_messages={"does_not_exist": gettext_lazy("There is no view with the id {pk_value}.")},
        help_text="All that match this saved view now.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "request" in self.context:
            mine = SavedView.objects.visible_to(self.context["request"].user)
            self.fields["view"].queryset = mine  # type: ignore[attr-defined]

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if sum(name in values for name in CHOICES) != 1:
            words = _("Give exactly one of: %(names)s.") % {"names": ", ".join(CHOICES)}
            raise serializers.ValidationError({CHOICES[0]: words})
        return values
