"""Watch the inputs, and process what is new, changed or gone once it is completely written."""

from __future__ import annotations

import gc
import posixpath
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vsme_xl.batch.finish import CannotFinish, Summary
from vsme_xl.batch.inputs import NoInput, files_under, passed_over
from vsme_xl.batch.records import Watched
from vsme_xl.batch.run import DiskFull
from vsme_xl.batch.storage import InUse, filesystem
from vsme_xl.faults import reason_of

SETTLED = 2.0
REST, LONG_REST = 5.0, 60.0
LOCKS = ("~${}", ".~lock.{}#")


@dataclass(frozen=True)
class Look:
    """What a file looks like from outside: its size, when or how it was changed, and its lock file where it is open."""

    size: int
    changed: str
    lock: str = ""


@dataclass(frozen=True)
class Seen:
    """What a watch has seen, by URL: how each file looks (None where it is gone), and since when (seconds).

    A file is settled when it looked the same for `settled` seconds. `done` is how the files looked that the last round
    processed or left as they were, None before the first round.
    """

    settled: float = SETTLED
    looks: Mapping[str, tuple[Look | None, float]] = field(default_factory=dict)
    done: Mapping[str, Look] | None = None


@dataclass(frozen=True)
class Notice:
    """What a watch has to say (a text `batch.watch.CODE`), and of what; the cause where something was not written."""

    code: str
    file: str = ""
    reason: str = ""
    cause: OSError | None = field(default=None, compare=False)


Round = Callable[[Watched], Summary]
Say = Callable[[Notice], None]


def rounds(
    sources: Sequence[str], out: str, turn: Round, ticks: Iterator[bool], say: Say, settled: float = SETTLED
) -> Iterator[Summary]:
    """Call `turn` whenever files have come, changed or gone and are completely written; yield what it did.

    A tick says whether something may have changed. A file is completely written when it looked the same for `settled`
    seconds and no lock file stands beside it. A round that fails because a folder cannot be reached or written is
    repeated after REST seconds (LONG_REST where the disk is full); only the first one raises what it raises.
    """
    seen, begun, failing, rested = Seen(settled), False, False, 0.0
    notices: frozenset[Notice] = frozenset()
    said: frozenset[Notice] = frozenset()
    for changed in ticks:
        now = time.monotonic()
        if now < rested or not (changed or failing or restless(seen, now)):
            continue
        before = notices
        try:
            seen = noticed(seen, _look(sources, out), now)
            notices, failing = frozenset(_open_files(seen)), False
            held = unsettled(seen, now)
            if due(seen, held):
                summary = turn(Watched(held, as_done(seen)))
                seen, begun = replace(seen, done=after_round(seen, held)), True
                yield summary
                gc.collect()
        except (NoInput, OSError, InUse, CannotFinish) as error:
            if not begun:
                raise
            notices, failing, rested = frozenset({_trouble(error)}), True, now + _rest(error)
        for notice in sorted(notices & before - said, key=lambda n: (n.code, n.file)):
            say(notice)
        said = notices & (said | before)


def _rest(error: Exception) -> float:
    """Return how many seconds to wait before the next round; a full disk is seldom emptied at once."""
    return LONG_REST if isinstance(error, DiskFull) else REST


def _trouble(error: NoInput | OSError | InUse | CannotFinish) -> Notice:
    if isinstance(error, CannotFinish):
        return _trouble(error.args[0])
    if isinstance(error, InUse):
        return Notice("in_use")
    if isinstance(error, NoInput):
        return Notice("emptied" if error.code == "emptied" else "unreachable", error.source)
    return Notice("failed", str(error.filename or ""), reason_of(error), error)


def noticed(seen: Seen, there: Mapping[str, Look], at: float) -> Seen:
    """Return what is seen with a new look at all files at a time (seconds): what looks as before keeps its time.

    Where every file is gone at once, a folder is rather out of reach: NoInput.
    """
    if seen.done and not there:
        raise NoInput("emptied", posixpath.dirname(min(seen.done)))
    looks: dict[str, tuple[Look | None, float]] = {}
    for url in {*there, *seen.looks, *(seen.done or ())}:
        look, before = there.get(url), seen.looks.get(url)
        if look is not None or url in (seen.done or ()):
            looks[url] = before if before is not None and before[0] == look else (look, at)
    return replace(seen, looks=looks)


def unsettled(seen: Seen, at: float) -> frozenset[str]:
    """Return the files that are not settled at a time (seconds), or are open."""
    looks = seen.looks.items()
    return frozenset(url for url, (look, since) in looks if at - since < seen.settled or (look and look.lock))


def restless(seen: Seen, at: float) -> bool:
    """Return whether another look is needed though nothing is reported: files are settling, or have settled."""
    return any(at - since < seen.settled for _, since in seen.looks.values()) or due(seen, unsettled(seen, at))


def due(seen: Seen, held: frozenset[str]) -> bool:
    """Return whether there is something to do: a file, not held, that does not look as it did in the last round.

    The first round waits only for one file to be settled, if there are any.
    """
    if seen.done is None:
        return not seen.looks or len(held) < len(seen.looks)
    return any(look != seen.done.get(url) for url, (look, _) in seen.looks.items() if url not in held)


def as_done(seen: Seen) -> frozenset[str]:
    """Return the files that look as they did in the last round."""
    return frozenset(url for url, look in (seen.done or {}).items() if seen.looks[url][0] == look)


def after_round(seen: Seen, held: frozenset[str]) -> dict[str, Look]:
    """Return how the files looked that a round processed; those it was not to touch are as they were before."""
    done = {url: look for url, (look, _) in seen.looks.items() if look is not None and url not in held}
    return done | {url: look for url, look in (seen.done or {}).items() if url in held}


def _open_files(seen: Seen) -> Iterator[Notice]:
    for url, (look, _) in seen.looks.items():
        if look is not None and look.lock:
            yield Notice("open", posixpath.basename(url), look.lock)


def _look(sources: Sequence[str], out: str) -> dict[str, Look]:
    """Return how every input file looks now."""
    looks: dict[str, Look] = {}
    for source in sources:
        fs, _ = filesystem(source)
        fs.invalidate_cache()
        found = {path: (url, named) for path, url, named in files_under(source, out)}
        for path, (url, named) in found.items():
            if passed_over(posixpath.basename(path), named):
                continue
            folder, name = posixpath.split(path)
            lock = next((lock.format(name) for lock in LOCKS if f"{folder}/{lock.format(name)}" in found), "")
            try:
                info = fs.info(path)
            except FileNotFoundError:
                continue
            changed = next((info[key] for key in ("mtime", "LastModified", "etag", "created") if key in info), "")
            looks[url] = Look(int(info.get("size") or 0), str(changed), lock)
    return looks
