"""The same workbook gives the same facts in every format; what a format loses is a finding, never a fact."""

from __future__ import annotations

import datetime as dt
import time
import zipfile
from pathlib import Path
from typing import Any

import hostile_files as hostile
import pytest
from counting import counted
from efrag import SAMPLE as OFFICIAL
from efrag import needs_efrag
from filling import filled
from rearranging import all_converted, converted, needs_libreoffice

from vsme_xl import read
from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@needs_libreoffice
def test_names_of_an_xls_are_those_of_the_xlsx(tmp_path: Path) -> None:
    sample = SAMPLES / "manufacturer.xlsx"
    old = open_workbook(converted(sample, "xls", tmp_path, tmp_path / "profile"))
    names = open_workbook(sample).names
    assert {name: area for name, area in old.names.items() if name in names} == {
        name: area for name, area in names.items() if name in old.names
    }
    assert {"Turnover", "Waste_Key"} & set(names) <= set(old.names)


TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml.{}.main+xml"
MACROS = "application/vnd.ms-excel.{}.macroEnabled.main+xml"
KINDS = {
    "xlsm": MACROS.format("sheet"), "xltx": TYPES.format("template"), "xltm": MACROS.format("template"),
}  # fmt: skip
PROJECT_LINK = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"


def _saved_as(source: Path, ending: str, folder: Path) -> Path:
    """Save a workbook as Excel does with macros or as a template: another content type, a project of macros beside."""
    target, project = folder / f"{source.stem}.{ending}", file_around(b"Attribute VB_Name", "PROJECT")
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in book.namelist():
            content = book.read(name).decode() if name.endswith((".xml", ".rels")) else ""
            if name == "[Content_Types].xml":
                assert TYPES.format("sheet") in content
                content = content.replace(TYPES.format("sheet"), KINDS[ending])
                content = content.replace("<Override", '<Default Extension="bin" ContentType="application/'
                                          'vnd.ms-office.vbaProject"/><Override', 1)  # fmt: skip
            elif name == "xl/_rels/workbook.xml.rels" and ending.endswith("m"):
                link = f'<Relationship Id="rIdMacros" Type="{PROJECT_LINK}" Target="vbaProject.bin"/>'
                content = content.replace("</Relationships>", f"{link}</Relationships>")
            out.writestr(name, content or book.read(name))
        if ending.endswith("m"):
            out.writestr("xl/vbaProject.bin", project)
    return target


@pytest.mark.parametrize("ending", KINDS)
def test_workbooks_with_macros_and_templates_give_the_same_facts(ending: str, tmp_path: Path) -> None:
    sample = SAMPLES / "cooperative.xlsx"
    here = read(_saved_as(sample, ending, tmp_path))
    assert counted(here) == counted(read(sample))
    assert here.findings["code"].tolist() == read(sample).findings["code"].tolist()


@needs_efrag
@pytest.mark.parametrize("ending", KINDS)
def test_the_official_template_with_macros_or_as_a_template_gives_the_same_facts(ending: str, tmp_path: Path) -> None:
    assert counted(read(_saved_as(OFFICIAL, ending, tmp_path))) == counted(read(OFFICIAL))


@needs_libreoffice
@pytest.mark.parametrize(
    ("ending", "writer"), [("xlsm", "Calc MS Excel 2007 VBA XML"), ("xltx", "Calc MS Excel 2007 XML Template")]
)
def test_what_libreoffice_saves_with_macros_or_as_a_template_gives_the_same_facts(
    ending: str, writer: str, tmp_path: Path
) -> None:
    sample = SAMPLES / "cooperative.xlsx"
    all_converted([sample], f"{ending}:{writer}", tmp_path, tmp_path / "profile")
    path = tmp_path / f"cooperative.{ending}"
    with zipfile.ZipFile(path) as book:
        assert KINDS[ending] in book.read("[Content_Types].xml").decode()
    assert counted(read(path)) == counted(read(sample))


