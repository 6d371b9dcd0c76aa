"""What cannot work ends in one plain line, not in a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crisisdesk.runner.children import BASE_DIR
from tests.crisisdesk.runner.processes import clean_env, manage

PRETEND = """
import runpy, sys
{pretence}
sys.argv = ["manage.py", "demo"]
runpy.run_path("manage.py", run_name="__main__")
"""


def pretend(pretence: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRETEND.format(pretence=pretence)],
        cwd=BASE_DIR,
        env=clean_env(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_refused(answer: subprocess.CompletedProcess[str], words: str) -> None:
    assert answer.returncode == 2
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1, answer.stderr


def test_an_old_python_is_named():
    answer = pretend("sys.version_info = (3, 9, 18, 'final', 0)")
    assert_refused(answer, "CrisisDesk needs Python 3.11 or newer; this is Python 3.9.")


@pytest.mark.parametrize("package", ["django", "celery", "environ", "csp"])
def test_a_missing_package_is_named_with_the_remedy(package):
    answer = pretend(
        "import importlib.abc\n"
        "class Missing(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {package!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name}', name=name)\n"
        "sys.meta_path.insert(0, Missing())"
    )
    assert_refused(answer, f"The package {package} is not installed")
    assert "pip install -r requirements.txt" in answer.stderr


def test_an_unwritable_data_folder_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    answer = manage("demo", "--data", str(tmp_path / "file" / "desk"))
    assert_refused(answer, "cannot be written (Not a directory)")


def test_a_foreign_data_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").touch()
    assert_refused(manage("demo", "--reset", "--data", str(tmp_path)), "other files")
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_taken_port_is_named(tmp_path: Path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        answer = manage("serve", "--port", port, "--data", str(tmp_path))
    assert_refused(answer, f"Port {port} is taken")


def test_reset_is_refused_when_the_database_is_elsewhere(tmp_path: Path):
    url = "postgres://postgres@127.0.0.1:1/none"
    answer = manage("demo", "--reset", "--data", str(tmp_path), DATABASE_URL=url)
    assert_refused(answer, "The database is not in the data folder")


def test_every_command_takes_the_data_folder(tmp_path: Path):
    where = str(tmp_path / "desk")
    assert manage("prepare", "--data", where).returncode == 0
    answer = manage("create_user", "sri", "--data", where, "--role", "admin")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("sri (admin) can sign in with: ")
    assert (tmp_path / "desk" / "desk.sqlite3").exists()


def test_a_name_that_is_taken_is_one_line(tmp_path: Path):
    where = str(tmp_path / "desk")
    manage("prepare", "--data", where)
    manage("create_user", "sri", "--role", "admin", "--data", where)
    answer = manage("create_user", "sri", "--role", "agent", "--data", where)
    assert answer.returncode == 1
    assert answer.stderr == "CommandError: A user with that username already exists.\n"


def test_a_database_out_of_reach_is_said_plainly(tmp_path: Path):
    answer = manage("prepare", "--data", str(tmp_path), DATABASE_URL="postgres://127.0.0.1:1/none")
    assert answer.returncode == 1
    assert answer.stderr.startswith("CommandError: The database cannot be used: ")


def test_a_malformed_private_host_is_named(tmp_path: Path):
    answer = manage("doctor", data=tmp_path, PRIVATE_HOSTS="mail.internal,*.internal")
    assert_refused(answer, "PRIVATE_HOSTS: “*.internal” is no name, name:port or network")
