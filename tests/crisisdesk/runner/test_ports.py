"""A taken port is one clear line."""

from __future__ import annotations

import socket

import pytest

from crisisdesk.runner import ports


@pytest.fixture
def taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_taken_port_is_refused_in_one_line(taken, capsys):
    with pytest.raises(SystemExit) as caught:
        ports.require_free(taken)
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        f"Port {taken} is taken by another program. Choose another one with --port.\n"
    )


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_does_not_exist_is_refused(port, capsys):
    with pytest.raises(SystemExit):
        ports.require_free(port)
    assert f"There is no port {port}" in capsys.readouterr().err


def test_the_next_free_port_skips_a_taken_one(taken):
    assert ports.first_free(taken) > taken
