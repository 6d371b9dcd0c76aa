"""What the inbox shows to programs, and what it takes from them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from inbox.api.plumbing.doors import In
from inbox.models import (
    AuditEvent,
    Author,
    Channel,
    Conversation,
    Label,
    Message,
    Note,
    PersonList,
    Stream,
    Team,
    User,
)
from inbox.operations.conversations import UNDO_FOR, UNDONE


class PersonOut(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "name")
        read_only_fields = fields


class UserOut(PersonOut):
    class Meta(PersonOut.Meta):
        fields = ("id", "username", "name", "role", "is_active")
        read_only_fields = fields


class MeOut(UserOut):
    """Who the desk takes you for, and what you may do."""

    permissions = serializers.ListField(child=serializers.CharField(), read_only=True)
    scopes = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        allow_null=True,
        help_text="Of the token; null for a person who is signed in to the pages.",
    )

    class Meta(UserOut.Meta):
        fields = (*UserOut.Meta.fields, "permissions", "scopes")
        read_only_fields = fields


class TeamOut(serializers.ModelSerializer[Team]):
    member_ids: Any = serializers.PrimaryKeyRelatedField(
        source="members", many=True, read_only=True
    )

    class Meta:
        model = Team
        fields = ("id", "name", "member_ids")
        read_only_fields = fields


class LabelOut(serializers.ModelSerializer[Label]):
    class Meta:
        model = Label
        fields = ("id", "name", "color")
        read_only_fields = fields


class StreamOut(serializers.ModelSerializer[Stream]):
    class Meta:
        model = Stream
        fields = ("name", "last_success_at", "last_item_at", "last_error")
        read_only_fields = fields


class ChannelRefOut(serializers.ModelSerializer[Channel]):
    class Meta:
        model = Channel
        fields = ("id", "network", "handle", "name")
        read_only_fields = fields


class ChannelOut(serializers.ModelSerializer[Channel]):
    streams = StreamOut(many=True, read_only=True)
    team_id = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Channel
        fields = (
            "id", "network", "handle", "name", "team_id", "is_practice", "is_paused", "health",
            "health_reason", "health_changed_at", "created_at", "streams",
        )  # fmt: skip
        read_only_fields = fields


class AuthorOut(serializers.ModelSerializer[Author]):
    """Somebody outside who wrote to us. `followers` is null where the network tells none."""

    url = serializers.CharField(read_only=True, help_text="Empty where there is none.")
    person_id = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Authors with the same number are one person, as colleagues have noted.",
    )
    lists = serializers.ListField(
        child=serializers.ChoiceField(choices=PersonList.values),
        read_only=True,
        help_text="Lists of the desk that the person is on.",
    )

    class Meta:
        model = Author
        fields = (
            "id", "network", "external_id", "handle", "name", "followers", "is_verified", "url",
            "joined_at", "first_seen_at", "person_id", "lists",
        )  # fmt: skip
        read_only_fields = fields


class ConversationOut(serializers.ModelSerializer[Conversation]):
    """One conversation as the queue shows it.

    `version` moves whenever somebody outside could see the thread change; give it back as
    `seen` where an act must not pass over what you have not read.
    """

    channel = ChannelRefOut(read_only=True)
    author = AuthorOut(read_only=True)
    assignee = PersonOut(read_only=True, allow_null=True)
    labels = LabelOut(many=True, read_only=True)

    class Meta:
        model = Conversation
        fields = (
            "id", "status", "channel", "author", "assignee", "labels", "is_private", "priority",
            "sentiment", "language", "has_personal_data", "preview", "message_count", "version",
            "waiting_since", "snoozed_until", "last_inbound_at", "last_message_at", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ReasonOut(serializers.Serializer[Any]):
    """One reason for the priority, with the points it adds."""

    code = serializers.CharField(read_only=True)
    points = serializers.IntegerField(read_only=True)
    text = serializers.CharField(read_only=True)


class ConversationFullOut(ConversationOut):
    """One conversation, and why it stands where it stands."""

    reasons = ReasonOut(many=True, read_only=True)
    undo_id = serializers.SerializerMethodField(
        help_text="Takes back what you did last, by `undo`; null where there is nothing to undo."
    )

    class Meta(ConversationOut.Meta):
        fields = (*ConversationOut.Meta.fields, "reasons", "undo_id")
        read_only_fields = fields

    def get_undo_id(self, row: Conversation) -> int | None:
        acts = AuditEvent.objects.undoable(conversation_id=row.pk, by=self.context["request"].user)
        act = acts.filter(at__gt=timezone.now() - UNDO_FOR).first()
        return act.pk if act and act.verb != UNDONE else None


class MessageOut(serializers.ModelSerializer[Message]):
    """One item of a thread as the network shows it now; `author` is null for what we said."""

    author = AuthorOut(read_only=True, allow_null=True)
    conversation_id = serializers.IntegerField(read_only=True)
    url = serializers.CharField(read_only=True, help_text="Empty where there is none.")

    class Meta:
        model = Message
        fields = (
            "id", "conversation_id", "external_id", "in_reply_to", "direction", "author", "text",
            "is_private", "sent_here", "url", "language", "sentiment", "sent_at", "received_at",
            "edited_at", "deleted_at",
        )  # fmt: skip
        read_only_fields = fields


class NoteOut(serializers.ModelSerializer[Note]):
    author = PersonOut(read_only=True)
    conversation_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Note
        fields = ("id", "conversation_id", "author", "text", "created_at")
        read_only_fields = fields


class AuditEventOut(serializers.ModelSerializer[AuditEvent]):
    """One line of the record; `actor` is null for the desk itself."""

    actor = PersonOut(read_only=True, allow_null=True)
    data = serializers.DictField(read_only=True)
    conversation_id = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = AuditEvent
        fields = (
            "id", "at", "actor", "verb", "target_type", "target_id", "conversation_id", "data",
        )  # fmt: skip
        read_only_fields = fields


NO_LABEL = {"does_not_exist": _("There is no label with the id {pk_value}.")}
NO_PERSON = {"does_not_exist": _("There is no person with the id {pk_value}.")}
SEEN = _("The conversation's `version` as you know it; the act is refused if more was said since.")


class TakeIn(In):
    over = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        required=False,
        allow_null=True,
        error_messages=NO_PERSON,
        help_text="Whom you know as having it. Refused if it is somebody else by now.",
    )


class AssignIn(In):
    to = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        allow_null=True,
        error_messages=NO_PERSON,
        help_text="Null for nobody.",
    )


class SeenIn(In):
    seen = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text=SEEN
    )


class SnoozeIn(SeenIn):
    until = serializers.DateTimeField(help_text="In the coming year.")


class UndoIn(In):
    undo_id = serializers.IntegerField(min_value=1, max_value=10**18 - 1)


class LabelledIn(In):
    label = serializers.PrimaryKeyRelatedField(
        queryset=Label.objects.all(),
        error_messages=NO_LABEL,
    )


class MergeIn(In):
    into = serializers.PrimaryKeyRelatedField(
        queryset=Label.objects.all(),
        error_messages=NO_LABEL,
    )


class LabelIn(In):
    """Upper and lower case make no difference: a label that exists is returned as it is."""

    name = serializers.CharField(max_length=40)
    color = serializers.ChoiceField(choices=Label.Color.choices, default=Label.Color.GREY)


class NoteIn(In):
    text = serializers.CharField(max_length=5000)
