"""Start the practice network: `python -m inbox.practice.bluesky --port 8114`."""

from __future__ import annotations

import argparse

from inbox.practice.bluesky.app import make_app
from inbox.practice.server import make_server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inbox.practice.bluesky", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", action="append", default=[], help="the handle of an account")
    parser.add_argument(
        "--limits", type=float, default=10.0, help="so many times Bluesky's rate limits; 0: none"
    )
    arguments = parser.parse_args()
    site = f"http://127.0.0.1:{arguments.port}"
    app = make_app(site=site, limits=arguments.limits or None)
    for handle in arguments.user:
        account = app.state.network.ensure(handle)
        print(f"{account.handle}: app password {account.password}")  # noqa: T201 - its own output
    server = make_server(app, host="127.0.0.1", port=arguments.port, dates=False)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
