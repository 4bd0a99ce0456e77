"""Write a file whole or not at all: under a temporary name in its folder, then moved into place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(target: Path, fixed: bool = False) -> Iterator[str]:
    """Give out a temporary path to write to, and move it to `target` when the block ends without an exception.

    With `fixed` the temporary name is made from the target's, so that what a killed run left is overwritten by the
    next one. The file has the permissions that any new file of the user has. OSError names `target` where it cannot be
    written.
    """
    if not target.parent.is_dir():
        raise FileNotFoundError(2, os.strerror(2), str(target))
    try:
        temporary = _temporary(target, fixed)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _temporary(target: Path, fixed: bool) -> str:
    if fixed:
        path = target.with_name(f".{target.name}.part")
        path.touch()
        return str(path)
    handle, name = tempfile.mkstemp(suffix=target.suffix, prefix=".", dir=target.parent)
    os.close(handle)
    return name
