"""Keeping secrets out of what people and logs get to see."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

SECRET_FIELDS = frozenset(
    {"access_token", "client_secret", "code", "code_verifier", "password", "refresh_token", "token"}
)
SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})


class Redaction:
    """Takes the secrets of one request out of a text: networks like to quote what they refuse."""

    def __init__(
        self,
        *,
        headers: Mapping[str, str],
        form: Mapping[str, str],
        auth: str | tuple[str, str] | None,
    ) -> None:
        found = [value for name, value in form.items() if name in SECRET_FIELDS]
        found += [value for name, value in headers.items() if name.lower() in SECRET_HEADERS]
        if isinstance(auth, tuple):
            found += [auth[1], b64encode(":".join(auth).encode()).decode()]
        elif auth:
            found.append(auth)
        # The longest first, or a piece of it would remain. Nothing so short is secret.
        self._secrets = sorted({text for text in found if len(text) > 5}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return text
