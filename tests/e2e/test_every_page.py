"""Every screen, in every theme, on every width: no accessibility fault, nothing cut off."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import DESKTOP, NARROW, PHONE
from tests.e2e.pages import PAGES, PARTS, addresses
from tests.e2e.visitors import visitors

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Theme and contrast as js/theme.js keeps them; the light one is gone through rule by rule.
THEMES = [("dark", "less"), ("light", "more"), ("dark", "more")]


def faults(page: Any, options: dict[str, Any] | None = None) -> list[str]:
    """What axe, brought into the page once, finds wrong with it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    asked = {"resultTypes": ["violations"]} | (options or {})  # no list of all that is well
    found = page.evaluate("async options => (await axe.run(options)).violations", asked)
    return [f"{fault['id']}: {node['target']}" for fault in found for node in fault["nodes"]]


def wear(page: Any, theme: str, contrast: str) -> None:
    """Choose a theme as the switch in the menu does, and let colours arrive."""
    page.evaluate(
        """([theme, contrast]) => {
            document.documentElement.dataset.theme = theme;
            document.getElementById("contrast").media = contrast === "more" ? "all" : "not all";
        }""",
        [theme, contrast],
    )


def test_every_address_is_a_page_or_a_part_of_one() -> None:
    assert {page.name for page in PAGES if not page.path} | PARTS == set(addresses())


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_every_page_is_accessible_in_every_theme_and_width(
    live_server: Any, pytestconfig: pytest.Config
) -> None:
    # On another engine each page is opened again; the eyes have seen the same page already.
    look = (lambda tab: []) if pytestconfig.getoption("--database-only") else looked_at
    found: dict[str, list[str]] = {}
    with visitors(live_server.url, reduced_motion="reduce") as group:
        for page, tab in group.each_page():
            wrong = look(tab) + (list(tab.errors) if page.status == 200 else [])
            tab.errors.clear()
            if wrong:
                found[page.title] = wrong
    assert not found, "\n".join(f"{title}: {fault}" for title in found for fault in found[title])


def looked_at(tab: Any) -> list[str]:
    tab.set_viewport_size(DESKTOP)
    wear(tab, "light", "less")
    wrong = faults(tab)
    for theme in THEMES:
        wear(tab, *theme)
        wrong += [f"{theme}: {fault}" for fault in faults(tab, COLOURS)]
    wear(tab, "light", "less")
    tab.set_viewport_size(PHONE)
    wrong += [f"phone: {fault}" for fault in faults(tab)]
    tab.set_viewport_size(NARROW)
    too_wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wrong + [f"{too_wide} px too wide at 320 px"] * (too_wide > 0)
