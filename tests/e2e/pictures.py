"""Pictures of every screen, to look over: `python -m tests.e2e.pictures OUT [WORD ...]`.

Each screen of tests/e2e/pages.py in English and Indonesian, light and dark, on a desktop and on a
phone, in full length; WORDs choose among the titles. What OUT holds already stays as it is, so
that a run which broke off goes on where it stopped. OUT also gets sheets with several on each.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

OUT, WORDS = "PICTURES_OUT", "PICTURES_WORDS"


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.environ[OUT] = str(Path(sys.argv[1]).resolve())
    os.environ[WORDS] = " ".join(sys.argv[2:])
    camera = Path(__file__).with_name("camera.py")
    return pytest.main([str(camera), "-n0", "-p", "no:cacheprovider"])


if __name__ == "__main__":
    sys.exit(main())
