"""What a search would find, asked of the networks before it is saved: samples, volume, cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from inbox.connectors.errors import ConnectorError
from inbox.connectors.types import FetchPage, InboundMessage, Window
from inbox.errors import ChannelUnavailable
from inbox.lib.matching import Miss
from inbox.lib.terms import Terms
from inbox.models import Channel, User
from inbox.operations import channels, listening, searches
from inbox.operations.audit import record

READ = 20  # items asked for where each costs money
SHOWN = 10
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Looked:
    """An item that the network found, and why it would be left out (None: it would not)."""

    item: InboundMessage
    miss: Miss | None


@dataclass(frozen=True, slots=True)
class Sample:
    """What one channel finds. per_day, kept_per_day: read and kept in a day, by this sample."""

    channel: Channel
    looked: tuple[Looked, ...] = ()
    read: int = 0
    kept: int = 0
    per_day: int = 0
    kept_per_day: int = 0
    cost: float = 0.0
    trouble: str = ""

    @property
    def cost_now(self) -> float:
        """What this look has cost, in US dollars."""
        return self.cost * self.read

    @property
    def cost_per_day(self) -> float:
        return self.cost * self.per_day


def preview(*, terms: Terms, channels: Collection[Channel], by: User) -> list[Sample]:
    """Ask each of `channels` for the newest of what it finds. Raises NotAllowed, NotVisible."""
    searches.check_may_listen(by, channels)
    return [_sample(terms, channel, by) for channel in channels]


def _sample(terms: Terms, channel: Channel, by: User) -> Sample:
    cost = searches.cost_of(channel, terms)
    try:
        pages = _pages(terms, channel, READ if cost else None)
    except ChannelUnavailable as error:
        return Sample(channel, trouble=str(error))
    except ConnectorError as error:
        channels.note_trouble(channel=channel, error=error)
        return Sample(channel, trouble=error.message)
    if cost:
        read = sum(page.size for page in pages)
        record(actor=by, verb="inbox.search.previewed", target=channel, count=read)
    return _sampled(terms, channel, pages, cost)


def _pages(terms: Terms, channel: Channel, most: int | None) -> list[FetchPage]:
    connector = channels.connector_for(channel)
    return [connector.fetch_page(name, Window(most=most)) for name in connector.listening(terms)]


def _sampled(terms: Terms, channel: Channel, pages: Sequence[FetchPage], cost: float) -> Sample:
    now = timezone.now()
    items = {item.external_id: item for page in pages for item in page.messages}
    newest = sorted(items.values(), key=lambda item: item.sent_at, reverse=True)
    looked = [
        Looked(item, listening.why_not(terms, item)) for item in newest if not item.is_context
    ]
    kept = [one.item for one in looked if one.miss is None]
    per_day = sum(_per_day(page, now) for page in pages)
    if listening.looks_through_all(channel):
        per_day = len([item for item in kept if item.sent_at > now - DAY])
    share = len(kept) / len(looked) if looked else 0.0
    is_sampled = any(page.next_before for page in pages)
    return Sample(
        channel=channel,
        looked=tuple(looked[:SHOWN]),
        read=sum(page.size for page in pages),
        kept=len(kept),
        per_day=_rounded(per_day),
        kept_per_day=_rounded(per_day * share)
        if is_sampled
        else len([item for item in kept if item.sent_at > now - DAY]),
        cost=cost,
    )


def _per_day(page: FetchPage, now: datetime) -> float:
    """Return how many items a day bring: counted if the page shows a day, else by its density."""
    times = [item.sent_at for item in page.messages]
    if not times:
        return 0.0
    if page.next_before is None or min(times) < now - DAY:
        return float(sum(at > now - DAY for at in times))
    span = max(now - min(times), timedelta(minutes=1))
    return len(times) * (DAY / span)


def _rounded(number: float) -> int:
    """Return `number` in two digits: a sample says no more."""
    size = max(0, len(str(int(number))) - 2)
    return int(round(number, -size))
