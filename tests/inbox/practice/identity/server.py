"""The practice sign-in in a thread of this process, and a person who goes through its page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from inbox.practice.identity.app import make_app
from tests.served import PracticeServer

KEYS = {"client_id": "practice-client", "client_secret": "practice-secret"}


class Server(PracticeServer):
    def __init__(self, *addresses: str) -> None:
        super().__init__(lambda url: make_app(list(addresses)), dates=True)

    def allow(self, page: str, address: str, answer: str = "allow") -> dict[str, str]:
        """Answer the page at an address; what comes back to who sent us there."""
        shown = self.http.get(page)
        assert address in shown.text
        form = {**dict(parse_qsl(urlsplit(page).query)), "address": address, "answer": answer}
        back = self.http.post("/authorize", data=form).headers["location"]
        return dict(parse_qsl(urlsplit(back).query))

    def settings(self, *, imap: int, smtp: int) -> dict[str, str]:
        """Return what the desk's settings say of a place, with mail servers on these ports."""
        return {
            **KEYS,
            "api_url": "",
            "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "imap_url": f"imap://127.0.0.1:{imap}",
            "smtp_url": f"smtp://127.0.0.1:{smtp}",
        }

    def holder(self, token: str) -> str:
        """Say whose mailbox a token opens, as mail servers ask."""
        headers = {"authorization": f"Bearer {token}"}
        found: str = self.http.get("/introspect", headers=headers).json().get("email", "")
        return found

    def revoke(self, *, refresh_too: bool = True) -> None:
        self.control("POST", "/practice/revoke", {"refresh_too": refresh_too})

    def faults(self, *rules: dict[str, Any]) -> None:
        self.control("PUT", "/practice/faults", {"rules": list(rules)})
