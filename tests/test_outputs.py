"""Outputs appear whole or not at all, hold nothing that attacks their reader, and inputs stay as they are."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

import vsme_xl
from vsme_xl import files
from vsme_xl.batch.names import safe, with_outputs
from vsme_xl.batch.records import InputFile
from vsme_xl.cell_text import harmless
from vsme_xl.cli import main
from vsme_xl.csv_text import plain_text

SAMPLE = Path(__file__).parent.parent / "sample_inputs" / "consultancy.xlsx"
ATTACKS = (
    '=HYPERLINK("http://example.com","click")', "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\n=1+1", "{=1+1}",
    "http://example.com", "mailto:a@example.com", "\x07bell\x00", "'=1", "a" * 40_000, "report\u202exslx.exe",
    "<r><t>=1+1</t></r>",
)  # fmt: skip
posix_only = pytest.mark.skipif(os.name != "posix", reason="limits of the size of files are those of POSIX")


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """A client's workbook in a folder of its own."""
    path = tmp_path / "client.xlsx"
    shutil.copy(SAMPLE, path)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def left_overs(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "client.xlsx"], ["check", "client.xlsx"], ["check", "client.xlsx", "--format", "json"],
        ["facts", "client.xlsx", "--format", "json"], ["facts", "client.xlsx", "--format", "csv"],
        ["facts", "client.xlsx", "--format", "xbrl-json"], ["mapping", "build", "client.xlsx"],
        ["batch", "client.xlsx", "out"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_changes_its_input(arguments: list[str], client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(client.parent)
    before, stat = digest(client), client.stat()
    client.chmod(0o444)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 1), result.output
    assert digest(client) == before
    assert client.stat().st_mtime_ns == stat.st_mtime_ns


def texts_of(path: Path) -> list[Any]:
    book = openpyxl.load_workbook(path)
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: repr(a[:12]))
def test_what_a_client_typed_never_becomes_a_formula_or_a_link(attack: str, tmp_path: Path) -> None:
    facts = vsme_xl.facts_of(
        {"EntityName": attack, "HasCertifications": True,
         "DescriptionOfSustainabilityRelatedCertificationsOrLabels": attack,
         "sites": [{"IdentifierOfSiteTypedAxis": attack, "AddressOfSite": attack, "CityOfSite": attack}]}
    )  # fmt: skip
    results = vsme_xl.write_results(vsme_xl.compute(facts), tmp_path / "results.xlsx", meta={"file": attack})
    again = vsme_xl.new_workbook(tmp_path / "input.xlsx", answers=facts)
    core = "".join(c for c in attack if c.isprintable())[:12].strip(" ")
    for path in (results, again):
        cells = texts_of(path)
        holding = [c for c in cells if core in str(c.value)]
        assert any(c.data_type == "s" for c in holding)
        for cell in holding:
            assert cell.data_type != "f" or not str(cell.value).startswith(attack)
            assert cell.hyperlink is None or "example.com" not in str(cell.hyperlink.target)
            assert len(str(cell.value)) <= 32_767
            assert "\u202e" not in str(cell.value)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: repr(a[:12]))
def test_a_csv_file_holds_no_formula(attack: str, client: Path) -> None:
    book = openpyxl.load_workbook(client)
    sheet, cell = next(iter(book.defined_names["EntityName"].destinations))
    book[sheet][cell.replace("$", "")].value = "".join(c for c in attack if c not in "\x07\x00")[:32_767]
    book[sheet][cell.replace("$", "")].data_type = "s"
    book.save(client)
    result = CliRunner().invoke(main, ["facts", str(client), "--format", "csv"])
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert any(attack.strip().strip("\x07\x00\u202e")[:6] in field for row in rows for field in row)
    assert not [
        f
        for row in rows
        for f in row
        if f[:1] in ("=", "+", "@", "\t", "\r", "\n") or (f[:1] == "-" and f[1:2].isalpha())
    ]


FORMULA_BEGINS = "=+\\-@\t\uff1d\uff0b\uff0d\uff20"
PARTS = ("=1", "+", "-", "- a", "-5", "@", "'", ";", "\n", "\r\n", " ", "\t", "a", "\uff1d1", ",")
PIECES = st.lists(st.sampled_from(PARTS))


