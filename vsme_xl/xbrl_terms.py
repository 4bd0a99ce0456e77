"""The taxonomy's words for an XBRL report: names, members, units, periods and how a value is written."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from vsme_xl import units
from vsme_xl.edition import Concept, data_folder, dimension_defaults, read_rows

# The units that the taxonomy names for its concepts, and square metres, which workbooks use; all are in the Unit
# Type Registry under these names. Amounts in other units are given out in the base unit of their dimension.
EXPORTED_UNITS = frozenset({"MWh", "tCO2e", "t", "kg", "m3", "ha", "sqm"})
MEASURED = frozenset({"energy", "mass", "volume", "area", "emissions"})
NOT_NUMERIC = frozenset({
    "textBlockItemType", "stringItemType", "booleanItemType", "enumerationItemType", "enumerationSetItemType",
    "gYearItemType", "dateItemType",
})  # fmt: skip
TEXTS = frozenset({"textBlockItemType", "stringItemType"})
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Periods:
    """The reporting period (first and last day) and the years that base- and target-year members stand for."""

    start: dt.date
    end: dt.date
    years: Mapping[str, int]

    @classmethod
    def of(cls, start: str, end: str, years: Mapping[str, int]) -> Periods:
        """Return the periods of a report from ISO dates."""
        return cls(dt.date.fromisoformat(start), dt.date.fromisoformat(end), years)

    def interval(self, period_type: str, dimensions: tuple[tuple[str, str], ...], period: str = "current") -> str:
        """Return a fact's period as xBRL-JSON writes it; an end is midnight at the end of the last day.

        `previous` is the twelve months before the reporting period; base and target years are calendar years.
        """
        start, end = self.start, self.end + dt.timedelta(days=1)
        year = next((self.years[member] for _, member in dimensions if member in self.years), None)
        if year is not None:
            start, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
        elif period == "previous":
            start, end = _year_before(start), start
        return _midnight(end) if period_type == "instant" else f"{_midnight(start)}/{_midnight(end)}"


def _year_before(day: dt.date) -> dt.date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)


def _midnight(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00"


@cache
def _names() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((data_folder() / "namespaces.json").read_text(encoding="utf-8"))
    return found


def entry_point() -> str:
    """Return the address of the taxonomy's entry point."""
    return str(_names()["entry_point"])


def namespaces() -> Mapping[str, str]:
    """Return the namespace of each prefix."""
    found: Mapping[str, str] = _names()["namespaces"]
    return found


def entity_schemes() -> Mapping[str, str]:
    """Return the address of each kind of company identifier (LEI, EUID, DUNS, PermID)."""
    found: Mapping[str, str] = _names()["entity_schemes"]
    return found


@cache
def axes() -> Mapping[str, Mapping[str, str] | None]:
    """Return for each axis its members as QNames by local name, and None for a typed axis."""
    data = json.loads((data_folder() / "dimensions.json").read_text(encoding="utf-8"))
    found: dict[str, dict[str, str] | None] = {}
    for role, tables in data.items():
        for table in tables.values() if role != "_defaults" else ():
            for axis, members in table.get("explicitDimensions", {}).items():
                known = found.setdefault(axis.split(":")[-1], {})
                assert known is not None
                known.update({member.split(":")[-1]: member for member in members})
            found.update({axis.split(":")[-1]: None for axis in table.get("typedDimensions", ())})
    return found


def is_default(axis: str, member: str) -> bool:
    """Return whether a member is its axis's default, which a report leaves out."""
    return dimension_defaults().get(axis) == member


def dimension_value(concept: Concept, axis: str, member: str) -> str | None:
    """Return a dimension's value as a report writes it; None for an axis or a member that the concept does not have."""
    if axis not in concept.axes:
        return None
    members = axes()[axis]
    return (_legal(member) or None) if members is None else members.get(member)


def needs_dimension(concept: Concept, dimensions: tuple[tuple[str, str], ...]) -> bool:
    """Return whether an axis of the concept that has no default member is not stated."""
    stated = {axis for axis, _ in dimensions}
    return any(axis not in stated and axis not in dimension_defaults() for axis in concept.axes)


@cache
def enumeration(concept: Concept) -> Mapping[str, str]:
    """Return the values that an enumeration may take, as QNames by local name."""
    if len(concept.members) == 1 and concept.members[0] in namespaces():
        space = concept.members[0]
        return {r["member"]: f"{space}:{r['member']}" for r in read_rows("members.csv") if r["namespace"] == space}
    return {member: f"vsme:{member}" for member in concept.members}


def is_numeric(concept: Concept) -> bool:
    """Return whether the taxonomy takes the concept for a number."""
    return concept.data_type not in NOT_NUMERIC


def is_text(concept: Concept) -> bool:
    """Return whether the taxonomy takes the concept for a text, which a report states in a language."""
    return concept.data_type in TEXTS


def unit_and_factor(kind: str, unit: str) -> tuple[str, float] | None:
    """Return the unit of a fact as a report writes it, empty for a pure number, and the factor to that unit.

    None where the unit does not measure what the fact is about.
    """
    if kind == "money":
        return f"iso4217:{unit}", 1.0
    if kind == "intensity":
        emissions, _, currency = unit.partition("/")
        return f"utr:{emissions}/iso4217:{currency}", 1.0
    if kind not in MEASURED:
        return "", 1.0
    dimension, factor = ("emissions", 1.0) if unit == "tCO2e" else units.factors().get(unit, ("", 1.0))
    if dimension != kind:
        return None
    return (f"utr:{unit}", 1.0) if unit in EXPORTED_UNITS else (f"utr:{units.BASE_CODE[dimension]}", factor)


def lexical_value(concept: Concept, value: Any) -> str | None:
    """Return a value as xBRL-JSON writes it; None for a code that is no member of the concept's enumeration."""
    match concept.data_type:
        case "enumerationItemType" | "enumerationSetItemType":
            members = [enumeration(concept).get(code) for code in str(value).split("; ") if code]
            return " ".join(m for m in members if m) if all(members) else None
        case "booleanItemType":
            return "true" if value else "false"
        case "gYearItemType":
            return f"{int(value):04d}"
        case _ if is_numeric(concept):
            return _decimal(value)
    return _legal(str(value))


def _decimal(value: float) -> str:
    """Return a number without exponent and without a digit more or less than its shortest exact form."""
    text = format(Decimal(repr(float(value))), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _legal(text: str) -> str:
    return ILLEGAL.sub("", text)
