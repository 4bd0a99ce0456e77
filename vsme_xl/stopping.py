"""End in order when the system or the user says so (Ctrl-C, a closed terminal, kill): what was begun is put away."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(SystemExit):
    """The run was stopped by the signal `number`; the exit code is 128 and this number, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number
        self._said = False

    def say(self, how: Callable[[], None]) -> None:
        """Say once that the run was stopped; the terminal may be gone."""
        if not self._said:
            self._said = True
            with suppress(OSError, ValueError):
                how()


def heard() -> tuple[signal.Signals, ...]:
    """Return the signals that end a run here; those that who started it had ignored (nohup) are not among them."""
    return tuple(number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN)


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
        for other in SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(number)

    for number in heard():
        signal.signal(number, stop)
