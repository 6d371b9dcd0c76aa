"""HTML that is safe by construction: every value is escaped unless it is Html already."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

# No scripts at all, and nothing from other places.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
BANNER = "Practice network: nothing here leaves this machine"


class Html(str):
    """Text that is markup, made by us."""

    __slots__ = ()


def fill(template: str, **values: object) -> Html:
    """Put `values` into the places of `template`, escaped."""
    return Html(template.format(**{name: _safe(value) for name, value in values.items()}))


def _safe(value: object) -> str:
    return value if isinstance(value, Html) else html.escape(str(value), quote=True)


def kept(query: Mapping[str, str], names: Iterable[str]) -> Html:
    """Return hidden fields that carry what `query` has of `names` through a form."""
    field = '<input type="hidden" name="{name}" value="{value}">'
    return Html("".join(fill(field, name=n, value=query[n]) for n in names if n in query))


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="{icon}">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<p class="banner" role="note">{banner}</p>
{way}
<main>{body}</main>
</body>
</html>
"""


WAY = Html(
    """<header class="top"><nav aria-label="Practice network"><a href="/">Timeline</a>
<a href="/practice">Controls</a></nav></header>"""
)


def document(title: str, body: Html, *, network: str, has_site: bool = True) -> str:
    """Return a whole page of the practice `network`; `has_site`: it has others to go to."""
    return fill(
        PAGE,
        title=f"{title} · Practice {network}",
        banner=BANNER,
        body=body,
        icon=f"/avatar/{network}.svg" if has_site else "data:,",
        way=WAY if has_site else "",
    )
