"""Encrypted, mislabelled and oddly written files are read, or refused with a sentence that helps."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import hostile_files as hostile
import pytest
from click.testing import CliRunner

from vsme_xl.cli import main
from vsme_xl.reading.limits import Opening
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "mistakes.xlsx"
MAIN = hostile.MAIN


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ooxml = pytest.importorskip("msoffcrypto.format.ooxml")
    path = tmp_path_factory.mktemp("encrypted") / "secret.xlsx"
    with path.open("wb") as out:
        ooxml.OOXMLFile(io.BytesIO(SAMPLE.read_bytes())).encrypt("Söcret 1", out)
    return path


def said(path: Path, *options: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner(env=env).invoke(main, ["facts", str(path), "--format", "csv", *options])
    return result.exit_code, result.stderr if result.exit_code else result.stdout


def test_a_workbook_with_a_password_is_read_with_it_and_a_wrong_one_is_said_plainly(encrypted: Path) -> None:
    plain = said(SAMPLE)
    assert said(encrypted, "--password", "Söcret 1") == plain
    assert said(encrypted, env={"VSME_XL_PASSWORD": "Söcret 1"}) == plain
    code, text = said(encrypted)
    assert (code, "--password" in text) == (3, True)
    code, text = said(encrypted, "--password", "wrong")
    assert (code, "The password does not open" in text) == (3, True)


def test_the_password_is_asked_for_where_none_follows_the_option(encrypted: Path) -> None:
    result = CliRunner().invoke(main, ["facts", str(encrypted), "--format", "csv", "--password"], input="Söcret 1\n")
    assert result.exit_code == 0
    assert "Söcret" not in result.output


def test_a_missing_extra_is_said_plainly(encrypted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msoffcrypto", None)
    assert "vsme-xl[encrypted]" in said(encrypted, "--password", "x")[1]


def test_a_password_is_never_part_of_what_an_opening_shows() -> None:
    assert "secret" not in repr(Opening(password="secret"))


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name in names:
            out.writestr(name, hostile.workbook())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "r.xlsx", "is a PDF"),
        (b"<html><body><table></table></body></html>", "r.xls", "web page"),
        (b"name;value\r\nTurnover;5\r\n", "r.xls", "CSV"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
         b'xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "r.xls", "2003"),
        (archive("clients/report.xlsx"), "r.xlsx", "holds the workbook clients/report.xlsx"),
        (archive("a.xlsx", "b.xlsx"), "r.zip", "vsme-xl batch"),
        (archive("Index/Document.iwa"), "r.numbers", "Numbers"),
        (b"\x00\x01\x02\x03", "r.xlsx", "not an Excel or OpenDocument workbook"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_by_what_it_is(content: bytes, name: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, text = said(path)
    assert code == 3
    assert words in text


ROWS = '<row><c t="inlineStr"><is><t>a</t></is></c><c><v>2</v></c></row>'
TARGET = 'Target="worksheets/sheet1.xml"'
LINKS_PART = "xl/_rels/workbook.xml.rels"
ODD = {
    "cells without addresses": hostile.workbook(ROWS),
    "prefixes": hostile.workbook(
        **{
            hostile.SHEET: f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is>'
            '<x:t>a</x:t></x:is></x:c><x:c r="B1"><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>'
        }
    ),
    "absolute targets": hostile.workbook(
        ROWS, **{LINKS_PART: hostile.PARTS[LINKS_PART].replace(TARGET, 'Target="/xl/worksheets/sheet1.xml"')}
    ),
    "targets with detours": hostile.workbook(
        ROWS, **{LINKS_PART: hostile.PARTS[LINKS_PART].replace(TARGET, 'Target="../xl/./worksheets/sheet1.xml"')}
    ),
    "lower-case names": hostile.zipped(
        {k.lower(): v for k, v in {**hostile.PARTS, hostile.SHEET: hostile.sheet(ROWS)}.items()}
    ),
    "no styles and no shared strings": hostile.zipped(
        {k: v for k, v in {**hostile.PARTS, hostile.SHEET: hostile.sheet(ROWS)}.items()
         if k not in (hostile.STYLES, hostile.STRINGS)}
    ),
    "shared strings in another place": hostile.workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row>',
        **{
            "xl/texts.xml": hostile.strings("<si><t>a</t></si>")[hostile.STRINGS],
            LINKS_PART: hostile.PARTS[LINKS_PART].replace("sharedStrings.xml", "texts.xml"),
        },
    ),
    "comments in shared strings": hostile.workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row>',
        **hostile.strings("<!-- <si><t>b</t></si> --><si><t>a</t></si>"),
    ),
    "words after the archive": hostile.workbook(ROWS) + b"\r\n--end--\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_workbooks_that_other_programs_write_in_their_own_way_are_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    path.write_bytes(ODD[name])
    sheet = open_workbook(path).sheet("Data")
    assert (sheet.value(0, 0), sheet.value(0, 1)) == ("a", 2.0)


def test_a_workbook_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    data = SAMPLE.read_bytes()
    for cut in range(0, len(data), len(data) // 40):
        with pytest.raises(UnreadableWorkbook):
            open_workbook(tmp_path / "cut.xlsx", data[:cut])
