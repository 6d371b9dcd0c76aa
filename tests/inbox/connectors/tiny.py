"""Servers of a few lines that misbehave on the level of bytes, on a free port of this machine."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]


class TinyServer:
    """Answers each connection with `behave`; counts connections and keeps what it read."""

    def __init__(self, behave: Behaviour) -> None:
        self.stopping = threading.Event()
        self.connections = 0
        self.received: list[bytes] = []
        self.closed = threading.Semaphore(0)  # one for each connection that is over
        self._open: list[socket.socket] = []
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self.stopping.set()
        # Closing does not wake accept() on every system; a last visitor does.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._threads[0].join(5)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self.stopping.is_set():
                connection.close()
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._behave(connection)
        self.closed.release()

    def read_request(self, connection: socket.socket) -> bytes:
        """Return one request, headers and body."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return data
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += connection.recv(65536)
        self.received.append(head + b"\r\n\r\n" + body)
        return self.received[-1]

    def drip(self, connection: socket.socket, data: bytes, every: float) -> None:
        """Send `data` byte by byte until the client has enough."""
        for index in range(len(data)):
            if self.stopping.wait(every):
                return
            connection.sendall(data[index : index + 1])


@contextlib.contextmanager
def tiny_server(behave: Callable[[TinyServer, socket.socket], None]) -> Iterator[TinyServer]:
    """Run a server for the length of a `with`; `behave` gets the server and a connection."""
    server = TinyServer(lambda connection: behave(server, connection))
    try:
        yield server
    finally:
        server.stop()


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return an HTTP answer as bytes."""
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body
