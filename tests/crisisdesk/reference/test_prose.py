"""Descriptions become HTML, and nothing in them is obeyed as HTML."""

from __future__ import annotations

import pytest

from crisisdesk.reference.prose import prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("One.\n\nTwo\nlines.", "<p>One.</p><p>Two\nlines.</p>"),
        ("**Begin.** Use `next` *now*.",
         "<p><strong>Begin.</strong> Use <code>next</code> <em>now</em>.</p>"),
        ("So:\n\n    curl x \\\n      -d 'a'",
         "<p>So:</p><pre><code>curl x \\\n  -d &#x27;a&#x27;</code></pre>"),
        ("<b>no</b> & `<i>`", "<p>&lt;b&gt;no&lt;/b&gt; &amp; <code>&lt;i&gt;</code></p>"),
    ],
)  # fmt: skip
def test_marks_become_elements(text: str, html: str) -> None:
    assert prose(text) == html
