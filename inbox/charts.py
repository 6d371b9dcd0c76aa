"""Few, plain charts as SVG drawn here: classes for colours, so no style needs to be let in.

Each is drawn twice, for a desk and for a phone, since text in a picture does not wrap; the style
sheet shows one of them. The numbers stand in a table beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.safestring import SafeString

from inbox.lib.markup import fill

WIDTHS = {"wide": 840, "narrow": 326}
SVG = (
    '<svg class="chart chart--{size}" viewBox="0 0 {width} {height}" role="img"'
    ' aria-label="{label}">{inside}</svg>'
)
TEXT = '<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'
PART = '<rect class="chart__part chart__part--{kind}" x="{x}" y="{y}" width="{width}" height="16"/>'
LINE = '<polyline class="chart__line chart__line--{kind}" points="{points}"/>'
DOT = '<circle class="chart__dot chart__line--{kind}" cx="{x}" cy="{y}" r="3"/>'
GRID = '<line class="chart__grid" x1="{x}" x2="{right}" y1="{y}" y2="{y}"/>'

ROW = 46  # a bar with the name above it
HEIGHT, TOP, BOTTOM, LEFT = 230, 12, 26, 44
APART = 15  # between the names at the ends of lines
KINDS = 5  # different lines; who comes later looks like the last


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: `name` and `value` in words, and its parts as (kind, number)."""

    name: str
    value: str
    parts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and a number for each step. is_ours: drawn in the accent colour."""

    name: str
    numbers: Sequence[int]
    is_ours: bool = False


def bars(rows: Sequence[Bar], *, label: str) -> SafeString:
    """Return bars that lie, the longest as wide as there is room."""
    longest = max((sum(number for _kind, number in row.parts) for row in rows), default=0)
    return _both(lambda width: _bars(rows, longest, width), len(rows) * ROW, label)


def lines(series: Sequence[Series], ticks: Sequence[str], *, top: int, label: str) -> SafeString:
    """Return lines over time, each named at its end. ticks: words below, spread evenly."""
    return _both(lambda width: _lines(series, ticks, top, width), HEIGHT, label)


def round_top(number: int) -> int:
    """Return the end of a scale that holds `number` and that halves without a rest."""
    size = 2
    while True:
        for step in (1, 2, 3, 5):
            if step * size >= number:
                return step * size
        size *= 10


def _both(draw: Callable[[int], str], height: int, label: str) -> SafeString:
    drawn = [
        fill(
            SVG, size=size, width=width, height=height, label=label, inside=SafeString(draw(width))
        )
        for size, width in WIDTHS.items()
    ]
    return SafeString("".join(drawn))


def _bars(rows: Sequence[Bar], longest: int, width: int) -> str:
    drawn = []
    for index, row in enumerate(rows):
        y = index * ROW
        drawn.append(_text("chart__name", 0, y + 14, "start", row.name))
        drawn.append(_text("chart__value", width, y + 14, "end", row.value))
        x = 0.0
        for kind, number in row.parts:
            part = number * width / longest if longest else 0.0
            if part:
                drawn.append(fill(PART, kind=kind, x=_n(x), y=y + 20, width=_n(max(part - 1, 0.5))))
            x += part
    return "".join(drawn)


def _lines(series: Sequence[Series], ticks: Sequence[str], top: int, width: int) -> str:
    right = width - (120 if width > 400 else 104)
    floor = HEIGHT - BOTTOM

    def y_of(number: int) -> float:
        return floor - (floor - TOP) * number / top

    drawn = []
    for number in (0, top // 2, top):
        drawn.append(fill(GRID, x=LEFT, right=right, y=_n(y_of(number))))
        drawn.append(_text("chart__tick", LEFT - 6, y_of(number) + 4, "end", f"{number:,}"))
    for index, words in enumerate(ticks):
        x = LEFT + (right - LEFT) * index / max(len(ticks) - 1, 1)
        anchor = "start" if index == 0 else "end" if index == len(ticks) - 1 else "middle"
        drawn.append(_text("chart__tick", x, HEIGHT - 6, anchor, words))
    ends = _spread([y_of(one.numbers[-1]) for one in series])
    for index, (one, end) in enumerate(zip(series, ends, strict=True)):
        kind = "us" if one.is_ours else str(min(index, KINDS - 1))
        step = (right - LEFT) / max(len(one.numbers) - 1, 1)
        places = [(LEFT + step * at, y_of(number)) for at, number in enumerate(one.numbers)]
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
        drawn.append(fill(LINE, kind=kind, points=points))
        drawn.append(fill(DOT, kind=kind, x=_n(places[-1][0]), y=_n(places[-1][1])))
        longest = 16 if width > 400 else 11
        name = one.name if len(one.name) <= longest else one.name[: longest - 1] + "…"
        drawn.append(_text(f"chart__end chart__end--{kind}", right + 8, end + 4, "start", name))
    return "".join(drawn)


def _spread(places: Sequence[float]) -> list[float]:
    """Return `places` moved up or down so far that names there do not cover each other."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    found = list(places)
    for before, index in pairwise(order):
        found[index] = max(found[index], found[before] + APART)
    over = max(found, default=0.0) - (HEIGHT - BOTTOM)
    return [place - over for place in found] if over > 0 else found


def _text(kind: str, x: float, y: float, anchor: str, words: str) -> SafeString:
    return fill(TEXT, kind=kind, x=_n(x), y=_n(y), anchor=anchor, words=words)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
