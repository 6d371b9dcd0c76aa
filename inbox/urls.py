"""Addresses of the inbox."""

from __future__ import annotations

from django.urls import path

from inbox.views import audit, channels, conversations, frame, labels, queue

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
    path("channels/", channels.index, name="channels"),
    path("channels/connect/", channels.networks, name="channel_networks"),
    path("channels/connect/<slug:network>/", channels.connect, name="channel_connect"),
    path("channels/callback/<slug:network>/", channels.callback, name="channel_callback"),
    path("channels/<int:pk>/", channels.detail, name="channel"),
    path("channels/<int:pk>/test/", channels.test, name="channel_test"),
    path("channels/<int:pk>/pause/", channels.pause, name="channel_pause"),
    path("audit/", audit.audit, name="audit"),
]
