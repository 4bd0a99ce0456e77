"""A report as other programs (Google Sheets, WPS, Numbers, libraries) write it gives the facts that Excel's gives."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from hostile_files import LINKS, MAIN, zipped

import vsme_xl
from vsme_xl.reading.workbook_file import UnreadableWorkbook

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
BOOK, BOOK_LINKS, STRINGS, STYLES = (
    "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/styles.xml",
)  # fmt: skip
Parts = dict[str, bytes]
Change = Callable[[Parts], Parts | bytes]
with zipfile.ZipFile(SAMPLE) as sample:
    PARTS = {name: sample.read(name) for name in sample.namelist()}
SHEETS = [name for name in PARTS if name.startswith("xl/worksheets/sheet")]
ALL = [name for name in PARTS if name.endswith((".xml", ".rels"))]


def edited(parts: Parts, names: Iterable[str], edit: Callable[[bytes], bytes]) -> Parts:
    names = set(names)
    return {name: edit(content) if name in names else content for name, content in parts.items()}


def replaced(names: Iterable[str], pattern: bytes, by: bytes) -> Change:
    """Change the parts of these names by a pattern; it must be found in each."""

    def edit(content: bytes) -> bytes:
        changed, times = re.subn(pattern, by, content)
        assert times
        return changed

    return lambda parts: edited(parts, names, edit)


def prefixed(names: Iterable[str]) -> Change:
    def edit(content: bytes) -> bytes:
        content = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", content)
        return content.replace(f'xmlns="{MAIN}"'.encode(), f'xmlns:x="{MAIN}"'.encode())

    return lambda parts: edited(parts, names, edit)


def with_texts_in_cells(parts: Parts, kind: str) -> Parts:
    """Texts in the cells themselves, and no part of shared ones."""
    items = ElementTree.fromstring(parts[STRINGS])
    texts = ["".join(text.text or "" for text in item.iter(f"{{{MAIN}}}t")) for item in items]
    around = {"str": "<v>{}</v>", "inlineStr": '<is><t xml:space="preserve">{}</t></is>'}[kind]

    def cell(match: re.Match[bytes]) -> bytes:
        text = around.format(escape(texts[int(match[2])]))
        return match[1] + f't="{kind}">{text}'.encode()

    changed = edited(parts, SHEETS, lambda c: re.sub(rb'(<c [^>]*?)t="s"><v>(\d+)</v>', cell, c))
    changed[BOOK_LINKS] = re.sub(rb"<Relationship [^>]*sharedStrings[^>]*/>", b"", parts[BOOK_LINKS])
    return {name: content for name, content in changed.items() if name != STRINGS}


def without_properties(parts: Parts) -> Parts:
    kept = {name: content for name, content in parts.items() if not name.startswith("docProps/")}
    kept["_rels/.rels"] = re.sub(rb"<Relationship [^>]*docProps[^>]*/>", b"", kept["_rels/.rels"])
    return kept


def without_styles(parts: Parts) -> Parts:
    kept = {name: content for name, content in parts.items() if name != STYLES}
    kept[BOOK_LINKS] = re.sub(rb"<Relationship [^>]*styles[^>]*/>", b"", kept[BOOK_LINKS])
    return kept


def renamed(old: str, new: str) -> Change:
    """Parts under other names, wherever they are named."""

    def change(parts: Parts) -> Parts:
        lead = edited(parts, ["[Content_Types].xml", "_rels/.rels", BOOK_LINKS], lambda c: c.replace(
            old.removeprefix("xl/").encode() + b'"', new.removeprefix("xl/").encode() + b'"'))  # fmt: skip
        links = "{}/_rels/{}.rels".format
        moved = {old: new, links(*old.rsplit("/", 1)): links(*new.rsplit("/", 1))}
        return {moved.get(name, name): content for name, content in lead.items()}

    return change


def written_to_a_pipe(parts: Parts, large: bool = False) -> bytes:
    """A zip whose sizes stand behind each part, as whoever cannot go back writes it; `large` with those of Zip64."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(data)  # type: ignore[arg-type]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=large) as file:
                file.write(content)
    return bytes(pipe.data)


def named_by(name: Callable[[str], str]) -> Change:
    def change(parts: Parts) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                info = zipfile.ZipInfo(part)
                info.filename = name(part)  # the name as it is given would be mended
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    return change


def strict(content: bytes) -> bytes:
    ours, theirs = MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    return content.replace(ours, theirs).replace(
        LINKS.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    )


