"""The keys, and whether they open what is stored."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from cryptography.fernet import Fernet
from django.conf import settings

from crisisdesk import keys
from crisisdesk.doctor.finding import Finding, fine, problem, warning

AREA = "keys"
NEW_KEY = "Correct the list; manage.py rotate_keys --new-key prints a valid key."


def ring() -> Iterator[Finding]:
    """The keys themselves, and who else can read them."""
    bad = [str(place) for place, key in enumerate(settings.FIELD_KEYS, 1) if not _is_key(key)]
    if bad or not settings.FIELD_KEYS:
        which = f"entry {', '.join(bad)} is not a key" if bad else "the list is empty"
        yield problem(AREA, f"FIELD_KEYS cannot be used: {which}.", NEW_KEY)
    if len(settings.SECRET_KEY) < 32:
        remedy = "Set one of 50 random characters; everybody then signs in anew."
        yield warning(AREA, "SECRET_KEY is short enough to be guessed.", remedy)
    path = settings.DATA_DIR / "secrets.env"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield warning(AREA, f"Others on this machine can read {path}.", f"chmod 600 {path}")


def _is_key(key: str) -> bool:
    try:
        Fernet(key.encode())
    except ValueError:
        return False
    return True


def stored() -> Iterator[Finding]:
    """Every secret in the database."""
    if not settings.FIELD_KEYS or not all(map(_is_key, settings.FIELD_KEYS)):
        return
    count = keys.survey()
    if count.unreadable:
        remedy = "Put the key they were written with at the end of FIELD_KEYS."
        yield problem(AREA, f"No key opens {', '.join(count.unreadable)}.", remedy)
    if count.older:
        words = f"{count.older} secrets are still under an older key."
        yield warning(AREA, words, "Run manage.py rotate_keys.")
    if not count.unreadable and not count.older:
        yield fine(AREA, f"All {count.current} stored secrets open with the newest key.")
