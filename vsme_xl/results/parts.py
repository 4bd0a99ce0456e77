"""Write what a results workbook has besides its sheets fast: defined names, the texts that cells share, and the zip.

The XML is what XlsxWriter writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO, StringIO
from types import SimpleNamespace
from typing import Any
from weakref import proxy
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.workbook import Workbook

from vsme_xl.cell_text import as_stored
from vsme_xl.results.cells import escaped, part_in
from vsme_xl.results.format import LONGEST_LABEL, done

COMPRESSION = 2
EPOCH = (1980, 1, 1, 0, 0, 0)


def define_names(workbook: Any, names: Mapping[str, str]) -> None:
    """Define names for the whole workbook, each with what it refers to; RuntimeError where Excel takes one for none."""
    for name in names:
        done(_refused(name))
    workbook.defined_names += [[name, -1, place, False] for name, place in names.items()]


@lru_cache(maxsize=4096)
def _refused(name: str) -> int:
    """Return what XlsxWriter says of a name: 0, or a negative number where Excel would not take it."""
    code: int = Workbook.define_name(SimpleNamespace(defined_names=[]), name, "")
    return code


def fast_parts(workbook: Any, content: BytesIO) -> None:
    """Let a workbook write its parts into `content` fast, and nothing to where it would itself.

    The texts that cells share are mostly labels, the same in every workbook.
    """
    texts = workbook.str_table
    texts._sort_string_data = lambda: None  # they are in order as they are

    def packager() -> Any:
        made = Packager()
        own = proxy(made)
        made._write_shared_strings_file = lambda: _write_texts(texts, own)
        made._create_package = lambda: _write_parts(Packager._create_package(own), content)
        return made

    workbook._get_packager = packager
    of_workbook = proxy(workbook)
    workbook._write_defined_name = lambda name: _write_defined_name(of_workbook, name)


def close(workbook: Any) -> None:
    """Write a workbook, and take its sheets from it: they refer to it, so that both would wait for the collector."""
    workbook.close()
    workbook.worksheets_objs.clear()
    workbook.sheetnames.clear()


def _write_parts(parts: list[tuple[StringIO | BytesIO, str, bool]], content: BytesIO) -> list[Any]:
    """Write the parts as XlsxWriter would, but compressed in half the time; return those that are left: none."""
    with ZipFile(content, "w") as archive:
        for part, name, _ in parts:
            written = part.getvalue()
            data = written if isinstance(written, bytes) else written.encode()
            archive.writestr(ZipInfo(name, EPOCH), data, ZIP_DEFLATED, COMPRESSION)
    return []


def _write_defined_name(workbook: Any, name: tuple[str, int, str, bool]) -> None:
    if name[1] == -1:  # of the whole workbook: nearly all
        workbook.fh.write(f'<definedName name="{name[0]}">{escaped(as_stored(name[2]))}</definedName>')
    else:
        Workbook._write_defined_name(workbook, name)


def _write_texts(table: Any, packager: Any) -> None:
    if table.count:
        part = part_in(SharedStrings(), packager._filename("xl/sharedStrings.xml"))
        table.unique_count = len(table.string_table)
        part.string_table, own = table, proxy(part)
        part._write_sst_strings = lambda: own.fh.write("".join(map(_item, table.string_table)))
        part._assemble_xml_file()


def _item(text: str) -> str:
    return _item_of_label(text) if len(text) <= LONGEST_LABEL else _written_item(text)


@lru_cache(maxsize=8192)
def _item_of_label(text: str) -> str:
    return _written_item(text)


def _written_item(text: str) -> str:
    if text.isprintable() and text == text.strip() and "_x" not in text and not text.startswith("<r>"):
        return f"<si><t>{escaped(text)}</t></si>"
    part = part_in(SharedStrings(), StringIO())
    part._write_si(text)
    written: str = part.fh.getvalue()
    return written
