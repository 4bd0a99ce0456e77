"""Move the answers of a workbook into another of the same year: today's template, another language or module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from vsme_xl import units
from vsme_xl.carrying.left import has_cell, has_previous, left_behind, shown_fact, without_cell
from vsme_xl.carrying.next_year import Carried
from vsme_xl.carrying.rows import Fact, close_up, frame, records, row_of, with_practices, with_units
from vsme_xl.carrying.source import Source
from vsme_xl.computing import compute
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.findings import Finding, findings_frame
from vsme_xl.input.layout import Placement, placement
from vsme_xl.language import Language, load_language
from vsme_xl.reading.read_workbook import read
from vsme_xl.store import UNIT_DIMENSION

Key = tuple[str, int, str]
LONGEST = 300


def moved(source: Source, module: str, language: str) -> Carried:
    """Return the answers of a workbook for another one of a module, and what the other one has no cell for.

    `left` holds findings (columns FINDING_COLUMNS), in `language`.
    """
    place = placement(module)
    facts = records(source.answers)
    stays = [fact for fact in facts if _fits(fact, place)]
    lost = [without_cell(fact) for fact in facts if not _fits(fact, place)]
    name = source.info.file
    lost += [Finding(name, "not_carried_sheet", shown={"text": sheet}) for sheet in source.own_sheets]
    lost += [_left(name, "not_carried_comment", *comment) for comment in source.comments]
    lost += [_left(name, "not_carried_text", *text) for text in source.beside]
    answers = frame(close_up(with_units(with_practices(stays))))
    notes = (*source.notes, *_footnotes(facts, language))
    return Carried(answers, frozenset(), left_behind([source], lost, language), notes)


def _left(name: str, code: str, cell: str, text: str) -> Finding:
    line = " ".join(text.split())
    return Finding(name, code, cell=cell, shown={"text": line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"})


def _footnotes(facts: list[Fact], language: str) -> Iterator[tuple[str, ...]]:
    """Yield the footnotes of facts as rows of the sheet of notes: the label of the figure, its key, and the text."""
    words = load_language(language)
    for label, note in dict.fromkeys((_label(fact, words), str(fact["note"])) for fact in facts if fact["note"]):
        yield (label, note, "", "")


def _label(fact: Fact, words: Language) -> str:
    d = load_edition().datapoints[str(fact["name"])]
    keys = [str(key) for _, key in fact["dimensions"]] if d.table else []  # type: ignore[attr-defined]
    return ": ".join([words.label(d.name), *keys])


def _fits(fact: Fact, place: Placement) -> bool:
    name = str(fact["name"])
    return has_cell(name, place) if fact["period"] == "current" else has_previous(name, place)


def changed(path: Path, carried: Carried, source: Source, language: str) -> pd.DataFrame:
    """Return a finding (columns FINDING_COLUMNS) for each answer that the new workbook at `path` does not give back.

    The new workbook is read again and compared with what was to be written, amounts in the unit of their datapoint.
    """
    reading = read(path, language=language)
    found = _values(compute(reading.facts, withhold=False).facts)
    name = source.info.file
    wrong = [
        Finding(name, "not_carried_changed", str(fact["name"]), str(fact["source"]), {"text": shown_fact(fact)})
        for key, fact in _pairs(carried.answers)
        if fact["source"] and not _same(_in_own_unit(fact), found.get(key))
    ]
    return findings_frame(wrong, {name: language})


def _values(facts: pd.DataFrame) -> dict[Key, object]:
    return {key: _in_own_unit(fact) for key, fact in _pairs(facts)}


def _pairs(facts: pd.DataFrame) -> Iterator[tuple[Key, Fact]]:
    for fact in records(facts):
        yield (str(fact["name"]), row_of(fact), str(fact["period"])), fact


def _in_own_unit(fact: Fact) -> object:
    """Return a fact's value, an amount in the unit of its datapoint, a text without outer blanks."""
    d: Datapoint = load_edition().datapoints[str(fact["name"])]
    value, dimension = fact["value"], UNIT_DIMENSION.get(d.kind)
    if isinstance(value, float) and dimension:
        has, wants = (units.to_base(unit, dimension) for unit in (str(fact["unit"] or d.unit), d.unit))
        return value * has / wants if has and wants else value
    return value.strip() if isinstance(value, str) else value


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    return one == other
