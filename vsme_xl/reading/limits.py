"""What a file may ask of the machine before it is refused; every limit can be raised by the user who trusts a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import NoReturn

from vsme_xl.reading.refusal import UnreadableWorkbook

MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
AMOUNT = re.compile(r"([1-9][0-9]{0,14})([kmg]?)\Z", re.IGNORECASE)
OF_A_SHEET = frozenset({"sheet_rows", "sheet_columns", "cells"})
OF_THEIR_OWN = {"password_rounds": "password_too_slow"}


@dataclass(frozen=True)
class ReadingLimits:
    """The most that a workbook may hold; with the defaults no workbook Excel writes for a report is refused.

    - `file_bytes`: the file itself;
    - `zip_entries`: parts of an .xlsx or .ods, which are zip files;
    - `unpacked_bytes`: all parts together, unpacked, as the zip declares them;
    - `part_bytes`: one part that is read, unpacked;
    - `xls_bytes`: the records of an .xls, with its pictures;
    - `compression_ratio`: how much larger than packed a part that is read may be, where it unpacks to over a megabyte;
    - `xml_elements`: tags of one part that is held whole (the workbook's, its styles, the content of an .ods);
    - `xml_depth`: elements within elements in such a part;
    - `sheet_rows`, `sheet_columns`: how far out a sheet's last cell with content may lie;
    - `cells`: the rectangles from A1 to the last such cell, all sheets that are read together;
    - `shared_strings`, `shared_string_bytes`: the texts that the cells of a workbook share;
    - `text_length`: characters in one cell (Excel itself allows 32,767);
    - `text_total`: characters in all cells that are read together, a shared text counted for each cell it stands in;
    - `defined_names`: names of cells;
    - `answers`: what is read of the cells that names or a mapping lead to, and said of them, counted up to the limit;
    - `password_rounds`: how often a password is hashed to open a file (Excel writes 100,000).
    """

    file_bytes: int = 100_000_000
    zip_entries: int = 10_000
    unpacked_bytes: int = 200_000_000
    part_bytes: int = 50_000_000
    xls_bytes: int = 25_000_000
    compression_ratio: int = 250
    xml_elements: int = 600_000
    xml_depth: int = 250
    sheet_rows: int = 200_000
    sheet_columns: int = 2_000
    cells: int = 1_000_000
    shared_strings: int = 500_000
    shared_string_bytes: int = 32_000_000
    text_length: int = 65_535
    text_total: int = 50_000_000
    defined_names: int = 100_000
    answers: int = 100_000
    password_rounds: int = 1_000_000

    def check(self, name: str, found: int, file: str, **where: str) -> None:
        """Raise UnreadableWorkbook where `found` is more than the limit of this name allows."""
        if found > getattr(self, name):
            self.refuse(name, found, file, **where)

    def refuse(self, name: str, found: int, file: str, **where: str) -> NoReturn:
        """Raise UnreadableWorkbook for what was found beyond the limit of this name."""
        code = "sheet_too_large" if name in OF_A_SHEET else OF_THEIR_OWN.get(name, "too_large")
        shown = {"limit": option_name(name), "found": str(found), "allowed": str(getattr(self, name))}
        raise UnreadableWorkbook(code, {"file": file, **shown, **where})


DEFAULT_LIMITS = ReadingLimits()


@dataclass(frozen=True)
class Opening:
    """How a workbook is opened: the limits, and the password for one that is encrypted."""

    limits: ReadingLimits = DEFAULT_LIMITS
    password: str = field(default="", repr=False)


DEFAULTS = Opening()


class UnknownLimit(ValueError):
    """`NAME=VALUE` names no limit, or its value is no amount; the argument is what was given."""


def limits_of(changes: Iterable[str], limits: ReadingLimits = DEFAULT_LIMITS) -> ReadingLimits:
    """Return limits changed by texts such as `cells=5000000`, `file-bytes=300M`; raise UnknownLimit."""
    changed: dict[str, int] = {}
    for change in changes:
        name, _, amount = change.partition("=")
        name, match = name.strip().lower().replace("-", "_"), AMOUNT.match(amount.strip())
        if match is None or name not in limit_names():
            raise UnknownLimit(change)
        changed[name] = int(match[1]) * MULTIPLES[match[2].lower()]
    return replace(limits, **changed)


def limit_names() -> tuple[str, ...]:
    """Return the names of all limits as their fields are called."""
    return tuple(field.name for field in fields(ReadingLimits))


def option_name(name: str) -> str:
    """Return a limit's name as it is written after --limit."""
    return name.replace("_", "-")


def changed_limits(limits: ReadingLimits) -> dict[str, int]:
    """Return the limits that differ from the defaults, by name."""
    usual = asdict(DEFAULT_LIMITS)
    return {name: value for name, value in asdict(limits).items() if value != usual[name]}
