from __future__ import annotations

import pytest

from responses.templatetags.replies import diff


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("same", "same", "same"),
        ("We are down.", "We were down.", "We <del>are</del><ins>were</ins> down."),
        ("", "new", "<ins>new</ins>"),
        ("old", "", "<del>old</del>"),
        ("a b", "a b!", "a b<ins>!</ins>"),
        ("<b>", "<i>", "&lt;<del>b</del><ins>i</ins>&gt;"),
        ("situs kami", "situs kita", "situs <del>kami</del><ins>kita</ins>"),
    ],
)
def test_words_are_marked_and_escaped(before: str, after: str, shown: str) -> None:
    assert diff(before, after) == shown
