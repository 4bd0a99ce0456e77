"""What a cell's raw value means for a datapoint: by its kind, its list of codes and the workbook's wordings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from vsme_xl.codelists import code_by_number, other_labels, own_labels, retired_waste, spellings
from vsme_xl.edition import Datapoint
from vsme_xl.reading.cell_values import exact_form
from vsme_xl.reading.cells import (
    Cell,
    normalise,
    parse_boolean,
    parse_code,
    parse_date,
    parse_number,
    parse_text,
    parse_year,
)

CODED = frozenset({"enumeration", "enumeration_set"})


@dataclass(frozen=True)
class Wording:
    """How one workbook words its answers.

    `language` is the workbook's own, whose labels go before those of other languages; `readings` are the spellings of
    its kind by list, `recorded` gives those that are recorded of it in other languages; `own_fuels` gives the names (as
    `normalise` has them) of fuels that the company added, which no label of a list stands for.
    """

    language: str
    readings: Mapping[str, Mapping[str, str]]
    own_fuels: Callable[[], frozenset[str]]
    recorded: Callable[[str], Mapping[str, str]] = lambda _: {}
    date_1904: bool = False

    def names_own_fuel(self, raw: object, codelist: str) -> bool:
        """Return whether a cell names a fuel of the company's own."""
        return codelist == "fuel" and isinstance(raw, str) and normalise(raw) in self.own_fuels()


def meaning_of(
    raw: object, datapoint: Datapoint, wording: Wording, percent: Callable[[], bool], group: str = ""
) -> Cell[object]:
    """Return the typed value of a raw one; `group` names readings that go before the others for this cell.

    `percent` says whether the cell's format shows a percentage; it is asked for numbers only.
    """
    kind = datapoint.kind
    if group and isinstance(raw, str):
        raw = wording.readings[group].get(normalise(raw), raw)
    if kind == "boolean":
        return answer_of(raw, wording)
    if kind in CODED:
        several = kind == "enumeration_set" and datapoint.table is None
        cell = (codes_of if several else code_of)(raw, datapoint.codelist, wording)
        return _numbered(raw, datapoint.codelist) or cell if cell.problem == "unknown_code" else cell
    if kind in ("text", "textblock"):
        if datapoint.codelist and isinstance(raw, str) and not wording.names_own_fuel(raw, datapoint.codelist):
            return code_of(raw, datapoint.codelist, wording)
        return Cell(_whole(raw)) if kind == "textblock" else parse_text(raw)
    if kind == "date":
        return parse_date(raw, wording.date_1904)
    if kind == "year":
        year = parse_year(raw)
        return Cell(None if year.value is None else float(year.value), year.problem, year.params)
    return parse_number(raw, percent_format=percent(), share=kind == "share")


def code_of(raw: object, name: str, wording: Wording) -> Cell[str]:
    """Return the code a cell names: by a label in the workbook's language, else by any spelling that is known."""
    cell = parse_code(raw, own_labels(name, wording.language))
    if cell.problem and name in wording.readings:
        cell = parse_code(raw, wording.readings[name])
    if cell.problem:  # not before: spelling out a long list takes a while
        cell = parse_code(raw, spellings(name))
    if cell.problem == "unknown_code" and isinstance(raw, str):
        exact = wording.recorded(name).get(exact_form(raw))  # Danish B7 and a part of it differ in their spaces alone
        cell = Cell(exact) if exact else cell
    # Loading the other languages takes a while: only a text that nothing else explains is worth it.
    for further in (wording.recorded, partial(other_labels, language=wording.language)):
        if cell.problem == "unknown_code":
            cell = parse_code(raw, further(name))
    return cell


def codes_of(raw: object, name: str, wording: Wording) -> Cell[str]:
    """Return the codes that a cell names, parted by semicolons or lines, as `a; b`; else the first unknown part."""
    cell = code_of(raw, name, wording)
    parts = [part for part in re.split(r"[;\n]", raw) if part.strip()] if isinstance(raw, str) else []
    if cell.problem != "unknown_code" or len(parts) < 2:
        return cell
    cells = [code_of(part, name, wording) for part in parts]
    wrong = next((part for part in cells if part.problem), None)
    return wrong or Cell("; ".join(dict.fromkeys(str(part.value) for part in cells)))


def answer_of(raw: object, wording: Wording) -> Cell[bool]:
    """Return the yes or no of a cell, in any wording that is known."""
    cell = parse_boolean(raw, {})
    code = code_of(raw, "yes_no", wording).value if cell.problem and isinstance(raw, str) else None
    return Cell(code == "true") if code else cell


def key_of(raw: object, datapoint: Datapoint, wording: Wording) -> str:
    """Return the key of a table's row: its code, else what the cell says."""
    if datapoint.codelist and not wording.names_own_fuel(raw, datapoint.codelist):
        found = code_of(raw, datapoint.codelist, wording)
        numbered = None if found.value else _numbered(raw, datapoint.codelist)
        return found.value or (numbered.value if numbered else None) or str(raw).strip()
    return str(parse_text(raw).value or "")


def _numbered(raw: object, codelist: str) -> Cell[str] | None:
    """Return the code that an official number means, of today's list or of an earlier one; None where none does."""
    code = code_by_number(codelist, str(raw))
    if code:
        return Cell(code)
    retired = retired_waste(str(raw)) if codelist == "waste" else None
    return Cell(retired, "retired_code", {"text": str(raw).strip()}) if retired else None


def _whole(raw: object) -> str | None:
    """Return a text block as it stands, outer blanks and lines with it; None where it says nothing."""
    said = parse_text(raw).value
    if said is None or not isinstance(raw, str):
        return said
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.strip() == said else said
