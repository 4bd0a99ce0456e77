"""Opening workbook files: what is read of them, and with which reason the unreadable ones are refused."""

import hashlib
import pickle
import shutil
import struct
import subprocess
import warnings
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hostile_files import LINKS, MAIN, zipped
from hostile_files import PARTS as ALL_PARTS
from openpyxl.cell.cell import MergedCell
from openpyxl.worksheet.formula import ArrayFormula

from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.workbook_file import Area, UnreadableWorkbook, WorkbookFile, open_workbook

EFRAG = Path(__file__).parents[2] / "shared" / "efrag"
SAMPLE = EFRAG / "VSME-Digital-Template-Sample-1.2.0.xlsx"
CONTENT_SHEETS = (
    "General Information",
    "Environmental Disclosures",
    "Social Disclosures",
    "Governance Disclosures",
)
needs_efrag = pytest.mark.skipif(not SAMPLE.exists(), reason="the official templates are not at hand")
needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")

SHEET_PART = "xl/worksheets/sheet1.xml"
PARTS = {name: content for name, content in ALL_PARTS.items() if name != SHEET_PART}


def sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def zip_bytes(parts: Mapping[str, str | bytes]) -> bytes:
    return zipped(parts, zipfile.ZIP_DEFLATED)


def write_raw(folder: Path, rows: str = "", **other: str | bytes) -> Path:
    """A minimal workbook with one sheet `Data` of these rows; other parts by name replace or join."""
    path = folder / "raw.xlsx"
    path.write_bytes(zip_bytes({**PARTS, SHEET_PART: sheet_xml(rows), **other}))
    return path


def refusal(path: Path, sheet: str = "") -> UnreadableWorkbook:
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook(path).sheet(sheet)
    return caught.value


