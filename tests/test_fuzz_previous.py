"""What is given as last year's file is read or refused in a sentence, whatever was changed in it."""

from __future__ import annotations

import json
import math
import random
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import hostile_files as hostile
import pytest
from click.testing import CliRunner

from vsme_xl.carrying.source import source_of
from vsme_xl.cli import main
from vsme_xl.reading.workbook_file import UnreadableWorkbook

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
SEED, MUTANTS = 1, 150
STRINGS = "xl/sharedStrings.xml"
ODD = (
    "null", "[]", "{}", "true", "-1", "1e999", "NaN", "Infinity", '""', '"x"', "99999999999999999999999", "[[]]",
    '[["a"]]', '[["a", 1]]', "0.5", "[" * 5_000, "", "\\", '"\\ud800"', '{"a": 1}',
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "results.xlsx"
    assert CliRunner().invoke(main, ["run", str(SAMPLE), "-o", str(path)]).exit_code == 0
    return path


def parts_of(path: Path) -> dict[str, str | bytes]:
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def kept_facts(parts: dict[str, str | bytes]) -> tuple[str, list[tuple[int, int]]]:
    """Return the shared texts, and where in them the facts for programs stand."""
    content = parts[STRINGS]
    text = content.decode() if isinstance(content, bytes) else content
    spans = []
    end = 0
    while (begin := text.find('<t>{"', end)) >= 0:
        end = text.index("</t>", begin)
        spans.append((begin + 3, end))
    return text, spans


def changed(fact: str, chance: random.Random) -> str:
    """Return a fact for programs with another value in it, without a field, or cut off."""
    try:
        said = json.loads(fact)
    except ValueError:
        return fact[: chance.randrange(len(fact))]
    key = chance.choice(list(said))
    match chance.randrange(4):
        case 0:
            del said[key]
            return json.dumps(said, ensure_ascii=False)
        case 1:
            return fact[: chance.randrange(1, len(fact))]
        case _:
            mark = '"a value of the test"'
            return json.dumps({**said, key: mark[1:-1]}, ensure_ascii=False).replace(mark, chance.choice(ODD))


def mutants(path: Path) -> Iterator[bytes]:
    parts = parts_of(path)
    text, spans = kept_facts(parts)
    assert len(spans) > 100
    for turn in range(MUTANTS):
        chance = random.Random(f"{SEED}-{turn}")
        begin, end = chance.choice((spans[0], *spans))
        fact = text[begin:end].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        new = changed(fact, chance).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        yield hostile.zipped({**parts, STRINGS: text[:begin] + new + text[end:]})


def test_a_results_workbook_with_changed_facts_gives_facts_of_their_kind_or_is_refused(
    results: Path, tmp_path: Path
) -> None:
    path, refused = tmp_path / "mutant.xlsx", 0
    for turn, data in enumerate(mutants(results)):
        path.write_bytes(data)
        try:
            source = source_of(path)
        except UnreadableWorkbook as error:
            assert error.code in ("results_damaged", "unknown_template"), (turn, error)
            refused += 1
            continue
        rows: Any = source.shown
        for fact in rows.itertuples():
            typed = {"boolean": bool, "text": str, "textblock": str, "date": str}.get(fact.kind)
            assert isinstance(fact.value, typed or (str, int, float)), (turn, fact)
            assert not isinstance(fact.value, float) or math.isfinite(fact.value), (turn, fact)
            assert isinstance(fact.unit, str) and isinstance(fact.row, int) and -1 <= fact.row < 100_000, (turn, fact)
    assert MUTANTS > refused > MUTANTS / 10


OTHERS = {
    "report.json": b'{"documentInfo": {"documentType": "https://xbrl.org/2021/xbrl-json"}, "facts": {}}',
    "report.xlsx": b'{"documentInfo": {"documentType": "https://xbrl.org/2021/xbrl-json"}, "facts": {}}',
    "facts.csv": b"name,value\nTurnover,1\n", "empty.xlsx": b"", "deep.json": b"[" * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_another_file_given_as_last_years_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(OTHERS[name])
    done = CliRunner().invoke(main, ["new", str(tmp_path / "next.xlsx"), "--previous", str(tmp_path / name)])
    assert done.exit_code == 3 and name in done.output and "Traceback" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_damaged_results_workbook_given_as_last_years_is_said_to_be_damaged(results: Path, tmp_path: Path) -> None:
    parts = parts_of(results)
    text, spans = kept_facts(parts)
    begin, end = spans[5]
    path = tmp_path / "results.xlsx"
    path.write_bytes(hostile.zipped({**parts, STRINGS: text[:begin] + text[begin : end - 4] + text[end:]}))
    done = CliRunner().invoke(main, ["new", str(tmp_path / "next.xlsx"), "--previous", str(path)])
    assert done.exit_code == 3 and "whose sheet Data was changed" in done.output
    assert not (tmp_path / "next.xlsx").exists()
