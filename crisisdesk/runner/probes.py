"""Is a child ready? Asked over its own door, without the libraries of the desk."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

from crisisdesk.runner.ports import LOOPBACK


def redis_answers(path: Path) -> bool:
    """Does the Redis behind the unix socket `path` answer, its file read back in?"""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def web_answers(port: int) -> bool:
    """Does the web server on `port` answer with anything but an error of its own?"""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5.0)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
