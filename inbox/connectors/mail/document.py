"""From the bytes of a mail to its headers and its words; nothing in it can be relied upon."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import compat32
from email.utils import getaddresses

from inbox.connectors.html import to_text
from inbox.connectors.mail.account import ADDRESS, LONGEST_ADDRESS
from inbox.connectors.plain import plain

# What reading a mail of an odd shape raises.
MISSHAPEN = (
    AttributeError, AssertionError, LookupError, MessageError, OverflowError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip
LONGEST_TEXT = 200_000
LONGEST_HEADER = 10_000
MOST_HEADERS = 200
MOST_PARTS = 200
DEEPEST = 20
# Names that mail programs still write for what is in truth a larger set.
# https://encoding.spec.whatwg.org/#names-and-labels
CHARSETS = {
    "iso-8859-1": "cp1252",
    "us-ascii": "utf-8",
    "gb2312": "gb18030",
    "ks_c_5601-1987": "cp949",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's headers (lower-case names, in order), its words, and what a bounce tells.

    report: the fields of a delivery status, if it is one. returned_subject: of the mail that it is
    about.
    """

    headers: tuple[tuple[str, str], ...]
    kind: str
    text: str
    report: Mapping[str, str] = field(default_factory=dict)
    returned_subject: str = ""

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    def get(self, name: str) -> str:
        """Return the first header of this name, "" for none."""
        return next(iter(self.all(name)), "")

    def addresses(self, *names: str) -> list[tuple[str, str]]:
        """Return name and address of everybody in these headers; what is no address is left out."""
        return addresses([value for name in names for value in self.all(name)])


def read(content: bytes) -> Mail:
    """Return what `content`, the beginning of a mail, holds. Raises one of MISSHAPEN."""
    message = BytesParser(policy=compat32).parsebytes(content)
    headers = [(name.lower(), value) for name, value in message.raw_items()]
    kept = tuple((name, _unfolded(value)) for name, value in headers[:MOST_HEADERS])
    return Mail(
        headers=plain_pairs(kept),
        kind=_kind(message),
        text=str(plain(_text(message)))[:LONGEST_TEXT],
        report=_report(message),
        returned_subject=_returned_subject(message),
    )


def words(value: str) -> str:
    """Return a header with its encoded words decoded, on one line."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return _one_line(value)
    said = [
        decoded(part, charset or "utf-8") if isinstance(part, bytes) else part
        for part, charset in parts
    ]
    return _one_line("".join(said))


def addresses(values: list[str]) -> list[tuple[str, str]]:
    """Return the decoded name and the lower-case address of everybody in raw headers."""
    found = []
    for name, address in getaddresses(values):
        address = address.strip().lower()
        if ADDRESS.fullmatch(address) and len(address) <= LONGEST_ADDRESS:
            found.append((words(name)[:200], address))
    return found


def decoded(data: bytes, charset: str) -> str:
    """Return `data` as text, by the charset it claims, or by what it turns out to be."""
    claimed = charset.strip().strip("\"'").lower()
    for name in (CHARSETS.get(claimed, claimed), "utf-8", "cp1252"):
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def plain_pairs(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((str(plain(name)), str(plain(value))) for name, value in pairs)


def _unfolded(value: object) -> str:
    """Return a raw header on one line; bytes that are no ASCII are read as UTF-8 if they can be."""
    text = str(value)[:LONGEST_HEADER]
    raw = text.encode("ascii", "surrogateescape") if not text.isascii() else None
    return _one_line(decoded(raw, "utf-8") if raw is not None else text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _kind(message: Message) -> str:
    kind = message.get_content_type()
    report = str(message.get_param("report-type") or "")
    return f"{kind}; {report.lower()}" if report else kind


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    """Return the parts that hold something; a mail inside the mail is one of them."""
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        if depth < DEEPEST:
            for part in payload[:MOST_PARTS]:
                if isinstance(part, Message):
                    yield from _leaves(part, depth + 1)
    else:
        yield message


def _text(message: Message) -> str:
    """Return the words of the mail: of its plain parts, or of its HTML where those say nothing."""
    bodies = [part for part in _leaves(message) if _is_body(part)]
    for kind in ("text/plain", "text/html"):
        texts = [_words_of(part) for part in bodies if part.get_content_type() == kind]
        said = "\n\n".join(text for text in texts if text.strip())
        if said:
            return said
    return ""


def _is_body(part: Message) -> bool:
    is_attached = str(part.get("content-disposition") or "").strip().lower().startswith("attach")
    return not is_attached and not part.get_filename()


def _words_of(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_param("charset") or "utf-8"
    text = decoded(data, charset if isinstance(charset, str) else str(charset[-1]))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if part.get_content_type() == "text/html":
        return to_text(text)
    if str(part.get_param("format") or "").lower() == "flowed":
        text = _flowed(text, is_joined=str(part.get_param("delsp") or "").lower() == "yes")
    return text.strip("\n").rstrip()


def _flowed(text: str, *, is_joined: bool) -> str:
    """Return text whose lines were broken for terminals. https://www.rfc-editor.org/rfc/rfc3676"""
    lines: list[str] = []
    is_open = False
    for line in text.split("\n"):
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
        said = line[:-1] if goes_on and is_joined else line
        said = said.removeprefix(" ")
        if is_open and lines and not line.startswith(">"):
            lines[-1] += said
        else:
            lines.append(said)
        is_open = goes_on
    return "\n".join(lines)


def _returned_subject(message: Message) -> str:
    """Return the subject of a mail that came back, or of its headers that did."""
    for part in _leaves(message):
        payload = part.get_payload()
        if part.get_content_type() == "text/rfc822-headers" and isinstance(payload, str):
            payload = [Parser(policy=compat32).parsestr(payload, headersonly=True)]
        elif part.get_content_type() not in ("message/rfc822", "message/global"):
            continue
        for inner in payload if isinstance(payload, list) else []:
            if isinstance(inner, Message):
                return words(_unfolded(inner.get("subject") or ""))
    return ""


def _report(message: Message) -> dict[str, str]:
    """Return the fields of the first recipient that could not be reached.

    https://www.rfc-editor.org/rfc/rfc3464#section-2.3
    """
    for part in _leaves(message):
        if part.get_content_type() not in (
            "message/delivery-status",
            "message/global-delivery-status",
        ):
            continue
        payload = part.get_payload()
        blocks = payload if isinstance(payload, list) else []
        for block in blocks:
            if not isinstance(block, Message):
                continue
            found = {name.lower(): words(_unfolded(value)) for name, value in block.raw_items()}
            if "final-recipient" in found or "action" in found:
                return {name: re.sub(r"^[\w-]+;\s*", "", value) for name, value in found.items()}
    return {}
