"""Check the form of single answers: identifiers, links, coordinates, and the keys of table rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from vsme_xl.edition import Edition
from vsme_xl.findings import Finding

URL = re.compile(r"^(https?://|www\.)[^\s.]+\.[^\s]{2,}$", re.IGNORECASE)
EUID = re.compile(r"^[A-Z]{2}[A-Z0-9]{0,10}\.[A-Z0-9./_-]+$", re.IGNORECASE)
POINT = re.compile(r"^\s*(?P<lat>[+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(?P<lon>[+-]?\d{1,3}(?:\.\d+)?)\s*$")
LINKS = ("URLOrLinkToThePubliclyAvailableDisclosure", "LinkToPreviousReportContainingDisclosuresThatRemainUnchanged")


def check_validity(facts: pd.DataFrame, edition: Edition) -> Iterator[Finding]:
    """Yield a finding for every reported answer of the current period whose form cannot be right."""
    current = facts[(facts["period"] == "current") & (facts["basis"] == "reported")]
    columns = ("workbook", "name", "table", "row", "value", "source")
    answers = list(zip(*(current[c] for c in columns), strict=True))
    schemes = {w: str(v) for w, name, _, _, v, _ in answers if name == "EntityIdentifierScheme"}
    keys: dict[tuple[str, str, str], str] = {}
    for workbook, name, table, _, value, source in answers:
        text = str(value)
        if name == "EntityIdentifier" and not _identifier_fits(schemes.get(workbook, ""), text):
            yield Finding(workbook, "identifier_invalid", name, source, {"text": text, "scheme": schemes[workbook]})
        elif name in LINKS and not URL.match(text.strip()):
            yield Finding(workbook, "url_invalid", name, source, {"text": text})
        elif name == "GPSLocationOfSite" and (code := _coordinates(text)):
            yield Finding(workbook, code, name, source, {"text": text})
        elif table and name == edition.tables[table].axis and edition.datapoints[name].kind == "text":
            place = (workbook, name, text.casefold())
            if place in keys:
                yield Finding(workbook, "duplicate_key", name, source, {"text": text, "first": keys[place]})
            keys.setdefault(place, source)


def _lei(text: str) -> bool:
    from stdnum import lei

    return bool(lei.is_valid(text))


IDENTIFIERS: Mapping[str, Callable[[str], bool]] = {
    "LEI": _lei,
    "EUID": lambda text: EUID.match(text) is not None,
    "DUNS": lambda text: re.fullmatch(r"\d{9}", re.sub(r"[\s-]", "", text)) is not None,
    "PermID": lambda text: re.fullmatch(r"(?:1-)?\d{6,}", text) is not None,
}


def _identifier_fits(scheme: str, text: str) -> bool:
    return scheme not in IDENTIFIERS or IDENTIFIERS[scheme](text.strip())


def _coordinates(text: str) -> str:
    """Return the finding code of a text that is no coordinates; several points may be parted by semicolons or lines.

    Degrees with minutes and seconds are taken as they are.
    """
    if "°" in text:
        return ""
    parts = [p for p in re.split(r"[;\n|]", text) if p.strip()]
    points = [POINT.match(p) for p in parts]
    if not parts or any(p is None for p in points):
        return "coordinates_unreadable"
    places = [(float(p["lat"]), float(p["lon"])) for p in points if p is not None]
    if all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in places):
        return ""
    swapped = all(abs(lon) <= 90 and abs(lat) <= 180 for lat, lon in places)
    return "coordinates_swapped" if swapped else "coordinates_out_of_range"
