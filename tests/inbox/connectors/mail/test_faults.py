"""What may go wrong on the line, over real sockets: refused, slow, cut, untrusted, private."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from inbox.connectors.errors import ConnectorError, Rejected, TransientError
from inbox.connectors.guard import Reach
from tests.inbox.connectors.mail.desk import ADDRESS, unconnected
from tests.mail_servers import HOST

PASSWORD = "box-pass-word"
Talk = Callable[[socket.socket], None]


class Speaker:
    """A server that says what a test tells it to, on one port."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(sock,), daemon=True).start()

    def _answer(self, sock: socket.socket) -> None:
        with sock:
            try:
                self._talk(sock)
            except OSError:
                return


@pytest.fixture
def speak() -> Iterator[Callable[[Talk], int]]:
    speakers: list[Speaker] = []

    def start(talk: Talk) -> int:
        speakers.append(Speaker(talk))
        return speakers[-1].port

    yield start
    for speaker in speakers:
        speaker.close()


def says(*answers: bytes) -> Talk:
    """Greet with the first, then answer every line with the next; TAG is the client's own."""

    def talk(sock: socket.socket) -> None:
        sock.sendall(answers[0])
        file = sock.makefile("rb")
        for answer in answers[1:]:
            line = file.readline()
            sock.sendall(answer.replace(b"TAG", line.split(b" ")[0].strip()))
        file.read(1)

    return talk


def drips(sock: socket.socket) -> None:
    for _turn in range(200):
        sock.sendall(b"* ")
        threading.Event().wait(0.05)


def form(port: int, **values: str) -> dict[str, str]:
    return {
        "address": ADDRESS,
        "password": PASSWORD,
        "imap_host": HOST,
        "imap_port": str(port),
        "imap_tls": "none",
        "smtp_host": HOST,
        "smtp_port": "1",
        "smtp_tls": "none",
    } | values


IMAP_OK = b"* OK hello\r\n"
LINES: list[tuple[str, Talk, type[ConnectorError], str]] = [
    ("silent", lambda sock: sock.recv(1) and None, TransientError, "took too long"),
    ("dripping", drips, TransientError, "took too long"),
    ("closed", lambda sock: None, TransientError, "broke off|cut off"),
    ("busy", says(b"* BYE too many connections\r\n"), TransientError, "broke off|refused"),
    ("not imap", says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TransientError, "broke off"),
    ("endless line", lambda sock: sock.sendall(b"x" * 9_000_000), TransientError, "without an end"),
    (
        "a giant is announced",
        says(IMAP_OK, b"* 1 FETCH (BODY[] {99999999999}\r\n"),
        TransientError,
        "more was announced",
    ),
]


@pytest.mark.parametrize(("name", "talk", "error", "words"), LINES, ids=[row[0] for row in LINES])
def test_whatever_an_imap_server_does_it_ends_in_time_and_in_words(
    speak: Callable[[Talk], int],
    name: str,
    talk: Talk,
    error: type[ConnectorError],
    words: str,
) -> None:
    port = speak(talk)
    started = dt.datetime.now()
    with unconnected(timeout=0.5) as connector, pytest.raises(error, match=words) as caught:
        connector.open(form(port))
    assert dt.datetime.now() - started < dt.timedelta(seconds=4)
    assert PASSWORD not in str(caught.value)
    assert "IMAP server" in caught.value.message


# -- encryption -------------------------------------------------------------------------------
def certificate(folder: Path, *, name: str = "localhost", days: int = 5) -> tuple[Path, Path]:
    """Make a certificate that vouches for itself; `days` from now it ends."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


def encrypted(files: tuple[Path, Path], talk: Talk) -> Talk:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    def answer(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as inner:
            talk(inner)

    return answer


UNTRUSTED = [
    ({}, False, "certificate is not valid"),
    ({"days": -1}, True, "certificate has expired"),
    ({"name": "other.example"}, True, "certificate is not valid for this name"),
    ({}, True, "BYE full"),  # trusted: it gets as far as the server's last words
]


@pytest.mark.parametrize(("made", "is_known", "words"), UNTRUSTED)
def test_only_a_server_that_proves_its_name_gets_the_password(
    speak: Callable[[Talk], int],
    tmp_path: Path,
    made: dict[str, str | int],
    is_known: bool,
    words: str,
) -> None:
    files = certificate(tmp_path, **made)  # type: ignore[arg-type]
    port = speak(encrypted(files, lambda sock: sock.sendall(b"* BYE full\r\n")))
    context = ssl.create_default_context(cafile=str(files[0])) if is_known else None
    at = form(port, imap_tls="tls", imap_host="localhost")
    with (
        unconnected(timeout=3, context=context) as connector,
        pytest.raises(TransientError, match=words) as caught,
    ):
        connector.open(at)
    assert "IMAP server localhost" in caught.value.message


def test_what_comes_before_the_encryption_is_not_taken_for_part_of_it(
    speak: Callable[[Talk], int],
) -> None:
    def talk(sock: socket.socket) -> None:
        file = sock.makefile("rb")
        sock.sendall(b"* OK hello\r\n")
        tag = file.readline().split(b" ")[0]
        sock.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n")
        tag = file.readline().split(b" ")[0]
        sock.sendall(tag + b" OK go on\r\n* PREAUTH welcome\r\n")
        file.read(1)

    with (
        unconnected(timeout=3) as connector,
        pytest.raises(TransientError, match="does not speak TLS as expected"),
    ):
        connector.open(form(speak(talk), imap_tls="starttls"))


# -- where it leads ---------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "localhost", "::1", "169.254.169.254"])
def test_outside_practice_no_private_address_is_contacted(host: str) -> None:
    for at in ({"imap_host": host, "imap_tls": "tls"}, {"imap_host": host, "imap_tls": "starttls"}):
        with (
            unconnected(reach=Reach()) as connector,
            pytest.raises(Rejected, match="private network"),
        ):
            connector.open(form(993, **at))


def test_outside_practice_nothing_goes_unencrypted() -> None:
    with (
        unconnected(reach=Reach()) as connector,
        pytest.raises(Rejected, match="without encryption"),
    ):
        connector.open(form(143, imap_host="mail.brand.example"))


def test_in_practice_no_real_server_is_contacted() -> None:
    with unconnected() as connector, pytest.raises(Rejected, match="open internet"):
        connector.open(form(993, imap_host="93.184.216.34"))
