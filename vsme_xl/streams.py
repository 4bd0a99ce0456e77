"""The standard streams of a command: a reader that leaves before the end (`| head`) costs nothing."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


class Unheard(io.FileIO):
    """A pipe into which writing goes on, to nowhere, when nobody reads it any more."""

    def write(self, content: Any, /) -> int:
        """Write as a file does; all of it is taken where the reader has left."""
        try:
            return super().write(content)
        except BrokenPipeError:
            return memoryview(content).nbytes


def lenient(handle: int, like: TextIO, line_buffering: bool) -> io.TextIOWrapper:
    """Return a stream of texts that writes to an open handle as `like` does, and does not mind who reads."""
    raw = io.BufferedWriter(Unheard(handle, "w", closefd=False))
    return io.TextIOWrapper(raw, like.encoding, like.errors, line_buffering=line_buffering)


def forget_output() -> None:
    """Let what is still to be printed go nowhere: it was refused, and has been said to be."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def make_lenient() -> None:
    """Let this process print to the end, whoever reads it; a terminal is left as it is."""
    if sys.stdout is not None and not sys.stdout.isatty():
        sys.stdout = sys.__stdout__ = lenient(sys.stdout.fileno(), sys.stdout, False)  # type: ignore[misc]
    if sys.stderr is not None and not sys.stderr.isatty():
        sys.stderr = sys.__stderr__ = lenient(sys.stderr.fileno(), sys.stderr, True)  # type: ignore[misc]
