"""Drafts, decisions about them, and replies on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api.plumbing.doors import DeskViews, In, Nothing, opens
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.lib.keyset import ById, Order
from responses.api import serializers as s
from responses.models import Approval, Draft, Reply
from responses.operations import approvals, drafts, replies

READ, WRITE, APPROVE = (
    "inbox.view_conversation", "responses.write_draft", "responses.approve_draft"
)  # fmt: skip
MOST_DIGITS = 18  # of an id; what is longer fits no column


def _choice(name: str, values: list[str], words: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, enum=values, description=words)


def _filters(status: list[str]) -> list[OpenApiParameter]:
    whole = {"type": "integer", "minimum": 1, "maximum": 10**MOST_DIGITS - 1}
    return [
        _choice("status", status, "Only those in this state."),
        OpenApiParameter("conversation", whole, description="Only those of this conversation."),
        _choice("mine", ["1"], "Only your own."),
    ]


FILTERS = ("status", "conversation", "mine")


class _Written(DeskViews):
    """What drafts and replies are listed by."""

    states: list[str]

    def filtered(self) -> Any:
        """Return the rows that the address asks for. Raises ValidationError naming the filter."""
        asked, rows = self.request.query_params, self.rows()
        if "status" in asked:
            if asked["status"] not in self.states:
                words = _("Takes one of: %(names)s.") % {"names": ", ".join(self.states)}
                raise ValidationError({"status": words})
            rows = rows.filter(status=asked["status"])
        if "conversation" in asked:
            text = asked["conversation"]
            if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text)):
                raise ValidationError({"conversation": _("Takes a conversation's number.")})
            rows = rows.filter(conversation=int(text))
        if "mine" in asked:
            if asked["mine"] != "1":
                raise ValidationError({"mine": _("Takes 1, or is left out.")})
            rows = rows.filter(author=self.request.user)
        return rows


class DraftViews(_Written):
    """Answers that are being written."""

    states = Draft.Status.values

    def rows(self) -> Any:
        return Draft.objects.visible_to(self.request.user).select_related(
            "author", "target", "conversation__author", "conversation__channel__approval_policy"
        )

    @opens(
        READ, gives=page_of(s.DraftOut), parameters=[*PARAMETERS, *_filters(Draft.Status.values)]
    )
    def list(self, request: Request) -> Response:
        """List drafts, the newest first."""
        order = ById("drafts", is_descending=True)
        return self.page(s.DraftOut, self.filtered(), order, *FILTERS)

    @opens(READ, gives=s.DraftOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one draft."""
        return self.shown(s.DraftOut, self.row())

    @opens(WRITE, takes=s.DraftIn, gives=s.DraftOut, status=201)
    def create(self, request: Request) -> Response:
        """Begin an answer to the newest message.

        There is one open draft for each writer and conversation. If yours is begun already and
        says something else, nothing is changed: change that one instead.
        """
        values = self.values(s.DraftIn)
        draft = drafts.open_draft(
            conversation=values["conversation"],
            by=request.user,
            seen_version=values["seen_version"],
        )
        if draft.text and draft.text != values["text"]:
            raise drafts.DraftChanged(
                _("You have begun draft %(pk)s here already. Change that one.") % {"pk": draft.pk},
                text=values["text"],
            )
        drafts.save_text(draft=draft, by=request.user, text=values["text"])
        return self.shown(s.DraftOut, self.rows().get(pk=draft.pk), 201)

    @opens(WRITE, takes=s.DraftTextIn, gives=s.DraftOut)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the words."""
        values = self.values(s.DraftTextIn)
        drafts.save_text(draft=self.row(), by=request.user, **values)
        return self.shown(s.DraftOut, self.row())

    @opens(WRITE, takes=s.SubmitIn, gives=s.SubmittedOut)
    def submit(self, request: Request, pk: str) -> Response:
        """Hand it on: to a manager where the policy says so, else straight to the outbox.

        Refused with `conversation_moved` and the ids of what is new if more was said than
        `seen_version` knows.
        """
        values, draft = self.values(s.SubmitIn), self.row()
        done = drafts.submit(draft=draft, by=request.user, **values)
        reply = done if isinstance(done, Reply) else None
        return self.shown(s.SubmittedOut, {"draft": self.row(), "reply": reply})

    @opens(WRITE, takes=s.SubmitIn, gives=s.DraftOut)
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Note that you have read the conversation up to a version."""
        version = self.values(s.SubmitIn)["seen_version"]
        drafts.acknowledge(draft=self.row(), by=request.user, version=version)
        return self.shown(s.DraftOut, self.row())

    @opens(WRITE, takes=Nothing, gives=s.DraftOut)
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take a submitted text back into writing."""
        self.values(Nothing)
        drafts.withdraw(draft=self.row(), by=request.user)
        return self.shown(s.DraftOut, self.row())

    @opens(WRITE, takes=Nothing, gives=s.DraftOut)
    def discard(self, request: Request, pk: str) -> Response:
        """Throw it away; its text stays in the record."""
        self.values(Nothing)
        drafts.discard(draft=self.row(), by=request.user)
        return self.shown(s.DraftOut, self.row())


class ApprovalViews(DeskViews):
    """Drafts that wait for a manager who is not their author."""

    def rows(self) -> Any:
        rows = Draft.objects.visible_to(self.request.user).select_related(
            "author", "target", "conversation__author", "conversation__channel__approval_policy"
        )
        return rows.prefetch_related("approvals__by", "pictures__file")

    @opens(APPROVE, gives=page_of(s.ReviewOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List what is in review, the longest waiting first."""
        order = Order("approvals", "submitted_at")
        return self.page(s.ReviewOut, self.rows().waiting_for_approval(), order)

    @opens(APPROVE, gives=s.ReviewOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one draft, by the draft's id, with what was decided about it so far."""
        return self.shown(s.ReviewOut, self.row())

    @opens(APPROVE, takes=s.ApproveIn, gives=s.DecidedOut)
    def approve(self, request: Request, pk: str) -> Response:
        """Agree to these words, or to your own wording of them, and queue the reply."""
        values = self.values(s.ApproveIn)
        made = approvals.approve(draft=self.row(), by=request.user, **values)
        return self._decided(made, made.reply)

    @opens(APPROVE, takes=s.RefuseIn, gives=s.DecidedOut)
    def return_(self, request: Request, pk: str) -> Response:
        """Give the text back to its author with a note."""
        values = self.values(s.RefuseIn)
        return self._decided(approvals.request_changes(draft=self.row(), by=request.user, **values))

    @opens(APPROVE, takes=s.RefuseIn, gives=s.DecidedOut)
    def reject(self, request: Request, pk: str) -> Response:
        """Refuse the text for good."""
        values = self.values(s.RefuseIn)
        return self._decided(approvals.reject(draft=self.row(), by=request.user, **values))

    def _decided(self, approval: Approval, reply: Reply | None = None) -> Response:
        return self.shown(s.DecidedOut, {"approval": approval, "reply": reply})


class ReplyViews(_Written):
    """The outbox: approved texts, and every attempt to get them to the network."""

    states = Reply.Status.values

    def rows(self) -> Any:
        return Reply.objects.visible_to(self.request.user).select_related(
            "author", "approval__by", "channel", "conversation"
        )

    @opens(
        READ, gives=page_of(s.ReplyOut), parameters=[*PARAMETERS, *_filters(Reply.Status.values)]
    )
    def list(self, request: Request) -> Response:
        """List replies, the newest first."""
        order = ById("replies", is_descending=True)
        return self.page(s.ReplyOut, self.filtered(), order, *FILTERS)

    @opens(READ, gives=s.ReplyOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one reply."""
        return self.shown(s.ReplyOut, self.row())

    @opens(READ, method="get", gives=page_of(s.DeliveryOut), parameters=PARAMETERS)
    def deliveries(self, request: Request, pk: str) -> Response:
        """List the attempts to send it, the first one first."""
        return self.page(s.DeliveryOut, self.row().deliveries, ById("deliveries"))

    @opens(WRITE, takes=Nothing, gives=s.ReplyOut)
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop a reply that has not left yet; its text is a draft again."""
        return self._act(replies.cancel, Nothing)

    @opens(WRITE, takes=s.StoppedIn, gives=s.ReplyOut)
    def retry(self, request: Request, pk: str) -> Response:
        """Send a stopped reply again; everything is checked once more."""
        return self._act(replies.retry, s.StoppedIn)

    @opens(WRITE, takes=s.StoppedIn, gives=s.ReplyOut)
    def edit(self, request: Request, pk: str) -> Response:
        """Take a stopped reply back into writing, where it needs a new approval."""
        return self._act(replies.edit, s.StoppedIn)

    @opens(WRITE, takes=s.StoppedIn, gives=s.ReplyOut)
    def discard(self, request: Request, pk: str) -> Response:
        """Drop a stopped reply; its text stays in the record."""
        return self._act(replies.discard, s.StoppedIn)

    @opens(WRITE, takes=s.MarkIn, gives=s.ReplyOut)
    def mark_as_sent(self, request: Request, pk: str) -> Response:
        """Note that the text is on the network already."""
        return self._act(replies.mark_as_sent, s.MarkIn)

    @opens(WRITE, takes=Nothing, gives=s.ReplyOut)
    def look_again(self, request: Request, pk: str) -> Response:
        """Ask the network now whether an unknown reply is there."""
        return self._act(replies.look_again, Nothing)

    @opens(WRITE, takes=s.AnywayIn, gives=s.ReplyOut)
    def send_anyway(self, request: Request, pk: str) -> Response:
        """Send a reply that stopped because more was said; you have read it."""
        return self._act(replies.send_anyway, s.AnywayIn)

    def _act(self, operation: Callable[..., object], takes: type[In]) -> Response:
        values = self.values(takes)
        operation(reply=self.row(), by=self.request.user, **values)
        return self.shown(s.ReplyOut, self.row())
