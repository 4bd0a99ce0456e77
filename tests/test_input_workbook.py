"""The input workbook keeps its contract: names, cells that are open, statuses, stored values, the same bytes."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from openpyxl.utils import coordinate_to_tuple, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from recalculation import differences, recalculated

from vsme_xl.answers import facts_of
from vsme_xl.codelists import codelist
from vsme_xl.edition import load_edition
from vsme_xl.input.layout import HIDDEN_SHEETS, INPUT, MODULES, STATUS, layout, placement
from vsme_xl.input.mapping import mapping_text
from vsme_xl.input.workbook import WorkbookWriteError, _strict, _strict_sheet, new_workbook
from vsme_xl.language import load_language
from vsme_xl.reading.read_workbook import read
from vsme_xl.resources import folder

EDITION = load_edition()
OIL = next(v for v in codelist("waste").labels.values() if v.startswith("13 02 05*"))
COMPANIES = Path(__file__).parent.parent / "sample_inputs" / "companies"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the blank workbook of each module."""
    where = tmp_path_factory.mktemp("blank")
    return {module: new_workbook(where / f"{module}.xlsx", module=module) for module in MODULES}


@pytest.fixture(scope="module")
def books(blank: dict[str, Path]) -> dict[str, openpyxl.Workbook]:
    """Open the blank workbook of each module."""
    return {module: openpyxl.load_workbook(path) for module, path in blank.items()}


def status(path: Path, name: str, module: str = "comprehensive") -> object:
    """Return the stored status of a datapoint."""
    spot = placement(module).scalars[name]
    sheet = openpyxl.load_workbook(path, data_only=True)[load_language("en").text(f"sheets.{spot.sheet}")]
    return sheet.cell(spot.row + 1, STATUS + 1).value


def cells(book: openpyxl.Workbook, name: str) -> list[tuple[Worksheet, str]]:
    """Return the sheet and range of a defined name."""
    return [(book[sheet], area.replace("$", "")) for sheet, area in book.defined_names[name].destinations]


def with_answers(path: Path, answers: dict[str, Any], module: str = "comprehensive") -> Path:
    """Write a workbook filled with answers."""
    return new_workbook(path, module=module, answers=facts_of(answers), force=True)


