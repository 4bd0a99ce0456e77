"""Workbooks that are made to exhaust or trick whoever reads them, each built in memory by its name."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE_LINKS}">'
        f'<Relationship Id="rId1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">'
        '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE_LINKS}">'
        f'<Relationship Id="rId1" Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>',
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
}
SHEET, STRINGS, STYLES, BOOK = (
    "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml",
)  # fmt: skip
ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'
ODF = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip of these parts, by default not packed, so that no limit on packing keeps it from being read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(rows: str = ONE_CELL, **parts: str | bytes) -> bytes:
    """Return a minimal workbook with one sheet `Data` of these rows; other parts by name replace or join."""
    return zipped({**PARTS, SHEET: sheet(rows), **parts})


def sheet(rows: str) -> str:
    """Return the XML of a sheet."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def strings(items: str) -> dict[str, str]:
    """Return the part of shared strings."""
    return {STRINGS: f'<sst xmlns="{MAIN}">{items}</sst>'}


def with_names(names: str) -> dict[str, str]:
    """Return the workbook part with these defined names."""
    return {BOOK: PARTS[BOOK].replace("</workbook>", f"<definedNames>{names}</definedNames></workbook>")}


def open_document(rows: str) -> bytes:
    """Return an OpenDocument spreadsheet with one table of these rows."""
    content = (
        f"<office:document-content {ODF}><office:body><office:spreadsheet>"
        f'<table:table table:name="Data">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": ODS_TYPE, "META-INF/manifest.xml": "<manifest/>", "content.xml": content})


def structure_protected(picture: bytes) -> bytes:
    """Return a workbook with a picture, encrypted as Excel does where its structure is protected without a password."""
    from msoffcrypto.method.ecma376_agile import ECMA376Agile

    return bytes(ECMA376Agile.encrypt("VelvetSweatshop", io.BytesIO(workbook(**{"xl/media/picture.png": picture}))))


def text_cell(text: str, repeated: str = "") -> str:
    """Return a cell of an OpenDocument table that holds a text."""
    return f'<table:table-cell office:value-type="string"{repeated}><text:p>{text}</text:p></table:table-cell>'


def inline(text: str) -> str:
    """Return one row with a text in its first cell."""
    return f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'


def cells_of_text(count: int) -> str:
    """Return that many cells, each the first shared string."""
    return "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, count + 1))


def lying_zip(claimed: int) -> bytes:
    """Return a workbook whose sheet unpacks to far more than it claims to."""
    content = sheet(ONE_CELL + " " * 40_000_000)
    file = zipped({**PARTS, SHEET: content}, zipfile.ZIP_DEFLATED)
    return file.replace(struct.pack("<I", len(content)), struct.pack("<I", claimed))


def zip_bomb() -> bytes:
    """Return a workbook of one megabyte whose sheet unpacks to a quarter of a gigabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PARTS.items():
            if name != SHEET:
                archive.writestr(name, content)
        with archive.open(SHEET, "w") as out:
            for _ in range(250):
                out.write(b" " * 1_000_000)
    return buffer.getvalue()


def many_entries(count: int) -> bytes:
    """Return a workbook among very many empty parts, made by repeating one directory entry."""
    file = workbook(**{"x": b""})
    directory = file.index(b"PK\x01\x02")
    last = file.rindex(b"PK\x01\x02")
    end = file.rindex(b"PK\x05\x06")
    entry = file[last:end]
    body = file[directory:last] + entry * count
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, len(body), directory, 0)
    return file[:directory] + body + tail


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip
MILLION = 1_000_000

HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "a zip bomb": zip_bomb,
    "a sheet that unpacks to more than it claims": lambda: lying_zip(100),
    "a million parts": lambda: many_entries(MILLION),
    "entities that grow": lambda: workbook(**{BOOK: BOMB + PARTS[BOOK].replace("Data", "&j;")}),
    "entities that grow, in a sheet": lambda: workbook(**{SHEET: BOMB + sheet(inline("&j;"))}),
    "a sheet as far as XFD1048576": lambda: workbook(
        ONE_CELL + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    ),
    "a sheet that claims to be as far as XFD1048576": lambda: workbook(
        **{SHEET: sheet(ONE_CELL).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')}
    ),
    "a million names": lambda: workbook(
        **with_names("".join(f'<definedName name="N{n}">1</definedName>' for n in range(MILLION)))
    ),
    "a text of 32 MB": lambda: workbook(inline("a" * 32_000_000)),
    "a shared text of 32 MB": lambda: workbook(**strings(f"<si><t>{'a' * 32_000_000}</t></si>")),
    "a text of 30 MB in pieces": lambda: workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        **strings("<si>" + f"<r><t>{'a' * 30_000}</t></r>" * 1_000 + "</si>"),
    ),
    "a text of 30 MB in pieces, in the cell": lambda: workbook(
        '<row r="1"><c r="A1" t="inlineStr"><is>' + f"<r><t>{'a' * 30_000}</t></r>" * 1_000 + "</is></c></row>"
    ),
    "a formula of 32 MB": lambda: workbook(f'<row r="1"><c r="A1"><f>{"1+" * 16_000_000}1</f><v>1</v></c></row>'),
    "an attribute of 32 MB": lambda: workbook(f'<row r="1" x="{"a" * 32_000_000}"><c r="A1"><v>1</v></c></row>'),
    "a text that a hundred thousand cells share": lambda: workbook(
        cells_of_text(100_000), **strings(f"<si><t>{'a' * 32_000}</t></si>")
    ),
    "a text that a hundred thousand cells share, among items within items": lambda: workbook(
        cells_of_text(100_000), **strings("<si>" + f"<si><t>{'a' * 100}</t>" * 300 + "</si>" * 301)
    ),
    "a far cell behind a comment that is none": lambda: workbook(
        ONE_CELL + '<row r="2" x="<!--"><c r="XFD1048576"><v>1</v></c></row><row x="-->"/>'
    ),
    "a far cell behind a comment within an instruction": lambda: workbook(
        ONE_CELL + '<?a <!-- ?><row r="2"><c r="XFD1048576"><v>1</v></c></row><?a --> ?>'
    ),
    "a far cell with another prefix than its row": lambda: workbook(
        **{
            SHEET: f'<worksheet xmlns="{MAIN}" xmlns:y="{MAIN}"><sheetData>{ONE_CELL}'
            '<y:row r="2"><y:c r="XFD1048576"><y:v>1</y:v></y:c></y:row></sheetData></worksheet>'
        }
    ),
    "a far cell in a second table of rows": lambda: workbook(
        **{
            SHEET: f'<worksheet xmlns="{MAIN}"><sheetData/><sheetData>'
            '<row r="2"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
        }
    ),
    "a far cell with a second address": lambda: workbook('<row r="2"><c r="A1" r="XFD1048576"><v>1</v></c></row>'),
    "a far cell with spaces before its address": lambda: workbook(
        '<row r="2"><c  r = "XFD1048576"><v>1</v></c></row>'
    ),
    "a far cell that says nothing of its place": lambda: workbook(
        '<row r="1048576"><c><v>1</v></c></row>' + ONE_CELL
    ),
    "four thousand million rows": lambda: workbook('<row r="4294967295"><c><v>1</v></c></row>'),
    "a million shared strings": lambda: workbook(**strings("".join(f"<si><t>{n}</t></si>" for n in range(MILLION)))),
    "ten million empty shared strings": lambda: workbook(**strings("<si/>" * 10 * MILLION)),
    "a count of four thousand million shared strings": lambda: workbook(
        **{STRINGS: f'<sst xmlns="{MAIN}" count="4294967295" uniqueCount="4294967295"><si><t>a</t></si></sst>'}
    ),
    "a million styles": lambda: workbook(
        **{STYLES: PARTS[STYLES].replace("</cellXfs>", '<xf numFmtId="9"/>' * MILLION + "</cellXfs>")}
    ),
    "names nested a million deep": lambda: workbook(**with_names("<a>" * MILLION + "</a>" * MILLION)),
    "a sheet nested a million deep": lambda: workbook("<row>" * MILLION + "</row>" * MILLION),
    "a text nested a million deep": lambda: workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        **strings("<si>" + "<r>" * MILLION + "</r>" * MILLION + "</si>"),
    ),
    "four million cells": lambda: workbook('<row r="1">' + '<c r="A1"/>' * 4 * MILLION + "</row>"),
    "four million cells in one place": lambda: workbook(
        '<row r="1">' + '<c r="A1"><v>1</v></c>' * 2 * MILLION + "</row>"
    ),
    "cells with errors that never end": lambda: workbook('<c r="A1" t="e">' * (MILLION // 2)),
    "comments that never end": lambda: workbook("<!--" * 4 * MILLION),
    "tags of spaces": lambda: workbook(("<row" + " " * 100_000 + "x") * 100),
    "attributes without a value": lambda: workbook(("<row " + "a" * 100_000 + ">") * 100),
    "an .ods with a value in every row": lambda: open_document(
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" '
        'office:value="1" table:number-columns-repeated="9000"/></table:table-row>'
    ),
    "an .ods with one text in many cells": lambda: open_document(
        '<table:table-row table:number-rows-repeated="1000">'
        + text_cell("a" * 30_000, ' table:number-columns-repeated="1000"')
        + "</table:table-row>"
    ),
    "an .ods with a text of 32 MB": lambda: open_document(
        f"<table:table-row>{text_cell('a' * 32_000_000)}</table:table-row>"
    ),
    "an .ods with two billion blanks in a text": lambda: open_document(
        "<table:table-row>" + text_cell('a<text:s text:c="2000000000"/>b') + "</table:table-row>"
    ),
    "an .ods with a thousand texts of many blanks": lambda: open_document(
        "<table:table-row>"
        + text_cell('<text:s text:c="60000"/>', ' table:number-columns-repeated="1000"')
        + "</table:table-row>"
    ),
    "an .ods with a million rows": lambda: open_document("<table:table-row/>" * MILLION),
    "an .ods nested a million deep": lambda: open_document("<table:a>" * MILLION + "</table:a>" * MILLION),
    "an .ods with entities that grow": lambda: zipped(
        {"mimetype": ODS_TYPE, "content.xml": BOMB + f"<office:document-content {ODF}>&j;</office:document-content>"}
    ),
    "an .ods with negative repeats": lambda: open_document(
        '<table:table-row table:number-rows-repeated="-5">' + text_cell("a") + "</table:table-row>"
    ),
    "an .ods with repeats beyond all numbers": lambda: open_document(
        f'<table:table-row table:number-rows-repeated="{"9" * 5_000}">' + text_cell("a") + "</table:table-row>"
    ),
}  # fmt: skip
