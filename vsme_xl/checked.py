"""Give out what a check found for programs: how complete each disclosure is, then the findings; as JSON, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from vsme_xl.completeness import mark_of
from vsme_xl.disclosures import Disclosure, gap_cells
from vsme_xl.edition import load_edition
from vsme_xl.language import Language, load_language

COLUMNS = ("record", "severity", "code", "disclosure", "name", "cell", "message", "fix")


def title_of(line: Disclosure, texts: Language) -> str:
    """Return the title of a disclosure; what belongs to none has a title of its own."""
    return texts.text(f"input.disclosures.{line.mark}") if line.mark else texts.text("command.general")


def why(line: Disclosure, texts: Language) -> str:
    """Return the answers that make a disclosure not applicable, each once; blanks decide nothing."""
    if line.status != "not_applicable":
        return ""
    answers = [part for _, answer in line.reasons for part in answer.split("; ")]
    blank = f": {texts.text('words.blank')}"
    return "; ".join(dict.fromkeys(a for a in answers if not a.endswith(blank)))


def json_completeness(
    report: Iterable[Disclosure], places: Mapping[str, str], language: str
) -> list[dict[str, Any]]:
    """Return how complete each disclosure is as JSON objects, with what is missing in which cells, or why it is not."""
    texts = load_language(language)
    return [
        {
            "disclosure": line.mark or None, "title": title_of(line, texts), "status": line.status,
            "answered": line.answered,
            "missing": [
                {"concept": name, "label": texts.label(name), "cells": list(gap_cells(name, rows, places))}
                for name, rows in line.gaps
            ],
            "reasons": [{"rule": rule, "answer": answer} for rule, answer in line.reasons],
        }
        for line in report
    ]  # fmt: skip


def check_rows(
    findings: pd.DataFrame, report: Iterable[Disclosure], places: Mapping[str, str], language: str
) -> Iterator[tuple[str, ...]]:
    """Yield rows of texts with the columns COLUMNS: a record "completeness" per disclosure, a "finding" each.

    The code of completeness is the status; its message names what is missing or why the disclosure does not apply.
    """
    texts, edition = load_language(language), load_edition()
    for line in report:
        missing = "; ".join(texts.label(name) for name, _ in line.gaps)
        cells = "; ".join(cell for gap in line.gaps for cell in gap_cells(*gap, places))
        yield "completeness", "", line.status, line.mark, "", cells, missing or why(line, texts), ""
    for f in findings.itertuples(index=False):
        d = edition.datapoints.get(str(f.name))
        mark = mark_of(edition.sections[d.section], d) if d else ""
        yield "finding", str(f.severity), str(f.code), mark, str(f.name), str(f.cell), str(f.message), str(f.fix)
