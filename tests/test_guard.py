"""Every command about one file runs under limits that hold whatever the parser does, and leaves nothing behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "mistakes.xlsx"
MAPPINGS = Path(__file__).parents[1] / "mappings"
COMMANDS = {
    "run": ["run", str(SAMPLE), "-o", "r.xlsx"],
    "check": ["check", str(SAMPLE)],
    "facts": ["facts", str(SAMPLE)],
    "mapping build": ["mapping", "build", str(SAMPLE)],
    "new": ["new", "r.xlsx", "--previous", str(SAMPLE)],
    "mapping check": ["mapping", "check", str(next(MAPPINGS.glob("vsme-xl-*.yaml"))), str(SAMPLE)],
}
HANG = "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')"
SWELL = "held = []\n    while True: held.append(bytearray(b'x') * 20_000_000)"
ALL_AT_ONCE = "bytearray(60_000_000_000)"
WATCHDOG = 60
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by Linux")


def program(command: list[str], body: str = "", where: str = "workbook_file.open_calamine") -> list[str]:
    """A command line in which a part of the reading does something else."""
    module, _, name = where.partition(".")
    lines = ["import sys"]
    if body:
        lines += [
            f"import vsme_xl.reading.{module} as module", "def bad(*a, **k):", f"    {body}", f"module.{name} = bad",
        ]  # fmt: skip
    lines += ["from vsme_xl.cli import main", f"main({command!r})"]
    return [sys.executable, "-c", "\n".join(lines)]


def ran(command: list[str], body: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(command, body), cwd=folder, capture_output=True, text=True, timeout=WATCHDOG, check=False
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_parser_that_never_returns_is_stopped(name: str, tmp_path: Path) -> None:
    result = ran([*COMMANDS[name], "--time-limit", "2"], HANG, tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert "took longer than 2 seconds" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", ["import os; os.abort()", "import faulthandler; faulthandler._sigsegv()"])
def test_a_parser_that_aborts_or_crashes_is_said_in_a_sentence(body: str, tmp_path: Path) -> None:
    result = ran(COMMANDS["check"], body, tmp_path)
    assert result.returncode == 3
    assert "brought the reading program down" in result.stderr


FAR = """
    from io import BytesIO
    from python_calamine import CalamineWorkbook
    import hostile_files as hostile
    cell = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    CalamineWorkbook.from_filelike(BytesIO(hostile.workbook(hostile.ONE_CELL + cell))).get_sheet_by_name("Data")
"""


@linux
@pytest.mark.parametrize(
    ("body", "options", "words"),
    [
        (HANG, ["--time-limit", "2"], "took longer than 2 seconds"),
        (SWELL, ["--memory-limit", "400"], "more than 400 MB"),
        ("import os; os.abort()", [], "brought the reading program down"),
    ],
)
def test_decrypting_is_held_by_the_same_limits(body: str, options: list[str], words: str, tmp_path: Path) -> None:
    command = program([*COMMANDS["check"], *options], body, "workbook_file.without_password")
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=WATCHDOG, check=False)
    assert (result.returncode, result.stdout) == (3, "")
    assert words in result.stderr


def test_a_password_that_takes_many_rounds_is_stopped_in_time_where_the_user_allowed_them(tmp_path: Path) -> None:
    ecma = pytest.importorskip("msoffcrypto.method.ecma376_agile")
    path = tmp_path / "slow.xlsx"
    data = ecma.ECMA376Agile.encrypt("word", io.BytesIO(SAMPLE.read_bytes()))
    path.write_bytes(data.replace(b'spinCount="100000" saltSize="16"', b'spinCount="10000000"'.ljust(32)))
    options = ["--password", "word", "--limit", "password-rounds=10M", "--time-limit", "2"]
    result = ran(["check", str(path), *options], "pass", tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert "took longer than 2 seconds" in result.stderr


@linux
def test_what_a_parser_says_as_it_breaks_is_shown_only_to_those_who_ask_for_all(tmp_path: Path) -> None:
    body = f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n    {FAR.strip()}"
    result = ran([*COMMANDS["check"], "--memory-limit", "300"], body, tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert len(result.stderr.splitlines()) == 1
    assert "brought the reading program down" in result.stderr
    verbose = ran(["--verbose", *COMMANDS["check"], "--memory-limit", "300"], body, tmp_path)
    assert (verbose.returncode, "memory allocation" in verbose.stderr) == (3, True)


@linux
@pytest.mark.parametrize("body", [SWELL, ALL_AT_ONCE])
def test_a_parser_that_swells_is_stopped(body: str, tmp_path: Path) -> None:
    result = ran([*COMMANDS["check"], "--memory-limit", "400"], body, tmp_path)
    assert result.returncode == 3
    assert "more than 400 MB" in result.stderr


def test_exit_codes_and_both_streams_pass_through(tmp_path: Path) -> None:
    good = ran([*COMMANDS["facts"], "--format", "csv"], "", tmp_path)
    assert good.returncode == 0
    assert "Turnover" in good.stdout
    errors = ran([*COMMANDS["check"], "--format", "json"], "", tmp_path)
    assert (errors.returncode, errors.stdout[:1]) == (1, "{")
    usage = ran(["run", str(SAMPLE), "-o", str(SAMPLE)], "", tmp_path)
    assert usage.returncode == 2
    assert "cannot overwrite the input" in usage.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_passed_on_and_no_temporary_file_stays(number: signal.Signals, tmp_path: Path) -> None:
    body = "with whole_file(Path('r.xlsx')):\n        print('there', flush=True)\n        import time; time.sleep(60)"
    held = "from pathlib import Path\nfrom vsme_xl.files import whole_file\n"
    command = program(COMMANDS["run"], body)
    command[-1] = held + command[-1]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        assert len(list(tmp_path.glob(".vsme-xl-*"))) == 1
        process.send_signal(number)
        process.communicate(timeout=WATCHDOG)
    assert process.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_copy_was_writing_is_removed(tmp_path: Path) -> None:
    imports = "from vsme_xl.files import whole_file; from pathlib import Path"
    body = f"{imports}\n    with whole_file(Path('r.xlsx')):\n        while True: pass"
    result = ran([*COMMANDS["run"], "--time-limit", "2"], body, tmp_path)
    assert result.returncode == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", ["import time; time.sleep(60)", HANG])
def test_the_time_limit_holds_where_processes_cannot_be_copied(body: str) -> None:
    lines = [
        "from vsme_xl.guard import Limits", "from vsme_xl.guard_command import ending_after",
        "with ending_after(Limits(0.5), lambda: print('time', flush=True), 3):", f"    {body}",
    ]  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=WATCHDOG, check=False
    )
    assert result.returncode in (1, 3)
    if body != HANG:
        assert (result.returncode, result.stdout) == (3, "time\n")
