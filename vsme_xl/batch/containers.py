"""Look into archives and mails, and read one workbook out of them; nothing is unpacked onto the disk."""

from __future__ import annotations

import errno
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import IO

from vsme_xl.batch import mails
from vsme_xl.batch.records import InputFile
from vsme_xl.batch.storage import filesystem
from vsme_xl.cell_text import name_as_text
from vsme_xl.reading.limits import ReadingLimits, option_name
from vsme_xl.reading.refusal import rounded_up

CONTAINERS = (".zip", ".eml")
DEEPEST = 3
END_MAGIC, LARGE_END_MAGIC, TAIL = b"PK\x05\x06", b"PK\x06\x06", 66_000
MOST_OF_AN_ENTRY, SMALL_DIRECTORY = 500, 100_000
"""Bytes that the directory of a zip has for an entry: its name and what programs add."""
ENCRYPTED_FLAG = 0x1
# What zipfile raises, beside BadZipFile, where a file contradicts itself.
DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, LookupError, EOFError, ValueError, OverflowError,
    RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class Mail:
    """A mail: its bytes, and where its attachments are in them."""

    data: bytes
    attachments: tuple[mails.Attachment, ...]


Opened = zipfile.ZipFile | Mail
ContentOf = Callable[[InputFile], bytes]
ContainerOf = Callable[[InputFile, tuple[int, ...]], Opened]


