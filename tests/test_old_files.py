"""Old Excel files (.xls) whose structure leads in circles or whose records claim too much are refused or read."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from vsme_xl.reading.compound_file import BrokenFile, file_around, stream_of
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

MILLION = 1_000_000


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def old_workbook(cells: bytes, before: bytes = b"", sheets: int = 1) -> bytes:
    """The stream of a workbook of one sheet, listed several times, with these records of cells."""
    def listed(start: int) -> bytes:
        names = (f"S{n}".encode() for n in range(sheets))
        return b"".join(record(0x85, struct.pack("<IHBB", start, 0, len(n), 0) + n) for n in names)

    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 1996, 0, 6)) + before
    start = len(head) + len(listed(0)) + 4
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0x0DBB, 1996, 0, 6)) + cells + record(0x0A)
    return head + listed(start) + record(0x0A) + sheet


def number(row: int, column: int, value: float = 1.0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, 0, value))


def shared(text: bytes, count: int = 1, stated: int | None = None) -> bytes:
    items = (struct.pack("<HB", len(text), 0) + text) * count
    return record(0xFC, struct.pack("<II", count, count if stated is None else stated) + items)


def text_cells(count: int) -> bytes:
    return b"".join(record(0xFD, struct.pack("<HHHI", n % 60_000, n // 60_000, 0, 0)) for n in range(count))


def opened(data: bytes, folder: Path) -> object:
    path = folder / "old.xls"
    path.write_bytes(data)
    book = open_workbook(path)
    return book.sheet(book.sheet_names[0]).value(0, 0)


def test_a_plain_old_workbook_is_read(tmp_path: Path) -> None:
    assert opened(file_around(old_workbook(number(0, 0, 7.0))), tmp_path) == 7.0


@pytest.mark.parametrize("length", [10, 4_095, 4_096, 70_000, 9_000_000])
def test_a_stream_comes_out_of_a_file_as_it_went_in(length: int) -> None:
    content = random.Random(1).randbytes(length)
    assert stream_of(file_around(content), "Workbook", 10**9)[:length] == content


HOSTILE: dict[str, tuple[bytes, str]] = {
    "cells in the last corner": (old_workbook(number(65_535, 255)), "cells"),
    "one sheet listed many times": (old_workbook(number(9_999, 99), sheets=200), "cells"),
    "many names": (old_workbook(number(0, 0), before=record(0x18) * 100_001), "defined-names"),
    "many stated texts": (old_workbook(number(0, 0), shared(b"a", stated=0xFFFFFFFF)), "shared-strings"),
    "many records without content": (old_workbook(record(1) * MILLION), "cells"),
    "large pictures": (old_workbook(record(0xEC, bytes(8_000)) * 3_200), "xls-bytes"),
    "one long text in many cells": (old_workbook(text_cells(20_000), shared(b"a" * 8_000)), "text-total"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_records_that_claim_too_much_are_refused_by_a_limit(name: str, tmp_path: Path) -> None:
    stream, limit = HOSTILE[name]
    with pytest.raises(UnreadableWorkbook) as caught:
        opened(file_around(stream), tmp_path)
    assert caught.value.params["limit"] == limit


@pytest.mark.parametrize(("title", "said"), [("Ændringer Ω", "Ændringer Ω"), ("Größe", "Größe"), ("", "1")])
def test_the_refusal_of_an_old_sheet_names_it_by_its_title(title: str, said: str, tmp_path: Path) -> None:
    wide = title.encode("latin-1", "replace") != title.encode("latin-1", "ignore")
    text = title.encode("utf-16-le" if wide else "latin-1")
    listed = struct.pack("<IHBB", 0, 0, len(title), wide) + text
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0x0DBB, 1996, 0, 6)) + number(65_535, 255) + record(0x0A)
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 1996, 0, 6))
    start = len(head) + len(record(0x85, listed)) + 4
    data = head + record(0x85, struct.pack("<I", start) + listed[4:]) + record(0x0A) + sheet
    with pytest.raises(UnreadableWorkbook) as caught:
        opened(file_around(data), tmp_path)
    assert (caught.value.params["sheet"], caught.value.params["cell"]) == (said, "IV65536")


def patched(data: bytes, *changes: tuple[int, int]) -> bytes:
    changed = bytearray(data)
    for offset, value in changes:
        struct.pack_into("<I", changed, offset, value)
    return bytes(changed)


def circles() -> Sequence[bytes]:
    data = file_around(old_workbook(number(0, 0)))
    return (
        patched(data, (512 + 4 * 3, 2)),  # the stream leads back into itself
        patched(data, (512 + 4 * 1, 1)),  # so does the directory
        patched(data, (68, 0), (512 + 508, 0)),  # the list of tables goes on where the first table is
        patched(data, (48, 0xFFFFFF)),  # the directory is beyond the end
        patched(data, (76 + 4, 0)),  # one table twice
        patched(data, (30, 0x00060020)),  # sectors of four gigabytes
        data[:700],
    )


@pytest.mark.parametrize("data", circles(), ids=range(len(circles())))
def test_tables_that_lead_in_circles_or_out_of_the_file_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        stream_of(data, "Workbook", 10**9)
    with pytest.raises(UnreadableWorkbook):
        opened(data, tmp_path)


def formula(row: int, column: int, tokens: bytes) -> bytes:
    head = struct.pack("<HHHdHIH", row, column, 0, 0.0, 0, 0, len(tokens))
    return record(0x06, head + tokens)


@pytest.mark.parametrize("works", [True, False], ids=["", "where xlrd gives up"])
def test_no_zero_that_stands_for_a_text_passes_for_a_number(
    works: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not works:
        monkeypatch.setattr("xlrd.open_workbook", None)
    word = b"\x17\x04\x00word"
    tokens = (word, b"\x1e\x00\x00", b"", b"\x23\x01\x00\0\0")
    cells = b"".join(formula(0, column, content) for column, content in enumerate(tokens))
    path = tmp_path / "old.xls"
    path.write_bytes(file_around(old_workbook(cells)))
    sheet = open_workbook(path).sheet("S0")
    assert [sheet.condition(0, column) for column in range(4)] == ["lost", "", "lost", "lost"]
    assert [sheet.value(0, column) for column in range(4)] == [None, 0.0, None, None]
