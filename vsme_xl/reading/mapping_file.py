"""What a mapping file says: which cell of one kind of workbook holds which datapoint; loaded and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from vsme_xl.edition import load_edition, read_yaml
from vsme_xl.reading.cells import normalise
from vsme_xl.resources import folder

FIELDS = {
    "extends", "kind", "version", "title", "recognise", "language", "sheets", "datapoints", "choices", "readings",
    "renamed", "names", "landmarks", "notes",
}  # fmt: skip
NOTE_PARTS = {"text", "about", "member"}
PLACE_FIELDS = {
    "name", "at", "unit", "unit_at", "unit_of", "labels", "members", "value", "readings", "typed", "percent", "rows_of",
    "unit_else", "looked_up",
}  # fmt: skip


class MappingError(ValueError):
    """A mapping file that cannot be used; the message gives file, line and reason."""


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
    `looked_up` a column of a table and found nothing, a row that says anything else is told of.
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
    more: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every address the place has, of its cells and of its unit."""
        cells = (self.at, *self.more) if not self.name else ()
        return tuple(text for text in (*cells, self.unit_at) if text)


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
    """Return the mapping in a YAML file; raise MappingError with file, line and reason where it is not one.

    A mapping that `extends` another (the name of a file beside it, or of one that comes with the package) holds only
    what differs from it.
    """
    data = _merged(path)
    return WorkbookMapping(
        kind=str(data["kind"]), version=str(data["version"]), title=str(data.get("title", data["kind"])),
        recognise=data.get("recognise", {}), language=data.get("language", {}),
        sheets={key: tuple(names) for key, names in data.get("sheets", {}).items()},
        places={name: _place(place) for name, place in data.get("datapoints", {}).items()},
        choices={name: _place(place) for name, place in data.get("choices", {}).items()},
        readings={
            codes: {normalise(str(label)): str(code) for label, code in labels.items()}
            for codes, labels in data.get("readings", {}).items()
        },
        renamed={str(old): str(new) for old, new in data.get("renamed", {}).items()},
        names={str(name): str(at) for name, at in data.get("names", {}).items()},
        landmarks=data.get("landmarks", {}),
        notes={part: _place(place) for part, place in data.get("notes", {}).items()},
    )  # fmt: skip


def _merged(path: Path, depth: int = 0) -> dict[str, Any]:
    """Return the fields of a mapping file laid over those of the one it extends."""
    data = _fields(path)
    if "extends" not in data:
        _check(path, data)
        return data
    base = path.with_name(f"{data['extends']}.yaml")
    base = base if base.is_file() else folder("mappings") / base.name
    if not base.is_file() or depth > 5:
        raise MappingError(f"{_line(path, 'extends')}: there is no mapping {data['extends']!r} to extend")
    merged = _merged(base, depth + 1)
    for key, value in data.items():
        merged[key] = {**merged[key], **value} if isinstance(value, dict) and key in merged else value
    _check(path, merged)
    return merged


def _fields(path: Path) -> dict[str, Any]:
    try:
        data = read_yaml(path)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise MappingError(f"{path.name}{line}: not valid YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(data, dict):
        raise MappingError(f"{path.name}: a mapping file holds fields such as kind, version and datapoints")
    return data


def _place(data: Mapping[str, Any]) -> Place:
    fields = dict(data)
    if isinstance(fields.get("at"), list):
        fields["at"], *fields["more"] = (str(text) for text in fields["at"])
        fields["more"] = tuple(fields["more"])
    fields["members"] = tuple(fields.get("members", ()))
    return Place(**fields)


def _check(path: Path, data: Mapping[str, Any]) -> None:
    edition = load_edition()
    unknown = set(data) - FIELDS
    if unknown:
        raise MappingError(f"{_line(path, min(unknown))}: unknown field {min(unknown)!r}")
    for wanted in ("kind", "version"):
        if wanted not in data:
            raise MappingError(f"{path.name}: the field {wanted!r} is missing")
    for part in data.get("notes", {}):
        if part not in NOTE_PARTS:
            raise MappingError(f"{_line(path, part)}: notes have a text, an about and a member, no {part!r}")
    for group in ("datapoints", "choices"):
        for name, place in data.get(group, {}).items():
            if name.removesuffix("_previous") not in edition.datapoints:
                raise MappingError(f"{_line(path, name)}: {name!r} is no datapoint of {edition.name}")
            wrong = set(place) - PLACE_FIELDS
            if wrong:
                raise MappingError(f"{_line(path, name)}: {name}: unknown field {min(wrong)!r}")
            column = place.get("rows_of", "")
            if column and column not in edition.datapoints:
                raise MappingError(f"{_line(path, name)}: {name}: {column!r} is no datapoint of {edition.name}")
            if not place.get("name") and not place.get("at") and group == "choices":
                raise MappingError(f"{_line(path, name)}: {name} needs a name or an address (at)")


def _line(path: Path, key: str) -> str:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip().startswith((f"{key}:", f'"{key}":')):
            return f"{path.name}:{number}"
    return path.name