@given(st.one_of(st.text(), PIECES.map("".join)))
@example("Targets;=cmd|' /C calc'!A0")
@example("Targets\n- by 2030\n-cmd|' /C calc'!A0")
@example("52.1, -3.2; -51.0, -4.5")
def test_no_piece_of_a_text_is_a_formula_and_taking_one_apostrophe_away_gives_back_every_text(said: str) -> None:
    """Pieces are what a spreadsheet makes of a text where it takes semicolons for its ends, too."""
    written = plain_text(said)
    for number, piece in enumerate(re.split("[;\r\n]", written)):
        begins = piece.lstrip(" ") if number else piece
        assert not re.match(f"[{FORMULA_BEGINS}]", begins) or re.fullmatch("[-+][-+0-9., ]*", begins)
    assert not written.startswith(("=", "@", "\t", "\r", "\n"))
    whole = re.sub(rf"\A'('*[{FORMULA_BEGINS}\r\n])", r"\1", written)
    assert re.sub(rf"([;\r\n] *)'('*[{FORMULA_BEGINS}])", r"\1\2", whole) == harmless(said)


RESERVED = ("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM0", "COM1", "COM\u00b9", "LPT1", "LPT\u00b3")
ENDINGS = ("", ".xlsx", ".x.y", " ", " .txt", ".", "...")
ODD_NAMES = st.one_of(
    st.text(min_size=1, max_size=300),
    st.text(alphabet="a\u00e4\u65e5\U0001f600 .", min_size=60, max_size=300),
    st.tuples(st.sampled_from(RESERVED), st.sampled_from(ENDINGS)).map("".join),
    st.tuples(st.sampled_from(RESERVED), st.sampled_from(ENDINGS)).map(lambda parts: "".join(parts).lower()),
)


@given(ODD_NAMES)
def test_a_name_is_safe_on_every_system(name: str) -> None:
    made = safe(name)
    assert made and made == made.strip(" ") and not made.endswith(".") and len(made) <= 80
    assert not set(made) & set('<>:"/\\|?*\x00\x1f\x7f\u202e\u2066\u200b\ufeff')
    assert made.partition(".")[0].rstrip(" ").upper() not in RESERVED
    assert len(f"{made}~d27db4-results.xlsx".encode()) <= 255


ALIKE = (
    "stra\u00dfe", "STRASSE", "\u00e9", "e\u0301", "\u00c9", "K", "\u212a", "k", "\ufb01", "fi", "a.", "a", "A ", "a?",
    "a*",
)  # fmt: skip


@given(st.lists(st.sampled_from(ALIKE), min_size=2, unique=True))
def test_no_two_outputs_meet_on_a_system_that_ignores_case_and_the_form_of_accents(names: list[str]) -> None:
    made = [file.output for file in with_outputs(InputFile(f"{name}.xlsx", "") for name in names)]
    forms = {unicodedata.normalize("NFC", output.casefold()) for output in made}
    assert len(forms) == len(names)
    assert made == [unicodedata.normalize("NFC", output) for output in made]


RUN = """
import signal, sys
signal.signal(signal.SIGXFSZ, getattr(signal, sys.argv.pop(1)))
from vsme_xl.cli import main
main()
"""


