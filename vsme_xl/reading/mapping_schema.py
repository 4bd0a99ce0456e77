"""Check a mapping file as its author wrote it: each field, name, address, unit and code, with the line it is in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from vsme_xl import units
from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.reading.mapping_error import Problem
from vsme_xl.reading.mapping_file import TRUTH_FIELDS
from vsme_xl.reading.mapping_nodes import Entry, Noted, as_truth, line_of
from vsme_xl.resources import folder

FIELDS = frozenset({
    "extends", "kind", "version", "title", "recognise", "language", "sheets", "datapoints", "choices", "readings",
    "renamed", "names", "landmarks", "notes",
})  # fmt: skip
PLACE_FIELDS = frozenset({
    "name", "at", "unit", "unit_at", "unit_of", "labels", "members", "value", "readings", "typed", "percent", "rows_of",
    "unit_else", "looked_up", "parts",
})  # fmt: skip
PARTS: Mapping[str, frozenset[str]] = {
    "recognise": frozenset({"properties", "names", "version_name", "version_property"}),
    "language": frozenset({"property", "name", "pattern"}),
    "landmarks": frozenset({"recorded", "keys", "labels", "headings"}),
}
NOTE_PARTS = frozenset({"text", "about", "member"})
LABELS = frozenset({"left", "above"})
OWN_MEASURES = ("tCO2e", "h", "currency", "EUR", "tCO2e/EUR", "tCO2e/MEUR", "%")


@dataclass
class _File:
    """A mapping file that is being checked: what was noted, and the groups of readings it and its base have."""

    noted: Noted
    edition: Edition
    groups: frozenset[str]
    used_groups: set[str]


def problems(root: yaml.Node, base: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with a mapping file of these nodes, which lies over the fields of `base`."""
    noted = Noted()
    fields = {e.name: e for e in noted.entries(root, "") if noted.known(e, FIELDS, "unknown_field")}
    if not isinstance(root, yaml.MappingNode):
        return tuple(noted.problems)
    for wanted in ("kind", "version"):
        if wanted not in fields and wanted not in base:
            noted.note(0, "missing", name=wanted)
    groups = frozenset(base.get("readings", {}))
    if "readings" in fields and isinstance(fields["readings"].node, yaml.MappingNode):
        groups |= {str(key.value) for key, _ in fields["readings"].node.value}
    used = {p["readings"] for p in (base.get("datapoints") or {}).values() if "readings" in p}
    file = _File(noted, load_edition(), groups, used)
    for name, check in _CHECKS.items():
        if name in fields:
            check(file, fields[name])
    return tuple(sorted(noted.problems, key=lambda p: p.line))


def _plain_text(file: _File, entry: Entry) -> None:
    if file.noted.text(entry) == "":
        file.noted.note(entry.line, "blank", name=entry.name)


def _parts(file: _File, entry: Entry) -> None:
    """Check a field whose parts have fixed names."""
    for part in file.noted.entries(entry.node, entry.name):
        if not file.noted.known(part, PARTS[entry.name], "unknown_part", entry.name):
            continue
        if part.name == "properties":
            for marked in file.noted.entries(part.node, part.name):
                file.noted.text(marked, part.name)
        elif part.name == "names":
            file.noted.texts(part, entry.name)
        else:
            _part_text(file, entry.name, part)
    given = {str(key.value) for key, _ in entry.node.value} if isinstance(entry.node, yaml.MappingNode) else set()
    for name in ("keys", "labels", "headings") if entry.name == "landmarks" and "recorded" not in given else ():
        if name not in given:
            file.noted.note(entry.line, "part_missing", name=name, owner=entry.name)


