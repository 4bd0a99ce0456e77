"""Nothing about the machine changes what a command does: language, clock, folders, streams, switches of Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
POSIX = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
NARROW = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SURROUNDINGS = {
    "no home": {"HOME": ""},
    "a home that is not there": {"HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere", "XDG_CONFIG_HOME": "/nowhere"},
    "temporary files nowhere": {"TMPDIR": "/nowhere", "TEMP": "/nowhere", "TMP": "/nowhere"},
    "no language": NARROW,
    "another language": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "the other end of the world": {"TZ": "Pacific/Kiritimati"},
    "no such time zone": {"TZ": "Nowhere/None:x"},
    "warnings as errors": {"PYTHONWARNINGS": "error"},
    "no assertions and docstrings": {"PYTHONOPTIMIZE": "2"},
    "another order of sets": {"PYTHONHASHSEED": "7"},
}


def run(*arguments: object, switches: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[bytes]:
    given = {**os.environ, **environment}
    command = [sys.executable, *switches, "-m", "vsme_xl", *map(str, arguments)]
    return subprocess.run(
        command, env={k: v for k, v in given.items() if v}, capture_output=True, timeout=120, check=False
    )


def by_shell(script: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a shell script says, in which it is `"$@"`."""
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "vsme_xl", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The results that the command writes here."""
    out = tmp_path_factory.mktemp("expected") / "results.xlsx"
    assert run("run", SAMPLE, "-o", out).returncode == 0
    return out.read_bytes()


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_surroundings_change_no_byte_of_the_results(name: str, expected: bytes, tmp_path: Path) -> None:
    out = tmp_path / "results.xlsx"
    done = run("run", SAMPLE, "-o", out, **SURROUNDINGS[name])
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert out.read_bytes() == expected


@pytest.mark.parametrize("switch", ["-I", "-bb", "-Xdev"])
def test_switches_of_python_change_no_byte_of_the_results(switch: str, expected: bytes, tmp_path: Path) -> None:
    out = tmp_path / "results.xlsx"
    assert run("run", SAMPLE, "-o", out, switches=(switch,)).returncode == 0
    assert out.read_bytes() == expected


@pytest.mark.parametrize("name", ["no home", "temporary files nowhere", "no language", "warnings as errors"])
def test_a_batch_runs_in_any_surroundings(name: str, tmp_path: Path) -> None:
    done = run("batch", SAMPLE, tmp_path, "--workers", 1, **SURROUNDINGS[name])
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert zipfile.ZipFile(tmp_path / "results" / "consultancy-results.xlsx").testzip() is None


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_programs_read_is_utf_8_whatever_the_terminal_of_the_machine_can_show(encoding: str) -> None:
    for form in ("csv", "json"):
        plain = run("facts", SAMPLE, "--format", form)
        narrow = run("facts", SAMPLE, "--format", form, PYTHONUTF8="0", PYTHONIOENCODING=encoding)
        assert (narrow.returncode, narrow.stdout.replace(b"\r\n", b"\n")) == (0, plain.stdout.replace(b"\r\n", b"\n"))
        assert "Fjällbäck" in narrow.stdout.decode("utf-8")


def test_the_log_of_a_batch_is_utf_8(tmp_path: Path) -> None:
    done = run("batch", SAMPLE, tmp_path, "--workers", 1, "--json", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert "Fjällbäck Rådgivning AB" in str(lines)


@pytest.mark.parametrize("command", [("facts", "--lang", "de"), ("check", "--lang", "de")])
def test_what_a_terminal_cannot_show_ends_no_command(command: tuple[str, ...]) -> None:
    name, *options = command
    done = run(name, SAMPLE, *options, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert rb"Fj\xe4llb\xe4ck" in done.stdout


@POSIX
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_cost_nothing(closed: str, expected: bytes, tmp_path: Path) -> None:
    done = by_shell(f'exec "$@" {closed}', "run", SAMPLE, "-o", "results.xlsx", cwd=tmp_path)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "results.xlsx").read_bytes() == expected
    assert by_shell(f'exec "$@" {closed}', "facts", SAMPLE, cwd=tmp_path).returncode == 0


@POSIX
def test_a_batch_runs_without_any_stream(tmp_path: Path) -> None:
    script = 'exec "$@" <&- >&- 2>&-'
    assert by_shell(script, "batch", SAMPLE, "out", "--workers", 1, cwd=tmp_path).returncode == 0
    assert zipfile.ZipFile(tmp_path / "out" / "portfolio.xlsx").testzip() is None


@POSIX
def test_in_a_folder_that_is_gone_a_command_works_or_says_so(expected: bytes, tmp_path: Path) -> None:
    here = tmp_path / "gone"
    script = 'rmdir "$PWD" && exec "$@"'
    here.mkdir()
    assert by_shell(script, "run", SAMPLE, "-o", tmp_path / "results.xlsx", cwd=here).returncode == 0
    assert (tmp_path / "results.xlsx").read_bytes() == expected
    here.mkdir()
    done = by_shell(script, "batch", SAMPLE, tmp_path / "out", "--workers", 1, cwd=here)
    assert done.returncode == 2
    assert b"The folder you are in is gone" in done.stderr


@POSIX
def test_outputs_have_the_permissions_that_the_user_asks_for(tmp_path: Path) -> None:
    for mask, mode in (("077", 0o600), ("022", 0o644)):
        assert by_shell(f'umask {mask} && exec "$@"', "run", SAMPLE, "-o", "a.xlsx", cwd=tmp_path).returncode == 0
        assert (tmp_path / "a.xlsx").stat().st_mode & 0o777 == mode
        (tmp_path / "a.xlsx").unlink()
