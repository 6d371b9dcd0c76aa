"""What happens in the background: broker, worker, beat, and replies that wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import redis
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from crisisdesk.celery import app
from crisisdesk.doctor.finding import Finding, fine, problem, warning
from crisisdesk.runner import data_dir
from crisisdesk.runner.broker import OLDEST
from inbox.lib import crypto, heartbeat
from responses.models import Reply

PATIENCE = 2.0  # seconds
OVERDUE = timedelta(minutes=2)
START = "Start it: manage.py serve, or celery -A crisisdesk worker and beat (see README)."


def is_desk_up() -> bool:
    """Should worker and beat be running, as far as this machine can tell?"""
    return bool(settings.REDIS_URL) or data_dir.is_in_use(settings.DATA_DIR)


def broker() -> Iterator[Finding]:
    """The bell between processes."""
    if not settings.REDIS_URL:
        if settings.SINGLE_PROCESS:
            yield fine("broker", "None is needed: one process does everything.")
        return
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
    )
    try:
        facts = client.info()
    except (redis.RedisError, OSError) as error:
        yield problem(
            "broker", f"Redis is out of reach: {error}", "Start it, or correct REDIS_URL."
        )
        return
    finally:
        client.close()
    yield _redis(str(facts["redis_version"]))
    if int(facts.get("maxmemory", 0)) and facts.get("maxmemory_policy") != "noeviction":
        remedy = "Set maxmemory-policy to noeviction."
        yield warning("broker", "Redis may throw queued work away when it is full.", remedy)


def _redis(version: str) -> Finding:
    numbers = tuple(int(part) for part in version.split(".")[:2])
    if numbers < OLDEST:
        return problem("broker", f"Redis {version} is too old.", "Install Redis 6.2 or newer.")
    return fine("broker", f"Redis {version} answers.")


def heart() -> Iterator[Finding]:
    """Worker and beat, by their last sign of life."""
    sign = heartbeat.last()
    if not is_desk_up():
        yield warning("worker", "No desk runs here: nothing is fetched and nothing sent.", START)
    elif sign is None or sign.is_late:
        yield _silence(sign)
    elif sign.age < -heartbeat.EVERY:
        remedy = "Let all machines take their time from NTP."
        yield problem("clock", f"A worker's clock is {-sign.age:.0f} s ahead of ours.", remedy)
    elif list(sign.key_marks) != crypto.marks():
        remedy = "Give every process the same FIELD_KEYS and restart the desk."
        yield problem("keys", "The running worker holds other keys than this command.", remedy)
    else:
        yield fine("worker", f"Worker and beat are at work (last seen {sign.age:.0f} s ago).")


def _silence(sign: heartbeat.Heartbeat | None) -> Finding:
    """Say which of the two is missing."""
    since = f"for {sign.age:.0f} s" if sign else "yet"
    if settings.REDIS_URL:
        try:
            workers = app.control.ping(timeout=PATIENCE)
        except (OperationalError, redis.RedisError, OSError):
            workers = []
        if workers:
            words = f"{len(workers)} workers answer, but beat has sent nothing {since}."
            return problem("beat", words, "Start beat: celery -A crisisdesk beat.")
    return problem("worker", f"No worker has shown a sign of life {since}.", START)


def replies() -> Iterator[Finding]:
    """Replies whose time has come and that nobody sends."""
    stuck = Reply.objects.due(timezone.now() - OVERDUE).count()
    if stuck:
        words = f"{stuck} approved replies have waited for more than two minutes to be sent."
        yield problem("replies", words, "Look at worker, beat and channels above.")
    waiting = Reply.objects.needing_attention().count()
    if waiting:
        words = f"{waiting} replies need a person."
        yield warning("replies", words, f"Open {settings.SITE_URL}/attention/.")
