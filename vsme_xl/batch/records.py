"""What the steps of a batch hand to each other: an input file, the options, where a worker is, and the outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from vsme_xl.reading.limits import DEFAULTS, Opening

PRIVATE, MANIFEST = ".vsme-xl", "manifest.jsonl"
"""The folder of an output that is for the batch itself, and the file in it that says what was done."""
DISK_FULL = "disk_full"
"""The code of what failed because there is no more room for outputs."""


@dataclass(frozen=True)
class InputFile:
    """One workbook to process: `url` opens the file it is in, `members` lead into archives and mails (by number).

    `name` is its path below the input folder, archives and mails counted as folders; it names the workbook everywhere.
    `output` is the path of its outputs below a folder of the output, without extension. `twin_of` is the name that
    another input has too, where this one got a number to tell them apart.
    """

    name: str
    url: str
    members: tuple[int, ...] = ()
    output: str = ""
    twin_of: str = ""


@dataclass(frozen=True)
class Skipped:
    """One file that is no input, with the code of its reason (a text `batch.skipped.CODE` says it)."""

    name: str
    code: str


@dataclass(frozen=True)
class Options:
    """What bears on the results of a file: `out` is the URL of the output folder, `tool` a fingerprint of the program.

    `mapping` is the path of a mapping file, `mapping_sha` its content; `language` of the results, the workbook's own
    where empty; `today` is the day that reporting periods are held against, where there is one; `opening` is how files
    are opened.
    """

    out: str
    tool: str = ""
    mapping: str = ""
    mapping_sha: str = ""
    structure: str = "esg"
    language: str = ""
    edition: str = "vsme-2025"
    review: bool = False
    mail: bool = False
    today: dt.date | None = None
    opening: Opening = DEFAULTS


@dataclass(frozen=True)
class Watched:
    """What a watch knows of the inputs, by URL: files still being written, and files as they were in the last round."""

    held: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()


@dataclass(frozen=True)
class At:
    """Where a worker is: the stage (reading, computing, writing) and the file, empty while it works on all at once."""

    stage: str
    name: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `outputs` gives by kind (results, review, mail) the path below the output folder.

    A failed file has the `code` of its reason and a `message`; `retry` says that the next run should try it again.
    `key` stands for content and all that bears on the results.
    """

    name: str
    status: str
    key: str = ""
    sha256: str = ""
    code: str = ""
    message: str = ""
    retry: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


def failure(name: str, code: str, options: Options, **values: object) -> Outcome:
    """Return the outcome of a file that failed outside its content, to be tried again.

    Its message is the text `batch.failed.CODE`, filled with `values` (such as `reason`).
    """
    from vsme_xl.display import said
    from vsme_xl.language import load_language

    language = options.language or "en"
    filled = {"file": name, "reason": "", **{key: said(value, language) for key, value in values.items()}}
    message = load_language(language).text(f"batch.failed.{code}", **filled)
    return Outcome(name, "failed", code=code, message=message, retry=True)
