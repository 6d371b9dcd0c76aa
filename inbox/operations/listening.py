"""From a page that a network showed to what our searches wanted of it: kept, counted, or left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils import timezone

from inbox.connectors.types import Capability, InboundMessage
from inbox.lib.days import desk_day
from inbox.lib.matching import Miss, missing
from inbox.lib.terms import Terms
from inbox.models import Channel, SavedSearch, Stream
from inbox.operations import channels, hits
from inbox.operations.audit import record
from inbox.operations.ingest import ingest
from inbox.triage.language import detect_language


@dataclass(frozen=True, slots=True)
class Heard:
    """An item and the searches that it matches."""

    item: InboundMessage
    searches: tuple[SavedSearch, ...]

    @property
    def found_by(self) -> str:
        """The first search that wants it in the inbox, "" if it is only counted."""
        return next((search.name for search in self.searches if search.is_for_queue), "")


def take_in(*, stream: Stream, messages: Sequence[InboundMessage], is_fresh: bool) -> int:
    """Store what of `messages` is wanted and count what was heard. Returns how many are new.

    All in the caller's transaction, so that nothing is counted that is not stored.
    """
    searches = searches_of(stream)
    heard = sift(searches, messages)
    if not stream.is_listening:
        done = ingest(channel=stream.channel, messages=messages, is_fresh=is_fresh)
        hits.count(channel=stream.channel, heard=heard)
        return done.created
    found_by = {one.item.external_id: one.found_by for one in heard if one.found_by}
    threads = {one.item.thread_external_id for one in heard if one.found_by}
    kept = [
        item
        for item in messages
        if item.external_id in found_by or (item.is_context and item.thread_external_id in threads)
    ]
    created = 0
    if kept:
        done = ingest(channel=stream.channel, messages=kept, is_fresh=is_fresh, found_by=found_by)
        created = done.created
    hits.count(channel=stream.channel, heard=heard)
    return created


def searches_of(stream: Stream) -> list[SavedSearch]:
    """Return the searches that look through what this stream brings."""
    if stream.is_listening:
        return list(stream.searches.active())
    if looks_through_all(stream.channel):
        return list(stream.channel.searches.active())
    return []


def looks_through_all(channel: Channel) -> bool:
    """Say whether this network cannot be asked for words, so all that is read is looked through."""
    return channel.can(Capability.LISTEN) and not channel.manifest.listening


def sift(searches: Collection[SavedSearch], messages: Sequence[InboundMessage]) -> list[Heard]:
    """Return the items that match a search. What we say ourselves is never among them."""
    pairs = [
        Heard(item, tuple(search for search in searches if why_not(search.terms, item) is None))
        for item in messages
        if not item.is_ours and not item.is_private and not item.is_context
    ]
    return [one for one in pairs if one.searches]


def why_not(terms: Terms, item: InboundMessage) -> Miss | None:
    """Return why `item` is not what `terms` stand for, None if it is."""
    language = detect_language(item.text, item.language) if terms.language else ""
    return missing(terms, item.text, language=language)


def budget(*, stream: Stream) -> int | None:
    """Return how many items may still be read today for the searches of `stream`; None: any."""
    left = [
        None if search.daily_cap is None else search.daily_cap - search.read_today
        for search in stream.searches.active()
    ]
    if None in left:
        return None
    return max((number for number in left if number is not None), default=0)


def note_read(*, stream: Stream, count: int) -> bool:
    """Write down that `count` items were read. Says whether nothing more may be read today."""
    rows = SavedSearch.objects.select_for_update(no_key=True).filter(streams=stream)
    for search in rows.order_by("pk"):
        _add(search, count)
    return not stream.searches.active().exists()


def _add(search: SavedSearch, count: int) -> None:
    was_capped = search.is_capped
    search.read_count, search.read_on = search.read_today + count, desk_day()
    if search.is_capped and not was_capped:
        search.capped_at = timezone.now()
        record(
            actor=None,
            verb="inbox.search.capped",
            target=search,
            name=search.name,
            count=search.daily_cap,
        )
    search.save(update_fields=["read_count", "read_on", "capped_at"])


def refit(*, search: SavedSearch) -> None:
    """Let exactly those streams be read that `search` needs now, beginning with what is new."""
    wanted: list[Stream] = []
    for channel in search.channels.all():
        if looks_through_all(channel):
            continue
        connector = channels.connector_with(channel, secrets={})
        for name in connector.listening(search.terms):
            stream, _is_new = Stream.objects.get_or_create(
                channel=channel, name=name, defaults={"is_listening": True}
            )
            wanted.append(stream)
    search.streams.set(wanted)
    drop_unused()


def drop_unused() -> None:
    """Forget the streams that no search needs any more; what they brought stays."""
    Stream.objects.filter(is_listening=True, searches=None).delete()


def begin_anew(*, search: SavedSearch) -> None:
    """Let reading go on with what is said from now on."""
    search.streams.update(head="", gaps=[], next_poll_at=None)
