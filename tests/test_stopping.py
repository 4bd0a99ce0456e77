"""Every command ends in order when it is stopped (Ctrl-C, kill, a closed terminal), or when nobody reads any more."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from writing import CLIENT, COMMANDS, SAMPLES, contents, folder_of_a_client, left_overs, said_in, with_old_outputs

from vsme_xl import facts_of, new_workbook
from vsme_xl.language import languages, load_language

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED = "Stopped before it was done. No file was left half-written."
WAIT = 60
# A command that waits, when it has written a file and is about to put it into its place, until it may go on.
WAITING = """
import os, sys, time
real = os.chmod
def waiting(*arguments):
    os.write(1, b"there\\n")
    while not os.path.exists("go"):
        time.sleep(0.02)
    real(*arguments)
os.chmod = waiting
from vsme_xl.__main__ import begin
begin()
"""


def started(folder: Path, program: Sequence[str], ignored: int = 0) -> subprocess.Popen[str]:
    """Start a command in a folder; what is ignored by who started these tests it hears all the same."""

    def hear() -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN if number == ignored else signal.SIG_DFL)

    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *program], cwd=folder, stdout=pipe, stderr=pipe, text=True, preexec_fn=hear
    )


def waiting_in(folder: Path, *arguments: str, ignored: int = 0) -> subprocess.Popen[str]:
    process = started(folder, ["-c", WAITING, *arguments], ignored)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n" or not process.communicate()
    return process


CASES = [(c, SIGNALS[n % 3]) for n, c in enumerate(COMMANDS)] + [("run", s) for s in SIGNALS]


@pytest.mark.parametrize(("command", "number"), CASES, ids=str)
def test_a_command_that_is_stopped_says_one_line_and_leaves_what_stood_there(
    command: str, number: signal.Signals, tmp_path: Path
) -> None:
    folder = folder_of_a_client(tmp_path / "work")
    with_old_outputs(folder, command)
    before = contents(folder)
    extra = ("--format", "csv") if command.startswith("check") else ()
    with waiting_in(folder, *COMMANDS[command], *extra) as process:
        process.send_signal(number)
        _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said) == (128 + number, STOPPED + "\n")
    assert contents(folder) == before
    assert left_overs(folder) == []


@pytest.mark.parametrize("language", sorted(languages()))
def test_it_is_said_in_the_language_of_the_command(language: str, tmp_path: Path) -> None:
    with waiting_in(tmp_path, "new", "out.xlsx", "--module", "basic", "--lang", language) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=WAIT)
    assert said.strip() == load_language(language).text("command.stopped")


def test_a_second_ctrl_c_ends_a_command_at_once_and_it_is_no_fault_of_the_file(tmp_path: Path) -> None:
    folder = folder_of_a_client(tmp_path / "work")
    stubborn = WAITING.replace("time.sleep(0.02)", "signal.pthread_sigmask(signal.SIG_BLOCK, [2])")
    with started(folder, ["-c", f"import signal{stubborn}", "run", CLIENT, "-o", "out.xlsx"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said) == (130, STOPPED + "\n")
    assert sorted(p.name for p in folder.iterdir()) == [CLIENT]


def test_what_was_started_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    with waiting_in(tmp_path, "new", "out.xlsx", "--module", "basic", ignored=signal.SIGHUP) as process:
        process.send_signal(signal.SIGHUP)
        (tmp_path / "go").touch()
        _, said = process.communicate(timeout=WAIT)
    assert (process.returncode, said) == (0, "Written: out.xlsx\n")


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clients")
    (folder / "in").mkdir()
    for number in range(6):
        answers = {"EntityName": f"Company {number}", "Currency": "EUR", "ReportingPeriodEnd": "2025-12-31"}
        new_workbook(folder / "in" / f"{number}.xlsx", module="basic", answers=facts_of(answers))
    assert said_in(folder, "batch", "in", "undisturbed").exit_code == 0
    return folder


@pytest.mark.parametrize("number", SIGNALS)
def test_a_batch_that_is_stopped_keeps_what_is_done_and_the_next_run_does_the_rest(
    number: signal.Signals, clients: Path
) -> None:
    out = f"out-{number}"
    with started(clients, ["-m", "vsme_xl", "batch", "in", out, "--json", "--workers", "1"]) as process:
        assert process.stdout is not None
        while '"event": "file"' not in (line := process.stdout.readline()) and '"file"' not in line[:20]:
            assert line
        process.send_signal(number)
        logged, said = process.communicate(timeout=WAIT)
    assert process.returncode == 128 + number
    assert said == ""
    assert '"interrupted": true' in logged.replace('":true', '": true')
    assert left_overs(clients) == []
    again = said_in(clients, "batch", "in", out)
    assert again.exit_code == 0
    assert "unchanged since the last run: 0" not in again.stderr
    assert contents(clients / out) == contents(clients / "undisturbed")


def on_a_terminal(folder: Path, *arguments: str, until: bytes) -> tuple[str, int]:
    """Run a command on a terminal, press Ctrl-C when it says what a pattern finds, return all it said and its code."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.chdir(folder)
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "100"}
        os.execv(sys.executable, [sys.executable, "-m", "vsme_xl", *arguments])
    said = b""
    pressed = False
    while True:
        try:
            said += os.read(terminal, 65_536)
        except OSError:  # it has ended
            break
        if re.search(until, said) and not pressed:
            pressed = True
            os.write(terminal, b"\x03")
    return said.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("until", [b"Workbooks:", b"0/6", b"[1-5]/6"])
def test_ctrl_c_on_a_terminal_takes_the_bar_away_and_leaves_one_line(until: bytes, clients: Path) -> None:
    said, code = on_a_terminal(clients, "batch", "in", "out", "--force", "--workers", "1", until=until)
    assert code == 130
    assert "Traceback" not in said
    assert said.rpartition("\x1b[2K")[2].startswith("Stopped")
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")  # the cursor is there again
    assert left_overs(clients) == []


def unread(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command whose output nobody reads, and return its code and what it says beside it."""
    with started(folder, ["-m", "vsme_xl", *arguments]) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    return process.returncode, said


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", CLIENT), ("check", CLIENT, "--format", "json"), ("facts", CLIENT, "--format", "json"),
        ("facts", CLIENT), ("facts", CLIENT, "--format", "csv"), ("mapping", "show"), ("mapping", "show", "efrag"),
        ("explain", "Turnover"), ("mapping", "build", CLIENT), ("demo", "demo"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_reader_that_leaves_early_changes_neither_exit_code_nor_work(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    folder = folder_of_a_client(tmp_path / "work")
    code, said = unread(folder, *arguments)
    heard = said_in(folder, *arguments)
    assert code == heard.exit_code
    assert said == heard.stderr
    assert not (folder / "demo").exists() or len(list((folder / "demo").iterdir())) == 3


def test_a_check_whose_output_nobody_reads_has_its_exit_code_and_writes_its_review(tmp_path: Path) -> None:
    mistakes = str(SAMPLES / "mistakes.xlsx")
    code, said = unread(tmp_path, "check", mistakes, "--review", "review.xlsx")
    assert code == 1
    assert said.startswith("Written: review.xlsx")
    said_in(tmp_path, "check", mistakes, "--review", "heard.xlsx")
    assert (tmp_path / "review.xlsx").read_bytes() == (tmp_path / "heard.xlsx").read_bytes()


def test_a_batch_whose_log_nobody_reads_is_done_to_its_end(clients: Path) -> None:
    assert unread(clients, "batch", "in", "unheard", "--json") == (0, "")
    assert contents(clients / "unheard") == contents(clients / "undisturbed")
