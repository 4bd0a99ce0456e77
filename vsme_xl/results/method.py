"""Write the method sheet: input and versions, constants under their names, sources of factors, what a blank means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.cell_text import clean
from vsme_xl.checks import load_checks
from vsme_xl.codelists import codelist
from vsme_xl.display import date, language_name, number
from vsme_xl.edition import load_edition, read_rows
from vsme_xl.results.cells import put, sheet_name
from vsme_xl.results.format import number_format
from vsme_xl.results.source import Source, date_serial
from vsme_xl.results.topics import Book, head, head_style, set_height
from vsme_xl.rules.parse import names
from vsme_xl.versions import versions

WIDTHS = (46, 20, 16, 14, 90)
FIRST = 3
NAME, VALUE, UNIT, SINCE, SOURCE = range(1, 6)


def parameter_cells(source: Source) -> dict[str, str]:
    """Return the cell of each constant that a rule of the edition uses; formulas refer to them by name."""
    sheet = sheet_name(source.text("sheets.method"))
    first = _constants_row(source) + 2
    return {
        name: f"'{sheet}'!{xl_rowcol_to_cell(row, VALUE, True, True)}"
        for row, name in enumerate(_used(source.edition.name), start=first)
    }


@cache
def _used(edition: str) -> tuple[str, ...]:
    """Return the constants that a formula, a condition or a check uses; the others say what an answer means."""
    standard = load_edition(edition)
    rules = [d.formula for d in standard.datapoints.values()] + [d.applies_when for d in standard.datapoints.values()]
    rules += [section.applies_when for section in standard.sections.values()]
    rules += [check.when for check in load_checks(edition)]
    read = {name for rule in rules if rule is not None for name in names(rule)}
    return tuple(name for name in standard.parameters if name in read)


def _about(source: Source) -> Iterator[tuple[str, str]]:
    labels: Mapping[str, str] = source.language.texts["results"]["meta"]
    yield source.text("meta.edition"), source.edition.name
    for key, value in source.meta.items():
        yield str(labels.get(key, key)), _stated(key, clean(str(value)), source.language.code)
    yield source.text("meta.tools"), ", ".join(versions())


def _stated(key: str, value: str, language: str) -> str:
    """Return what is stated of the input as the results' language says it: dates, and the name of a language."""
    if key.startswith("period"):
        return date(value, language)
    return language_name(value, language) if key == "language" else value


def _constants_row(source: Source) -> int:
    """Return the row of the constants, below the edition, what is told about the input, and the versions."""
    return FIRST + 1 + (1 + len(source.meta) + 1) + 1


def write_method(book: Book, sheet: Any) -> None:
    """Write the method: about this report, constants, sources of fuels, gases and grid factors, meaning of blanks."""
    source, formats = book.source, book.formats
    head(book, sheet, source.text("sheets.method"), (), WIDTHS, 0)
    _band(book, sheet, FIRST, source.text("method.about"), ())
    for row, (label, value) in enumerate(_about(source), start=FIRST + 1):
        put(sheet, row, NAME, label, formats.get("label"))
        put(sheet, row, VALUE, value, formats.get("plain"))
    row = _constants_row(source)
    used = _used(source.edition.name)
    for part, constants in (("constants", used), ("limits", [n for n in source.edition.parameters if n not in used])):
        if constants:
            row = _constants(book, sheet, row, part, constants)
    for factors in (_fuels, _gases, _grid):
        found = list(factors(source, {b.table: b.places for b in book.plan.blocks.values()}))
        if found:
            row = _sources(book, sheet, row, factors.__name__.strip("_"), found)
    _blanks(book, sheet, row)


def _band(book: Book, sheet: Any, row: int, title: str, columns: tuple[str, ...]) -> None:
    """Write the band over a part of the sheet, and its column heads below."""
    section = book.formats.get("section")
    sheet.write_blanks(row, range(NAME, SOURCE + 1), section)
    put(sheet, row, NAME, title, section)
    for column, key in enumerate(columns, start=NAME):
        put(sheet, row + 1, column, book.source.text(f"columns.{key}"), head_style(book, key))


def _constants(book: Book, sheet: Any, row: int, part: str, constants: Sequence[str]) -> int:
    """Write constants under a band, and return the row for what comes next."""
    source, formats = book.source, book.formats
    columns = ("constant", "number", "unit", "since", "source_of_factor")
    _band(book, sheet, row, source.text(f"method.{part}"), columns)
    units: Mapping[str, str] = source.language.texts["results"]["units"]
    for line, name in enumerate(constants, start=row + 2):
        p = source.edition.parameters[name]
        kind = "share" if p.unit == "share" else p.unit if p.unit in ("date", "year") else "number"
        # In a rule a constant is said by its value, as `150 employees`; beside its value it is said by what it is.
        said = source.language.texts["parameter_names"].get(name) or source.language.text(f"parameters.{name}")
        set_height(sheet, line, ((said, WIDTHS[NAME - 1]), (p.source, WIDTHS[SOURCE - 1])))
        put(sheet, line, NAME, said[:1].upper() + said[1:], formats.get("label"))
        put(sheet, line, VALUE, p.value, formats.get("value", number_format(kind, p.unit, p.value)))
        put(sheet, line, UNIT, units.get(p.unit, p.unit), formats.get("text"))
        put(sheet, line, SINCE, date_serial(p.since.isoformat()), formats.get("value", "yyyy-mm-dd"))
        put(sheet, line, SOURCE, p.source, formats.get("text"))
    return row + 3 + len(constants)


