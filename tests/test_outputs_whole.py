"""Whatever keeps a command from writing: what stood there stands there still, nothing is left over, and it is said."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from writing import (
    CLIENT,
    COMMANDS,
    OLD,
    SAMPLES,
    contents,
    folder_of_a_client,
    in_a_copy,
    left_overs,
    outputs_of,
    refusing,
    room_for,
    said_in,
    small_disk,
    with_old_outputs,
)

from vsme_xl import files
from vsme_xl.language import languages, load_language
from vsme_xl.not_written import CODES, not_written, why_not

posix_only = pytest.mark.skipif(os.name != "posix", reason="users and links as POSIX has them")
LANGUAGES = sorted(languages())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of_a_client(tmp_path / "work")


def assert_nothing_changed(folder: Path, command: str) -> None:
    for name in outputs_of(command):
        there = folder / name
        assert not there.exists() if command == "mapping build" else there.read_bytes() == OLD
    assert left_overs(folder) == []
    assert (folder / CLIENT).read_bytes() == (SAMPLES / "consultancy.xlsx").read_bytes()


def last_sentence(stderr: str) -> str:
    assert "Traceback" not in stderr
    return stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("room", [0, 3_000])
def test_a_disk_without_room_leaves_what_stood_there_and_is_said(
    command: str, room: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_old_outputs(folder, command)
    monkeypatch.setattr(files, "open", room_for(room), raising=False)
    result = said_in(folder, *COMMANDS[command])
    assert result.exit_code == 2
    assert last_sentence(result.stderr).endswith(
        f"{outputs_of(command)[0]} cannot be written: the disk is full. Make room, or choose another place, and run "
        "the same command again."
    )
    assert_nothing_changed(folder, command)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_that_another_program_holds_is_left_and_said(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_old_outputs(folder, command)
    locked = PermissionError(errno.EACCES, "The process cannot access the file")
    locked.winerror = 32  # type: ignore[attr-defined]
    monkeypatch.setattr(files, "about", _as_on_windows)
    monkeypatch.setattr(os, "replace", refusing(locked))
    result = said_in(folder, *COMMANDS[command])
    assert result.exit_code == 2
    sentence = "is open in another program, probably Excel. Close it there, or choose another name."
    assert last_sentence(result.stderr) == f"{outputs_of(command)[0]} {sentence}"
    assert_nothing_changed(folder, command)


def _as_on_windows(target: str, error: OSError) -> OSError:
    made = type(error)(error.errno, error.strerror, target)
    made.winerror = getattr(error, "winerror", None)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("number", sorted({*CODES, errno.ENXIO} - {errno.EEXIST}), ids=errno.errorcode.get)
def test_whatever_the_system_says_as_the_file_is_put_in_its_place_is_one_sentence(
    number: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_old_outputs(folder, "new")
    monkeypatch.setattr(os, "replace", refusing(OSError(number, os.strerror(number))))
    result = said_in(folder, *COMMANDS["new"])
    assert result.exit_code == 2
    assert result.stderr.startswith("out.xlsx ") and result.stderr.count("\n") == 1
    assert_nothing_changed(folder, "new")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_disk(tmp_path_factory.mktemp("disks") / "small") as found:
        if found is None:
            pytest.skip("only who may mount can have a small disk")
        yield found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_disk_that_is_really_full_is_as_the_one_that_is_simulated(command: str, disk: Path) -> None:
    folder = folder_of_a_client(disk / "work")
    with_old_outputs(folder, command)
    filler = disk / "filler"
    with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    result = said_in(folder, *COMMANDS[command])
    assert result.exit_code == 2
    assert "the disk is full" in last_sentence(result.stderr)
    assert_nothing_changed(folder, command)
    filler.unlink()
    for name in outputs_of("mapping build"):
        (folder / name).unlink(missing_ok=True)
    assert said_in(folder, *COMMANDS[command]).exit_code == 0
    assert OLD not in contents(folder).values()
    assert left_overs(folder) == []
    shutil.rmtree(folder)


@pytest.mark.parametrize("command", ["new", "run", "check --review", "demo"])
def test_a_disk_that_is_read_only_is_said(command: str, disk: Path) -> None:
    folder = folder_of_a_client(disk / "work")
    with_old_outputs(folder, command)
    try:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        result = said_in(folder, *COMMANDS[command])
        assert result.exit_code == 2
        assert "the disk is read-only. Choose another place." in last_sentence(result.stderr)
        assert_nothing_changed(folder, command)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        shutil.rmtree(folder)


@posix_only
@pytest.mark.parametrize("closed", ["folder", "file"])
def test_who_may_not_write_is_told_so(closed: str, folder: Path) -> None:
    """As another user than root, who may write everywhere; where these tests run as another user, as that one."""
    (folder / "out.xlsx").write_bytes(OLD)
    (folder / "out.xlsx").chmod(0o444 if closed == "file" else 0o666)
    folder.chmod(0o555 if closed == "folder" else 0o777)
    name = "new.xlsx" if closed == "folder" else "out.xlsx"
    sentence = {
        "folder": f"You have no permission to write {name} into the folder .",
        "file": "out.xlsx cannot be written. Close it in Excel if it is open there, or choose another folder.",
    }[closed]
    not_written(OSError(), "en")  # the program itself may be out of reach of somebody

    def as_somebody() -> int:
        os.chdir(folder)
        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            files.write_whole(Path(name), b"new")
        except PermissionError as error:
            return 2 if not_written(error, "en").startswith(sentence) else 99
        return 0

    assert in_a_copy(as_somebody) == 2
    folder.chmod(0o755)
    assert (folder / "out.xlsx").read_bytes() == OLD
    assert sorted(p.name for p in folder.iterdir()) == [CLIENT, "out.xlsx"]


PLACES = {
    "gone/": "There is no folder gone to write ",
    "file/": "file is a file and no folder. Choose another place.",
    "file/deep/": "file is a file and no folder. Choose another place.",
    "n" * 300: "the name or path is too long. Choose a shorter one.",
}


@posix_only
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("place", PLACES, ids=lambda p: p[:10])
def test_a_place_where_no_file_can_be_is_said(command: str, place: str, folder: Path) -> None:
    if command == "demo" and place == "gone/":
        return  # it makes its folder
    (folder / "file").write_bytes(OLD)
    before = contents(folder)
    names = {"demo"} if command == "demo" else {*outputs_of(command)}
    first, *rest = COMMANDS[command]
    result = said_in(folder, first, *(place + a if a in names else a for a in rest))
    assert result.exit_code == 2
    assert PLACES[place] in last_sentence(result.stderr)
    assert contents(folder) == before
    assert not (folder / "gone").exists()


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "demo"])
def test_an_output_that_is_a_folder_is_said(command: str, folder: Path) -> None:
    (folder / outputs_of(command)[0]).mkdir()
    result = said_in(folder, *COMMANDS[command])
    assert result.exit_code == 2
    assert last_sentence(result.stderr).endswith("is a folder. Add the name of a file to it.")
    assert left_overs(folder) == []


def test_a_folder_that_is_deleted_while_its_file_is_written_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "deep").mkdir()
    real = os.chmod

    def vanishing(path: str, mode: int) -> None:
        shutil.rmtree(folder / "deep")
        real(path, mode)

    monkeypatch.setattr(os, "chmod", vanishing)
    result = said_in(folder, "new", "deep/out.xlsx")
    assert result.exit_code == 2
    assert last_sentence(result.stderr) == (
        "There is no folder deep to write out.xlsx into. Make the folder first, or choose another."
    )


def test_every_reason_is_said_in_every_language_with_the_file_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    cases = [(n, p) for n in [*CODES, errno.ENXIO] for p in ("new", "file", "folder", "gone/new", "file/new", "")]
    found = set()
    for number, place in cases:
        error = OSError(number, "REASON", str(tmp_path / place) if place else None)
        found.add(why_not(error))
        for language in LANGUAGES:
            said = not_written(error, language)
            assert place.rpartition("/")[2] in said
            assert said.count("\n") == 0 and "{" not in said and said.endswith(".")
            shown = {"otherwise", "device"} if place else {"otherwise", *CODES.values()} - {"full", "quota"}
            assert ("REASON" in said) == (why_not(error) in shown)
    assert found | {"locked", "print", "print_full", "here_gone"} == set(load_language("en").texts["not_written"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_says_it_in_its_language(language: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "open", room_for(0), raising=False)
    result = said_in(folder, "new", "out.xlsx", "--module", "basic", "--lang", language)
    assert result.stderr.strip() == load_language(language).text("not_written.full", file="out.xlsx")


@posix_only
def test_a_replaced_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.xlsx").write_bytes(OLD)
    (tmp_path / "real.xlsx").chmod(0o640)
    (tmp_path / "link.xlsx").symlink_to("real.xlsx")
    files.write_whole(tmp_path / "link.xlsx", b"new")
    assert (tmp_path / "link.xlsx").is_symlink()
    assert (tmp_path / "real.xlsx").read_bytes() == b"new"
    assert (tmp_path / "real.xlsx").stat().st_mode & 0o777 == 0o640


@posix_only
def test_what_is_no_file_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_whole(pipe, b"new")
    assert os.read(reading, 10) == b"new"
    os.close(reading)
    assert pipe.is_fifo()


@posix_only
def test_temporary_files_of_killed_runs_go_whoever_had_their_number(tmp_path: Path) -> None:
    mark = files._mark()
    left = [f"{mark}{os.getpid()}-00000000-x.part", f"{mark}999999999-00000000-x.part"]
    for name in left:
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / f"{mark}999999998-00000000-folder.part").mkdir()
    kept = tmp_path / f"{mark}{os.getppid()}-00000000-x.part"
    kept.write_bytes(b"half")
    with files.whole_file(tmp_path / "out.xlsx") as file:
        file.write(b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([kept.name, "out.xlsx"])


@posix_only
@pytest.mark.parametrize(
    "command", [("facts", CLIENT, "--format", "csv"), ("explain", "Turnover"), ("mapping", "show"), ("check", CLIENT)]
)
def test_what_is_printed_onto_a_full_disk_is_not_taken_for_printed(command: tuple[str, ...], folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    words = [sys.executable, "-m", "vsme_xl", *command]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "The output cannot be written: the disk is full. Make room, or print to another place.\n"
    )
