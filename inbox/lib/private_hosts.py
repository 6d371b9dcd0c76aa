"""Hosts of the operator's own network, which the desk may speak to although they are private."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class PrivateHosts:
    """What an operator has listed.

    hosts: names and single addresses, with the port that is meant, None for all of them.
    networks: whatever leads to an address in these.
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> PrivateHosts:
        """Read "name", "name:port" and "10.1.0.0/16". Raises ValueError for anything else."""
        hosts: set[tuple[str, int | None]] = set()
        networks: list[Network] = []
        for entry in filter(None, map(str.strip, entries)):
            try:
                if "/" in entry:
                    networks.append(ipaddress.ip_network(entry))
                else:
                    hosts.add(_host(entry))
            except ValueError as error:
                words = f"“{entry}” is no name, name:port or network such as 10.1.0.0/16."
                raise ValueError(words) from error
        return cls(frozenset(hosts), tuple(networks))

    def __contains__(self, place: tuple[str, int]) -> bool:
        """Say whether host and port are listed as they are written, wherever they lead."""
        host, port = _same(place[0]), place[1]
        return not self.hosts.isdisjoint({(host, port), (host, None)}) or self._holds(host)

    def allow(self, place: tuple[str, int], address: str) -> bool:
        """Say whether `place` may be contacted at a private `address` that it leads to."""
        return place in self or self._holds(address)

    def _holds(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self.networks)


def _host(entry: str) -> tuple[str, int | None]:
    try:
        return str(ipaddress.ip_address(entry)), None
    except ValueError:
        parts = urlsplit(f"//{entry}")
    host = _same(parts.hostname or "")
    is_address = entry.startswith("[")
    if parts.netloc != entry or "@" in entry or not (is_address or NAME.fullmatch(host)):
        raise ValueError(entry)
    return host, parts.port


def _same(host: str) -> str:
    """Return `host` in the one way in which it is compared."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.rstrip(".").encode("idna").decode().lower() if host else ""
