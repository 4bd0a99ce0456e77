"""Write a file whole or not at all: under a temporary name in its folder, then moved into place."""

from __future__ import annotations

import os
import platform
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

A_DAY = 86_400


@contextmanager
def whole_file(target: Path) -> Iterator[str]:
    """Give out a temporary path to write to, and move it to `target` when the block ends without an exception.

    Until then only the user can read it. What a killed run left in the folder is removed by the next one. The file has
    the permissions that any new file of the user has. OSError names `target` where it cannot be written.
    """
    if not target.parent.is_dir():
        raise FileNotFoundError(2, os.strerror(2), str(target))
    try:
        sweep(target.parent)
        handle, temporary = tempfile.mkstemp(suffix=".part", prefix=f"{_mark()}{os.getpid()}-", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from error
    finally:
        _remove(temporary)


def write_whole(target: Path, content: bytes) -> None:
    """Write the content of a file whole or not at all; OSError names `target` where it cannot be written."""
    with whole_file(target) as temporary:
        Path(temporary).write_bytes(content)


@cache
def sweep(folder: Path) -> None:
    """Remove, once in a run, the temporary files that killed runs left in a folder.

    Those of this machine whose process is gone; those of another machine (on a shared folder) after a day.
    """
    for entry in os.scandir(folder):
        if entry.name.startswith(".vsme-xl-") and entry.name.endswith(".part") and _is_left(entry):
            _remove(entry.path)


def _is_left(entry: os.DirEntry[str]) -> bool:
    process = entry.name.removeprefix(_mark()).partition("-")[0]
    if os.name == "posix" and entry.name.startswith(_mark()) and process.isdigit():
        return not _runs(int(process))
    try:
        return time.time() - entry.stat().st_mtime > A_DAY
    except OSError:
        return False


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@cache
def _mark() -> str:
    """Return how the temporary files of this machine begin."""
    return f".vsme-xl-{zlib.crc32(platform.node().encode()):08x}-"


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # it has been moved into place, or the folder is gone with it
