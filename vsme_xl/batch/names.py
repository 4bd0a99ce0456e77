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
# direction of writing, with which a name could hide its ending.
UNSAFE = re.compile(r'[<>:"/\\|?*#%\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]')
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(\..*)?$", re.IGNORECASE)
LONGEST = 80
LONGEST_PATH = 140


def with_outputs(files: Iterable[InputFile]) -> Iterator[InputFile]:
    """Yield the files with `output` set: the folders of the input kept, the name safe, an extension kept if not .xlsx.

    Where two would meet (on a file system that ignores case and the form of accents), each gets a mark made from its
    input's name, so that a name depends on what is there and not on any order.
    """
    planned = [(file, _safe_path(file.name)) for file in files]
    meeting = Counter(path.casefold() for _, path in planned)
    for file, path in planned:
        yield replace(file, output=_marked(path, file.name) if meeting[path.casefold()] > 1 else path)


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
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 8].rstrip(' .')}~{_mark(part)}"


def is_renamed(file: InputFile) -> bool:
    """Return whether a file's outputs have another name than its own: made safe or short, or told apart from others."""
    return file.output.casefold() != file.name.casefold().removesuffix(".xlsx")


def _marked(path: str, name: str) -> str:
    return f"{path}~{_mark(name)}"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
