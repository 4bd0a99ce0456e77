"""What holds for every command and the library: no network, inputs untouched, nothing left in temporary folders."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from every_command import SAMPLES, inputs_of

HERE = Path(__file__).parent
# Loaded by every Python process that is started, workers among them. What would go over the network is written down
# and refused; what would change an input is written down; so is what is made where others could read it.
WATCH = """
import os, sys
watched, temporary, notes = (os.environ[n] for n in ("WATCHED", "TMPDIR", "NOTES"))
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.utime", "os.link",
           "os.symlink", "os.truncate", "shutil.move", "shutil.rmtree"}
NETWORK = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
           "socket.gethostbyaddr", "socket.getnameinfo", "socket.bind"}
LOOPBACK = ("127.0.0.1", "::1", "localhost") if os.environ.get("LOOPBACK") else ()
busy = False

def note(what):
    global busy
    busy = True
    with open(notes, "a") as file:
        file.write(what + "\\n")
    busy = False

def below(path, folder):
    if isinstance(path, int) or path is None:
        return False
    path = os.path.abspath(os.fsdecode(path))
    return path == folder or path.startswith(folder + os.sep)

def hook(event, arguments):
    if busy:
        return
    if event in NETWORK:
        address = arguments[0] if event.startswith("socket.get") else arguments[1]
        host = address[0] if isinstance(address, tuple) else address
        if host in LOOPBACK:
            note(f"loopback: {event}")
        elif event.startswith("socket.get") or isinstance(address, tuple):
            note(f"network: {event} {address}")
            raise OSError("no network")
    elif event == "open":
        path, mode, flags = arguments
        if below(path, watched) and (flags or 0) & WRITES:
            note(f"input: open {path!r} {mode} {flags}")
    elif event in CHANGES and any(below(a, watched) for a in arguments if isinstance(a, (str, bytes, os.PathLike))):
        note(f"input: {event} {arguments}")

