"""LibreOffice works out every formula of the samples in German, Danish and Swedish, and of their results, anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from rearranging import needs_libreoffice
from recalculation import all_recalculated, differences_between, formula_values

from vsme_xl import compute, read, write_results

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.??.xlsx"))
pytestmark = needs_libreoffice


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """Return each sample and its results workbook with its recalculated copy."""
    folder = tmp_path_factory.mktemp("again")
    files = []
    for name in NAMES:
        reading = read(SAMPLES / f"{name}.xlsx")
        about = reading.workbook
        computed = compute(
            reading.facts, {about.file: about.language}, workbooks=(about.file,), findings=reading.findings
        )
        results = folder / f"{name}-results.xlsx"
        write_results(computed, results, meta=about.as_dict(), language=about.language)
        files += [SAMPLES / f"{name}.xlsx", results]
    return all_recalculated(files, folder)


@pytest.mark.parametrize("name", NAMES)
def test_the_live_values_of_a_sample_are_those_stored_in_it(name: str, again: dict[Path, Path]) -> None:
    path = SAMPLES / f"{name}.xlsx"
    assert len(formula_values(path)) > 2000
    assert differences_between(path, again[path]) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_formulas_of_its_results_give_the_values_stored_with_them(name: str, again: dict[Path, Path]) -> None:
    (path,) = (path for path in again if path.name == f"{name}-results.xlsx")
    assert len(formula_values(path)) > 200
    assert differences_between(path, again[path]) == []
