"""Draft a mapping for a workbook of an unknown kind from its defined names, labels and units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vsme_xl.cell_text import json_text, one_line
from vsme_xl.codelists import readings
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.language import load_language
from vsme_xl.reading.cells import normalise, parse_number
from vsme_xl.reading.draft_answers import unknown_answers
from vsme_xl.reading.label_match import CAMEL, NUMBERS, Label, Match, matches, read_label, unit_fits, unit_of
from vsme_xl.reading.label_places import (
    SURE_ENOUGH,
    address,
    by_year,
    cell_name,
    head_of,
    label_at,
    last_row,
    right_of,
    runs,
    unit_above,
)
from vsme_xl.reading.limits import DEFAULTS, Opening
from vsme_xl.reading.workbook_file import Area, SheetGrid, WorkbookFile, open_workbook

MOST_UNMAPPED = 300


@dataclass(frozen=True)
class Guess:
    """A label, the datapoint it probably means, how sure that is, and where its answer stands."""

    label: Label
    cell: str
    name: str
    score: float
    place: tuple[tuple[str, str], ...]


def draft_mapping(path: Path, language: str = "en", opening: Opening = DEFAULTS) -> str:
    """Return a draft mapping (YAML) for the workbook at `path`, surest places first, what found none as comments.

    Raises UnreadableWorkbook where the file is no workbook.
    """
    file = open_workbook(path, opening=opening)
    guesses = [*_named(file), *(g for n in file.sheet_names if n not in file.hidden for g in _labelled(file.sheet(n)))]
    guesses.sort(key=lambda g: -g.score)
    chosen: dict[str, Guess] = {}
    for guess in guesses:
        if guess.score >= SURE_ENOUGH and guess.place:
            chosen.setdefault(guess.name, guess)
    kept = list(chosen.values())
    known = {g.cell for g in kept} | {dict(g.place).get("at", "").replace("'", "") for g in kept}
    rest = {(g.cell.partition("!")[0], g.label.said): g for g in reversed(guesses) if g.cell not in known}
    placed = [(g.name, dict(g.place)["at"]) for g in kept if "at" in dict(g.place)]
    return _yaml(path, kept, unknown_answers(file, placed, language), list(reversed(rest.values())), language)


def _named(file: WorkbookFile) -> Iterator[Guess]:
    """Yield a guess for each defined name, read as words: `Strom_kWh`, `TotalEnergyConsumption`."""
    datapoints = load_edition().datapoints
    for name in file.names:
        label = read_label(" ".join(CAMEL.split(name)))
        best = next(iter(matches(label)), None)
        if name.removesuffix("_previous") in datapoints:
            yield Guess(label, name, name, 1.0, (("name", name),))
        elif best is not None and not name.endswith("_unit"):
            place = _with_unit([("name", name)], label, best.datapoint)
            yield Guess(label, name, best.datapoint.name, best.score, place)


def _labelled(grid: SheetGrid) -> Iterator[Guess]:
    """Yield the guesses for a sheet: columns of tables by their heads, single cells by the label on their left."""
    inside: set[tuple[int, int]] = set()
    for row in range(grid.n_rows):
        for run in runs(grid, row):
            found = [] if (row, run.start) in inside else list(_table(grid, row, run))
            if found:
                last = last_row(grid, row, run)
                inside |= {(r, c) for r in range(row, last + 1) for c in run}
            yield from found
    for row in range(grid.n_rows):
        for column in range(grid.n_columns):
            label = label_at(grid, row, column)
            if label is not None and (row, column) not in inside:
                yield from _single(grid, row, column, label)


def _table(grid: SheetGrid, row: int, run: range) -> Iterator[Guess]:
    """Yield the guesses for the heads of a table: all of the one table of the standard that they fit best."""
    tables = load_edition().tables
    labels = {column: read_label(str(grid.value(row, column))) for column in run}
    found: dict[str, dict[str, tuple[int, Match]]] = {}
    for column, label in labels.items():
        for match in matches(label):
            table = match.datapoint.table
            if table and tables[table].rows in ("open", "fixed") and match.score >= SURE_ENOUGH:
                best = found.setdefault(table, {}).get(match.datapoint.name)
                if best is None or match.score > best[1].score:
                    found[table][match.datapoint.name] = (column, match)
    fitting = [_distinct(columns) for columns in found.values()]
    best_table = max(fitting, key=lambda t: sum(m.score for _, m in t.values()), default={})
    if len(best_table) < 2:
        return
    last = last_row(grid, row, run)
    for name, (column, match) in best_table.items():
        at = address(grid, Area(grid.name, row + 1, column, last, column))
        place = _with_unit([("at", at)], labels[column], match.datapoint)
        yield Guess(labels[column], cell_name(grid, row, column), name, match.score, place)


def _distinct(columns: dict[str, tuple[int, Match]]) -> dict[str, tuple[int, Match]]:
    """Return the columns with each head taken once, by the datapoint it is most like."""
    taken: dict[int, str] = {}
    for name, (column, match) in columns.items():
        if column not in taken or match.score > columns[taken[column]][1].score:
            taken[column] = name
    return {name: columns[name] for name in taken.values()}


def _single(grid: SheetGrid, row: int, column: int, label: Label) -> Iterator[Guess]:
    """Yield the guesses for a label: its answer in the next cells to the right, the year before beside it."""
    candidates = _candidates(label)
    if not candidates:
        yield Guess(label, cell_name(grid, row, column), "-", 0.0, ())
        return
    current, earlier = by_year(grid, row, list(right_of(grid, row, column)))
    if by_head := _by_heads(grid, row, current, label, candidates[0].score):
        for number, match in by_head.items():
            yield _guess(grid, row, column, number, label, match)
        return
    raw = grid.value(row, current[0]) if current else None
    if raw is None and isinstance(grid.value(row + 1, column), int | float):
        return  # the head of a column of figures
    best = max(candidates[:8], key=lambda m: m.score * _fits_value(m.datapoint, raw))
    if _holds_unit(best.datapoint):
        stated = [c for c in range(column + 1, column + 6) if unit_of(str(grid.value(row, c)))]
        current = by_year(grid, row, stated)[0] or current
    if current:
        yield _guess(grid, row, column, current[0], label, best)
    else:
        yield Guess(label, cell_name(grid, row, column), best.datapoint.name, best.score, ())
    for number in earlier:
        yield replace(_guess(grid, row, column, number, label, best), name=f"{best.datapoint.name}_previous")


def _candidates(label: Label) -> list[Match]:
    """Return the datapoints that can stand beside a label: single cells, and lists that have but one column."""
    tables = load_edition().tables
    return [m for m in matches(label) if m.datapoint.table is None or len(tables[m.datapoint.table].columns) == 1]


def _by_heads(grid: SheetGrid, row: int, columns: list[int], label: Label, plain: float) -> dict[int, Match]:
    """Return what each cell of a row means where only label and head together say it: training hours of women, of men.

    Empty where the heads do not tell at least two datapoints apart, about as surely as the label alone tells one.
    """
    found: dict[int, Match] = {}
    for column in columns:
        head = head_of(grid, row, column)
        both = replace(label, text=f"{label.text} {head}")
        best = next(iter(_candidates(both)), None) if head else None
        if best is not None and best.score >= SURE_ENOUGH:
            found[column] = best
    best_of = {m.datapoint.name: c for c, m in sorted(found.items(), key=lambda item: item[1].score)}
    found = {column: found[column] for column in sorted(best_of.values())}
    sure = sum(m.score for m in found.values()) / max(len(found), 1)
    return found if len(found) > 1 and sure >= 0.8 * plain else {}


def _guess(grid: SheetGrid, row: int, column: int, answer: int, label: Label, match: Match) -> Guess:
    """Return the guess that the cell in column `answer` holds a datapoint, with the unit beside it or in the label."""
    datapoint = match.datapoint
    place = [("at", address(grid, Area(grid.name, row, answer, row, answer)))]
    fits = 1.0
    for beside in (answer + 1, *range(column + 1, answer)):
        said = grid.value(row, beside)
        unit = unit_of(said) if isinstance(said, str) else ""
        if unit and datapoint.kind in NUMBERS:
            fits = unit_fits(unit, datapoint)
            if normalise(str(said)) in readings("unit"):
                place.append(("unit_at", address(grid, Area(grid.name, row, beside, row, beside))))
            elif unit not in ("money", "other", datapoint.unit):
                place.append(("unit", unit))
            break
    else:
        unit = unit_above(grid, row, answer) if not label.unit and datapoint.kind in NUMBERS else ""
        if unit:
            fits = unit_fits(unit, datapoint)
            place += [("unit", unit)] if unit not in ("money", "other", datapoint.unit) else []
    score = match.score * fits * _fits_value(datapoint, grid.value(row, answer))
    return Guess(label, cell_name(grid, row, column), datapoint.name, score, _with_unit(place, label, datapoint))


def _holds_unit(datapoint: Datapoint) -> bool:
    return datapoint.codelist == "currency" or datapoint.codelist.endswith("unit")


def _fits_value(datapoint: Datapoint, raw: object) -> float:
    if raw is None:
        return 1.0
    number = not isinstance(raw, bool) and (isinstance(raw, int | float) or parse_number(str(raw)).value is not None)
    if datapoint.kind in NUMBERS | {"year"}:
        return 1.0 if number else 0.5
    if datapoint.kind in ("boolean", "textblock", "enumeration"):
        return 0.5 if number else 1.0
    return 1.0


def _with_unit(place: list[tuple[str, str]], label: Label, datapoint: Datapoint) -> tuple[tuple[str, str], ...]:
    stated = label.unit not in ("", "money", "other", datapoint.unit)
    if stated and datapoint.kind in NUMBERS and not any(key.startswith("unit") for key, _ in place):
        return (*place, ("unit", label.unit))
    return tuple(place)


def _yaml(
    path: Path, chosen: list[Guess], answers: Mapping[str, Mapping[str, str]], rest: list[Guess], language: str
) -> str:
    texts = load_language(language)
    kind = re.sub(r"[^a-z0-9]+", "-", path.stem.casefold()).strip("-") or "questionnaire"
    title = texts.text("draft.title", file=path.name)
    lines = [f"# {texts.text('draft.head')}", f"# {texts.text('draft.confidence')}", f"kind: {kind}", 'version: "1"']
    lines += [f"title: {json_text(title)}", "datapoints:" if chosen else "datapoints: {}"]
    for guess in chosen:
        place = ", ".join(f"{key}: {json_text(value)}" for key, value in guess.place)
        lines.append(f"  {guess.name}: {{{place}}}  # {_said(guess, 'line', language)}")
    if answers:
        lines += ["", f"# {texts.text('draft.answers')}", "# readings:"]
        for group, said in answers.items():
            pairs = (f"{json_text(one_line(text))}: {json_text(code) if code else ''}" for text, code in said.items())
            lines.append(f"#   {group}: {{{', '.join(pairs)}}}")
    if rest:
        lines += ["", f"# {texts.text('draft.unmapped')}:"]
        lines += [f"#   {_said(guess, 'unmapped_line', language)}" for guess in rest[:MOST_UNMAPPED]]
    if len(rest) > MOST_UNMAPPED:
        lines.append(f"#   {texts.text('draft.more', number=len(rest) - MOST_UNMAPPED)}")
    return "\n".join(lines) + "\n"


def _said(guess: Guess, key: str, language: str) -> str:
    texts = load_language(language)
    said = {"cell": one_line(guess.cell), "label": one_line(guess.label.said), "name": one_line(guess.name)}
    text = texts.text(f"draft.{key}", confidence=guess.score, **said)
    return f"{text}; {texts.text('draft.thousands')}" if guess.label.thousands else text
