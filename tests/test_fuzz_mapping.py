"""A mapping file of any content is loaded, or refused with what is wrong with it and where."""

from __future__ import annotations

import random
from pathlib import Path

import fuzz
import pytest
import yaml
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from vsme_xl.reading.mapping import load_mapping
from vsme_xl.reading.mapping_error import MappingError

QUESTIONNAIRES = sorted((Path(__file__).parents[1] / "sample_inputs" / "questionnaire").rglob("*.yaml"))
SEED, MUTANTS = 1, 150
ODD = (
    "[]", "{}", "null", "~", "''", "&a [*a]", "*a", "!!python/object:os.system x", "!!binary x", "1e999", "0x1", "on",
    "<<: *x", "? [a]\n: b", "|", ">", "- - - x", "\t", "\0", "\ufeff", "A1:XFD1048576", "Sheet!A0", "'Sheet", "../../x",
    "/etc/passwd", "EntityName", "kg", "[" * 3_000, "{a: " * 500, "%", "---", "...", "NaN", "2025-13-45", "\u2028",
)  # fmt: skip
FIELDS = (
    "kind", "version", "title", "extends", "recognise", "language", "sheets", "datapoints", "choices", "readings",
    "renamed", "names", "landmarks", "notes", "other",
)  # fmt: skip
SCALARS = st.one_of(
    st.text(max_size=12), st.sampled_from(ODD), st.integers(), st.booleans(), st.none(), st.floats(), st.dates(),
    st.sampled_from(["EntityName", "Turnover", "Ledger_Amount", "A1", "General!B4", "yes_no", "unit", "at", "name"]),
)  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3), max_leaves=12
)


def loads_or_is_refused(path: Path, data: bytes) -> bool:
    """Return whether a mapping file is refused; a refusal says something in every language."""
    path.write_bytes(data)
    try:
        load_mapping(path)
    except MappingError as error:
        assert error.problems and all(error.said(language) for language in ("en", "de", "da", "sv"))
        return True
    return False


@pytest.mark.parametrize("source", QUESTIONNAIRES, ids=lambda path: path.stem)
def test_a_changed_mapping_file_is_loaded_or_refused(source: Path, tmp_path: Path) -> None:
    whole, path = source.read_bytes(), tmp_path / source.name
    assert not loads_or_is_refused(path, whole)
    refused = 0
    for turn in range(MUTANTS):
        chance = random.Random(f"{SEED}-{turn}")
        lines = whole.decode().split("\n")
        at = chance.randrange(len(lines))
        match chance.randrange(4):
            case 0:
                lines[at] = lines[at].partition(":")[0] + ": " + chance.choice(ODD)
            case 1:
                lines.insert(chance.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = " " * chance.randrange(6) + lines[at].strip()
            case _:
                pass
        data = "\n".join(lines).encode()
        refused += loads_or_is_refused(path, fuzz.with_changed_bytes(data, chance) if turn % 4 == 3 else data)
    assert MUTANTS > refused > MUTANTS / 10


@seed(SEED)
@settings(max_examples=150, deadline=None, database=None)
@given(fields=st.dictionaries(st.sampled_from(FIELDS), TREES, max_size=6))
def test_any_yaml_is_loaded_or_refused(fields: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    loads_or_is_refused(path, yaml.safe_dump(fields, allow_unicode=True).encode("utf-8", "replace"))
    known = {"kind": "any", "version": "1", "title": "Any", **fields}
    loads_or_is_refused(path, yaml.safe_dump(known, allow_unicode=True).encode("utf-8", "replace"))


def test_aliases_that_multiply_are_refused_or_read_in_no_time(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert loads_or_is_refused(tmp_path / "bomb.yaml", "\n".join(lines).encode())
    deep = "kind: x\nversion: '1'\ntitle: t\ndatapoints: " + "[" * 100_000
    assert loads_or_is_refused(tmp_path / "deep.yaml", deep.encode())
    assert loads_or_is_refused(tmp_path / "itself.yaml", b"kind: &a\n  b: *a\nversion: '1'\n")
