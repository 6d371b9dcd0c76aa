"""What `python -m tests.e2e.pictures` runs: a test by its needs, not among the tests."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import DESKTOP, PHONE, browser_page
from tests.e2e.pictures import OUT, WORDS
from tests.e2e.visitors import visitors

LANGUAGES, THEMES = ("en", "id"), ("light", "dark")
SIZES = {"desktop": DESKTOP, "phone": PHONE}
SHEET = """<meta charset="utf-8"><style>
    body { font: 12px sans-serif; display: flex; flex-wrap: wrap; gap: 16px; margin: 16px; }
    figure { margin: 0 } img { width: WIDTHpx; border: 1px solid #999; display: block }
</style>"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures(live_server: Any) -> None:
    out = Path(os.environ[OUT])
    out.mkdir(parents=True, exist_ok=True)
    words = os.environ.get(WORDS, "").split()
    with visitors(live_server.url) as group:
        for language, theme, size in itertools.product(LANGUAGES, THEMES, SIZES):
            for tab in group.pages.values():
                tab.set_viewport_size(SIZES[size])
                tab.emulate_media(color_scheme=theme)
                cookie = {"name": "django_language", "value": language, "url": live_server.url}
                tab.context.add_cookies([cookie])
            kind = f"{language}-{theme}-{size}"
            made = []
            for page, tab in group.each_page(*words):
                made.append(out / f"{page.title}.{kind}.png")
                tab.screenshot(path=made[-1])
            _sheet(out / f"sheet.{kind}", made, width=400 if size == "desktop" else 200)


def _sheet(path: Path, pictures: list[Path], width: int) -> None:
    figures = [
        f'<figure><img src="{one.name}"><figcaption>{one.stem}</figcaption></figure>'
        for one in pictures
    ]
    html = path.with_suffix(path.suffix + ".html")
    html.write_text(SHEET.replace("WIDTH", str(width)) + "".join(figures))
    with browser_page(viewport={"width": 1720, "height": 900}) as page:
        page.goto(html.resolve().as_uri())
        page.screenshot(path=path.with_suffix(path.suffix + ".png"), full_page=True)
