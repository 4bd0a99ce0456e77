"""Numbers too large for a day or a duration, in cells formatted as one: calamine would give up on them.

They lose their format, and so are read as the numbers they are; what belongs there is said of them as of any number.
"""

from __future__ import annotations

import math
import re
import struct

MOST_DAYS = 999_999_999
"""What a duration of Python can hold; calamine itself counts days up to a hundred times as many."""
NUMBER_CELL = re.compile(
    rb'(<c r="[A-Z]+[0-9]+")( s="[^"]*")((?: t="n")?>(?:<f(?:\s[^<>]*)?>[^<]*</f>)?<v(?:\s[^<>]*)?>)([^<]*)(?=</v>)'
)
FORMULA, NUMBER, SHORT, MANY_SHORT, SHEET, END = 0x0006, 0x0203, 0x027E, 0x00BD, 0x0085, 0x000A
NO_STYLE = 0xFFFF


def is_absurd(days: float) -> bool:
    """Return whether a number is beyond every day and duration."""
    return abs(days) > MOST_DAYS


def short_number(written: int) -> float:
    """Return the number that four bytes of an .xls or .xlsb stand for: whole or not, and perhaps a hundredth of it."""
    if written & 2:
        number = float((written >> 2) - (1 << 30 if written & 0x80000000 else 0))
    else:
        number = float(struct.unpack("<d", struct.pack("<Q", (written & 0xFFFFFFFC) << 32))[0])
    return number / 100 if written & 1 else number


def without_absurd_days(plain: bytes) -> bytes | None:
    """Return a sheet (as `plain_sheet` writes it) without the formats of such numbers; None where it has none."""
    found = 0

    def bare(match: re.Match[bytes]) -> bytes:
        nonlocal found
        absurd = _is_written_so(match[4])
        found += absurd
        return match[1] + (b"" if absurd else match[2]) + match[3] + match[4]

    changed = NUMBER_CELL.sub(bare, plain)
    return changed if found else None


def _is_written_so(number: bytes) -> bool:
    try:
        return is_absurd(float(number))
    except ValueError:
        return False


def records_without_absurd_days(stream: bytes) -> bytes | None:
    """Return the records of an .xls file without the formats of such numbers; None where it has none."""
    changed = bytearray(stream)
    for start in [struct.unpack_from("<I", stream, at)[0] for kind, at, _ in _records(stream, 0) if kind == SHEET]:
        for kind, begin, length in _records(stream, start):
            for style, number in _numbers(stream, kind, begin, length):
                if is_absurd(number):
                    struct.pack_into("<H", changed, style, NO_STYLE)
    return bytes(changed) if changed != stream else None


def _numbers(stream: bytes, kind: int, begin: int, length: int) -> list[tuple[int, float]]:
    """Return where the style of each number of a record stands, and the number; not those that stand for a text."""
    if kind in (NUMBER, FORMULA) and length >= 14:
        number = struct.unpack_from("<d", stream, begin + 6)[0]
        return [] if math.isnan(number) else [(begin + 4, number)]
    if kind == SHORT and length >= 10:
        return [(begin + 4, short_number(struct.unpack_from("<I", stream, begin + 6)[0]))]
    if kind == MANY_SHORT:
        places = range(begin + 4, begin + length - 6, 6)
        return [(at, short_number(struct.unpack_from("<I", stream, at + 2)[0])) for at in places]
    return []


def _records(stream: bytes, position: int) -> list[tuple[int, int, int]]:
    """Return kind, begin and length of each whole record from a position to the end of its part."""
    found = []
    while 0 <= position <= len(stream) - 4:
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == END or position + 4 + length > len(stream):
            break
        found.append((kind, position + 4, length))
        position += 4 + length
    return found