sys.addaudithook(hook)
"""


@dataclass(frozen=True)
class Everything:
    """What running everything did: exit codes by command line, what was noted, inputs before and after, leftovers."""

    codes: dict[str, int]
    notes: list[str]
    before: dict[str, object]
    after: dict[str, object]
    temporary: list[str]
    said: str


def looks(folder: Path) -> dict[str, object]:
    """Return content, time of change and mode of everything in a folder, and of the folder."""
    paths = [folder, *sorted(folder.rglob("*"))]
    stats = {path: path.stat() for path in paths}
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "", stat.st_mtime_ns, stat.st_mode,
        )
        for path, stat in stats.items()
    }  # fmt: skip


def alone() -> list[str]:
    """Return what goes before a command that is to have no network and may not write what is read-only, if possible."""
    apart = ["unshare", "--map-root-user", "--net"]
    can = shutil.which("unshare") and subprocess.run([*apart, "true"], stderr=subprocess.DEVNULL, check=False)
    found = apart if can and can.returncode == 0 else []
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("setpriv"):
        return [*found, "setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    return found


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    """Every command and the library, run over inputs that are read-only, under eyes that see all processes."""
    folder = tmp_path_factory.mktemp("everything")
    made = {name: folder / name for name in ("inputs", "out", "temporary", "eyes")}
    for path in made.values():
        path.mkdir()
    inputs = made["inputs"]
    inputs_of(inputs)
    (made["eyes"] / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    for path in inputs.iterdir():
        path.chmod(0o444)
    inputs.chmod(0o555)
    before = looks(inputs)
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(made["eyes"]), str(HERE.parent)]), "HOME": str(folder),
        "TMPDIR": str(made["temporary"]), "WATCHED": str(inputs), "NOTES": str(folder / "notes"),
        "VSME_XL_TIME_LIMIT": "300",
    }  # fmt: skip
    command = [*alone(), sys.executable, str(HERE / "every_command.py"), str(inputs), str(made["out"])]
    done = subprocess.run(
        command, cwd=made["out"], env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    said = (made["out"] / "said").read_text(encoding="utf-8", errors="replace") + done.stderr
    after = looks(inputs)
    inputs.chmod(0o755)
    notes = folder / "notes"
    yield Everything(
        {" ".join(line): code for line, code in map(json.loads, done.stdout.splitlines())},
        notes.read_text().splitlines() if notes.exists() else [], before, after,
        [str(p.relative_to(folder)) for p in made["temporary"].rglob("*")], said,
    )  # fmt: skip


def test_every_command_ends_as_documented(everything: Everything) -> None:
    assert "library" in everything.codes, everything.said[-2000:]
    assert "Traceback" not in everything.said
    wrong = {line: code for line, code in everything.codes.items() if code not in (0, 1)}
    assert list(wrong.values()) == [3] and "torn.xlsx" in next(iter(wrong))


def test_every_command_was_run(everything: Everything) -> None:
    import click

    from vsme_xl.cli import main

    context = click.Context(main)
    names = set(main.list_commands(context))
    run = {line.split()[0] for line in everything.codes}
    assert names <= run
    mapping = main.get_command(context, "mapping")
    assert isinstance(mapping, click.Group)
    assert {f"mapping {name}" for name in mapping.commands} <= {" ".join(line.split()[:2]) for line in everything.codes}


def test_nothing_goes_over_the_network(everything: Everything) -> None:
    assert [note for note in everything.notes if note.startswith("network")] == []


def test_a_dask_cluster_of_ones_own_speaks_to_this_machine_alone(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    for name in ("inputs", "eyes", "temporary"):
        (tmp_path / name).mkdir()
    shutil.copyfile(SAMPLES / "consultancy.xlsx", tmp_path / "inputs" / "a.xlsx")
    (tmp_path / "eyes" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    names = {"WATCHED": "inputs", "TMPDIR": "temporary", "NOTES": "notes", "PYTHONPATH": "eyes", "HOME": "."}
    environment = {**os.environ, **{name: str(tmp_path / folder) for name, folder in names.items()}, "LOOPBACK": "1"}
    line = ["batch", str(tmp_path / "inputs"), str(tmp_path / "out"), "--engine", "dask", "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "vsme_xl", *line], cwd=tmp_path, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "results" / "a-results.xlsx").is_file()
    notes = (tmp_path / "notes").read_text().splitlines()
    assert {"loopback: socket.bind", "loopback: socket.connect"} <= set(notes)
    assert [note for note in notes if not note.startswith("loopback")] == []
    assert list((tmp_path / "temporary").rglob("*")) == []


def test_no_command_changes_an_input_or_puts_something_beside_it(everything: Everything) -> None:
    assert len(everything.before) > 10
    assert everything.after == everything.before


def test_inputs_are_opened_for_reading_alone(everything: Everything) -> None:
    assert [note for note in everything.notes if note.startswith("input")] == []


def test_nothing_is_left_where_temporary_files_are(everything: Everything) -> None:
    assert everything.temporary == []


def test_the_eyes_see_what_they_are_to_see(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    watched = tmp_path / "inputs"
    watched.mkdir()
    (watched / "a").write_text("a")
    tries = f"""
import contextlib, os, socket
with contextlib.suppress(OSError): socket.create_connection(("192.0.2.1", 80), 1)
with contextlib.suppress(OSError): socket.getaddrinfo("example.com", 80)
open({str(watched / "a")!r}, "r+").close()
os.utime({str(watched / "a")!r})
open({str(watched / "a")!r}).close()
one, other = socket.socketpair()
"""
    names = {"WATCHED": watched, "TMPDIR": tmp_path, "NOTES": tmp_path / "notes", "PYTHONPATH": tmp_path}
    environment = {**os.environ, **{name: str(path) for name, path in names.items()}}
    subprocess.run([sys.executable, "-c", tries], env=environment, timeout=60, check=True)
    kinds = [note.split()[:2] for note in (tmp_path / "notes").read_text().splitlines()]
    assert kinds == [
        ["network:", "socket.getaddrinfo"], ["network:", "socket.getaddrinfo"], ["input:", "open"],
        ["input:", "os.utime"],
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [{"source": "bash"}, {"complete": "bash"}])
def test_completion_works_without_a_network(asked: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    how, shell = next(iter(asked.items()))
    environment = {
        **os.environ, "WATCHED": str(tmp_path / "none"), "TMPDIR": str(tmp_path), "NOTES": str(tmp_path / "notes"),
        "PYTHONPATH": str(tmp_path), "_VSME_XL_COMPLETE": f"{shell}_{how}", "COMP_WORDS": "vsme-xl ba",
        "COMP_CWORD": "1",
    }  # fmt: skip
    command = [*alone(), sys.executable, "-c", "from vsme_xl.cli import main; main(prog_name='vsme-xl')"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert ("batch" if how == "complete" else "_VSME_XL_COMPLETE") in done.stdout
    assert not (tmp_path / "notes").exists()
