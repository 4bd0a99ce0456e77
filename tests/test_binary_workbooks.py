"""Binary workbooks (.xlsb) are read by place and label; records that lie are refused before anything allocates."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import binary_workbooks as binary
import pytest
from click.testing import CliRunner
from counting import counted
from efrag import FOLDER, needs_efrag
from filling import filled
from rearranging import converted, needs_libreoffice

from vsme_xl import read
from vsme_xl.cli import main
from vsme_xl.reading.limits import Opening, ReadingLimits
from vsme_xl.reading.workbook_file import UnreadableWorkbook, WorkbookFile, open_workbook

OURS = Path(__file__).parents[1] / "sample_inputs" / "manufacturer.xlsx"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@needs_efrag
@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
def test_a_binary_official_workbook_says_the_same_by_place_and_label(version: str, tmp_path: Path) -> None:
    sample = FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx"
    here = read(binary.as_binary(sample, tmp_path / "report.xlsb"))
    assert counted(here, "source") == counted(read(sample), "source")
    assert here.findings["code"].tolist() == ["names_not_read"]
    assert set(here.facts["found"]) <= {"", "found_at_place", "found_by_label"}
    assert (here.workbook.template, here.workbook.version) == ("efrag", version)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return binary.as_binary(OURS, tmp_path_factory.mktemp("binary") / "ours.xlsb")


def test_a_binary_workbook_of_ours_says_the_same(ours: Path) -> None:
    assert counted(read(ours), "source") == counted(read(OURS), "source")
    assert read(ours).findings["code"].tolist() == ["names_not_read", *read(OURS).findings["code"]]


@needs_libreoffice
def test_libreoffice_reads_the_same_typed_answers_in_the_binary_workbook(ours: Path, tmp_path: Path) -> None:
    """The file is what another program takes for a binary workbook, not only what we take for one."""
    saved = read(converted(ours, "xlsx", tmp_path, tmp_path / "profile"))
    assert counted(saved, "source") == counted(read(OURS), "source")


def test_check_and_review_take_a_binary_workbook(ours: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(ours), "--review", str(tmp_path / "review.xlsx")])
    assert result.exit_code in (0, 1)
    assert (tmp_path / "review.xlsx").stat().st_size > 0
    result = CliRunner().invoke(main, ["new", str(tmp_path / "next.xlsx"), "--previous", str(ours)])
    assert result.exit_code == 0


def opened(folder: Path, *sheets: bytes, strings: bytes | None = None, styles: bytes | None = None) -> WorkbookFile:
    parts = {f"xl/worksheets/sheet{n}.bin": sheet for n, sheet in enumerate(sheets, 1)}
    parts["xl/workbook.bin"] = binary.workbook([(f"S{n}", "visible") for n in range(1, len(sheets) + 1)])
    parts["xl/sharedStrings.bin"] = binary.shared(["a", "b"]) if strings is None else strings
    parts["xl/styles.bin"] = binary.styles(["General", "0.0%", "yyyy-mm-dd"]) if styles is None else styles
    return open_workbook(binary.zipped(parts, folder / "report.xlsb"))


def real(row: int, column: int, value: float = 1.0, style: int = 0) -> bytes:
    return binary.row_head(row) + binary.cell(5, column, struct.pack("<d", value), style)


def test_values_and_conditions_of_every_kind_of_cell_are_told(tmp_path: Path) -> None:
    cells = [
        binary.cell(2, 0, struct.pack("<i", 28 << 2 | 3)), binary.cell(3, 1, b"\x17"), binary.cell(4, 2, b"\1"),
        binary.cell(5, 3, struct.pack("<d", 0.5), 1), binary.cell(6, 4, binary.text("ä")),
        binary.cell(7, 5, struct.pack("<I", 1)), binary.cell(8, 6, binary.text("made")),
        binary.cell(9, 7, struct.pack("<d", 45_658.0), 2), binary.cell(10, 8, b"\0"), binary.cell(11, 9, b"\x07"),
        binary.cell(1, 10, b"", 1),
    ]  # fmt: skip
    sheet = opened(tmp_path, binary.sheet_of(binary.row_head(2) + b"".join(cells))).sheet("S1")
    values = [sheet.value(2, column) for column in range(11)]
    assert [str(value) for value in values] == [
        "0.28", "None", "True", "0.5", "ä", "b", "made", "2025-01-01", "False", "None", "None",
    ]  # fmt: skip
    assert (sheet.error_text(2, 1), sheet.error_text(2, 9)) == ("#REF!", "#DIV/0!")
    assert [sheet.is_formula(2, column) for column in range(11)] == [False] * 6 + [True] * 4 + [False]
    assert [sheet.is_percent(2, column) for column in (2, 3, 4)] == [False, True, False]
    assert (sheet.n_rows, sheet.n_columns) == (3, 10)


HOSTILE: dict[str, tuple[list[bytes], str]] = {
    "two cells far apart": ([binary.sheet_of(real(0, 0) + real(1_048_575, 16_383))], "sheet-rows"),
    "a column far out": ([binary.sheet_of(real(0, 16_000))], "sheet-columns"),
    "a large rectangle": ([binary.sheet_of(real(0, 0) + real(99_999, 1_999))], "cells"),
    "large rectangles together": ([binary.sheet_of(real(999, 999))] * 3, "cells"),
    "a long text": (
        [binary.sheet_of(binary.row_head(0) + binary.cell(6, 0, binary.text("x" * 70_000)))], "text-length"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_cells_that_ask_for_too_much_are_refused_by_a_limit(name: str, tmp_path: Path) -> None:
    sheets, limit = HOSTILE[name]
    with pytest.raises(UnreadableWorkbook) as caught:
        opened(tmp_path, *sheets)
    assert caught.value.params.get("limit", "") == limit


def test_what_the_dimensions_of_a_sheet_state_is_not_believed(tmp_path: Path) -> None:
    sheet = binary.sheet_of(real(1, 1, 7.0), 0xFFFFFFFF, 0xFFFFFFFF)
    assert opened(tmp_path, sheet).sheet("S1").value(1, 1) == 7.0


def test_a_stated_count_of_texts_or_formats_is_not_believed(tmp_path: Path) -> None:
    sheet = binary.sheet_of(binary.row_head(0) + binary.cell(7, 0, struct.pack("<I", 1)))
    assert opened(tmp_path, sheet, strings=binary.shared(["a", "b"], 0xFFFFFFFF)).sheet("S1").value(0, 0) == "b"
    true, lie = (binary.record(617, struct.pack("<I", count)) for count in (1, 0xFFFFFFFF))
    lying = binary.styles(["General"]).replace(true, lie)
    assert opened(tmp_path, sheet, styles=lying).sheet("S1").value(0, 0) == "b"


@pytest.mark.parametrize(
    "rows",
    [
        binary.row_head(0) + binary.cell(7, 0, struct.pack("<I", 2)),  # a text that is not there
        binary.row_head(0) + binary.cell(6, 0, struct.pack("<I", 0x7FFFFFFF) + b"ab"),  # a text beyond its record
        binary.row_head(0) + binary.cell(5, 0, b"\0\0"),  # a number cut off
        binary.row_head(0) + binary.cell(5, 16_384, bytes(8)),  # beyond the last column
        binary.row_head(0) + b"\x05\xff\xff\xff\x7f",  # a record beyond its part
        real(1_048_576, 0),  # beyond the last row
        b"\x80",
    ],
)
def test_records_that_contradict_themselves_are_refused(rows: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnreadableWorkbook) as caught:
        opened(tmp_path, binary.record(129) + binary.record(145) + rows)
    assert caught.value.code in ("damaged", "bad_reference")


def test_the_limits_of_the_user_hold(tmp_path: Path) -> None:
    opened(tmp_path, binary.sheet_of(real(9, 9)))
    with pytest.raises(UnreadableWorkbook):
        open_workbook(tmp_path / "report.xlsb", opening=Opening(ReadingLimits(cells=99)))
    opened(tmp_path, binary.sheet_of(binary.record(1) * 401 + real(0, 0)))
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook(tmp_path / "report.xlsb", opening=Opening(ReadingLimits(cells=100)))
    assert caught.value.params["limit"] == "cells"


def test_a_binary_workbook_changed_at_random_is_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(11)
    rows = b"".join(binary.row_head(n) + binary.cell(7, 0, struct.pack("<I", n % 2)) + real(n, 1) for n in range(9))
    parts = [binary.sheet_of(rows), binary.shared(["a", "b"]), binary.styles(["General", "0%"])]
    for _ in range(400):
        changed = [bytearray(part) for part in parts]
        for _ in range(chance.randrange(1, 4)):
            part = chance.choice(changed)
            part[chance.randrange(len(part))] = chance.randrange(256)
        try:
            sheet = opened(tmp_path, bytes(changed[0]), strings=bytes(changed[1]), styles=bytes(changed[2])).sheet("S1")
            assert sheet.n_rows <= 200_000
        except UnreadableWorkbook:
            continue


def test_yes_and_no_as_numbers_are_read_in_a_binary_workbook(tmp_path: Path) -> None:
    there = read(OURS)
    rows: Any = there.facts[there.facts["kind"] == "boolean"]
    cells: dict[str, dict[str, Any]] = {}
    for fact in rows.itertuples():
        sheet, _, cell = fact.source.rpartition("!")
        cells.setdefault(sheet, {})[cell] = int(fact.value)
    assert sum(map(len, cells.values())) > 20
    numbers = binary.as_binary(filled(OURS, tmp_path / "numbers.xlsx", cells), tmp_path / "numbers.xlsb")
    assert counted(read(numbers), "source") == counted(there, "source")
