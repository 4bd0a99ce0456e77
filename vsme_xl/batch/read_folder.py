"""Read many workbooks into one frame of facts, for notebooks and programs: nothing is written."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from vsme_xl.batch.containers import ContainerError, ContentOf, contents
from vsme_xl.batch.inputs import collect
from vsme_xl.batch.records import InputFile, Options, Outcome, failure
from vsme_xl.faults import reason_of
from vsme_xl.reading.limits import DEFAULTS, Opening
from vsme_xl.reading.read_workbook import Reading, read
from vsme_xl.reading.refusal import UnreadableWorkbook, refusal_text
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
            one = _reading(file, content_of, options)
            if isinstance(one, Reading):
                readings[file.name] = one
            else:
                failed[file.name] = one
    frames = [r.facts for r in readings.values() if len(r.facts)]
    facts = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(FACT_COLUMNS), dtype=object)
    facts.attrs = {
        "workbooks": {name: r.workbook.as_dict() for name, r in readings.items()},
        "findings": [dict(row) for r in readings.values() for row in r.findings.to_dict("records")],
        "failed": failed,
    }
    return facts


def _reading(file: InputFile, content_of: ContentOf, options: Options) -> Reading | str:
    """Return what a file holds, or why it cannot be read."""
    try:
        return read_known(file, content_of(file), options)
    except UnreadableWorkbook as error:
        return unreadable_message(error, options)
    except ContainerError as error:
        return failure(file.name, error.code, options, **error.values).message
    except OSError as error:
        return failure(file.name, "no_access", options, reason=reason_of(error)).message


def read_known(file: InputFile, data: bytes, options: Options) -> Reading:
    """Return what a workbook holds: as the kind it is recognised as, else through the mapping file of the options."""
    base, language = posixpath.basename(file.name), options.language or None
    try:
        return read(base, name=file.name, data=data, language=language, opening=options.opening)
    except UnreadableWorkbook as error:
        if error.code != "unknown_template" or not options.mapping:
            raise
    reading = read(base, options.mapping, file.name, data, language, options.opening)
    if not len(reading.facts):
        raise UnreadableWorkbook("unknown_template", {"file": base})
    return reading


def refused(name: str, error: UnreadableWorkbook, options: Options) -> Outcome:
    """Return the outcome of a file that was refused before its content was known; it is tried again."""
    return Outcome(name, "failed", code=error.code, message=unreadable_message(error, options), retry=True)


def unreadable_message(error: UnreadableWorkbook, options: Options) -> str:
    """Return why a file cannot be read, in words."""
    return refusal_text(error, options.language or "en")
