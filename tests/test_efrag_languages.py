"""The official template is read alike in every language it offers, with its names and without them."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from counting import Facts, counted
from efrag import FOLDER, ROWS_INSERTED, needs_efrag
from efrag_everything import everything
from filling import filled
from rearranging import nameless, needs_libreoffice, renamed, reordered, rewritten, rows_inserted
from translating import languages_of, translated

from vsme_xl import read
from vsme_xl.reading.landmarks import recorded_codes
from vsme_xl.reading.mapping import known_mappings
from vsme_xl.reading.meaning import Wording, code_of
from vsme_xl.reading.workbook_file import open_workbook

pytestmark = needs_efrag
NEWEST = FOLDER / "VSME-Digital-Template-1.3.0.xlsx"
OLDER = ("1.1.0", "1.1.1", "1.2.0")
OFFERED = languages_of(NEWEST) if NEWEST.exists() else []
EVERY = [("1.3.0", language) for language in OFFERED]
EVERY += [("1.1.0", "lt"), ("1.1.1", "fr"), ("1.1.1", "it"), ("1.2.0", "da"), ("1.2.0", "it"), ("1.2.0", "ga")]
EVERY += [(version, language) for version in OLDER for language in ("pl", "es")]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Facts]]:
    """Return for each version a workbook with every cell filled, in English, and its facts."""
    found = {}
    for version in (*OLDER, "1.3.0"):
        template = FOLDER / f"VSME-Digital-Template-{version}.xlsx"
        path = filled(template, tmp_path_factory.mktemp("full") / f"{version}.xlsx", everything(template, 1).cells)
        found[version] = (path, counted(read(path)))
    return found


@pytest.mark.parametrize(("version", "language"), EVERY)
def test_a_template_says_the_same_in_every_language(
    version: str, language: str, full: dict[str, tuple[Path, Facts]], tmp_path: Path
) -> None:
    path, facts = full[version]
    switched = translated(path, tmp_path / "switched.xlsx", language)
    reading = read(switched)
    assert counted(reading) == facts
    assert len(reading.findings) == 0
    bare = read(rewritten(switched, tmp_path / "bare.xlsx", nameless, renamed, reordered))
    assert counted(bare) == facts
    assert bare.findings["code"].tolist() == ["names_missing"]


@pytest.mark.parametrize("version", ["1.2.0", "1.3.0"])
def test_disclosures_that_are_omitted_or_unchanged_are_known_in_every_language(version: str) -> None:
    """Danish B7 and Italian B6 differ from a part of them in nothing but their spaces."""
    mapping = next(m for m in known_mappings() if (m.kind, m.version) == ("efrag", version))
    wording = Wording("en", mapping.readings, frozenset, partial(recorded_codes, mapping))
    grid = open_workbook(FOLDER / f"VSME-Digital-Template-{version}.xlsx").sheet("Translations")
    label = re.compile(r"template_label_[bc]\d\d?_.*_validation")
    rows = [n for n in range(grid.n_rows) if label.fullmatch(str(grid.value(n, 0)))]
    languages = [column for column in range(2, grid.n_columns) if grid.value(1, column)]
    members = {row: code_of(grid.value(row, 2), "disclosure", wording).value for row in rows}
    assert len(rows) >= 20
    for row, member in members.items():
        for column in languages:
            said = grid.value(row, column)
            assert member is not None
            assert code_of(said, "disclosure", wording).value == member, said


@needs_libreoffice
def test_rows_inserted_into_a_translated_template_are_followed_without_names(
    full: dict[str, tuple[Path, Facts]], tmp_path: Path
) -> None:
    path, facts = full["1.3.0"]
    switched = translated(path, tmp_path / "switched.xlsx", "de")
    longer = rows_inserted(switched, tmp_path / "longer.xlsx", ROWS_INSERTED, tmp_path / "profile")
    assert counted(read(longer)) == facts
    bare = counted(read(rewritten(longer, tmp_path / "bare.xlsx", nameless, renamed, reordered)))
    assert (facts & bare).total() >= 0.98 * facts.total()
    assert bare - facts == Counter()
