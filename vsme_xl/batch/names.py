"""Give every input the name of its outputs: safe on Windows, macOS and Linux, and no two alike."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from vsme_xl.batch.records import InputFile

# Reserved on Windows (links take # and % for their own), control characters, what is no text, and marks that turn the
# direction of writing or that nobody sees, with which a name could hide its ending or look like another.
UNSAFE = re.compile(
    r'[<>:"/\\|?*#%\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff'
    r"\ufff9-\uffff]"
)
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|COM[0-9¹²³]|LPT[0-9¹²³]) *(\..*)?$", re.IGNORECASE)
LONGEST = 80
# Most systems take 255 bytes; a mark of six letters and an ending such as -results.xlsx come on top.
MOST_BYTES = 230
LONGEST_PATH = 140


def with_outputs(files: Iterable[InputFile]) -> Iterator[InputFile]:
    """Yield the files with `output` set: the folders of the input kept, the name safe, an extension kept if not .xlsx.

    Where two would meet (on a file system that ignores case and the form of accents), each gets a mark made from its
    input's name, so that a name depends on what is there and not on any order.
    """
    planned = [(file, _safe_path(file.name)) for file in files]
    meeting = Counter(_alike(path) for _, path in planned)
    for file, path in planned:
        yield replace(file, output=_marked(path, file.name) if meeting[_alike(path)] > 1 else path)


def _alike(path: str) -> str:
    """Return what is the same for names that a file system may take for one: it ignores case and form of accents."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def _safe_path(name: str) -> str:
    *folders, file = name.split("/")
    stem, dot, extension = file.rpartition(".")
    if not dot:
        stem = file
    elif extension.lower() != "xlsx":
        stem = f"{stem}.{extension.lower()}"
    path = "/".join([*(safe(f) for f in folders), safe(stem)])
    if len(path) <= LONGEST_PATH:
        return path
    return _marked("/".join([*(safe(f)[:20].rstrip(" .") for f in folders[-2:]), safe(stem)]), name)


def safe(part: str) -> str:
    """Return a name that every file system takes: no reserved characters or names, not too long, composed accents."""
    text = unicodedata.normalize("NFC", part)
    plain = UNSAFE.sub("_", text).strip(" ").rstrip(". ") or "_"
    if RESERVED.match(plain):
        plain = f"_{plain}"
    if len(plain) <= LONGEST and len(plain.encode()) <= MOST_BYTES:
        return plain
    return f"{_cut(plain, LONGEST - 8, MOST_BYTES - 8)}~{_mark(part)}"


def _cut(text: str, letters: int, size: int) -> str:
    """Return the beginning of a name, of so many letters and bytes at most."""
    return text[:letters].encode()[:size].decode("utf-8", "ignore").rstrip(" .")


def is_renamed(file: InputFile) -> bool:
    """Return whether a file's outputs have another name than its own: made safe or short, or told apart from others."""
    return file.output.casefold() != file.name.casefold().removesuffix(".xlsx")


def _marked(path: str, name: str) -> str:
    return f"{path}~{_mark(name)}"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
