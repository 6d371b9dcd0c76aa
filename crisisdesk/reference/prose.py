"""The little Markdown that descriptions are written in: paragraphs, code, strong and stressed."""

from __future__ import annotations

import re
import textwrap

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*")
TAGS = ("code", "strong", "em")


def prose(text: str) -> SafeString:
    """Return `text` as HTML; whatever is markup in it already is shown, not obeyed."""
    blocks = re.split(r"\n[ \t]*\n", text.strip("\n"))
    return mark_safe("".join(_block(block) for block in blocks if block.strip()))  # noqa: S308


def _block(block: str) -> str:
    if block.startswith("    "):
        return f"<pre><code>{escape(textwrap.dedent(block))}</code></pre>"
    return f"<p>{INLINE.sub(_marked, escape(block))}</p>"


def _marked(found: re.Match[str]) -> str:
    tag = TAGS[(found.lastindex or 1) - 1]
    return f"<{tag}>{found.group(found.lastindex or 1)}</{tag}>"
