"""Showing what changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_PIECES = re.compile(r"\s+|[^\W_]+|[\W_]", re.UNICODE)


@register.simple_tag
def diff(before: str, after: str) -> SafeString:
    """Mark what `after` takes out of `before` and what it puts in, whole words at a time."""
    return format_html_join("", "{}", ((piece,) for piece in _marked(before, after)))


def _marked(before: str, after: str) -> Iterator[SafeString | str]:
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if kind == "equal":
            yield come
            continue
        if gone:
            yield format_html("<del>{}</del>", gone)
        if come:
            yield format_html("<ins>{}</ins>", come)
