"""What somebody types is never lost: not to an ended session, not to a lost connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from responses.models import Draft
from tests.crisisdesk.runner.processes import until
from tests.e2e.browser import browser_page, hear_nothing
from tests.factories import make_conversation, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


@pytest.fixture
def page(live_server: Any) -> Iterator[Any]:
    """A conversation in which Ana has written something that is saved."""
    cache.clear()
    make_user("ana", password=PASSWORD)
    conversation = make_conversation()
    with browser_page() as page:
        hear_nothing(page)
        page.goto(live_server.url + conversation.get_absolute_url())
        sign_in(page)
        words(page).click()
        page.keyboard.type("We are")
        page.locator("#save-state").get_by_text("Saved", exact=True).wait_for()
        yield page


def sign_in(page: Any) -> None:
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def words(page: Any) -> Any:
    return page.locator("#reply-text")


@pytest.mark.parametrize("last_key", ["", "Control+Enter"])
def test_words_typed_after_the_session_ended_come_back(page: Any, last_key: str) -> None:
    page.context.clear_cookies(name="sessionid")
    page.keyboard.type(" looking into it.")
    if last_key:
        page.keyboard.press(last_key)
    page.wait_for_url("**" + reverse("account_login") + "?next=*")
    sign_in(page)
    page.get_by_role("button", name="Put them in").click()
    assert words(page).input_value() == "We are looking into it."
    page.locator("#save-state").get_by_text("Saved", exact=True).wait_for()
    assert Draft.objects.get().text == "We are looking into it."


def test_words_typed_without_a_connection_are_saved_with_the_next_key(page: Any) -> None:
    page.context.set_offline(True)
    page.keyboard.type(" looking")
    page.locator("#save-state", has_text="Not saved").wait_for()
    page.context.set_offline(False)
    page.keyboard.type(" into it.")
    assert until(lambda: Draft.objects.get().text == "We are looking into it.")
    page.locator("#save-state").get_by_text("Saved", exact=True).wait_for()


def test_words_typed_without_a_connection_are_saved_once_it_is_back(page: Any) -> None:
    page.context.set_offline(True)
    page.keyboard.type(" looking into it.")
    page.locator("#save-state", has_text="Not saved").wait_for()
    page.context.set_offline(False)
    page.locator("#save-state").get_by_text("Saved", exact=True).wait_for()
    assert Draft.objects.get().text == "We are looking into it."


def test_an_answer_to_a_button_that_was_replaced_still_arrives(page: Any) -> None:
    held: list[Any] = []
    page.route("**/take/", lambda route: held.append(route))
    page.evaluate("document.activeElement.blur()")
    page.errors.clear()
    page.keyboard.press("a")
    page.locator("form.htmx-request").wait_for()
    page.evaluate(
        """() => {
            const head = document.createElement("header");
            head.id = "thread-head";
            document.getElementById(head.id).replaceWith(head);
        }"""
    )
    held[0].continue_()
    page.locator("#toasts").get_by_text("You have").wait_for()
    page.locator("#thread-head").get_by_text("Yours").wait_for()
    page.locator("#context").get_by_text("assigned it").wait_for()
    assert page.errors == []


def test_letters_right_after_the_key_of_a_note_belong_to_the_note(page: Any) -> None:
    """As if the browser's own word that the note is open came after the next letters."""
    page.evaluate(
        """() => {
            document.activeElement.blur();
            const late = (event) => { if (event.isTrusted) event.stopImmediatePropagation(); };
            addEventListener("toggle", late, true);
        }"""
    )
    page.keyboard.type("near e: call her")
    assert page.locator("#note-text").input_value() == "ear e: call her"
    page.keyboard.press("Escape")
    page.keyboard.type("lout")
    menu = page.locator("details.menu[open] [data-picker-input]")
    assert menu.input_value() == "out"
    assert page.errors == []


def test_who_is_signed_out_elsewhere_comes_back_to_the_page_with_the_note(page: Any) -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("nshe called")
    page.context.clear_cookies(name="sessionid")
    page.unroute_all()
    page.route("**/events/**", lambda route: route.fulfill(status=401))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.wait_for_url("**" + reverse("account_login") + "?next=*")
    page.unroute_all()
    hear_nothing(page)
    sign_in(page)
    page.wait_for_url("**/conversations/**")
    assert page.locator("#note-text").input_value() == "she called"
    assert page.locator("#note-text").is_visible()
