"""The benchmarks measure what they say: the floor writes the same workbook, and time and memory are those of a run."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def test_the_calls_of_the_floor_write_the_same_workbook_as_was_recorded(tmp_path: Path) -> None:
    from floor import floor_of

    read, write = floor_of(ROOT / "sample_inputs" / "consultancy.xlsx", tmp_path, rounds=1)
    assert read > 0 and write > 0
    ours, bare = (ZipFile(tmp_path / f"consultancy{name}.xlsx") for name in ("", "-floor"))
    with ours, bare:  # ours is compressed less
        assert ours.namelist() == bare.namelist()
        assert [ours.read(name) for name in ours.namelist()] == [bare.read(name) for name in bare.namelist()]


def test_workbooks_to_measure_are_distinct_and_the_same_every_time() -> None:
    from clients import base_of, clients

    base = base_of(ROOT / "sample_inputs" / "consultancy.xlsx")
    first, again = (dict(clients([base], range(8, 11))) for _ in range(2))
    assert len(first) == len(set(first.values())) == 3
    assert first == again


def test_time_per_file_and_memory_are_taken_over_the_stretch_that_is_asked_for() -> None:
    from measured import Measured, Sample

    samples = tuple(Sample(float(t), 2.0 * t, 50.0 + t, {7: 100.0 + t}) for t in range(11))
    measured = Measured(10.0, 2.0, (3.0, 4.0, 6.0, 8.0), 0, samples)
    assert measured.stretch(0, 1) == (1.5, 3.0)
    assert measured.stretch(0.5, 1) == (2.0, 4.0)
    assert (measured.per_file_phase, measured.afterwards) == (6.0, 2.0)
    assert (measured.parent, measured.worker, measured.cpu) == (60.0, 110.0, 20.0)
