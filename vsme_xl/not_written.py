"""Say why a file could not be written, as the system gives it, in a sentence that says what to do."""

from __future__ import annotations

import os
from errno import EACCES, EDQUOT, EEXIST, EFBIG, EIO, EISDIR, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS

FULL = frozenset({"full", "quota"})
CODES = {
    ENOSPC: "full", EDQUOT: "quota", EFBIG: "too_large", EROFS: "read_only", ENAMETOOLONG: "long_name", EIO: "device",
    EISDIR: "is_folder", ENOENT: "no_folder", ENOTDIR: "no_folder", EEXIST: "no_folder", EACCES: "no_permission",
    EPERM: "no_permission",
}  # fmt: skip
OF_PLACES = frozenset({"is_folder", "no_folder", "no_permission"})
# Windows: another program holds the file or a part of it locked.
LOCKED = (32, 33)


def why_not(error: OSError) -> str:
    """Return the code of the reason (a text `not_written.CODE`)."""
    if getattr(error, "winerror", None) in LOCKED:
        return "locked"
    code = CODES.get(error.errno or 0, "otherwise")
    if code not in OF_PLACES:
        return code
    file = _file(error)
    if not file:
        return "otherwise"
    if code == "no_permission":
        return "folder_closed" if os.path.isdir(file) else "no_permission" if os.path.exists(file) else "new_file"
    if os.path.isdir(file):
        return "is_folder"
    if _file_above(error):
        return "folder_is_file"
    return "gone" if os.path.isdir(os.path.dirname(os.path.abspath(file))) else "no_folder"


def is_full(error: OSError) -> bool:
    """Return whether there is no more room where the file was to be."""
    return why_not(error) in FULL


def not_written(error: OSError, language: str, shown: str = "") -> str:
    """Return the sentence that says which file was not written, why, and what to do.

    `shown` is what the file is called there, by default what the error calls it; without either it is the output that
    is printed.
    """
    from vsme_xl.cell_text import one_line
    from vsme_xl.faults import reason_of
    from vsme_xl.language import load_language

    file = shown or _file(error)
    code = why_not(error)
    if not file:
        code = "print_full" if code in FULL else "print" if _is_here() else "here_gone"
    values = {
        "file": file, "folder": _file_above(error) or os.path.dirname(file) or ".", "name": os.path.basename(file),
        "reason": reason_of(error),
    }  # fmt: skip
    return load_language(language).text(f"not_written.{code}", **{k: one_line(v) for k, v in values.items()})


def _is_here() -> bool:
    """Return whether the folder that this process works in is there."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _file(error: OSError) -> str:
    name = error.filename
    return os.fsdecode(name) if isinstance(name, str | bytes) else ""


def _file_above(error: OSError) -> str:
    """Return the part of the path that is a file where a folder is needed; empty where there is none."""
    file = _file(error)
    above = file if error.errno in (ENOTDIR, EEXIST) else os.path.dirname(file)
    while above and not os.path.lexists(above) and os.path.dirname(above) != above:
        above = os.path.dirname(above)
    return above if above and not os.path.isdir(above) else ""
