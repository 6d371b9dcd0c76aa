"""The HTML of posts as text: readable, whole, and harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.connectors.html import to_text

SHORTENED = (
    '<p>see <a href="https://status.example.com/a/very/long/path?x=1&amp;y=2" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">status.example.com/a/very'
    '</span><span class="invisible">/long/path?x=1&amp;y=2</span></a> now</p>'
)
MENTION = (
    '<p><span class="h-card"><a href="https://far.example/@rina" class="u-url mention">@<span>'
    "rina</span></a></span> hello</p>"
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<br>two<br />three</p><p>four</p>", "one\ntwo\nthree\n\nfour"),
        ("<p>a &amp; b &lt;c&gt; &#x1F600;</p>", "a & b <c> 😀"),
        ("plain words", "plain words"),
        ("", ""),
        (SHORTENED, "see https://status.example.com/a/very/long/path?x=1&y=2 now"),
        (MENTION, "@rina@far.example hello"),
        ('<a href="https://s.example/tags/help" class="mention hashtag">#<span>help</span></a>',
         "#help"),
        ('<a href="https://evil.example/">https://bank.example</a>',
         "https://bank.example (https://evil.example/)"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<p>x<script>alert(1)</script><style>p{}</style>y</p>", "xy"),
        ('before <span class="invisible">hidden</span>after', "before after"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<p>open <a href='https://a.example'>never closed", "open never closed (https://a.example)"),
        ("</p></span></a>stray ends", "stray ends"),
        ("<p>many</p><p></p><p></p><p>gaps</p>", "many\n\ngaps"),
        ('<img src="x" alt=":blobcat:" onerror="alert(1)">', ":blobcat:"),
    ],
)  # fmt: skip
def test_what_a_post_says(html: str, text: str) -> None:
    assert to_text(html, mentions={"https://far.example/@rina": "rina@far.example"}) == text


def test_deep_nesting_does_no_harm() -> None:
    assert to_text("<div><span>" * 50_000 + "x") == "x"


@given(st.text(alphabet="<>/=\"'& abp;#!-", max_size=80))
def test_no_input_breaks_it(html: str) -> None:
    assert isinstance(to_text(html), str)
