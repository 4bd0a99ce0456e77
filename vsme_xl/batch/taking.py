"""Take one file of many: read what it holds, or say why it cannot be read."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass

from vsme_xl.batch.containers import ContainerError, ContentOf
from vsme_xl.batch.manifest import key_of
from vsme_xl.batch.records import InputFile, Options, Outcome, failure
from vsme_xl.faults import place_of, reason_of
from vsme_xl.reading.read_workbook import Reading, read
from vsme_xl.reading.refusal import UnreadableWorkbook, refusal_text


@dataclass(frozen=True)
class Taken:
    """One file that was read: what it holds, its key, and its content where a review is to be made of it."""

    file: InputFile
    key: str
    reading: Reading
    data: bytes | None = None


def take(file: InputFile, content_of: ContentOf, options: Options) -> Taken | Outcome:
    """Read one file, or return why not: to be tried again, unless its content (the outcome then has a key) is why."""
    try:
        data = content_of(file)
    except ContainerError as error:
        return failure(file.name, error.code, options, **error.values)
    except UnreadableWorkbook as error:
        said = refusal_text(error, options.language or "en")
        return Outcome(file.name, "failed", code=error.code, message=said, retry=True)
    except FileNotFoundError:
        return failure(file.name, "vanished", options)
    except OSError as error:
        return failure(file.name, "no_access", options, reason=reason_of(error))
    try:
        reading = _read_known(file, data, options)
        key = key_of(reading.workbook.sha256, file, options)
        return Taken(file, key, reading, data if options.review or options.mail else None)
    except UnreadableWorkbook as error:
        sha256 = hashlib.sha256(data).hexdigest()
        key, said = key_of(sha256, file, options), refusal_text(error, options.language or "en")
        return Outcome(file.name, "failed", key, sha256, error.code, said)
    except MemoryError:
        return failure(file.name, "memory", options)
    except Exception as error:
        return unexpected(file.name, error, options)


def unexpected(name: str, error: Exception, options: Options) -> Outcome:
    """Return the outcome of a file at which this program made an error, without what the error says of the file."""
    return failure(name, "unexpected", options, reason=f"{type(error).__name__}, {place_of(error)}")


def _read_known(file: InputFile, data: bytes, options: Options) -> Reading:
    """Return what a workbook holds: as the kind it is recognised as, else through the mapping file of the options."""
    base, language = posixpath.basename(file.name), options.language or None
    try:
        return read(base, name=file.name, data=data, language=language, opening=options.opening)
    except UnreadableWorkbook as error:
        if error.code != "unknown_template" or not options.mapping:
            raise
    reading = read(base, options.mapping, file.name, data, language, options.opening)
    if not len(reading.facts):
        raise UnreadableWorkbook("unknown_template", {"file": base})
    return reading
