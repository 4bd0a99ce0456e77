"""A 0 that LibreOffice stored for a formula in .xls is a number, nothing at all, or a text that is lost."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
import xlsxwriter
from rearranging import converted, needs_libreoffice

from vsme_xl.reading.old_formulas import ANYTHING, BLANK, NUMBER, TEXT, Outcome, Rectangle, Surroundings, outcome_of
from vsme_xl.reading.old_workbook import FUNCTIONS
from vsme_xl.reading.workbook_file import open_workbook

NUMERIC, EMPTY, LOST = "number", "empty", "lost"
# Beside each formula the result that its first program stored. A1 is 0, A2 is 4, A3 a text, A4 blank, A5 a dash made by
# a formula, A6 a text made by one, Other!A1 is 0.
FORMULAS: dict[str, tuple[object, str]] = {
    "=A1": (0, NUMERIC),
    "=A4": (0, NUMERIC),
    "=A3": ("word", LOST),
    "=A1*A2": (0, NUMERIC),
    "=SUM(A1,A4)": (0, NUMERIC),
    "=SUM(A1:A1)": (0, NUMERIC),
    '=IF(A1="","-",A1*2)': (0, NUMERIC),
    '=IF(A4="","-",A1*2)': ("-", EMPTY),
    '=IF(A4="","",A1)': ("", EMPTY),
    '=IF(A2=4,"word",0)': ("word", LOST),
    '=IF(A2=5,"word",0)': (0, NUMERIC),
    '=IF(A3="WORD",0,"x")': (0, NUMERIC),
    '=IF(OR(ISBLANK(A1),ISBLANK(A4)),"-","x")': ("-", EMPTY),
    '=IF(OR(ISBLANK(A1),ISBLANK(A2)),"-",A1&"x")': ("0x", LOST),
    '=IFERROR(IF(AND(A1<>"",A2<>""),($A$1/$A$2)*200000,"-"),"-")': (0, NUMERIC),
    '=IFERROR(A2/A1,"-")': ("-", EMPTY),
    '=IFERROR(A2/A1,"word")': ("word", LOST),
    '=IFERROR(A2-4,"word")': (0, NUMERIC),
    "=A5": ("-", EMPTY),
    "=A6": ("word", LOST),
    '=IF(A5="-",0,"word")': (0, NUMERIC),
    "=Other!A1": (0, NUMERIC),
    "=ZERO": (0, NUMERIC),
    "=WORD": ("word", LOST),
    '=A3&""': ("word", LOST),
    '=TEXT(A1,"0")': ("0", LOST),
    '=IF(COUNTA(A1:A4)=3,"-","x")': ("-", EMPTY),
    '=IF(COUNTA(A1:A3)=COLUMNS(A1:C1),0,"x")': (0, NUMERIC),
    '=IF(A2>3,0,"x")': (0, NUMERIC),
    '=IF(SUM(A1:A2)>3,0,"x")': (0, LOST),
    '=VLOOKUP(A1,A1:A2,1)': (0, LOST),
    '=IF(A1=0,,"x")': (0, NUMERIC),
    '=-A1': (0, NUMERIC),
    '=IF(SUMIF(A1:A2,"x",A1:A2)=0,0,1)': (0, NUMERIC),
}  # fmt: skip


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the formulas with their results, as Excel does, and let LibreOffice save them as .xls."""
    folder = tmp_path_factory.mktemp("formulas")
    with xlsxwriter.Workbook(folder / "formulas.xlsx") as book:
        sheet, other = book.add_worksheet("Here"), book.add_worksheet("Other")
        for row, value in enumerate((0, 4, "word")):
            sheet.write(row, 0, value)
        sheet.write_formula("A5", '=IF(A4="","-",1)', value="-")
        sheet.write_formula("A6", '=A3&""', value="word")
        other.write(0, 0, 0)
        book.define_name("ZERO", "=Here!$A$1")
        book.define_name("WORD", "=Here!$A$3")
        for row, (formula, (result, _)) in enumerate(FORMULAS.items()):
            sheet.write_formula(row, 2, formula, value=result)
    return converted(folder / "formulas.xlsx", "xls", folder, folder / "profile")


@needs_libreoffice
def test_a_stored_zero_is_a_number_a_blank_or_a_lost_text_as_its_formula_says(old: Path) -> None:
    sheet = open_workbook(old).sheet("Here")
    found = {}
    for row, formula in enumerate(FORMULAS):
        condition, value = sheet.condition(row, 2), sheet.value(row, 2)
        found[formula] = condition or (NUMERIC if value in (0.0, False) else EMPTY if value is None else value)
    assert found == {formula: wanted for formula, (_, wanted) in FORMULAS.items()}


@needs_libreoffice
def test_no_text_that_a_formula_gave_is_read_as_the_zero_that_stands_for_it(old: Path) -> None:
    sheet = open_workbook(old).sheet("Here")
    for row, (result, _) in enumerate(FORMULAS.values()):
        assert isinstance(result, int) or sheet.value(row, 2) is None


def around(cells: dict[tuple[int, int, int], Outcome] | None = None) -> Surroundings:
    known = cells or {}
    blank = Outcome(frozenset({BLANK}))
    return Surroundings(lambda *place: known.get(place, blank), [Rectangle(0, 0, 0, 0, 0)], [0], FUNCTIONS)


def test_formulas_cut_off_or_made_of_any_bytes_give_anything_and_never_raise() -> None:
    chance = random.Random(3)
    whole = bytes.fromhex("448b0003c01700000e19400001448d0003c01700000e4202240019021e00448b000300448d0003000619400201")
    for _ in range(10_000):
        formula = bytearray(whole[: chance.randrange(len(whole))] or chance.randbytes(chance.randrange(1, 40)))
        for _ in range(4):
            formula[chance.randrange(len(formula))] = chance.randrange(256)
        assert outcome_of(bytes(formula), 0, 0, 0, around()).kinds
    assert outcome_of(b"\x17\xff\x00ab", 0, 0, 0, around()) == ANYTHING


def test_relative_cells_of_a_shared_formula_count_from_the_cell_itself() -> None:
    cells = {(0, 4, 2): Outcome(frozenset({NUMBER}), 0.0), (0, 5, 2): Outcome(frozenset({TEXT}), "word")}
    left = bytes([0x4C]) + struct.pack("<HH", 0, 0xFF | 0xC000)
    assert outcome_of(left, 0, 4, 3, around(cells)).is_number()
    assert not outcome_of(left, 0, 5, 3, around(cells)).is_number()
