"""Real mail servers for tests: aiosmtpd and pymap in Python, Dovecot where it is installed.

pymap keeps mail in memory and needs nothing but its wheel, so every run of the tests meets a real
IMAP server; Dovecot is what most mailboxes of the world are kept by.
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import logging
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.ports import free_port

HOST = "127.0.0.1"
# Its passwords are made for the world: 0.2 s for every sign-in.
START_PYMAP = """
from pysasl.hashing import BuiltinHash
BuiltinHash.__init__.__kwdefaults__["rounds"] = 1
from pymap.main import main
main()
"""
DOVECOT = "/usr/sbin/dovecot"
NO_DOVECOT = "Dovecot is not installed here: apt-get install dovecot-imapd"
SENT = "mailbox Sent {\n    auto = create\n    special_use = \\Sent\n  }"


@dataclass
class Mailbox:
    """A mailbox on a running IMAP server, and a door for those who look at it without the desk."""

    port: int
    user: str
    password: str
    deliver: Callable[..., None]
    tls_port: int = 0
    folder: str = "INBOX"
    home: Path | None = None

    @contextlib.contextmanager
    def signed_in(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(HOST, self.port) as imap:
            imap.login(self.user, self.password)
            yield imap

    def contents(self, folder: str | None = None) -> list[bytes]:
        """Return every mail of a folder, as the server itself has it."""
        with self.signed_in() as imap:
            imap.select(f'"{folder or self.folder}"', readonly=True)
            _ok, data = imap.fetch("1:*", "(BODY.PEEK[])")
            return [part[1] for part in data if isinstance(part, tuple)]


@dataclass
class Sending:
    """An SMTP server. deliver: called with sender, recipients and the mail, once it is accepted.

    opens: says whose mailbox a token opens, where tokens are taken (XOAUTH2).
    faults: what to do with the next mails, one each: "cut" (accept, then say nothing), "lose" (cut
    without accepting), or an answer such as "451 not now"; None for the usual.
    """

    deliver: Callable[[str, list[str], bytes], None] | None = None
    faults: list[str | None] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    accepted: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    tokens: list[tuple[bool, str]] = field(default_factory=list)
    user: str = "demouser"
    password: str = "demopass"
    largest: int = 30_000_000
    opens: Callable[[str], str] | None = None

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if fault not in (None, "cut"):
            if fault == "lose":
                server.transport.abort()
            return str(fault) if fault != "lose" else "451 gone"
        mail = envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)
        self.accepted.append(mail)
        if self.deliver:
            self.deliver(*mail)
        if fault == "cut":
            server.transport.abort()
        return "250 OK"

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol"""
        said = b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        parts = dict(part.split("=", 1) for part in said.decode().split("\1") if part)
        token = parts["auth"].removeprefix("Bearer ")
        holder = await asyncio.to_thread(self.opens, token) if self.opens else ""
        self.tokens.append((len(args) > 1, token))
        if holder and holder == parts["user"]:
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        return AuthResult(success=False, handled=False, message="535 5.7.8 Bad credentials")

    def check(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        known = (self.user.encode(), self.password.encode())
        return AuthResult(success=(data.login, data.password) == known, handled=False)


@contextlib.contextmanager
def smtp_server(sending: Sending) -> Iterator[int]:
    """Run an SMTP server; its port."""
    port = free_port()
    made = Controller(
        sending,
        hostname=HOST,
        port=port,
        authenticator=sending.check,
        auth_required=True,
        auth_require_tls=False,
        data_size_limit=sending.largest,
        decode_data=False,
    )
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns that nothing is encrypted
    made.start()
    try:
        yield port
    finally:
        made.stop()


@contextlib.contextmanager
def pymap() -> Iterator[Mailbox]:
    """Run an IMAP server that keeps all in memory."""
    port = free_port()
    quiet = [part for name in ("managesieve", "grpc") for part in ("--no-service", name)]
    command = [sys.executable, "-c", START_PYMAP, "--host", HOST, "--port", str(port), *quiet]
    with _running([*command, "dict", "--demo-data"], port):
        box = Mailbox(port, "demouser", "demopass", deliver=lambda *mails: None)
        box.folder = f"box-{uuid.uuid4().hex[:8]}"
        with box.signed_in() as imap:
            imap.create(box.folder)
        box.deliver = lambda *mails: append(box, *mails)
        yield box


@contextlib.contextmanager
def dovecot(
    *, certificate: tuple[Path, Path] | None = None, introspection: str = ""
) -> Iterator[Mailbox]:
    """Run Dovecot over mailboxes of its own; as root it leaves them to nobody.

    introspection: address that is asked about tokens, which are then taken as well as passwords.
    """
    # Not below the folder of pytest, into which nobody may look.
    folder = tempfile.TemporaryDirectory(prefix="mail-")
    with folder as path, _dovecot(Path(path), certificate, introspection) as box:
        yield box


@contextlib.contextmanager
def _dovecot(
    folder: Path, certificate: tuple[Path, Path] | None, introspection: str
) -> Iterator[Mailbox]:
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    box, port, tls_port = folder / "boxes" / "help", free_port(), free_port()
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    for path in (folder, folder / "boxes", *box.parent.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
        path.chmod(0o755)
    config = folder / "dovecot.conf"
    lines = _config(folder, owner, port, tls_port, certificate)
    config.write_text(lines + (_takes_tokens(folder, introspection) if introspection else ""))
    with _running([DOVECOT, "-F", "-c", str(config)], port):
        made = Mailbox(port, "help@brand.example", "box-pass-word", lambda *mails: None, tls_port)
        made.deliver = lambda *mails: into_maildir(box, owner, *mails)
        made.home = box
        yield made


def has_dovecot() -> bool:
    return Path(DOVECOT).exists()


def append(box: Mailbox, *mails: bytes) -> None:
    """Put mails into the mailbox through the server."""
    with box.signed_in() as imap:
        for mail in mails:
            answer, words = imap.append(f'"{box.folder}"', "", "", mail)
            assert answer == "OK", words


def into_maildir(box: Path, owner: pwd.struct_passwd, *mails: bytes) -> None:
    """Deliver as mail servers do: written aside, then moved in at once."""
    for mail in mails:
        name = f"{time.time():.6f}.{uuid.uuid4().hex}.test"
        aside = box / "tmp" / name
        aside.write_bytes(mail.replace(b"\r\n", b"\n"))
        os.chown(aside, owner.pw_uid, owner.pw_gid)
        aside.rename(box / "new" / name)


def _config(
    folder: Path,
    owner: pwd.struct_passwd,
    port: int,
    tls_port: int,
    certificate: tuple[Path, Path] | None,
) -> str:
    lines = [
        "protocols = imap",
        f"listen = {HOST}",
        f"base_dir = {folder}/run",
        f"log_path = {folder}/dovecot.log",
        "disable_plaintext_auth = no",
        f"mail_location = maildir:{folder}/boxes/%n",
        f"first_valid_uid = {min(owner.pw_uid, 500)}",
        f"mail_uid = {owner.pw_uid}",
        f"mail_gid = {owner.pw_gid}",
        "passdb {\n  driver = static\n  args = password=box-pass-word\n}",
        f"userdb {{\n  driver = static\n  args = uid={owner.pw_uid} gid={owner.pw_gid}"
        f" home={folder}/boxes/%n\n}}",
        f"namespace inbox {{\n  inbox = yes\n  {SENT}\n}}",
    ]
    listeners = f"inet_listener imap {{\n    port = {port}\n  }}"
    if certificate:
        lines += ["ssl = yes", f"ssl_cert = <{certificate[0]}", f"ssl_key = <{certificate[1]}"]
        listeners += f"\n  inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}"
    else:
        lines.append("ssl = no")
        listeners += "\n  inet_listener imaps {\n    port = 0\n  }"
    lines.append(f"service imap-login {{\n  {listeners}\n}}")
    if os.geteuid() != 0:
        name = owner.pw_name
        lines += [f"default_internal_user = {name}", f"default_login_user = {name}"]
        lines += ["service imap-login {\n  chroot =\n}", "service anvil {\n  chroot =\n}"]
    return "\n".join(lines) + "\n"


def _takes_tokens(folder: Path, introspection: str) -> str:
    """https://doc.dovecot.org/2.3/configuration_manual/authentication/oauth2/"""
    lines = [
        f"introspection_url = {introspection}",
        "introspection_mode = auth",
        "username_attribute = email",
    ]
    (folder / "oauth2.conf").write_text("\n".join(lines) + "\n")
    args = f"mechanisms = xoauth2\n  args = {folder}/oauth2.conf"
    return f"auth_mechanisms = plain xoauth2\npassdb {{\n  driver = oauth2\n  {args}\n}}\n"


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not _answers(port):
            assert started.poll() is None, f"{command[0]} ended at once"
            assert time.monotonic() < deadline, f"{command[0]} did not start"
            time.sleep(0.02)
        yield
    finally:
        started.terminate()
        started.wait(20)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False
