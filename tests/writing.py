"""Every command that writes, in a folder of its own, and ways to disturb it, for tests of what then stands on disk."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from vsme_xl.cli import main

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
CLIENT, BATCHED = "client.xlsx", ("results", "review", "mail", "portfolio.xlsx", "facts.csv", "facts.parquet")
# What is written by each command over what stands there already.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "new": ("new", "out.xlsx", "--force", "--module", "basic"),
    "new --from": ("new", "out.xlsx", "--force", "--from", CLIENT),
    "new --previous": ("new", "out.xlsx", "--force", "--previous", CLIENT),
    "run": ("run", CLIENT, "-o", "out.xlsx"),
    "check --review": ("check", CLIENT, "--review", "out.xlsx"),
    "check --mail": ("check", CLIENT, "--mail", "out.eml"),
    "mapping build": ("mapping", "build", CLIENT, "-o", "out.yaml"),
    "demo": ("demo", "demo"),
}
OUTPUTS = {
    "check --mail": ("out.eml",), "mapping build": ("out.yaml",),
    "demo": ("demo/blank.xlsx", "demo/filled.xlsx", "demo/filled-results.xlsx"),
}  # fmt: skip
OLD = b"what stood here before"


def folder_of_a_client(folder: Path) -> Path:
    """Make a folder with a client's workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLES / "consultancy.xlsx", folder / CLIENT)
    return folder


def outputs_of(command: str) -> tuple[str, ...]:
    return OUTPUTS.get(command, ("out.xlsx",))


def with_old_outputs(folder: Path, command: str) -> None:
    """Put something in the place of every output; a mapping is never written over."""
    for name in outputs_of(command):
        (folder / name).parent.mkdir(exist_ok=True)
        if command != "mapping build":
            (folder / name).write_bytes(OLD)


def said_in(folder: Path, *arguments: str) -> Result:
    """Run a command with a folder as the place where one works."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(main, arguments)
    finally:
        os.chdir(before)


def left_overs(folder: Path) -> list[str]:
    """Return our temporary files and folders, wherever they are below a folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob(".vsme-xl-*"))


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


class Limited:
    """A file that takes so many bytes and no more."""

    def __init__(self, file: Any, room: int, error: OSError) -> None:
        self.file, self.room, self.error = file, room, error

    def write(self, content: bytes) -> int:
        taken = bytes(content)[: self.room]
        self.room -= len(taken)
        self.file.write(taken)
        if len(taken) < len(content):
            raise self.error
        return len(taken)

    def __enter__(self) -> Limited:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def room_for(size: int, number: int = errno.ENOSPC) -> Callable[..., Any]:
    """Return an `open` for files that take `size` bytes, as on a disk that is full."""

    def opened(*args: Any, **kwargs: Any) -> Any:
        return Limited(open(*args, **kwargs), size, OSError(number, os.strerror(number)))

    return opened


def refusing(error: OSError, unless: Callable[..., bool] = lambda *_: False, real: Any = None) -> Callable[..., Any]:
    """Return a call of the system that is refused, `unless` its arguments are others."""

    def refused(*args: Any, **kwargs: Any) -> Any:
        if unless(*args):
            return real(*args, **kwargs)
        raise error

    return refused


@contextmanager
def small_disk(place: Path, size: str = "2m") -> Iterator[Path | None]:
    """Give out a disk of its own of this size, None where this user may not make one."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    mounted = sys.platform == "linux" and shutil.which("mount") is not None
    mounted = mounted and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


def in_a_copy(work: Callable[[], int]) -> int:
    """Do work in a copy of this process, and return the code it ends with (or minus the signal)."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
