"""One company in every language: the same facts, and live formulas that give the values stored with them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from recalculation import differences

from vsme_xl import language as language_module
from vsme_xl.answers import facts_of
from vsme_xl.codelists import codelist, other_labels, own_labels
from vsme_xl.computing import Computed, compute
from vsme_xl.edition import load_edition
from vsme_xl.export import json_facts
from vsme_xl.input.workbook import new_workbook
from vsme_xl.language import languages
from vsme_xl.reading.cell_values import normalise
from vsme_xl.reading.read_workbook import Reading, read
from vsme_xl.results.workbook import write_results

COMPANIES = Path(__file__).parent.parent / "sample_inputs" / "companies"
OTHERS = tuple(code for code in languages() if code != "en")
JOINED = {d.name for d in load_edition().datapoints.values() if d.formula is not None and d.formula.op == "joined"}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


@cache
def company(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((COMPANIES / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("languages")


def workbook(name: str, language: str, folder: Path) -> Path:
    """Return the company's input workbook in a language, written once."""
    path = folder / f"{name}.{language}.xlsx"
    if not path.exists():
        answers = facts_of(company(name)["answers"], name)
        new_workbook(path, module=company(name)["module"], language=language, answers=answers)
    return path


def computed(reading: Reading) -> Computed:
    name = reading.workbook.file
    return compute(reading.facts, {name: reading.workbook.language}, workbooks=(name,), findings=reading.findings)


def facts(reading: Reading) -> Iterator[tuple[object, ...]]:
    """Yield the facts without their cells; the labels that lead the lines of a joined text are turned into codes."""
    for fact in json_facts(computed(reading).facts):
        value = fact["value"]
        if fact["concept"] in JOINED:
            value = [line.partition(": ") for line in str(value).split("\n")]
            labels = own_labels("sustainability_issue", reading.workbook.language)
            value = [(labels.get(normalise(label), label), rest) for label, _, rest in value]
        yield fact["concept"], str(fact["dimensions"]), fact["kind"], str(value), fact["unit"], fact["basis"]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", ["manufacturer", "cooperative", "consultancy"])
def test_a_company_gives_the_same_facts_and_findings_in_every_language(name: str, language: str, folder: Path) -> None:
    english, other = (read(workbook(name, code, folder)) for code in ("en", language))
    assert other.workbook.language == language
    assert list(facts(other)) == list(facts(english))
    codes = [computed(r).findings[["severity", "code", "name"]].to_numpy().tolist() for r in (english, other)]
    assert codes[0] == codes[1]


@needs_libreoffice
@pytest.mark.parametrize("language", OTHERS)
def test_libreoffice_works_out_every_value_of_the_input_workbook(language: str, folder: Path, tmp_path: Path) -> None:
    assert differences(workbook("manufacturer", language, folder), tmp_path) == []


@needs_libreoffice
@pytest.mark.parametrize(("language", "asked"), [*((code, code) for code in OTHERS), ("de", "en")])
def test_libreoffice_works_out_every_value_of_the_results(
    language: str, asked: str, folder: Path, tmp_path: Path
) -> None:
    reading = read(workbook("cooperative", language, folder))
    name = reading.workbook.file
    all_computed = compute(reading.facts, {name: asked}, workbooks=(name,))
    path = write_results(all_computed, tmp_path / "r.xlsx", meta=reading.workbook.as_dict(), language=asked)
    assert differences(path, tmp_path) == []


def _typed(path: Path, target: Path, cells: Mapping[str, object]) -> Path:
    """Copy a workbook with values typed into the cells of defined names."""
    book = openpyxl.load_workbook(path)
    for name, value in cells.items():
        sheet, area = next(iter(book.defined_names[name].destinations))
        book[sheet][area.replace("$", "").split(":")[0]] = value
    book.save(target)
    return target


@pytest.mark.parametrize("typed", languages())
@pytest.mark.parametrize("language", ["en", "sv"])
def test_a_drop_down_cell_is_read_in_any_language(language: str, typed: str, folder: Path, tmp_path: Path) -> None:
    blank = folder / f"blank.{language}.xlsx"
    if not blank.exists():
        new_workbook(blank, language=language)
    wanted = {
        "UndertakingsLegalForm": ("legal_form", "CooperativeMember"), "Ledger_Carrier": ("energy_source", "fuel"),
        "Ledger_Fuel": ("fuel", "Wood/Wood waste"), "TypeOfPollutantAxis": ("pollutant", "AmmoniaNH3Member"),
        "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": ("country", "DE"),
        "Fugitive_Gas": ("gas", "CH4_biogenic"), "HasGovernanceBody": ("yes_no", "true"),
    }  # fmt: skip
    cells = {name: codelist(of, typed).labels[code].upper() for name, (of, code) in wanted.items()}
    found = read(_typed(blank, tmp_path / "typed.xlsx", cells)).facts.set_index("name")["value"]
    assert {name: found.get(name) for name in wanted} == {
        name: True if of == "yes_no" else code for name, (of, code) in wanted.items()
    }


def test_a_label_means_what_it_means_in_the_workbooks_own_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an invented language `Heat (purchased)` is the label of steam, which English says of heat."""
    texts = (Path(language_module.__file__).parent / "languages" / "en.yaml").read_text(encoding="utf-8")
    texts = texts.replace('heat: "Heat (purchased)"', 'heat: "Lämpö"').replace(
        'steam: "Steam (purchased)"', 'steam: "Heat (purchased)"'
    )
    (tmp_path / "nl.yaml").write_text(texts.replace("language: en", "language: nl"), encoding="utf-8")
    monkeypatch.setenv("VSME_XL_LANGUAGES", str(tmp_path))
    other_labels.cache_clear()
    for language, code in (("nl", "steam"), ("en", "heat")):
        path = new_workbook(tmp_path / f"{language}.xlsx", language=language, module="basic")
        typed = _typed(path, tmp_path / f"{language}-typed.xlsx", {"Ledger_Carrier": "Heat (purchased)"})
        assert read(typed).facts.set_index("name")["value"]["Ledger_Carrier"] == code
    other_labels.cache_clear()


def test_a_companys_own_fuel_goes_before_a_label_of_another_language(tmp_path: Path) -> None:
    """`Petrol (motor gasoline)` is an English label; in a German workbook a company may call a fuel of its own so."""
    name = codelist("fuel", "en").labels["Motor gasoline/Petrol"]
    answers = {
        "fuels": [{"Fuel_Name": name, "Fuel_NCV": 40, "Fuel_NCVUnit": "GJ/t", "Fuel_CO2": 50_000}],
        "ledger": [{"Ledger_Carrier": "fuel", "Ledger_Fuel": name, "Ledger_Amount": 9, "Ledger_Unit": "t"}],
    }
    for language, stands_for in (("de", name), ("en", "Motor gasoline/Petrol")):
        path = new_workbook(tmp_path / f"{language}.xlsx", language=language, answers=facts_of(answers))
        reading = read(path)
        assert set(reading.facts.loc[reading.facts["name"] == "Ledger_Fuel", "value"]) == {stands_for}
    energy = computed(read(tmp_path / "de.xlsx")).facts.set_index("name")["value"]["TotalEnergyConsumption"]
    assert energy == pytest.approx(100)
