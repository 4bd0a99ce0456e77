"""Read and compute the one workbook a command is about."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsme_xl.computing import Computed
    from vsme_xl.reading.limits import Opening
    from vsme_xl.reading.read_workbook import Reading


def computed_of(
    file: Path, mapping: Path | None, language: str | None, opening: Opening, today: dt.date | None = None
) -> tuple[Reading, Computed, str]:
    """Return what FILE holds, read through a mapping file or the kind it is recognised as, and what comes of it.

    The third is the language in which all is said: the one asked for, else the workbook's own. The reporting period is
    held against `today`, where it is given.
    """
    from vsme_xl.cli.speaking import speak
    from vsme_xl.computing import compute
    from vsme_xl.reading.read_workbook import read

    reading = read(file, mapping, language=language, opening=opening)
    name, spoken = reading.workbook.file, language or reading.workbook.language
    speak(spoken)
    computed = compute(
        reading.facts, {name: spoken}, workbooks=(name,), findings=reading.findings, places={name: reading.places},
        today=today,
    )  # fmt: skip
    return reading, computed, spoken
