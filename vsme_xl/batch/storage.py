"""Read and write files by URL (a path, file://, memory://, s3:// …) through fsspec, each whole or not at all."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from vsme_xl.files import whole_file


def filesystem(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL or path, and the path within it."""
    import fsspec.core

    fs, path = fsspec.core.url_to_fs(url)
    return fs, path.rstrip("/") or path


def is_local(fs: Any) -> bool:
    """Return whether a file system is this machine's."""
    protocol = fs.protocol if isinstance(fs.protocol, tuple) else (fs.protocol,)
    return "file" in protocol


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
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as temporary, open(temporary, "wb") as file:
            yield file
        return
    fs.makedirs(posixpath.dirname(path), exist_ok=True)
    handle = fs.open(path, "wb", autocommit=False)
    try:
        yield handle
        handle.close()
        handle.commit()
    except BaseException:
        handle.discard()
        raise


class InUse(Exception):
    """Another process holds the lock; the argument is its path."""


@contextmanager
def only_one(url: str) -> Iterator[None]:
    """Hold a lock on this machine while the block runs, InUse where it is held; a killed process holds none.

    Elsewhere there are no locks.
    """
    fs, path = filesystem(url)
    if not is_local(fs):
        yield
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
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


def remove(url: str) -> None:
    """Remove a file, if it is there."""
    fs, path = filesystem(url)
    if fs.exists(path):
        fs.rm_file(path)
