"""Workbooks of older versions of our own template stay readable: each keeps its mapping and a filled workbook."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from counting import Facts, counted
from rearranging import nameless, rewritten

from vsme_xl import read
from vsme_xl.input.layout import MODULES, layout
from vsme_xl.reading.landmarks import expected_names
from vsme_xl.reading.mapping import known_mappings
from vsme_xl.reading.workbook_file import open_workbook
from vsme_xl.resources import folder

STORED = sorted((Path(__file__).parent / "old_versions").glob("*.xlsx"))
OLDER = range(1, int(layout()["template"]["version"]))


def _expected(path: Path) -> Facts:
    rows: Any = json.loads(path.with_suffix(".facts.json").read_text(encoding="utf-8"))
    return Counter((n, tuple(d.items()), period, str(value), unit, row) for n, d, row, period, value, unit in rows)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_workbook_of_an_older_version_gives_the_facts_it_gave_then(path: Path) -> None:
    reading = read(path)
    assert counted(reading, "row", said=str) == _expected(path)
    assert path.name == f"vsme-xl-{_module(path)}-{reading.workbook.version}.{reading.workbook.language}.xlsx"
    assert not {"version_unknown", "names_missing", "cell_not_found"} & set(reading.findings["code"])


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_an_older_workbook_without_its_names_is_read_by_the_mapping_of_its_own_version(
    path: Path, tmp_path: Path
) -> None:
    reading = read(rewritten(path, tmp_path / "bare.xlsx", nameless))
    assert counted(reading, "row", said=str) == _expected(path)
    assert set(reading.facts["found"]) == {"found_at_place"}


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_kept_mapping_says_where_the_older_workbook_has_its_names(path: Path) -> None:
    file = open_workbook(path)
    version = file.properties["template_version"]
    kept = folder("mappings") / f"vsme-xl-{_module(path)}-{version}.yaml"
    mapping = next(m for m in known_mappings() if m.version == version and m.recognise["properties"] == _marks(path))
    assert kept.is_file()
    expected = expected_names(mapping)
    moved = {name for name, area in expected.items() if _cells(file.names[name]) != _cells(area)}
    assert moved == set()


def test_every_version_before_todays_has_its_mappings_and_a_stored_workbook() -> None:
    kept = {p.name for p in folder("mappings").glob("vsme-xl-*.yaml")}
    assert kept == {f"vsme-xl-{m}{v}.yaml" for m in MODULES for v in ("", *(f"-{number}" for number in OLDER))}
    assert {p.name.split("-")[3].split(".")[0] for p in STORED} == {str(number) for number in OLDER}


def _cells(area: Any) -> tuple[int, ...]:
    return area.first_row, area.first_column, area.last_row, area.last_column


def _module(path: Path) -> str:
    return path.name.split("-")[2]


def _marks(path: Path) -> dict[str, str]:
    return {"template": "vsme-xl", "module": _module(path)}
