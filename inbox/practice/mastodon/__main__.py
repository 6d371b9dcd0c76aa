"""Start the practice server: `python -m inbox.practice.mastodon --port 8112 --data DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from inbox.practice.mastodon.app import DOMAIN, make_app
from inbox.practice.server import make_server


def read_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m inbox.practice.mastodon",
        description="A practice server that speaks Mastodon's API.",
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder for mastodon.sqlite3")
    parser.add_argument("--host", default="127.0.0.1", help="an address of this machine")
    parser.add_argument("--domain", default=DOMAIN, help="domain of the handles")
    parser.add_argument("--user", action="append", default=[], help="an account to make")
    parser.add_argument(
        "--limits", type=float, default=10.0, help="so many times Mastodon's rate limits; 0: none"
    )
    parser.add_argument("--log-level", default="warning")
    return parser.parse_args(words)


def main() -> int:
    arguments = read_arguments()
    site = f"http://{arguments.host}:{arguments.port}"
    try:
        app = make_app(
            arguments.data, site=site, limits=arguments.limits or None, domain=arguments.domain
        )
        for handle in arguments.user:
            app.state.network.ensure(handle)
        server = make_server(
            app,
            host=arguments.host,
            port=arguments.port,
            log_level=arguments.log_level,
            dates=False,
        )
    except (OSError, ValueError) as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - a command's own error line
        return 1
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
