"""What a batch keeps of earlier runs is never trusted where it was damaged on disk: what it told is done again."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import fuzz
import openpyxl
import pytest

from vsme_xl.batch import manifest
from vsme_xl.batch.chunk import process_chunk
from vsme_xl.batch.manifest import known_outcomes
from vsme_xl.batch.records import InputFile, Options, Outcome
from vsme_xl.batch.run import Engine, Event, run_batch

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
SEED, MUTANTS = 1, 40


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `clients` with two workbooks and one that is none, and `out` with what a batch made of them."""
    folder = tmp_path_factory.mktemp("done")
    (folder / "clients").mkdir()
    for name in ("consultancy.xlsx", "cooperative.xlsx"):
        shutil.copy(SAMPLES / name, folder / "clients" / name)
    (folder / "clients" / "none.xlsx").write_bytes(b"no workbook")
    run_batch([str(folder / "clients")], str(folder / "out"), Options(""), engine=here([]))
    return folder


def here(processed: list[str]) -> Engine:
    """Return an engine that works in this process and notes what it is given."""

    def run(chunks: Sequence[tuple[InputFile, ...]], options: Options) -> Iterator[Event | None]:
        for chunk in chunks:
            processed.extend(file.name for file in chunk)
            yield from process_chunk(chunk, options)

    return run


def copied_from(done: Path) -> Engine:
    """Return an engine that takes outputs and records from what was done: the same, in no time."""
    known = known_outcomes(str(done / "out"))

    def run(chunks: Sequence[tuple[InputFile, ...]], options: Options) -> Iterator[Event | None]:
        for file in (file for chunk in chunks for file in chunk):
            outcome = known[file.name]
            for path in outcome.outputs.values():
                shutil.copy(done / "out" / path, Path(options.out) / path)
            for record in sorted((done / "out" / ".vsme-xl" / "records").iterdir()):
                if record.name.partition("-")[2].startswith(outcome.key):
                    shutil.copy(record, Path(options.out) / ".vsme-xl" / "records" / record.name)
            yield outcome

    return run


def content_of(out: Path) -> dict[str, bytes]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.name != "lock")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_a_second_run_over_undamaged_files_does_nothing(done: Path) -> None:
    processed: list[str] = []
    before = content_of(done / "out")
    run_batch([str(done / "clients")], str(done / "out"), Options(""), engine=here(processed))
    assert (processed, content_of(done / "out")) == ([], before)


def test_whatever_is_damaged_of_what_a_batch_keeps_the_next_run_has_the_same_outputs(
    done: Path, tmp_path: Path
) -> None:
    whole = content_of(done / "out")
    kept = sorted(name for name in whole if name.startswith(".vsme-xl/"))
    assert len(kept) == 6  # manifest and its digest, three records, the state of the tables
    engine = copied_from(done)
    for turn in range(MUTANTS):
        chance, out = random.Random(f"{SEED}-{turn}"), tmp_path / str(turn)
        shutil.copytree(done / "out", out)
        for name in chance.sample(kept, chance.choice((1, 1, 2))):
            (out / name).write_bytes(damaged(whole[name], chance))
        if chance.random() < 0.5:
            (out / "facts.csv").unlink()  # so that the tables are made anew, of the records
        summary = run_batch([str(done / "clients")], str(out), Options(""), engine=engine)
        assert [o.status for o in summary.outcomes] == ["done", "done", "failed"], turn
        assert content_of(out) == whole, turn
        shutil.rmtree(out)


def test_an_output_that_was_cut_off_is_made_again_whole(done: Path, tmp_path: Path) -> None:
    whole = content_of(done / "out")
    outputs = [name for name in whole if not name.startswith(".vsme-xl/")]
    assert {Path(name).name for name in outputs} >= {"consultancy-results.xlsx", "portfolio.xlsx", "facts.csv"}
    for turn, name in enumerate(outputs):
        for cut in (0, 1, len(whole[name]) // 2, len(whole[name]) - 1):
            out = tmp_path / f"{turn}-{cut}"
            shutil.copytree(done / "out", out)
            (out / name).write_bytes(whole[name][:cut])
            run_batch([str(done / "clients")], str(out), Options(""), engine=copied_from(done))
            assert content_of(out) == whole, (name, cut)
            shutil.rmtree(out)


def test_an_output_that_a_person_edited_is_left_as_it_is(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(done / "out", out)
    names = ("results/consultancy-results.xlsx", "portfolio.xlsx")
    for name in names:
        book = openpyxl.load_workbook(out / name)
        book.worksheets[0]["Z99"] = "our note"
        book.save(out / name)
    edited = content_of(out)
    processed: list[str] = []
    run_batch([str(done / "clients")], str(out), Options(""), engine=here(processed))
    assert (processed, content_of(out)) == ([], edited)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with changed bytes, cut off, empty, or (of lines of JSON) with other values in it."""
    match chance.randrange(5):
        case 0:
            return data[: chance.randrange(len(data))]
        case 1:
            return chance.choice((b"", b"\0" * len(data), b"[]\n", b'{"name":1}\n', b"{}", b"null\n", b"[" * 10_000))
        case 2 if data.startswith(b"{"):
            texts = data.split(b'"')
            texts[chance.randrange(len(texts))] = chance.choice((b"", b"..", b"done", b"consultancy.xlsx", b"1"))
            return b'"'.join(texts)
        case _:
            return fuzz.with_changed_bytes(data, chance)


def test_a_manifest_that_names_a_file_outside_removes_nothing(done: Path, tmp_path: Path) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious.xlsx"
    shutil.copytree(done / "out", out)
    precious.write_bytes(b"mine")
    for path in ("../precious.xlsx", "results/../../precious.xlsx", str(precious), "precious.xlsx"):
        known = known_outcomes(str(out))
        wrong = [replace(outcome, outputs={**outcome.outputs, "review": path}) for outcome in known.values()]
        manifest.write_manifest(str(out), wrong)  # with its digest
        for outcome in wrong:
            record = out / ".vsme-xl" / "records" / manifest.record_name(outcome)
            lines = gzip.decompress(record.read_bytes()).split(b"\n", 1)
            said = {**json.loads(lines[0]), "outputs": {"review": path}}
            record.write_bytes(gzip.compress(json.dumps(said).encode() + b"\n" + lines[1]))
        assert known_outcomes(str(out)) == {}, path
        summary = run_batch([str(done / "clients")], str(out), Options(""), engine=copied_from(done))
        assert precious.read_bytes() == b"mine" and len(summary.outcomes) == 3


def test_a_record_under_the_name_of_another_is_not_taken_for_it(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(done / "out", out)
    first, second, _ = sorted((out / ".vsme-xl" / "records").iterdir())
    shutil.copy(first, second)
    (out / ".vsme-xl" / "manifest.sha256").unlink()
    known: dict[str, Outcome] = known_outcomes(str(out))
    assert len(known) == 2
    run_batch([str(done / "clients")], str(out), Options(""), engine=copied_from(done))
    assert content_of(out) == content_of(done / "out")
