"""One stream out of an OLE compound file (.xls), read without trusting its tables, and a clean file around it."""

from __future__ import annotations

import struct
from array import array

FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
IN_HEADER = 109
SECTOR, ENTRY, SMALL = 512, 128, 4096
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class BrokenFile(ValueError):
    """The tables of a compound file contradict themselves or lead out of it."""


def stream_of(data: bytes, name: str, most: int) -> bytes:
    """Return the stream of this name; raise BrokenFile where there is none, or a chain of sectors leads in circles.

    A stream longer than `most` is cut behind that length, so that a caller sees that it is too long.
    """
    try:
        table, entries, size = _directory(data)
        root = entries[:ENTRY]
        start, length = _entry(entries, name)
        if length >= SMALL or length > most:
            return _chain(data, table, start, size, size, min(length, most + 1))
        small_table = _numbers(_chain(data, table, struct.unpack_from("<I", data, 60)[0], size, size, len(data)))
        small = _chain(data, table, struct.unpack_from("<I", root, 116)[0], size, size, len(data))
        return _chain(small, small_table, start, 64, 0, length)
    except (struct.error, IndexError) as error:
        raise BrokenFile(str(error)) from error


def stated_length(data: bytes, name: str) -> int:
    """Return how long the stream of this name is said to be; raise BrokenFile where there is none."""
    try:
        return _entry(_directory(data)[1], name)[1]
    except (struct.error, IndexError) as error:
        raise BrokenFile(str(error)) from error


def _directory(data: bytes) -> tuple[array[int], bytes, int]:
    """Return which sector follows each sector, the entries of the directory, and the size of a sector."""
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise BrokenFile("sector size")
    size = 1 << shift
    table = _table(data, size)
    return table, _chain(data, table, struct.unpack_from("<I", data, 48)[0], size, size, len(data)), size


def _table(data: bytes, size: int) -> array[int]:
    """Return which sector follows each sector."""
    listed = list(struct.unpack_from(f"<{IN_HEADER}I", data, 76))
    more, per_sector = struct.unpack_from("<I", data, 68)[0], size // 4 - 1
    seen: set[int] = set()
    while more < FAT_SECTOR - 1:
        if more in seen or len(seen) > len(data) // size:
            raise BrokenFile("loop")
        seen.add(more)
        *numbers, more = struct.unpack_from(f"<{per_sector + 1}I", data, size + more * size)
        listed += numbers
    sectors = [number for number in listed if number < FAT_SECTOR - 1]
    if len(sectors) != len(set(sectors)) or len(sectors) > len(data) // size + 1:
        raise BrokenFile("table")
    return _numbers(b"".join(data[size + n * size : size + (n + 1) * size] for n in sectors))


def _numbers(content: bytes) -> array[int]:
    numbers = array("I", content[: len(content) // 4 * 4])
    return numbers


def _chain(data: bytes, table: array[int], start: int, size: int, first: int, length: int) -> bytes:
    """Return the content of a chain of sectors, at most `length` bytes; a chain may not visit a sector twice."""
    pieces: list[bytes] = []
    seen: set[int] = set()
    sector = start
    while sector < FAT_SECTOR - 1 and len(pieces) * size < length:
        if sector in seen or sector >= len(table):
            raise BrokenFile("chain")
        seen.add(sector)
        pieces.append(data[first + sector * size : first + (sector + 1) * size])
        sector = table[sector]
    return b"".join(pieces)[:length]


def _entry(entries: bytes, name: str) -> tuple[int, int]:
    written = name.encode("utf-16-le")
    head = written.ljust(64, b"\0") + struct.pack("<H", len(written) + 2)
    for offset in range(0, len(entries) - ENTRY + 1, ENTRY):
        if entries[offset : offset + 66] == head:
            start, length = struct.unpack_from("<II", entries, offset + 116)
            return int(start), int(length)
    raise BrokenFile("no such stream")


def file_around(stream: bytes, name: str = "Workbook") -> bytes:
    """Return a compound file that holds this stream alone."""
    stream = stream if len(stream) >= SMALL else stream.ljust(SMALL, b"\0")
    length, count = len(stream), -(-len(stream) // SECTOR)
    fats = 1
    while fats * (SECTOR // 4) < fats + count + 1 + max(0, -(-(fats - IN_HEADER) // 127)):
        fats += 1
    extra = max(0, -(-(fats - IN_HEADER) // 127))
    table = [FAT_SECTOR] * fats + [FAT_SECTOR - 1] * extra + [END]
    first = len(table)
    table += [*range(first + 1, first + count), END]
    table += [FREE] * (fats * (SECTOR // 4) - len(table))
    numbers = [*range(fats), *[FREE] * max(0, IN_HEADER - fats)]
    head = MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, fats, fats + extra, 0, SMALL, END, 0, fats if extra else END, extra)
    head += struct.pack(f"<{IN_HEADER}I", *numbers[:IN_HEADER])
    more = b""
    for index in range(extra):
        rest = numbers[IN_HEADER + index * 127 : IN_HEADER + (index + 1) * 127]
        following = fats + index + 1 if index + 1 < extra else END
        more += struct.pack("<128I", *rest, *[FREE] * (127 - len(rest)), following)
    entries = _written("Root Entry", 5, 1, END, 0) + _written(name, 2, FREE, first, length) + bytes(2 * ENTRY)
    padding = bytes(count * SECTOR - length)
    return b"".join((head, struct.pack(f"<{len(table)}I", *table), more, entries, stream, padding))


def _written(name: str, kind: int, child: int, start: int, length: int) -> bytes:
    text = name.encode("utf-16-le")
    links = struct.pack("<HBBIII", len(text) + 2, kind, 1, FREE, FREE, child)
    return (text.ljust(64, b"\0") + links).ljust(116, b"\0") + struct.pack("<III", start, length, 0)
