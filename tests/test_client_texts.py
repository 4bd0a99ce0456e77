"""Texts of a client reach nobody's terminal, spreadsheet, mail program or parser as anything but text."""

from __future__ import annotations

import csv
import email
import email.policy
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hostile_files as hostile
import openpyxl
import pytest
import yaml
from click.testing import CliRunner
from filling import filled

from vsme_xl.cell_text import harmless, json_text, one_line
from vsme_xl.cli import main
from vsme_xl.csv_text import plain_text
from vsme_xl.edition import load_edition
from vsme_xl.reading.workbook_file import open_workbook

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "consultancy.xlsx"
# Escape sequences of terminals in both forms (Excel writes the first as _x001B_), the end of a line in four forms, a
# mark that turns the direction of writing, markup of rich, and the beginning of a formula.
ATTACK = "=1+1 Evil\nBcc: a@example.com\r\n_x001B_[31m\x9b32m[red]RED[/red] [/] \u202etxt\u2028\x85 http://example.com"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of which every cell that is no amount holds the attack, in a folder of its own."""
    cells: dict[str, dict[str, str]] = {}
    kinds = load_edition().datapoints
    book = open_workbook(SAMPLE)
    for name, area in book.names.items():
        if name in kinds and kinds[name].kind in ("text", "textblock", "enumeration", "money", "date", "boolean"):
            address = book.sheet(area.sheet).address(area.first_row, area.first_column)
            cells.setdefault(area.sheet, {})[address] = ATTACK
    assert sum(map(len, cells.values())) > 90
    return filled(SAMPLE, tmp_path_factory.mktemp("attacked") / "client.xlsx", cells)


def ran(*arguments: object) -> tuple[str, str]:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code in (0, 1), result.output
    return result.stdout, result.stderr


COMMANDS = (
    ("--verbose run", "-o", "out.xlsx"), ("check",), ("check", "--format", "csv"), ("check", "--format", "json"),
    ("facts",), ("facts", "--format", "csv"), ("facts", "--format", "json"), ("facts", "--format", "xbrl-json"),
    ("mapping build",),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_that_a_terminal_obeys_is_printed(
    command: tuple[str, ...], attacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out, err = ran(*command[0].split(), attacked, *command[1:])
    assert "Evil" in out + err or command[0] == "mapping build" or "xbrl-json" in command
    assert OBEYED.findall(out.replace("\n", "")) == []
    assert OBEYED.findall(err.replace("\n", "")) == []
    assert not [line for line in err.splitlines() if line.startswith("Bcc")]


def test_no_text_of_csv_output_is_a_formula_and_none_gets_two_apostrophes(attacked: Path) -> None:
    for command in ("facts", "check"):
        out, _ = ran(command, attacked, "--format", "csv")
        fields = [field for row in csv.reader(io.StringIO(out)) for field in row]
        assert not [f for f in fields if f.startswith(("=", "+", "@", "\t", "''"))]
        assert command == "check" or any(f.startswith("'=1+1 Evil") for f in fields)


@pytest.fixture(scope="session")
def batched(attacked: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A batch of the workbook, also under names that attack, with all that it can write; and its log."""
    folder = tmp_path_factory.mktemp("batch")
    clients = folder / "in"
    clients.mkdir()
    (clients / "client.xlsx").write_bytes(attacked.read_bytes())
    if sys.platform != "win32":
        (clients / "\x1b[31mred\nBcc: a@example.com \u202e.xlsx").write_bytes(attacked.read_bytes())
        (clients / "\x1b[31mnone\n[red].xlsx").write_bytes(b"%PDF-1.7")
        (clients / "=1+1.xlsx").write_bytes(b"%PDF-1.7")
    log, _ = ran("batch", clients, folder / "out", "--workers", "1", "--review", "--mail", "--json")
    return folder / "out", log


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield where and what: the texts that an output of a batch holds."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            ours = [n for n in archive.namelist() if n.endswith((".xml", ".rels", ".vml"))]
            for name in ours:
                yield f"{path.name}:{name}", archive.read(name).decode()
    elif path.suffix == ".eml":
        message = email.message_from_bytes(data, policy=email.policy.default)
        yield from ((f"{path.name}:{key}", str(value)) for key, value in message.items())
        for part in message.walk():
            if part.get_content_maintype() == "text":
                yield f"{path.name}:{part.get_content_type()}", part.get_content()
            elif part.get_filename():
                yield f"{path.name}:file", str(part.get_filename())
    elif not data.startswith((b"\x1f\x8b", b"PAR1")):
        yield path.name, data.decode()


def test_no_output_of_a_batch_holds_what_some_program_obeys(batched: tuple[Path, str]) -> None:
    out, log = batched
    files = [p for p in out.rglob("*") if p.is_file() and ".vsme-xl" not in p.parts]
    assert {p.suffix for p in files} >= {".xlsx", ".eml", ".csv"}
    copies = ("worksheets/sheet", "sharedStrings")  # of a review: the client's own bytes, as the client sent them
    found = {
        where: OBEYED.findall(text.replace("\r\n", "").replace("\n", ""))
        for path in files
        for where, text in texts(path)
        if not ("review" in path.parts and any(c in where for c in copies))
    }
    assert len(found) > 20
    assert {where: bad for where, bad in found.items() if bad} == {}
    assert OBEYED.findall(log.replace("\n", "")) == []


def test_a_log_of_a_batch_is_one_line_an_event_and_gives_names_back_exactly(batched: tuple[Path, str]) -> None:
    events = [json.loads(line) for line in batched[1].splitlines()]
    assert {e["event"] for e in events} == {"begin", "working", "file", "end"}
    if sys.platform != "win32":
        assert "\x1b[31mred\nBcc: a@example.com \u202e.xlsx" in {e.get("file") for e in events}


