"""Temporary files are for the user alone, and removed: at the end, and after a kill by the next run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsme_xl import files
from vsme_xl.cli import main

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_inputs"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
# Notes every temporary file that others could read, and ends the process at the n-th that is opened, as a kill would.
EYES = """
import os, stat, sys
temporary, notes, last = os.environ["TMPDIR"], os.environ["NOTES"], int(os.environ.get("LAST", "0"))
seen, busy = 0, False

def hook(event, arguments):
    global seen, busy
    path = arguments[0] if event in ("open", "os.chmod") else None
    if busy or not isinstance(path, str):
        return
    parts = path.split(os.sep)
    ours = [n for n, part in enumerate(parts) if part.startswith(".vsme-xl-") and part.endswith(".part")]
    if not (ours or path.startswith(temporary + os.sep)) or not os.path.exists(path):
        return
    busy = True
    first = ours[0] if ours else temporary.count(os.sep) + 1
    private = os.stat(os.sep.join(parts[: first + 1])).st_mode & 0o077 == 0
    with open(notes, "a") as file:
        print("private" if private else "OPEN", path, file=file)
    busy = False
    seen += 1
    if last and seen == last:
        os.kill(os.getpid(), 9)

sys.addaudithook(hook)
"""
PORTFOLIO = """
import sys
from vsme_xl.batch.manifest import known_outcomes, read_record
from vsme_xl.portfolio.workbook import write_portfolio
out = sys.argv[1]
write_portfolio(out, [read_record(out, o) for o in known_outcomes(out).values()], [], [])
"""


@pytest.fixture(scope="module")
def batched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a batch over one workbook, under its folder `out`; the folder of its input, `in`."""
    folder = tmp_path_factory.mktemp("batched")
    (folder / "in").mkdir()
    shutil.copy(SAMPLES / "consultancy.xlsx", folder / "in" / "client.xlsx")
    assert CliRunner().invoke(main, ["batch", str(folder / "in"), str(folder / "out"), "--workers", "1"]).exit_code == 0
    return folder


def under_eyes(
    folder: Path, *arguments: str, last: int = 0, below: str = "temporary"
) -> tuple[int, list[str], list[Path]]:
    """Run Python so that all may read what it writes; return the exit code, notes, and what is left behind."""
    temporary = folder / below
    temporary.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(EYES, encoding="utf-8")
    notes = folder / f"notes-{last}"
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "TMPDIR": str(temporary),
        "NOTES": str(notes), "LAST": str(last),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, umask=0, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    left = [*temporary.rglob("*"), *folder.rglob(".vsme-xl-*.part")]
    return done.returncode, notes.read_text().splitlines() if notes.exists() else [], left


@pytest.mark.parametrize(
    "command",
    [
        ["run", "in.xlsx", "-o", "out.xlsx"], ["check", "in.xlsx", "--review", "r.xlsx", "--mail", "m.eml"],
        ["new", "next.xlsx", "--previous", "in.xlsx"], ["mapping", "build", "in.xlsx", "-o", "draft.yaml"],
        ["batch", "in.xlsx", "out", "--workers", "1", "--review", "--mail"], ["demo", "demo"],
    ],
    ids=lambda c: c[0],
)  # fmt: skip
def test_what_a_command_writes_on_the_way_is_for_the_user_alone_and_removed(command: list[str], tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "consultancy.xlsx", tmp_path / "in.xlsx")
    code, notes, left = under_eyes(tmp_path, "-m", "vsme_xl", *command)
    assert code in (0, 1)
    assert notes
    assert [note for note in notes if not note.startswith("private")] == []
    assert left == []


@pytest.mark.parametrize(
    "command",
    [
        ["check", "in.xlsx"], ["facts", "in.xlsx", "--format", "json"], ["batch", "in.xlsx", "out", "--workers", "2"],
    ],
    ids=lambda c: c[0],
)  # fmt: skip
@pytest.mark.parametrize("length", [40, 200])
def test_the_path_to_the_folder_for_temporary_files_may_be_long(
    length: int, command: list[str], tmp_path: Path
) -> None:
    shutil.copy(SAMPLES / "consultancy.xlsx", tmp_path / "in.xlsx")
    code, _, left = under_eyes(tmp_path, "-m", "vsme_xl", *command, below="t" * length)
    assert code in (0, 1)
    assert left == []


@pytest.mark.parametrize("last", [1, 4, 12])
def test_what_a_killed_portfolio_leaves_is_private_and_the_next_run_removes_it(
    last: int, batched: Path, tmp_path: Path
) -> None:
    shutil.copytree(batched / "out", tmp_path / "out")
    before = (tmp_path / "out" / "portfolio.xlsx").read_bytes()
    code, notes, left = under_eyes(tmp_path, "-c", PORTFOLIO, str(tmp_path / "out"), last=last)
    assert code == -9
    assert left
    assert [note for note in notes if not note.startswith("private")] == []
    assert (tmp_path / "out" / "portfolio.xlsx").read_bytes() == before
    code, _, left = under_eyes(tmp_path, "-c", PORTFOLIO, str(tmp_path / "out"))
    assert (code, left) == (0, [])


def test_a_batch_removes_what_a_killed_one_left_anywhere_below_its_output(batched: Path) -> None:
    gone = f"{files._mark()}{2**22 + 1}-x.part"
    working = f"{files._mark()}{os.getppid()}-x.part"
    folders = [batched / "out" / name for name in ("results/north", "review", ".vsme-xl/records", "")]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (gone, working):
            (folder / name).write_bytes(b"half a report")
    done = CliRunner().invoke(main, ["batch", str(batched / "in"), str(batched / "out"), "--workers", "1"])
    assert done.exit_code == 0
    left = [p.name for p in (batched / "out").rglob("*.part")]
    assert left == [working] * len(folders)


def test_a_link_among_temporary_files_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "report.xlsx").write_bytes(b"report")
    swept = tmp_path / "swept"
    swept.mkdir()
    link = swept / f"{files._mark()}{2**22 + 1}-x.part"
    link.symlink_to(kept, target_is_directory=True)
    files.sweep(swept)
    assert not link.is_symlink()
    assert (kept / "report.xlsx").read_bytes() == b"report"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="how a process is, as Linux says it")
def test_what_a_process_left_that_has_ended_and_that_nobody_asked_for_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # in a container nobody may ever ask for it
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        names = {p: f"{files._mark()}{p.pid}-abcdef01-x{files.ENDING}" for p in (ended, running)}
        for name in names.values():
            (tmp_path / name).write_bytes(b"half")
        os.kill(ended.pid, 0)  # it counts as there
        files.sweep(tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == [names[running]]
        running.communicate(b"\n")
    ended.wait()
