"""Saved searches: keeping, pausing and deleting them; what nobody should search for is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.connectors.types import Capability, Problem
from inbox.errors import NotVisible
from inbox.lib.broad import Flaw, flaws
from inbox.lib.errors import BadInput, NotAllowed
from inbox.lib.terms import Terms
from inbox.models import Channel, SavedSearch, Stream, User
from inbox.operations import brands, listening
from inbox.operations import channels as channel_operations
from inbox.operations.audit import record

MOST_TERMS = 30  # of one kind
LONGEST_TERM = 100
LEAST_CAP = 10  # items: no network has a smaller page
# Streams of one channel that only listen. Mastodon allows 300 requests in five minutes for all that
# an account does, and each of these is one a minute; two thirds stay for what is said to us.
MOST_STREAMS = 20
FLAWS = {
    "nothing": gettext_lazy("Name at least one word, phrase or hashtag to listen for."),
    "short": gettext_lazy(
        "“%(term)s” is too short: it is part of nearly every text. Write a whole word, or make it "
        "part of a phrase."
    ),
    "common": gettext_lazy(
        "“%(term)s” stands in nearly every text, so it would find everything. Take it out, or make "
        "it part of a phrase such as “%(term)s brand name”."
    ),
    "hashtag": gettext_lazy("“%(term)s” is no hashtag: it is made of letters and digits."),
    "contradiction": gettext_lazy(
        "“%(term)s” is both wanted and unwanted, so nothing would be found. Take it out of one."
    ),
}
PROBLEMS = {
    "no_search": gettext_lazy("this network cannot be searched."),
    "hashtags_only": gettext_lazy("only hashtags can be searched for: name at least one."),
    "too_many": gettext_lazy(
        "it can listen for %(limit)s words, phrases and hashtags at once, a word counting twice "
        "where it is looked for as a hashtag too: take out %(over)s, here or in another search."
    ),
    "search_too_long": gettext_lazy(
        "the search may be %(limit)s characters long: shorten it by %(over)s."
    ),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to listen for: the fields of a SavedSearch that people set."""

    name: str
    terms: Terms
    channels: Collection[Channel]
    purpose: str = SavedSearch.Purpose.QUEUE
    brand: str = ""
    is_ours: bool = False
    daily_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with an order, and with which of its fields."""

    field: str
    words: str


@transaction.atomic
def save_search(*, order: Order, by: User, search: SavedSearch | None = None) -> SavedSearch:
    """Listen for `order` from now on, in place of what `search` listened for.

    Raises NotAllowed, NotVisible, and BadInput with the first complaint.
    """
    row = _lock(search, by) if search else SavedSearch(created_by=by)
    check_may_listen(by, order.channels)
    if found := complaints(order, but=row):
        raise BadInput(found[0].words)
    before = row.terms
    moves = bool(search) and row.brand != order.brand
    if moves:
        _leave_brand(row)
    row.name, row.purpose, row.daily_cap = order.name, order.purpose, order.daily_cap
    row.brand, row.is_ours = order.brand, order.is_ours
    for name in ("words", "phrases", "hashtags", "beside", "without"):
        setattr(row, name, list(getattr(order.terms, name)))
    row.language = order.terms.language
    if row.is_capped:  # by a limit that has been lowered below what was read today
        row.capped_at = timezone.now()
    row.save()
    if moves:
        brands.recount(search=row)
    row.channels.set(order.channels)
    listening.refit(search=row)
    verb = "inbox.search.changed" if search else "inbox.search.saved"
    was, now = _shown(before), _shown(order.terms)
    record(actor=by, verb=verb, target=row, name=row.name, before=was, after=now)
    return row


@transaction.atomic
def set_paused(*, search: SavedSearch, paused: bool, by: User) -> SavedSearch:
    """Stop listening, or go on with what is said from now on."""
    row = _lock(search, by)
    if row.is_paused != paused:
        row.is_paused = paused
        row.save(update_fields=["is_paused"])
        if not paused:
            listening.begin_anew(search=row)
        verb = "inbox.search.paused" if paused else "inbox.search.resumed"
        record(actor=by, verb=verb, target=row, name=row.name)
    return row


@transaction.atomic
def delete_search(*, search: SavedSearch, by: User) -> None:
    """End listening and forget the counts; what came into the inbox stays."""
    row = _lock(search, by)
    record(actor=by, verb="inbox.search.deleted", target=row, name=row.name, was=_shown(row.terms))
    _leave_brand(row)
    row.delete()
    listening.drop_unused()


def _leave_brand(row: SavedSearch) -> None:
    """What its other searches had found only after this one counts for the brand from now on."""
    others = SavedSearch.objects.filter(brand=row.brand).exclude(pk=row.pk)
    SavedSearch.objects.filter(pk=row.pk).update(brand="")
    for other in others.exclude(brand="")[:1]:
        brands.recount(search=other)


def check_may_listen(by: User, channels: Collection[Channel]) -> None:
    """Raise NotAllowed or NotVisible unless `by` may search with all of `channels`."""
    if not by.has_perm("inbox.manage_savedsearch"):
        raise NotAllowed(_("Only managers and admins can save searches."))
    if not all(by.sees(channel.pk) for channel in channels):
        raise NotVisible(_("This search is also on channels that are not for you to see."))


def complaints(order: Order, *, but: SavedSearch | None = None) -> list[Complaint]:
    """Return what keeps `order` from being saved, beside the search `but` or anew."""
    return [*_about_name(order, but), *_about_terms(order.terms), *_about_channels(order, but)]


def cost_of(channel: Channel, terms: Terms) -> float:
    """Return what an item read for `terms` costs on `channel`, in US dollars."""
    if listening.looks_through_all(channel):
        return 0.0
    names = channel_operations.connector_with(channel, secrets={}).listening(terms)
    return max((channel.manifest.stream(name).cost for name in names), default=0.0)


def _about_name(order: Order, but: SavedSearch | None) -> Iterator[Complaint]:
    if not order.name:
        yield Complaint("name", _("Give the search a name."))
    same = SavedSearch.objects.filter(name__iexact=order.name)
    if but and but.pk:
        same = same.exclude(pk=but.pk)
    if order.name and same.exists():
        yield Complaint("name", _("There is a search of this name already. Choose another one."))
    if order.is_ours and not order.brand:
        yield Complaint("brand", _("Write what we are called, so that charts can name us."))


def _about_terms(terms: Terms) -> Iterator[Complaint]:
    for flaw in flaws(terms):
        words = str(FLAWS[flaw.code]) % {"term": flaw.term}
        yield Complaint(_field_of(flaw, terms), words)
    for name in ("words", "phrases", "hashtags", "beside", "without"):
        given = getattr(terms, name)
        if len(given) > MOST_TERMS:
            yield Complaint(name, _("At most %(count)s of a kind.") % {"count": MOST_TERMS})
        if any(len(term) > LONGEST_TERM for term in given):
            words = _("A term has at most %(count)s characters.") % {"count": LONGEST_TERM}
            yield Complaint(name, words)


def _field_of(flaw: Flaw, terms: Terms) -> str:
    if flaw.code == "hashtag":
        return "hashtags"
    names = ("words", "phrases", "beside")
    return next((name for name in names if flaw.term in getattr(terms, name)), "words")


def _about_channels(order: Order, but: SavedSearch | None) -> Iterator[Complaint]:
    if not order.channels:
        yield Complaint("channels", _("Choose at least one channel to listen with."))
    if not order.terms.alternatives:
        return
    costs = False
    for channel in order.channels:
        found = _problems(channel, order.terms, but)
        costs = costs or (not found and cost_of(channel, order.terms) > 0)
        for problem in found:
            yield Complaint("channels", f"{channel.name}: {_in_words(problem)}")
    if order.daily_cap is not None and order.daily_cap < LEAST_CAP:
        words = _("At least %(count)s a day, or no limit at all.") % {"count": LEAST_CAP}
        yield Complaint("daily_cap", words)
    elif costs and order.daily_cap is None:
        words = _("This network takes money for each post that is read: say how many a day.")
        yield Complaint("daily_cap", words)


def _problems(channel: Channel, terms: Terms, but: SavedSearch | None) -> list[Problem]:
    if not channel.can(Capability.LISTEN):
        return [Problem("no_search", "")]
    connector = channel_operations.connector_with(channel, secrets={})
    if found := connector.check_search(terms):
        return found
    if listening.looks_through_all(channel):
        return []
    own = [but.pk] if but and but.pk else []
    others = SavedSearch.objects.exclude(pk__in=own)
    busy = Stream.objects.filter(channel=channel, searches__in=others).values_list(
        "name", flat=True
    )
    over = len({*busy, *connector.listening(terms)}) - MOST_STREAMS
    return [Problem("too_many", "", {"over": over, "limit": MOST_STREAMS})] if over > 0 else []


def _in_words(problem: Problem) -> str:
    words = PROBLEMS.get(problem.code)
    return str(words) % problem.params if words else problem.message


def _shown(terms: Terms) -> dict[str, object]:
    names = ("words", "phrases", "hashtags", "beside", "without", "language")
    return {name: value for name in names if (value := getattr(terms, name))}


def _lock(search: SavedSearch, by: User) -> SavedSearch:
    row = SavedSearch.objects.select_for_update(no_key=True).get(pk=search.pk)
    check_may_listen(by, row.channels.all())
    return row
