"""The standard streams of a command: no reader that leaves, closed stream or narrow encoding ends it."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

INPUT, OUTPUT, ERRORS = 0, 1, 2


class Unheard(io.FileIO):
    """A pipe into which writing goes on, to nowhere, when nobody reads it any more."""

    def write(self, content: Any, /) -> int:
        """Write as a file does; all of it is taken where the reader has left."""
        try:
            return super().write(content)
        except BrokenPipeError:
            return memoryview(content).nbytes


def lenient(handle: int, like: TextIO | None, line_buffering: bool) -> io.TextIOWrapper:
    """Return a stream of texts that writes to an open handle as `like` does, and does not mind who reads.

    A character that its encoding does not have is written as its number.
    """
    raw = io.BufferedWriter(Unheard(handle, "w", closefd=False))
    encoding = like.encoding if like is not None else "utf-8"
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=line_buffering)


def print_as_utf_8() -> None:
    """Let what is printed from now on be UTF-8, as programs that read it expect; a terminal is left as it is."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")


def forget_output() -> None:
    """Let what is still to be printed go nowhere: it was refused, and has been said to be."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def make_lenient() -> None:
    """Let this process print to the end, whoever reads it and whatever it can show."""
    _fill_closed()
    sys.stdout = sys.__stdout__ = _lenient_standard(sys.stdout, OUTPUT)  # type: ignore[misc, assignment]
    sys.stderr = sys.__stderr__ = _lenient_standard(sys.stderr, ERRORS)  # type: ignore[misc, assignment]


def _fill_closed() -> None:
    """Let standard streams that are closed lead nowhere, or the next file that is opened would be taken for one."""
    for number in (INPUT, OUTPUT, ERRORS):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)


def _lenient_standard(stream: TextIO | None, number: int) -> TextIO:
    if stream is None or not stream.isatty():
        return lenient(number if stream is None else stream.fileno(), stream, number == ERRORS)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream
