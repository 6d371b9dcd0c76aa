"""What responses shows to programs, and what it takes from them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inbox.api.plumbing.doors import In
from inbox.api.serializers import PersonOut
from inbox.models import Conversation
from responses.forms import LONGEST
from responses.models import Approval, Delivery, Draft, Reply
from responses.operations.approvals import hash_of

VERSION = {"min_value": 0, "max_value": 2**31 - 1}


class ApprovalOut(serializers.ModelSerializer[Approval]):
    """One decision. `text` is what was decided on, word for word."""

    by = PersonOut(read_only=True)

    class Meta:
        model = Approval
        fields = ("id", "round", "by", "decision", "comment", "text", "content_hash", "at")
        read_only_fields = fields


class DraftOut(serializers.ModelSerializer[Draft]):
    """One person's answer to one message.

    `text` is null while a colleague is still writing it. `updated_at` is what a change gives
    back as `base`.
    """

    conversation_id = serializers.IntegerField(read_only=True)
    target_id = serializers.IntegerField(read_only=True, help_text="The message it answers.")
    author = PersonOut(read_only=True)
    text = serializers.SerializerMethodField()
    returned_note = serializers.SerializerMethodField(
        help_text="What a manager asked for, while the draft is back with its author."
    )

    class Meta:
        model = Draft
        fields = (
            "id", "conversation_id", "target_id", "author", "text", "is_private", "status",
            "seen_version", "round", "returned_note", "submitted_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_text(self, draft: Draft) -> str | None:
        return draft.text if self._may_read(draft) else None

    def get_returned_note(self, draft: Draft) -> str:
        return draft.returned_note if self._may_read(draft) else ""

    def _may_read(self, draft: Draft) -> bool:
        is_own = draft.author_id == self.context["request"].user.pk
        return is_own or draft.status in (Draft.Status.IN_REVIEW, Draft.Status.APPROVED)


class ReviewOut(DraftOut):
    """A draft that waits for a decision. Give `content_hash` back with it: it names these words."""

    content_hash = serializers.SerializerMethodField()
    approvals = ApprovalOut(many=True, read_only=True)
    conversation_version = serializers.IntegerField(source="conversation.version", read_only=True)

    class Meta(DraftOut.Meta):
        fields = (
            *DraftOut.Meta.fields, "content_hash", "conversation_version", "approvals",
        )  # fmt: skip
        read_only_fields = fields

    def get_content_hash(self, draft: Draft) -> str:
        return hash_of(draft)


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    """One attempt to hand a reply to the network."""

    reply_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "id", "reply_id", "attempt", "outcome", "error_code", "error_text", "external_id",
            "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class ReplyOut(serializers.ModelSerializer[Reply]):
    """An approved text on its way. `stop_code` says why a held, failed or unknown one waits."""

    draft_id = serializers.IntegerField(read_only=True)
    conversation_id = serializers.IntegerField(read_only=True)
    channel_id = serializers.IntegerField(read_only=True)
    target_id = serializers.IntegerField(read_only=True)
    author = PersonOut(read_only=True)
    approval = ApprovalOut(read_only=True, allow_null=True)
    proof_url = serializers.CharField(read_only=True, help_text="Given by who marked it as sent.")
    message_id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The message that it became on the network."
    )

    class Meta:
        model = Reply
        fields = (
            "id", "draft_id", "conversation_id", "channel_id", "target_id", "author", "approval",
            "text", "content_hash", "is_private", "status", "stop_code", "stop_text",
            "seen_version", "send_after", "sent_at", "proof_url", "message_id", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class SubmittedOut(serializers.Serializer[Any]):
    """What became of a submitted draft: it is in review, or its reply is queued at once."""

    draft = DraftOut(read_only=True)
    reply = ReplyOut(read_only=True, allow_null=True)


class DecidedOut(serializers.Serializer[Any]):
    """A decision, and the reply that an approval has queued."""

    approval = ApprovalOut(read_only=True)
    reply = ReplyOut(read_only=True, allow_null=True)


def seen(words: str, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=words, **VERSION, **more)


class DraftIn(In):
    conversation = serializers.PrimaryKeyRelatedField(
        queryset=Conversation.objects.none(),
        error_messages={"does_not_exist": _("There is no conversation with the id {pk_value}.")},
    )
    text = serializers.CharField(max_length=LONGEST, allow_blank=True, trim_whitespace=False)
    seen_version = seen(_("The conversation's `version` that the writer has read."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "request" in self.context:
            mine = Conversation.objects.visible_to(self.context["request"].user)
            self.fields["conversation"].queryset = mine.select_related("channel")  # type: ignore[attr-defined]


class DraftTextIn(In):
    text = serializers.CharField(max_length=LONGEST, allow_blank=True, trim_whitespace=False)
    base = serializers.DateTimeField(
        help_text=_("The draft's `updated_at` as you know it; refused if it was saved since.")
    )


class SubmitIn(In):
    seen_version = seen(_("The conversation's `version` that the writer has read."))


class ApproveIn(In):
    content_hash = serializers.CharField(max_length=64, help_text=_("Of the words you have read."))
    comment = serializers.CharField(max_length=2000, allow_blank=True, default="")
    text = serializers.CharField(
        max_length=LONGEST, required=False, help_text=_("Your own wording, if you change it.")
    )
    acknowledged_version = seen(
        _("The conversation's `version` if you have read what is new and answer all the same."),
        required=False,
    )


class RefuseIn(In):
    content_hash = serializers.CharField(max_length=64, help_text=_("Of the words you have read."))
    comment = serializers.CharField(max_length=2000, help_text=_("Why, for the author."))


class StoppedIn(In):
    is_absent = serializers.BooleanField(
        default=False,
        help_text=_("You looked at the network and it is not there; asked while it is unknown."),
    )


class MarkIn(In):
    url = serializers.CharField(
        max_length=500,
        default="",
        allow_blank=True,
        help_text=_("Where it is on the network; empty for mail, which has no addresses."),
    )


class AnywayIn(In):
    seen_version = seen(_("The conversation's `version` that you have read."))
