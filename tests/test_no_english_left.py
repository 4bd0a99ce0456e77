"""Generates everything that people read in an invented language, and finds no English left in it."""

from __future__ import annotations

import email
import html
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from email.policy import default
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from babel.dates import get_month_names
from click.testing import CliRunner, Result
from pseudo_language import CODE, write_pseudo_language

from vsme_xl.answers import facts_of
from vsme_xl.cli import main
from vsme_xl.codelists import _specifications, codelist, other_labels
from vsme_xl.computing import Computed, compute
from vsme_xl.edition import load_edition, read_rows
from vsme_xl.explain import explanation
from vsme_xl.findings import severities
from vsme_xl.input.workbook import new_workbook
from vsme_xl.language import load_language
from vsme_xl.reading.mapping_check import check_mapping
from vsme_xl.reading.mapping_draft import draft_mapping
from vsme_xl.reading.read_workbook import Reading, read
from vsme_xl.resources import folder as data
from vsme_xl.results.workbook import write_results

COMPANIES = Path(__file__).parent.parent / "sample_inputs" / "companies"
EDITION = load_edition()
WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
ENGLISH = re.compile(r"[A-Za-z]*[aeiouyAEIOUY][A-Za-z]*")
# What stays in every language: names of registers, standards and programs, hectares, Roman numbers, the code `fi`.
WORDS = frozenset((
    "MEUR", "EUR", "VSME", "LEI", "EUID", "DUNS", "vsme", "xl", "mapping", "check", "ha", "fi", "ii", "iii", "iv", "vi",
    "vii",
))  # fmt: skip
MACHINE = re.compile(r"vsme-xl \d.*|[0-9a-f]{64}|report\.xlsx|(?:\w+Axis|[A-Z]\w+_[A-Z]\w+|row)=[\w-]+")
COLUMN = re.compile(r"[A-Z]{2}")
COMPANY = "Ωμέγα"
SECTIONS = "ABCDEFGHIJKLMNOPQRSTUV"


def invented(answers: Any) -> Any:
    """Return answers in which every text that is no code is Greek, so that nothing a company says counts as English."""
    if isinstance(answers, Mapping):
        return {key: _invented(key, value) for key, value in answers.items()}
    return [invented(row) for row in answers]


