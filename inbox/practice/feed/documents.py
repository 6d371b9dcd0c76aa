"""Feeds as documents: RSS 2.0, RSS 1.0, Atom, and Atom as Google Alerts writes it."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

Entry = dict[str, str]
TYPES = {"rss": "application/rss+xml", "rdf": "application/rdf+xml"}
ATOM = "application/atom+xml"


def content_type(kind: str) -> str:
    return f"{TYPES.get(kind, ATOM)}; charset=utf-8"


def document(kind: str, *, title: str, site: str, entries: list[Entry]) -> str:
    """Return a feed of `kind` ("rss", "rdf", "atom", "alerts"), its entries newest first."""
    made = "".join(MAKERS[kind](entry) for entry in entries)
    about = f"<title>{escape(title)}</title>"
    if kind == "rss":
        return (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{about}'
            f"<link>{escape(site)}</link><description/>{made}</channel></rss>"
        )
    if kind == "rdf":
        return (
            '<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"'
            ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<channel rdf:about="{escape(site)}">{about}<link>{escape(site)}</link></channel>'
            f"{made}</rdf:RDF>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f'{about}<link href="{escape(site)}"/><id>{escape(site)}</id>{made}</feed>'
    )


def _rss(entry: Entry) -> str:
    at = entry.get("at")
    date = f"<pubDate>{format_datetime(datetime.fromisoformat(at))}</pubDate>" if at else ""
    return (
        f"<item><title>{escape(entry['title'])}</title><link>{escape(entry['link'])}</link>"
        f'<guid isPermaLink="false">{escape(entry["id"])}</guid>{date}'
        f"<description>{escape(entry['text'])}</description>{_enclosure(entry)}</item>"
    )


def _enclosure(entry: Entry) -> str:
    """The picture that `picture` says the words of, as an RSS 2.0 enclosure."""
    if not entry.get("picture"):
        return ""
    url, size = entry["picture_url"], entry["picture_size"]
    return f'<enclosure url="{escape(url)}" type="image/png" length="{size}"/>'


def _rdf(entry: Entry) -> str:
    date = f"<dc:date>{entry['at']}</dc:date>" if entry.get("at") else ""
    return (
        f'<item rdf:about="{escape(entry["id"])}"><title>{escape(entry["title"])}</title>'
        f"<link>{escape(entry['link'])}</link>{date}"
        f"<description>{escape(entry['text'])}</description></item>"
    )


def _atom(entry: Entry) -> str:
    date = entry.get("at", "")
    dates = f"<published>{date}</published><updated>{date}</updated>" if date else ""
    return (
        f'<entry><id>{escape(entry["id"])}</id><title type="html">{escape(entry["title"])}</title>'
        f'<link href="{escape(entry["link"])}"/>{dates}'
        f'<content type="html">{escape(entry["text"])}</content></entry>'
    )


def _alert(entry: Entry) -> str:
    """The form in which Google Alerts names an article: its address wrapped, the word bold."""
    link = f"https://www.google.com/url?rct=j&sa=t&url={quote(entry['link'], safe='')}&ct=ga&cd=x"
    return _atom({**entry, "link": link})


MAKERS = {"rss": _rss, "rdf": _rdf, "atom": _atom, "alerts": _alert}
