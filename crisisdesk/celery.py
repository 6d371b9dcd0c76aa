"""The Celery app and the beat schedule."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")

app = Celery("crisisdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["inbox", "responses"])

# Every entry only looks for due rows in the database, so it may run late, twice or on several
# machines at once without harm; `expires` keeps a backlog from piling up behind a busy worker.
app.conf.beat_schedule = {
    # Streams whose next poll is due; the shortest poll interval of a network is 15 s.
    "sync-due-streams": {"task": "inbox.tasks.sync_due_streams", "schedule": 2.0},
    # Replies whose undo window has passed, whose worker died, or whose outcome is unknown:
    # this sweep, not the broker, is what guarantees that they go out.
    "sweep-replies": {"task": "responses.tasks.sweep_replies", "schedule": 2.0},
    # Hiding, liking and the like whose worker died, or that wait for another try.
    "sweep-acts": {"task": "inbox.tasks.sweep_acts", "schedule": 3.0},
    # Events for other systems that are due, whose worker died, or that wait for another try.
    "sweep-webhooks": {"task": "inbox.tasks.sweep_webhooks", "schedule": 2.0},
    # Deliveries of networks whose worker died, or whose bell nobody heard.
    "sweep-receipts": {"task": "inbox.tasks.sweep_receipts", "schedule": 3.0},
    # Networks forget whom to deliver to; they are asked again every few hours.
    "sweep-subscriptions": {"task": "inbox.tasks.sweep_subscriptions", "schedule": 15.0},
    # Attachments that wait for another try, or whose worker died.
    "sweep-attachments": {"task": "inbox.tasks.sweep_attachments", "schedule": 5.0},
    # People whose lists changed and whose bell nobody heard.
    "sweep-people": {"task": "inbox.tasks.sweep_people", "schedule": 10.0},
    # Snoozed conversations come back to the minute.
    "wake-snoozed": {"task": "inbox.tasks.wake_snoozed", "schedule": 15.0},
    # Bulk jobs whose worker died or whose bell nobody heard go on.
    "sweep-bulk-jobs": {"task": "inbox.tasks.sweep_bulk_jobs", "schedule": 5.0},
    # Channel health is a fact about time passing, so it cannot wait for the next sync.
    "check-health": {"task": "inbox.tasks.check_health", "schedule": 10.0},
    # Sign-ins are tried once a day; this finds those whose day has come.
    "sweep-probes": {"task": "inbox.tasks.sweep_probes", "schedule": 60.0},
    # Edits and deletions on the network, for what is still on the desk.
    "recheck-messages": {"task": "inbox.tasks.recheck_channels", "schedule": 120.0},
    # Who closed a browser without a word is gone from the list after 25 to 35 seconds.
    "sweep-presence": {"task": "inbox.tasks.sweep_presence", "schedule": 10.0},
    # A sign of life of beat, broker and worker together, for those who watch the desk.
    "beat-heart": {"task": "inbox.tasks.beat_heart", "schedule": 10.0},
    # The live event table only serves browsers that were away for less than a day.
    "prune-events": {"task": "inbox.tasks.prune_events", "schedule": 3600.0},
}
for entry in app.conf.beat_schedule.values():
    entry["options"] = {"expires": max(10.0, entry["schedule"])}
