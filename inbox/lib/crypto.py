"""Encryption of secrets at rest, with a ring of keys so that keys can be rotated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def _ring() -> MultiFernet:
    return MultiFernet([Fernet(key.encode()) for key in settings.FIELD_KEYS])


def encrypt(text: str) -> str:
    """Return `text` encrypted with the newest key of FIELD_KEYS."""
    return _ring().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text behind `token`.

    Raises ImproperlyConfigured if no key of FIELD_KEYS fits, naming the remedy.
    """
    try:
        return _ring().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A stored secret cannot be decrypted: FIELD_KEYS lacks the key it was written with. "
            "Put the earlier key back at the end of the list."
        ) from error


def is_current(token: str) -> bool:
    """Is `token` encrypted with the newest key of FIELD_KEYS?"""
    try:
        Fernet(settings.FIELD_KEYS[0].encode()).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def marks() -> list[str]:
    """Return a mark of each key, newest first: tells keys apart and gives none away."""
    return [hashlib.sha256(b"mark:" + key.encode()).hexdigest()[:12] for key in settings.FIELD_KEYS]


class Secrets(dict[str, Any]):
    """Secret values by name; shows its names, never its values."""

    def __repr__(self) -> str:
        return f"<Secrets {sorted(self)}>"

    __str__ = __repr__


if TYPE_CHECKING:
    _TextField = models.TextField[Mapping[str, Any], Secrets]
else:
    _TextField = models.TextField


class EncryptedSecretsField(_TextField):
    """A mapping of secrets, stored as one encrypted text."""

    def from_db_value(self, value: str | None, *args: Any) -> Secrets:
        return Secrets(json.loads(decrypt(value))) if value else Secrets()

    def to_python(self, value: Any) -> Secrets:
        return Secrets(value or {})

    def get_prep_value(self, value: Any) -> str:
        return encrypt(json.dumps(dict(value or {})))
