"""Write N distinct filled workbooks of mixed kinds: the samples with other names, identifiers, countries and amounts.

Usage: python benchmarks/clients.py FOLDER N [--official TEMPLATE.xlsx]

Every workbook is a whole file as Excel would save it; only the cells that a client fills in differ. With --official a
filled official template is varied instead.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

from vsme_xl.edition import load_edition
from vsme_xl.reading.mapping import known_mappings

ROOT = Path(__file__).parents[1]
BASES = ("consultancy", "manufacturer", "cooperative")
AMOUNTS = frozenset({"money", "energy", "emissions", "mass", "volume", "area"})
KEPT = frozenset({"ExchangeRateToEUR"})
ALSO = frozenset({"Ledger_Amount"})
FIRST = ("Alpen", "Nord", "Rhein", "Ostsee", "Wald", "Hav", "Sol", "Stein", "Lund", "Berg", "Fjord", "Brück", "Größ")
SECOND = ("bau", "tex", "frucht", "metall", "druck", "kraft", "werk", "handel", "logistik", "optik", "holz", "plast")
FORMS = ("GmbH", "AB", "A/S", "S.L.", "s.r.o.", "SARL", "Oy", "B.V.")
COUNTRIES = ("Germany", "Sweden", "Denmark", "Spain", "Czechia", "France", "Finland", "Netherlands", "Austria", "Italy")
CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"((?: s="\d+")?)[^>]*?>(.*?)</c>|<c r="[A-Z]+[0-9]+"[^>]*/>')


SHARE = 25


@dataclass(frozen=True)
class Base:
    """One filled workbook to vary: its parts, and the cells of names, countries, sectors and amounts by sheet part."""

    name: str
    parts: tuple[tuple[zipfile.ZipInfo, bytes], ...]
    texts: dict[str, tuple[str, str]]
    amounts: dict[str, frozenset[str]]


LOADED: list[Base] = []  # of a process that writes workbooks


def base_of(path: Path) -> Base:
    """Return a workbook to vary, its cells found by the defined names."""
    book = openpyxl.load_workbook(path)
    edition = load_edition()
    texts: dict[str, tuple[str, str]] = {}
    amounts: dict[str, set[str]] = {}
    official = "EntityName" not in book.defined_names
    renamed = {old: new for m in known_mappings() for new, p in m.places.items() if (old := p.name)} if official else {}
    for spelling, defined in book.defined_names.items():
        name = renamed.get(spelling, spelling)
        if name not in edition.datapoints:
            continue
        for sheet, area in defined.destinations:
            part = f"xl/worksheets/sheet{book.sheetnames.index(sheet) + 1}.xml"
            cells = [c.coordinate for row in book[sheet][area.replace("$", "")] for c in row] if ":" in area else [
                area.replace("$", "")
            ]
            if name in ALSO or (edition.datapoints[name].kind in AMOUNTS and name not in KEPT):
                amounts.setdefault(part, set()).update(cells)
            texts[name] = (part, cells[0])
    with zipfile.ZipFile(path) as archive:
        parts = tuple((info, archive.read(info)) for info in archive.infolist())
    return Base(path.stem, parts, texts, {part: frozenset(cells) for part, cells in amounts.items()})


def lei(number: int) -> str:
    """Return a legal entity identifier with right check digits."""
    body = f"5299{number:014d}"
    rest = int("".join(str(int(c, 36)) for c in body + "00")) % 97
    return f"{body}{98 - rest:02d}"


def clients(bases: list[Base], numbers: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the workbooks of these numbers; what one holds depends on its number only.

    No two are alike. Every tenth is the year before of the one before it.
    """
    from io import BytesIO

    for number in numbers:
        earlier = number % 10 == 9
        company = number - 1 if earlier else number
        chance = random.Random(company)
        base, country = bases[chance.randrange(len(bases))], chance.choice(COUNTRIES)
        factor = math.exp(chance.gauss(0, 1.2))
        words = FIRST[company % len(FIRST)], SECOND[company // 7 % len(SECOND)], FORMS[company % len(FORMS)]
        name = f"{words[0]}{words[1]} {company} {words[2]}"
        content = BytesIO()
        changes = random.Random(f"{number}")
        _write(base, content, _typed(name, company, country, earlier), factor * (0.97 if earlier else 1.0), changes)
        folder = COUNTRIES.index(country)
        yield f"{folder:02d}/{name.replace('/', '')} {2024 if earlier else 2025}.xlsx", content.getvalue()


def _typed(name: str, company: int, country: str, earlier: bool) -> dict[str, str | float]:
    year = 45292.0 if earlier else 45658.0  # 1 January 2024 and 2025
    return {
        "EntityName": name, "EntityIdentifierScheme": "LEI", "EntityIdentifier": lei(company),
        "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": country, "ReportingPeriodStart": year,
        "ReportingPeriodEnd": year + (365 if earlier else 364),
    }  # fmt: skip


def _write(base: Base, target: object, typed: dict[str, str | float], factor: float, chance: random.Random) -> None:
    by_part: dict[str, dict[str, str | float]] = {}
    for name, value in typed.items():
        if name in base.texts:
            part, cell = base.texts[name]
            by_part.setdefault(part, {})[cell] = value

    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for info, content in base.parts:
            own, amounts = by_part.get(info.filename, {}), base.amounts.get(info.filename, frozenset())
            if own or amounts:
                content = CELL.sub(lambda m: _cell(m, own, amounts, factor, chance), content.decode()).encode()  # noqa: B023
            named = zipfile.ZipInfo(info.filename, info.date_time)  # with the time of the base, not of the clock
            archive.writestr(named, content, zipfile.ZIP_DEFLATED, 1)


def _cell(
    match: re.Match[str], own: dict[str, str | float], amounts: frozenset[str], factor: float, chance: random.Random
) -> str:
    address, style, inner = match.groups()
    if address in own:
        value = own[address]
        if isinstance(value, float):
            return f'<c r="{address}"{style}><v>{value:.0f}</v></c>'
        return f'<c r="{address}"{style} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if address in amounts and inner and inner.startswith("<v>") and ' t="' not in match[0].split(">")[0]:
        value = float(inner[3:-4]) * factor * chance.uniform(0.8, 1.25)
        return f'<c r="{address}"{style}><v>{float(f"{value:.6g}")!r}</v></c>'
    return match[0]


def write_clients(folder: Path, count: int, official: Path | None = None) -> None:
    """Write the workbooks below a folder, on all cores."""
    sources = [official] if official else [ROOT / "sample_inputs" / f"{name}.xlsx" for name in BASES]
    with ProcessPoolExecutor(initializer=_load, initargs=(sources,)) as pool:
        shares = [range(start, min(start + SHARE, count)) for start in range(0, count, SHARE)]
        list(pool.map(_write_share, repeat(folder), shares))


def _load(sources: list[Path]) -> None:
    LOADED.extend(base_of(path) for path in sources)


def _write_share(folder: Path, numbers: range) -> None:
    for name, content in clients(LOADED, numbers):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main() -> None:
    """Write the workbooks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--official", type=Path)
    options = parser.parse_args()
    write_clients(options.folder, options.count, options.official)


if __name__ == "__main__":
    main()
