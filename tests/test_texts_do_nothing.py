"""Wherever a client's text ends up in what we write, it is a text: no formula, link, rule, name, header or markup."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from filling import filled

from vsme_xl.cli import main
from vsme_xl.csv_text import RISKY
from vsme_xl.edition import load_edition
from vsme_xl.reading.workbook_file import open_workbook
from vsme_xl.review import write
from vsme_xl.review.splice import NotEditable

SAMPLE = Path(__file__).parents[1] / "sample_inputs" / "manufacturer.xlsx"
MARK = "Evil"
ATTACKS = (
    f'=HYPERLINK("http://example.com","{MARK}")', f"={MARK}", f"+{MARK}", f"-{MARK}", f"@{MARK}", f"\t={MARK}",
    f"\n={MARK}", f"{{={MARK}}}", f"http://example.com/{MARK}", f"mailto:{MARK}@example.com", f"internal:'{MARK}'!A1",
    f"external:{MARK}.xlsx", f"file:///{MARK}", f"javascript:{MARK}", f"{MARK}\x07\x00\x0b\x1b[31m", f"'={MARK}",
    MARK + "a" * 32_763, MARK + "\U0001f600" * 20_000, MARK + '"' * 9_000,
    MARK + "a" * 33_000, f"{MARK}\u202exslx.exe", f"<r><t>={MARK}</t></r>",
    f'&L&"Arial"&P{MARK}&D', f"{MARK}\r\x1b", f"cmd|'/C calc'!A0 {MARK}", f"{MARK}]]><!--", f'{MARK}"><script>&amp;',
    f"{MARK}\ufffe\uffff\u2028\x85", f"\uff1d{MARK}", f"_x001B_{MARK}_x000D_", f"'{MARK}'!A1:B2", f"#REF!{MARK}",
)  # fmt: skip
# Those that a cell holds whole and that nothing is taken out of.
PLAIN = tuple(a for a in ATTACKS if a.isprintable() and len(a) < 15_000)
KINDS = frozenset({"text", "textblock", "enumeration", "money"})
NEEDED = frozenset({"EntityIdentifier", "EntityIdentifierScheme", "Currency"})  # for an XBRL report
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# What a spreadsheet program computes, follows or obeys, by the name of its element.
ACTS = frozenset({
    "f", "formula", "formula1", "formula2", "definedName", "hyperlink", "oddHeader", "oddFooter", "evenHeader",
    "evenFooter", "firstHeader", "firstFooter", "Relationship", "ddeLink", "externalReference", "numFmt", "sheet",
    "calculatedColumnFormula", "totalsRowFormula", "tableColumn", "table", "dataValidation", "style",
})  # fmt: skip


def typed(text: str) -> str:
    """Return a text as Excel writes it into a file: what XML cannot hold by its number."""
    text = ESCAPED.sub(r"_x005F_x\1_", text)
    return re.sub("[\x00-\x08\x0b-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found[0]):04X}_", text)


def shown(text: str) -> str:
    """Return a text of a file as Excel shows it."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook whose texts, lists and keys of rows hold every attack in turn; its figures are left to be computed."""
    points, book = load_edition().datapoints, open_workbook(SAMPLE)
    cells: dict[str, dict[str, str]] = {}
    number = 0
    for name, area in book.names.items():
        if name not in points or points[name].kind not in KINDS or name in NEEDED:
            continue
        for row in range(area.first_row, min(area.last_row, area.first_row + 3) + 1):
            address = book.sheet(area.sheet).address(row, area.first_column)
            cells.setdefault(area.sheet, {})[address] = typed(ATTACKS[number % len(ATTACKS)])
            number += 1
    assert number > 4 * len(ATTACKS)
    return filled(SAMPLE, tmp_path_factory.mktemp("attacked") / "client.xlsx", cells)


