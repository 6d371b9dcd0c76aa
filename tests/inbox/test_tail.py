"""Following the event table: nothing lost, whatever the order of commits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from inbox import tail
from inbox.models import LiveEvent
from inbox.tail import Change, Reader, Tail, settled_id, since

pytestmark = pytest.mark.django_db
EVERYTHING = Reader(1, None)


def put(*ids: int, age: float = 0.0) -> None:
    """Store events as if their transactions committed now; `age` in seconds."""
    for pk in ids:
        LiveEvent.objects.create(pk=pk, kind="conversation", conversation_id=pk)
    LiveEvent.objects.filter(pk__in=ids).update(at=timezone.now() - timedelta(seconds=age))


def read(reader: Tail) -> list[int | None]:
    return [change.conversation_id for change in reader.read()]


def test_each_row_is_read_once() -> None:
    reader = Tail(0)
    put(1, 2)
    assert read(reader) == [1, 2]
    assert read(reader) == []
    put(3)
    assert read(reader) == [3]


def test_a_lower_id_that_commits_later_is_not_lost() -> None:
    reader = Tail(0)
    put(1, 4, 7)
    assert read(reader) == [1, 4, 7]
    put(3)
    assert read(reader) == [3]
    put(2, 5, 6, 8)
    assert read(reader) == [2, 5, 6, 8]
    assert reader.settled == 8


def test_a_browser_continues_below_what_may_still_appear() -> None:
    reader = Tail(0)
    put(1, 2, 5)
    reader.read()
    assert reader.settled == 2
    put(3)
    reader.read()
    assert reader.settled == 3
    put(4)
    reader.read()
    assert reader.settled == 5


def test_a_number_that_was_rolled_back_is_waited_for_no_longer_than_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Tail(0)
    put(2)
    reader.read()
    assert reader.settled == 0
    monkeypatch.setattr(tail, "SETTLE", 0.0)
    reader.read()
    assert reader.settled == 2


def test_a_failed_look_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Tail(0)
    put(1, 3)
    reader.read()
    put(2, 4)
    with monkeypatch.context() as broken:
        broken.setattr(Tail, "_in_gaps", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reader.read()
    assert read(reader) == [2, 4]


def test_a_page_starts_below_everything_young() -> None:
    assert settled_id() == 0
    put(1, 2, 6, age=60)
    assert settled_id() == 6
    put(5)
    assert settled_id() == 2
    assert read(Tail.start()) == [5, 6]


def test_what_was_missed_is_told() -> None:
    put(1, 2, 3)
    assert since(1, EVERYTHING) == [Change("conversation", 2), Change("conversation", 3)]
    assert since(3, EVERYTHING) == []


def test_after_the_rows_are_pruned_the_page_is_loaded_anew() -> None:
    assert since(0, EVERYTHING) == []
    assert since(7, EVERYTHING) is None
    put(9)
    assert since(7, EVERYTHING) is None
    assert since(8, EVERYTHING) == [Change("conversation", 9)]


def test_too_much_to_tell_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MOST_MISSED", 2)
    put(1, 2, 3)
    assert since(1, EVERYTHING) is not None
    assert since(0, EVERYTHING) is None


def test_errors_of_the_database_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(LiveEvent.objects, "filter", fail)
    with pytest.raises(DatabaseError):
        Tail(0).read()
