"""Selecting with keys and pointer, acting on what is selected, and getting it back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import SignIn

pytestmark = pytest.mark.browser


@pytest.fixture
def page(sign_in: SignIn) -> Any:
    page = sign_in("ben")
    page.goto(page.url.split("?")[0] + "?sort=newest&status=all")
    page.locator("#rows > .row").nth(4).wait_for(timeout=60_000)
    return page


def picked(page: Any) -> list[int]:
    boxes = page.locator("#rows .row__pick")
    return [n for n in range(boxes.count()) if boxes.nth(n).is_checked()]


def words(page: Any) -> str:
    return str(page.locator("#bulk-count").inner_text())


def test_keys_select_act_and_undo(page: Any) -> None:
    for key in ("j", "x", "j", "j", "X"):
        page.keyboard.press(key)
    assert words(page) == "3 selected"
    assert len(picked(page)) == 3

    # What the keys open is closed by Escape first; the selection stands until the next press.
    page.keyboard.press("s")
    page.locator("#bulk details[open]").wait_for()
    page.keyboard.press("Escape")
    assert words(page) == "3 selected"

    page.keyboard.press("a")
    page.locator("#bulk details[open] [data-picker-input]").wait_for()
    page.keyboard.type("budi")
    page.keyboard.press("Enter")
    page.get_by_text("Assign to budi: 3 done.").wait_for()
    page.locator("#bulk:not([data-on])").wait_for(state="attached")
    page.locator("#rows .row__avatar[title$=budi]").nth(2).wait_for()
    page.locator(".toast", has_text="3 done").get_by_role("button", name="Undo").click()
    page.get_by_text("Undo: Assign to budi: 3 done.").wait_for()
    assert page.errors == []


def test_a_range_with_shift_and_letting_go_of_it(page: Any) -> None:
    page.locator("#rows .row__pick").nth(0).check(force=True)
    page.locator("#rows .row__link").nth(2).click(modifiers=["Shift"])
    assert picked(page)[:3] == [0, 1, 2]
    page.keyboard.press("Escape")
    assert picked(page) == []
    assert not page.locator("#bulk").is_visible()


def test_other_filters_are_another_choice(page: Any) -> None:
    page.keyboard.press("*")
    assert "selected" in words(page)
    page.locator("#id_q").fill("situs")
    page.locator("#bulk:not([data-on])").wait_for(state="attached")
    assert picked(page) == []


def test_a_label_is_found_or_made_by_typing(page: Any) -> None:
    page.locator("#rows .row__link").first.click()
    page.locator("#label-menu").wait_for()
    for name in ("e2e outage", "e2e vip"):
        if not page.locator("#label-menu[open]").count():
            page.keyboard.press("l")
        page.locator("#label-menu [data-picker-input]").fill(name)
        page.get_by_role("button", name=f"Make “{name}”").click()
        page.locator("#context").get_by_role("button", name=name).wait_for()
    # The menu is open again: Enter takes off what has been put on.
    page.locator("#label-menu[open] [data-picker-input]").fill("e2e vip")
    page.keyboard.press("Enter")
    page.locator("#context").get_by_role("button", name="e2e vip").wait_for(state="detached")