def limited(folder: Path, size: int, handler: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process that cannot write more than `size` bytes to a file: a disk that is full."""

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [sys.executable, "-c", RUN, handler, "run", "client.xlsx", "-o", "results.xlsx"]
    environment = {**os.environ, "PYTHONPATH": str(SAMPLE.parent.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, preexec_fn=limit, capture_output=True, text=True, timeout=120, env=environment, check=False
    )


@posix_only
@pytest.mark.parametrize("size", [0, 20_000])
def test_a_full_disk_leaves_the_old_results_and_says_so(size: int, client: Path) -> None:
    old = client.parent / "results.xlsx"
    old.write_bytes(b"last week's results")
    done = limited(client.parent, size, "SIG_IGN")
    assert done.returncode == 2
    assert done.stderr.startswith("results.xlsx ")
    assert "Traceback" not in done.stderr
    assert old.read_bytes() == b"last week's results"
    assert left_overs(client.parent) == []


@posix_only
def test_a_run_killed_while_it_writes_leaves_no_half_file_and_the_next_one_cleans_up(client: Path) -> None:
    for size in (0, 1_000, 50_000):
        done = limited(client.parent, size, "SIG_DFL")
        assert done.returncode == 3  # the guarded copy of the process was killed, and the command says so
        assert not (client.parent / "results.xlsx").exists()
    result = CliRunner().invoke(main, ["run", str(client), "-o", str(client.parent / "results.xlsx")])
    assert result.exit_code == 0
    assert left_overs(client.parent) == []
    assert openpyxl.load_workbook(client.parent / "results.xlsx").sheetnames


KILLED_AT = """
import os, sys
from pathlib import Path
seen = 0
def count(event, arguments):
    global seen
    steps = ("open", "os.rename", "os.remove", "os.chmod", "tempfile.mkstemp")
    if event in steps and "target" in str(arguments[0]):
        seen += 1
        if seen == int(sys.argv[1]):
            os._exit(99)
from vsme_xl.files import write_whole
folder = Path("target")
sys.addaudithook(count)
write_whole(folder / "results.xlsx", b"new" * 100_000)
"""


@posix_only
def test_a_kill_between_any_two_steps_of_writing_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "target"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(SAMPLE.parent.parent)}
    for step in range(1, 12):
        (folder / "results.xlsx").write_bytes(b"old")
        command = [sys.executable, "-c", KILLED_AT, str(step)]
        code = subprocess.run(command, cwd=tmp_path, env=environment, timeout=60, check=False).returncode
        assert (folder / "results.xlsx").read_bytes() in (b"old", b"new" * 100_000)
        if code == 0:
            break
        assert code == 99
    assert code == 0 and step > 4
    assert left_overs(folder) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Close it in Excel"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "was moved or deleted meanwhile"),
    ],
    ids=["open in Excel", "disk full", "folder gone"],
)
def test_what_cannot_be_moved_into_place_is_said_with_the_name_of_the_file(
    wrong: OSError, says: str, client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(_: object, __: object) -> None:
        raise wrong

    target = client.parent / "results.xlsx"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", replace)
    result = CliRunner().invoke(main, ["run", str(client), "-o", str(target)])
    assert result.exit_code == 2
    assert "results.xlsx" in result.stderr and says in result.stderr
    assert target.read_bytes() == b"old"
    assert left_overs(client.parent) == []


def test_a_folder_that_is_not_there_is_said(client: Path) -> None:
    result = CliRunner().invoke(main, ["run", str(client), "-o", str(client.parent / "gone" / "results.xlsx")])
    assert result.exit_code == 2
    assert "results.xlsx" in result.stderr


def test_a_temporary_file_is_private_and_that_of_another_machine_stays_for_a_day(tmp_path: Path) -> None:
    young, old, foreign = (tmp_path / f".vsme-xl-00000000-1-{n}.part" for n in "abc")
    for path in (young, old):
        path.write_bytes(b"half")
    (tmp_path / ".hidden.part").write_bytes(b"not ours")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    with files.whole_file(tmp_path / "out.xlsx") as temporary:
        if os.name == "posix":
            assert Path(temporary.name).stat().st_mode & 0o077 == 0
        temporary.write(b"whole")
    assert (young.exists(), old.exists(), foreign.exists()) == (True, False, False)
    assert (tmp_path / ".hidden.part").exists()
    assert (tmp_path / "out.xlsx").read_bytes() == b"whole"


def broken(*_: object, **__: object) -> None:
    raise ValueError("the secret turnover is 4711")


@pytest.mark.parametrize("verbose", [False, True])
def test_a_fault_of_the_program_tells_no_figures_unless_asked_to(
    verbose: bool, client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault: Callable[..., None] = broken
    monkeypatch.setattr("vsme_xl.reading.read_workbook.read", fault)
    result = CliRunner().invoke(main, [*(["--verbose"] if verbose else []), "run", str(client)])
    if verbose:
        assert isinstance(result.exception, ValueError)
    else:
        assert result.exit_code == 70
        assert "ValueError" in result.stderr
        assert "4711" not in result.output + result.stderr
