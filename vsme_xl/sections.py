"""Read the sections of an edition's YAML files: their tables and datapoints, with the rules parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsme_xl.edition_data import data_folder
from vsme_xl.rules.parse import Node, RuleError, parse
from vsme_xl.standard import Concept, Datapoint, EditionError, Section, Table

SCALAR_FIELDS = {
    "kind", "unit", "codelist", "need", "role", "paragraph", "module", "formula", "applies_when", "unit_cell",
    "units", "twin", "unit_for", "concept", "instead", "negative",
    "above_one",
}  # fmt: skip
SECTION_FIELDS = {
    "sheet", "disclosure", "topic", "module", "paragraph", "need", "omit", "applies_when", "gates", "table",
    "extends", "columns", "datapoints",
}  # fmt: skip
KIND_OF_TYPE = {
    "textBlockItemType": "textblock", "monetaryItemType": "money", "enumerationItemType": "enumeration",
    "enumerationSetItemType": "enumeration_set", "stringItemType": "text", "decimalItemType": "number",
    "booleanItemType": "boolean", "energyItemType": "energy", "ghgEmissionsItemType": "emissions",
    "ghgEmissionsPerMonetaryItemType": "intensity", "massItemType": "mass", "areaItemType": "area",
    "volumeItemType": "volume", "gYearItemType": "year", "dateItemType": "date", "percentItemType": "share",
}  # fmt: skip
UNIT_OF_KIND = {
    "energy": "MWh", "emissions": "tCO2e", "mass": "t", "area": "ha", "volume": "m3", "intensity": "tCO2e/EUR",
    "money": "currency",
}  # fmt: skip
KINDS = frozenset({*KIND_OF_TYPE.values()})
ROLES = frozenset({"input", "metric", "result", "step", "reference"})
NEEDS = frozenset({"required", "if_applicable", "if_any", "voluntary", "helper"})


def read_section(
    file: str,
    name: str,
    data: dict[str, Any],
    concepts: Mapping[str, Concept],
    sections: dict[str, Section],
    tables: dict[str, Table],
    datapoints: dict[str, Datapoint],
) -> None:
    """Put a section, as its file has it under its name, with its table and datapoints to those read before.

    Raises EditionError with file, line and reason where it has a field that is unknown or refers to what is not there.
    """
    unknown = set(data) - SECTION_FIELDS
    if unknown:
        raise EditionError(f"{file}: section {name}: unknown field {', '.join(sorted(unknown))}")
    table = data["table"]["name"] if "table" in data else data.get("extends")
    columns = data.get("columns", {})
    if "table" in data:
        spec = dict(data["table"])
        spec |= {key: tuple(spec.get(key, ())) for key in ("distinct", "one_of")}
        tables[spec["name"]] = Table(section=name, columns=tuple(columns), **spec)
    elif table:
        old = tables[table]
        tables[table] = Table(**{**old.__dict__, "columns": (*old.columns, *columns)})
    for group, of in ((columns, table), (data.get("datapoints", {}), None)):
        for datapoint, fields in group.items():
            if datapoint in datapoints:
                raise EditionError(f"{file}: {datapoint} stands in two sections")
            datapoints[datapoint] = _datapoint(file, datapoint, fields or {}, name, data, of, concepts)
    text = data.get("applies_when", "")
    _check_omissions(file, name, data, concepts)
    sections[name] = Section(
        name, data["sheet"], data.get("disclosure", ""), data["topic"], data.get("module", "basic"),
        data.get("paragraph", "24"), (*columns, *data.get("datapoints", {})), table,
        tuple(data.get("omit", ())), tuple(data.get("gates", ())), _parsed(file, name, text), text,
    )  # fmt: skip


def _datapoint(
    file: str,
    name: str,
    fields: dict[str, Any],
    section: str,
    data: dict[str, Any],
    table: str | None,
    concepts: Mapping[str, Concept],
) -> Datapoint:
    unknown = set(fields) - SCALAR_FIELDS
    if unknown:
        raise EditionError(f"{place(file, name)}: {name}: unknown field {', '.join(sorted(unknown))}")
    concept, dimensions = _concept_of(name, concepts)
    known = concepts.get(concept)
    kind = fields.get("kind") or (KIND_OF_TYPE[known.data_type] if known else "")
    if not kind:
        raise EditionError(f"{file}: {name} is no concept of the taxonomy and has no kind")
    formula = _parsed(file, name, fields.get("formula", ""))
    applies = _parsed(file, name, fields.get("applies_when", ""))
    role = fields.get("role") or ("input" if formula is None else "metric")
    need = fields.get("need") or data.get("need") or ("required" if known and role != "step" else "helper")
    if need == "required" and ("applies_when" in fields or "applies_when" in data):
        need = "if_applicable"
    _check_words(file, name, kind, role, need)
    return Datapoint(
        name=name, concept=fields.get("concept", concept), kind=kind, role=role,
        module=fields.get("module", data.get("module", "basic")), disclosure=data.get("disclosure", ""),
        paragraph=fields.get("paragraph", data.get("paragraph", known.paragraph if known else "24")),
        topic=data["topic"], need=need, section=section, table=table,
        unit=fields.get("unit", UNIT_OF_KIND.get(kind, "")), units=fields.get("units", ""),
        unit_cell=fields.get("unit_cell", ""), unit_for=fields.get("unit_for", ""), twin=fields.get("twin", ""),
        instead=fields.get("instead", ""), negative=fields.get("negative", False),
        above_one=fields.get("above_one", False),
        codelist="yes_no" if kind == "boolean" else fields.get("codelist", ""), dimensions=dimensions,
        taxonomy=known is not None, formula=formula, formula_text=fields.get("formula", ""), applies_when=applies,
        applies_text=fields.get("applies_when", ""),
    )  # fmt: skip


def _check_words(file: str, name: str, kind: str, role: str, need: str) -> None:
    for value, known, what in ((kind, KINDS, "kind"), (role, ROLES, "role"), (need, NEEDS, "need")):
        if value not in known:
            raise EditionError(f"{place(file, name)}: {name}: unknown {what} {value!r}")


def _concept_of(name: str, concepts: Mapping[str, Concept]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split `Concept_Member` into the concept and its one dimension; other names are their own concept."""
    concept, _, member = name.partition("_")
    if member.endswith("Member") and concept in concepts and len(concepts[concept].axes) == 1:
        return concept, ((concepts[concept].axes[0], member),)
    return name, ()


def _parsed(file: str, name: str, text: str) -> Node | None:
    try:
        return parse(text) if text else None
    except RuleError as error:
        raise EditionError(f"{place(file, text)}: {name}: {error}") from None


def _check_omissions(file: str, name: str, data: dict[str, Any], concepts: Mapping[str, Concept]) -> None:
    members = concepts["ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"].members
    for member in data.get("omit", ()):
        if member not in members:
            raise EditionError(f"{place(file, member)}: section {name}: unknown disclosure {member!r} in omit")


def place(file: str, text: str) -> str:
    """Return file and line where a text stands in a file of the sections."""
    source = data_folder() / "sections" / file
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if text in line:
            return f"{file}:{number}"
    return file
