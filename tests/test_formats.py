"""The same workbook gives the same facts in every format; what a format loses is a finding, never a fact."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from efrag import FOLDER
from rearranging import converted, needs_libreoffice

from vsme_xl import read
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
OFFICIAL = [FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx" for version in ("1.1.1", "1.2.0")]


def _facts(reading: Reading) -> Counter[tuple[object, ...]]:
    facts: Any = reading.facts
    return Counter(
        (f.name, f.dimensions, f.period, f"{f.value:.12g}" if isinstance(f.value, float) else str(f.value), f.unit)
        for f in facts.itertuples()
    )


@needs_libreoffice
def test_names_of_an_xls_are_those_of_the_xlsx(tmp_path: Path) -> None:
    sample = SAMPLES / "manufacturer.xlsx"
    old = open_workbook(converted(sample, "xls", tmp_path, tmp_path / "profile"))
    names = open_workbook(sample).names
    assert {name: area for name, area in old.names.items() if name in names} == {
        name: area for name, area in names.items() if name in old.names
    }
    assert {"Turnover", "Waste_Key"} & set(names) <= set(old.names)


@pytest.mark.parametrize("ending", ["xlsm", "xltx"])
def test_the_ending_of_the_file_name_does_not_matter(ending: str, tmp_path: Path) -> None:
    sample = SAMPLES / "cooperative.xlsx"
    shutil.copy(sample, tmp_path / f"copy.{ending}")
    assert _facts(read(tmp_path / f"copy.{ending}")) == _facts(read(sample))


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
