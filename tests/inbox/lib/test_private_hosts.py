"""What an operator may write into PRIVATE_HOSTS, and what it lets through."""

from __future__ import annotations

import pytest

from inbox.lib.private_hosts import PrivateHosts


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("mail.internal", ("mail.internal", 993)),
        ("Mail.Internal.", ("mail.internal", 25)),
        ("mail.internal", ("MAIL.internal.", 993)),
        ("gts", ("gts", 80)),
        ("gts:8080", ("gts", 8080)),
        ("bücher.internal", ("xn--bcher-kva.internal", 443)),
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("::1", ("::1", 1)),
        ("[::1]:8080", ("0:0:0:0:0:0:0:1", 8080)),
        ("10.1.0.0/16", ("10.1.2.3", 143)),
        ("fd00::/8", ("fd12::1", 143)),
    ],
)
def test_what_is_listed_is_known_however_it_is_written(entry: str, place: tuple[str, int]) -> None:
    assert place in PrivateHosts.read([" ", f" {entry} "])


@pytest.mark.parametrize(
    "place",
    [("mail.internal", 25), ("evil.mail.internal", 993), ("internal", 993), ("10.2.0.1", 1)],
)
def test_what_is_not_listed_stays_out(place: tuple[str, int]) -> None:
    assert place not in PrivateHosts.read(["mail.internal:993", "10.1.0.0/16"])
    assert place not in PrivateHosts()


def test_a_listed_name_may_lead_anywhere_another_only_into_a_listed_network() -> None:
    hosts = PrivateHosts.read(["mail.internal", "10.1.0.0/16"])
    assert hosts.allow(("mail.internal", 993), "192.168.0.9")
    assert hosts.allow(("news.internal", 443), "10.1.0.9")
    assert not hosts.allow(("news.internal", 443), "10.2.0.9")
    assert ("news.internal", 80) not in hosts, "for plain http a host is listed as it is written"


@pytest.mark.parametrize(
    "entry",
    [
        *("*.internal", "https://mail.internal", "mail.internal:x", "mail.internal:99999"),
        *("10.1.2.3/16", "10.0.0.0/99", "me@mail.internal", "a b", "mail.internal/x", "[mail]:1"),
    ],
)
def test_what_is_malformed_is_refused_by_its_name(entry: str) -> None:
    with pytest.raises(ValueError, match="is no name, name:port or network") as caught:
        PrivateHosts.read(["good.internal", entry])
    assert entry in str(caught.value)
