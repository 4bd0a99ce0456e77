"""Run work in a process of its own under limits of time and memory: what hangs, swells or dies costs only itself."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MEGABYTE = 1_000_000
POLL = 0.1
GRACE = 2.0
RESERVED, RESERVED_PER_CORE = 500, 64
LONGEST_SOCKET = 104  # bytes of a path, with the one that ends it; Linux has 108
ERRORS = 2


@dataclass(frozen=True)
class Limits:
    """What one piece of work may take: seconds of wall time, and megabytes that its process holds in memory."""

    seconds: float = 60.0
    megabytes: float = 1000.0


class LimitExceeded(Exception):
    """The work was stopped or died; `reason` is time, memory or died."""

    def __init__(self, reason: str, pid: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pid = pid


def over(pid: int, began: float, limits: Limits) -> str:
    """Return which limit a process that began at a time (of the monotonic clock) exceeds; empty while all is well."""
    if time.monotonic() - began > limits.seconds:
        return "time"
    return "memory" if resident(pid) > limits.megabytes * MEGABYTE else ""


@dataclass
class Guarded:
    """A process that works for this one, the connection to it, and when its present piece of work began."""

    process: Any
    connection: Connection
    limits: Limits
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Start the clock for the next piece of work."""
        self.began = time.monotonic()

    def excess(self) -> str:
        """Return which limit is exceeded now (time, memory), or died; empty while all is well."""
        if not self.process.is_alive():
            return "died"
        return over(self.process.pid, self.began, self.limits)

    def stop(self) -> None:
        """End the process at once and close the connection."""
        self.connection.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join(GRACE)


def start(work: Callable[..., None], *arguments: Any, limits: Limits, method: str = "") -> Guarded:
    """Start a process that runs `work(connection, *arguments)`; `work` must be importable by its name.

    `method` is how multiprocessing starts it; by default from a small server that has imported our modules once, or
    anew where there is no such server (Windows).
    """
    import multiprocessing

    from vsme_xl.stopping import deaf_to_ctrl_c

    method = method or start_method()
    if method == "forkserver":
        start_server()
    context: Any = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    process = context.Process(target=_bounded, args=(work, limits, _own_settings(), theirs, *arguments), daemon=True)
    with deaf_to_ctrl_c() if method == "spawn" else nullcontext():
        process.start()
    theirs.close()
    return Guarded(process, ours, limits)


def start_server() -> None:
    """Start the server that processes are forked from, where it does not run: Ctrl-C is for this process alone."""
    from multiprocessing import forkserver, resource_tracker

    from vsme_xl.stopping import deaf_to_ctrl_c

    resource_tracker.ensure_running()
    with deaf_to_ctrl_c():
        forkserver.ensure_running()


def _own_settings() -> dict[str, str]:
    """Return our environment variables: the server that processes come from knows those of the time it was started."""
    return {name: value for name, value in os.environ.items() if name.startswith("VSME_XL_")}


def _bounded(work: Callable[..., None], limits: Limits, settings: Mapping[str, str], *arguments: Any) -> None:
    for name in _own_settings().keys() - settings.keys():
        del os.environ[name]
    os.environ.update(settings)
    bound_memory(limits)
    silence_parsers()
    try:
        work(*arguments)
    except BaseException:  # a traceback may hold figures of a client; that the process died is said by who started it
        os._exit(1)


def silence_parsers() -> None:
    """Let only Python write to standard error in this process, and no warnings.

    What a parser says as it breaks helps no user, and may quote what it was reading.
    """
    warnings.simplefilter("ignore")
    stream = sys.__stderr__
    if stream is None or stream is not sys.stderr or stream.fileno() != ERRORS:
        return
    from vsme_xl.streams import lenient

    stream.flush()
    own, nowhere = os.dup(ERRORS), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, ERRORS)
    os.close(nowhere)
    sys.stderr = lenient(own, stream, True)


def bound_memory(limits: Limits) -> None:
    """Let this process get no more memory than it could hold within its limit, for what swells between two looks at it.

    What it holds is looked at from outside; this bound lies higher, for libraries reserve more than they use.
    """
    if sys.platform != "linux":
        return
    import resource

    most = int((2 * limits.megabytes + RESERVED + RESERVED_PER_CORE * (os.cpu_count() or 1)) * MEGABYTE)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def start_method() -> str:
    """Return how processes are started here: from a server that forks, else anew.

    The server listens at a path below the folder for temporary files; the system cuts the length of such a path short.
    """
    import multiprocessing
    import tempfile

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return "spawn"
    room = LONGEST_SOCKET - len("/pymp-12345678/listener-12345678")
    return "forkserver" if len(os.fsencode(tempfile.gettempdir())) < room else "spawn"


def preload(*modules: str) -> None:
    """Let the server that processes are forked from import `modules` first, once for all of them."""
    import multiprocessing

    if start_method() == "forkserver":
        multiprocessing.get_context("forkserver").set_forkserver_preload(list(modules))


def resident(pid: int | None) -> float:
    """Return how many bytes a process holds in memory; 0 where it is gone."""
    if sys.platform == "linux":  # without an import, which would cost more than the look
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:
                return float(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError, ValueError):
            return 0.0
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0.0


def run_limited(function: Callable[..., Any], *arguments: Any, limits: Limits) -> Any:
    """Return what `function(*arguments)` returns, run in a process of its own; raise what it raises.

    Raises LimitExceeded where it takes longer or more memory than `limits` allow, or dies. On Linux the process is a
    copy of this one, so that nothing is imported twice; elsewhere it starts anew.
    """
    method = "fork" if sys.platform == "linux" else "spawn"
    guarded = start(_call, function, arguments, limits=limits, method=method)
    try:
        while not guarded.connection.poll(POLL):
            reason = guarded.excess()
            if reason and not guarded.connection.poll(0):
                raise LimitExceeded(reason)
        try:
            good, result = guarded.connection.recv()
        except EOFError:
            raise LimitExceeded("died") from None
    finally:
        guarded.stop()
    if not good:
        raise result
    return result


def _call(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        message = (True, function(*arguments))
    except MemoryError:
        os._exit(1)
    except Exception as error:
        message = (False, error)
    connection.send(message)