def _answers_as_numbers(source: Path, target: Path) -> int:
    """Copy a workbook with 1 and 0 typed for each yes and no; return how many there are."""
    rows: Any = read(source).facts
    rows = rows[(rows["kind"] == "boolean") & ~rows["source"].duplicated(keep=False)]  # two questions may share a cell
    cells: dict[str, dict[str, Any]] = {}
    for fact in rows.itertuples():
        sheet, _, cell = fact.source.rpartition("!")
        cells.setdefault(sheet, {})[cell] = int(fact.value)
    filled(source, target, cells)
    return sum(map(len, cells.values()))


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Type 1 and 0 for yes and no into our workbook, and let LibreOffice save it in other formats."""
    folder = tmp_path_factory.mktemp("numbered")
    path = folder / "numbered.xlsx"
    assert _answers_as_numbers(SAMPLES / "manufacturer.xlsx", path) > 20
    return {kind: converted(path, kind, folder, folder / "profile") for kind in ("ods", "xls")} | {"xlsx": path}


@needs_libreoffice
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_yes_and_no_are_read_from_one_and_zero_in_every_format(kind: str, numbered: dict[str, Path]) -> None:
    assert counted(read(numbered[kind])) == counted(read(SAMPLES / "manufacturer.xlsx"))


@needs_efrag
def test_yes_and_no_are_read_from_one_and_zero_in_the_official_template(tmp_path: Path) -> None:
    assert _answers_as_numbers(OFFICIAL, tmp_path / "numbered.xlsx") > 10
    assert counted(read(tmp_path / "numbered.xlsx")) == counted(read(OFFICIAL))


def _cell(kind: str, value: str, inside: str = "", **more: str) -> str:
    attributes = "".join(f' {name.replace("_", ":", 1).replace("_", "-")}="{v}"' for name, v in more.items())
    return (
        f'<table:table-cell{attributes} office:value-type="{kind}"{value and " office:" + value}>'
        f"<text:p>{inside}</text:p></table:table-cell>"
    )


ROW, TAIL = "<table:table-row>", '<table:table-cell table:style-name="ce1" table:number-columns-repeated="16000"/>'
ODS_ROWS = (
    ROW,
    _cell("percentage", 'value="0.284"', "28.4%"),
    _cell("currency", 'currency="EUR" office:value="1234.5"', "1,234.50 €"),
    _cell("boolean", 'boolean-value="true"', "TRUE"), _cell("boolean", 'boolean-value="false"', "FALSE"),
    _cell("time", 'time-value="PT08H30M00S"', "08:30"), _cell("date", 'date-value="2025-01-31"', "31.01.25"),
    _cell("date", 'date-value="2025-01-31T12:00:00"', "31.01.25"),
    _cell("string", "", 'two<text:s text:c="2"/>blanks</text:p><text:p>and lines'),
    _cell("float", 'value="7"', "7", table_number_columns_spanned="2"), "<table:covered-table-cell/>",
    _cell("float", 'value="1"', "1"), TAIL, "</table:table-row>",
    '<table:table-row table:number-rows-repeated="3">', '<table:table-cell table:number-columns-repeated="2"/>',
    _cell("float", 'value="5"', "5", table_number_columns_repeated="3"), TAIL, "</table:table-row>",
    f'<table:table-row table:number-rows-repeated="10">{TAIL}</table:table-row>', ROW,
    _cell("string", "", "last"), "</table:table-row>",
    f'<table:table-row table:number-rows-repeated="1048000">{TAIL}</table:table-row>',
)  # fmt: skip


@pytest.mark.parametrize("between", ["", "\n    ", " \r\n\t"], ids=["bare", "set apart", "set apart on Windows"])
def test_every_type_of_value_repeated_and_covered_cells_of_an_ods_are_read(between: str, tmp_path: Path) -> None:
    path = tmp_path / "types.ods"
    path.write_bytes(hostile.open_document(between.join(ODS_ROWS)))
    begin = time.process_time()
    sheet = open_workbook(path).sheet("Data")
    assert time.process_time() - begin < 1, "a million empty rows at the end cost time"
    assert [sheet.value(0, column) for column in range(12)] == [
        0.284, 1234.5, True, False, dt.time(8, 30), dt.date(2025, 1, 31), dt.datetime(2025, 1, 31, 12),
        "two  blanks\nand lines", 7.0, None, 1.0, None,
    ]  # fmt: skip
    assert [sheet.is_percent(0, column) for column in range(3)] == [True, False, False]
    for row in (1, 2, 3):
        assert [sheet.value(row, column) for column in range(7)] == [None, None, 5.0, 5.0, 5.0, None, None]
    assert (sheet.value(14, 0), sheet.n_rows, sheet.n_columns) == ("last", 15, 11)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a<text:tab/>b", "a\tb"), ("a<text:line-break/>b", "a\nb"), ("a<text:tab></text:tab>b", "a\tb"),
        ("<text:span>a<text:line-break />b</text:span>", "a\nb"), ('a<text:tab text:tab-ref="1"/>b', "a\tb"),
        ("a<text:s/>b", "a b"), ('a<text:s text:c="3"/>b', "a   b"), ("a</text:p><text:p>b", "a\nb"),
    ],
)  # fmt: skip
def test_words_of_an_ods_stay_apart_however_their_distance_is_written(written: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "words.ods"
    path.write_bytes(hostile.open_document(f"{ROW}{hostile.text_cell(written)}</table:table-row>"))
    assert open_workbook(path).sheet("Data").value(0, 0) == text


def test_a_binary_workbook_laid_out_as_no_program_does_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "report.xlsb", "w") as out:
        out.writestr("_rels/.rels", _link("xl/book.bin"))
        out.writestr("xl/book.bin", b"")
    with pytest.raises(UnreadableWorkbook) as refused:
        read(tmp_path / "report.xlsb")
    assert refused.value.code == "binary_xlsb"


def _link(target: str) -> str:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}"><Relationship Id="r1" Type="{kind}" Target="{target}"/></Relationships>'
