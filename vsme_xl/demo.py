"""Write a blank workbook, a filled one of an invented company, and its results: a first look at the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vsme_xl.answers import facts_of
from vsme_xl.computing import compute
from vsme_xl.edition import read_yaml
from vsme_xl.files import make_folder
from vsme_xl.input.workbook import new_workbook
from vsme_xl.reading.read_workbook import read
from vsme_xl.resources import folder as data
from vsme_xl.results.workbook import write_results


def write_demo(folder: Path, language: str = "en") -> Iterator[tuple[Path, str]]:
    """Write the three workbooks in a language to `folder` and yield each path with the key of what it is."""
    make_folder(folder)
    blank, filled, results = (folder / n for n in ("blank.xlsx", "filled.xlsx", "filled-results.xlsx"))
    new_workbook(blank, language=language, force=True)
    yield blank, "command.demo_blank"
    company = read_yaml(data("sample_inputs") / "companies" / "manufacturer.yaml")
    new_workbook(filled, module=company["module"], answers=facts_of(company["answers"]), language=language, force=True)
    yield filled, "command.demo_filled"
    reading = read(filled)
    computed = compute(reading.facts, {filled.name: reading.workbook.language}, workbooks=(filled.name,))
    write_results(computed, results, meta=reading.workbook.as_dict(), language=reading.workbook.language)
    yield results, "command.demo_results"
