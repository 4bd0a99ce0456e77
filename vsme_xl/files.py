"""Write a file whole or not at all: under a temporary name in its folder, then moved into place."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import stat
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO

A_DAY = 86_400
ENDING = ".part"


@contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """Give out a file to write to; it stands as `target` only when the block ends without an exception.

    Until then it has a temporary name in the same folder, and only the user can read it. What a killed run left there
    is removed by the next one. A new file has the permissions that any new file of the user has, a replaced one keeps
    its own; a link stays a link, and what is no file (such as /dev/null) is written into. OSError names `target` where
    it cannot be written.
    """
    try:
        place = Path(os.path.realpath(target)) if target.is_symlink() else target
        mode = _mode_to_be(place)
        if mode is None:
            content = BytesIO()
            yield content
            place.write_bytes(content.getvalue())
            return
        temporary = _temporary_file(place.parent)
    except OSError as error:
        raise about(str(target), error) from None
    try:
        with open(temporary, "wb") as file:
            yield file
        os.chmod(temporary, mode)
        os.replace(temporary, place)
    except OSError as error:
        raise about(str(target), error) from error
    finally:
        _remove(temporary)


def write_whole(target: Path, content: bytes) -> None:
    """Write the content of a file whole or not at all; OSError names `target` where it cannot be written."""
    with whole_file(target) as file:
        file.write(content)


def make_folder(folder: Path) -> None:
    """Make a folder and those it is in, where they are not there; NotADirectoryError where one of them is a file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


@contextmanager
def private_folder(parent: Path) -> Iterator[str]:
    """Give out a folder for temporary files that only the user can read; it is removed at the end.

    That of a killed run is removed as its temporary files are (`sweep`).
    """
    folder = tempfile.mkdtemp(suffix=ENDING, prefix=_prefix(), dir=parent)
    try:
        yield folder
    finally:
        _remove(folder)


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed runs left in a folder.

    Those of this machine whose process is gone; those of another machine (on a shared folder) after a day.
    """
    for entry in os.scandir(folder):
        if entry.name.startswith(".vsme-xl-") and entry.name.endswith(ENDING) and _is_left(entry):
            _remove(entry.path)


@cache
def _swept(folder: str) -> None:
    """Sweep a folder once in a run."""
    sweep(Path(folder))


def _mode_to_be(place: Path) -> int | None:
    """Return the permissions that the file is to have, None for what is no file; OSError where it cannot be one."""
    try:
        there = os.stat(place)
    except FileNotFoundError:
        parent = os.stat(place.parent)
        if not stat.S_ISDIR(parent.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(there.st_mode):
        return None
    os.close(os.open(place, os.O_WRONLY))  # what may not be written must not be replaced
    return stat.S_IMODE(there.st_mode)


def _temporary_file(folder: Path) -> str:
    _swept(os.path.abspath(folder))
    handle, temporary = tempfile.mkstemp(suffix=ENDING, prefix=_prefix(), dir=folder)
    os.close(handle)
    return temporary


def about(target: str, error: OSError) -> OSError:
    """Return an error that names the target, of the same kind and with what the system said of it."""
    winerror = getattr(error, "winerror", None)
    values = (error.errno, error.strerror or type(error).__name__, target)
    return type(error)(*values, winerror) if winerror is not None else type(error)(*values)


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Return whether nobody writes to a temporary file any more; after a day nobody does."""
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > A_DAY:
            return True
    process = entry.name.removeprefix(_mark()).partition("-")[0]
    if not entry.name.startswith(_mark()) or not process.isdigit():
        return False
    if int(process) == os.getpid():  # in a container every run may have the same number
        return not entry.name.startswith(_prefix())
    return not _runs(int(process))


def _runs(process: int) -> bool:
    if os.name != "posix":
        import psutil

        return psutil.pid_exists(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return not _has_ended(process)


def _has_ended(process: int) -> bool:
    """Return whether a process has ended and nobody asked how: in a container there may be none who does (Linux)."""
    try:
        state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in (b"Z", b"X")


@cache
def _mark() -> str:
    """Return how the temporary files of this machine begin."""
    return f".vsme-xl-{zlib.crc32(platform.node().encode()):08x}-"


def _prefix() -> str:
    """Return how the temporary files of this process begin."""
    return f"{_mark()}{os.getpid()}-{_token()}-"


@cache
def _token() -> str:
    return os.urandom(4).hex()


def _remove(path: str) -> None:
    """Remove a temporary file or folder, which may have been moved into place or be gone with the folder it was in."""
    with suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
