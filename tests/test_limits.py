"""Files made to exhaust whoever reads them are refused, or read, before they take time or memory."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

import hostile_files as hostile
import pytest
from click.testing import CliRunner
from test_old_files import number, old_workbook

import vsme_xl
from vsme_xl.cli import main
from vsme_xl.language import languages
from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.limits import (
    Opening,
    ReadingLimits,
    UnknownLimit,
    changed_limits,
    limit_names,
    limits_of,
    option_name,
)
from vsme_xl.reading.refusal import UnreadableWorkbook, refusal_text
from vsme_xl.reading.workbook_file import open_workbook

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
PROBE = Path(__file__).with_name("limits_probe.py")
MOST_SECONDS = 20
"""Of CPU: far above the two seconds that it takes, and far below what it took cell by cell."""
MOST_MEMORY = 300_000_000
WATCHDOG = 60.0
"""Seconds after which a file counts as one that hangs the reader; how fast they are is measured in benchmarks."""
NAMED = {
    "a zip bomb": "unpacked-bytes",
    "a million parts": "zip-entries",
    "a sheet as far as XFD1048576": "sheet-rows",
    "a million names": "defined-names",
    "a text of 32 MB": "text-length",
    "a shared text of 32 MB": "text-length",
    "a text of 30 MB in pieces": "text-length",
    "a text of 30 MB in pieces, in the cell": "text-length",
    "a text that a hundred thousand cells share": "text-total",
    "a million shared strings": "shared-strings",
    "a million styles": "xml-elements",
    "four million cells": "cells",
    "an .ods with a value in every row": "sheet-rows",
    "an .ods with one text in many cells": "text-total",
    "an .ods with a text of 32 MB": "text-length",
    "an .ods with two billion blanks in a text": "text-length",
    "an .ods with a thousand texts of many blanks": "text-total",
    "an .ods with a million rows": "xml-elements",
}
READ = {
    "a sheet that claims to be as far as XFD1048576",
    "a sheet nested a million deep",
    "a text nested a million deep",
}
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="memory is measured in copies of a process")


@pytest.fixture(scope="module")
def probe() -> Iterator[Callable[[Path], dict[str, Any]]]:
    """A process that opens workbooks and says what it took."""
    with subprocess.Popen(
        [sys.executable, str(PROBE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        stdin, stdout = process.stdin, process.stdout

        def ask(path: Path) -> dict[str, Any]:
            stdin.write(f"{path}\n")
            stdin.flush()
            ready, _, _ = select([stdout], [], [], WATCHDOG)
            if not ready:
                process.kill()
                pytest.fail(f"{path.name} hangs the reader")
            result: dict[str, Any] = json.loads(stdout.readline())
            return result

        yield ask
        stdin.close()


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_a_file_made_to_exhaust_the_reader_takes_little_memory_and_ends(
    name: str, probe: Callable[[Path], dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(hostile.HOSTILE[name]())
    result = probe(path)
    path.unlink()
    assert result["bytes"] < MOST_MEMORY
    assert result["code"] in {"too_large", "sheet_too_large", "damaged", "unsafe_xml", "bad_reference", "read"}
    assert (result["code"] == "read") == (name in READ)
    if name in NAMED:
        assert result["params"]["limit"] == NAMED[name]


def test_the_plain_workbooks_that_the_hostile_ones_are_made_of_are_read(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(hostile.workbook())
    assert open_workbook(path).sheet("Data").value(0, 0) == 1.0
    path.write_bytes(hostile.open_document(f"<table:table-row>{hostile.text_cell('a')}</table:table-row>"))
    assert open_workbook(path).sheet("Data").value(0, 0) == "a"


def deep(levels: int) -> bytes:
    return hostile.workbook(**hostile.with_names("<a>" * levels + "</a>" * levels))


def packed(content: str) -> bytes:
    parts = {**hostile.PARTS, hostile.SHEET: hostile.sheet(hostile.ONE_CELL + content)}
    return hostile.zipped(parts, zipfile.ZIP_DEFLATED)


def with_parts(count: int) -> bytes:
    return hostile.workbook(**{f"part{n}": b"" for n in range(count)})


def columns(count: int) -> str:
    return '<row r="1">' + "".join(f"<c><v>{n}</v></c>" for n in range(count)) + "</row>"


JUST_BEYOND: dict[str, tuple[int, bytes]] = {
    "file_bytes": (2_000, hostile.workbook()),
    "zip_entries": (10, with_parts(10)),
    "unpacked_bytes": (5_000, hostile.workbook(**{"media": b"x" * 5_000})),
    "part_bytes": (1_000, hostile.workbook(inline_text := hostile.inline("a" * 1_000))),
    "xls_bytes": (4_000, file_around(old_workbook(number(0, 0)))),
    "compression_ratio": (100, packed('<row r="2"/>' * 200_000)),
    "xml_elements": (50, deep(40)),
    "xml_depth": (30, deep(40)),
    "sheet_rows": (9, hostile.workbook('<row r="10"><c r="A10"><v>1</v></c></row>')),
    "sheet_columns": (9, hostile.workbook(columns(10))),
    "cells": (9, hostile.workbook(columns(10))),
    "shared_strings": (2, hostile.workbook(**hostile.strings("<si><t>a</t></si>" * 3))),
    "shared_string_bytes": (150, hostile.workbook(**hostile.strings("<si><t>a</t></si>" * 30))),
    "text_length": (900, hostile.workbook(inline_text)),
    "text_total": (
        2_000_000,
        hostile.workbook(hostile.cells_of_text(1_000), **hostile.strings(f"<si><t>{'a' * 2_500}</t></si>")),
    ),
    "password_rounds": (99_999, hostile.structure_protected(b"x" * 5_000)),
    "answers": (50, SAMPLE.read_bytes()),
    "defined_names": (2, hostile.workbook(**hostile.with_names('<definedName name="A">1</definedName>' * 3))),
}  # fmt: skip


def test_there_is_a_case_for_every_limit() -> None:
    assert set(JUST_BEYOND) == set(limit_names())


@pytest.mark.parametrize("name", JUST_BEYOND)
def test_what_is_refused_by_a_limit_is_read_with_a_higher_one_and_the_message_says_how(
    name: str, tmp_path: Path
) -> None:
    limit, content = JUST_BEYOND[name]
    path = tmp_path / "r.xlsx"
    path.write_bytes(content)
    result = CliRunner().invoke(main, ["facts", str(path), "--limit", f"{option_name(name)}={limit}"])
    assert result.exit_code == 3
    assert f"--limit {option_name(name)}=" in result.stderr
    assert f"{limit:,}" in result.stderr or str(limit) in result.stderr
    suggested = result.stderr.partition("--limit ")[2].split()[0].rstrip(".")
    with pytest.raises(UnreadableWorkbook) as caught:
        read_all(path, limits_of([f"{name}={limit}"]))
    assert caught.value.params["limit"] == option_name(name)
    assert int(caught.value.params["found"]) > limit
    read_all(path, limits_of([suggested if name != "answers" else "answers=1k"]))  # which are counted up to the limit


def read_all(path: Path, limits: ReadingLimits) -> None:
    book = open_workbook(path, opening=Opening(limits))
    for sheet in book.sheet_names:
        book.sheet(sheet)
    with suppress_unknown():
        vsme_xl.read(path, opening=Opening(limits))


@contextmanager
def suppress_unknown() -> Iterator[None]:
    """Let a workbook of no known kind pass."""
    try:
        yield
    except UnreadableWorkbook as error:
        if error.code != "unknown_template":
            raise


def pointing(cells: str, rows: str = "") -> bytes:
    """Return a report of ours in which every name leads to the same cells, with more rows in its first sheets."""
    with zipfile.ZipFile(SAMPLE) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")][:6]:
        parts[name] = parts[name].replace(b"</sheetData>", f"{rows}</sheetData>".encode())
    names = re.compile(rb'(<definedName name="[^"]*"[^>]*>[^<!]*!)[^<]*<')
    parts[hostile.BOOK] = names.sub(rb"\1" + cells.encode() + b"<", parts[hostile.BOOK])
    return hostile.zipped(parts, zipfile.ZIP_DEFLATED)


UNCALCULATED = "".join(f'<row r="{n}"><c r="A{n}"><f>{n}*{n * 7919 % 9973}</f></c></row>' for n in range(2_000, 22_000))


@pytest.mark.parametrize(
    ("cells", "rows", "limit"),
    [("$A$1:$XFD$1048576", "", ""), ("$B$1:$B$1048576", "", ""), ("$A$1:$C$22000", UNCALCULATED, "answers")],
    ids=["whole sheets", "whole columns", "thousands of formulas that were never computed"],
)
def test_names_that_all_lead_to_many_cells_take_no_time(cells: str, rows: str, limit: str, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(pointing(cells, rows))
    began, found = time.process_time(), ""
    try:
        vsme_xl.read(path)
    except UnreadableWorkbook as error:
        found = error.params["limit"]
    assert found == limit
    assert time.process_time() - began < MOST_SECONDS


def test_the_cells_of_all_sheets_count_together(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for sheet in range(3):
        book.create_sheet(f"S{sheet}").append(list(range(10)))
    path = tmp_path / "r.xlsx"
    book.save(path)
    read_all(path, limits_of(["cells=31"]))
    with pytest.raises(UnreadableWorkbook) as caught:
        read_all(path, limits_of(["cells=29"]))
    assert caught.value.params["sheet"] == "S2"


def test_limits_are_written_as_people_write_amounts() -> None:
    assert limits_of(["cells=5M", "File-Bytes = 300m", "xml_depth=70k"]) == ReadingLimits(
        cells=5_000_000, file_bytes=300_000_000, xml_depth=70_000
    )
    assert changed_limits(limits_of(["cells=5"])) == {"cells": 5}
    for wrong in ("cells", "cells=", "cells=-1", "cells=0", "cells=1T", "cell=5", "=5", f"cells={'9' * 5000}"):
        with pytest.raises(UnknownLimit):
            limits_of([wrong])


def test_a_wrong_limit_is_wrong_usage_and_the_message_names_the_right_ones() -> None:
    result = CliRunner().invoke(main, ["check", "r.xlsx", "--limit", "rows=5"])
    assert result.exit_code == 2
    assert "sheet-rows" in result.stderr


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", limit_names())
def test_every_limit_has_words_in_every_language(language: str, name: str) -> None:
    with pytest.raises(UnreadableWorkbook) as caught:
        ReadingLimits().refuse(name, 12_345_678, "r.xlsx", sheet="S", cell="B7")
    text = refusal_text(caught.value, language)
    assert f"--limit {option_name(name)}=13M" in text
    assert "{" not in text


def test_a_batch_takes_limits_and_tries_again_what_they_refused(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    buffer = io.BytesIO(hostile.workbook(columns(3_000)))
    (folder / "wide.xlsx").write_bytes(buffer.getvalue())
    first = CliRunner().invoke(main, ["batch", str(folder), str(tmp_path / "out"), "--workers", "1"])
    assert "--limit sheet-columns=3k" in first.stderr
    again = CliRunner().invoke(
        main, ["batch", str(folder), str(tmp_path / "out"), "--workers", "1", "--limit", "sheet-columns=3k"]
    )
    assert "sheet-columns" not in again.stderr
    assert "not a workbook of a known kind" in again.stderr
