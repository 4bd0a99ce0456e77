"""Check the coordinates of sites: their form, their range, their order, and the country they are said to lie in.

`country_boxes.csv` frames the parts of each country in degrees (`of` names the state that a territory belongs to);
the figures are those of Natural Earth's map subunits 1:50m, which are in the public domain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from vsme_xl.edition import read_rows

POINT = re.compile(r"^\s*(?P<lat>[+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(?P<lon>[+-]?\d{1,3}(?:\.\d+)?)\s*$")
COMMAS = re.compile(r"(?P<lat>[+-]?\d{1,3},\d+)\s*[,;\s]\s*(?P<lon>[+-]?\d{1,3},\d+)")
DEGREES = re.compile(
    r"(?P<degrees>\d{1,3}(?:\.\d+)?)\s*°\s*(?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*['\u2032\u2019]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:[\"\u2033\u201d]|'')\s*)?(?P<side>[NSEWO])?", re.IGNORECASE
)  # fmt: skip
DECIMALS = 5
NEAR, FAR = 0.25, 2.0  # degrees; the frames of 1:50m cut off capes, and leave out small islands off a coast


class Point(NamedTuple):
    """One place in degrees; `coarse` where it has fewer than five decimals, `sided` where N, S, E or W stand by it."""

    latitude: float
    longitude: float
    coarse: bool = False
    sided: bool = False

    @property
    def swapped(self) -> Point:
        """Return the place with latitude and longitude exchanged."""
        return self._replace(latitude=self.longitude, longitude=self.latitude)


class Box(NamedTuple):
    """The frame of one part of a country, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, point: Point, beyond: float = 0.0) -> bool:
        """Return whether a place lies in the frame, or at most so many degrees beyond it."""
        inside = self.south - beyond <= point.latitude <= self.north + beyond
        return inside and self.west - beyond <= point.longitude <= self.east + beyond


def coordinates_problem(text: str, country: str = "", home: str = "") -> str:
    """Return the finding code of a text that is no sound coordinates; several points are parted by semicolons or lines.

    A point is given in decimal degrees, five decimals asked for, or in degrees, minutes and seconds. `country` is the
    code of the site's own country; where it is blank, `home`, the company's, tells swapped coordinates only.
    """
    points = points_of(text)
    if not points:
        return "coordinates_unreadable"
    if not all(abs(p.latitude) <= 90 and abs(p.longitude) <= 180 for p in points):
        swapped = all(abs(p.longitude) <= 90 and abs(p.latitude) <= 180 for p in points)
        return "coordinates_swapped" if swapped else "coordinates_out_of_range"
    if problem := next(filter(None, (_abroad(p, country, home) for p in points)), ""):
        return problem
    return "coordinates_coarse" if any(p.coarse for p in points) else ""


def points_of(text: str) -> list[Point]:
    """Return the points that a text gives; none where one of them cannot be read."""
    parts = [text] if COMMAS.fullmatch(text.strip()) else [part for part in re.split(r"[;\n|]", text) if part.strip()]
    points = [_point(part) for part in parts]
    return [p for p in points if p is not None] if all(points) else []


def _abroad(point: Point, country: str, home: str) -> str:
    """Return the code for a place that cannot be in the country; blank where it can, or no country is known."""
    boxes = country_boxes().get(country or home, ())
    if not boxes or any(box.holds(point, NEAR) for box in boxes):
        return ""
    if not point.sided and any(box.holds(point.swapped) for box in boxes):
        return "coordinates_swapped"
    return "coordinates_outside_country" if country and not any(box.holds(point, FAR) for box in boxes) else ""


@cache
def country_boxes() -> Mapping[str, tuple[Box, ...]]:
    """Return the frames of each country by its code, with those of the territories that belong to it."""
    found: dict[str, list[Box]] = {}
    for row in read_rows("country_boxes.csv"):
        box = Box(*(float(row[side]) for side in Box._fields))
        for country in filter(None, (row["country"], row["of"])):
            found.setdefault(country, []).append(box)
    return {country: tuple(boxes) for country, boxes in found.items()}


def _point(text: str) -> Point | None:
    """Return the place that a text gives; None where it gives none."""
    commas = COMMAS.fullmatch(text.strip())
    found = commas or POINT.match(text)
    if found:
        latitude, longitude = (found[key].replace(",", ".") for key in ("lat", "lon"))
        coarse = any(len(part.partition(".")[2]) < DECIMALS for part in (latitude, longitude))
        return Point(float(latitude), float(longitude), coarse)
    angles = [m for m in DEGREES.finditer(text) if m["degrees"]]
    if len(angles) != 2 or DEGREES.sub("", text).strip(" ,"):
        return None
    first, second = (_angle(m) for m in angles)
    letters = [(m["side"] or "").upper() for m in angles]
    if letters[0] in ("E", "W", "O") and letters[1] in ("N", "S"):
        first, second = second, first
    return Point(first, second, sided=all(letters))


def _angle(match: re.Match[str]) -> float:
    value = float(match["degrees"]) + float(match["minutes"] or 0) / 60 + float(match["seconds"] or 0) / 3600
    return -value if (match["side"] or "").upper() in ("S", "W") else value
