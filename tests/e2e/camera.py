"""What `python -m tests.e2e.pictures` runs: a test by its needs, not among the tests."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError

from tests.e2e.browser import DESKTOP, PHONE, browser_page
from tests.e2e.pages import PAGES, Page
from tests.e2e.pictures import OUT, WORDS
from tests.e2e.visitors import Visitors, visitors

LANGUAGES, THEMES = ("en", "id"), ("light", "dark")
SIZES = {"desktop": DESKTOP, "phone": PHONE}
# Of each size, how wide its pictures stand on a sheet, how many in a row, how many on a sheet.
ON_SHEETS = {"desktop": (800, 2, 6), "phone": (390, 4, 8)}
TRIES = 3  # a busy machine may let a browser wait too long
SHEET = """<meta charset="utf-8"><style>
    body { font: 12px sans-serif; display: grid; gap: 12px; margin: 12px; align-items: start;
           grid-template-columns: repeat(ROW, WIDTHpx) }
    figure { margin: 0 }
    img { width: 100%; max-height: HEIGHTpx; object-fit: cover; object-position: top;
          border: 1px solid #999; display: block }
</style>"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures(live_server: Any) -> None:
    out = Path(os.environ[OUT])
    out.mkdir(parents=True, exist_ok=True)
    words = os.environ.get(WORDS, "").split()
    pages = [page for page in PAGES if not words or any(word in page.title for word in words)]
    with visitors(live_server.url, reduced_motion="reduce") as group:
        for language, theme, size in itertools.product(LANGUAGES, THEMES, SIZES):
            for tab in group.pages.values():
                tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
                cookie = {"name": "django_language", "value": language, "url": live_server.url}
                tab.context.add_cookies([cookie])
            kind = f"{language}-{theme}-{size}"
            made = [_take(group, page, size, out / f"{page.title}.{kind}.png") for page in pages]
            _sheets(out, kind, made, *ON_SHEETS[size])


def _take(group: Visitors, page: Page, size: str, path: Path) -> Path:
    """Take one picture, unless it is there from a run that broke off."""
    for attempt in range(TRIES):
        if path.exists():
            break
        try:
            _photograph(group, page, size, path)
        except TimeoutError:
            if attempt == TRIES - 1:
                raise
    return path


def _photograph(group: Visitors, page: Page, size: str, path: Path) -> None:
    """Open `page` on a screen of this size, then make the screen as long as the page."""
    group.pages[page.who].set_viewport_size(SIZES[size])
    tab = group.open(page)
    devtools = tab.context.new_cdp_session(tab)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": size == "phone"})
    length = tab.evaluate("document.documentElement.scrollHeight")
    tab.set_viewport_size(SIZES[size] | {"height": max(length, SIZES[size]["height"])})
    tab.screenshot(path=path)
    devtools.detach()


def _sheets(out: Path, kind: str, pictures: list[Path], width: int, row: int, many: int) -> None:
    for number, some in enumerate(_parts(pictures, many)):
        figures = [
            f'<figure><figcaption>{one.stem}</figcaption><img src="{one.name}"></figure>'
            for one in some
        ]
        html = out / f"sheet.{kind}.{number:02}.html"
        html.write_text(
            SHEET.replace("WIDTH", str(width))
            .replace("HEIGHT", str(width * 3))
            .replace("ROW", str(row))
            + "".join(figures)
        )
        with browser_page(viewport={"width": (width + 12) * row + 12, "height": 900}) as page:
            page.goto(html.resolve().as_uri())
            page.screenshot(path=html.with_suffix(".png"), full_page=True)


def _parts(pictures: list[Path], many: int) -> Iterator[list[Path]]:
    for start in range(0, len(pictures), many):
        yield pictures[start : start + many]
