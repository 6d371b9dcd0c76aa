"""Keeping secrets out of what people and logs get to see."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping

SECRET_FIELDS = frozenset(
    {"access_token", "client_secret", "code", "code_verifier", "password", "refresh_token", "token"}
)
SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})
HIDDEN = "[hidden]"
# Names of what is nobody's business, in JSON, forms and headers, whichever network made them up.
_NAME = (
    r"[\w.-]*(?:token|secret|passw|jwt|authorization|api[_-]?key|session|credential|assertion"
    r"|verifier|cookie|signature|otp)[\w.-]*"
)
_IN_JSON = re.compile(rf'("{_NAME}"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]"{{\[]+)', re.IGNORECASE)
_IN_FORM = re.compile(rf"((?:^|[?&\s])(?:{_NAME}|code)=)[^&\s]+", re.IGNORECASE)
_HEADER = re.compile(_NAME, re.IGNORECASE)


def hide_by_name(text: str) -> str:
    """Take out of JSON or a form, whole or cut off, what its name says is secret."""
    return _IN_FORM.sub(rf"\1{HIDDEN}", _IN_JSON.sub(rf'\1"{HIDDEN}"', text))


def hide_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by names in lower case, those that open doors without their values."""
    return {
        name.lower(): HIDDEN if _HEADER.fullmatch(name) else value
        for name, value in headers.items()
    }


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
        # The answer of a sign-in holds what the request only asks for.
        self.signs_in = isinstance(auth, tuple) or not SECRET_FIELDS.isdisjoint(form)
        # The longest first, or a piece of it would remain. Nothing so short is secret.
        self._secrets = sorted({text for text in found if len(text) > 5}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text
