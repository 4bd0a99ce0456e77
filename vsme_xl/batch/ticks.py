"""Tell a watch when to look: at once where the system reports changes, at intervals where it does not."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterator, Sequence

from vsme_xl.batch.inputs import MAGIC
from vsme_xl.batch.storage import filesystem, is_local

TICK = 1.0
RECHECK = 60.0
POLL = 10.0


def ticks(sources: Sequence[str], poll: float | None) -> Iterator[bool]:
    """Yield, time and again, whether something may have changed below the sources; the first time at once.

    With `poll` that is every so many seconds. Without it the system is asked to report changes, and a look is taken
    every minute in case it did not; inputs that are not on a file system of this machine are looked at every POLL
    seconds.
    """
    yield True
    folders = [_folder(source) for source in sources]
    if poll is None and None not in folders:
        yield from _reported([folder for folder in folders if folder is not None])
    yield from _at_intervals(poll or POLL)


def _folder(source: str) -> str | None:
    """Return the folder of this machine to watch for a source: itself, or the one that it is in; None elsewhere."""
    fs, path = filesystem(source)
    if not is_local(fs):
        return None
    while not fs.isdir(path) or MAGIC & set(posixpath.basename(path)):
        path = posixpath.dirname(path)
    return str(path)


def _reported(folders: Sequence[str]) -> Iterator[bool]:
    """Yield at once when the system reports a change, and every TICK; end where it cannot watch the folders."""
    from watchfiles import watch

    checked = time.monotonic()
    try:
        for changes in watch(*folders, watch_filter=None, rust_timeout=int(TICK * 1000), yield_on_timeout=True):
            late = time.monotonic() - checked > RECHECK
            if changes or late:
                checked = time.monotonic()
            yield bool(changes) or late
    except OSError:  # too many folders for the system, or one of them is gone
        return


def _at_intervals(seconds: float) -> Iterator[bool]:
    """Yield every TICK whether the interval is over."""
    while True:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(min(TICK, seconds))
            yield time.monotonic() - began >= seconds
