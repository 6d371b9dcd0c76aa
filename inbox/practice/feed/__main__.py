"""Start the practice server of feeds: `python -m inbox.practice.feed --port 8113`."""

from __future__ import annotations

import argparse

from inbox.practice.feed.app import make_app
from inbox.practice.server import make_server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inbox.practice.feed", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    server = make_server(make_app(), host="127.0.0.1", port=arguments.port)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
