"""Real servers, run here: where they are, and why their tests are skipped where they are not.

They are not part of the usual run, for they take half a gigabyte and some minutes to install:

    export CRISISDESK_REAL=$(tests/real/install.sh)
    .venv/bin/pip install -r tests/requirements-real.txt
    .venv/bin/python -m pytest -n 0 -rs tests/real
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(scope="session")
def real() -> Path:
    """Return the folder in which the real servers are installed."""
    folder = os.environ.get("CRISISDESK_REAL")
    if not folder:
        pytest.skip("no real servers: CRISISDESK_REAL names no folder; see tests/real/conftest.py")
    return Path(folder)


@pytest.fixture(scope="session")
def real_postgres() -> str:
    """Return the address of a PostgreSQL for what servers keep; the desk may be on SQLite."""
    return os.environ.get("CRISISDESK_REAL_POSTGRES", POSTGRES)
