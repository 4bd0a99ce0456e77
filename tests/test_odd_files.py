"""Encrypted, mislabelled and oddly written files are read, or refused with a sentence that helps."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import hostile_files as hostile
import pytest
import xlsxwriter
from click.testing import CliRunner

from vsme_xl.cli import main
from vsme_xl.language import languages, load_language
from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.limits import Opening
from vsme_xl.reading.looks import BEGINNINGS, DOCUMENTS, OLD, PARTS, STREAMS
from vsme_xl.reading.workbook_file import UnreadableWorkbook, WorkbookFile, open_workbook

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "mistakes.xlsx"
MAIN = hostile.MAIN
LINKS_PART = "xl/_rels/workbook.xml.rels"


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
    return hostile.zipped({name: hostile.workbook() for name in names})


def office(part: str) -> bytes:
    """A document of another program of Office."""
    links = hostile.PARTS["_rels/.rels"].replace("xl/workbook.xml", part)
    return hostile.zipped({"_rels/.rels": links, part: "<document/>"})


def compound(stream: str, content: bytes = b"") -> bytes:
    return file_around(content.ljust(5_000, b"\0"), stream)


SIGN_IN = '\r\n<!-- Copyright -->\r\n<!DOCTYPE html><html dir="ltr"><head><title>Sign in to your account</title></head>'
CHARTS = {LINKS_PART: hostile.PARTS[LINKS_PART].replace("/worksheet", "/chartsheet")}


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
        (b"", "r.xlsx", "OneDrive"),
        (bytes(9_000), "r.xlsx", "nothing but zeros"),
        (SIGN_IN.encode(), "r.xlsx", "sign-in page"),
        (b"\xef\xbb\xbf" + SIGN_IN.encode(), "r.xlsx", "sign-in page"),
        (("\ufeff" + SIGN_IN).encode("utf-16-le"), "r.xlsx", "sign-in page"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n\r\n<html>", "r.xls", "web page, whatever"),
        (b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\n\r\nHi", "r.xlsx", "attached"),
        (compound("__properties_version1.0"), "r.xls", "attached"),
        (b'{"doc_id":"1AbC","email":"a@b.c"}', "r.gsheet", "File > Download > Microsoft Excel"),
        (b"[InternetShortcut]\r\nURL=https://example.org/r.xlsx\r\n", "r.xlsx", "only a link"),
        (b"L\0\0\0\x01\x14\x02" + bytes(50), "r.xlsx", "only a link"),
        (b"\x06Muster".ljust(165, b" "), "~$r.xlsx", "does not begin with ~$"),
        (b"\x89PNG\r\n\x1a\n", "r.xlsx", "is a picture"),
        (b"7z\xbc\xaf'\x1c", "r.xlsx", "packed archive"),
        (hostile.zipped({"readme.txt": "hi"}), "r.xlsx", "without a workbook in it"),
        (hostile.zipped({}), "r.xlsx", "without a workbook in it"),
        (office("word/document.xml"), "r.xlsx", "such as Word"),
        (compound("WordDocument"), "r.xls", "such as Word"),
        (b"{\\rtf1 hello}", "r.xls", "such as Word"),
        (hostile.zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "r.ods", "such as Word"),
        (office("ppt/presentation.xml"), "r.xlsx", "such as PowerPoint"),
        (compound("PowerPoint Document"), "r.xls", "such as PowerPoint"),
        (b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>',
         "r.ods", ".fods"),
        ("name\tvalue\r\nTurnover\t5\r\n".encode("utf-16"), "r.xls", "CSV"),
        (b"\t\x04\x06\0\0\x04\x10\0\0\0", "r.xls", "old Excel file"),
        (compound("Book"), "r.xls", "old Excel file"),
        (hostile.workbook(**CHARTS), "r.xlsx", "charts alone"),
        (compound("EncryptedPackage", "DRMEncryptedDataSpace".encode("utf-16-le")), "r.xlsx", "rights"),
        (SAMPLE.read_bytes()[:20_000], "r.xlsx", "is damaged. Get the file again"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_by_what_it_is(content: bytes, name: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, text = said(path)
    assert code == 3
    assert words in text


@pytest.mark.parametrize("language", languages())
def test_there_are_words_for_all_that_a_file_can_look_like(language: str) -> None:
    kinds = {kind for _, kind in (*BEGINNINGS, *PARTS)} | {*STREAMS.values(), *DOCUMENTS.values()}
    kinds |= {"zeros", "lock", "flat", "xml", "html", "page", "link", "mail", "text", "charts"}
    kinds |= {"zip", "zips", "zip_without", "numbers"}
    texts = load_language(language)
    said = {kind: texts.text(f"looks.{kind}", file="r.xlsx", inner="a.xlsx") for kind in kinds - {"", OLD}}
    assert [kind for kind, text in said.items() if "r.xlsx" not in text] == []


def test_hidden_and_very_hidden_sheets_and_those_beside_charts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "hidden.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("Seen", "Hidden", "Very hidden"):
            book.add_worksheet(name).write_row(0, 0, [name, 5])
        book.get_worksheet_by_name("Hidden").hide()
        book.get_worksheet_by_name("Very hidden").very_hidden()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Seen!$A$1:$B$1"})
        book.add_chartsheet("Chart").set_chart(chart)
    opened = open_workbook(path)
    assert opened.sheet_names == ("Seen", "Hidden", "Very hidden")
    assert opened.hidden == {"Hidden", "Very hidden"}
    assert [opened.sheet(name).value(0, 0) for name in opened.sheet_names] == list(opened.sheet_names)


ROWS = '<row><c t="inlineStr"><is><t>a</t></is></c><c><v>2</v></c></row>'
TARGET = 'Target="worksheets/sheet1.xml"'
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


TEXTS = "".join(f"<si><t>text {number}</t></si>" for number in range(12))


def cell(content: str, kind: str) -> WorkbookFile:
    """A workbook whose first cell says that it is of a kind, and holds this."""
    row = f'<row r="1"><c r="A1" t="{kind}">{content}</c></row>'
    return open_workbook("odd.xlsx", hostile.workbook(row, **hostile.strings(TEXTS)))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<v>10</v>", "text 10"), ("<v> 10</v>", "text 10"), ("<v>10 </v>", "text 10"),
        ("\n <v>\n10\n</v>\n", "text 10"), ("<v>0010</v>", "text 10"), ("<v>000000000000010</v>", "text 10"),
        ('<v xml:space="preserve">10</v>', "text 10"),
        ("<f>A2</f><v>10</v>", "text 10"), ("<f>A2</f><v> 10 </v>", "text 10"), ("<v>&#49;0</v>", "text 10"),
        ("<v></v>", None), ("<v/>", None), ("<v>\n</v>", None), ("", None),
    ],
)  # fmt: skip
def test_a_shared_text_is_found_however_its_number_is_written(content: str, text: str | None) -> None:
    assert cell(content, "s").sheet("Data").value(0, 0) == text


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        *(("s", f"<v>{number}</v>") for number in ("-1", "+1", "1.0", "1e0", "x", "12", "4294967297", 2**64 + 1)),
        ("s", '<v xml:space="preserve">x</v>'), ("s", "<f>A2</f><v>x</v>"), ("s", "<is><t>a</t></is>"),
        ("s", "<v>1</v><is><t>a</t></is>"), ("inlineStr", "<is><t>a</t></is><v>b</v>"), ("inlineStr", "<v>b</v>"),
        ("n", "<v>1</v><v>2</v>"), ("n", "<v>1</v>\n<v>2</v>"),
        ("n", "<v>1</v ><v>2</v>"), ("n", "<v>1</v><f/><v>2</v>"),
    ],
)  # fmt: skip
def test_a_cell_that_readers_would_take_for_different_things_is_damage(kind: str, content: str) -> None:
    with pytest.raises(UnreadableWorkbook) as caught:
        cell(content, kind).sheet("Data")
    assert caught.value.code == "damaged"


@pytest.mark.parametrize(
    "error",
    ["#DIV/0!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!",
     "#BUSY!", "#ERROR!", "Err:508", "#BEZUG!", "#VALUE"],
)  # fmt: skip
def test_an_error_of_any_program_costs_its_cell_alone(error: str) -> None:
    row = f'<row r="1"><c r="A1" t="e"><v>{error}</v></c><c r="B1" t="e"><f>1/0</f><v>{error}</v></c>'
    row += '<c r="C1" t="s"><v>1</v></c><c r="D1"><v>7</v></c></row>'
    sheet = open_workbook("odd.xlsx", hostile.workbook(row, **hostile.strings(TEXTS))).sheet("Data")
    assert [sheet.value(0, column) for column in range(4)] == [None, None, "text 1", 7.0]
    assert [sheet.condition(0, column) for column in range(4)] == ["error", "error", "", ""]
    assert [sheet.error_text(0, column) for column in range(2)] == [error, error]


def test_a_workbook_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    data = SAMPLE.read_bytes()
    for cut in range(0, len(data), len(data) // 40):
        with pytest.raises(UnreadableWorkbook):
            open_workbook(tmp_path / "cut.xlsx", data[:cut])
