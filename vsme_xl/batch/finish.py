"""Write what a batch writes in the end: its manifest, and facts and portfolio unless those that are there hold."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from vsme_xl.batch.inputs import Collected
from vsme_xl.batch.manifest import DamagedRecord, Record, read_record, record_path, tool_fingerprint, write_manifest
from vsme_xl.batch.records import PRIVATE, Options, Outcome, failure
from vsme_xl.batch.storage import exists, is_here, join, read, remove, stands_whole, write

STATE = "portfolio.state"


class CannotFinish(Exception):
    """Facts or portfolio cannot be written though the workbooks are done; the arguments say why, each an OSError."""


@dataclass(frozen=True)
class Summary:
    """What a batch did: outcomes of all files, the names of those that were unchanged, and what is left over.

    `same` pairs files that report the same company and period with the file that counts; it is known where the
    portfolio was written anew (`written`). `left` counts the files that a batch that was broken off did not come to,
    `signal` is what broke it off, 0 where nothing did.
    """

    outcomes: tuple[Outcome, ...]
    unchanged: frozenset[str]
    gone: tuple[Outcome, ...] = ()
    same: tuple[tuple[str, str], ...] = ()
    interrupted: bool = False
    signal: int = 0
    left: int = 0
    written: bool = False

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Return the files that could not be processed, in this run or before."""
        return tuple(o for o in self.outcomes if o.status == "failed")

    @property
    def failed_before(self) -> tuple[Outcome, ...]:
        """Return the files that could not be processed before, and are unchanged since."""
        return tuple(o for o in self.failed if o.name in self.unchanged)

    @property
    def processed(self) -> int:
        """Return how many files this run processed; those that failed do not count."""
        return len(self.outcomes) - len(self.failed) - self.kept

    @property
    def kept(self) -> int:
        """Return of how many files what earlier runs wrote still holds."""
        return len(self.unchanged) - len(self.failed_before)


def break_off(
    out: str,
    outcomes: Mapping[str, Outcome],
    known: Mapping[str, Outcome],
    collected: Collected,
    stopped: int,
    unchanged: frozenset[str],
    left: int,
) -> Summary:
    """Keep what was done; where there is no room for the manifest, the records tell it."""
    there = {*(file.name for file in collected.files), *outcomes}
    kept = {**{n: o for n, o in known.items() if n in there}, **outcomes}
    with suppress(OSError):
        write_manifest(out, kept.values())
    return Summary(_ordered(outcomes), unchanged, interrupted=True, signal=stopped, left=left)


def finish(
    out: str,
    outcomes: Mapping[str, Outcome],
    known: Mapping[str, Outcome],
    collected: Collected,
    unchanged: frozenset[str],
    options: Options,
) -> Summary:
    """Write the manifest, and facts and portfolio unless they hold already."""
    there = {*(file.name for file in collected.files), *outcomes}
    gone = tuple(o for name, o in sorted(known.items()) if name not in there and o.outputs)
    try:
        write_manifest(out, outcomes.values())
        _remove_stale(out, known, outcomes)
        same = _write_tables(out, _ordered(outcomes), collected, options.language or "en")
    except OSError as error:
        raise CannotFinish(error) from error
    return Summary(_ordered(outcomes), unchanged, gone, same or (), written=same is not None)


def taken_away(out: str, outcomes: Iterable[Outcome], options: Options) -> Iterator[Outcome]:
    """Yield, as failed, the outcomes whose outputs or record were taken away after they were written."""
    for outcome in outcomes if is_here(out) else ():
        written = [*outcome.outputs.values(), record_path(outcome)]
        if outcome.status == "done" and not all(exists(join(out, path)) for path in written):
            yield failure(outcome.name, "output_gone", options)


def _remove_stale(out: str, known: Mapping[str, Outcome], outcomes: Mapping[str, Outcome]) -> None:
    """Remove what earlier runs wrote for files that are still there and that has another name, or no place, by now."""
    wanted = {path for o in outcomes.values() for path in o.outputs.values()}
    for name, before in known.items():
        now = outcomes.get(name)
        if now is not None and not now.retry:
            for path in set(before.outputs.values()) - wanted:
                remove(join(out, path))


def _ordered(outcomes: Mapping[str, Outcome]) -> tuple[Outcome, ...]:
    return tuple(outcomes[name] for name in sorted(outcomes))


def _write_tables(
    out: str, outcomes: Sequence[Outcome], collected: Collected, language: str
) -> tuple[tuple[str, str], ...] | None:
    """Write facts and portfolio; return the files that repeat a company's period, None where those there hold."""
    from vsme_xl.batch import facts_table
    from vsme_xl.portfolio import workbook as portfolio

    said = "\n".join(
        [tool_fingerprint(), language, *(f"{o.name} {o.status} {o.key} {o.message}" for o in outcomes)]
        + [f"{s.name} {s.code}" for s in collected.skipped]
    )
    state = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest().encode()
    names = (portfolio.NAME, *facts_table.facts_files())
    if _state(out) == state and all(stands_whole(join(out, name)) for name in names):
        return None
    passing = _records(out, outcomes)
    failed = [o for o in outcomes if o.status == "failed"]
    trouble: list[OSError] = []
    for table in facts_table.tables_of(out):
        passing = facts_table.taken_by(table, passing, trouble)
    try:
        companies = portfolio.write_portfolio(out, passing, failed, collected.skipped, language)
    except OSError as error:
        trouble.append(error)
        deque(passing, maxlen=0)  # the tables need not lack what the portfolio lacks
    if trouble:
        raise CannotFinish(*trouble)
    write(join(out, PRIVATE, STATE), state)
    return tuple((c.file, c.same_as) for c in companies if c.counts == "same")


def _records(out: str, outcomes: Sequence[Outcome]) -> Iterator[Record]:
    """Yield the records of what is done; one that is damaged is removed, so that its file is processed again."""
    for outcome in outcomes:
        if outcome.status == "done":
            try:
                yield read_record(out, outcome)
            except DamagedRecord:
                remove(join(out, record_path(outcome)))
                raise


def _state(out: str) -> bytes:
    try:
        return read(join(out, PRIVATE, STATE))
    except OSError:
        return b""
