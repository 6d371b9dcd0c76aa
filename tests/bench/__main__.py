"""`python -m tests.bench`: how fast the desk is; see README.md beside this file."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from tests.bench.database import fresh_database

SIZES = [10_000, 100_000, 1_000_000]


def main() -> None:
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # processes and database go too
    if arguments.part == "embedded":
        _embedded()
        return
    if arguments.part == "flood":
        _meet_network(arguments.port)
    with fresh_database():
        PARTS[arguments.part](arguments)


def _pages(arguments: argparse.Namespace) -> None:
    from tests.bench.pages import measure_pages

    measure_pages(arguments.sizes, arguments.rounds, arguments.port)


def _streams(arguments: argparse.Namespace) -> None:
    from tests.bench.streams import measure_streams

    measure_streams(arguments.streams, arguments.port)


def _ingest(arguments: argparse.Namespace) -> None:
    from tests.bench.ingest import measure_ingest

    measure_ingest()


def _agents(arguments: argparse.Namespace) -> None:
    from tests.bench.agents import measure_agents

    minutes = arguments.minutes or 5.0
    measure_agents(arguments.agents, minutes, arguments.rate, arguments.port)


def _meet_network(port: int) -> None:
    """Say where the practice network of this run will be, before settings are read."""
    url = f"http://127.0.0.1:{port}"
    os.environ |= {
        "X_API_URL": url,
        "X_AUTHORIZE_URL": f"{url}/i/oauth2/authorize",
        "X_TOKEN_URL": f"{url}/2/oauth2/token",
        "X_CLIENT_ID": "practice-client",
        "X_CLIENT_SECRET": "practice-secret",
    }


def _flood(arguments: argparse.Namespace) -> None:
    from tests.bench.flood import measure_flood

    measure_flood(arguments.minutes or 10.0, arguments.port)


def _embedded() -> None:
    """What a newcomer starts has a database, keys and a Redis of its own."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "crisisdesk.settings"
    import django

    django.setup()
    from tests.bench.embedded import measure_embedded

    measure_embedded()


PARTS = {
    "pages": _pages,
    "ingest": _ingest,
    "streams": _streams,
    "agents": _agents,
    "flood": _flood,
    "embedded": None,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="pages")
    parser.add_argument("--port", type=int, default=18600, help="first of a few free ports")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--rounds", type=int, default=60, help="requests of each kind a size")
    parser.add_argument("--agents", type=int, default=50, metavar="N")
    parser.add_argument("--minutes", type=float, help="of agents (5), of a flood (10)")
    parser.add_argument("--rate", type=int, default=50, help="messages a second that come in")
    parser.add_argument("--streams", type=int, default=2000, metavar="N")
    return parser


if __name__ == "__main__":
    main()
