"""The main job by keyboard alone, on a desk and on the narrowest screen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.browser import DESKTOP, NARROW
from tests.e2e.conftest import SignIn
from tests.e2e.demo import Demo
from tests.e2e.test_main_job import ARRIVES_WITHIN, SENT_WITHIN, post, public_posts

pytestmark = pytest.mark.browser
MOST_TABS = 80


def tab_to(page: Any, target: Any) -> None:
    """Press Tab until `target` has the focus, as somebody does who has no pointer."""
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{MOST_TABS} tabs do not lead to {target}")


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["desk", "narrow"])
def test_find_take_answer_approve_and_see_it_sent(
    demo: Demo, sign_in: SignIn, size: dict[str, int]
) -> None:
    width = size["width"]
    question = f"my site number {width} is down"
    answer = f"We hear you: site {width} is being moved to a new server."
    ana = sign_in("ana", viewport=size)
    post(demo, f"reader{width}", f"@nusahosting {question}")
    ana.get_by_text(question).first.wait_for(timeout=ARRIVES_WITHIN)

    # Find it, and open the only row that is left.
    ana.keyboard.press("/")
    ana.keyboard.type(f"number {width}")
    ana.wait_for_url("**q=number*")
    tab_to(ana, ana.locator(".row__link").first)
    ana.keyboard.press("Enter")
    ana.locator("#thread").get_by_text(question).wait_for()
    assert fits(ana)

    # Take it, answer, submit.
    ana.keyboard.press("a")
    ana.locator("#toasts").get_by_text("You have").wait_for()
    ana.locator("#reply-text").wait_for()
    ana.keyboard.press("r")
    ana.keyboard.type(answer)
    ana.keyboard.press("Control+Enter")
    ana.locator("#replies").get_by_text("In review").wait_for()
    assert fits(ana)

    # Somebody else approves it.
    ben = sign_in("ben", viewport=size)
    ben.keyboard.press("g")
    ben.keyboard.press("a")
    ben.wait_for_url("**/approvals/")
    tab_to(ben, ben.locator(".approvals__row", has_text=answer))
    ben.keyboard.press("Enter")
    ben.get_by_role("button", name="Approve", exact=True).wait_for()
    assert fits(ben)
    ben.keyboard.press("a")
    ben.locator("#toasts").get_by_text("approved and queued").wait_for()

    # The writer sees that it is out, and so does the public, once.
    thread = ana.locator("#thread .msg--out").get_by_text(answer)
    thread.wait_for(timeout=SENT_WITHIN)
    assert public_posts(ana.context.new_page(), demo, answer) == 1
    assert [*ana.errors, *ben.errors] == []