@pytest.fixture(scope="module")
def made(attacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of every workbook that is written from it, and other outputs."""
    out = tmp_path_factory.mktemp("made")
    commands = (
        ["run", attacked, "-o", out / "results.xlsx"],
        ["run", attacked, "-o", out / "vsme.xlsx", "--structure", "vsme"],
        ["new", out / "again.xlsx", "--previous", out / "results.xlsx"],
        ["new", out / "next.xlsx", "--previous", attacked], ["new", out / "moved.xlsx", "--from", attacked],
        ["check", attacked, "--review", out / "review.xlsx", "--mail", out / "mail.eml"],
        ["batch", attacked, out / "batch", "--workers", "1"],
    )  # fmt: skip
    for command in commands:
        result = CliRunner().invoke(main, [str(part) for part in command])
        assert result.exit_code in (0, 1), result.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "reviewed", not_editable)
        list_only = ["check", str(attacked), "--review", str(out / "list.xlsx")]
        assert CliRunner().invoke(main, list_only).exit_code == 1
    return out


def not_editable(*_: object) -> None:
    """Refuse to edit a workbook, as those of old formats."""
    raise NotEditable("old_format")


WORKBOOKS = (
    "results.xlsx", "vsme.xlsx", "next.xlsx", "moved.xlsx", "again.xlsx", "review.xlsx", "list.xlsx",
    "batch/portfolio.xlsx", "batch/results/client-results.xlsx",
)  # fmt: skip


def elements(path: Path) -> Iterator[tuple[str, str, ET.Element]]:
    """Yield part, local name and element of everything in a workbook; every part must be well-formed."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                for element in ET.fromstring(archive.read(name)).iter():
                    yield name, str(element.tag).rpartition("}")[2], element


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_text_of_a_client_does_nothing_in_a_workbook(name: str, made: Path) -> None:
    holding, acting, obeyed, long = 0, [], [], []
    ours = not name.startswith("review")  # whose sheets are the client's own bytes
    for part, tag, element in elements(made / name):
        said = [element.text or "", *element.attrib.values()]
        texts = [shown(text) for text in said if MARK in text]
        holding += bool(texts)
        if texts and tag in ACTS:
            acting.append((part, tag, texts[0][:80]))
        if tag == "c" and element.get("t") == "e" and texts:
            acting.append((part, tag, texts[0][:80]))
        if ours or "sheet" not in part:
            obeyed += [(part, text[:80]) for text in texts if OBEYED.search(text)]
            long += [part for text in texts if len(text.encode("utf-16-le")) // 2 > 32_767]
    assert holding
    assert (acting, obeyed, long) == ([], [], [])


@pytest.mark.parametrize("name", WORKBOOKS)
def test_no_workbook_leads_out_of_itself(name: str, made: Path) -> None:
    beyond = [
        element.get("Target") for _, tag, element in elements(made / name)
        if tag == "Relationship" and element.get("TargetMode") == "External"
    ]  # fmt: skip
    assert [target for target in beyond if target and not target.startswith("results/")] == []


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_text_that_fits_into_a_cell_is_shown_as_it_was_typed(name: str, made: Path) -> None:
    if name.endswith(("portfolio.xlsx", "list.xlsx")):
        pytest.skip("texts stand within other texts there")
    texts = {shown(e.text or "") for _, tag, e in elements(made / name) if tag == "t"}
    assert [a for a in PLAIN if "<r>" not in a and not any(a in text for text in texts)] == []


def test_no_line_of_the_facts_of_a_batch_is_a_formula(made: Path) -> None:
    with (made / "batch" / "facts.csv").open(encoding="utf-8", newline="") as file:
        fields = [field for row in csv.reader(file) for field in row]
    assert sum(MARK in field for field in fields) > len(ATTACKS)
    assert [field[:60] for field in fields if field.startswith(RISKY) and MARK in field] == []


def test_the_parquet_file_gives_texts_back_as_they_were_typed(made: Path) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    texts = set(pd.read_parquet(made / "batch" / "facts.parquet")["value"])
    assert [a for a in PLAIN if a not in texts] == []


@pytest.mark.parametrize("form", ["csv", "json", "xbrl-json"])
def test_what_is_printed_is_valid_and_gives_texts_back(form: str, attacked: Path) -> None:
    result = CliRunner().invoke(main, ["facts", str(attacked), "--format", form])
    assert result.exit_code == 0, result.stderr
    assert OBEYED.findall(result.stdout.replace("\n", "")) == []
    if form == "csv":
        fields = [field for row in csv.reader(io.StringIO(result.stdout)) for field in row if MARK in field]
        assert [field[:60] for field in fields if field.startswith(RISKY)] == []
        return
    facts = json.loads(result.stdout)["facts"]
    said = [fact["value"] for fact in (facts.values() if isinstance(facts, dict) else facts)]
    values = {value for value in said if isinstance(value, str)}
    assert len(values & set(PLAIN)) > len(PLAIN) / 2
