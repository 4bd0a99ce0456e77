"""Look into archives and mails, and read one workbook out of them; nothing is unpacked onto the disk."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from typing import IO

from vsme_xl.batch.records import InputFile
from vsme_xl.batch.storage import filesystem
from vsme_xl.cell_text import name_as_text
from vsme_xl.reading.limits import ReadingLimits, option_name

CONTAINERS = (".zip", ".eml")
DEEPEST = 3
Opened = zipfile.ZipFile | list[EmailMessage]
ContentOf = Callable[[InputFile], bytes]


class ContainerError(Exception):
    """An archive or a mail cannot be read; `code` says why (a text `batch.failed.CODE`), `values` fill the text."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def entries_of(file: InputFile, limits: ReadingLimits) -> list[InputFile]:
    """Return what an archive or mail holds, in its order; ContainerError where it cannot be opened.

    UnreadableWorkbook where it is larger than the limits allow.
    """
    if len(file.members) >= DEEPEST:
        raise ContainerError("nested")
    with ExitStack() as stack:
        try:
            opened = _container(file, file.members, limits, stack)
            names = list(_names(opened))
        except (OSError, ValueError) as error:
            raise ContainerError("archive_damaged") from error
    if isinstance(opened, list) and file.name.lower().endswith(".zip"):
        raise ContainerError("archive_damaged")
    if len(names) > limits.zip_entries:
        raise ContainerError(
            "archive_too_large", found=len(names), allowed=limits.zip_entries, limit=option_name("zip_entries")
        )
    return [InputFile(f"{file.name}/{_inner(name)}", file.url, (*file.members, n)) for n, name in names]


@contextmanager
def contents(limits: ReadingLimits) -> Iterator[ContentOf]:
    """Give out what returns the bytes of a workbook, out of its archive or mail where it is in one.

    An archive stays open while workbooks of it are asked for in turn. Raises OSError, ContainerError, or
    UnreadableWorkbook where a file is larger than the limits allow.
    """
    with ExitStack() as stack:
        last: list[tuple[tuple[str, tuple[int, ...]], Opened]] = []

        def content_of(file: InputFile) -> bytes:
            if not file.members:
                with _stored(file, limits.file_bytes, limits) as content:
                    return content.read()
            key = file.url, file.members[:-1]
            if not last or last[0][0] != key:
                last.clear()
                stack.close()
                last.append((key, _container(file, file.members[:-1], limits, stack)))
            return _member(last[0][1], file.members[-1], file.name, "file_bytes", limits)

        yield content_of


def _stored(file: InputFile, most: int, limits: ReadingLimits) -> IO[bytes]:
    """Return a file opened, UnreadableWorkbook where it has more bytes than `most`; 0 allows any number."""
    fs, path = filesystem(file.url)
    content: IO[bytes] = fs.open(path, "rb")
    size = content.seek(0, 2)
    content.seek(0)
    if most and size > most:
        content.close()
        limits.refuse("file_bytes", size, posixpath.basename(file.name))
    return content


def _container(file: InputFile, members: tuple[int, ...], limits: ReadingLimits, stack: ExitStack) -> Opened:
    """Return the archive or mail that `members` lead to, open until the stack ends."""
    name = posixpath.basename(file.name)
    if not members:
        is_mail = posixpath.basename(file.url).lower().endswith(".eml")
        content = stack.enter_context(_stored(file, limits.unpacked_bytes if is_mail else 0, limits))
    else:
        with ExitStack() as outer:
            inside = _container(file, members[:-1], limits, outer)
            content = BytesIO(_member(inside, members[-1], name, "unpacked_bytes", limits))
    start = content.read(4)
    content.seek(0)
    if start[:2] != b"PK":
        return _attachments(content)
    try:
        return stack.enter_context(zipfile.ZipFile(content))
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ContainerError("archive_damaged") from error


def _names(opened: Opened) -> Iterator[tuple[int, str]]:
    if isinstance(opened, list):
        for number, part in enumerate(opened):
            yield number, part.get_filename() or f"attachment-{number + 1}"
        return
    for number, info in enumerate(opened.infolist()):
        if not info.is_dir():
            yield number, info.filename


def _inner(name: str) -> str:
    """Return the name of an entry as a path that leads nowhere else."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return name_as_text(posixpath.join(*parts)) if parts else "_"


def _member(opened: Opened, number: int, name: str, limit: str, limits: ReadingLimits) -> bytes:
    """Return the bytes of an entry; UnreadableWorkbook where they are more than the limit of this name allows."""
    base, most = posixpath.basename(name), getattr(limits, limit)
    if isinstance(opened, list):
        if number >= len(opened):
            raise ContainerError("archive_damaged")
        payload = opened[number].get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
    else:
        try:
            info = opened.infolist()[number]
            limits.check(limit, info.file_size, base)
            with opened.open(info) as entry:
                content = entry.read(most + 1)
        except RuntimeError as error:  # what zipfile raises for a password
            raise ContainerError("archive_encrypted") from error
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, IndexError, EOFError) as error:
            raise ContainerError("archive_damaged") from error
    limits.check(limit, len(content), base)
    return content


def _attachments(content: IO[bytes]) -> list[EmailMessage]:
    mail = message_from_bytes(content.read(), policy=policy.default)
    return [part for part in mail.walk() if part.get_filename() and isinstance(part, EmailMessage)]
