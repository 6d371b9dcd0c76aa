"""Sockets that keep one deadline for a whole request and stay out of private networks."""

from __future__ import annotations

import contextvars
import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import httpcore

from inbox.connectors.errors import Rejected
from inbox.lib.private_hosts import PrivateHosts

# When the request of this thread must be over, by time.monotonic(). It travels beside httpcore,
# whose own time-outs start anew with every byte that arrives.
deadline: contextvars.ContextVar[float] = contextvars.ContextVar("deadline")

# Carries an IPv4 address in its last 32 bits: https://www.rfc-editor.org/rfc/rfc6052
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be contacted: the open internet and, of private networks, what an operator lists.

    allow_private: nothing but private addresses, so that practice never reaches a real network.
    """

    allow_private: bool = False
    private_hosts: PrivateHosts = field(default_factory=PrivateHosts)

    def check(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Raise Rejected if one of the `addresses` of `host` must not be contacted."""
        if self.allow_private:
            if any(map(is_public, addresses)):
                raise Rejected(f"{host} is on the open internet, and this is a practice run.")
            return
        private = [address for address in addresses if not is_public(address)]
        if not all(self.private_hosts.allow((host, port), address) for address in private):
            raise Rejected(
                f"{host} leads into a private network, so it was not contacted. If it is yours,"
                " ask whoever runs the desk to add it to PRIVATE_HOSTS."
            )

    def takes_plain(self, host: str, port: int) -> bool:
        """Say whether `host` may be spoken to without encryption."""
        return self.allow_private or (host, port) in self.private_hosts


class GuardedBackend(httpcore.NetworkBackend):
    """Looks a name up once, checks every address, and connects to an address it checked.

    So a name that answers differently the second time (DNS rebinding) gains nothing.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve(host, port)
        self._reach.check(host, port, addresses)
        for tries_left in range(len(addresses), 0, -1):
            try:
                stream = self._plain.connect_tcp(
                    addresses[-tries_left],
                    port,
                    # A dead first address must leave time for the second one.
                    _time_left(httpcore.ConnectTimeout) / tries_left,
                    socket_options=socket_options or (),
                )
                return _TimedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if tries_left == 1:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every operation ends with the deadline of the request it serves now."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _time_left(httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def is_public(address: str) -> bool:
    """Say whether `address` is on the open internet, also if IPv6 only wraps an IPv4 one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped:
            return is_public(str(wrapped))
    return ip.is_global and not ip.is_multicast


def _time_left(late: type[httpcore.TimeoutException]) -> float:
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise late("the whole request took too long")
    return left


def _resolve(host: str, port: int) -> list[str]:
    """Return the addresses of `host`; getaddrinfo knows no time-out, hence the thread."""
    answer: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as exc:
            answer.put(exc)

    threading.Thread(target=ask, name="lookup", daemon=True).start()
    try:
        found = answer.get(timeout=_time_left(httpcore.ConnectTimeout))
    except queue.Empty:
        raise httpcore.ConnectTimeout("looking the name up took too long") from None
    if isinstance(found, Exception):
        raise httpcore.ConnectError(f"the name cannot be looked up: {found}") from found
    return list(dict.fromkeys(found))
