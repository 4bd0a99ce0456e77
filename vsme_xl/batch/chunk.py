"""Process a chunk of files: read each, compute all at once, write each; what cannot be read costs only itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from vsme_xl.batch.containers import contents
from vsme_xl.batch.facts_lines import fact_lines
from vsme_xl.batch.figures import details_of
from vsme_xl.batch.manifest import Record, write_record
from vsme_xl.batch.records import DISK_FULL, At, InputFile, Options, Outcome
from vsme_xl.batch.storage import join, write
from vsme_xl.batch.taking import Taken, take, unexpected
from vsme_xl.computing import Computed, compute, one_by_one
from vsme_xl.findings import frame_of
from vsme_xl.language import load_language
from vsme_xl.not_written import is_full, not_written
from vsme_xl.results.workbook import results_bytes
from vsme_xl.store import facts_frame


def process_chunk(files: Sequence[InputFile], options: Options) -> Iterator[At | Outcome]:
    """Yield where the work is, before each file's turn, and one Outcome per file.

    An outcome that is "done" is yielded when its outputs and its record stand. No state is kept between calls, and what
    is written for a file does not depend on which others are in the chunk.
    """
    taken: list[Taken] = []
    with contents(options.opening.limits) as content_of:
        for file in files:
            yield At("reading", file.name)
            one = take(file, content_of, options)
            if isinstance(one, Taken):
                taken.append(one)
            else:
                if one.key:
                    write_record(options.out, Record(one, {}))
                yield one
    if taken:
        yield At("computing", taken[0].file.name if len(taken) == 1 else "")
        yield from _computed_and_written(taken, options)


def _computed_and_written(taken: Sequence[Taken], options: Options) -> Iterator[At | Outcome]:
    try:
        computed = _compute(taken, options)
    except Exception as error:
        if len(taken) > 1:  # one of them is at fault: each for itself
            for one in taken:
                yield At("computing", one.file.name)
                yield from _computed_and_written([one], options)
            return
        yield unexpected(taken[0].file.name, error, options)
        return
    alone = one_by_one(computed)
    for one in taken:
        yield At("writing", one.file.name)
        yield _write(one, alone[one.file.name], options)


def _compute(taken: Sequence[Taken], options: Options) -> Computed:
    names = tuple(one.file.name for one in taken)
    languages = {one.file.name: options.language or one.reading.workbook.language for one in taken}
    facts = facts_frame([row for one in taken for row in one.reading.fact_rows])
    findings = frame_of([row for one in taken for row in one.reading.finding_rows])
    places = {one.file.name: one.reading.places for one in taken}
    return compute(
        facts, languages, options.edition, names, findings, places=places, today=options.today
    )


def _write(one: Taken, computed: Computed, options: Options) -> Outcome:
    name, info = one.file.name, one.reading.workbook
    language = options.language or info.language
    outputs: dict[str, str] = {}
    path = ""
    try:
        for kind, path, content in _contents(one, computed, options, language):
            outputs[kind] = path
            write(join(options.out, path), content)
        details, counts = details_of(computed, name)
        about = {k: v for k, v in info.as_dict().items() if k != "sha256"}
        outcome = Outcome(name, "done", one.key, info.sha256, outputs=outputs, about=about, counts=counts)
        write_record(options.out, Record(outcome, details, fact_lines(computed, outcome, options.edition)))
        return outcome
    except OSError as error:
        code = DISK_FULL if is_full(error) else "cannot_write"
        said = not_written(error, options.language or "en", path)
        return Outcome(name, "failed", code=code, message=said, retry=True)
    except Exception as error:
        return unexpected(name, error, options)


def _contents(one: Taken, computed: Computed, options: Options, language: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield kind, path below the output folder and content of each file to write for a workbook."""
    name, output, info = one.file.name, one.file.output, one.reading.workbook
    content = results_bytes(computed, name, info.as_dict(), options.structure, language, options.edition)
    yield "results", f"results/{output}-results.xlsx", content
    if one.data is None:
        return
    from vsme_xl.review.mail import draft_of
    from vsme_xl.review.write import review_of

    review = review_of(posixpath.basename(name), one.reading, computed, language, name, one.data)
    if options.review:
        yield "review", f"review/{output}-review{review.ending}", review.content
    if options.mail:
        attached = f"{posixpath.basename(output)}-review{review.ending}"
        yield "mail", f"mail/{output}.eml", draft_of(one.reading, review, load_language(language), (), attached)
