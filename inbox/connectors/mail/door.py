"""The one door of mail: signed-in connections that end, whatever the other side does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from functools import cache
from ssl import SSLContext

from inbox.connectors.mail import imap, smtp
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.imap import Imap
from inbox.connectors.mail.line import connect
from inbox.connectors.mail.smtp import Smtp
from inbox.connectors.transport import trusted


@cache
def _certificates() -> SSLContext:
    return trusted()


class Door:
    """Opens connections to the servers of an account.

    timeout: seconds for the whole of one visit, sign-in included. allow_private: as for `Http`.
    context: what is trusted of certificates, by default what `Http` trusts.
    """

    def __init__(
        self, *, timeout: float, allow_private: bool, context: SSLContext | None = None
    ) -> None:
        self.timeout = timeout
        self._allow_private = allow_private
        self._context = context

    def until(self) -> float:
        """Return when a visit that begins now must be over."""
        return time.monotonic() + self.timeout

    @contextlib.contextmanager
    def imap(self, account: Account, *, until: float | None = None) -> Iterator[Imap]:
        """Return a connection for reading."""
        context = self._context or _certificates()
        line = connect(
            account.imap,
            context=context,
            until=until or self.until(),
            allow_private=self._allow_private,
            what=imap.WHAT,
        )
        try:
            session = Imap(line, account, context)
        except BaseException:
            line.close()
            raise
        with contextlib.closing(session):
            yield session

    @contextlib.contextmanager
    def smtp(self, account: Account, *, until: float | None = None) -> Iterator[Smtp]:
        """Return a connection for sending."""
        context = self._context or _certificates()
        line = connect(
            account.smtp,
            context=context,
            until=until or self.until(),
            allow_private=self._allow_private,
            what=smtp.WHAT,
        )
        try:
            session = Smtp(line, account, context)
        except BaseException:
            line.close()
            raise
        with contextlib.closing(session):
            yield session
