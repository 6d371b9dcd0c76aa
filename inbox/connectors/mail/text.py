"""What somebody newly wrote, apart from what they quote; and subjects and texts as compared."""

from __future__ import annotations

import re

# "Re:" and "Fwd:" in the languages that mail programs use by themselves.
_PREFIX = re.compile(
    r"^\s*(?:\[[^\]]{1,30}\]\s*)?(?:re|aw|fw|fwd|wg|sv|vs|vb|antw|odp|res|rif|rv|tr|enc|bls|balas|trs)"
    r"(?:\[\d+\])?\s*[:：]\s*",
    re.IGNORECASE,
)
# What mail programs write above what they quote.
_SEPARATOR = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|original appointment|forwarded message|"
    r"ursprüngliche nachricht|message d'origine|mensaje original|pesan asli|reply message)\s*-{2,}"
    r"|_{20,}|begin forwarded message:)\s*$",
    re.IGNORECASE,
)
# "On Mon, 3 Nov 2025 at 10:04, Anna <anna@example.org> wrote:", on one line or two.
_ATTRIBUTION = re.compile(
    r"(?:\d|@).*[:：]\s*$",
    re.IGNORECASE,
)
_HEADER_BLOCK = re.compile(r"^\s*\*?(?:from|von|dari|de|da|van)\s*:\*?\s.+", re.IGNORECASE)
_HEADER_NEXT = re.compile(
    r"^\s*\*?(?:sent|date|gesendet|datum|dikirim|tanggal|envoyé|enviado|fecha|data|to|an|kepada|à|para)"
    r"\s*:\*?\s",
    re.IGNORECASE,
)


def without_quote(text: str) -> str:
    """Return `text` without the history below it; what stands between quoted lines stays whole.

    If nothing else is left, all of it is returned: better too much than nothing.
    """
    lines = text.split("\n")
    cut = next((at for at in range(len(lines)) if _begins_history(lines, at)), len(lines))
    kept = _without_trailing_quote(lines[:cut])
    said = "\n".join(kept).strip()
    return said or text.strip()


def subject_key(subject: str) -> str:
    """Return what all mails about one subject have in common."""
    return " ".join(_bare(subject).split()).casefold()


def is_answer(subject: str) -> bool:
    """Say whether the subject was taken over from another mail."""
    return bool(_PREFIX.match(subject))


def answered(subject: str) -> str:
    """Return the subject of an answer."""
    bare = " ".join(_bare(subject).split())[:200]
    return f"Re: {bare}".strip()


def fold(text: str) -> str:
    """Return the form in which two texts are compared."""
    return " ".join(text.split()).casefold()


def _bare(subject: str) -> str:
    while found := _PREFIX.match(subject):
        subject = subject[found.end() :]
    return subject


def _begins_history(lines: list[str], at: int) -> bool:
    if _SEPARATOR.match(lines[at]):
        return True
    following = [line for line in lines[at + 1 : at + 4] if line.strip()]
    return bool(
        _HEADER_BLOCK.match(lines[at])
        and sum(1 for line in following if _HEADER_NEXT.match(line)) >= min(2, len(following) or 2)
    )


def _without_trailing_quote(lines: list[str]) -> list[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    if len(kept) == len(lines) or not any(_is_quote(line) for line in lines[len(kept) :]):
        return kept
    for size in (1, 2):  # the line above the quote, perhaps broken in two
        above = " ".join(line.strip() for line in kept[-size:])
        if size == 1 and above.startswith("<"):
            continue
        if len(kept) >= size and len(above) < 300 and _ATTRIBUTION.search(above):
            return kept[:-size]
    return kept


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")
