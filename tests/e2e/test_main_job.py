"""The main job in a real browser: a post arrives, is answered, approved, and seen by the public."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.e2e.conftest import SignIn
from tests.e2e.demo import Demo

pytestmark = pytest.mark.browser

ARRIVES_WITHIN = 40_000  # milliseconds: a poll every fifteen seconds, on a busy machine
SENT_WITHIN = 60_000  # the undo window, the sweep and the network


def post(demo: Demo, author: str, text: str) -> None:
    """Let somebody post on the practice network."""
    body = json.dumps({"author": author, "text": text, "followers": 52_000}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{demo.public_url}/practice/post", body, headers)
    urllib.request.urlopen(request, timeout=10).close()


def public_posts(page: Any, demo: Demo, words: str) -> int:
    """Return how often `words` stand on the public timeline."""
    page.goto(f"{demo.public_url}/nusahosting")
    return int(page.get_by_text(words).count())


def test_agent_manager_public(demo: Demo, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    post(demo, "putri_e2e", "@nusahosting unacceptable, my shop is down since noon!")

    # It arrives in the open queue by itself.
    row = ana.get_by_text("my shop is down since noon").first
    row.wait_for(timeout=ARRIVES_WITHIN)
    row.click()
    thread = ana.locator("#thread, .pane--thread").first
    thread.get_by_text("my shop is down since noon").wait_for()

    # She takes it, writes, and the text is saved as typed.
    ana.keyboard.press("a")
    ana.get_by_text("Take over").or_(ana.get_by_text("ana")).first.wait_for()
    answer = "We hear you. Your shop is being moved to a new server; back within the hour."
    ana.locator("#reply-text").wait_for()
    ana.keyboard.press("r")
    ana.keyboard.type(answer)
    ana.locator("#save-state").get_by_text("Saved", exact=True).wait_for()
    ana.reload()
    assert ana.locator("#reply-text").input_value(timeout=10_000) == answer
    ana.locator("#reply-text").press("Control+Enter")
    ana.locator("#replies").get_by_text("In review").wait_for()
    assert public_posts(ana.context.new_page(), demo, answer) == 0

    # A manager on a phone approves.
    ben = sign_in("ben", viewport={"width": 390, "height": 844})
    ben.goto(f"{demo.url}/approvals/")
    ben.get_by_text(answer).first.click()
    ben.get_by_role("button", name="Approve", exact=True).click()

    # The public sees it, once.
    ana.locator("#replies").get_by_text("Sent").or_(
        thread.locator(".msg--out").get_by_text(answer)
    ).first.wait_for(timeout=SENT_WITHIN)
    assert public_posts(ana.context.new_page(), demo, answer) == 1
    assert not ana.errors
    assert not ben.errors


def test_a_row_that_could_not_be_fetched_arrives_all_the_same(demo: Demo, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    ana.goto(f"{demo.url}/?sort=newest")
    failures = []

    def fail_once(route: Any) -> None:
        if failures:
            route.continue_()
        else:
            failures.append(route.request.url)
            route.abort()

    ana.route("**/rows/**", fail_once)
    post(demo, "rudi_e2e", "@nusahosting the invoice page shows an error")
    ana.get_by_text("the invoice page shows an error").first.wait_for(timeout=ARRIVES_WITHIN)
    assert failures


def test_words_typed_outside_a_field_do_nothing(demo: Demo, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    ana.locator(".row__link").first.click()
    ana.locator("#reply-text").wait_for()
    ana.locator("#thread-title").focus()
    before = ana.url
    ana.keyboard.type("Dear customer, we are sorry", delay=40)
    ana.wait_for_timeout(1000)
    assert ana.url == before
    assert ana.locator("#reply-text").input_value() == ""
    assert ana.get_by_role("button", name="Undo").count() == 0
