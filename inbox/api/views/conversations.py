"""Conversations, with their messages and notes: what the queue and the thread show and do."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import serializers as s
from inbox.api.plumbing.doors import DeskViews, Nothing, opens
from inbox.api.plumbing.filters import parameters_of
from inbox.api.plumbing.paging import PARAMETERS, asked, page_of
from inbox.api.view_serializers import FILTERS
from inbox.filters import QueueFilter
from inbox.lib.keyset import ById, Order
from inbox.models import AuditEvent, Conversation
from inbox.operations import conversations
from inbox.pickers import Lists

READ, TRIAGE = "inbox.view_conversation", "inbox.triage_conversation"
FULL = s.ConversationFullOut
THREAD = Order("thread", "sent_at", is_descending=True)
NOTES = ById("notes", is_descending=True)


class ConversationViews(DeskViews):
    """Threads with one person each: the work of the desk."""

    def rows(self) -> Any:
        rows = Conversation.objects.visible_to(self.request.user)
        rows = rows.select_related("channel", "author__person", "assignee")
        return rows.defer("channel__secrets").prefetch_related("labels")

    @opens(
        READ,
        gives=page_of(s.ConversationOut),
        parameters=[*PARAMETERS, *parameters_of(FILTERS)],
    )
    def list(self, request: Request) -> Response:
        """List the queue under the same filters and orders as the page."""
        cursor, size = asked(request, *FILTERS)
        found = QueueFilter(request.query_params, user=request.user, lists=Lists(request.user))
        if not found.is_valid():
            raise ValidationError(found.form.errors)
        page = found.page(cursor, size)
        # The page's own rows hold what a line on screen shows; programs are shown more.
        whole = self.rows().in_bulk([row.pk for row in page.rows])
        rows = [whole[row.pk] for row in page.rows if row.pk in whole]
        return self.listed(s.ConversationOut, rows, page.cursor or None)

    @opens(READ, gives=FULL)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one conversation, and the reasons for its priority."""
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.TakeIn, gives=FULL)
    def take(self, request: Request, pk: str) -> Response:
        """Make it your own work."""
        values = self.values(s.TakeIn)
        conversations.take(conversation=self.row(), by=request.user, over=values.get("over"))
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.AssignIn, gives=FULL)
    def assign(self, request: Request, pk: str) -> Response:
        """Make it the work of somebody, or of nobody."""
        values = self.values(s.AssignIn)
        conversations.assign(conversation=self.row(), to=values["to"], by=request.user)
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.SnoozeIn, gives=FULL)
    def snooze(self, request: Request, pk: str) -> Response:
        """Put it away until a time; news from outside brings it back at once."""
        values = self.values(s.SnoozeIn)
        conversations.snooze(
            conversation=self.row(),
            until=values["until"],
            by=request.user,
            seen=values.get("seen"),
        )
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.SeenIn, gives=FULL)
    def resolve(self, request: Request, pk: str) -> Response:
        """Set it as done, with everything that was said up to now."""
        seen = self.values(s.SeenIn).get("seen")
        conversations.resolve(conversation=self.row(), by=request.user, seen=seen)
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=Nothing, gives=FULL)
    def reopen(self, request: Request, pk: str) -> Response:
        """Bring it back into the queue."""
        self.values(Nothing)
        conversations.reopen(conversation=self.row(), by=request.user)
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.UndoIn, gives=FULL)
    def undo(self, request: Request, pk: str) -> Response:
        """Take back what you did last, if nothing has changed since.

        Every answer about one conversation has the `undo_id` of that act for ten minutes.
        """
        event_id = self.values(s.UndoIn)["undo_id"]
        event = get_object_or_404(AuditEvent, pk=event_id, conversation_id=self.row().pk)
        conversations.undo(event=event, by=request.user)
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.LabelledIn, gives=FULL)
    def label(self, request: Request, pk: str) -> Response:
        """Put a label on it."""
        label = self.values(s.LabelledIn)["label"]
        conversations.add_label(conversation=self.row(), label=label, by=request.user)
        return self.shown(FULL, self.row())

    @opens(TRIAGE, takes=s.LabelledIn, gives=FULL)
    def unlabel(self, request: Request, pk: str) -> Response:
        """Take a label off it."""
        label = self.values(s.LabelledIn)["label"]
        conversations.remove_label(conversation=self.row(), label=label, by=request.user)
        return self.shown(FULL, self.row())

    @opens(READ, method="get", gives=page_of(s.MessageOut), parameters=PARAMETERS)
    def messages(self, request: Request, pk: str) -> Response:
        """List what was said, the newest first."""
        rows = self.row().messages.select_related("author__person").defer("raw")
        return self.page(s.MessageOut, rows, THREAD)

    @opens(READ, method="get", gives=page_of(s.NoteOut), parameters=PARAMETERS)
    def notes(self, request: Request, pk: str) -> Response:
        """List the internal remarks, the newest first."""
        return self.page(s.NoteOut, self.row().notes.select_related("author"), NOTES)

    @notes.mapping.post
    @opens(TRIAGE, takes=s.NoteIn, gives=s.NoteOut, status=201, is_further=True)
    def add_note(self, request: Request, pk: str) -> Response:
        """Write an internal remark; it never leaves the desk."""
        text = self.values(s.NoteIn)["text"]
        note = conversations.add_note(conversation=self.row(), text=text, by=request.user)
        return self.shown(s.NoteOut, note, 201)
