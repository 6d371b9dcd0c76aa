"""One act on many conversations: asking for it, watching it, stopping it, taking it back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import bulk_serializers as s
from inbox.api.plumbing.doors import DeskViews, Nothing, opens
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.lib.keyset import ById
from inbox.models import BulkJob, BulkResult
from inbox.operations import bulk, bulk_running

READ, TRIAGE = "inbox.view_conversation", "inbox.triage_conversation"
OUTCOMES = BulkResult.Outcome.values
OUTCOME = OpenApiParameter("outcome", str, enum=OUTCOMES, description="Only those that ended so.")


class BulkViews(DeskViews):
    """Acts on many conversations at once."""

    def rows(self) -> Any:
        rows = BulkJob.objects.visible_to(self.request.user)
        return rows.select_related("by", "undone_by")

    @opens(READ, gives=page_of(s.BulkJobOut), parameters=PARAMETERS)
    def list(self, request: Request) -> Response:
        """List your jobs, the newest first; managers and admins see those of everybody."""
        return self.page(s.BulkJobOut, self.rows(), ById("bulk", is_descending=True))

    @opens(READ, gives=s.BulkJobOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Show one job and how far it is."""
        return self.shown(s.BulkJobOut, self.row())

    @opens(READ, method="get", gives=page_of(s.BulkResultOut), parameters=[*PARAMETERS, OUTCOME])
    def results(self, request: Request, pk: str) -> Response:
        """List what became of each conversation."""
        rows, wanted = self.row().results.all(), request.query_params.get("outcome")
        if wanted is not None:
            if wanted not in OUTCOMES:
                words = _("Takes one of: %(names)s.") % {"names": ", ".join(OUTCOMES)}
                raise ValidationError({"outcome": words})
            rows = rows.filter(outcome=wanted)
        return self.page(s.BulkResultOut, rows, ById("results"), "outcome")

    @opens(TRIAGE, takes=s.BulkIn, gives=s.BulkJobOut, status=201)
    def create(self, request: Request) -> Response:
        """Do one thing to the conversations you name, or to all that match filters or a view.

        A few are done before the answer, many in the background: ask the job how far it is. Where
        something new arrives meanwhile, nothing is snoozed or resolved unread. Each conversation
        is dealt with as if you had opened it, so what you may not do is left as it is.
        """
        values = self.values(s.BulkIn)
        names = ("act", "to", "label", "until")
        order = bulk.Order(**{name: values.get(name) for name in names})
        if "conversations" in values:
            picked = [(row["id"], row.get("seen")) for row in values["conversations"]]
            job = bulk.start_job(order=order, by=request.user, picked=picked)
        else:
            filters = values["view"].filters if "view" in values else values["filters"]
            job = bulk.start_job(order=order, by=request.user, filters=filters)
        return self._begun(job)

    @opens(TRIAGE, takes=Nothing, gives=s.BulkJobOut)
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; what it has done so far stays, and can be undone."""
        self.values(Nothing)
        bulk.cancel_job(job=self.row(), by=request.user)
        return self.shown(s.BulkJobOut, self.row())

    @opens(TRIAGE, takes=Nothing, gives=s.BulkJobOut, status=201)
    def undo(self, request: Request, pk: str) -> Response:
        """Begin a job that takes back what this one did, except where something changed since."""
        self.values(Nothing)
        return self._begun(bulk.undo_job(job=self.row(), by=request.user))

    def _begun(self, job: BulkJob) -> Response:
        if bulk.is_instant(job):
            bulk_running.run_job(job_id=job.pk)
        return self.shown(s.BulkJobOut, self.rows().get(pk=job.pk), 201)