def test_names_of_files_that_attack_are_said_in_one_line_and_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    name = "\x1b[31mnone\nWritten: all well [red]\u202e.xlsx"
    (tmp_path / name).write_bytes(b"%PDF-1.7")
    for command in (["check", tmp_path / name], ["batch", tmp_path, tmp_path / "out", "--workers", "1"]):
        result = CliRunner().invoke(main, [str(c) for c in command])
        assert result.exit_code in (1, 3)
        assert "is a PDF" in result.stderr and "[red]" in result.stderr
        assert OBEYED.findall(result.stderr.replace("\n", "")) == []
        assert not [line for line in result.stderr.splitlines() if line.startswith("Written: all")]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are always text there")
def test_a_name_that_is_no_text_is_read_and_said(tmp_path: Path) -> None:
    clients = tmp_path / "in"
    clients.mkdir()
    path = clients / b"caf\xe9.xlsx".decode("utf-8", "surrogateescape")
    path.write_bytes(SAMPLE.read_bytes())
    out, _ = ran("facts", path, "--format", "json")
    assert json.loads(out)["workbook"]["file"].startswith("caf")
    log, _ = ran("batch", clients, tmp_path / "out", "--workers", "1", "--json")
    assert [e["status"] for e in map(json.loads, log.splitlines()) if e["event"] == "file"] == ["done"]


def test_the_headers_of_a_mail_are_those_we_write_and_no_others(attacked: Path, tmp_path: Path) -> None:
    draft = tmp_path / "m.eml"
    ran("check", attacked, "--mail", draft)
    message = email.message_from_bytes(draft.read_bytes(), policy=email.policy.default)
    assert set(message.keys()) == {
        "X-Unsent", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
    }  # fmt: skip
    assert "Evil" in message["Subject"]
    html = message.get_body(("html",))
    assert html is not None and "<a" not in html.get_content()


def cells_holding(path: Path, text: str) -> list[Any]:
    book = openpyxl.load_workbook(path)
    return [c for sheet in book for row in sheet.iter_rows() for c in row if text in str(c.value)]


def test_in_every_workbook_that_we_write_the_texts_are_texts(batched: tuple[Path, str]) -> None:
    out, _ = batched
    for path in ("portfolio.xlsx", "results/client-results.xlsx", "review/client-review.xlsx"):
        cells = cells_holding(out / path, "1+1 Evil")
        assert cells, path
        assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
        assert [c for c in cells if c.hyperlink is not None and c.hyperlink.target] == []


EVIL_SHEET = "A&#10;kind: evil&#x9b;31m"


def evil_labels(names: str = "") -> bytes:
    """Return a questionnaire whose sheet and labels would end a line of YAML."""
    label = "Turnover&#10;datapoints: {Turnover: {at: Z9}}&#x2028;x: y # \u202e"
    cell = '<c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c><c r="B{0}"><v>{0}</v></c>'
    labels = {1: label, 2: "Turnover", 3: "Number of employees&#10;kind: evil", 4: "'; DROP: &quot;x&quot; {a: [b"}
    rows = "".join(f'<row r="{n}">{cell.format(n, said)}</row>' for n, said in labels.items())
    book = hostile.PARTS[hostile.BOOK].replace('name="Data"', f'name="{EVIL_SHEET}"')
    return hostile.workbook(rows, **{hostile.BOOK: book.replace("</workbook>", f"{names}</workbook>")})


def test_a_drafted_mapping_is_yaml_whatever_the_labels_and_the_sheets_are_called(tmp_path: Path) -> None:
    path = tmp_path / "q.xlsx"
    path.write_bytes(evil_labels())
    out, _ = ran("mapping", "build", path)
    assert OBEYED.findall(out.replace("\n", "")) == []
    draft: Mapping[str, Any] = yaml.safe_load(out)
    assert draft["kind"] == "q"
    assert set(draft) == {"kind", "version", "title", "datapoints"}
    assert draft["datapoints"]["Turnover"]["at"].endswith("B2")
    mapping = tmp_path / "q.yaml"
    ran("mapping", "build", path, "-o", mapping)
    found, _ = ran("facts", path, "--mapping", mapping, "--format", "csv")
    assert "Turnover,,money,2," in found


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\r\nb", "a\rb"])
def test_what_ends_a_line_ends_it_as_a_line_feed(text: str) -> None:
    assert harmless(text) == "a\nb"
    assert one_line(text) == "a b"


def test_json_shows_letters_and_escapes_what_some_program_obeys() -> None:
    text = "Söhne \x9b\u202e\u2028\ud800 \u200e"
    written = json_text({"name": text})
    assert json.loads(written) == {"name": text}
    assert "Söhne" in written
    assert OBEYED.findall(written) == []
    written.encode("utf-8")


def test_the_parquet_file_holds_texts_as_the_client_wrote_them(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow as pa

    from vsme_xl.batch.facts_table import _plain

    said = ["=1", "'=1", "''=1", "\n=1", "-5", "'", "x", "-x", "\t-", "a;=1", "a; '=1", "a\n- b", "a;-5"]
    assert _plain(pa.array([plain_text(text) for text in said])).to_pylist() == said


def test_records_hold_names_as_they_are(batched: tuple[Path, str]) -> None:
    records = list((batched[0] / ".vsme-xl" / "records").glob("*.gz"))
    assert records
    for record in records:
        json.loads(gzip.decompress(record.read_bytes()).splitlines()[0])
