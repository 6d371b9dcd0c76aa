"""One network of Bluesky's own servers for all tests here, and people on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inbox.operations import channels
from tests.real.bluesky.people import People
from tests.real.bluesky.server import BlueskyNetwork


@pytest.fixture(scope="session")
def network(real: Path, real_postgres: str) -> Iterator[BlueskyNetwork]:
    pytest.importorskip("atproto", reason="no client: pip install -r tests/requirements-real.txt")
    installed = real / "bluesky"
    if not list(installed.glob("installed-*")):
        pytest.skip(f"no Bluesky servers in {installed}: run tests/real/install.sh")
    with BlueskyNetwork(installed, postgres=real_postgres) as running:
        yield running


@pytest.fixture
def people(network: BlueskyNetwork) -> People:
    """People of this test alone: their handles belong to nobody else."""
    return People(network.url)


@pytest.fixture(autouse=True)
def _on_this_machine(settings: Any) -> Iterator[None]:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    yield
    channels.http.cache_clear()
