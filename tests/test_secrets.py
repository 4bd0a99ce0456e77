"""What commands say, log and leave behind holds no figure of a client, but where its figures are what was asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from efrag import SAMPLE as OFFICIAL
from planting import COMPANY, FIGURE, PLANTED, TEXT, Planted, planted
from test_guard import program

from vsme_xl.batch.chunk import process_chunk
from vsme_xl.batch.records import InputFile, Options, Outcome, failure
from vsme_xl.batch.workers import run_in_processes
from vsme_xl.cli import main
from vsme_xl.guard import Limits

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "sample_inputs"
QUESTIONNAIRE = SAMPLES / "questionnaire" / "questionnaire.xlsx"
SOURCES = {
    "basic": (SAMPLES / "consultancy.xlsx", None),
    "comprehensive": (SAMPLES / "manufacturer.xlsx", None),
    "questionnaire": (QUESTIONNAIRE, QUESTIONNAIRE.with_suffix(".yaml")),
    "official": (OFFICIAL, None),
}
PLANTS = [*(f"{kind}-wrong" for kind in SOURCES), "basic-likely", "questionnaire-likely"]
SECRET = f"{TEXT} {FIGURE}7"
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied, and memory is bounded, on Linux")


@pytest.fixture(scope="session", params=PLANTS)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A workbook with a plant in every answer."""
    kind, _, how = request.param.partition("-")
    source, mapping = SOURCES[kind]
    if not source.exists():
        pytest.skip("EFRAG's official templates are not beside the checkout")
    made = planted(source, tmp_path_factory.mktemp("planted") / "client.xlsx", how == "wrong", mapping)
    assert made.cells > (10 if kind == "questionnaire" else 60)
    return made


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def secrets_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if PLANTED.search(line)]


def commands(client: Planted, out: Path) -> dict[str, list[object]]:
    """Return command lines about a workbook, all that can be written with them among them."""
    mine = client.arguments
    mapping = client.mapping or SAMPLES.parent / "mappings" / "vsme-xl-basic.yaml"
    return {
        "run": ["run", *mine, "-o", out / "results.xlsx"],
        "check": ["check", *mine, "--format", "json", "--review", out / "review.xlsx", "--mail", out / "m.eml"],
        **{f"facts {form}": ["facts", *mine, "--format", form] for form in ("table", "json", "xbrl-json")},
        "new --previous": ["new", out / "next.xlsx", "--previous", *mine],
        "new --from": ["new", out / "moved.xlsx", "--from", *mine],
        "mapping build": ["mapping", "build", mine[0], "-o", out / "draft.yaml"],
        "mapping check": ["mapping", "check", mapping, mine[0]],
    }


def test_no_command_says_a_figure_but_those_it_was_asked_for(client: Planted, tmp_path: Path) -> None:
    done = {name: ran(*command) for name, command in commands(client, tmp_path).items()}
    assert {name: result.exit_code for name, result in done.items() if result.exit_code not in (0, 1)} == {}
    said = {name: secrets_in(result.stderr) for name, result in done.items()}
    assert {name: lines for name, lines in said.items() if lines} == {}
    assert (done["run"].stdout, done["mapping build"].stdout) == ("", "")
    assert COMPANY in done["run"].stderr or client.path.name in done["run"].stderr
    assert secrets_in(" ".join(path.name for path in tmp_path.iterdir())) == []
    assert secrets_in(done["facts json"].stdout)  # what was asked for is given out, so the search finds what is there


def test_a_company_is_named_unless_its_name_may_be_a_figure(tmp_path: Path) -> None:
    for wrong in (False, True):
        made = planted(SAMPLES / "consultancy.xlsx", tmp_path / "client.xlsx", wrong)
        run = ["run", made.path, "-o", tmp_path / "r.xlsx"]
        assert (COMPANY in ran(*run).stderr) is not wrong
        assert COMPANY in ran("--verbose", *run).stderr
        assert (f"{COMPANY} {FIGURE}" in ran("--verbose", *run).stderr) is wrong


