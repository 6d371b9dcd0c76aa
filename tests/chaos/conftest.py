"""A practice network and a stack of real processes, both gone when the test ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inbox.operations import channels
from tests.chaos.stack import Stack
from tests.inbox.practice.server import Practice, start_practice


@pytest.fixture
def practice(tmp_path: Path, settings: Any) -> Iterator[Practice]:
    """A practice network that this process, too, takes for the real one."""
    with start_practice(tmp_path / "practice") as server:
        settings.PRACTICE_NETWORK = True
        settings.NETWORKS = {
            "x": {
                "api_url": server.url,
                "authorize_url": f"{server.url}/i/oauth2/authorize",
                "token_url": f"{server.url}/2/oauth2/token",
                "client_id": "practice-client",
                "client_secret": "practice-secret",
            }
        }
        channels.http.cache_clear()
        yield server
    channels.http.cache_clear()


@pytest.fixture
def stack(transactional_db: None, practice: Practice, tmp_path: Path) -> Iterator[Stack]:
    running = Stack(practice.url, tmp_path)
    yield running
    running.close()
