"""Any content in the cells of workbooks that are not ours: each cell gives a fact of its kind, or a finding."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

import pytest
from efrag import FOLDER, needs_efrag
from filling import Value, filled
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from test_fuzz_workbook import CONTENTS, is_blank

import vsme_xl
from vsme_xl.edition import load_edition
from vsme_xl.reading.sheet_scan import column_number
from vsme_xl.reading.workbook_file import open_workbook

QUESTIONNAIRE = Path(__file__).parents[1] / "sample_inputs" / "questionnaire" / "questionnaire.xlsx"
OFFICIAL = FOLDER / "VSME-Digital-Template-1.3.0.xlsx"
TYPES = {"boolean": bool, "enumeration": str, "enumeration_set": str, "text": str, "textblock": str, "date": str}
# What this questionnaire calls its answers, units and codes, and what no kind of cell asks for.
WORDS = st.sampled_from(
    ["zutreffend", "nicht zutreffend", "GmbH", "Österreich", "Strom", "Erdgas", "Liter", "TRUE", "Yes", "ja", "kWh",
     "28 %", "DE; AT", "2025-12-31", "2025", "x", "\u2713", "#N/A"]
)  # fmt: skip
any_cells = settings(
    max_examples=12, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@cache
def places(path: Path) -> dict[str, str]:
    """Return the cell of each datapoint that is asked for in a cell that is no formula and makes no row of a table.

    A row of which nothing but its name is said is none (the official templates number theirs), and fuels are read where
    the ledger uses them.
    """
    book, points = open_workbook(path), load_edition().datapoints
    keys = {table.axis for table in load_edition().tables.values()}

    def is_formula(place: str) -> bool:
        sheet, _, address = place.rpartition("!")
        match = re.fullmatch(r"([A-Z]+)(\d+)", address)
        assert match
        return book.sheet(sheet).is_formula(int(match[2]) - 1, column_number(match[1]) - 1)

    asked = vsme_xl.read(path, mapping_of(path)).places
    return {
        name: place for name, place in asked.items()
        if name not in keys and points[name].table != "fuels" and not is_formula(place)
    }  # fmt: skip


def mapping_of(path: Path) -> Path | None:
    mapping = path.with_suffix(".yaml")
    return mapping if mapping.exists() else None


def cells_hold_facts_or_findings(path: Path, data: st.DataObject, share: float = 0.7) -> None:
    """Read the workbook with anything in a share of its cells, compute, and check what is said of each of them."""
    points, asked = load_edition().datapoints, places(path)
    some = int(len(asked) * share)
    names = data.draw(st.lists(st.sampled_from(sorted(asked)), min_size=some, max_size=some, unique=True))
    contents: dict[str, Value] = {asked[name]: data.draw(CONTENTS | WORDS) for name in names}
    cells: dict[str, dict[str, Value]] = {}
    for place, content in contents.items():
        sheet, _, address = place.rpartition("!")
        cells.setdefault(sheet, {})[address] = content
    with tempfile.TemporaryDirectory() as folder:
        reading = vsme_xl.read(filled(path, Path(folder) / "r.xlsx", cells), mapping_of(path))
    told = {*reading.findings["cell"], *reading.facts["source"]}
    silent = [(place, content) for place, content in contents.items() if place not in told and not is_blank(content)]
    assert [one for one in silent if one[1] is not False] == []  # a box that is not ticked
    for name, value in zip(reading.facts["name"], reading.facts["value"], strict=True):
        assert isinstance(value, TYPES.get(points[name].kind, int | float)), (name, value)
    vsme_xl.compute(reading.facts, findings=reading.findings)


@pytest.mark.parametrize("path", [QUESTIONNAIRE, pytest.param(OFFICIAL, marks=needs_efrag)], ids=lambda path: path.stem)
def test_the_cells_are_of_every_kind(path: Path) -> None:
    kinds = {load_edition().datapoints[name].kind for name in places(path)}
    assert kinds >= {"money", "mass", "volume", "area", "number", "text", "boolean", "enumeration", "enumeration_set"}
    only_there = {"emissions", "energy", "year", "textblock"} if path == OFFICIAL else {"date"}
    assert kinds >= only_there


@seed(1)
@any_cells
@given(data=st.data())
def test_any_content_of_a_questionnaire_is_a_fact_or_a_finding(data: st.DataObject) -> None:
    cells_hold_facts_or_findings(QUESTIONNAIRE, data)


@needs_efrag
@seed(1)
@any_cells
@given(data=st.data())
def test_any_content_of_the_official_template_is_a_fact_or_a_finding(data: st.DataObject) -> None:
    cells_hold_facts_or_findings(OFFICIAL, data)
