"""Addresses of the inbox's part of the API, below /api/v1/."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from inbox.api.views.bulk import BulkViews
from inbox.api.views.channels import ChannelViews
from inbox.api.views.conversations import ConversationViews
from inbox.api.views.people import AuthorViews, MeViews, TeamViews, UserViews
from inbox.api.views.record import AuditViews
from inbox.api.views.saved import SavedViewViews
from inbox.api.views.sorting import LabelViews

router = SimpleRouter()
router.register("conversations", ConversationViews, basename="conversation")
router.register("bulk-jobs", BulkViews, basename="bulk_job")
router.register("views", SavedViewViews, basename="view")
router.register("labels", LabelViews, basename="label")
router.register("channels", ChannelViews, basename="channel")
router.register("authors", AuthorViews, basename="author")
router.register("users", UserViews, basename="user")
router.register("teams", TeamViews, basename="team")
router.register("audit", AuditViews, basename="audit")

urlpatterns = [
    path("me/", MeViews.as_view({"get": "retrieve"}, basename="me"), name="me"),
    *router.urls,
]
