"""Charts as SVG: what they show, whatever the numbers and names are."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from inbox.charts import APART, HEIGHT, Bar, Series, bars, lines, round_top


def drawn(svg: str) -> list[ElementTree.Element]:
    """Return the two drawings, which must be sound XML without any style."""
    assert "style=" not in svg
    return list(ElementTree.fromstring(f"<all>{svg}</all>"))


def test_bars_are_as_long_as_their_numbers_at_both_widths() -> None:
    rows = [
        Bar("Toyota", "300", [("negative", 200), ("neutral", 100), ("positive", 0)]),
        Bar("Ford", "150", [("negative", 0), ("neutral", 150), ("positive", 0)]),
        Bar("Nobody", "0", [("negative", 0)]),
    ]
    for svg, width in zip(drawn(bars(rows, label="who")), (840, 326), strict=True):
        parts = svg.findall("rect")
        lengths = [round(float(part.attrib["width"]) + 1) for part in parts]
        assert lengths == pytest.approx([width * 2 / 3, width / 3, width / 2], abs=1)
        assert [text.text for text in svg.findall("text")] == [
            *("Toyota", "300", "Ford", "150", "Nobody", "0")
        ]


def test_lines_end_with_their_names_which_do_not_cover_each_other() -> None:
    series = [
        Series("Toyota", [0, 5, 10], is_ours=True),
        Series("Ford", [3, 3, 10]),
        Series("Averyveryverylongbrandname", [1, 1, 10]),
    ]
    for svg in drawn(lines(series, ["Mon", "Tue", "Wed"], top=10, label="over time")):
        assert len(svg.findall("polyline")) == 3
        ends = [text for text in svg.findall("text") if "chart__end" in text.attrib["class"]]
        heights = sorted(float(text.attrib["y"]) for text in ends)
        assert all(low + APART <= high for low, high in pairwise(heights))
        assert heights[-1] <= HEIGHT
        assert ends[0].text == "Toyota"
        assert str(ends[2].text).endswith("…")
        us, *others = (line.attrib["class"] for line in svg.findall("polyline"))
        assert us.endswith("--us")
        assert len({us, *others}) == 3
        first = svg.findall("polyline")[0].attrib["points"].split()
        levels = [float(point.split(",")[1]) for point in first]
        assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize("numbers", [[0], [7], [0, 0], list(range(400))])
def test_any_number_of_steps_can_be_drawn(numbers: list[int]) -> None:
    svg = lines([Series("A", numbers)], ["x"], top=round_top(max(numbers)), label="l")
    for one in drawn(svg):
        points = one.findall("polyline")[0].attrib["points"].split()
        assert len(points) == len(numbers)
        assert not re.search("nan|inf", ElementTree.tostring(one, "unicode"))


def test_nothing_at_all_is_an_empty_chart() -> None:
    assert len(drawn(bars([], label="l"))) == 2
    assert len(drawn(lines([], [], top=2, label="l"))) == 2


def test_hostile_names_stay_words() -> None:
    name = '"><script>alert(1)</script>'
    for svg in (
        bars([Bar(name, name, [("neutral", 1)])], label=name),
        lines([Series(name, [1])], [name], top=2, label=name),
    ):
        assert "<script" not in svg
        assert drawn(svg)


@pytest.mark.parametrize(
    ("number", "top"), [(0, 2), (2, 2), (3, 4), (5, 6), (7, 10), (11, 20), (61, 100), (999, 1000)]
)
def test_scales_end_on_round_numbers_that_halve(number: int, top: int) -> None:
    assert round_top(number) == top
    assert top % 2 == 0
