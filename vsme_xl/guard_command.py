"""Run one command in a copy of this process under limits: a parser that hangs, swells or dies takes nothing with it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from vsme_xl.guard import POLL, LimitExceeded, Limits, bound_memory, over
from vsme_xl.stopping import Stopped, heard, stop_once

OUT_OF_MEMORY, STOPPED_UNSAID = b"m", b"s"


def can_copy() -> bool:
    """Return whether a copy of this process can take over: its streams are its own, and it has no other threads."""
    own = sys.stdout is sys.__stdout__ and sys.stderr is sys.__stderr__
    return hasattr(os, "fork") and own and threading.active_count() == 1


def run_in_copy(work: Callable[[], int], limits: Limits) -> tuple[int, int]:
    """Run `work` in a copy of this process; return the exit code it gives and the copy's process id.

    Signals are passed on, and a second Ctrl-C ends the copy at once: Stopped. Raises LimitExceeded where the copy was
    stopped for a limit or died.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _work(work, limits, theirs)
    os.close(theirs)
    with _passing_on(pid) as signals:
        reason = _watch(pid, ours, limits)
        said = os.read(ours, 1) if not reason else b""
        os.close(ours)
        _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if said == OUT_OF_MEMORY:
        reason = "memory"
    if signals and (code < 0 or said == STOPPED_UNSAID):
        raise Stopped(signals[0])
    if reason or code < 0:
        raise LimitExceeded(reason or "died", pid)
    return code, pid


def _watch(pid: int, pipe: int, limits: Limits) -> str:
    """Wait until the copy ends (its end of the pipe closes), or kill it for a limit and return which."""
    began = time.monotonic()
    while not select.select([pipe], [], [], POLL)[0]:
        if reason := over(pid, began, limits):
            os.kill(pid, signal.SIGKILL)
            return reason
    return ""


@contextlib.contextmanager
def _passing_on(pid: int) -> Iterator[list[int]]:
    """Pass signals on to the copy while the block runs, and give out the list of those that came."""
    seen: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if number in seen else number)
        seen.append(number)

    before = {number: signal.signal(number, pass_on) for number in heard()}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _work(work: Callable[[], int], limits: Limits, pipe: int) -> NoReturn:
    """Do the work in the copy and end it, whatever happens, without what this process would do at its end."""
    code = 1
    try:
        stop_once()
        bound_memory(limits)
        _bound_processor(limits)
        code = work()
    except MemoryError:
        os.write(pipe, OUT_OF_MEMORY)
    except SystemExit as end:
        if isinstance(end, Stopped) and not end.said:
            os.write(pipe, STOPPED_UNSAID)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    with contextlib.suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _bound_processor(limits: Limits) -> None:
    """Let the system end the copy even where the process that watches it is gone."""
    import resource

    most = int(limits.seconds * (os.cpu_count() or 1)) + 10
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))


@contextlib.contextmanager
def ending_after(limits: Limits, say: Callable[[], None], code: int) -> Iterator[None]:
    """End this process with an exit code when its time is up, after `say()`: for systems that cannot copy it (Windows).

    Where a parser keeps all threads from running, the process ends two seconds later without a word.
    """
    import faulthandler

    def end() -> None:
        say()
        os._exit(code)

    timer = threading.Timer(limits.seconds, end)
    timer.daemon = True
    timer.start()
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(limits.seconds + 2, exit=True, file=nowhere)
        try:
            yield
        finally:
            timer.cancel()
            faulthandler.cancel_dump_traceback_later()