WAYS: dict[str, Change] = {
    "texts in the cells": partial(with_texts_in_cells, kind="inlineStr"),
    "texts as results of formulas": partial(with_texts_in_cells, kind="str"),
    "targets from the root": replaced([BOOK_LINKS], rb'Target="', rb'Target="/xl/'),
    "no properties of the document": without_properties,
    "prefixes everywhere": prefixed([*SHEETS, BOOK, STYLES, STRINGS]),
    "prefixes in the workbook part": prefixed([BOOK]),
    "rows without numbers": replaced(SHEETS[:1], rb'(<row [^>]*?)\br="1"', rb"\1"),
    "no dimension": replaced(SHEETS, rb"<dimension[^>]*/>", b""),
    "a wrong dimension": replaced(SHEETS, rb"<dimension[^>]*/>", b'<dimension ref="A1"/>'),
    "byte order marks": lambda parts: edited(parts, ALL, lambda c: b"\xef\xbb\xbf" + c),
    "no XML declarations": replaced(ALL, rb"<\?xml[^>]*\?>\s*", b""),
    "line breaks between tags": lambda parts: edited(parts, [*SHEETS, BOOK], lambda c: c.replace(b"><", b">\r\n<")),
    "line breaks in tags": replaced(SHEETS, rb"<(row|c) ([^>]*)>", rb"<\1\n  \2>"),
    "single quotes": replaced([*SHEETS, BOOK, BOOK_LINKS], rb"""="([^"']*)\"""", rb"='\1'"),
    "comments": replaced(SHEETS, rb"</row>", b"<!-- end --></row>"),
    "words of other programs": replaced(SHEETS, rb"</worksheet>", b'<extLst><ext uri="x"/></extLst></worksheet>'),
    "attributes of other programs": replaced(SHEETS, rb"<row ", b'<row xmlns:o="urn:o" o:high="1" '),
    "a sheet called sheet.xml": renamed(SHEETS[0], "xl/worksheets/sheet.xml"),
    "a workbook part of another name": renamed(BOOK, "xl/book.xml"),
    "backslashes in names": named_by(lambda name: name.replace("/", "\\")),
    "names from the root": named_by(lambda name: f"/{name}"),
    "names in capitals": named_by(str.upper),
    "entries for folders": lambda parts: {"xl/": b"", "xl/worksheets/": b"", **parts},
    "traces of macOS": lambda parts: {**parts, "__MACOSX/._xl": b"\0\5\x16\7", ".DS_Store": b"\0\0\0\1Bud1"},
    "parts in reverse": lambda parts: dict(reversed(parts.items())),
    "no content types": lambda parts: {k: v for k, v in parts.items() if k != "[Content_Types].xml"},
    "strict": lambda parts: edited(parts, ALL, strict),
    "sizes behind the parts": written_to_a_pipe,
    "sizes behind the parts, large": partial(written_to_a_pipe, large=True),
}
ENCODINGS = {
    "UTF-16": ALL, "utf-16-le": SHEETS, "utf-16-be": [BOOK], "ISO-8859-1": SHEETS, "cp037": [STRINGS], "cp500": [BOOK],
}  # fmt: skip


def in_encoding(encoding: str, names: Iterable[str]) -> Parts:
    def recoded(content: bytes) -> bytes:
        text = re.sub(r"<\?xml[^>]*\?>", "", content.decode("utf-8"), count=1) + "<!-- \xe9 -->"
        said = f'<?xml version="1.0" encoding="{encoding}"?>'
        if encoding.lower().startswith("utf-16"):
            return (said + text).encode(encoding)
        return said.encode() + text.encode(encoding, "xmlcharrefreplace")

    return edited(PARTS, names, recoded)


def packed(content: Parts | bytes) -> bytes:
    return content if isinstance(content, bytes) else zipped(content, zipfile.ZIP_DEFLATED)


def facts(content: Parts | bytes) -> pd.DataFrame:
    return vsme_xl.read(SAMPLE, data=packed(content)).facts.drop(columns="found")


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    found = vsme_xl.read(SAMPLE).facts.drop(columns="found")
    assert len(found) > 100
    return found


@pytest.mark.parametrize("way", WAYS)
def test_a_report_written_in_another_way_gives_the_same_facts(way: str, expected: pd.DataFrame) -> None:
    changed = WAYS[way](PARTS)
    assert packed(changed) != packed(PARTS)
    pd.testing.assert_frame_equal(facts(changed), expected)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_report_in_another_encoding_is_refused_with_what_to_do(encoding: str) -> None:
    with pytest.raises(UnreadableWorkbook) as caught:
        facts(in_encoding(encoding, ENCODINGS[encoding]))
    assert caught.value.code == "encoding"
    assert caught.value.params["part"] in ENCODINGS[encoding]


def test_an_encoding_that_is_said_and_makes_no_difference_is_read(expected: pd.DataFrame) -> None:
    plain = edited(PARTS, [BOOK_LINKS], lambda c: re.sub(rb'encoding="UTF-8"', b'encoding="windows-1252"', c, count=1))
    assert plain != PARTS
    pd.testing.assert_frame_equal(facts(plain), expected)
