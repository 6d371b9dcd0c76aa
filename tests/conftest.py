"""The standing cast, what runs where, and the rule that no test leaves the machine."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from inbox.models import Channel, Conversation, User
from tests.factories import make_channel, make_conversation, make_user

# Whoever asks for one of these, or is marked so, meets the database. pytest-django refuses it to
# everybody else, and `_no_address` hides it from the processes that they start.
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server", "demo"}
# Tests whose address begins so share something that is made once, or is too heavy to run twice at
# once: they share a worker.
TOGETHER = (
    "tests/e2e/",  # a browser and a demo
    "tests/chaos/",  # a network, Redis, a worker and beat at full speed
    "tests/crisisdesk/backup/test_commands.py",  # a desk that is copied
    "tests/crisisdesk/runner/test_demo.py",  # a demo that has ended
    "tests/crisisdesk/runner/test_serve.py",  # a desk that is copied
    "tests/inbox/connectors/mail/test_servers.py",  # mail servers
    "tests/inbox/search/test_at_volume.py",
    "tests/inbox/test_counts_at_volume.py",
    "tests/inbox/views/test_queue_at_volume.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only", action="store_true", help="leave out what meets no database"
    )


class Together(LoadScopeScheduling):
    """Hands out single tests, and those of TOGETHER as one, the largest group first."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, TOGETHER), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database-only"):
        kept = [item for item in items if meets_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
    # Those that mostly wait for processes begin first, so that no worker ends on them alone.
    items.sort(key=lambda item: item.get_closest_marker("chaos") is None)


def meets_database(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("database")
    return bool(marked or DATABASE.intersection(getattr(item, "fixturenames", ())))


@pytest.fixture(autouse=True)
def _no_address(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the address of the database under test from who does not say that they meet it."""
    if not meets_database(request.node):
        monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any connection that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any, _files: Path) -> None:
    settings.MEDIA_ROOT = _files
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PRACTICE_NETWORK = False
    settings.MFA_REQUIRED_ROLES = []
    settings.API_RATE = 10**6  # the workers of a run may count in one Redis, by the same ids
    translation.deactivate()  # the last request of another test may have left its language
    settings.WHITENOISE_AUTOREFRESH = True  # each test's client would read all static files anew


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