class ContainerError(Exception):
    """An archive or a mail cannot be read; `code` says why (a text `batch.failed.CODE`), `values` fill the text."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def entries_of(file: InputFile, limits: ReadingLimits, container_of: ContainerOf | None = None) -> list[InputFile]:
    """Return what an archive or mail holds, in its order; ContainerError where it cannot be opened.

    `container_of` is that of `containers`, where many are looked into. UnreadableWorkbook where the file is larger than
    the limits allow.
    """
    if container_of is None:
        with containers(limits) as fresh:
            return entries_of(file, limits, fresh)
    if len(file.members) >= DEEPEST:
        raise ContainerError("nested")
    try:
        opened = container_of(file, file.members)
    except OSError as error:
        raise ContainerError("archive_damaged") from error
    names = list(_names(opened))
    if isinstance(opened, Mail) and file.name.lower().endswith(".zip"):
        raise ContainerError("archive_damaged")
    if len(names) > limits.zip_entries:
        raise too_many(len(names), limits)
    return [InputFile(f"{file.name}/{_inner(name)}", file.url, (*file.members, n)) for n, name in names]


def too_many(found: int, limits: ReadingLimits) -> ContainerError:
    """Return the error of an archive, or of archives within one, with more entries than the limits allow."""
    limit, needed = option_name("zip_entries"), rounded_up(found)
    return ContainerError("archive_too_large", found=found, allowed=limits.zip_entries, limit=limit, needed=needed)


@contextmanager
def contents(limits: ReadingLimits) -> Iterator[ContentOf]:
    """Give out what returns the bytes of a workbook, out of its archive or mail where it is in one.

    An archive stays open while workbooks of it are asked for in turn. Raises OSError, ContainerError, or
    UnreadableWorkbook where a file is larger than the limits allow.
    """
    with containers(limits) as container_of:

        def content_of(file: InputFile) -> bytes:
            if not file.members:
                with _stored(file, limits.file_bytes, limits) as content:
                    return content.read()
            opened = container_of(file, file.members[:-1])
            return _member(opened, file.members[-1], file.name, "file_bytes", limits)

        yield content_of


@contextmanager
def containers(limits: ReadingLimits) -> Iterator[ContainerOf]:
    """Give out what opens the archive or mail that members lead to; it and those around it stay open until others are.

    Raises OSError, ContainerError, or UnreadableWorkbook where it is larger than the limits allow.
    """
    chain: list[tuple[str, tuple[int, ...], Opened, ExitStack]] = []

    def closed_to(length: int) -> None:
        while len(chain) > length:
            chain.pop()[3].close()

    def container_of(file: InputFile, members: tuple[int, ...]) -> Opened:
        same = 0
        while same < min(len(chain), len(members) + 1) and chain[same][:2] == (file.url, members[:same]):
            same += 1
        closed_to(same)
        for depth in range(same, len(members) + 1):
            outer = chain[-1][2] if chain else None
            with ExitStack() as stack:
                opened = _opened(file, members[:depth], outer, limits, stack)
                chain.append((file.url, members[:depth], opened, stack.pop_all()))
        return chain[-1][2]

    try:
        yield container_of
    finally:
        closed_to(0)


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


def _opened(
    file: InputFile, members: tuple[int, ...], outer: Opened | None, limits: ReadingLimits, stack: ExitStack
) -> Opened:
    """Return the archive or mail that `members` lead to, open until the stack ends; `outer` is the one it lies in."""
    name = posixpath.basename(file.name)
    if outer is None:
        is_mail = posixpath.basename(file.url).lower().endswith(".eml")
        content = stack.enter_context(_stored(file, limits.unpacked_bytes if is_mail else 0, limits))
    else:
        content = BytesIO(_member(outer, members[-1], name, "unpacked_bytes", limits))
    start = content.read(2)
    content.seek(0)
    try:
        if start != b"PK":
            limits.check("unpacked_bytes", content.seek(0, 2), name)
            content.seek(0)
            data = content.read()
            # One more than are allowed is enough to know that they are too many.
            return Mail(data, tuple(islice(mails.attachments_of(data), limits.zip_entries + 1)))
        _check_directory(content, limits)
        return stack.enter_context(zipfile.ZipFile(content))
    except mails.TooDeep as error:
        raise ContainerError("nested") from error
    except DAMAGES as error:
        raise ContainerError("archive_damaged") from error


def _check_directory(content: IO[bytes], limits: ReadingLimits) -> None:
    """Refuse a zip whose directory is too large, before zipfile makes an object of each entry."""
    size = content.seek(0, 2)
    content.seek(max(0, size - TAIL))
    tail = content.read(TAIL)
    content.seek(0)
    stated = [(0, 0)]
    for magic, form, at in ((END_MAGIC, "<HI", 10), (LARGE_END_MAGIC, "<QQ", 32)):
        begin = tail.find(magic)
        while begin >= 0:
            if begin + at + struct.calcsize(form) <= len(tail):
                stated.append(struct.unpack_from(form, tail, begin + at)[::-1])
            begin = tail.find(magic, begin + 1)
    length, entries = max((pair for pair in stated if pair[0] <= size), default=(0, 0))
    if length > max(SMALL_DIRECTORY, limits.zip_entries * MOST_OF_AN_ENTRY):
        raise too_many(max(entries, limits.zip_entries + 1), limits)


def _names(opened: Opened) -> Iterator[tuple[int, str]]:
    if isinstance(opened, Mail):
        for number, attachment in enumerate(opened.attachments):
            yield number, attachment.name or f"attachment-{number + 1}"
        return
    for number, info in enumerate(opened.infolist()):
        if not info.filename.endswith("/"):
            yield number, info.filename


def _inner(name: str) -> str:
    """Return the name of an entry as a path that leads nowhere else."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return name_as_text(posixpath.join(*parts)) if parts else "_"


def _member(opened: Opened, number: int, name: str, limit: str, limits: ReadingLimits) -> bytes:
    """Return the bytes of an entry; UnreadableWorkbook where they are more than the limit of this name allows."""
    base, most = posixpath.basename(name), getattr(limits, limit)
    try:
        if isinstance(opened, Mail):
            content = mails.content_of(opened.data, opened.attachments[number])
        else:
            info = opened.infolist()[number]
            limits.check(limit, info.file_size, base)
            if info.flag_bits & ENCRYPTED_FLAG:
                raise ContainerError("archive_encrypted")
            with opened.open(info) as entry:
                content = entry.read(most + 1)
    except DAMAGES as error:
        raise ContainerError("archive_damaged") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # an entry said to begin before the file does
            raise ContainerError("archive_damaged") from error
        raise
    limits.check(limit, len(content), base)
    return content
