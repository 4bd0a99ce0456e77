"""Run a batch: collect, leave out what is unchanged, process the rest, then write manifest, facts and portfolio."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from errno import ENOSPC
from functools import partial
from importlib import import_module
from pathlib import Path
from signal import SIGINT
from threading import Thread

from vsme_xl.batch.containers import ContainerError, ContentOf, contents
from vsme_xl.batch.inputs import MANIFEST, PRIVATE, Collected, collect
from vsme_xl.batch.manifest import (
    DamagedRecord,
    Record,
    is_whole,
    key_of,
    known_outcomes,
    read_record,
    record_path,
    tool_fingerprint,
    write_manifest,
)
from vsme_xl.batch.records import At, InputFile, Options, Outcome, Watched, failure
from vsme_xl.batch.storage import (
    exists,
    is_here,
    is_in_process,
    join,
    only_one,
    read,
    remove,
    stands_whole,
    sweep_below,
    write,
)
from vsme_xl.guard import Limits
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.stopping import Stopped

MOST_IN_CHUNK = 24
STATE, LOCK = "portfolio.state", "lock"
UNWATCHED = Watched()
LOCKED = frozenset({"encrypted", "encrypted_extra", "wrong_password"})
FULL = "disk_full"
LATER = frozenset({"no_access", "vanished", "cannot_write", "output_gone", FULL, "worker_lost"})
WORK = "vsme_xl.batch.chunk:process_chunk"
Event = At | Outcome
Engine = Callable[[Sequence[tuple[InputFile, ...]], Options], Iterator[Event | None]]


class CannotFinish(Exception):
    """Facts or portfolio cannot be written though the workbooks are done; the arguments say why, each an OSError."""


class DiskFull(OSError):
    """There is no more room for outputs; what was done is kept, and what was to be said of it has been told."""


@dataclass(frozen=True)
class Begun:
    """A batch begins: how many files there are, how many of them are unchanged, and what was passed over.

    `forced` says that none is left as it is; `otherwise` counts files that are, but for options or program, unchanged.
    """

    files: int
    unchanged: int
    collected: Collected
    forced: bool = False
    otherwise: int = 0


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


Tell = Callable[[Begun | Event | Summary | None], None]


def run_batch(
    sources: Sequence[str],
    out: str,
    options: Options,
    engine: Engine | None = None,
    workers: int = 1,
    limits: Limits | None = None,
    force: bool = False,
    tell: Tell = lambda event: None,
    watched: Watched = UNWATCHED,
) -> Summary:
    """Process every workbook under `sources` into `out`, and return what was done.

    `engine` works off chunks of files (by default processes on this machine, `workers` of them under `limits`). Files
    that are held by a watch keep what was made of them before. Raises
    NoInput where a source is not there, MappingError where the mapping file cannot be used, InUse where another batch
    is at work on `out`, CannotFinish and DiskFull as they say, and OSError where `out` cannot be written.
    """
    options = prepared(options, out)
    with only_one(out, PRIVATE, LOCK):
        sweep_below(out)
        try:
            return _run(sources, out, options, engine, workers, limits or Limits(), force, tell, watched)
        finally:
            sweep_below(out)  # of workers that were stopped while they wrote


def _run(
    sources: Sequence[str],
    out: str,
    options: Options,
    engine: Engine | None,
    workers: int,
    limits: Limits,
    force: bool,
    tell: Tell,
    watched: Watched,
) -> Summary:
    collected = collect(sources, options, watched.held)
    known = known_outcomes(out)
    if not exists(join(out, PRIVATE, MANIFEST)):
        write_manifest(out, known.values())  # before the first output, as it marks the folder as ours
    files = [file for file in collected.files if file.name not in collected.held]
    same = {name: known[name] for name in known if _is_held(name, collected.held)}
    otherwise: list[str] = []
    if not force:
        same |= _unchanged(files, known, options, watched.same, otherwise)
    todo = [file for file in files if file.name not in same]
    tell(Begun(len(same) + len(todo) + len(collected.failed), len(same), collected, force, len(otherwise)))
    for outcome in collected.failed:
        tell(outcome)
    outcomes: dict[str, Outcome] = {o.name: o for o in collected.failed} | same
    full: Outcome | None = None
    stopped = 0
    run = engine or local_engine(sources, options, workers, limits)
    try:
        with closing(_events(run(chunks_of(todo, workers), options))) as events:
            for number, event in enumerate(events):
                if not number:
                    Thread(target=_load_ahead).start()
                if isinstance(event, Outcome):
                    outcomes[event.name] = event
                tell(event)
                if isinstance(event, Outcome) and event.code == FULL:
                    full = event
                    break
    except (KeyboardInterrupt, Stopped) as stop:
        stopped = stop.number if isinstance(stop, Stopped) else SIGINT
    if stopped or full:
        left = sum(file.name not in outcomes for file in todo)
        summary = _break_off(out, outcomes, known, collected, stopped, frozenset(same), left)
    else:
        for lost in _taken_away(out, [o for name, o in outcomes.items() if name not in same], options):
            outcomes[lost.name] = lost
            tell(lost)
        summary = _finish(out, outcomes, known, collected, frozenset(same), options)
    tell(summary)
    if full is not None:
        raise DiskFull(ENOSPC, full.message, out)
    return summary


def _events(events: Iterator[Event | None]) -> Generator[Event | None, None, None]:
    """Yield the events of an engine; closed, it ends the engine too."""
    yield from events


def _load_ahead() -> None:
    """Import what writes the tables in the end while others work; what cannot be is said by who needs it."""
    from vsme_xl.batch.facts_table import MODULES
    from vsme_xl.edition import load_edition

    with suppress(Exception):
        for module in ("vsme_xl.portfolio.workbook", *MODULES):
            with suppress(ImportError):
                import_module(module)
        load_edition()


def prepared(options: Options, out: str) -> Options:
    """Return the options with what bears on the results beside them: the program, and the mapping file's content."""
    sha = ""
    if options.mapping:
        from vsme_xl.reading.mapping import load_mapping

        load_mapping(Path(options.mapping))  # a wrong file is said now, not for every workbook
        sha = hashlib.sha256(Path(options.mapping).read_bytes()).hexdigest()
    return replace(options, out=out, tool=tool_fingerprint(options.edition), mapping_sha=sha)