def compound_file(*streams: str) -> bytes:
    """The beginning of an OLE2 compound file with directory entries of these names, enough to be told apart."""
    data = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    for name in streams:
        text = name.encode("utf-16-le")
        data += text.ljust(64, b"\0") + struct.pack("<H", len(text) + 2) + bytes(62)
    return bytes(data)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with one cell of every kind, names, properties and a hidden sheet, as XlsxWriter makes it."""
    path = tmp_path_factory.mktemp("filled") / "filled.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.set_custom_property("template", "vsme-xl input")
    book.set_custom_property("version", 3)
    sheet, hidden, very_hidden = (book.add_worksheet(n) for n in ("My Sheet", "It's", "Meta"))
    hidden.hide()
    very_hidden.very_hidden()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, (value, code) in enumerate(
        [(0.28, "0.0%"), (5, '0 "%"'), (6, r"0\%"), (7, "0%;[Red]-0%"), (8, 'General" pct"'), (9, "0")]
    ):
        sheet.write_number(row, 0, value, book.add_format({"num_format": code}))
    sheet.write_number("B1", 12)
    sheet.write_boolean("B2", True)
    sheet.write_datetime("B3", datetime(2025, 12, 31), day)
    sheet.write_string("B4", "Grüße & <Co>")
    sheet.write_string("B5", "#REF!")
    sheet.write_formula("C1", "=B1*2", None, 24)
    sheet.write_formula("C2", "=1/0", None, "#DIV/0!")
    sheet.write_formula("C3", '=IF(B1>1,"a","b")', None, "a")
    sheet.write_array_formula("C5:C7", "{=B1:B3*2}", None, 24)
    for row in range(9, 14):
        sheet.write_number(row, 2, row)
    sheet.protect("secret")
    hidden.write_string("A1", "kept")
    for name, reference in {
        "Single": "='My Sheet'!$B$1",
        "Column": "='My Sheet'!$C$10:$C$14",
        "OnHidden": "='It''s'!$A$1",
        "Constant": "=5",
        "Computed": "=SUM('My Sheet'!$B$1:$B$3)",
        "Several": "='My Sheet'!$A$1,'My Sheet'!$A$3",
        "WholeColumn": "='My Sheet'!$A:$A",
        "Both": "='My Sheet'!$A$1",
        "Meta!Both": "=Meta!$A$1",
        "Meta!Local": "=Meta!$B$2",
    }.items():
        book.define_name(name, reference)
    sheet.print_area("A1:C14")
    book.close()
    return path


def test_sheets_names_and_properties_are_read_with_the_workbook(filled: Path) -> None:
    book = open_workbook(filled)
    assert book.sheet_names == ("My Sheet", "It's", "Meta")
    assert book.hidden == {"It's", "Meta"}
    assert book.names == {
        "Single": Area("My Sheet", 0, 1, 0, 1),
        "Column": Area("My Sheet", 9, 2, 13, 2),
        "OnHidden": Area("It's", 0, 0, 0, 0),
        "Both": Area("My Sheet", 0, 0, 0, 0),
        "Local": Area("Meta", 1, 1, 1, 1),
    }
    assert set(book.broken_names) == {"Constant", "Computed", "Several", "WholeColumn"}
    assert book.properties == {"template": "vsme-xl input", "version": "3"}
    assert book.date_1904 is False
    assert book.path == filled
    assert book.sha256 == hashlib.sha256(filled.read_bytes()).hexdigest()


def test_values_keep_their_types_and_protection_does_not_matter(filled: Path) -> None:
    sheet = open_workbook(str(filled)).sheet("My Sheet")
    values = [sheet.value(row, 1) for row in range(6)]
    assert values == [12.0, True, date(2025, 12, 31), "Grüße & <Co>", "#REF!", None]
    assert isinstance(values[0], float)
    assert (sheet.n_rows, sheet.n_columns) == (14, 3)
    assert sheet.value(500, 500) is None
    assert sheet.value(-1, 0) is None


def test_formulas_and_errors_are_told_from_typed_values(filled: Path) -> None:
    sheet = open_workbook(filled).sheet("My Sheet")
    assert [(sheet.value(r, 2), sheet.condition(r, 2), sheet.error_text(r, 2)) for r in range(3)] == [
        (24.0, "", ""),
        (None, "error", "#DIV/0!"),
        ("a", "", ""),
    ]
    assert [sheet.is_formula(row, 2) for row in range(8)] == [True, True, True, False, True, True, True, False]
    assert not sheet.is_formula(0, 1)
    assert sheet.condition(4, 1) == ""  # the text "#REF!" is no error


def test_a_percent_format_is_one_whose_percent_sign_is_neither_quoted_nor_escaped(filled: Path) -> None:
    sheet = open_workbook(filled).sheet("My Sheet")
    assert [sheet.is_percent(row, 0) for row in range(6)] == [True, False, False, True, False, False]
    assert not sheet.is_percent(0, 1)


@pytest.mark.parametrize(
    ("row", "column", "address"), [(0, 0, "A1"), (13, 3, "D14"), (9, 26, "AA10"), (0, 16383, "XFD1")]
)
def test_addresses_are_those_excel_shows(filled: Path, row: int, column: int, address: str) -> None:
    assert open_workbook(filled).sheet("It's").address(row, column) == address


def test_a_sheet_is_parsed_once_and_an_unknown_one_is_a_key_error(filled: Path) -> None:
    book = open_workbook(filled)
    assert book.sheet("It's") is book.sheet("It's")
    with pytest.raises(KeyError):
        book.sheet("Nowhere")


def test_reading_leaves_the_file_as_it_is(filled: Path) -> None:
    before = (filled.read_bytes(), filled.stat().st_mtime_ns)
    open_workbook(filled).sheet("My Sheet").is_percent(0, 0)
    assert (filled.read_bytes(), filled.stat().st_mtime_ns) == before


def test_formulas_written_by_a_program_are_uncalculated_and_not_zero(tmp_path: Path) -> None:
    path = tmp_path / "program.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = 5
    book.active["A2"] = "=A1*2"
    book.active["D9"] = "=A1"
    book.save(path)
    sheet = open_workbook(path).sheet("Sheet")
    assert (sheet.value(1, 0), sheet.condition(1, 0), sheet.is_formula(1, 0)) == (None, "uncalculated", True)
    assert (sheet.n_rows, sheet.n_columns) == (9, 4)


@pytest.mark.parametrize(
    ("cell", "condition"),
    [
        ('<c r="A1"><f>B1</f></c>', "uncalculated"),
        ('<c r="A1"><f>B1</f><v/></c>', "uncalculated"),
        ('<c r="A1"><f>B1</f><v></v></c>', "uncalculated"),
        ('<c r="A1" t="str"><f>B1</f></c>', "uncalculated"),
        ('<c r="A1" t="str"><f>B1</f><v></v></c>', ""),
        ('<c t="str" r="A1"><f>B1</f><v/></c>', ""),
        ('<c r="A1"><f t="shared" si="0"/><v>0</v></c>', ""),
        ('<c r="A1"><f t="shared" si="0"/></c>', "uncalculated"),
        ('<c r="A1">\n  <f>B1</f>\n  <v>3</v>\n</c>', ""),
        ('<c r="A1" s="0" t="e"><f>B1</f><v>#NAME?</v></c>', "error"),
        ("<c r='A1' t='e'><v>#N/A</v></c>", "error"),
        ('<c t="e"><v>#N/A</v></c>', "error"),
        ('<c r="A1" t="s"/><!-- <c r="A1" t="e"><v>#REF!</v></c> -->', ""),
    ],
)
def test_the_condition_of_a_cell_follows_from_how_it_is_stored(tmp_path: Path, cell: str, condition: str) -> None:
    sheet = open_workbook(write_raw(tmp_path, f'<row r="1">{cell}<c r="B1"><v>1</v></c></row>')).sheet("Data")
    assert sheet.condition(0, 0) == condition
    assert sheet.is_formula(0, 0) == ("<f" in cell)
    assert sheet.value(0, 1) == 1.0


def test_cells_without_addresses_are_counted_as_calamine_counts_them(tmp_path: Path) -> None:
    rows = '<row><c><v>1</v></c><c r="D1"><v>2</v></c><c t="e"><v>#REF!</v></c></row><row><c><f>A1</f></c></row>'
    sheet = open_workbook(write_raw(tmp_path, rows)).sheet("Data")
    assert (sheet.value(0, 0), sheet.value(0, 3), sheet.error_text(0, 4)) == (1.0, 2.0, "#REF!")
    assert sheet.condition(1, 0) == "uncalculated"


def test_namespace_prefixes_in_a_sheet_change_nothing(tmp_path: Path) -> None:
    rows = (
        '<x:row r="1"><x:c r="A1" t="e"><x:v>#REF!</x:v></x:c><x:c r="B1"><x:f>A1</x:f></x:c>'
        '<x:c r="C1"><x:v>3</x:v></x:c></x:row>'
    )
    xml = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    sheet = open_workbook(write_raw(tmp_path, **{SHEET_PART: xml})).sheet("Data")
    assert (sheet.error_text(0, 0), sheet.condition(0, 1), sheet.value(0, 2)) == ("#REF!", "uncalculated", 3.0)


def test_an_empty_sheet_has_no_rows(tmp_path: Path) -> None:
    xml = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    sheet = open_workbook(write_raw(tmp_path, **{SHEET_PART: xml})).sheet("Data")
    assert (sheet.n_rows, sheet.n_columns, sheet.value(0, 0)) == (0, 0, None)


def test_the_1904_date_system_is_told_and_applied(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    book.add_worksheet("S").write_datetime(0, 0, datetime(2025, 12, 31), book.add_format({"num_format": "d.m.yyyy"}))
    book.close()
    read = open_workbook(path)
    assert (read.date_1904, read.sheet("S").value(0, 0)) == (True, date(2025, 12, 31))


def test_strict_files_and_chart_sheets_are_read(tmp_path: Path) -> None:
    strict = {
        name: text.replace(LINKS, "http://purl.oclc.org/ooxml/officeDocument/relationships").replace(
            MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"
        )
        for name, text in PARTS.items()
    }
    path = write_raw(tmp_path, '<row r="1"><c r="A1"><v>7</v></c></row>', **strict)
    assert open_workbook(path).sheet("Data").value(0, 0) == 7.0
    charted = tmp_path / "chart.xlsx"
    book = xlsxwriter.Workbook(str(charted))
    book.add_worksheet("Data").write(0, 0, 1)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Data!$A$1:$A$1"})
    book.add_chartsheet("Chart").set_chart(chart)
    book.close()
    assert open_workbook(charted).sheet_names == ("Data",)


def test_names_on_deleted_cells_are_broken_and_a_copy_of_the_sheet_stands_in(tmp_path: Path) -> None:
    names = (
        "<definedNames>"
        '<definedName name="Gone">#REF!</definedName><definedName name="GoneToo">Data!#REF!</definedName>'
        '<definedName name="Elsewhere">[1]Data!$A$1</definedName><definedName name="Off">Data!$XFE$1</definedName>'
        '<definedName name="Moved">#REF!</definedName>'
        '<definedName name="Moved" localSheetId="0">data!$B$2:$A$1</definedName>'
        '<definedName name="Macro" function="1">Data!$A$1</definedName>'
        '<definedName name="_xlnm.Print_Area" localSheetId="0">#REF!</definedName></definedNames>'
    )
    workbook = PARTS["xl/workbook.xml"].replace("</workbook>", names + "</workbook>")
    book = open_workbook(write_raw(tmp_path, **{"xl/workbook.xml": workbook}))
    assert book.names == {"Moved": Area("Data", 0, 0, 1, 1)}
    assert set(book.broken_names) == {"Gone", "GoneToo", "Elsewhere", "Off"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"name;value\n1;2\n", "not_a_workbook"),
        (b"<html><table></table></html>", "not_a_workbook"),
        (b"PK\x03\x04 but no more than that", "damaged"),
        (zip_bytes({"readme.txt": "hello"}), "not_a_workbook"),
        (zip_bytes({**PARTS, "xl/workbook.xml": "<document/>"}), "not_a_workbook"),
        (zip_bytes({**PARTS, "xl/workbook.xml": "<workbook>"}), "damaged"),
        (zip_bytes({**PARTS, "xl/workbook.xml": "<workbook/>"}), "damaged"),
        (
            zip_bytes({"_rels/.rels": PARTS["_rels/.rels"].replace("workbook.xml", "workbook.bin")}),
            "binary_xlsb",
        ),
        (zip_bytes({"mimetype": "application/vnd.oasis.opendocument.text"}), "not_a_workbook"),
        (zip_bytes({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "damaged"),
        (
            zip_bytes(
                {
                    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                    "META-INF/manifest.xml": "<manifest:encryption-data/>",
                }
            ),
            "encrypted",
        ),
        (compound_file("EncryptionInfo", "EncryptedPackage"), "damaged"),
        (compound_file("WordDocument"), "not_a_workbook"),
        (compound_file("Book"), "old_xls"),
        (compound_file("Workbook"), "old_xls"),
    ],
)
def test_what_is_no_readable_workbook_is_refused_by_content(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(content)
    error = refusal(path)
    assert (error.code, error.params["file"]) == (code, str(path))


def test_paths_without_a_file_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.xlsx").code == "not_found"
    assert refusal(tmp_path).code == "is_a_folder"


def test_a_truncated_download_is_damaged(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.xlsx"
    path.write_bytes(filled.read_bytes()[:3000])
    assert refusal(path).code == "damaged"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", SHEET_PART])
def test_one_changed_byte_in_a_part_is_noticed(filled: Path, tmp_path: Path, part: str) -> None:
    path = tmp_path / "flipped.xlsx"
    with zipfile.ZipFile(filled) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as copy:
        for info in archive.infolist():
            copy.writestr(info.filename, archive.read(info))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(part)
    data[info.header_offset + 30 + len(part) + info.file_size - 1] ^= 1
    path.write_bytes(data)
    error = refusal(path, "My Sheet")
    assert (error.code, error.params["part"]) == ("damaged", part)


def test_a_part_that_unpacks_to_more_than_it_declares_is_damaged(tmp_path: Path) -> None:
    path = write_raw(tmp_path, " " * 5_000_000)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET_PART).file_size
    honest, small = struct.pack("<I", size), struct.pack("<I", 100)
    assert data.count(honest) == 2
    path.write_bytes(data.replace(honest, small))
    assert refusal(path, "Data").code == "damaged"


def test_a_file_that_unpacks_to_too_much_is_refused_before_unpacking(tmp_path: Path) -> None:
    path = write_raw(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("big.bin", "w") as big:
        for _ in range(ReadingLimits().unpacked_bytes // 1_000_000 + 1):
            big.write(bytes(1_000_000))
    assert path.stat().st_size < 1_000_000
    assert refusal(path).code == "too_large"


def test_parts_of_the_same_name_are_damage(tmp_path: Path) -> None:
    path = write_raw(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("XL/worksheets/sheet1.xml", sheet_xml(""))
    assert refusal(path).code == "damaged"


@pytest.mark.parametrize("reference", ["AAAAAAAAAA1", "XFE1", "A1048577", "A0", "$A$1", "1A", "A", "", "A1:B2"])
def test_an_address_that_no_sheet_has_is_refused_before_anything_is_allocated(tmp_path: Path, reference: str) -> None:
    error = refusal(write_raw(tmp_path, f'<row r="1"><c r="{reference}"><v>1</v></c></row>'), "Data")
    assert (error.code, error.params["sheet"]) == ("bad_reference", "Data")


@pytest.mark.parametrize("reference", ["XFD1048576", "A200001", "BXY1", "AAA5000"])
def test_a_value_far_out_makes_a_sheet_too_large(tmp_path: Path, reference: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="{reference}"><v>1</v></c></row>'
    error = refusal(write_raw(tmp_path, rows), "Data")
    assert (error.code, error.params["cell"]) == ("sheet_too_large", reference)


@pytest.mark.parametrize("cell", ['<c r="XFD1048576" s="0"/>', '<c r="XFD1048576" s="0"></c>', '<c r="ZZ200001"/>'])
def test_formats_without_values_far_out_do_not_matter(tmp_path: Path, cell: str) -> None:
    path = write_raw(tmp_path, f'<row r="1"><c r="A1"><v>1</v></c></row><row r="9">{cell}</row>')
    assert open_workbook(path).sheet("Data").n_rows == 1


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET_PART, "xl/sharedStrings.xml", "docProps/custom.xml"])
def test_document_types_and_entities_are_refused(tmp_path: Path, part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + PARTS.get(part, sheet_xml(""))
    error = refusal(write_raw(tmp_path, **{part: bomb}), "Data")
    assert (error.code, error.params["part"]) == ("unsafe_xml", part)


@pytest.mark.parametrize(
    "xml",
    [
        sheet_xml('<row r="1"><c r="A1" t="str"><v><![CDATA[lost]]></v></c></row>'),
        sheet_xml('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
        sheet_xml('<row r="1"><c r="A1" t="zz"><v>7</v></c></row>'),
        "<worksheet><sheetData><row>",
    ],
)
def test_sheets_that_calamine_reads_wrongly_or_not_at_all_are_damaged(tmp_path: Path, xml: str) -> None:
    assert refusal(write_raw(tmp_path, **{SHEET_PART: xml}), "Data").code == "damaged"


def test_a_refusal_survives_the_way_back_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(UnreadableWorkbook("damaged", {"file": "a.xlsx"})))
    assert (error.code, error.params) == ("damaged", {"file": "a.xlsx"})


@needs_libreoffice
def test_the_same_workbook_saved_as_ods_and_xls_by_libreoffice_gives_the_same_values(
    filled: Path, tmp_path: Path
) -> None:
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    for kind in ("ods", "xls"):
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(tmp_path), str(filled)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    original, open_document, old = (
        open_workbook(path) for path in (filled, tmp_path / "filled.ods", tmp_path / "filled.xls")
    )
    for other in (open_document, old):
        assert other.sheet_names == original.sheet_names
        assert other.hidden == original.hidden
        assert column(other, 1) == column(original, 1)
    assert open_document.names == original.names
    assert open_document.properties.items() >= original.properties.items()
    sheet = open_document.sheet("My Sheet")
    assert (sheet.condition(1, 2), sheet.error_text(1, 2), sheet.value(1, 2)) == ("error", "#DIV/0!", None)
    assert [sheet.is_percent(row, 0) for row in range(6)] == [True, False, False, True, False, False]
    assert sheet.is_formula(0, 2)
    assert not sheet.is_formula(0, 1)


def column(book: WorkbookFile, number: int) -> list[object]:
    sheet = book.sheet("My Sheet")
    return [sheet.value(row, number) for row in range(14)]


def test_an_ods_that_repeats_a_value_over_a_million_rows_is_too_large(tmp_path: Path) -> None:
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="9000"/>'
    content = (
        f'<office:document-content {namespaces}><office:body><office:spreadsheet><table:table table:name="S">'
        f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "bomb.ods"
    path.write_bytes(zip_bytes({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}))
    assert refusal(path).code == "sheet_too_large"


@needs_efrag
@pytest.mark.filterwarnings("ignore:.*extension is not supported")
def test_the_official_sample_is_read_as_openpyxl_reads_it() -> None:
    book = open_workbook(SAMPLE)
    expected = openpyxl.load_workbook(SAMPLE, data_only=True)
    formulas = openpyxl.load_workbook(SAMPLE)
    assert list(book.sheet_names) == expected.sheetnames
    assert book.hidden == {"Technical Sheet"}
    assert book.names["Assets"] == Area("General Information", 279, 4, 279, 4)
    assert not set(book.names) & set(book.broken_names)
    for name in CONTENT_SHEETS:
        sheet = book.sheet(name)
        for row in expected[name].iter_rows():
            for cell in row:
                if isinstance(cell, MergedCell):  # openpyxl drops what lies under a merged cell
                    continue
                place = (cell.row - 1, cell.column - 1)
                source = formulas[name].cell(cell.row, cell.column)
                is_array = isinstance(source.value, ArrayFormula)
                assert sheet.is_formula(*place) == (source.data_type == "f" or is_array)
                assert sheet.is_percent(*place) == ("%" in cell.number_format)
                assert (sheet.condition(*place) == "error") == (cell.data_type == "e")
                if isinstance(cell.value, str | int | float) and cell.data_type != "e":
                    assert sheet.value(*place) == (cell.value if cell.value != "" else None)


@needs_efrag
@pytest.mark.parametrize("path", sorted(EFRAG.glob("*.xlsx")), ids=lambda path: path.stem)
def test_every_official_template_opens_with_its_names(path: Path) -> None:
    book = open_workbook(path)
    assert len(book.names) >= 300
    assert all(book.sheet(name).n_rows for name in CONTENT_SHEETS)
