"""Pictures on a reply as a writer puts them on: chosen in a real browser, kept with the text."""

from __future__ import annotations

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


def test_chosen_pictures_go_up_at_once_and_submit_nothing(
    live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = XConnector.manifest
    limits = replace(manifest.limits, pictures=4, picture_bytes=5_000_000)
    monkeypatch.setattr(XConnector, "manifest", replace(manifest, limits=limits))
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for number, file in enumerate(files):
        file.write_bytes(make_picture(320, 200, shade=90 + number))
    cache.clear()
    make_user("ana", password=PASSWORD)
    conversation = make_conversation()
    with browser_page() as page:
        hear_nothing(page)
        page.goto(live_server.url + conversation.get_absolute_url())
        sign_in(page, "ana", PASSWORD)
        page.locator("#reply-text").fill("Power is back in hall 2.")
        page.locator("#reply-pictures").set_input_files([str(file) for file in files])
        page.locator(".composer__pictures li").nth(1).wait_for()
        assert page.locator("#reply-text").input_value() == "Power is back in hall 2."
        with page.expect_response(lambda answer: answer.url.endswith("/reply/save/")):
            page.get_by_label("What does picture 1 show?").fill("The repaired power feed")
        assert faults(page) == []
        page.get_by_role("button", name="Take picture 2 off").click()
        page.locator(".composer__pictures li").nth(1).wait_for(state="detached")
        assert page.errors == []
    draft = Draft.objects.get()
    assert (draft.status, draft.text) == ("draft", "Power is back in hall 2.")
    assert DraftPicture.objects.get().description == "The repaired power feed"