def parts(path: Path) -> dict[str, bytes]:
    """Return the unpacked parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_built_templates_are_what_the_code_builds_today(blank: dict[str, Path]) -> None:
    for module, path in blank.items():
        built = parts(folder("workbook_templates") / f"vsme-xl-{module}.en.xlsx")
        fresh = parts(path)
        assert built.keys() == fresh.keys()
        assert [name for name in built if built[name] != fresh[name]] == []


def test_the_mappings_are_what_the_placement_says_today() -> None:
    for module in MODULES:
        written = folder("mappings") / f"vsme-xl-{module}.yaml"
        assert written.read_text(encoding="utf-8") == mapping_text(module)


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    answers = {"EntityName": "Example", "Turnover": 12.5, "ReportingPeriodEnd": "2025-12-31"}
    first, second = (with_answers(tmp_path / name, answers) for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == second.read_bytes()


def test_a_workbook_is_not_overwritten_without_force(tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "report.xlsx")
    with pytest.raises(FileExistsError):
        new_workbook(path)
    before = path.read_bytes()
    new_workbook(path, entity="Example", force=True)
    assert path.read_bytes() != before
    assert [p.name for p in tmp_path.iterdir()] == ["report.xlsx"]


def test_options_are_written_into_their_cells(tmp_path: Path) -> None:
    path = new_workbook(
        tmp_path / "r.xlsx", currency="SEK", entity="Example AB", period_start="2025-01-01", period_end="2025-12-31"
    )
    book = openpyxl.load_workbook(path)

    def value(name: str) -> object:
        ((sheet, cell),) = cells(book, name)
        return sheet[cell].value

    assert (value("Currency"), value("EntityName")) == ("SEK", "Example AB")
    assert str(value("ReportingPeriodEnd")) == "2025-12-31 00:00:00"


@pytest.mark.parametrize("module", MODULES)
def test_every_datapoint_a_person_fills_in_has_a_cell_of_its_name(
    module: str, books: dict[str, openpyxl.Workbook]
) -> None:
    book = books[module]
    for d in EDITION.datapoints.values():
        section = EDITION.sections[d.section]
        mine = module == "comprehensive" or "comprehensive" not in (d.module, section.module)
        if d.role not in ("input", "metric") or section.sheet in HIDDEN_SHEETS:
            continue
        assert (d.name in book.defined_names) == mine, d.name
        if mine:
            ((sheet, area),) = cells(book, d.name)
            rows = sheet[area] if ":" in area else ((sheet[area],),)
            assert len(rows) == (1 if d.table is None else placement(module).tables[d.table].rows)
            fixed = d.table is not None and d.name == EDITION.tables[d.table].key and d.table != "fuels"
            assert rows[-1][0].protection.locked == fixed, d.name


def test_units_and_the_year_before_have_names_too(books: dict[str, openpyxl.Workbook]) -> None:
    names = books["comprehensive"].defined_names
    for name in ("TotalWasteGeneratedMass_unit", "Turnover_previous", "PollutantUnit", "AmountOfEmissionToAir_unit"):
        assert name in names
    pairs = {"AmountOfEmissionToAir_unit": "PollutantUnit", "WasteDirectedToDisposalMass_unit": "WasteUnit"}
    pairs |= {"WasteDirectedToDisposalVolume": "WasteDirectedToDisposalMass"}
    pairs |= {"VolumeOfMaterialUsed": "WeightOfMaterialUsed"}
    for one, other in pairs.items():
        assert names[one].attr_text == names[other].attr_text


def test_every_section_of_the_standard_is_on_a_sheet() -> None:
    placed = [s for spec in layout()["sheets"].values() for s in spec["sections"]]
    shown = {s.name for s in EDITION.sections.values() if s.sheet not in HIDDEN_SHEETS}
    assert len(placed) == len(set(placed)) and set(placed) == shown
    for sheet, spec in layout()["sheets"].items():
        assert {EDITION.sections[s].sheet for s in spec["sections"]} == {sheet}


def test_every_concept_of_the_taxonomy_has_a_place_a_label_a_hint_and_a_paragraph(
    books: dict[str, openpyxl.Workbook]
) -> None:
    language = load_language("en")
    named = {d.concept: d for d in EDITION.datapoints.values() if d.name in books["comprehensive"].defined_names}
    assert set(EDITION.concepts) <= set(named)
    for d in EDITION.datapoints.values():
        assert language.label(d.name) and d.paragraph, d.name
        assert d.role in ("step", "reference") or language.hint(d.name), d.name


def test_every_input_row_carries_its_name_in_the_hidden_first_column(books: dict[str, openpyxl.Workbook]) -> None:
    book = books["comprehensive"]
    for spot in placement("comprehensive").scalars.values():
        sheet = book[load_language("en").text(f"sheets.{spot.sheet}")]
        assert sheet.cell(spot.row + 1, 1).value == spot.name
        assert sheet.column_dimensions["A"].hidden


def test_only_inputs_can_be_changed_and_rows_can_be_inserted(books: dict[str, openpyxl.Workbook]) -> None:
    book = books["comprehensive"]
    names = {name for name in book.defined_names if not name.startswith(("go_", "calc_", "list_"))}
    inputs = {(sheet.title, area.split(":")[0]) for n in names for sheet, area in cells(book, n)}
    for sheet in book.worksheets:
        assert sheet.protection.sheet and sheet.protection.password is None
        if sheet.sheet_state == "visible":
            assert not sheet.protection.insertRows and sheet.protection.sort
    for spot in placement("comprehensive").scalars.values():
        sheet = book[load_language("en").text(f"sheets.{spot.sheet}")]
        cell = sheet.cell(spot.row + 1, INPUT + 1)
        assert ((sheet.title, cell.coordinate) in inputs) == (not cell.protection.locked)
        assert sheet.cell(spot.row + 1, STATUS + 1).protection.locked


def test_the_basic_module_has_no_comprehensive_sheet_or_section(books: dict[str, openpyxl.Workbook]) -> None:
    assert "Scope 3" not in books["basic"].sheetnames
    assert "Scope 3" in books["comprehensive"].sheetnames
    assert all(s.module == "basic" for s in placement("basic").sections.values())


def test_the_template_can_be_recognised_by_properties_and_hidden_sheet(books: dict[str, openpyxl.Workbook]) -> None:
    for module, book in books.items():
        properties = {p.name: p.value for p in book.custom_doc_props.props}
        assert properties["template"] == "vsme-xl"
        assert (properties["module"], properties["edition"], properties["language"]) == (module, "vsme-2025", "en")
        sheet = book["Metadata"]
        assert sheet.sheet_state == "veryHidden"
        assert {row[0].value: row[1].value for row in sheet.iter_rows()} == properties


def test_every_drop_down_offers_a_list_that_exists(books: dict[str, openpyxl.Workbook]) -> None:
    for book in books.values():
        for sheet in book.worksheets:
            for rule in sheet.data_validations.dataValidation:
                if rule.type == "list":
                    assert str(rule.formula1).removeprefix("=") in book.defined_names
                elif rule.type not in (None, "none"):
                    assert rule.errorStyle in (None, "stop")


def test_a_blank_answer_is_missing_and_a_no_makes_its_section_not_applicable(tmp_path: Path) -> None:
    fines = "TotalNumberOfConvictionsForTheViolationOfAntiCorruptionAndAntiBriberyLaws"
    path = with_answers(tmp_path / "r.xlsx", {"EntityName": "Example"})
    assert status(path, "HasConvictionsOrFines") == "missing"
    assert status(path, fines) == "missing"
    path = with_answers(path, {"HasConvictionsOrFines": False})
    assert status(path, "HasConvictionsOrFines") == "complete"
    assert status(path, fines) == "not applicable"


def test_a_typed_figure_that_differs_from_the_computed_one_is_inconsistent(tmp_path: Path) -> None:
    parts_of = {"NumberOfEmployeesWhoLeft": 10, "AverageNumberOfEmployees": 100, "NumberOfEmployeesHeadcount": 100}
    path = with_answers(tmp_path / "r.xlsx", parts_of | {"EmployeeTurnoverRate": 0.1003})
    assert status(path, "EmployeeTurnoverRate") == "complete"
    path = with_answers(path, parts_of | {"EmployeeTurnoverRate": 0.102})
    assert status(path, "EmployeeTurnoverRate") == "inconsistent"
    path = with_answers(path, parts_of)
    assert status(path, "EmployeeTurnoverRate") == "computed"


def test_comprehensive_disclosures_do_not_apply_where_only_the_basic_module_is_reported(tmp_path: Path) -> None:
    path = with_answers(tmp_path / "r.xlsx", {"BasisForPreparation": "OptionABasicModuleOnlyMember"})
    assert status(path, "HasGovernanceBody") == "not applicable"
    assert status(path, "TotalLocationBasedGreenhouseGasEmissionsIntensityValue") == "not applicable"
    assert status(path, "Turnover") == "missing"


def test_a_value_of_the_year_before_stands_beside_this_years(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(with_answers(tmp_path / "r.xlsx", {"Turnover": {"value": 5.0, "previous": 4.0}}))
    for name, value in (("Turnover", 5), ("Turnover_previous", 4)):
        ((sheet, cell),) = cells(book, name)
        assert sheet[cell].value == value


def test_disclosures_left_out_or_unchanged_say_so(tmp_path: Path) -> None:
    omitted = {"ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation": "B6-WaterMember"}
    same = {
        "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting":
        "B9-WorkforceHealthAndSafetyMember"
    }  # fmt: skip
    path = with_answers(tmp_path / "r.xlsx", {"omitted": [omitted], "unchanged": [same]})
    assert status(path, "TotalAmountOfWaterWithdrawnFromAllSites") == "omitted"
    assert status(path, "NumberOfRecordableWorkRelatedAccidentsInTheReportingPeriod") == "unchanged"


def test_a_table_grows_where_there_are_more_answers_than_rows(tmp_path: Path) -> None:
    rows = [{"IdentifierOfSiteTypedAxis": f"Site {n}", "CityOfSite": "Lund"} for n in range(130)]
    book = openpyxl.load_workbook(with_answers(tmp_path / "r.xlsx", {"sites": rows}))
    ((sheet, area),) = cells(book, "IdentifierOfSiteTypedAxis")
    assert [row[0].value for row in sheet[area]] == [f"Site {n}" for n in range(130)]


def test_fewer_rows_stand_ready_where_fewer_are_asked_for_and_no_answer_is_left_out(tmp_path: Path) -> None:
    sites = [{"IdentifierOfSiteTypedAxis": f"Site {n}", "CityOfSite": "Lund"} for n in range(22)]
    answers = facts_of({"EntityName": "Example", "sites": sites})
    short = new_workbook(tmp_path / "short.xlsx", rows=12, answers=answers)
    usual = new_workbook(tmp_path / "usual.xlsx", answers=answers)
    book, wide = openpyxl.load_workbook(short), openpyxl.load_workbook(usual)

    def ready(workbook: openpyxl.Workbook, name: str) -> int:
        ((sheet, area),) = cells(workbook, name)
        return len(sheet[area])

    names = ("TypeOfWasteAxis", "NaceSectorClassificationCodes", "IdentifierOfSiteTypedAxis", "FTE_NumberOfEmployees")
    assert [ready(book, name) for name in names] == [12, 12, 22, 12]
    assert [ready(wide, name) for name in names] == [100, 20, 100, 20]
    assert ready(book, "Practice_Issue") == ready(wide, "Practice_Issue")
    assert book["Environment"].max_row < 320 < 700 < wide["Environment"].max_row
    assert differences(short, tmp_path) == []
    both = [read(path) for path in (short, usual)]
    columns = ["name", "row", "value", "period"]
    assert both[0].facts[columns].equals(both[1].facts[columns])
    assert not len(both[0].findings)


def test_a_sheet_opens_with_the_cell_selected_that_is_filled_in_first(books: dict[str, openpyxl.Workbook]) -> None:
    for book in books.values():
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                cell = sheet[sheet.sheet_view.selection[-1].activeCell]
                assert not cell.protection.locked, sheet.title
                assert cell.row <= 30, sheet.title


def test_the_start_sheet_prints_on_one_page(books: dict[str, openpyxl.Workbook]) -> None:
    sheet = books["comprehensive"]["Start"]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight or 1) == (1, 1)


def test_an_amount_is_shown_in_the_unit_of_its_row(tmp_path: Path) -> None:
    rows = [
        {"IdentifierOfMaterialTypedAxis": "1", "MaterialUnit": "kg", "WeightOfMaterialUsed": 1500.0},
        {"IdentifierOfMaterialTypedAxis": "2", "MaterialUnit": "m3", "VolumeOfMaterialUsed": 7.0},
    ]
    book = openpyxl.load_workbook(with_answers(tmp_path / "r.xlsx", {"materials": rows}), data_only=True)
    ((sheet, area),) = cells(book, "WeightOfMaterialUsed")
    assert [row[0].value for row in sheet[area][:3]] == [1500, 7, None]
    spot = placement("comprehensive").scalars["TotalMassOfMaterialUsed"]
    assert sheet.cell(spot.row + 1, 7).value == pytest.approx(1.5)


def test_what_xlsxwriter_would_drop_silently_is_an_error(tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(tmp_path / "x.xlsx")
    sheet = _strict_sheet(book.add_worksheet())
    with pytest.raises(WorkbookWriteError), _strict():
        sheet.data_validation("A1", {"validate": "any", "input_message": "x" * 256})
    with pytest.raises(WorkbookWriteError), _strict():
        sheet.write_string(2**20, 0, "outside")
    book.close()


def _company(name: str) -> pd.DataFrame:
    answers = yaml.safe_load((COMPANIES / f"{name}.yaml").read_text(encoding="utf-8"))["answers"]
    return facts_of(answers, name)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(
    ("name", "module"),
    [("", "basic"), ("consultancy", "basic"), ("", "comprehensive"), ("manufacturer", "comprehensive"),
     ("cooperative", "comprehensive")],
)  # fmt: skip
def test_libreoffice_works_out_every_value_that_we_stored(name: str, module: str, tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "report.xlsx", module=module, answers=_company(name) if name else None)
    assert differences(path, tmp_path) == []


PASTED = {
    ("Ledger_Carrier", 0): ("Strom", True),
    ("Ledger_Carrier", 1): ("Electricity (purchased)", False),
    ("Ledger_Amount", 0): ("5 000", True),
    ("Ledger_Amount", 1): (5000, False),
    ("Ledger_Amount", 2): (-5, True),
    ("TypeOfWasteAxis", 0): ("13 02", True),
    ("TypeOfWasteAxis", 1): (OIL, False),
    ("Assets", -1): ("ca. 3", True),
    ("Turnover", -1): (None, False),
    ("ReportingPeriodStart", -1): ("2025-01", True),
    ("PercentageGapInPayBetweenFemaleAndMaleEmployees", -1): (-0.2, False),
}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_cell_that_holds_what_formulas_cannot_read_turns_red(tmp_path: Path) -> None:
    """The conditions of the red rules are written into free cells of the same rows, and worked out by LibreOffice."""
    book = openpyxl.load_workbook(new_workbook(tmp_path / "basic.xlsx", module="basic"))
    free = {}
    for column, ((name, row), (value, _)) in enumerate(PASTED.items(), start=60):
        (sheet, area), *_ = cells(book, name)
        first, _, _ = area.partition(":")
        line, at = coordinate_to_tuple(first)
        cell = sheet.cell(line + max(row, 0), at)
        (rule,) = (r for where in sheet.conditional_formatting if first in where.sqref
                   for r in where.rules if r.dxf.font.color.rgb == "FFA12622")  # fmt: skip
        cell.value = value
        condition = rule.formula[0].replace(f"${get_column_letter(at)}{line}", cell.coordinate)
        free[name, row] = (sheet.title, cell.row, column)
        sheet.cell(cell.row, column).value = f"=IF({condition},1,0)"
    book.save(tmp_path / "pasted.xlsx")
    shown = openpyxl.load_workbook(recalculated(tmp_path / "pasted.xlsx", tmp_path), data_only=True)
    red = {key: shown[sheet].cell(row, column).value == 1 for key, (sheet, row, column) in free.items()}
    assert red == {key: wanted for key, (_, wanted) in PASTED.items()}
