"""Reading the address of a server as people write it."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.lib.errors import BadInput, NotAllowed
from inbox.lib.private_hosts import PrivateHosts
from inbox.operations import servers
from tests.factories import make_user


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("mastodon.social", "https://mastodon.social"),
        (" Mastodon.Social/ ", "https://mastodon.social"),
        ("https://mastodon.social/@us", "https://mastodon.social"),
        ("@us@mastodon.social", "https://mastodon.social"),
        ("us@social.example:8443", "https://social.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("social.example.", "https://social.example"),
    ],
)
def test_an_address_is_read_as_people_write_it(words: str, url: str) -> None:
    assert servers.read_address(words) == url


@pytest.mark.parametrize(
    "words",
    [
        "",
        "us",
        "https://",
        "javascript:alert(1)",
        "https://me:secret@social.example",
        "https://social.example:99999",
        "https://[::1",
        "x" * 300 + ".example",
        "http://social.example",
    ],
)
def test_what_is_no_address_is_refused(words: str) -> None:
    with pytest.raises(BadInput):
        servers.read_address(words)


def test_in_practice_this_machine_needs_no_encryption(settings: Any) -> None:
    settings.PRACTICE_NETWORK = True
    assert servers.read_address("127.0.0.1:18800") == "http://127.0.0.1:18800"
    assert servers.read_address("http://localhost:1") == "http://localhost:1"
    assert servers.read_address("mastodon.social") == "https://mastodon.social"


@pytest.mark.parametrize("role", ["agent", "manager", "auditor"])
def test_only_admins_open_servers(db: None, role: str) -> None:
    with pytest.raises(NotAllowed):
        servers.open_server(
            network="mastodon", address="x.example", redirect_uri="/", by=make_user(role=role)
        )


@pytest.mark.parametrize("network", ["x", "nonsense"])
def test_only_networks_of_many_servers_have_any(dewi: Any, network: str) -> None:
    with pytest.raises(BadInput):
        servers.open_server(network=network, address="x.example", redirect_uri="/", by=dewi)


def test_a_listed_server_may_be_a_bare_name_and_do_without_encryption(settings: Any) -> None:
    settings.PRIVATE_HOSTS = PrivateHosts.read(["gts:8080", "127.0.0.1"])
    assert servers.read_address("http://gts:8080/@us") == "http://gts:8080"
    assert servers.read_address("http://127.0.0.1:18800") == "http://127.0.0.1:18800"
    for words in ("http://gts", "gts", "http://localhost:8080"):
        with pytest.raises(BadInput):
            servers.read_address(words)
