"""Read many workbooks into one frame of facts, for notebooks and programs: nothing is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from vsme_xl.batch.containers import contents
from vsme_xl.batch.inputs import collect
from vsme_xl.batch.records import Options
from vsme_xl.batch.taking import Taken, take
from vsme_xl.reading.limits import DEFAULTS, Opening
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.store import FACT_COLUMNS


def read_folder(
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    mapping: str | Path | None = None,
    language: str | None = None,
    opening: Opening = DEFAULTS,
) -> pd.DataFrame:
    """Return the facts of every workbook in a folder, glob, archive, mail or URL, or in several of them.

    One row per fact, columns FACT_COLUMNS: `workbook` (the path below the folder), `name` (datapoint), `concept`,
    `dimensions` (pairs of axis and member), `table`, `row`, `kind`, `value`, `unit` (as typed), `period` (current,
    previous), `basis` (reported), `source` (`Sheet!A1`), `note`, `found` (how a cell
    without a name was found). `vsme_xl.compute(facts)` takes it as it is.

    `attrs` says more, as plain lists and mappings: `workbooks` (what each workbook says of itself, by `workbook`),
    `findings` of the reading (rows with the columns FINDING_COLUMNS), and `failed` (message by file). A workbook of no
    known kind is read through `mapping`. Raises NoInput where there is nothing at `source`; a file that cannot be read
    is in `failed` and costs only itself. `opening` holds the limits, and the password of encrypted workbooks.
    """
    sources = [source] if isinstance(source, str | os.PathLike) else list(source)
    options = Options("", mapping=str(mapping or ""), language=language or "", opening=opening)
    found = collect([os.fspath(s) for s in sources], options)
    failed = {o.name: o.message for o in found.failed}
    readings: dict[str, Reading] = {}
    with contents(opening.limits) as content_of:
        for file in found.files:
            one = take(file, content_of, options)
            if isinstance(one, Taken):
                readings[file.name] = one.reading
            else:
                failed[file.name] = one.message
    frames = [r.facts for r in readings.values() if len(r.facts)]
    facts = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(FACT_COLUMNS), dtype=object)
    facts.attrs = {
        "workbooks": {name: r.workbook.as_dict() for name, r in readings.items()},
        "findings": [dict(row) for r in readings.values() for row in r.findings.to_dict("records")],
        "failed": failed,
    }
    return facts