def test_a_code_that_the_taxonomy_does_not_know_is_quoted_only_to_those_who_ask_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsme_xl.xbrl_json import LeftOut, XbrlReport

    report = XbrlReport({}, (LeftOut("WasteDirectedToDisposalMass", SECRET, "B7 Waste!C12"),), ())
    monkeypatch.setattr("vsme_xl.xbrl_json.xbrl_report", lambda *_: report)
    asked = ["facts", SAMPLES / "consultancy.xlsx", "--format", "xbrl-json"]
    plain, all_of_it = ran(*asked), ran("--verbose", *asked)
    assert "WasteDirectedToDisposalMass (B7 Waste!C12)" in plain.stderr
    assert secrets_in(plain.stderr) == []
    assert SECRET in all_of_it.stderr


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of workbooks with plants, one of them torn, one that is no workbook."""
    folder = tmp_path_factory.mktemp("clients")
    for plant in PLANTS:
        kind, _, how = plant.partition("-")
        source, mapping = SOURCES[kind]
        if source.exists():
            planted(source, folder / f"{plant}.xlsx", how == "wrong", mapping)
    (folder / "torn.xlsx").write_bytes((folder / "basic-wrong.xlsx").read_bytes()[:20_000])
    (folder / "list.xlsx").write_text(f"{TEXT};{FIGURE}\n")
    return folder


@pytest.mark.parametrize(
    "options",
    [(), ("--quiet",), ("--review", "--mail", "--json"), ("--engine", "dask", "--json"), ("--watch",)],
    ids=" ".join,
)
def test_a_batch_says_and_logs_no_figure(
    options: tuple[str, ...],
    clients: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "dask" in options:
        pytest.importorskip("distributed")
    monkeypatch.setattr("vsme_xl.batch.ticks.ticks", lambda *_: iter([True]))
    monkeypatch.setattr("vsme_xl.batch.watch.SETTLED", 0.0)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    mapping = ("--mapping", QUESTIONNAIRE.with_suffix(".yaml"))
    result = ran("batch", clients, tmp_path / "out", "--workers", 2, *mapping, *options)
    assert result.exit_code == 1
    assert "torn.xlsx" in result.output
    direct = capfd.readouterr()  # what processes say that are started on the way
    assert secrets_in(result.stdout + result.stderr + direct.out + direct.err) == []
    assert "Warning" not in result.stderr + direct.err
    out = tmp_path / "out"
    assert secrets_in(" ".join(str(p.relative_to(out)) for p in out.rglob("*"))) == []
    manifest = (out / ".vsme-xl" / "manifest.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in manifest.splitlines()]
    assert len(lines) == len(list(clients.iterdir()))
    assert secrets_in("\n".join(line["message"] for line in lines)) == []
    assert [p.name for p in temporary.iterdir() if not p.name.startswith("pymp-")] == []  # those are multiprocessing's
    assert secrets_in((out / "facts.csv").read_text(encoding="utf-8"))


def test_a_log_names_no_company_whose_name_may_be_a_figure(clients: Path, tmp_path: Path) -> None:
    mine = tmp_path / "in"
    mine.mkdir()
    for how in ("likely", "wrong"):
        shutil.copy(clients / f"basic-{how}.xlsx", mine)
    events = [json.loads(s) for s in ran("batch", mine, tmp_path / "out", "--json").stdout.splitlines()]
    named = {e["file"]: e["entity"] for e in events if e["event"] == "file"}
    assert named == {"basic-likely.xlsx": COMPANY, "basic-wrong.xlsx": ""}


class Panic(BaseException):
    """What a parser written in Rust raises: no Exception."""


FAULTS = (
    ValueError(SECRET), KeyError(SECRET), Panic(SECRET), RecursionError(SECRET), OSError(SECRET),
    PermissionError(SECRET), FileExistsError(SECRET), UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    BaseExceptionGroup(SECRET, [Panic(SECRET)]),
)  # fmt: skip
PLACES = ("reading.read_workbook.read", "computing.compute", "results.workbook.write_results")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda e: type(e).__name__)
def test_no_fault_at_any_step_is_said_with_what_it_was_about(
    fault: BaseException, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(f"vsme_xl.{place}", broken)
    result = ran("run", SAMPLES / "consultancy.xlsx", "-o", tmp_path / "r.xlsx")
    assert result.exit_code in (2, 70)
    assert secrets_in(result.output + result.stderr) == []
    assert result.stderr.strip()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda e: type(e).__name__)
def test_no_fault_in_a_batch_is_recorded_with_what_it_was_about(
    fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("vsme_xl.batch.taking.read", broken)
    source = InputFile("client.xlsx", str(SAMPLES / "consultancy.xlsx"), output="client")
    if not isinstance(fault, Exception):
        with pytest.raises(type(fault)):
            list(process_chunk([source], Options(str(tmp_path))))
        return
    said = [e for e in process_chunk([source], Options(str(tmp_path))) if isinstance(e, Outcome)]
    assert [o.status for o in said] == ["failed"]
    assert said[0].message
    assert secrets_in(str(said)) == []


def test_a_worker_that_breaks_says_nothing(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    files = tuple(InputFile(f"{kind} {n}.xlsx", "") for n, kind in enumerate(("raise", "panic", "warn", "print")))
    options = Options("")
    work = run_in_processes(
        [files], options, "secret_faults:quoting", partial(failure, options=options), 1, Limits(30, 1000)
    )
    done = [event for event in work if isinstance(event, Outcome)]
    assert [o.code for o in done] == ["died", "died", "", "died"]
    said = capfd.readouterr()
    assert secrets_in(said.out + said.err + str(done)) == []


QUOTED = f"import os; os.write(2, {SECRET.encode()!r})"
BREAKS = {
    "error": f"raise ValueError({SECRET!r})",
    "panic": f"raise BaseException({SECRET!r})",
    "abort": f"{QUOTED}; os.abort()",
    "hang": f"{QUOTED}\n    while True: pass",
    "swell": f"{QUOTED}; bytearray(60_000_000_000)",
    "warning": f"import warnings; warnings.warn({SECRET!r}); raise MemoryError({SECRET!r})",
}


@linux
@pytest.mark.parametrize("how", BREAKS)
def test_a_parser_that_breaks_tells_nothing_of_what_it_read(how: str, tmp_path: Path) -> None:
    made = planted(SAMPLES / "consultancy.xlsx", tmp_path / "client.xlsx", True)
    command = ["run", str(made.path), "-o", str(tmp_path / "r.xlsx"), "--time-limit", "2", "--memory-limit", "400"]
    done = subprocess.run(
        program(command, BREAKS[how]), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode in (3, 70)
    assert len(done.stderr.splitlines()) == 1
    assert secrets_in(done.stdout + done.stderr) == []
    assert [p.name for p in tmp_path.iterdir()] == ["client.xlsx"]
