"""Pictures on a reply as a writer puts them on: chosen, pasted or dropped in a real browser."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from inbox.connectors.x.connector import XConnector
from responses.models import Draft, DraftPicture
from tests.e2e.browser import browser_page, hear_nothing, sign_in
from tests.e2e.test_every_page import faults
from tests.factories import make_conversation, make_user
from tests.pictures import make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"
ANSWER = "Power is back in hall 2."


@pytest.fixture
def page(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Ana at an answer, on a network that takes pictures."""
    manifest = XConnector.manifest
    limits = replace(manifest.limits, pictures=4, picture_bytes=5_000_000)
    monkeypatch.setattr(XConnector, "manifest", replace(manifest, limits=limits))
    cache.clear()
    make_user("ana", password=PASSWORD)
    conversation = make_conversation()
    with browser_page(reduced_motion="reduce") as page:  # a toast on its way in is half seen
        hear_nothing(page)
        page.goto(live_server.url + conversation.get_absolute_url())
        sign_in(page, "ana", PASSWORD)
        page.locator("#reply-text").fill(ANSWER)
        yield page


def describe(page: Any, number: int, words: str) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/reply/save/")):
        page.get_by_label(f"What does picture {number} show?").fill(words)


def is_refused_until_described(page: Any) -> None:
    """The reply with its one picture is only submitted once that says what it shows."""
    page.get_by_role("button", name="Submit for approval").click()
    page.locator("#composer").get_by_role("alert").wait_for()
    assert Draft.objects.get().status == "draft"
    assert page.locator("#reply-text").input_value() == ANSWER
    assert faults(page) == []
    describe(page, 1, "The repaired power feed")
    page.get_by_role("button", name="Submit for approval").click()
    page.locator("#replies").get_by_text("In review").wait_for()
    assert faults(page) == []
    assert (Draft.objects.get().status, Draft.objects.get().text) == ("in_review", ANSWER)
    assert DraftPicture.objects.get().description == "The repaired power feed"
    assert [error for error in page.errors if "422" not in error] == []


def test_chosen_pictures_go_up_at_once_and_submit_nothing(page: Any, tmp_path: Path) -> None:
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for number, file in enumerate(files):
        file.write_bytes(make_picture(320, 200, shade=90 + number))
    page.locator("#reply-pictures").set_input_files([str(file) for file in files])
    page.locator(".composer__pictures li").nth(1).wait_for()
    assert page.locator("#reply-text").input_value() == ANSWER
    describe(page, 1, "The repaired power feed")
    assert faults(page) == []
    page.get_by_role("button", name="Take picture 2 off").click()
    page.locator(".composer__pictures li").nth(1).wait_for(state="detached")
    assert page.errors == []
    draft = Draft.objects.get()
    assert (draft.status, draft.text) == ("draft", ANSWER)
    assert DraftPicture.objects.get().description == "The repaired power feed"


def test_a_picture_of_the_clipboard_is_pasted(page: Any) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async (picture) => {
            const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
            const blob = new Blob([bytes], {type: "image/png"});
            await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }""",
        b64encode(make_picture(320, 200)).decode(),
    )
    page.locator("#reply-text").press("Control+v")
    page.locator(".composer__pictures li").wait_for()
    is_refused_until_described(page)


def test_a_picture_is_dropped_on_the_composer(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "feed.png"
    file.write_bytes(make_picture(320, 200))
    box = page.locator("#reply-text").bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    carried = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)

    def drag(kind: str) -> None:
        devtools.send("Input.dispatchDragEvent", {"type": kind, "data": carried, **at})

    drag("dragEnter")
    drag("dragOver")
    page.locator("#composer.composer--drop").wait_for()
    drag("drop")
    page.locator(".composer__pictures li").wait_for()
    assert page.locator("#composer.composer--drop").count() == 0
    is_refused_until_described(page)


def test_words_are_pasted_as_words(page: Any) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText(' Sorry.')")
    page.locator("#reply-text").press("End")
    page.locator("#reply-text").press("Control+v")
    assert page.locator("#reply-text").input_value() == f"{ANSWER} Sorry."
    assert page.locator(".composer__pictures").count() == 0
