"""The menu of acts at a message, by mouse and by keyboard alone, up to what the network does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from inbox.models import Act
from inbox.operations import acts
from tests import mastodon_desk
from tests.e2e import browser
from tests.e2e.conftest import SignIn
from tests.e2e.demo import Demo
from tests.e2e.test_every_page import faults
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_main_job import ARRIVES_WITHIN, SENT_WITHIN, post
from tests.factories import make_user
from tests.inbox.practice.mastodon.server import Server, server

__all__ = ["server"]  # a fixture
pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"


def open_post(demo: Demo, page: Any, author: str, text: str) -> Any:
    """Let somebody post, open the conversation, and return the message."""
    post(demo, author, f"@nusahosting {text}")
    row = page.get_by_text(text).first
    row.wait_for(timeout=ARRIVES_WITHIN)
    row.click()
    message = page.locator("#thread .msg--in", has_text=text)
    message.wait_for()
    return message


def state(message: Any, words: str) -> None:
    message.locator(".acts__state", has_text=words).wait_for(timeout=SENT_WITHIN)


def test_a_like_by_mouse_is_done_and_taken_back(demo: Demo, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    message = open_post(demo, ana, "liked_e2e", "thank you for the new panel")
    opener = message.get_by_label("Acts on the network")
    opener.click()
    assert faults(ana) == []
    message.get_by_role("button", name="Like", exact=True).click()
    ana.locator("#toasts").get_by_text("Like: on its way.").wait_for()
    state(message, "Like: Done")
    opener.click()
    message.get_by_role("button", name="Take the like back").click()
    state(message, "Like, taken back: Done")
    assert ana.errors == []


def test_following_by_keyboard_alone_is_done_and_taken_back(demo: Demo, sign_in: SignIn) -> None:
    ben = sign_in("ben")
    message = open_post(demo, ben, "followed_e2e", "the best host I ever had")
    opener = message.get_by_label("Acts on the network")
    ben.keyboard.press("m")
    ben.keyboard.press("Escape")
    assert opener.evaluate("summary => summary === document.activeElement")
    assert not message.get_by_role("button", name="Like", exact=True).is_visible()
    steps = (("Follow", "Follow: Done"), ("Stop following", "Follow, taken back: Done"))
    for button, outcome in steps:
        ben.keyboard.press("m")
        tab_to(ben, message.get_by_role("button", name=button, exact=True))
        ben.keyboard.press("Enter")
        state(message, outcome)
    assert ben.errors == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [browser.DESKTOP, browser.PHONE], ids=["desktop", "phone"])
def test_a_report_asks_for_words_and_reaches_the_server(
    live_server: Any, server: Server, settings: Any, size: dict[str, int]
) -> None:
    settings.PRACTICE_NETWORK = True
    cache.clear()
    make_user("ben", role="manager", password=PASSWORD)
    channel = mastodon_desk.connect(server)
    server.user("gremlin")
    server.post("gremlin", "@brand clowns, all of you")
    mastodon_desk.read_all(channel)
    conversation = channel.conversations.get()
    with browser.browser_page(viewport=size) as page:
        browser.hear_nothing(page)
        page.goto(live_server.url + conversation.get_absolute_url())
        browser.sign_in(page, "ben", PASSWORD)
        message = page.locator("#thread .msg--in")
        message.wait_for()
        page.wait_for_load_state()  # keys mean nothing before
        page.keyboard.press("m")
        careful = message.locator("summary", has_text="Report…")
        tab_to(page, careful)
        page.keyboard.press("Enter")
        assert faults(page) == []
        send = message.get_by_role("button", name="Send the report")
        tab_to(page, send)
        page.keyboard.press("Enter")  # without words the browser keeps it and asks for them
        assert not Act.objects.exists()
        page.keyboard.type("Insults in every thread")
        tab_to(page, send)
        page.keyboard.press("Enter")
        page.locator("#toasts").get_by_text("Report: on its way.").wait_for()
        acts.perform(act_id=Act.objects.get().pk)
        page.reload()
        state(message, "Report: Done")
        for kind in ("Mute", "Block on the network"):
            page.keyboard.press("m")
            tab_to(page, message.get_by_role("button", name=kind, exact=True))
            page.keyboard.press("Enter")
            page.locator("#toasts").get_by_text(f"{kind}: on its way.").wait_for()
            acts.perform(act_id=Act.objects.latest("pk").pk)
            page.reload()
            state(message, f"{kind}: Done")
        page.keyboard.press("m")
        assert message.get_by_role("button", name="Stop muting").is_visible()
        assert page.errors == []
    [report] = server.control("GET", "/practice/reports", {})["reports"]
    assert report["comment"] == "Insults in every thread"
