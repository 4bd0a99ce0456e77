"""Read and compute the one workbook a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsme_xl.computing import Computed
    from vsme_xl.reading.read_workbook import Reading


def computed_of(file: Path, mapping: Path | None) -> tuple[Reading, Computed]:
    """Return what FILE holds, read through a mapping file or the kind it is recognised as, and what comes of it."""
    from vsme_xl.computing import compute
    from vsme_xl.reading.read_workbook import read

    reading = read(file, mapping)
    name = reading.workbook.file
    languages = {name: reading.workbook.language}
    return reading, compute(reading.facts, languages, workbooks=(name,), findings=reading.findings)