Factor = tuple[str, float | str | None, str, str, str]


def _sources(book: Book, sheet: Any, row: int, part: str, found: list[Factor]) -> int:
    formats = book.formats
    columns = ("factor", "number", "unit", "year", "source_of_factor")
    _band(book, sheet, row, book.source.text(f"method.{part}"), columns)
    for line, (label, value, unit, year, text) in enumerate(found, start=row + 2):
        set_height(sheet, line, ((text, WIDTHS[SOURCE - 1]),))
        put(sheet, line, NAME, label, formats.get("label"))
        looks = number_format("number", unit, value) if isinstance(value, float) else ""
        put(sheet, line, VALUE, value, formats.get("value", looks))
        for column, shown in ((UNIT, unit), (SINCE, year), (SOURCE, text)):
            put(sheet, line, column, shown, formats.get("text"))
    return row + 3 + len(found)


@cache
def _file(name: str, key: str) -> Mapping[str, Mapping[str, str]]:
    return {row[key]: row for row in read_rows(name)}


FUEL_FACTORS = (
    ("Fuel_NCV", "ncv_tj_per_gg", "TJ/Gg", "", "ncv_density_source"),
    ("Fuel_Density", "density_kg_per_l", "kg/l", "", "ncv_density_source"),
    ("Fuel_Density", "density_kg_per_m3", "kg/m3", "", "ncv_density_source"),
    ("Fuel_CO2", "co2_kg_per_tj", "kg CO2/TJ", "", "emission_factor_source"),
    *(
        (f"Fuel_{gas}", f"{gas.casefold()}_{use}_kg_per_tj", f"kg {gas}/TJ", use, "emission_factor_source")
        for gas in ("CH4", "N2O")
        for use in ("industry", "commercial", "mobile")
    ),
)


def _fuels(source: Source, places: Mapping[str, tuple[int, ...]]) -> Iterator[Factor]:
    """Yield every factor of each fuel in use: the company's own, else the default, with unit, use and source."""
    uses = codelist("fuel_use", source.language.code).labels
    for place in places.get("fuels", ()):
        row = _file("fuels.csv", "fuel").get(str(source.values.array("Fuel_Name")[place]), {})
        label = str(source.effective("Fuel_Name", place) or "")
        said = source.values.array("Fuel_Source")[place]
        own_source = source.text("method.own_factor", source=clean(str(said)) if said is not None else "-")
        shown: set[str] = set()
        for name, column, unit, use, origin in FUEL_FACTORS:
            own = source.effective(name, place)
            title = f"{label}, {uses[use]}" if use and own is None else label
            if own is not None and name not in shown:
                stated = source.effective("Fuel_NCVUnit", place) if name == "Fuel_NCV" else None
                state = source.values.array("Fuel_State")[place] or row.get("state")
                density = "kg/m3" if state == "gaseous" else "kg/l"
                yield label, own, str(stated or (density if name == "Fuel_Density" else unit)), "", own_source
            elif own is None and row.get(column):
                yield title, float(row[column]), unit, "", row[origin]
            shown.add(name)


def _gases(source: Source, places: Mapping[str, tuple[int, ...]]) -> Iterator[Factor]:
    values = source.values
    for place in places.get("gases", ()):
        code = str(values.array("Gas_Code")[place])
        row = _file("gases.csv", "code")[code]
        gwp = source.effective("Gas_KyotoGWP", place) or source.effective("Gas_OtherGWP", place)
        label = codelist("gas", source.language.code).labels.get(code, code)
        yield label, gwp, "tCO2e/t", "", _gas_source(code, row, source)


def _gas_source(code: str, row: Mapping[str, str], source: Source) -> str:
    """Return where a warming potential comes from; of a blend also what it is made of."""
    if row["source"]:
        return row["source"]
    if row["gwp"] == "1":
        return source.text("method.reference_gas")
    if row["ar6_key"] != "blend":
        return source.text("method.gwp_of_ar6")
    parts = [r for r in read_rows("blends.csv") if r["blend"] == code]
    said = [
        source.text("method.blend_part", gas=r["gas"], share=number(100 * float(r["mass_share"]), source.language.code))
        for r in parts
    ]
    return source.text("method.blend", parts=", ".join(said), source=parts[0]["source"] if parts else "")


def _grid(source: Source, places: Mapping[str, tuple[int, ...]]) -> Iterator[Factor]:
    for place in places.get("grid", ()):
        country = str(source.values.array("Grid_Country")[place])
        alpha3 = _file("country_codes.csv", "alpha2")[country]["alpha3"]
        row = _file("grid_intensity.csv", "country_alpha3")[alpha3]
        text = source.text("method.licence", source=row["source"], licence=row["licence"])
        yield str(source.effective("Grid_Country", place)), float(row["g_co2e_per_kwh"]), "kg/MWh", row["year"], text


def _blanks(book: Book, sheet: Any, row: int) -> None:
    """Write the table that fixes what each operation does with a blank, text, zero divisor or yes/no."""
    _band(book, sheet, row, book.source.text("method.blanks"), ())
    rules: Mapping[str, Mapping[str, str]] = book.source.language.texts["results"]["method"]["blank_rules"]
    for line, rule in enumerate(rules.values(), start=row + 1):
        put(sheet, line, NAME, rule["what"], book.formats.get("label"))
        put(sheet, line, VALUE, rule["meaning"], book.formats.get("plain"))
