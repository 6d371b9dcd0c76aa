"""Two people at one conversation, each in a browser of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import SignIn
from tests.e2e.demo import Demo
from tests.e2e.test_accessibility import faults

pytestmark = pytest.mark.browser

FIRST_ROW_WITHIN = 60_000  # milliseconds: the demo's first poll, on a busy machine


def company(page: Any, words: str) -> Any:
    return page.locator("#thread-company", has_text=words)


def test_two_people_see_each_other_and_neither_text_is_lost(demo: Demo, sign_in: SignIn) -> None:
    ana, ben = sign_in("ana"), sign_in("ben")
    ana.locator(".row__link").first.wait_for(timeout=FIRST_ROW_WITHIN)
    ana.locator(".row__link").first.click()
    ana.locator("#reply-text").wait_for()
    ben.goto(ana.url)
    company(ben, "ana is here").wait_for()
    company(ana, "ben is here").wait_for()

    # The first keystroke claims; the other is told beside the composer and in the list.
    ana.locator("#reply-text").click()
    ana.keyboard.type("We hear you.")
    ben.locator("#claim", has_text="ana is answering").wait_for()
    ben.locator("#rows .row__with--writing").first.wait_for()
    ben.locator("#reply-text").click()
    ben.keyboard.type("Mine.")
    ben.locator("#save-state", has_text="Saved").wait_for()
    assert faults(ben) == []

    # Taking over is said aloud to the other, and both keep what they wrote.
    ben.locator("#claim").get_by_role("button", name="Take over").click()
    ana.locator(".toast", has_text="ben took over answering").wait_for()
    ana.locator("#claim", has_text="ben is answering").wait_for()
    assert ana.locator("#reply-text").input_value() == "We hear you."
    assert ben.locator("#reply-text").input_value() == "Mine."

    # Who closes the page is gone at once, not after a silence.
    ben.goto(f"{demo.url}/notifications/")
    company(ana, "ben is").wait_for(state="hidden", timeout=8_000)

    # A mention by keyboard alone reaches the tray while it is open.
    ana.locator("#thread-title").focus()
    ana.keyboard.press("n")
    ana.locator("#note-text:focus").wait_for()
    ana.keyboard.type("Ask @be")
    ana.locator("#mention-list [role=option]").first.wait_for()
    assert faults(ana) == []
    ana.keyboard.press("Enter")
    assert ana.locator("#note-text").input_value() == "Ask @ben "
    ana.keyboard.press("Control+Enter")
    ben.locator(".tray__entry", has_text="ana mentioned you").wait_for()
    assert faults(ben) == []

    # It leads to the place, below the line of what is new.
    ben.locator(".tray__open").first.click()
    ben.locator("#since", has_text="note by ana").wait_for()
    ben.locator(".note .mention--me", has_text="@ben").wait_for()
    assert not ana.errors
    assert not ben.errors


def test_the_choices_of_what_to_be_told_are_accessible(demo: Demo, sign_in: SignIn) -> None:
    ana = sign_in("ana", viewport={"width": 390, "height": 844})
    ana.goto(f"{demo.url}/notifications/choices/")
    assert faults(ana) == []
    ana.get_by_label("Somebody mentions me in a note").uncheck()
    ana.get_by_role("button", name="Keep these choices").click()
    ana.get_by_text("Kept.").wait_for()
    assert not ana.get_by_label("Somebody mentions me in a note").is_checked()
