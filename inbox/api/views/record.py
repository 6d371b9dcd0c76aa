"""The record: who did what and when, for reading only."""

from __future__ import annotations

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api import serializers as s
from inbox.api.plumbing.doors import DeskViews, opens
from inbox.api.plumbing.filters import parameters_of
from inbox.api.plumbing.paging import PARAMETERS, page_of
from inbox.audit_filter import NEWEST, AuditFilter


class AuditViews(DeskViews):
    """Everything that was done at this desk. Nothing here can be changed or erased."""

    @opens(
        "inbox.view_auditevent",
        gives=page_of(s.AuditEventOut),
        parameters=[*PARAMETERS, *parameters_of(AuditFilter.base_filters)],
    )
    def list(self, request: Request) -> Response:
        """List the record, the newest line first."""
        found = AuditFilter(request.query_params, reader=request.user)
        if not found.is_valid():
            raise ValidationError(found.form.errors)
        return self.page(s.AuditEventOut, found.qs, NEWEST, *AuditFilter.base_filters)