def _part_text(file: _File, owner: str, part: Entry) -> None:
    text = file.noted.text(part, owner)
    if text is None:
        return
    if part.name == "pattern":
        try:
            fits = re.compile(text).groups == 1
        except re.error:
            fits = False
        if not fits:
            file.noted.note(line_of(part.node), "pattern", text=text)
    elif part.name == "recorded" and not (folder("mappings") / f"{text}-places.csv").is_file():
        file.noted.note(line_of(part.node), "not_recorded", text=text)
    elif part.name in ("keys", "labels") and not re.fullmatch("[A-Z]{1,3}", text):
        file.noted.note(line_of(part.node), "column", name=part.name, text=text)
    elif part.name == "headings" and not text.isdigit():
        file.noted.note(line_of(part.node), "whole_number", name=part.name, text=text)


def _sheets(file: _File, entry: Entry) -> None:
    for sheet in file.noted.entries(entry.node, entry.name):
        file.noted.texts(sheet, entry.name)


def _places(file: _File, entry: Entry) -> None:
    for place in file.noted.entries(entry.node, entry.name):
        name = place.name.removesuffix("_previous")
        if file.noted.is_one_of(name, place.line, file.edition.datapoints, "no_datapoint"):
            _place(file, place, file.edition.datapoints[name], entry.name == "choices")


def _place(file: _File, entry: Entry, datapoint: Datapoint | None, is_choice: bool = False) -> None:
    """Check one place; the `datapoint` it is of, where it is of one, says which unit, value and members fit."""
    if not isinstance(entry.node, yaml.MappingNode):
        text = str(entry.node.value) if isinstance(entry.node, yaml.ScalarNode) else ""
        file.noted.note(entry.line, "not_a_place", name=entry.name, text=text if "!" in text else "Sheet!B2")
        return
    parts = {e.name: e for e in file.noted.entries(entry.node, entry.name)}
    known = [p for p in parts.values() if file.noted.known(p, PLACE_FIELDS, "unknown_part", entry.name)]
    for part in known:
        if part.name in ("at", "unit_at", "parts"):
            _addresses(file, entry.name, part)
            if part.name == "parts" and not (isinstance(part.node, yaml.SequenceNode) and len(part.node.value) == 3):
                file.noted.note(line_of(part.node), "parts", name=entry.name)
        elif part.name == "members":
            if datapoint is not None:
                _members(file, part, datapoint)
        elif (said := file.noted.text(part, entry.name)) is not None:
            _part_of_place(file, entry, part, said, datapoint)
    if not parts:
        file.noted.note(entry.line, "says_nothing", name=entry.name)
    elif is_choice and not {"name", "at"} & set(parts):
        file.noted.note(entry.line, "nowhere", name=entry.name)


def _addresses(file: _File, owner: str, part: Entry) -> None:
    from vsme_xl.reading.addresses import area_at, is_possible

    for text, line in file.noted.texts(part, owner):
        area = area_at(text)
        if area is not None and not area.sheet and is_possible(area):
            file.noted.note(line, "no_sheet", name=owner, text=text)
        elif area is None or not is_possible(area):
            file.noted.note(line, "no_address", name=owner, text=text)


def _members(file: _File, part: Entry, datapoint: Datapoint) -> None:
    from vsme_xl.codelists import codes

    for text, line in file.noted.texts(part, datapoint.name):
        file.noted.is_one_of(text, line, codes(datapoint.codelist), "no_code", datapoint.codelist)


def _part_of_place(file: _File, entry: Entry, part: Entry, text: str, datapoint: Datapoint | None) -> None:
    line = line_of(part.node)
    if part.name in TRUTH_FIELDS and as_truth(text) is None:
        file.noted.note(line, "truth", name=entry.name, part=part.name, text=text)
    elif part.name == "labels":
        file.noted.is_one_of(text, line, LABELS, "labels", entry.name)
    elif part.name == "rows_of":
        file.noted.is_one_of(text, line, file.edition.datapoints, "rows_of", entry.name)
    elif part.name == "readings":
        file.used_groups.add(text)
        file.noted.is_one_of(text, line, file.groups, "no_group", entry.name)
    elif part.name == "unit" and datapoint is not None:
        _unit(file, line, text, datapoint)
    elif part.name == "value" and datapoint is not None and not _value_fits(text, datapoint):
        file.noted.note(line, "value", name=entry.name, text=text)


