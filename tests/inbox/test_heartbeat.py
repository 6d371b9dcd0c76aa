"""A sign of life that every machine of the desk sees."""

from __future__ import annotations

import time_machine
from django.core.cache import cache

from inbox import tasks
from inbox.lib import crypto, heartbeat


def test_none_before_the_first_worker(db: None) -> None:
    cache.clear()
    assert heartbeat.last() is None


def test_the_task_notes_time_and_keys_but_no_key(db: None, settings) -> None:
    with time_machine.travel(1_000_000, tick=False):
        tasks.beat_heart()
    with time_machine.travel(1_000_030, tick=False):
        sign = heartbeat.last()
    assert sign is not None
    assert (sign.age, sign.is_late) == (30.0, False)
    assert list(sign.key_marks) == crypto.marks()
    assert not any(mark in key for mark in sign.key_marks for key in settings.FIELD_KEYS)
    with time_machine.travel(1_000_070, tick=False):
        late = heartbeat.last()
    assert late is not None
    assert late.is_late
