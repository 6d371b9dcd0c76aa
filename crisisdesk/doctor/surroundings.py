"""What is around the desk: its public address, its mail, its disk."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.http.request import split_domain_port, validate_host

from crisisdesk.doctor.finding import Finding, fine, problem, warning

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LITTLE, NONE_LEFT = 2_000_000_000, 200_000_000  # bytes
PATIENCE = 5  # seconds


def web() -> Iterator[Finding]:
    """SITE_URL, ALLOWED_HOSTS and DEBUG, beside each other."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        remedy = "Write it as https://desk.example.org, without a path."
        yield problem("web", f"SITE_URL is not an address: {settings.SITE_URL}", remedy)
        return
    is_public = parts.hostname not in LOOPBACK
    host, _port = split_domain_port(parts.netloc.rpartition("@")[2].lower())
    if not validate_host(host, settings.ALLOWED_HOSTS):
        remedy = f"Add {parts.hostname} to ALLOWED_HOSTS."
        yield problem("web", "The desk does not answer to the host of SITE_URL.", remedy)
    if "*" in settings.ALLOWED_HOSTS:
        remedy = f"Set ALLOWED_HOSTS={parts.hostname}."
        yield warning("web", "ALLOWED_HOSTS accepts any host name.", remedy)
    if settings.DEBUG:
        level = problem if is_public else warning
        yield level("web", "DEBUG shows settings and code to everybody.", "Set DEBUG=false.")
    if is_public and parts.scheme == "http":
        remedy = "Put a TLS proxy in front and set SITE_URL to its https address."
        yield problem("web", "Passwords and sessions travel unencrypted.", remedy)
    else:
        yield fine("web", f"The desk's address is {settings.SITE_URL}.")


def mail() -> Iterator[Finding]:
    """Whether mail leaves the desk."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        if not settings.PRACTICE_NETWORK:
            remedy = "Set EMAIL_URL=smtp://user:password@host:port."
            yield warning("mail", "No mail is sent; forgotten passwords need an admin.", remedy)
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    line = get_connection(timeout=PATIENCE)
    try:
        line.open()
        line.close()
    except (OSError, smtplib.SMTPException) as error:
        words = f"The mail server {server} does not let us in ({type(error).__name__})."
        yield problem("mail", words, "Check EMAIL_URL.")
    else:
        yield fine("mail", f"The mail server {server} lets us in.")


def disk() -> Iterator[Finding]:
    """Room for the data folder to grow: database, logs, backups on the way."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    words = f"{free / 1e9:.1f} GB are free for {settings.DATA_DIR}."
    remedy = "Make room, or move the data folder with --data DIR."
    if free < NONE_LEFT:
        yield problem("disk", words, remedy)
    elif free < LITTLE:
        yield warning("disk", words, remedy)
    else:
        yield fine("disk", words)
