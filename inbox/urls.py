"""Addresses of the inbox."""

from __future__ import annotations

from django.urls import path

from inbox.views import (
    audit,
    bulk,
    channels,
    conversations,
    frame,
    label_pages,
    labels,
    preferences,
    queue,
    saved_views,
)

app_name = "inbox"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("rows/", queue.rows, name="rows"),
    path("frame/", frame.trouble, name="frame"),
    path("conversations/<int:pk>/", conversations.conversation, name="conversation"),
    path("conversations/<int:pk>/fresh/", conversations.fresh, name="fresh"),
    path("conversations/<int:pk>/earlier/", conversations.earlier, name="earlier"),
    path("conversations/<int:pk>/take/", conversations.take, name="take"),
    path("conversations/<int:pk>/assign/", conversations.assign, name="assign"),
    path("conversations/<int:pk>/snooze/", conversations.snooze, name="snooze"),
    path("conversations/<int:pk>/resolve/", conversations.resolve, name="resolve"),
    path("conversations/<int:pk>/reopen/", conversations.reopen, name="reopen"),
    path("conversations/<int:pk>/notes/", conversations.note, name="note"),
    path("conversations/<int:pk>/labels/", labels.add, name="label"),
    path("conversations/<int:pk>/labels/<int:label_pk>/remove/", labels.remove, name="unlabel"),
    path("conversations/<int:pk>/undo/<int:event_pk>/", conversations.undo, name="undo"),
    path("views/", saved_views.index, name="views"),
    path("views/counts/", saved_views.counts, name="view_counts"),
    path("views/new/", saved_views.new, name="view_new"),
    path("views/<int:pk>/", saved_views.edit, name="view"),
    path("views/<int:pk>/refit/", saved_views.refit, name="view_refit"),
    path("views/<int:pk>/move/", saved_views.move, name="view_move"),
    path("views/<int:pk>/delete/", saved_views.delete, name="view_delete"),
    path("bulk/", bulk.index, name="bulk"),
    path("bulk/start/", bulk.start, name="bulk_start"),
    path("bulk/<int:pk>/", bulk.detail, name="bulk_job"),
    path("bulk/<int:pk>/cancel/", bulk.cancel, name="bulk_cancel"),
    path("bulk/<int:pk>/undo/", bulk.undo, name="bulk_undo"),
    path("labels/", label_pages.index, name="labels"),
    path("labels/<int:pk>/", label_pages.change, name="label_change"),
    path("labels/<int:pk>/merge/", label_pages.merge, name="label_merge"),
    path("labels/<int:pk>/delete/", label_pages.delete, name="label_delete"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("channels/", channels.index, name="channels"),
    path("channels/connect/", channels.networks, name="channel_networks"),
    path("channels/connect/<slug:network>/", channels.connect, name="channel_connect"),
    path("channels/callback/<slug:network>/", channels.callback, name="channel_callback"),
    path("channels/<int:pk>/", channels.detail, name="channel"),
    path("channels/<int:pk>/test/", channels.test, name="channel_test"),
    path("channels/<int:pk>/pause/", channels.pause, name="channel_pause"),
    path("audit/", audit.audit, name="audit"),
]
