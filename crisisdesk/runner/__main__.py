"""The runner as a process of its own, which `manage.py demo` and `serve` become.

It only looks after others, so it has no use for the settings and models that a command of Django
loads: 12 MB instead of 55.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from crisisdesk.runner import desk
from crisisdesk.runner.children import BASE_DIR


def become(*, data: Path, port: int, redis_url: str, flags: dict[str, bool]) -> NoReturn:
    """Replace this process by the runner; its id, terminal and environment stay.

    flags: whatever else `desk.run` can be told, by name.
    """
    command = [sys.executable, "-m", "crisisdesk.runner", "--data", str(data), "--port", str(port)]
    command += [f"--{name}" for name, is_set in flags.items() if is_set]
    os.chdir(BASE_DIR)  # where -m finds it
    sys.stdout.flush()
    os.execve(sys.executable, command, os.environ | {"REDIS_URL": redis_url})  # noqa: S606


def main() -> int:
    parser = argparse.ArgumentParser(prog="crisisdesk.runner")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    for flag in ("demo", "single", "reset", "verbose"):
        parser.add_argument(f"--{flag}", action="store_true")
    return desk.run(redis_url=os.environ["REDIS_URL"], **vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
