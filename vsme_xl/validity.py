"""Check the form of single answers: identifiers, links, coordinates, and the keys of table rows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from vsme_xl.coordinates import coordinates_problem
from vsme_xl.display import Shown
from vsme_xl.edition import Edition
from vsme_xl.findings import Finding
from vsme_xl.frames import rows_of
from vsme_xl.store import UNIT_DIMENSION, unit_factor

URL = re.compile(r"^(https?://|www\.)[^\s.]+\.[^\s]{2,}$", re.IGNORECASE)
EUID = re.compile(r"^[A-Z]{2}[A-Z0-9]{0,10}\.[A-Z0-9./_-]+$", re.IGNORECASE)
VAT = re.compile(r"(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)[\dA-Z]{8,12}")
LEI = re.compile(r"[\dA-Z]{18}\d{2}")
FORMS = {"VAT": VAT, "LEI": LEI}
COUNTRIES = ("CountryOfSite", "CountryOfPrimaryOperationsAndLocationOfSignificantAssets")
UNIQUE = frozenset({"CountryOfEmploymentContractAxis", "TypeOfPollutantAxis", "NaceSectorClassificationCodes"})
BY_KIND = "TypeOfWasteAxis"
TELLING = 3  # a row with fewer answers may well be there twice
LINKS = ("URLOrLinkToThePubliclyAvailableDisclosure", "LinkToPreviousReportContainingDisclosuresThatRemainUnchanged")


def check_validity(facts: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Yield a finding for every reported answer of the current period whose form cannot be right."""
    current = facts[(facts["period"] == "current") & (facts["basis"] == "reported")]
    answers = list(rows_of(current, "workbook", "name", "table", "row", "value", "source"))
    schemes = {w: str(v) for w, name, _, _, v, _ in answers if name == "EntityIdentifierScheme"}
    countries = {(w, row): str(v) for w, name, _, row, v, _ in answers if name in COUNTRIES}
    keys: dict[tuple[str, str, str], str] = {}
    for workbook, name, table, row, value, source in answers:
        text = str(value)
        if name == "EntityIdentifier":
            scheme = schemes.get(workbook) or _looks_like(text)
            if not _identifier_fits(scheme, text):
                yield Finding(workbook, "identifier_invalid", name, source, {"text": text, "scheme": scheme})
        elif name in LINKS and not URL.match(text.strip()):
            yield Finding(workbook, "url_invalid", name, source, {"text": text})
        elif name == "GPSLocationOfSite":
            country, home = (countries.get((workbook, at), "") for at in (row, -1))
            if code := coordinates_problem(text, country, home):
                shown = {"text": text, "country": Shown(country or home, codelist="country")}
                yield Finding(workbook, code, name, source, shown)
        elif table and _is_unique(name, table, edition):
            place = (workbook, name, text.casefold())
            if place in keys:
                shown = {"text": Shown(text, codelist=edition.datapoints[name].codelist), "first": keys[place]}
                yield Finding(workbook, "duplicate_key", name, source, shown)
            keys.setdefault(place, source)
    yield from _same_kinds(current, edition)
    yield from _same_rows(current, edition)


def _same_kinds(current: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Yield a finding for every row whose kind of waste an earlier row has too, with a figure in the same column.

    A kind may stand in two rows where one gives masses and the other volumes.
    """
    rows: dict[tuple[str, int], tuple[str, str]] = {}
    figures: dict[tuple[str, int], set[str]] = {}
    listed = edition.datapoints[BY_KIND].table
    mine = current[(current["table"] == listed).to_numpy()]
    for workbook, row, name, value, source in rows_of(mine, "workbook", "row", "name", "value", "source"):
        if name == BY_KIND:
            rows[workbook, row] = (str(value), source)
        elif edition.datapoints[name].symbol_kind == "number":
            figures.setdefault((workbook, row), set()).add(name)
    seen: dict[tuple[str, str, str], str] = {}
    for (workbook, row), (kind, source) in rows.items():
        keys = [(workbook, kind, column) for column in sorted(figures.get((workbook, row), ()))]
        first = next((seen[key] for key in keys if key in seen), None)
        if first is not None:
            shown = Shown(kind, codelist=edition.datapoints[BY_KIND].codelist)
            yield Finding(workbook, "duplicate_key", BY_KIND, source, {"text": shown, "first": first})
        for key in keys:
            seen.setdefault(key, source)


def _is_unique(name: str, table: str, edition: Edition) -> bool:
    """Return whether a column's entries may stand in one row only: waste may be stated by mass and by volume."""
    return name in UNIQUE or (name == edition.tables[table].axis and edition.datapoints[name].kind == "text")


def _same_rows(current: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Yield a finding for every row of an open table that says just what an earlier one says."""
    rows: dict[tuple[str, str, int], list[tuple[str, str, str, str]]] = {}
    open_tables = [name for name, table in edition.tables.items() if table.rows == "open"]
    mine = current[current["table"].isin(open_tables).to_numpy()]
    columns = ("workbook", "table", "row", "name", "value", "unit", "source")
    for workbook, table, row, name, value, unit, source in rows_of(mine, *columns):
        rows.setdefault((workbook, table, row), []).append((name, str(value), str(unit), source))
    seen: dict[tuple[str, str, tuple[tuple[str, str, str], ...]], str] = {}
    for (workbook, table, _), answers in rows.items():
        said = (workbook, table, tuple(sorted(a[:3] for a in answers)))
        if len(answers) >= TELLING and said in seen:
            yield Finding(workbook, "duplicate_row", answers[0][0], answers[0][3], {"first": seen[said]})
        seen.setdefault(said, answers[0][3])


def wrong_units(facts: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Yield a finding for every amount whose unit measures something else than it should: it counts nowhere."""
    kinds = facts["kind"].isin(list(UNIT_DIMENSION)) & (facts["basis"] == "reported") & (facts["unit"] != "")
    mine = facts[kinds]
    for workbook, name, unit, source in rows_of(mine, "workbook", "name", "unit", "source"):
        if name in edition.datapoints and math.isnan(unit_factor(unit, edition.datapoints[name])):
            yield Finding(workbook, "unit_wrong_dimension", name, source, {"text": Shown(unit, codelist="unit")})


def _looks_like(text: str) -> str:
    """Return the kind of an identifier whose kind is not chosen, where its form tells it."""
    plain = re.sub(r"[\s.-]", "", text).upper()
    return next((kind for kind, form in FORMS.items() if form.fullmatch(plain)), "")


def _vat(text: str) -> bool:
    from stdnum.eu import vat

    return bool(vat.is_valid(text))


def _lei(text: str) -> bool:
    from stdnum import lei

    return bool(lei.is_valid(text))


IDENTIFIERS: Mapping[str, Callable[[str], bool]] = {
    "LEI": _lei,
    "VAT": _vat,
    "EUID": lambda text: EUID.match(text) is not None,
    "DUNS": lambda text: re.fullmatch(r"\d{9}", re.sub(r"[\s-]", "", text)) is not None,
    "PermID": lambda text: re.fullmatch(r"(?:1-)?\d{6,}", text) is not None,
}


def _identifier_fits(scheme: str, text: str) -> bool:
    return scheme not in IDENTIFIERS or IDENTIFIERS[scheme](text.strip())
