"""Addresses of responses."""

from __future__ import annotations

from django.urls import path

from responses.views import approvals, outbox, panel, pictures, policy

app_name = "responses"
urlpatterns = [
    path("conversations/<int:pk>/reply/", panel.panel, name="panel"),
    path("conversations/<int:pk>/reply/statuses/", panel.statuses, name="statuses"),
    path("conversations/<int:pk>/reply/save/", panel.save, name="save"),
    path("conversations/<int:pk>/reply/compose/", panel.compose, name="compose"),
    path("drafts/<int:pk>/withdraw/", panel.withdraw, name="withdraw"),
    path("drafts/pictures/<int:pk>/", pictures.of_draft, name="draft_picture"),
    path("replies/pictures/<int:pk>/", pictures.of_reply, name="reply_picture"),
    path("approvals/", approvals.approvals_list, name="approvals"),
    path("approvals/count/", approvals.approval_count, name="approval_count"),
    path("approvals/<int:pk>/", approvals.approval, name="approval"),
    path("approvals/<int:pk>/preview/", approvals.preview, name="preview"),
    path("attention/", outbox.attention, name="attention"),
    path("attention/count/", outbox.attention_count, name="attention_count"),
    path("replies/<int:pk>/news/", outbox.news, name="news"),
    path("replies/<int:pk>/<slug:act>/", outbox.act, name="act"),
    path("channels/<int:pk>/policy/", policy.policy, name="policy"),
]
