"""Background doors of the inbox: take ids, call one operation.

Each may run late, twice or on two machines at once: the operations claim their rows.
Operations are imported inside the tasks, since operations themselves enqueue tasks.
"""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from inbox.connectors.types import Capability
from inbox.lib import heartbeat
from inbox.lib.bell import ring
from inbox.models import Channel, User


@shared_task
def sync_due_streams() -> None:
    """Ask workers to read every stream that is due."""
    from inbox.operations.sync import due_streams

    for stream_id in due_streams(now=timezone.now()):
        ring(sync_stream, stream_id)


@shared_task(acks_late=True)
def sync_stream(stream_id: int) -> None:
    """Read one stream; a second worker at the same stream leaves at once."""
    from inbox.operations import sync

    sync.sync_stream(stream_id=stream_id)


@shared_task
def sweep_receipts() -> None:
    """Ask workers to read the deliveries that nobody is reading."""
    from inbox.operations.receipts import due

    for receipt_id in due(now=timezone.now()):
        ring(read_receipt, receipt_id)


@shared_task(acks_late=True)
def read_receipt(receipt_id: int) -> None:
    """Take in one delivery; a second worker at the same one leaves at once."""
    from inbox.operations import receipts

    receipts.read(receipt_id=receipt_id)


@shared_task
def read_tray_again(channel_id: int, user_id: int) -> None:
    """Read again what one channel has in the tray; what is settled meanwhile is passed over."""
    from inbox.operations import tray

    tray.go_through(channel_id=channel_id, by=User.objects.get(pk=user_id))


@shared_task
def sweep_subscriptions() -> None:
    """Ask workers to have networks deliver to us, where that is due."""
    from inbox.operations.subscribing import due

    for channel_id in due(now=timezone.now()):
        ring(subscribe_channel, channel_id)


@shared_task(acks_late=True)
def subscribe_channel(channel_id: int) -> None:
    """Have a network deliver to us what concerns one channel; twice is the same as once."""
    from inbox.operations import subscribing

    subscribing.subscribe(channel_id=channel_id)


@shared_task
def sweep_acts() -> None:
    """Ask workers to do the acts on networks that are due, or whose worker died."""
    from inbox.operations.acts import due

    for act_id in due(now=timezone.now()):
        ring(perform_act, act_id)


@shared_task(acks_late=True)
def perform_act(act_id: int) -> None:
    """Do one act on a network; a second worker at the same one leaves at once."""
    from inbox.operations import acts

    acts.perform(act_id=act_id)


@shared_task
def recheck_channels() -> None:
    """Ask workers to look for edits and deletions on every channel."""
    for channel in Channel.objects.reachable():
        if channel.can(Capability.LOOKUP):
            ring(recheck_channel, channel.pk)


@shared_task(acks_late=True)
def recheck_channel(channel_id: int) -> None:
    """Look for edits and deletions on one channel."""
    from inbox.operations import recheck

    recheck.recheck_channel(channel_id=channel_id, now=timezone.now())


@shared_task
def wake_snoozed() -> None:
    """Bring snoozed conversations back whose time has come."""
    from inbox.operations.conversations import wake_due

    wake_due(now=timezone.now())


@shared_task(acks_late=True)
def run_bulk_job(job_id: int) -> None:
    """Do a turn of a bulk job; a second worker at the same job leaves at once."""
    from inbox.operations import bulk_running

    bulk_running.run_job(job_id=job_id)


@shared_task
def sweep_bulk_jobs() -> None:
    """Ask workers to go on with the jobs that nobody is at."""
    from inbox.operations.bulk_running import abandoned_jobs

    for job_id in abandoned_jobs(now=timezone.now()):
        ring(run_bulk_job, job_id)


@shared_task
def sweep_attachments() -> None:
    """Ask a worker to fetch what hangs on messages, if anything waits."""
    from inbox.operations.fetching import is_due

    if is_due(now=timezone.now()):
        ring(fetch_attachments)


@shared_task(acks_late=True)
def fetch_attachments() -> None:
    """Fetch what hangs on messages; a few workers at a time, the rest leave at once."""
    from inbox.operations.fetching import fetch_due

    fetch_due()


@shared_task
def sweep_people() -> None:
    """Ask workers to judge anew where what is known of people has changed."""
    from inbox.operations.persons import due_people

    for person_id in due_people():
        ring(rejudge_person, person_id)


@shared_task(acks_late=True)
def rejudge_person(person_id: int) -> None:
    """Judge the open conversations of one person by the lists they are on now."""
    from inbox.operations import persons

    persons.rejudge(person_id=person_id)


@shared_task
def check_health() -> None:
    """Judge every channel, and tell the admins where that changed for longer than a moment."""
    from inbox.operations import alarms, health

    health.assess_all()
    alarms.tell_admins(now=timezone.now())


@shared_task
def sweep_probes() -> None:
    """Ask workers to try the channels that were not tried for a day."""
    from inbox.operations.probing import due

    for channel_id in due(now=timezone.now()):
        ring(probe_channel, channel_id)


@shared_task(acks_late=True)
def probe_channel(channel_id: int) -> None:
    """Try one channel whole; a second worker at it leaves at once."""
    from inbox.operations import probing

    probing.probe(channel_id=channel_id)


@shared_task
def prune_events() -> None:
    """Delete what has had its day: live events, tray entries, kept answers, told events, hits."""
    from inbox.operations import upkeep

    upkeep.prune_events()
    upkeep.prune_notifications()
    upkeep.prune_answers()
    upkeep.prune_deliveries()
    upkeep.prune_receipts()
    upkeep.prune_files()
    upkeep.prune_bad_items()
    upkeep.prune_hits()


@shared_task
def sweep_presence() -> None:
    """Forget who fell silent."""
    from inbox.operations import presence

    presence.sweep(now=timezone.now())


@shared_task
def sweep_webhooks() -> None:
    """Ask workers to speak to every endpoint for which something is due."""
    from inbox.operations.delivering import due_endpoints

    for endpoint_id in due_endpoints(now=timezone.now()):
        ring(deliver_webhooks, endpoint_id)


@shared_task(acks_late=True, soft_time_limit=50, time_limit=60)
def deliver_webhooks(endpoint_id: int) -> None:
    """Send what is due to one endpoint; a second worker at the same endpoint leaves at once."""
    from inbox.operations.delivering import deliver

    deliver(endpoint_id=endpoint_id)


@shared_task(acks_late=True, autoretry_for=(OSError,), retry_backoff=30, max_retries=6)
def mail_webhook_off(endpoint_id: int) -> None:
    """Mail the admins that a webhook was switched off; the tray and a bar say it in any case."""
    from inbox.operations.telling import mail_of_webhook_off

    mail_of_webhook_off(endpoint_id=endpoint_id)


@shared_task
def beat_heart() -> None:
    """Note that beat sends and a worker runs; `manage.py doctor` looks for it."""
    heartbeat.beat()
