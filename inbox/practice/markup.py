"""HTML that is safe by construction: every value is escaped unless it is Html already."""

from __future__ import annotations

import html

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


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/avatar/{network}.svg">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<p class="banner" role="note">{banner}</p>
<header class="top"><nav aria-label="Practice network"><a href="/">Timeline</a>
<a href="/practice">Controls</a></nav></header>
<main>{body}</main>
</body>
</html>
"""


def document(title: str, body: Html, *, network: str) -> str:
    """Return a whole page of the practice `network`."""
    whole = f"{title} · Practice {network}"
    return fill(PAGE, title=whole, banner=BANNER, body=body, network=network)
