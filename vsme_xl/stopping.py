"""End in order when the system or the user says so (Ctrl-C, a closed terminal, kill): what was begun is put away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(SystemExit):
    """The run was stopped by the signal `number`; the exit code is 128 and this number, as shells have it.

    `said` is whether the user has been told.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number
        self.said = False

    def say(self, how: Callable[[], None]) -> None:
        """Say once that the run was stopped; the terminal may be gone."""
        if not self.said:
            self.said = True
            with suppress(OSError, ValueError):
                how()


def heard() -> tuple[signal.Signals, ...]:
    """Return the signals that end a run here; those that who started it had ignored (nohup) are not among them."""
    return tuple(number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN)


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes that are started in the block not hear Ctrl-C, which a terminal sends to all (POSIX)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def unbroken() -> Iterator[None]:
    """Let no signal break off the block; it is heard at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = {number: signal.getsignal(number) for number in heard()}
    try:
        for number in before:
            signal.signal(number, lambda number, frame: noted.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if noted:
            signal.raise_signal(noted[0])


def note_signals() -> list[int]:
    """Return a list to which every signal is added that ends a run here; nothing else comes of it."""
    noted: list[int] = []
    for number in heard():
        signal.signal(number, lambda number, frame: noted.append(number))
    return noted


def stop_on_signals() -> None:
    """Raise Stopped where this process is at the first signal; a second one of the same kind ends it at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Stopped(number)

    for number in heard():
        signal.signal(number, stop)


def stop_once() -> None:
    """Raise Stopped where this process is at the first signal, and hear no other one."""

    def stop(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped(number)

    for number in heard():
        signal.signal(number, stop)


def ignore_signals() -> None:
    """Hear no signal any more that ends a run: what is left to do is done."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
