"""What a file that is no workbook is, by its content, so that the refusal can say what to do: texts `looks.NAME`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

OLD = "old_xls"
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"), (b"\x89PNG", "picture"), (b"\xff\xd8\xff", "picture"), (b"GIF8", "picture"),
    (b"7z\xbc\xaf", "archive"), (b"Rar!", "archive"), (b"\x1f\x8b", "archive"), (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"), (b"PK\5\6", "zip_without"), (b"L\0\0\0\x01\x14\x02", "link"),
    (b"[InternetShortcut]", "link"), (b"{\\rtf", "document"), (b"\t\0\x04\0", OLD), (b"\t\x02\x06\0", OLD),
    (b"\t\x04\x06\0", OLD),
)  # fmt: skip
STREAMS = {
    "DRMEncryptedDataSpace": "rights", "WordDocument": "document", "PowerPoint Document": "slides",
    "__properties_version1.0": "mail", "Book": OLD,
}  # fmt: skip
# A workbook that lost its own part is none that anything more can be said of.
PARTS = (("word/", "document"), ("ppt/", "slides"), ("xl/", ""))
DOCUMENTS = {b".text": "document", b".presentation": "slides", b".graphics": "picture"}
HEAD, MOST = 2_000, 3_000_000
TO_SEE = re.compile(rb"[^\t\n\r -\x7e\x80-\xff]")
HEADERS = re.compile(rb"^(from|subject|received|to|date|return-path|message-id):", re.MULTILINE)
LOCK_FILE, LOCK = 165, "~$"


def looks_like(data: bytes, file: str) -> str:
    """Return what content that is no workbook looks like; empty where nothing is known of it."""
    for beginning, kind in BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if not data.strip(b"\0"):
        return "zeros"
    if len(data) == LOCK_FILE and Path(file).name.startswith(LOCK):
        return "lock"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data[:MOST].decode("utf-16", "replace").encode()
    return _of_text(data[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower(), data)


def _of_text(head: bytes, data: bytes) -> str:
    if head.startswith(b"<?xml") and b"opendocument" in head:
        return "flat"
    if head.startswith(b"<?xml") and b"spreadsheet" in head:
        return "xml"
    if b"<html" in head or b"<!doctype html" in head or b"<table" in head or b"x-document-type: workbook" in head:
        return "html" if b"<table" in data[:MOST].lower() or b"workbook" in head else "page"
    if head.startswith(b"{") and (b'"doc_id"' in head or b"docs.google.com" in head):
        return "link"
    if len(set(HEADERS.findall(head))) > 2:
        return "mail"
    return "text" if head and not TO_SEE.search(head) else ""


def looks_like_streams(data: bytes) -> str:
    """Return what a compound file looks like by the streams in it."""
    return next((kind for name, kind in STREAMS.items() if name.encode("utf-16-le") in data), "")


def looks_like_parts(parts: Iterable[str], workbooks: int) -> str:
    """Return what a zip looks like by its parts, and how many workbooks lie packed in it."""
    names = list(parts)
    if workbooks:
        return "zip" if workbooks == 1 else "zips"
    if any(name.endswith(".iwa") or name == "index.zip" for name in names):
        return "numbers"
    return next((kind for begin, kind in PARTS if any(n.startswith(begin) for n in names)), "zip_without")


def looks_like_document(mimetype: bytes) -> str:
    """Return what an OpenDocument file that is no spreadsheet looks like by what it says of itself."""
    return next((kind for mark, kind in DOCUMENTS.items() if mark in mimetype), "")