def _invented(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return invented(value)
    datapoint = EDITION.datapoints[name]
    free = isinstance(value, str) and not datapoint.codelist and datapoint.kind in ("text", "textblock")
    own_fuel = name in ("Fuel_Name", "Ledger_Fuel") and value not in codelist("fuel").codes
    return COMPANY if free or own_fuel else value


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("pseudo")
        write_pseudo_language(folder)
        patch.setenv("VSME_XL_LANGUAGES", str(folder))
        yield CODE
    other_labels.cache_clear()


@pytest.fixture(scope="module")
def company(language: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the input workbook of the cooperative, whose answers cover most of the standard."""
    answers = yaml.safe_load((COMPANIES / "cooperative.yaml").read_text(encoding="utf-8"))["answers"]
    path = tmp_path_factory.mktemp("company") / "report.xlsx"
    return new_workbook(path, language=language, answers=facts_of(invented(answers)))


@pytest.fixture(scope="module")
def reading(company: Path) -> Reading:
    return read(company)


@pytest.fixture(scope="module")
def computed(reading: Reading) -> Computed:
    name = reading.workbook.file
    return compute(reading.facts, {name: CODE}, workbooks=(name,), findings=reading.findings)


@pytest.fixture(scope="module")
def kept(language: str) -> list[str]:
    """Return the texts that stay as they are, the longest first: names and codes, official lists, citations."""
    found = {str(p.source) for p in EDITION.parameters.values()} | severities().keys()
    found |= {EDITION.name, COMPANY, "suomi", *load_language(language).texts["unreadable"]}
    found |= {str(name) for name in get_month_names("wide", "format", language).values()}
    for name, spec in _specifications().items():
        if spec.get("labels"):
            found |= set(codelist(name, language).labels.values()) | set(codelist(name, language).codes)
    for file, columns in CITED.items():
        found |= {row[column] for row in read_rows(file) for column in columns}
    found |= {*EDITION.datapoints, *EDITION.concepts}
    nace = codelist("nace", language).labels
    found |= {f"{x} {nace[f'NACE_{x}'].partition(' - ')[2].capitalize()}" for x in SECTIONS if f"NACE_{x}" in nace}
    return sorted((text for text in found if len(text) > 2), key=len, reverse=True)


CITED = {
    "fuels.csv": ("ncv_density_source", "emission_factor_source"),
    "gases.csv": ("source",),
    "blends.csv": ("source", "gas", "blend"),
    "grid_intensity.csv": ("source", "licence"),
}


def left(texts: Iterable[object], kept: list[str]) -> dict[str, str]:
    """Return the English words left in texts, each with the first text it stands in."""
    pattern = re.compile("|".join(re.escape(text) for text in kept))
    found: dict[str, str] = {}
    for text in {str(text) for text in texts if isinstance(text, str)}:
        for word in WORD.findall(pattern.sub(" ", MACHINE.sub(" ", text))):
            if ENGLISH.fullmatch(word) and word not in WORDS and not COLUMN.fullmatch(word):
                found.setdefault(word, text)
    return found


def cells(path: Path) -> Iterator[object]:
    """Yield what a person sees on the sheets of a workbook: cells, input messages, headers, footers and links."""
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        if sheet.sheet_state == "veryHidden":
            continue
        yield sheet.title
        for row in values[sheet.title].iter_rows(min_col=2):
            yield from (cell.value for cell in row)
        for rule in sheet.data_validations.dataValidation:
            yield from (rule.promptTitle, rule.prompt, rule.errorTitle, rule.error)
            yield from _quoted([rule.formula1, rule.formula2])
        for rules in sheet.conditional_formatting:
            yield from _quoted(part for rule in rules.rules for part in rule.formula)
        for row in sheet.iter_rows(min_col=2):
            yield from _quoted(cell.value for cell in row if cell.data_type == "f")
        yield from (text for part in (sheet.oddHeader, sheet.oddFooter) for text in _printed(part))
    yield from (book.properties.title, book.properties.subject, book.properties.description)


def _quoted(formulas: Iterable[object]) -> Iterator[str]:
    for formula in formulas:
        yield from re.findall(r'"([^"]*)"', str(formula))


def _printed(part: Any) -> Iterator[str]:
    for place in (part.left, part.center, part.right):
        yield re.sub(r"&(?:[A-Z]|\d+)", " ", place.text or "")


def drawn(path: Path) -> Iterator[str]:
    """Yield the texts of charts: titles, axes, series and categories, and what a screen reader says of them."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            if part.startswith(("xl/charts/", "xl/drawings/")) and part.endswith(".xml"):
                xml = archive.read(part).decode("utf-8")
                yield from re.findall(r"<(?:a:t|c:v)>([^<]*)</", xml)
                yield from re.findall(r' (?:descr|title)="([^"]*)"', xml)


def test_the_input_workbook_has_no_english_left(company: Path, kept: list[str]) -> None:
    assert left(cells(company), kept) == {}


@pytest.mark.parametrize("structure", ["esg", "dnk", "vsme"])
def test_the_results_workbook_has_no_english_left(
    structure: str, reading: Reading, computed: Computed, kept: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "results.xlsx"
    write_results(computed, path, meta=reading.workbook.as_dict(), structure=structure, language=CODE)
    assert left([*cells(path), *drawn(path)], kept) == {}


def test_rules_in_words_and_answers_have_no_english_left(computed: Computed, kept: list[str]) -> None:
    assert left([*computed.applicability["rule"], *computed.applicability["answer"]], kept) == {}


@pytest.fixture(scope="module")
def mistakes(language: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the input workbook of the company whose answers are full of mistakes."""
    answers = yaml.safe_load((COMPANIES / "mistakes.yaml").read_text(encoding="utf-8"))["answers"]
    path = tmp_path_factory.mktemp("mistakes") / "report.xlsx"
    return new_workbook(path, language=language, answers=facts_of(invented(answers)))


def test_findings_have_no_english_left(mistakes: Path, kept: list[str]) -> None:
    reading, name = read(mistakes), mistakes.name
    found = compute(reading.facts, {name: CODE}, workbooks=(name,), findings=reading.findings).findings
    assert len(found) > 20
    assert left([*found["message"], *found["fix"], *found["cell"]], kept) == {}


def explained(name: str, language: str) -> list[str]:
    """Return the lines that explain a datapoint, without its name, that of its list and the codes of labels."""
    text, datapoint = str(explanation(name, language)), EDITION.datapoints[name]
    listed = "yes_no" if datapoint.kind == "boolean" else datapoint.codelist
    if listed:
        text = text.replace(f"{listed}: ", "", 1)
        for code, label in codelist(listed, language).labels.items():
            text = text.replace(f"{code} = {label}", label)
    return text.split("\n")[1:]


def test_explanations_have_no_english_left(language: str, kept: list[str]) -> None:
    lines = [line for name in EDITION.datapoints for line in explained(name, language)]
    rules = {d.formula_text for d in EDITION.datapoints.values() if d.formula_text}
    assert left([line for line in lines if not any(line.endswith(rule) for rule in rules)], kept) == {}


def test_notes_on_mappings_have_no_english_left(company: Path, kept: list[str]) -> None:
    own = data("mappings") / "vsme-xl-comprehensive.yaml"
    assert left([line.finding for line in check_mapping(own, company)], kept) == {}
    notes = [line for line in draft_mapping(company, CODE).split("\n") if re.match(r"# \S", line)]
    assert notes and left(notes, kept) == {}


def said(*arguments: object) -> Result:
    wide = {"COLUMNS": "1000"}  # so that no entry of an official list is broken into lines
    result = CliRunner().invoke(main, [*map(str, arguments), "--lang", CODE], env=wide)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def printed(result: Result, *outputs: Path) -> list[str]:
    """Return the lines of a command's output, without the file names and codes of findings in it."""
    text = re.sub(r"\[\w+\]", " ", result.output)
    for said in (*sorted(map(str, outputs), key=len, reverse=True), *(output.name for output in outputs)):
        text = text.replace(said, " ")
    return text.splitlines()


def test_review_copy_mail_and_terminal_have_no_english_left(mistakes: Path, kept: list[str], tmp_path: Path) -> None:
    copy, draft = tmp_path / "1.xlsx", tmp_path / "1.eml"
    result = said("check", mistakes, "--review", copy, "--mail", draft)
    assert left(printed(result, copy, draft), kept) == {}
    book = openpyxl.load_workbook(copy)
    first = book.worksheets[0]
    assert first.max_row > 60
    assert left([first.title, *(c.value for row in first.iter_rows(min_col=2) for c in row)], kept) == {}
    notes = [c.comment.text for sheet in book for row in sheet.iter_rows() for c in row if c.comment]
    assert len(notes) > 30
    assert left(notes, kept) == {}
    message: Any = email.message_from_bytes(draft.read_bytes(), policy=default)
    bodies = [message.get_body([kind]).get_content() for kind in ("plain", "html")]
    spoken = html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", bodies[1], flags=re.DOTALL))
    assert left([message["Subject"], bodies[0], spoken], kept) == {}


def test_a_portfolio_has_no_english_left(company: Path, mistakes: Path, kept: list[str], tmp_path: Path) -> None:
    clients, out = tmp_path / "1", tmp_path / "2"
    clients.mkdir()
    (clients / "1.xlsx").write_bytes(company.read_bytes())
    (clients / "2.xlsx").write_bytes(mistakes.read_bytes())
    (clients / "3.xlsx").write_bytes(b"PK")
    result = said("batch", clients, out)
    assert result.exit_code == 1, result.output
    assert left(printed(result, clients, out / "portfolio.xlsx", out), kept) == {}
    portfolio = out / "portfolio.xlsx"
    assert left([*cells(portfolio), *drawn(portfolio)], kept) == {}


def test_what_run_and_new_say_has_no_english_left(mistakes: Path, kept: list[str], tmp_path: Path) -> None:
    results, moved, following = (tmp_path / f"{number}.xlsx" for number in range(3))
    commands: list[list[object]] = [
        ["run", mistakes, "-o", results], ["new", moved, "--from", mistakes, "--module", "basic"],
        ["new", following, "--previous", mistakes],
    ]  # fmt: skip
    for command in commands:
        assert left(printed(said(*command), results, moved, following), kept) == {}, command
