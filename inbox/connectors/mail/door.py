"""The one door of mail: signed-in connections that end, whatever the other side does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import cache
from ssl import SSLContext
from typing import TypeVar

from inbox.connectors.guard import Reach
from inbox.connectors.mail import imap, smtp
from inbox.connectors.mail.account import Account, Place
from inbox.connectors.mail.imap import Imap
from inbox.connectors.mail.line import Line, connect
from inbox.connectors.mail.smtp import Smtp
from inbox.connectors.transport import trusted

S = TypeVar("S", Imap, Smtp)


@cache
def _certificates() -> SSLContext:
    return trusted()


class Door:
    """Opens connections to the servers of an account.

    timeout: seconds for the whole of one visit, sign-in included. reach: what may be contacted.
    context: what is trusted of certificates, by default what `Http` trusts.
    """

    def __init__(self, *, timeout: float, reach: Reach, context: SSLContext | None = None) -> None:
        self.timeout = timeout
        self._reach = reach
        self._context = context

    def until(self) -> float:
        """Return when a visit that begins now must be over."""
        return time.monotonic() + self.timeout

    def imap(
        self, account: Account, *, until: float | None = None
    ) -> contextlib.AbstractContextManager[Imap]:
        """Return a connection for reading."""
        return self._open(Imap, account, account.imap, what=imap.WHAT, until=until)

    def smtp(
        self, account: Account, *, until: float | None = None
    ) -> contextlib.AbstractContextManager[Smtp]:
        """Return a connection for sending."""
        return self._open(Smtp, account, account.smtp, what=smtp.WHAT, until=until)

    @contextlib.contextmanager
    def _open(
        self,
        kind: Callable[[Line, Account, SSLContext], S],
        account: Account,
        place: Place,
        *,
        what: str,
        until: float | None,
    ) -> Iterator[S]:
        """Yield a signed-in connection of one kind; whatever happens, its line is closed."""
        context = self._context or _certificates()
        line = connect(
            place,
            context=context,
            until=until or self.until(),
            reach=self._reach,
            what=what,
        )
        try:
            session = kind(line, account, context)
        except BaseException:
            line.close()
            raise
        with contextlib.closing(session):
            yield session
