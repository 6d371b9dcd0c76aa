"""Addresses of responses' part of the API, below /api/v1/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from responses.api.views import ApprovalViews, DraftViews, ReplyViews

router = SimpleRouter()
router.register("drafts", DraftViews, basename="draft")
router.register("approvals", ApprovalViews, basename="approval")
router.register("replies", ReplyViews, basename="reply")

urlpatterns = router.urls
