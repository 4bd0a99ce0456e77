"""Keep what was done: one record per workbook, written whole when its outputs stand, and a manifest of all of them."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from errno import EIO
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any

from vsme_xl.batch.inputs import OWN
from vsme_xl.batch.records import MANIFEST, PRIVATE, InputFile, Options, Outcome
from vsme_xl.batch.storage import join, names_in, read, remove, write

RECORDS, MANIFEST_DIGEST = "records", "manifest.sha256"
ENDING = ".gz"


class DamagedRecord(OSError):
    """A record cannot be read, though it stands."""


@dataclass(frozen=True)
class Record:
    """What is kept of one workbook: its outcome, its figures and findings for the portfolio, its facts as CSV lines."""

    outcome: Outcome
    details: Mapping[str, Any]
    facts: bytes = b""


def key_of(sha256: str, file: InputFile, options: Options) -> str:
    """Return what stands for a workbook's content and all else that bears on its outputs.

    A password does not: any that opens the workbook gives the same.
    """
    given = asdict(replace(options, opening=replace(options.opening, password="")))
    bearing = [sha256, file.output, *(str(v) for k, v in given.items() if k != "out")]
    return hashlib.sha256("\n".join(bearing).encode("utf-8", "surrogatepass")).hexdigest()[:24]


@cache
def tool_fingerprint(edition: str = "vsme-2025") -> str:
    """Return a fingerprint of this program: version, data of the edition, texts, mappings, versions of libraries."""
    from importlib.metadata import version
    from importlib.resources import files

    from vsme_xl import __version__
    from vsme_xl.resources import folder

    digest = hashlib.sha256(__version__.encode())
    for name in ("pandas", "numpy", "python-calamine", "XlsxWriter"):
        digest.update(f"{name} {version(name)}".encode())
    for source in (files("vsme_xl") / "data" / edition, files("vsme_xl") / "languages", folder("mappings")):
        for path in sorted(_files(source), key=str):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(source: Traversable) -> Iterable[Traversable]:
    for item in source.iterdir():
        yield from _files(item) if item.is_dir() else [item]


def record_name(outcome: Outcome) -> str:
    """Return the file name of a workbook's record: its input's name and its key, as a digest."""
    return f"{name_digest(outcome.name)}-{outcome.key}{ENDING}"


def record_path(outcome: Outcome) -> str:
    """Return the path of a workbook's record below the output folder."""
    return f"{PRIVATE}/{RECORDS}/{record_name(outcome)}"


def name_digest(name: str) -> str:
    """Return what stands for an input's name in the names of records."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_record(out: str, record: Record) -> None:
    """Write a record: a line with the outcome, a line with the details, then the facts; gzip without a clock."""
    lines = [_json(asdict(record.outcome)), _json(record.details), record.facts]
    content = gzip.compress(b"\n".join(lines), compresslevel=1, mtime=0)
    write(join(out, PRIVATE, RECORDS, record_name(record.outcome)), content)


def read_record(out: str, outcome: Outcome) -> Record:
    """Return the record of an outcome; OSError where it is not there, DamagedRecord where it was damaged."""
    return _read(join(out, PRIVATE, RECORDS, record_name(outcome)))


def is_whole(out: str, outcome: Outcome) -> bool:
    """Return whether the record of an outcome is there and undamaged: gzip keeps a checksum of it."""
    try:
        gzip.decompress(read(join(out, PRIVATE, RECORDS, record_name(outcome))))
    except (OSError, EOFError, zlib.error):
        return False
    return True


def _read(url: str) -> Record:
    try:
        outcome, details, facts = gzip.decompress(read(url)).split(b"\n", 2)
        return Record(_outcome(outcome), json.loads(details), facts)
    except (EOFError, ValueError, TypeError, AttributeError, zlib.error) as error:
        raise DamagedRecord(EIO, os.strerror(EIO), url) from error


def _outcome(line: bytes) -> Outcome:
    """Return the outcome in a line of JSON; ValueError or TypeError where it is none or leads out of the output."""
    found = Outcome(**json.loads(line))
    texts = (found.name, found.status, found.key, found.sha256, *found.outputs.values())
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(line)
    for path in found.outputs.values():
        first, *below = path.split("/")
        if first not in OWN - {PRIVATE} or not below or {"", ".", ".."} & set(below):
            raise ValueError(path)
    return found


def known_outcomes(out: str) -> dict[str, Outcome]:
    """Return by input name what earlier runs did: the manifest's lines, and records that a broken-off run left.

    A manifest that is not as it was written counts for nothing: the records say the same.
    """
    names = set(names_in(join(out, PRIVATE, RECORDS)))
    known: dict[str, Outcome] = {}
    for outcome in _manifest(out):
        if outcome.key and record_name(outcome) in names:
            names.discard(record_name(outcome))
            known[outcome.name] = outcome
    for name in sorted(n for n in names if n.endswith(ENDING)):
        try:
            outcome = _read(join(out, PRIVATE, RECORDS, name)).outcome
        except OSError:
            continue
        if record_name(outcome) == name:
            known[outcome.name] = outcome
    return known


def _manifest(out: str) -> Iterable[Outcome]:
    try:
        content = read(join(out, PRIVATE, MANIFEST))
        if read(join(out, PRIVATE, MANIFEST_DIGEST)) == _digest(content):
            return [_outcome(line) for line in content.splitlines()]
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    return []


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def write_manifest(out: str, outcomes: Iterable[Outcome]) -> None:
    """Write the manifest, one line of JSON per input file, and remove records that it does not name."""
    ordered = sorted(outcomes, key=lambda o: o.name)
    content = b"".join(_json(asdict(o)) + b"\n" for o in ordered)
    write(join(out, PRIVATE, MANIFEST), content)
    write(join(out, PRIVATE, MANIFEST_DIGEST), _digest(content))
    named = {record_name(o) for o in ordered if o.key}
    for name in names_in(join(out, PRIVATE, RECORDS)):
        if name.endswith(ENDING) and name not in named:
            remove(join(out, PRIVATE, RECORDS, name))


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")  # names of files may be no text
