"""The standing cast, and the rule that no test leaves the machine."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from inbox.models import Channel, Conversation, User
from tests.factories import make_channel, make_conversation, make_user


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any connection that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PRACTICE_NETWORK = False
    settings.MFA_REQUIRED_ROLES = []


@pytest.fixture
def ana(db: None) -> User:
    return make_user("ana", "agent")


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", "manager")


@pytest.fixture
def cleo(db: None) -> User:
    return make_user("cleo", "auditor")


@pytest.fixture
def dewi(db: None) -> User:
    return make_user("dewi", "admin")


@pytest.fixture
def channel(db: None) -> Channel:
    return make_channel()


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_conversation(channel)
