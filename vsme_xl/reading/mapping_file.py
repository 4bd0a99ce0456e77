"""What a mapping file says: which cell of one kind of workbook holds which datapoint; loaded and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from vsme_xl.reading.cells import normalise
from vsme_xl.reading.mapping_error import MappingError, Problem
from vsme_xl.reading.mapping_nodes import as_truth
from vsme_xl.resources import folder

TRUTH_FIELDS = ("typed", "percent", "looked_up")


@dataclass(frozen=True)
class Place:
    """Where a datapoint stands: a defined name, or an address; and its unit: a code, a cell, or a named cell.

    `more` are the addresses of the further rows of a table whose rows do not stand side by side. `value` is what every
    workbook of the kind would answer though it does not ask (in a table: in each row that says anything). `readings`
    names a group of spellings that hold for this datapoint alone. A cell whose value a formula makes is not read where
    it must be `typed`; a number that the workbook shows as a `percent` is one all the same. Of a table only those rows
    are read whose key stands in the column `rows_of`. `members` are those of a row or column of yes/no cells in their
    order, for where its labels cannot be read. `unit_else` is the unit (a code, or the name of another unit's
    cell) that the formula in the unit's cell gives, for where its result is not stored. Where a formula has
    `looked_up` a column of a table and found nothing, a row that says anything else is told of. `parts` are the
    cells of year, month and day of which a formula joins a date, for where its result is not stored.
    """

    name: str = ""
    at: str = ""
    unit: str = ""
    unit_at: str = ""
    unit_of: str = ""
    unit_else: str = ""
    labels: str = ""
    members: tuple[str, ...] = ()
    value: str = ""
    readings: str = ""
    typed: bool = False
    percent: bool = False
    rows_of: str = ""
    looked_up: bool = False
    parts: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every address the place has, of its cells and of its unit."""
        cells = (self.at, *self.more) if not self.name else ()
        return tuple(text for text in (*cells, self.unit_at, *self.parts) if text)


@dataclass(frozen=True)
class WorkbookMapping:
    """One kind of workbook.

    `sheets` gives names to the keys by which addresses call the sheets, one for each language of the workbook.
    `places` overrides where datapoints stand (all others by the defined name equal to their own), `choices` are rows
    or columns of yes/no cells, one per member of an enumeration, `readings` spellings of codes that this kind of
    workbook uses, `renamed` old names and members and what they are called today. `names` are where further defined
    names (of unit cells, of values of the year before) stand in a blank workbook; `landmarks` say how a cell is found
    when names are gone: `recorded` names a pair of files with recorded places and labels, or `keys`, `labels` and
    `headings` tell the columns of datapoint names and labels and how many rows a table's labels stand above it.
    `notes` are the columns of a sheet of footnotes: the `text`, the disclosure it is `about` and a `member` of it.
    """

    kind: str
    version: str
    title: str
    recognise: Mapping[str, Any]
    language: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    choices: Mapping[str, Place] = field(default_factory=dict)
    readings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    landmarks: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Place] = field(default_factory=dict)

    @cached_property
    def earlier_names(self) -> Mapping[str, tuple[str, ...]]:
        """The old names of each datapoint or member that was renamed."""
        found: dict[str, tuple[str, ...]] = {}
        for old, new in self.renamed.items():
            found[new] = (*found.get(new, ()), old)
        return found


def load_mapping(path: Path) -> WorkbookMapping:
    """Return the mapping in a YAML file; raise MappingError with file, line and reason for all that is wrong with it.

    A mapping that `extends` another (the name of a file beside it, or of one that comes with the package) holds only
    what differs from it.
    """
    return _mapping(_merged(path))


def packaged_mapping(path: Path) -> WorkbookMapping:
    """Return a mapping that comes with the package, whose file was checked when the package was made."""
    return _mapping(_packaged(path))


def _mapping(data: Mapping[str, Any]) -> WorkbookMapping:
    return WorkbookMapping(
        kind=data["kind"], version=data["version"], title=data.get("title", data["kind"]),
        recognise=_filled(data, "recognise"), language=_filled(data, "language"),
        sheets={key: _texts(names) for key, names in _filled(data, "sheets").items()},
        places={name: _place(place) for name, place in _filled(data, "datapoints").items()},
        choices={name: _place(place) for name, place in _filled(data, "choices").items()},
        readings={
            codes: {normalise(label): _code(codes, code) for label, code in (labels or {}).items()}
            for codes, labels in _filled(data, "readings").items()
        },
        renamed=_filled(data, "renamed"), names=_filled(data, "names"), landmarks=_filled(data, "landmarks"),
        notes={part: _place(place) for part, place in _filled(data, "notes").items()},
    )  # fmt: skip


def _filled(data: Mapping[str, Any], field_name: str) -> Mapping[str, Any]:
    return data.get(field_name) or {}


def _merged(path: Path, depth: int = 0) -> dict[str, Any]:
    """Return the fields of a mapping file laid over those of the one it extends, checked."""
    from vsme_xl.reading.mapping_nodes import compose, plain
    from vsme_xl.reading.mapping_schema import problems

    root = compose(path)
    own: Any = plain(root)
    base: dict[str, Any] = {}
    if isinstance(own, dict) and "extends" in own:
        below = _base(path, str(own["extends"]))
        if below is None or depth > 5:
            raise MappingError(path.name, (Problem(_line(path, "extends"), "extends", {"name": own["extends"]}),))
        base = _merged(below, depth + 1)
    found = problems(root, base)
    if found:
        raise MappingError(path.name, found)
    return _over(base, own)


def _packaged(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    own: dict[str, Any] = yaml.load(path.read_bytes(), Loader=loader)
    below = _base(path, own.get("extends", ""))
    return _over(_packaged(below), own) if below is not None else own


def _base(path: Path, name: str) -> Path | None:
    """Return the file of the mapping that one extends: beside it, or one that comes with the package."""
    try:
        beside = path.with_name(f"{name}.yaml")
        found = beside if beside.is_file() else folder("mappings") / beside.name
        return found if name and found.is_file() and found != path else None
    except (OSError, ValueError):  # no name of a file
        return None


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        merged[key] = {**merged[key], **value} if isinstance(value, dict) and merged.get(key) else value
    return merged


def _place(data: Mapping[str, Any]) -> Place:
    fields = dict(data)
    if isinstance(fields.get("at"), list):
        fields["at"], *more = fields["at"]
        fields["more"] = tuple(more)
    for name in TRUTH_FIELDS:
        if name in fields:
            fields[name] = as_truth(fields[name])
    for name in ("members", "parts"):
        fields[name] = _texts(fields.get(name, ()))
    return Place(**fields)


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list, or the one text that stands for a list."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()


def _code(codes: str, text: str) -> str:
    """Return the code a spelling means; yes and no may be written as YAML has them."""
    truth = as_truth(text) if codes == "yes_no" else None
    return text if truth is None else str(truth).casefold()


def _line(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if line.startswith(f"{key}:")), 0)
