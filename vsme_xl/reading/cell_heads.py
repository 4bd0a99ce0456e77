"""Read the heads of all cells of a sheet at once, such as `<c r="D14" s="5" t="s">`, into arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

WINDOW = 4_000_000
PADDING = bytes(32)
MOST_LETTERS, MOST_DIGITS = 3, 7
MOST_OF_A_STYLE, MOST_OF_A_KIND = 9, 16
NOTHING = -1


@dataclass(frozen=True)
class CellHeads:
    """The cells of a sheet as they are written one after the other; rows and columns count from 1.

    `begin` is where a head begins in the bytes; `style` and `kind` (see `of_kind`) are NOTHING where they are not said.
    `filled` says whether anything stands between the head and the end of the cell, `not_plain` whether that begins with
    anything but a value or a text.
    """

    begin: Places
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    style: NDArray[np.int32]
    kind: NDArray[np.int32]
    filled: Mask
    not_plain: Mask

    def of_kind(self, kind: str) -> Mask:
        """Return which cells say that their content is of a kind, such as `e` for errors."""
        found: Mask = self.kind == ord(kind[0]) + 256 * len(kind)
        return found


class Unusual(Exception):
    """A head that is not written as Excel and its like do."""


def cell_heads(xml: bytes) -> CellHeads | None:
    """Return the heads of all cells in checked XML; None where one is not written as Excel and its like do.

    That is: the address, which has up to three capitals and seven digits, then a style, a type and the numbers `cm` and
    `vm` of metadata, as far as they are there, in this order, with one blank before each.
    """
    windows: list[tuple[NDArray[np.generic], ...]] = []
    begin = 0
    try:
        while begin < len(xml) or not windows:
            end = len(xml)
            if end - begin > WINDOW:  # so that the arrays of a large sheet are never there all at once
                cut = xml.rfind(b"<c ", begin + 1, begin + WINDOW)
                end = cut if cut > 0 else xml.find(b"<c ", begin + WINDOW)
                end = len(xml) if end < 0 else end
            windows.append(_heads_of(np.frombuffer(xml[begin:end] + PADDING, dtype=np.uint8), begin))
            begin = end
    except Unusual:
        return None
    columns = zip(*windows, strict=True)
    return CellHeads(*(np.concatenate(parts) for parts in columns))


def _heads_of(data: Bytes, offset: int) -> tuple[NDArray[np.generic], ...]:
    begins = np.flatnonzero((data[:-2] == ord("<")) & (data[1:-1] == ord("c")) & (data[2:] == ord(" ")))
    _demand(_says(data, begins + 3, b'r="'))
    at = begins + 6
    at, column = _number(data, at, ord("A"), 26, MOST_LETTERS, bijective=1)
    _demand((at > begins + 6) & (data[at] != ord("0")))
    first = at
    at, row = _number(data, at, ord("0"), 10, MOST_DIGITS)
    _demand((at > first) & (data[at] == ord('"')))
    at = at + 1
    at, style = _attribute(data, at, b' s="', _style)
    at, kind = _attribute(data, at, b' t="', _kind)
    at, _ = _attribute(data, at, b' cm="', _style)
    at, _ = _attribute(data, at, b' vm="', _style)
    closed = data[at] == ord("/")
    at = at + closed
    _demand(data[at] == ord(">"))
    at = at + 1
    filled = ~closed
    filled[filled] = ~_says(data, at[filled], b"</c>")
    after = data[at + 1]
    plain = (data[at] == ord("<")) & ((after == ord("v")) | (after == ord("i")) | (after == ord("/")))
    numbers = (number.astype(np.int32) for number in (row, column, style, kind))
    return begins + offset, *numbers, filled, filled & ~plain


def _demand(holds: Mask) -> None:
    if not holds.all():
        raise Unusual


def _says(data: Bytes, at: Places, text: bytes) -> Mask:
    """Return where a text stands."""
    said: Mask = data[at] == text[0]
    for number, byte in enumerate(text[1:], start=1):
        if number == 2 and not said.any():  # the first byte of most texts is a blank, which stands in many places
            break
        said &= data[at + number] == byte
    return said


def _number(
    data: Bytes, at: Places, zero: int, base: int, most: int, bijective: int = 0
) -> tuple[Places, Places]:
    """Return the ends and the values of runs of digits, `zero` the first of `base` of them; A is worth 1."""
    value = np.zeros(len(at), dtype=np.int64)
    for _ in range(most):
        digit = data[at] - np.uint8(zero)
        holds = digit < base
        if not holds.any():
            break
        value = np.where(holds, value * base + digit + bijective, value)
        at = at + holds
    return at, value


def _attribute(
    data: Bytes, at: Places, head: bytes, read: Callable[[Bytes, Places], tuple[Places, Places]]
) -> tuple[Places, Places]:
    """Return the ends and values of an attribute where it is said; NOTHING, and the place as it was, where not."""
    value = np.full(len(at), NOTHING, dtype=np.int64)
    said = _says(data, at, head)
    if not said.any():
        return at, value
    begin = at[said] + len(head)
    end, value[said] = read(data, begin)
    _demand((end > begin) & (data[end] == ord('"')))
    at = at.copy()
    at[said] = end + 1
    return at, value


def _style(data: Bytes, at: Places) -> tuple[Places, Places]:
    return _number(data, at, ord("0"), 10, MOST_OF_A_STYLE)


def _kind(data: Bytes, at: Places) -> tuple[Places, Places]:
    begin = at
    for _ in range(MOST_OF_A_KIND):
        letter = (data[at] | 0x20) - np.uint8(ord("a")) < 26
        if not letter.any():
            break
        at = at + letter
    return at, data[begin] + 256 * (at - begin)
