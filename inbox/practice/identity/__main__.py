"""Start the practice sign-in: `python -m inbox.practice.identity --port 8114 ADDRESS...`."""

from __future__ import annotations

import argparse

from inbox.practice.identity.app import make_app
from inbox.practice.server import make_server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inbox.practice.identity", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("addresses", nargs="+", help="the mailboxes to sign in to")
    arguments = parser.parse_args()
    server = make_server(make_app(arguments.addresses), host="127.0.0.1", port=arguments.port)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
