"""What pages cost beside a bare Django view, and how that grows with the queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from inbox.filters import ORDERS, PAGE
from inbox.models import Conversation
from tests.bench.client import BARE, Answer, Browser
from tests.bench.figures import met, percentile, table
from tests.bench.seed import COMMON, RARE_WORD, Desk, begin, grow
from tests.bench.servers import FLOOR, PRODUCT, serving

DEEP = 200  # pages
WARM_UP = 4  # rounds that are not counted
GROWTH = 1.2  # most that a page may cost more with a hundred times as many conversations


@dataclass
class Work:
    """One thing that people do all day; `ask` does it once."""

    name: str
    ask: Callable[..., Answer]
    floor: str = ""  # the work that it is compared with
    aim: float | None = None  # the most times that floor


def measure_pages(sizes: list[int], rounds: int, port: int) -> None:
    """Measure every work at each size and print it all."""
    desk = begin()
    medians: dict[str, list[float]] = defaultdict(list)
    with serving(PRODUCT, port), serving(FLOOR, port + 1):
        for size in sizes:
            grow(desk, size)
            works = _works(desk, port)
            answers = _measure(works, rounds)
            print(f"\n{size:,} open conversations, {rounds} rounds")
            _show(works, answers)
            for name, given in answers.items():
                medians[name].append(_median(given))
    if len(sizes) > 1:
        print(f"\nGrowth from {sizes[0]:,} to {sizes[-1]:,}")
        rows = [(name, m[0], m[-1], m[-1] / m[0]) for name, m in medians.items()]
        heads = ("work", "p50 first", "p50 last", "times", "aim")
        table(heads, [(*row[:3], f"{row[3]:.2f}", met(row[3], GROWTH)) for row in rows])


def _works(desk: Desk, port: int) -> list[Work]:
    product, floor = Browser(port, desk.reader), Browser(port + 1, desk.reader, BARE)
    fresh = _unanswered(desk)
    answering = Answering(product, fresh)
    opened, written = f"/conversations/{desk.long.pk}/", f"/{next(fresh)}/reply/"
    listed = partial(product.get, htmx=True)
    part = partial(listed, target="list-body")  # what filters, searches and reloads ask for
    return [
        Work("floor: 25 rows", partial(floor.get, "/")),
        Work("floor: thread of 50", partial(floor.get, f"/{desk.long.pk}/")),
        Work("floor: reply", partial(floor.post, written, text="We hear you.")),
        Work("queue page", partial(product.get, "/"), "floor: 25 rows", 4),
        Work("list pane", partial(listed, "/", target="list"), "floor: 25 rows"),
        Work("list fragment", partial(part, "/"), "floor: 25 rows", 2.5),
        Work("by assignee", partial(part, "/?assignee=me"), "floor: 25 rows", 4),
        Work("by channel", partial(part, f"/?channel={desk.channel.pk}"), "floor: 25 rows", 4),
        Work("200 pages deep", partial(listed, f"/?after={_deep()}"), "floor: 25 rows", 4),
        Work("search, common", partial(part, f"/?q={COMMON}"), "floor: 25 rows", 4),
        Work("search, rare", partial(part, f"/?q={RARE_WORD}"), "floor: 25 rows", 4),
        Work("conversation", partial(listed, opened), "floor: thread of 50", 4),
        Work("conversation page", partial(product.get, opened), "floor: thread of 50"),
        Work("reply: composer", answering.open),
        Work("reply: save", answering.save, "floor: reply", 6),
        Work("reply: submit", answering.submit, "floor: reply", 6),
    ]


class Answering:
    """An agent's reply: open the composer, save what is typed, submit it; each in turn."""

    def __init__(self, browser: Browser, conversations: Iterator[int]) -> None:
        self.browser = browser
        self.conversations = conversations

    def open(self, **options: bool) -> Answer:
        self.path = f"/conversations/{next(self.conversations)}/reply/"
        self.panel = self.browser.get(self.path, htmx=True, **options)
        self.form = {name: self.panel.field(name) for name in ("last", "seen_version", "seen_at")}
        return self.panel

    def save(self, **options: bool) -> Answer:
        saved = self.browser.post(f"{self.path}save/", text=self.text, **self.form, **options)
        self.form |= {name: saved.field(name) for name in ("draft", "base")}
        return saved

    def submit(self, **options: bool) -> Answer:
        path = f"{self.path}compose/"
        return self.browser.post(path, text=self.text, act="submit", **self.form, **options)

    @property
    def text(self) -> str:
        return f"We hear you; reference {self.path.split('/')[2]}. We are looking into it now."


def _unanswered(desk: Desk) -> Iterator[int]:
    rows = Conversation.objects.filter(status="open", drafts=None).exclude(pk=desk.long.pk)
    return iter(list(rows.order_by("-rank_at").values_list("pk", flat=True)[:2000]))


def _deep() -> str:
    """Return the cursor of the page that lies DEEP pages down, or of the last full one."""
    order = ORDERS["rank"]
    rows = Conversation.objects.filter(status="open")
    at = min(DEEP * PAGE, rows.count() - 2 * PAGE)
    return order.cursor(rows.order_by(*order.columns)[at])


def _measure(works: list[Work], rounds: int) -> dict[str, list[Answer]]:
    """Do every work once a round, so that a busy moment of the machine hits all of them.

    The first answer of each counts the queries; it and the rest of the warm-up count no times.
    """
    answers: dict[str, list[Answer]] = defaultdict(list)
    for turn in range(WARM_UP + rounds):
        for work in works:
            answer = work.ask(count=turn == 0)
            if answer.status not in (200, 204):
                raise SystemExit(f"{work.name} answered {answer.status}: {answer.text[:300]}")
            if turn == 0 or turn >= WARM_UP:
                answers[work.name].append(answer)
    return answers


def _show(works: list[Work], answers: dict[str, list[Answer]]) -> None:
    heads = ("work", "p50 ms", "p95 ms", "cpu ms", "queries", "× floor", "× its cpu", "aim")
    rows: list[tuple[object, ...]] = []
    for work in works:
        wall, cpu = _median(answers[work.name]), _median(answers[work.name], "cpu_ms")
        p95 = percentile((answer.ms for answer in answers[work.name][1:]), 0.95)
        row = (work.name, wall, p95, cpu, answers[work.name][0].queries)
        if not work.floor:
            rows.append((*row, "", "", ""))
            continue
        ratio = wall / _median(answers[work.floor])
        of_cpu = cpu / _median(answers[work.floor], "cpu_ms")
        rows.append((*row, f"{ratio:.2f}", f"{of_cpu:.2f}", met(ratio, work.aim)))
    table(heads, rows)


def _median(answers: list[Answer], what: str = "ms") -> float:
    return percentile((getattr(answer, what) for answer in answers[1:]), 0.5)
