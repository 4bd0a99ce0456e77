"""Find the attachments of a mail (.eml) in its bytes; nothing but short headers is given to a parser.

A parser of whole mails holds each line as an object of its own and reads the grammar of a header by recursion: some
kilobytes can take gigabytes or all of the stack.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser

MOST_OF_A_HEADER = 16_000
DEEPEST_PART = 30
WANTED = (b"content-type", b"content-disposition", b"content-transfer-encoding")
BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
UU_BEGIN = re.compile(rb"^begin [0-7]+ [^\n]*\n", re.MULTILINE)
# What the library raises on odd parameters, charsets and encoded words.
ODD_HEADER = (LookupError, ValueError, TypeError, AttributeError, HeaderParseError)
Decode = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Attachment:
    """One attachment: its name (blank where it cannot be read), how it is encoded, and where in the mail it stands."""

    name: str
    encoding: str
    begin: int
    end: int


class TooDeep(ValueError):
    """The parts of a mail are nested too deep."""


def attachments_of(mail: bytes) -> Iterator[Attachment]:
    """Yield the attachments of a mail, and of mails within it, in their order; raise TooDeep."""
    pending = [(0, len(mail), 0)]
    while pending:
        begin, end, depth = pending.pop()
        if depth > DEEPEST_PART:
            raise TooDeep(depth)
        head, body = _head(mail, begin, end)
        encoding = str(head.get("Content-Transfer-Encoding", "")).strip().lower()
        kind = head.get_content_type()
        boundary = _boundary(head)
        if kind.startswith("multipart/") and boundary:
            spans = list(_parts(mail, body, end, boundary))
            pending += [(*span, depth + 1) for span in reversed(spans)]
        elif kind == "message/rfc822" and encoding not in DECODERS:
            pending.append((body, end, depth + 1))
        elif (name := _name(head)) is not None:
            yield Attachment(name, encoding, body, end)


def content_of(mail: bytes, attachment: Attachment) -> bytes:
    """Return the decoded content of an attachment; what is not encoded as it says, as it stands."""
    content = mail[attachment.begin : attachment.end]
    try:
        return DECODERS.get(attachment.encoding, bytes)(content)
    except (binascii.Error, ValueError):
        return content


def _head(mail: bytes, begin: int, end: int) -> tuple[Message, int]:
    """Return those headers of a part that say what it is, and where its body begins."""
    blank = BLANK_LINE.search(mail, begin, end)
    stop, body = (blank.start(), blank.end()) if blank else (end, end)
    fields: dict[bytes, bytes] = {}
    for field in FIELD.finditer(mail, begin, stop):
        name = field[1].lower()
        if name in WANTED and name not in fields and len(field[0]) <= MOST_OF_A_HEADER:
            fields[name] = field[0].rstrip(b"\r")
    written = b"\n".join(fields.values()) + b"\n\n"
    try:
        text = written.decode()
    except UnicodeDecodeError:
        text = written.decode("latin-1")
    return HeaderParser().parsestr(text), body


def _boundary(head: Message) -> bytes:
    try:
        return str(head.get_boundary("")).rstrip().encode()
    except ODD_HEADER:
        return b""


def _parts(mail: bytes, begin: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each part between lines of a boundary begins and ends, its last line break not counted."""
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\r?\Z)", re.MULTILINE)
    last = -1
    for found in line.finditer(mail, begin, end):
        if last >= 0:
            yield last, max(last, found.start() - (2 if mail[found.start() - 2 : found.start()] == b"\r\n" else 1))
        last = -1 if found[1] else found.end()
        if found[1]:
            return
    if last >= 0:
        yield last, end


def _name(head: Message) -> str | None:
    """Return the name of an attachment; blank where it cannot be read, None where the part has none."""
    try:
        written = head.get_filename()
        if written is None:
            return None
        return str(make_header(decode_header(written))) if "=?" in written else written
    except ODD_HEADER:
        return ""


def _from_base64(content: bytes) -> bytes:
    """Decode base64 up to its end, also where the last group is cut off."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        return binascii.a2b_base64(content + b"==")


def _from_uuencode(content: bytes) -> bytes:
    begin = UU_BEGIN.search(content)
    lines = content[begin.end() if begin else 0 :].splitlines()
    end = lines.index(b"end") if b"end" in lines else len(lines)
    return b"".join(binascii.a2b_uu(line) for line in lines[:end] if line)


DECODERS: dict[str, Decode] = {
    "base64": _from_base64, "quoted-printable": binascii.a2b_qp,
    **dict.fromkeys(("x-uuencode", "uuencode", "uue", "x-uue"), _from_uuencode),
}  # fmt: skip
