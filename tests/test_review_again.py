"""A review of a copy that came back: only the new marks are there, and what the client wrote is not lost."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from rearranging import converted, needs_libreoffice, rows_inserted

from vsme_xl import compute, facts_of, new_workbook, read, write_review
from vsme_xl.review.sheet import OUR_RULE

ANSWERS = {"EntityName": "Example Ltd", "Turnover": "ca. 3 Mio.", "NumberOfFemaleEmployees": "siebzehn"}
Change = Callable[[bytes], bytes]


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """Return the review copy of a workbook with two wrong answers."""
    source = new_workbook(tmp_path / "report.xlsx", module="basic", answers=facts_of(ANSWERS))
    return reviewed(source, tmp_path / "first.xlsx")


def reviewed(source: Path, out: Path) -> Path:
    reading = read(source)
    languages = {source.name: reading.workbook.language}
    computed = compute(reading.facts, languages, workbooks=(source.name,), findings=reading.findings)
    write_review(source, reading, computed, out)
    return out


def changed(path: Path, target: Path, part: str, change: Change) -> Path:
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for info in source.infolist():
            data = source.read(info)
            out.writestr(info.filename, change(data) if re.fullmatch(part, info.filename) else data)
    return target


def notes(path: Path) -> dict[str, str]:
    book = openpyxl.load_workbook(path)
    return {f"{s.title}!{c.coordinate}": c.comment.text for s in book for r in s.iter_rows() for c in r if c.comment}


def marks(path: Path) -> dict[str, list[str]]:
    """Return the cells with marks by the colour of their fill."""
    found: dict[str, list[str]] = {}
    for sheet in openpyxl.load_workbook(path):
        for area in sheet.conditional_formatting:
            for rule in area.rules:
                if rule.formula and OUR_RULE.search(rule.formula[0].encode()):
                    found.setdefault(rule.dxf.fill.bgColor.rgb[2:], []).extend(
                        f"{sheet.title}!{cells.coord}" for cells in area.cells.ranges
                    )
    return found


def mended(path: Path, target: Path, text: str, number: int) -> Path:
    """Type a number over a text, as the client does who mends a cell."""
    with zipfile.ZipFile(path) as archive:
        strings = re.findall(r"<si>.*?</si>", archive.read("xl/sharedStrings.xml").decode())
    place = next(i for i, s in enumerate(strings) if f">{text}<" in s)
    cell = re.compile(rb'(<c r="[A-Z]+\d+" s="\d+") t="s"><v>%d</v>' % place)
    return changed(path, target, r"xl/worksheets/sheet\d+.xml", lambda d: cell.sub(rb"\1><v>%d</v>" % number, d))


def test_a_mended_cell_loses_mark_and_note_and_the_others_keep_theirs(first: Path, tmp_path: Path) -> None:
    turnover, women = (cell for cell, text in notes(first).items() if "Mio." in text or "siebzehn" in text)
    second = reviewed(mended(first, tmp_path / "back.xlsx", "ca. 3 Mio.", 3_000_000), tmp_path / "second.xlsx")
    assert turnover not in notes(second) and women in notes(second)
    assert marks(first)["FFB3B3"] == [turnover, women]
    assert marks(second)["FFB3B3"] == [women]
    assert openpyxl.load_workbook(second).sheetnames.count("Review") == 1
    assert notes(second).keys() <= notes(first).keys()


def test_a_workbook_with_nothing_left_to_mend_is_as_before_the_first_review(first: Path, tmp_path: Path) -> None:
    source = tmp_path / "report.xlsx"
    reading = read(source)
    computed = compute(reading.facts.iloc[:0], {source.name: "en"}, workbooks=(source.name,))
    none = computed.applicability.assign(status="complete")
    nothing = type(computed)(**{**vars(computed), "applicability": none, "findings": computed.findings.iloc[:0]})
    write_review(first, read(first, name=source.name), nothing, tmp_path / "clean.xlsx", workbook=source.name)
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(tmp_path / "clean.xlsx") as after:
        for name in before.namelist():
            if name.startswith("xl/worksheets/"):
                assert after.read(name) == before.read(name), name
        assert set(after.namelist()) - set(before.namelist()) == {"xl/worksheets/vsme-xl-review.xml"}
    sheet = openpyxl.load_workbook(tmp_path / "clean.xlsx").worksheets[0]
    assert sheet["B6"].value == "No findings, and nothing is missing."


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("\u200b\nWe asked the bank.</t>", "We asked the bank."),
        ("\u200bWe asked the bank.</t>", "We asked the bank."),
        ("\u200b\n\nLine one\nLine two</t>", "Line one\nLine two"),
    ],
)
def test_what_the_client_types_into_our_note_stays(first: Path, tmp_path: Path, typed: str, left: str) -> None:
    cell = next(cell for cell, text in notes(first).items() if "Mio." in text)

    def answer(data: bytes) -> bytes:
        reference = f'<comment ref="{cell.partition("!")[2]}"'.encode()
        start = data.find(reference)
        end = data.find(b"</comment>", start)
        if start < 0 or b"Mio." not in data[start:end]:
            return data
        at = data.rindex(b"&#8203;\n</t>", start, end)
        return data[:at] + typed.encode() + data[at + len(b"&#8203;\n</t>") :]

    answered = changed(first, tmp_path / "answered.xlsx", r"xl/comments\d+.xml", answer)
    assert left in notes(answered)[cell]
    second = reviewed(answered, tmp_path / "second.xlsx")
    assert notes(second)[cell].strip().startswith(left) and notes(second)[cell].count("Mio.") == 1
    back = mended(second, tmp_path / "back.xlsx", "ca. 3 Mio.", 3_000_000)
    assert notes(reviewed(back, tmp_path / "third.xlsx"))[cell].strip() == left


@needs_libreoffice
def test_marks_go_also_after_libreoffice_saved_the_copy_and_rows_were_inserted(first: Path, tmp_path: Path) -> None:
    cell = next(cell for cell, text in notes(first).items() if "Mio." in text)
    sheet, _, address = cell.partition("!")
    saved = rows_inserted(first, tmp_path / "saved.xlsx", {sheet: [(3, 2)]}, tmp_path / "profile")
    moved = f"{sheet}!{address[0]}{int(address[1:]) + 2}"
    assert moved in notes(saved)
    second = reviewed(saved, tmp_path / "second.xlsx")
    assert notes(second)[moved].count("Mio.") == 1 and "Mio." not in notes(second).get(cell, "")
    assert len(notes(second)) == len(notes(first))
    third = reviewed(mended(second, tmp_path / "back.xlsx", "ca. 3 Mio.", 3_000_000), tmp_path / "third.xlsx")
    assert moved not in notes(third)
    assert len(marks(third)["FFB3B3"]) == 1
    assert openpyxl.load_workbook(third).sheetnames.count("Review") == 1


def test_the_list_is_no_sheet_of_the_client_even_without_cell_names(first: Path, tmp_path: Path) -> None:
    bare = changed(
        first, tmp_path / "bare.xlsx", "xl/workbook.xml",
        lambda data: re.sub(rb"<definedNames>.*?</definedNames>", b"", data),
    )  # fmt: skip
    columns = ["name", "row", "value", "source"]
    assert read(bare).facts[columns].equals(read(tmp_path / "report.xlsx").facts[columns])


@needs_libreoffice
def test_a_copy_saved_as_ods_gives_the_same_facts(first: Path, tmp_path: Path) -> None:
    columns = ["name", "row", "value", "source"]
    saved = read(converted(first, "ods", tmp_path, tmp_path / "profile"))
    assert saved.facts[columns].equals(read(tmp_path / "report.xlsx").facts[columns])
