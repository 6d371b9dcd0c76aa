"""Start the practice network: `python -m inbox.practice.x --port 8111 --data DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from inbox.practice.server import make_server
from inbox.practice.x.app import make_app
from inbox.practice.x.limits import read_factor


def read_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m inbox.practice.x", description="A practice network that speaks X API v2."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder for x.sqlite3")
    parser.add_argument("--host", default="127.0.0.1", help="an address of this machine")
    parser.add_argument("--client-id", default="practice-client")
    parser.add_argument("--client-secret", default="practice-secret")
    parser.add_argument(
        "--limits",
        type=read_factor,
        default=10.0,
        help="x: X's own rate limits; off: none; a number: so many times X's (default 10, "
        "enough for a demo or a replay, and still there for a client that runs wild)",
    )
    parser.add_argument("--log-level", default="warning")
    return parser.parse_args(words)


def main() -> int:
    arguments = read_arguments()
    try:
        app = make_app(
            arguments.data,
            clients={arguments.client_id: arguments.client_secret},
            limits=arguments.limits,
        )
        server = make_server(
            app, host=arguments.host, port=arguments.port, log_level=arguments.log_level
        )
    except (OSError, ValueError) as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - a command's own error line
        return 1
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
