"""A kill between any two steps of any command: an output is the old one or the new one, and the next run cleans up."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from killing import states_at_every_step, worked_off_here
from writing import (
    BATCHED,
    CLIENT,
    COMMANDS,
    OLD,
    contents,
    folder_of_a_client,
    left_overs,
    outputs_of,
    said_in,
    with_old_outputs,
)

from vsme_xl import facts_of, new_workbook
from vsme_xl.batch import run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes whose number is known to be gone")
BATCH = ("batch", "in", "out", "--review", "--mail")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_kill_at_any_step_leaves_the_old_output_or_the_new_one(command: str, tmp_path: Path) -> None:
    folder = folder_of_a_client(tmp_path / "work")
    with_old_outputs(folder, command)
    states = states_at_every_step(folder, tmp_path / "states", COMMANDS[command])
    whole = {name: (folder / name).read_bytes() for name in outputs_of(command)}
    old = None if command == "mapping build" else OLD
    assert len(states) >= 4 * len(whole)
    assert OLD not in whole.values()
    for state in states:
        found = {name: (state / name).read_bytes() if (state / name).exists() else None for name in whole}
        assert all(content in (old, whole[name]) for name, content in found.items())
        others = {p for p in state.rglob("*") if p.is_file()} - {state / name for name in (CLIENT, *whole)}
        assert sorted(p.relative_to(state).as_posix() for p in others) == left_overs(state)
        assert (state / CLIENT).read_bytes() == (folder / CLIENT).read_bytes()
    worst = max(states, key=lambda state: len(left_overs(state)))
    assert left_overs(worst)
    assert said_in(worst, *COMMANDS[command]).exit_code == 0
    assert left_overs(worst) == []
    assert {name: (worst / name).read_bytes() for name in whole} == whole


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A folder with two workbooks, one of them in an archive, and what its batch leaves when killed at each step."""
    folder = tmp_path_factory.mktemp("batch") / "work"
    (folder / "in").mkdir(parents=True)
    for name in ("Alpha", "Beta & Söhne"):
        answers = {"EntityName": name, "Currency": "EUR", "Turnover": 1e6, "ReportingPeriodEnd": "2025-12-31"}
        new_workbook(folder / "in" / f"{name}.xlsx", module="basic", answers=facts_of(answers))
    (folder / "in" / "broken.xlsx").write_bytes(b"broken")
    return folder, states_at_every_step(folder, folder.parent / "states", BATCH)


def test_a_batch_killed_at_any_step_leaves_whole_files_alone(killed: tuple[Path, list[Path]]) -> None:
    folder, states = killed
    whole = contents(folder / "out")
    assert set(BATCHED) <= {name.partition("/")[0] for name in whole}
    assert len(states) > 60
    for state in states:
        assert contents(state / "in") == contents(folder / "in")
        for name, content in (contents(state / "out") if (state / "out").exists() else {}).items():
            if "/.vsme-xl-" not in f"/{name}" and not name.startswith(".vsme-xl/"):
                assert content == whole[name]


def test_a_batch_killed_at_any_step_is_finished_by_the_next_run_byte_for_byte(
    killed: tuple[Path, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, states = killed
    monkeypatch.setattr(run, "local_engine", worked_off_here)
    whole = contents(folder / "out")
    seen: set[tuple[tuple[str, bytes], ...]] = set()
    for state in states:
        out = state / "out"
        there = contents(out) if out.exists() else {}
        key = tuple(sorted((n, c) for n, c in there.items() if "/.vsme-xl-" not in f"/{n}"))
        if key in seen and not left_overs(state):
            continue
        if key in seen and len(seen) % 3:
            continue  # of those that differ in their temporary files alone, some
        seen.add(key)
        done = said_in(state, *BATCH)
        assert done.exit_code == 1  # the broken one
        assert contents(out) == whole
        assert left_overs(state) == []
        shutil.rmtree(state)
    assert len(seen) > 10
