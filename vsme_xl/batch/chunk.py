"""Process a chunk of files: read each, compute all at once, write each; what cannot be read costs only itself."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from vsme_xl.batch.containers import ContainerError, content_of
from vsme_xl.batch.facts_lines import fact_lines
from vsme_xl.batch.figures import details_of
from vsme_xl.batch.manifest import Record, key_of, write_record
from vsme_xl.batch.records import At, InputFile, Options, Outcome
from vsme_xl.batch.storage import join, write
from vsme_xl.computing import Computed, compute
from vsme_xl.language import load_language
from vsme_xl.reading.read_workbook import Reading, read
from vsme_xl.reading.workbook_file import UnreadableWorkbook
from vsme_xl.results.workbook import results_bytes

Work = Callable[[Sequence[InputFile], Options], Iterator["At | Outcome"]]
COUNTED = ("error", "warning", "info")


@dataclass(frozen=True)
class Taken:
    """One file that was read: what it holds, and its key."""

    file: InputFile
    key: str
    reading: Reading


def process_chunk(files: Sequence[InputFile], options: Options) -> Iterator[At | Outcome]:
    """Yield where the work is, before each file's turn, and one Outcome per file.

    An outcome that is "done" is yielded when its outputs and its record stand. No state is kept between calls, and what
    is written for a file does not depend on which others are in the chunk.
    """
    taken: list[Taken] = []
    for file in files:
        yield At("reading", file.name)
        one = _take(file, options)
        if isinstance(one, Taken):
            taken.append(one)
        else:
            if one.key:
                write_record(options.out, Record(one, {}))
            yield one
    if taken:
        yield At("computing", taken[0].file.name if len(taken) == 1 else "")
        yield from _computed_and_written(taken, options)


def _take(file: InputFile, options: Options) -> Taken | Outcome:
    try:
        data = content_of(file)
    except ContainerError as error:
        return failure(file.name, error.code, retry=True)
    except OSError as error:
        return failure(file.name, "no_access", str(error.strerror or error), retry=True)
    sha256 = hashlib.sha256(data).hexdigest()
    key = key_of(sha256, file, options)
    try:
        mapping = options.mapping or None
        return Taken(file, key, read(posixpath.basename(file.name), mapping, name=file.name, data=data))
    except UnreadableWorkbook as error:
        said = load_language(options.language or "en").text(
            f"unreadable.{error.code}", **{"part": "", "sheet": "", "cell": "", **error.params}
        )
        return Outcome(file.name, "failed", key, sha256, error.code, said)
    except MemoryError:
        return failure(file.name, "memory", retry=True)
    except Exception as error:
        return failure(file.name, "unexpected", f"{type(error).__name__}: {error}", retry=True)


def failure(name: str, code: str, reason: str = "", retry: bool = False, language: str = "en") -> Outcome:
    """Return the outcome of a file that failed outside its content, with the message of its code."""
    message = load_language(language).text(f"batch.failed.{code}", file=name, reason=reason)
    return Outcome(name, "failed", code=code, message=message, retry=retry)


def _computed_and_written(taken: Sequence[Taken], options: Options) -> Iterator[At | Outcome]:
    try:
        computed = _compute(taken, options)
    except Exception as error:
        if len(taken) > 1:  # one of them is at fault: each for itself
            for one in taken:
                yield At("computing", one.file.name)
                yield from _computed_and_written([one], options)
            return
        yield failure(taken[0].file.name, "unexpected", f"{type(error).__name__}: {error}", retry=True)
        return
    for one in taken:
        yield At("writing", one.file.name)
        yield _write(one, computed, options)


def _compute(taken: Sequence[Taken], options: Options) -> Computed:
    names = tuple(one.file.name for one in taken)
    languages = {one.file.name: options.language or one.reading.workbook.language for one in taken}
    facts = pd.concat([one.reading.facts for one in taken], ignore_index=True)
    found = [one.reading.findings for one in taken if len(one.reading.findings)]
    findings = pd.concat(found, ignore_index=True) if found else None
    return compute(facts, languages, options.edition, names, findings)


def _write(one: Taken, computed: Computed, options: Options) -> Outcome:
    name, info = one.file.name, one.reading.workbook
    language = options.language or info.language
    outputs = {"results": f"results/{one.file.output}-results.xlsx"}
    try:
        content = results_bytes(computed, name, info.as_dict(), options.structure, language, options.edition)
        write(join(options.out, outputs["results"]), content)
        details, counts = details_of(computed, name)
        about = {k: v for k, v in info.as_dict().items() if k != "sha256"}
        outcome = Outcome(name, "done", one.key, info.sha256, outputs=outputs, about=about, counts=counts)
        write_record(options.out, Record(outcome, details, fact_lines(computed, outcome, options.edition)))
        return outcome
    except OSError as error:
        return failure(name, "cannot_write", str(error.strerror or error), retry=True)
    except Exception as error:
        return failure(name, "unexpected", f"{type(error).__name__}: {error}", retry=True)
