"""The records of a binary workbook (.xlsb): one after another out of a part, and written into one."""

from __future__ import annotations

import struct
from collections.abc import Iterator

LONGEST_COUNT = 4


class BrokenRecord(ValueError):
    """A record that reaches beyond its part, or a text beyond its record."""


def records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record; raise BrokenRecord."""
    position, end = 0, len(content)
    while position < end:
        kind = content[position]
        position += 1
        if kind & 0x80:
            kind = kind & 0x7F | (content[position] & 0x7F) << 7 if position < end else -1
            position += 1
        length = 0
        for shift in range(0, 7 * LONGEST_COUNT, 7):
            byte = content[position] if position < end else 0
            position += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if kind < 0 or position + length > end:
            raise BrokenRecord(position)
        yield kind, content[position : position + length]
        position += length


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record as it is written."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, written = len(content), bytearray()
    while length >= 0x80:
        written.append(length & 0x7F | 0x80)
        length >>= 7
    return head + bytes([*written, length]) + content


def text_at(content: bytes, at: int) -> tuple[str, int]:
    """Return the text that begins at a place of a record and where it ends; raise BrokenRecord."""
    length = number_at(content, at)
    end = at + 4 + 2 * length
    if end > len(content):
        raise BrokenRecord(at)
    return content[at + 4 : end].decode("utf-16-le", "replace"), end


def written_text(text: str) -> bytes:
    """Return a text as records hold it."""
    written = text.encode("utf-16-le", "surrogatepass")
    return struct.pack("<I", len(written) // 2) + written


def number_at(content: bytes, at: int) -> int:
    """Return the number of four bytes at a place of a record; raise BrokenRecord."""
    if at < 0 or at + 4 > len(content):
        raise BrokenRecord(at)
    return int.from_bytes(content[at : at + 4], "little")
