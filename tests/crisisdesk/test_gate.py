"""What the README and the guides promise is there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from crisisdesk.runner.children import BASE_DIR

GUIDES = [BASE_DIR / "README.md", BASE_DIR / ".github" / "CONTRIBUTING.md"]
README = GUIDES[0].read_text()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_link_of_a_guide_leads_somewhere(guide: Path):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", guide.read_text())
    assert targets
    assert [target for target in targets if not (guide.parent / target).exists()] == []


def test_the_two_commands_are_there_as_the_gate_reads_them():
    start, tests = re.findall(r"^```sh\n(.+)\n```$", README, re.MULTILINE)
    assert start.endswith(" && .venv/bin/python manage.py demo")
    assert "-r requirements.txt" in start
    assert tests.endswith(" && .venv/bin/python -m pytest")
    assert "-r tests/requirements.txt" in tests


def test_the_readme_fits_on_one_screen():
    assert len(README.splitlines()) <= 60


def test_the_gate_can_be_run():
    gate = BASE_DIR / ".ci" / "run"
    assert os.access(gate, os.X_OK)
    assert subprocess.run(["bash", "-n", str(gate)], check=False).returncode == 0


@pytest.mark.parametrize(
    "name", ["requirements.txt", "tests/requirements.txt", "tests/requirements-lint.txt"]
)
def test_every_requirement_is_pinned(name: str):
    lines = (BASE_DIR / name).read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert [line for line in packages if "==" not in line] == []