def local_engine(sources: Sequence[str], options: Options, workers: int, limits: Limits) -> Engine:
    """Return the engine of this machine: processes, or this process where only it sees the files."""
    from vsme_xl.batch import workers as pool

    if any(is_in_process(url) for url in (*sources, options.out)):
        from vsme_xl.batch.chunk import process_chunk

        return lambda chunks, options: pool.run_here(chunks, options, process_chunk)
    return lambda chunks, options: pool.run_in_processes(
        chunks, options, WORK, partial(failure, options=options), workers, limits
    )


def chunks_of(files: Sequence[InputFile], workers: int) -> list[tuple[InputFile, ...]]:
    """Return the files in chunks, smaller towards the end, so that all workers end at about the same time."""
    chunks, begun = [], 0
    while begun < len(files):
        size = max(1, min(MOST_IN_CHUNK, -(-(len(files) - begun) // (2 * max(1, workers)))))
        chunks.append(tuple(files[begun : begun + size]))
        begun += size
    return chunks


def _is_held(name: str, held: frozenset[str]) -> bool:
    """Return whether a workbook, or the archive or mail it is in, is to be left alone."""
    return bool(held) and any(name == other or name.startswith(f"{other}/") for other in held)


def _unchanged(
    files: Iterable[InputFile],
    known: Mapping[str, Outcome],
    options: Options,
    as_before: frozenset[str],
    otherwise: list[str],
) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcomes that still hold: same content, options and program, outputs and record there and not cut off.

    What is at the URLs `as_before` is known to have the content it had; what failed there is tried again only where
    the reason lies outside the file. The names of files whose content alone is what it was are put into `otherwise`.
    """
    with contents(options.opening.limits) as content_of:
        for file in files:
            before = known.get(file.name)
            if before is None or (before.code in LOCKED and options.opening.password):
                continue
            if before.retry or not before.key:
                if file.url in as_before and before.code not in LATER:
                    yield file.name, before
                continue
            sha256 = before.sha256 if file.url in as_before else _sha256(file, content_of)
            there = all(stands_whole(join(options.out, path)) for path in before.outputs.values())
            whole = file.url in as_before or is_whole(options.out, before)
            if before.key != key_of(sha256, file, options):
                otherwise += [file.name] if sha256 == before.sha256 else []
            elif there and whole:
                yield file.name, before


def _sha256(file: InputFile, content_of: ContentOf) -> str:
    """Return the digest of a file's content, empty where it cannot be read."""
    try:
        return hashlib.sha256(content_of(file)).hexdigest()
    except (OSError, ContainerError, UnreadableWorkbook):
        return ""


def _break_off(
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


def _finish(
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


def _taken_away(out: str, outcomes: Iterable[Outcome], options: Options) -> Iterator[Outcome]:
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

