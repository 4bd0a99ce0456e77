"""The tokens of a formula in an old Excel file (.xls), one after another."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SHARED, STRING, ATTRIBUTE, ERROR, BOOLEAN, INTEGER, NUMBER = 0x01, 0x17, 0x19, 0x1C, 0x1D, 0x1E, 0x1F
FUNCTION, FUNCTION_OF_MANY, NAME, CELL, AREA, CELL_BY_OFFSET, AREA_BY_OFFSET = 0x21, 0x22, 0x23, 0x24, 0x25, 0x2C, 0x2D
CELL_ELSEWHERE, AREA_ELSEWHERE = 0x3A, 0x3B
CHOICE, SUM_OF_ONE = 0x04, 0x10
# How many bytes follow a token; those with a length of their own are looked into.
LENGTHS = {
    SHARED: 4, 0x02: 4, ERROR: 1, BOOLEAN: 1, INTEGER: 2, NUMBER: 8, 0x20: 7, FUNCTION: 2, FUNCTION_OF_MANY: 3,
    NAME: 4, CELL: 4, AREA: 8, 0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, CELL_BY_OFFSET: 4,
    AREA_BY_OFFSET: 8, 0x39: 6, CELL_ELSEWHERE: 6, AREA_ELSEWHERE: 10, 0x3C: 6, 0x3D: 10,
}  # fmt: skip
FIRST_WITH_CLASS = 0x20
BARE = frozenset(range(0x03, 0x17))
"""Operators, brackets and arguments that are left out: nothing follows them."""


@dataclass(frozen=True)
class Token:
    """One token: its kind without the class of its value, and what it says: a text, a number, or numbers of a place."""

    kind: int
    says: Any = None


class UnknownToken(ValueError):
    """A formula that is cut off, or holds something that Excel does not write."""


def tokens_of(formula: bytes) -> Iterator[Token]:
    """Yield the tokens of a formula in the order of its stack; raise UnknownToken."""
    position = 0
    try:
        while position < len(formula):
            kind = formula[position]
            kind = kind if kind < FIRST_WITH_CLASS else kind % FIRST_WITH_CLASS + FIRST_WITH_CLASS
            token, length = _token(kind, formula, position + 1)
            yield token
            position += 1 + length
    except (struct.error, IndexError) as error:
        raise UnknownToken(str(error)) from error


def _token(kind: int, formula: bytes, at: int) -> tuple[Token, int]:
    if kind == STRING:
        wide, count = formula[at + 1] & 1, formula[at]
        length = 2 + count * (1 + wide)
        if at + length > len(formula):
            raise UnknownToken("cut off")
        text = formula[at + 2 : at + length]
        return Token(kind, text.decode("utf-16-le" if wide else "latin-1", "replace")), length
    if kind == ATTRIBUTE:
        flags, count = struct.unpack_from("<BH", formula, at)
        return Token(kind, flags), 3 + (2 * (count + 1) if flags & CHOICE else 0)
    if kind not in LENGTHS and kind not in BARE:
        raise UnknownToken(hex(kind))
    length = LENGTHS.get(kind, 0)
    if kind in (BOOLEAN, ERROR):
        return Token(kind, formula[at]), length
    shape = {INTEGER: "<H", NUMBER: "<d", FUNCTION: "<H", FUNCTION_OF_MANY: "<BH", NAME: "<H", SHARED: "<HH"}.get(kind)
    if shape is None and length:
        shape = f"<{length // 2}H"
    return Token(kind, struct.unpack_from(shape, formula, at) if shape else None), length
