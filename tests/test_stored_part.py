"""The zip that values are read from, in which the shared texts are stored as they were unpacked and checked."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from vsme_xl.reading import stored_part
from vsme_xl.reading.limits import DEFAULT_LIMITS
from vsme_xl.reading.stored_part import with_stored
from vsme_xl.reading.workbook_parts import open_package, read_part

STRINGS = "xl/sharedStrings.xml"
SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"


def stored(data: bytes) -> bytes:
    package = open_package(data, "a.xlsx", DEFAULT_LIMITS)
    return with_stored(package, STRINGS, read_part(package, STRINGS) or b"")


def test_every_part_of_a_zip_is_the_same_after_one_was_stored() -> None:
    data = SAMPLE.read_bytes()
    before, after = (zipfile.ZipFile(io.BytesIO(content)) for content in (data, stored(data)))
    assert after.testzip() is None
    assert after.namelist() == before.namelist()
    assert all(after.read(name) == before.read(name) for name in before.namelist())
    assert after.getinfo(STRINGS).compress_type == zipfile.ZIP_STORED


def test_calamine_and_openpyxl_read_the_same_values_from_it() -> None:
    data = SAMPLE.read_bytes()
    ours, theirs = CalamineWorkbook.from_filelike(io.BytesIO(stored(data))), openpyxl.load_workbook(io.BytesIO(data))
    assert ours.sheet_names == theirs.sheetnames
    before = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in ours.sheet_names:
        assert ours.get_sheet_by_name(name).to_python() == before.get_sheet_by_name(name).to_python()
    again = openpyxl.load_workbook(io.BytesIO(stored(data)))
    assert [[c.value for c in row] for row in again.worksheets[0]] == [
        [c.value for c in row] for row in theirs.worksheets[0]
    ]


def test_a_part_whose_size_follows_behind_it_is_stored_as_well() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    out = Unseekable()
    with zipfile.ZipFile(SAMPLE) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in archive.namelist():
            written.writestr(name, archive.read(name))
    after = zipfile.ZipFile(io.BytesIO(stored(out.getvalue())))
    assert after.testzip() is None and after.getinfo(STRINGS).compress_type == zipfile.ZIP_STORED


def test_what_is_too_large_to_be_held_twice_stays_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_part, "MOST_BYTES", 100)
    assert stored(SAMPLE.read_bytes()) == SAMPLE.read_bytes()
