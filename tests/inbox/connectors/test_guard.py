from __future__ import annotations

import socket
import time
from typing import Any

import httpcore
import pytest

from inbox.connectors.errors import Rejected, TransientError
from inbox.connectors.guard import GuardedBackend, Reach, deadline, is_public
from inbox.connectors.http import Http
from inbox.lib.private_hosts import PrivateHosts
from tests.inbox.connectors.tiny import TinyServer, answer, tiny_server


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["104.244.42.1", "8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


class Names:
    """A name server whose answers we choose, one list per question; the last one stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.connected: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(socket, "create_connection", self._connect)

    def _look_up(self, host: str, port: Any, **more: Any) -> Any:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    def _connect(self, address: tuple[str, int], *_: Any, **__: Any) -> Any:
        self.connected.append(address[0])
        raise ConnectionRefusedError("nobody there")


def test_a_name_that_leads_inside_is_not_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["10.0.0.5"])
    with Http(timeout=1) as http, pytest.raises(Rejected, match="private network"):
        http.request("POST", "https://evil.example/", is_write=True)
    assert names.connected == []


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["8.8.8.8", "169.254.169.254"])
    with Http(timeout=1) as http, pytest.raises(Rejected):
        http.request("GET", "https://evil.example/")
    assert names.connected == []


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with Http(timeout=1) as http, pytest.raises(TransientError):
        http.request("GET", "https://rebinding.example/")
    assert names.asked == ["rebinding.example"], "one look-up only"
    assert names.connected == ["8.8.8.8"], "the address that was checked"


def test_the_second_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["8.8.8.8", "8.8.4.4"])
    with Http(timeout=1) as http, pytest.raises(TransientError):
        http.request("GET", "https://two.example/")
    assert names.connected == ["8.8.8.8", "8.8.4.4"]


def test_a_name_without_address_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, [])
    with Http(timeout=1) as http, pytest.raises(TransientError, match="no address"):
        http.request("GET", "https://empty.example/")


def test_practice_networks_may_be_private() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer(b'{"ok": true}'))

    with Http(timeout=2, allow_private=True) as http, tiny_server(behave) as server:
        assert http.request("GET", f"http://localhost:{server.port}/").body == {"ok": True}
        assert server.received[0].split(b"\r\n")[1] == b"Host: localhost:%d" % server.port


def test_a_deadline_that_has_passed_stops_at_once() -> None:
    token = deadline.set(time.monotonic() - 1)
    try:
        with pytest.raises(httpcore.ConnectTimeout):
            GuardedBackend(Reach(allow_private=True)).connect_tcp("127.0.0.1", 1)
    finally:
        deadline.reset(token)


def test_a_practice_run_never_reaches_the_open_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["8.8.8.8"])
    with Http(timeout=2, allow_private=True) as http, pytest.raises(Rejected, match="practice"):
        http.request("GET", "https://social.example/")
    assert names.connected == []


def test_a_listed_name_may_lead_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["10.0.0.5"])
    listed = PrivateHosts.read(["mail.internal"])
    with Http(timeout=1, private_hosts=listed) as http:
        with pytest.raises(TransientError, match="cannot be reached"):
            http.request("GET", "https://mail.internal/")
        with pytest.raises(Rejected, match="PRIVATE_HOSTS"):
            http.request("GET", "https://evil.example/")
    assert names.connected == ["10.0.0.5"]


def test_a_listed_name_is_looked_up_once_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["10.0.0.5"], ["169.254.169.254"])
    listed = PrivateHosts.read(["10.0.0.0/24"])
    with Http(timeout=1, private_hosts=listed) as http:
        with pytest.raises(TransientError):
            http.request("GET", "https://rebinding.example/")
        with pytest.raises(Rejected):
            http.request("GET", "https://rebinding.example/")
    assert names.connected == ["10.0.0.5"]


def test_every_private_address_must_be_in_a_listed_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(monkeypatch, ["8.8.8.8", "10.0.0.5", "10.1.0.5"])
    listed = PrivateHosts.read(["10.0.0.0/24"])
    with Http(timeout=1, private_hosts=listed) as http, pytest.raises(Rejected):
        http.request("GET", "https://mixed.example/")
    assert names.connected == []


def test_in_practice_the_list_opens_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["8.8.8.8"])
    listed = PrivateHosts.read(["social.example"])
    with (
        Http(timeout=1, allow_private=True, private_hosts=listed) as http,
        pytest.raises(Rejected, match="practice"),
    ):
        http.request("GET", "https://social.example/")
    assert names.connected == []


def test_only_a_listed_host_is_asked_without_encryption() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer(b'{"ok": true}'))

    with tiny_server(behave) as server:
        listed = PrivateHosts.read([f"127.0.0.1:{server.port}"])
        with Http(timeout=2, private_hosts=listed) as http:
            assert http.request("GET", server.url).body == {"ok": True}
            with pytest.raises(Rejected, match=r"without encryption.*PRIVATE_HOSTS"):
                http.request("GET", "http://127.0.0.1:1/")
            with pytest.raises(Rejected, match="without encryption"):
                http.request("GET", f"http://localhost:{server.port}/")


def test_every_hop_is_judged_anew() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        target = b"location: https://localhost:%d/\r\n" % server.port
        connection.sendall(answer(status="302 Found", headers=target.decode()))

    with tiny_server(behave) as server:
        listed = PrivateHosts.read(["127.0.0.1"])
        with Http(timeout=2, private_hosts=listed) as http, pytest.raises(Rejected) as caught:
            http.fetch(server.url)
        assert "localhost leads into a private network" in caught.value.message
        assert server.connections == 1
