"""Cells that a client merged over several answers are said, and merged cells that hide nothing are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from efrag import FOLDER, needs_efrag

from vsme_xl import facts_of, new_workbook, read

SITES = [
    {"IdentifierOfSiteTypedAxis": name, "CityOfSite": city, "CountryOfSite": "DE"}
    for name, city in (("North", "Kiel"), ("South", "Ulm"))
]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = facts_of({"EntityName": "A", "Turnover": 5e6, "Currency": "EUR", "sites": SITES})
    return new_workbook(tmp_path_factory.mktemp("merged") / "a.xlsx", module="basic", answers=answers)


def merged(workbook: Path, to: Path, name: str, rows: int, columns: int) -> tuple[str, list[tuple[str, str]]]:
    """Merge so many cells from the first one of a name on; return their range and the findings about merged cells."""
    book = openpyxl.load_workbook(workbook)
    sheet, area = next(iter(book.defined_names[name].destinations))
    first = book[sheet][area.replace("$", "").split(":")[0]]
    last = first.offset(rows - 1, columns - 1)
    box = f"{first.coordinate}:{last.coordinate}"
    book[sheet].merge_cells(box)
    book.save(to)
    findings = read(to).findings
    found = findings[findings["code"] == "cells_merged"]
    return f"{sheet}!{box}", list(zip(found["name"], found["cell"] + " " + found["message"], strict=True))


def test_rows_of_a_table_that_are_merged_are_said_with_their_range(workbook: Path, tmp_path: Path) -> None:
    place, ((name, said),) = merged(workbook, tmp_path / "b.xlsx", "CityOfSite", 2, 1)
    sheet, _, box = place.partition("!")
    assert name == "CityOfSite"
    assert said.startswith(f"{sheet}!{box.split(':')[0]} ") and f"the cells {box} are merged" in said


def test_two_answers_side_by_side_that_are_merged_are_said(workbook: Path, tmp_path: Path) -> None:
    _, ((name, _),) = merged(workbook, tmp_path / "b.xlsx", "CityOfSite", 1, 2)
    assert name == "CityOfSite"


def test_merged_cells_that_hide_no_answer_are_not_said(workbook: Path, tmp_path: Path) -> None:
    assert merged(workbook, tmp_path / "b.xlsx", "Turnover", 1, 3)[1] == []
    assert "cells_merged" not in set(read(workbook).findings["code"])


@needs_efrag
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.xlsx")), ids=lambda p: p.stem)
def test_the_merged_cells_of_the_official_templates_hide_no_answer(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / path.name)
    assert "cells_merged" not in set(read(tmp_path / path.name).findings["code"])
