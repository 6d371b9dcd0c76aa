"""A signed-in browser without the browser: one kept connection, its cookies, and CSRF."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass
from html import unescape
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from inbox.models import User

# Who signs people in: the product's way, and that of the bare site it is compared with.
PRODUCT = "crisisdesk.accounts.SignIn"
BARE = "django.contrib.auth.backends.ModelBackend"
KEPT = 3.0  # seconds; the server closes an idle connection after five
TOKEN = "c" * 32  # any will do: the cookie and the form only have to agree


@dataclass(frozen=True)
class Answer:
    """One answer: milliseconds from the request to its last byte, and what the server spent."""

    status: int
    text: str
    ms: float
    cpu_ms: float
    queries: int

    def field(self, name: str) -> str:
        """Return the value of the hidden field `name` in the page."""
        found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', self.text)
        return unescape(found[1]) if found else ""

    def rows(self) -> list[int]:
        """Return the ids of the conversations in the list."""
        return [int(pk) for pk in re.findall(r'<li id="row-(\d+)"', self.text)]


class Browser:
    """One person at one browser."""

    def __init__(self, port: int, person: User, backend: str = PRODUCT) -> None:
        self.cookies = f"sessionid={session(person, backend)}; csrftoken={TOKEN}"
        self.last = 0.0
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(
        self, path: str, *, htmx: bool = False, target: str = "", count: bool = False
    ) -> Answer:
        return self._ask("GET", path, None, {"HX-Target": target} if target else {}, htmx, count)

    def post(self, path: str, *, htmx: bool = True, count: bool = False, **form: object) -> Answer:
        return self._ask("POST", path, urlencode(form), {}, htmx, count)

    def _ask(
        self,
        method: str,
        path: str,
        body: str | None,
        more: dict[str, str],
        htmx: bool,
        count: bool,
    ) -> Answer:
        headers = {"Cookie": self.cookies, "Accept-Language": "en"} | more
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["X-CSRFToken"] = TOKEN
        headers |= {"HX-Request": "true"} if htmx else {}
        headers |= {"X-Count-Queries": "1"} if count else {}
        if time.monotonic() - self.last > KEPT:
            self.connection.close()  # the server has, or is about to; `request` opens a new one
        self.last = time.monotonic()
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        ms = (time.perf_counter() - began) * 1000
        told = response.headers
        cpu_ms, queries = float(told.get("X-Cpu-Ms", 0)), int(told.get("X-Queries", 0))
        return Answer(response.status, text, ms, cpu_ms, queries)


def session(person: User, backend: str = PRODUCT) -> str:
    """Sign `person` in and return the key of the session."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = backend
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return str(store.session_key)
