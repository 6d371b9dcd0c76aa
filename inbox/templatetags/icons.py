"""Lucide's icons, each drawn once: a page shows the same few again and again."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide as draw

register = template.Library()


@register.simple_tag(name="lucide")
@lru_cache(maxsize=512)  # far more than the desk's own templates ask for
def icon(name: str, *, size: int = 24, **attributes: str) -> SafeString:
    """The icon as inline SVG, as the package's own tag of this name draws it."""
    return SafeString(draw(name, size=size, **attributes))
