"""Read and write files by URL (a path, file://, memory://, s3:// …) through fsspec, each whole or not at all."""

from __future__ import annotations

import os
import posixpath
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOLCK, ENOSYS, EOPNOTSUPP
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from vsme_xl.files import about, make_folder, private_folder, sweep, whole_file

ZIPPED, ZIP_END, LONGEST_END = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".ods"), b"PK\x05\x06", 22
ENDS = {".csv": b"\n", ".parquet": b"PAR1", ".eml": b"\n"}
"""How the files that a batch writes end."""
NO_LOCKS = frozenset({ENOLCK, ENOSYS, EOPNOTSUPP})


def filesystem(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL or path, and the path within it."""
    import fsspec.core

    fs, path = fsspec.core.url_to_fs(url)
    return fs, path.rstrip("/") or path


def is_local(fs: Any) -> bool:
    """Return whether a file system is this machine's."""
    protocol = fs.protocol if isinstance(fs.protocol, tuple) else (fs.protocol,)
    return "file" in protocol


def is_here(url: str) -> bool:
    """Return whether what is under a URL is on a file system of this machine."""
    return is_local(filesystem(url)[0])


def is_in_process(url: str) -> bool:
    """Return whether only this process sees what is under a URL."""
    return url.startswith("memory:")


def absolute(url: str) -> str:
    """Return a URL that means the same to another process: a path of this machine from its root."""
    fs, path = filesystem(url)
    return path if is_local(fs) else url


def join(base: str, *parts: str) -> str:
    """Return the URL of something below a folder."""
    return "/".join((base.rstrip("/\\"), *parts))


def read(url: str) -> bytes:
    """Return the content of a file; OSError where it cannot be read."""
    fs, path = filesystem(url)
    content: bytes = fs.cat_file(path)
    return content


def write(url: str, content: bytes) -> None:
    """Write a file whole: on this machine under a temporary name first, elsewhere in one call."""
    with writing(url) as file:
        file.write(content)


@contextmanager
def writing(url: str) -> Iterator[IO[bytes]]:
    """Give out a file to write to; it stands under `url` only when the block ends without an exception."""
    fs, path = filesystem(url)
    if is_local(fs):
        target = Path(path)
        make_folder(target.parent)
        with whole_file(target) as file:
            yield file
        return
    if is_in_process(url):  # this store shows what is written at once
        content = BytesIO()
        yield content
        fs.makedirs(posixpath.dirname(path), exist_ok=True)
        fs.pipe_file(path, content.getvalue())
        return
    try:
        fs.makedirs(posixpath.dirname(path), exist_ok=True)
        handle = fs.open(path, "wb", autocommit=False)
        try:
            yield handle
            handle.close()
            handle.commit()
        except BaseException:
            handle.discard()
            raise
    except OSError as error:
        raise about(url, error) from error


@contextmanager
def workspace(url: str) -> Iterator[str]:
    """Give out a folder of this machine for temporary files that only the user can read: below `url` where it is here.

    It is removed at the end, or, after a kill, by the next run that comes by.
    """
    fs, path = filesystem(url)
    parent = Path(path) if is_local(fs) else Path(tempfile.gettempdir())
    make_folder(parent)
    sweep(parent)
    with private_folder(parent) as folder:
        yield folder


def sweep_below(url: str) -> None:
    """Remove what killed runs left in a folder of this machine and in those below it."""
    fs, path = filesystem(url)
    if is_local(fs):
        for folder, _, _ in os.walk(path):
            with suppress(OSError):
                sweep(Path(folder))


class InUse(Exception):
    """Another process holds the lock; the argument is its path."""


@contextmanager
def only_one(out: str, *below: str) -> Iterator[None]:
    """Hold the lock at a path below `out` while the block runs, InUse where it is held; a killed process holds none.

    There are locks on this machine alone. OSError names `out` where it cannot be written.
    """
    url = join(out, *below)
    fs, path = filesystem(url)
    if not is_local(fs):
        yield
        return
    try:
        make_folder(Path(path).parent)
        lock = open(path, "wb")  # noqa: SIM115
    except OSError as error:
        raise about(out, error) from error
    with lock as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            if error.errno not in NO_LOCKS:  # some network shares have none
                raise InUse(path) from error
        yield


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def names_in(url: str) -> list[str]:
    """Return the names of the files in a folder; none where there is no such folder."""
    fs, path = filesystem(url)
    try:
        return [posixpath.basename(found.rstrip("/")) for found in fs.ls(path, detail=False)]
    except FileNotFoundError:
        return []


def exists(url: str) -> bool:
    """Return whether there is a file."""
    fs, path = filesystem(url)
    return bool(fs.isfile(path))


def stands_whole(url: str) -> bool:
    """Return whether there is a file that was not cut off, as by a power failure.

    On this machine its end is looked at, which is the same where a person edited it; elsewhere it is enough that it is
    there.
    """
    fs, path = filesystem(url)
    if not is_local(fs):
        return bool(fs.isfile(path))
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_END))
            end = file.read()
    except PermissionError:  # another program has it open: there it is
        return True
    except OSError:
        return False
    if path.endswith(ZIPPED):
        return end.startswith(ZIP_END)
    return end.endswith(ENDS.get(posixpath.splitext(path)[1], b""))


def remove(url: str) -> None:
    """Remove a file, if it is there."""
    fs, path = filesystem(url)
    if fs.exists(path):
        fs.rm_file(path)