def _unit(file: _File, line: int, text: str, datapoint: Datapoint) -> None:
    """Note a unit that is not known, or that measures something else than the datapoint is about."""
    from vsme_xl.codelists import codes

    factors = units.factors()
    factor_units, currencies = codes("factor_unit"), codes("currency")
    known = {*factors, *factor_units, *currencies, *OWN_MEASURES, datapoint.unit}
    if not file.noted.is_one_of(text, line, known, "no_unit", datapoint.name):
        return
    wanted = {
        "energy": {u for u, (d, _) in factors.items() if d == "energy"},
        "area": {u for u, (d, _) in factors.items() if d == "area"},
        "mass": {u for u, (d, _) in factors.items() if d in ("mass", "volume")},
        "volume": {u for u, (d, _) in factors.items() if d in ("mass", "volume")},
        "emissions": {"tCO2e"}, "money": {*currencies, "currency"},
    }.get(datapoint.kind)  # fmt: skip
    if wanted is not None and text not in wanted:
        few = ", ".join(sorted(wanted)) if len(wanted) <= 25 else "EUR, SEK, USD …"
        file.noted.note(line, "unit_fits_not", name=datapoint.name, text=text, known=few)


def _value_fits(text: str, datapoint: Datapoint) -> bool:
    from vsme_xl.reading.meaning import Wording, meaning_of

    cell = meaning_of(text, datapoint, Wording("en", {}, frozenset), lambda: False)
    return cell.value is not None and not cell.problem


def _readings(file: _File, entry: Entry) -> None:
    """Check the groups of spellings: those of a list must give its codes, others must be named by a place."""
    from vsme_xl.codelists import codes

    lists = {d.codelist for d in file.edition.datapoints.values() if d.codelist}
    lists |= {"yes_no", "unit", "mass_volume_unit"}
    used = file.used_groups
    for group in file.noted.entries(entry.node, entry.name):
        spellings = list(file.noted.entries(group.node, group.name))
        texts = [(file.noted.text(s, group.name), s) for s in spellings]
        if group.name not in lists:
            if group.name not in used:
                file.noted.is_one_of(group.name, group.line, lists, "no_list")
            continue
        allowed = codes(group.name)
        for text, spelling in texts:
            said = str(text).casefold() if group.name == "yes_no" else str(text)
            said = {True: "true", False: "false", None: said}[as_truth(said)] if group.name == "yes_no" else said
            if text not in (None, "", "-"):
                file.noted.is_one_of(said, line_of(spelling.node), allowed, "no_code", group.name)


def _renamed(file: _File, entry: Entry) -> None:
    for old in file.noted.entries(entry.node, entry.name):
        text = file.noted.text(old, entry.name)
        if text is not None:
            file.noted.is_one_of(text, line_of(old.node), file.edition.datapoints, "no_datapoint")


def _names(file: _File, entry: Entry) -> None:
    for name in file.noted.entries(entry.node, entry.name):
        _addresses(file, name.name, name)


def _notes(file: _File, entry: Entry) -> None:
    for part in file.noted.entries(entry.node, entry.name):
        if part.name not in NOTE_PARTS:
            file.noted.note(part.line, "notes", name=part.name)
        else:
            _place(file, part, None)


_CHECKS: Mapping[str, Callable[[_File, Entry], None]] = {
    "kind": _plain_text, "version": _plain_text, "title": _plain_text, "recognise": _parts, "language": _parts,
    "landmarks": _parts, "sheets": _sheets, "datapoints": _places, "choices": _places, "readings": _readings,
    "renamed": _renamed, "names": _names, "notes": _notes,
}  # fmt: skip
