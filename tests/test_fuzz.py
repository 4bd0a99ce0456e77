"""Damaged workbooks never end in an exception, a hang or a value that is not there."""

from __future__ import annotations

import signal

import fuzz
import hostile_files as hostile
import pytest

from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

SEED, MUTANTS = 1, 2_500


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="the watchdog needs alarms")
def test_mutants_are_refused_or_read_as_they_are() -> None:
    assert list(fuzz.faults(MUTANTS, SEED)) == []


@pytest.mark.parametrize("index", ["h", "", "-1", "0.5", "1e0"])
def test_a_shared_text_named_by_no_number_is_damage_and_not_the_first_text(index: str) -> None:
    data = hostile.workbook(
        f'<row r="1"><c r="A1" t="s"><v>{index}</v></c></row>', **hostile.strings("<si><t>first</t></si>")
    )
    with pytest.raises(UnreadableWorkbook):
        open_workbook("r.xlsx", data).sheet("Data")


def test_the_workbook_that_is_damaged_is_read_whole() -> None:
    assert len(fuzz.values_of(fuzz.small_workbook())) > 10
