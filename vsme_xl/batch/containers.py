"""Look into archives and mails, and read one workbook out of them; nothing is unpacked onto the disk."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from typing import IO

from vsme_xl.batch.records import InputFile
from vsme_xl.batch.storage import filesystem

CONTAINERS = (".zip", ".eml")
DEEPEST = 3
MOST_ENTRIES = 20_000
MOST_BYTES = 200_000_000


class ContainerError(Exception):
    """An archive or a mail cannot be read; `code` says why (a text `batch.failed.CODE`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def entries_of(file: InputFile) -> list[InputFile]:
    """Return what an archive or mail holds, in its order; ContainerError where it cannot be opened."""
    if len(file.members) >= DEEPEST:
        raise ContainerError("nested")
    try:
        with _opened(file) as content:
            names = list(_names(file.name, content))
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ContainerError("archive_damaged") from error
    if len(names) > MOST_ENTRIES:
        raise ContainerError("archive_too_large")
    return [InputFile(f"{file.name}/{_inner(name)}", file.url, (*file.members, n)) for n, name in names]


def content_of(file: InputFile) -> bytes:
    """Return the bytes of a workbook, out of its archive or mail where it is in one; OSError or ContainerError."""
    with _opened(file) as content:
        return content.read()


def _opened(file: InputFile) -> IO[bytes]:
    fs, path = filesystem(file.url)
    content: IO[bytes] = fs.open(path, "rb")
    for member in file.members:
        with content:
            content = BytesIO(_member(content, member))
    return content


def _names(container: str, content: IO[bytes]) -> Iterator[tuple[int, str]]:
    if container.lower().endswith(".eml"):
        for number, part in enumerate(_attachments(content)):
            yield number, part.get_filename() or f"attachment-{number + 1}"
        return
    with zipfile.ZipFile(content) as archive:
        for number, info in enumerate(archive.infolist()):
            if not info.is_dir():
                yield number, info.filename


def _inner(name: str) -> str:
    """Return the name of an entry as a path that leads nowhere else."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return posixpath.join(*parts) if parts else "_"


def _member(content: IO[bytes], number: int) -> bytes:
    start = content.read(4)
    content.seek(0)
    if start[:2] != b"PK":
        payload = _attachments(content)[number].get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    try:
        with zipfile.ZipFile(content) as archive:
            info = archive.infolist()[number]
            if info.file_size > MOST_BYTES:
                raise ContainerError("member_too_large")
            with archive.open(info) as entry:
                return entry.read(MOST_BYTES + 1)
    except RuntimeError as error:  # what zipfile raises for a password
        raise ContainerError("archive_encrypted") from error
    except (zipfile.BadZipFile, NotImplementedError, IndexError, EOFError) as error:
        raise ContainerError("archive_damaged") from error


def _attachments(content: IO[bytes]) -> list[EmailMessage]:
    mail = message_from_bytes(content.read(), policy=policy.default)
    return [part for part in mail.walk() if part.get_filename() and isinstance(part, EmailMessage)]
