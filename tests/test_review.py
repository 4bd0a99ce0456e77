"""The review copy is the client's own file with marks, notes and a list in front, and nothing else changed."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from efrag import FOLDER, needs_efrag
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.workbook.protection import WorkbookProtection
from python_calamine import CalamineWorkbook
from rearranging import converted, needs_libreoffice

from vsme_xl import Computed, Reading, Review, compute, read, review_of, write_review
from vsme_xl.review.sheet import OUR_RULE

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning:openpyxl")
SAMPLES = Path(__file__).parents[1] / "sample_inputs"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ORIGINALS = [
    pytest.param(SAMPLES / "mistakes.xlsx", id="ours"),
    *(
        pytest.param(FOLDER / f"VSME-Digital-Template-{name}.xlsx", id=name, marks=needs_efrag)
        for name in ("Sample-1.1.1", "Sample-1.2.0", "1.3.0")
    ),
]
OURS = (
    rb"<conditionalFormatting [^>]*><cfRule [^>]*><formula>LEN\([^<]*</formula></cfRule></conditionalFormatting>"
    rb"|<legacyDrawing [^>]*/>"
)
KEPT = (
    rb"<x14:dataValidation .*?</x14:dataValidation>", rb"<dataValidation .*?</dataValidation>",
    rb"<f>[^<]*</f><v>[^<]*</v>", rb"<sheetProtection[^>]*>",
)  # fmt: skip
SHARED = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "docProps/app.xml"}


@dataclass(frozen=True)
class Case:
    """A workbook and its review copy."""

    source: Path
    copy: Path
    reading: Reading
    computed: Computed
    review: Review


def checked(path: Path, name: str | None = None) -> tuple[Reading, Computed]:
    reading = read(path, name=name)
    key = name or reading.workbook.file
    languages = {key: reading.workbook.language}
    return reading, compute(reading.facts, languages, workbooks=(key,), findings=reading.findings)


@pytest.fixture(scope="module", params=ORIGINALS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    source: Path = request.param
    copy = tmp_path_factory.mktemp("review") / source.name
    reading, computed = checked(source)
    return Case(source, copy, reading, computed, write_review(source, reading, computed, copy))


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def sheet_parts(path: Path) -> dict[str, str]:
    """Return the part of each sheet by its title, in the order of the tabs."""
    with zipfile.ZipFile(path) as archive:
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = {link.get("Id"): f"xl/{link.get('Target')}" for link in links}
    space = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    return {s.get("name", ""): targets[s.get(space)] for s in book.iter(f"{MAIN}sheet")}


def marked_sheets(case: Case) -> set[str]:
    titles = sheet_parts(case.source)
    return {titles[item.sheet] for item in case.review.items if item.cell}


def test_parts_without_marks_stay_byte_for_byte_the_same(case: Case) -> None:
    before, after = parts(case.source), parts(case.copy)
    links = {re.sub(r"worksheets/(.*)", r"worksheets/_rels/\1.rels", name) for name in marked_sheets(case)}
    assert set(before) <= set(after)
    assert {n for n in before if before[n] != after[n]} <= SHARED | marked_sheets(case) | links
    assert {re.sub(r"\d+", "#", name) for name in set(after) - set(before) - links} == {
        "xl/comments#.xml", "xl/drawings/vmlDrawing#.vml", "xl/worksheets/vsme-xl-review.xml",
    }  # fmt: skip


def test_a_marked_sheet_differs_only_by_rules_their_priorities_and_the_link_to_its_notes(case: Case) -> None:
    before, after = parts(case.source), parts(case.copy)
    assert marked_sheets(case)
    for name in marked_sheets(case):
        new = re.sub(OURS, b"", after[name])
        old, new = (re.sub(rb' priority="\d+"', b"", xml) for xml in (before[name], new))
        assert new == old, name


def test_styles_are_only_added_behind_those_that_are_there(case: Case) -> None:
    before, after = (parts(path)["xl/styles.xml"] for path in (case.source, case.copy))
    for name in ("fonts", "fills", "borders", "cellXfs", "dxfs", "cellStyleXfs", "cellStyles"):
        old, new = (list(ElementTree.fromstring(xml).iterfind(f"{MAIN}{name}/*")) for xml in (before, after))
        assert [ElementTree.tostring(e) for e in new[: len(old)]] == [ElementTree.tostring(e) for e in old]
        count = re.search(rb"<" + name.encode() + rb"\b[^>]*? count=\"(\d+)\"", after)
        assert count is None or int(count[1]) == len(new), name


def test_the_copy_gives_the_same_facts_and_findings(case: Case) -> None:
    reading, computed = checked(case.copy, case.reading.workbook.file)
    assert reading.facts.equals(case.reading.facts)
    assert computed.findings.equals(case.computed.findings)
    assert dict(reading.places) == dict(case.reading.places)


def test_names_of_sheets_and_the_tab_in_use_go_on_standing_for_the_same_sheets(case: Case) -> None:
    before, after = openpyxl.load_workbook(case.source), openpyxl.load_workbook(case.copy)
    assert after.sheetnames == ["Review", *before.sheetnames]
    assert after.active.title == before.active.title
    assert {n: d.value for n, d in after.defined_names.items()} == {n: d.value for n, d in before.defined_names.items()}
    for sheet in before:
        own, same = after[sheet.title], sheet
        assert {n: d.value for n, d in own.defined_names.items()} == {n: d.value for n, d in same.defined_names.items()}
        assert (own.print_title_rows, own.print_area, own.sheet_state) == (
            same.print_title_rows, same.print_area, same.sheet_state,
        )  # fmt: skip
    assert [s.title for s in after if s.sheet_view.tabSelected] == [s.title for s in before if s.sheet_view.tabSelected]


def test_every_item_with_a_cell_is_marked_and_has_a_note(case: Case) -> None:
    book = openpyxl.load_workbook(case.copy)
    assert case.review.cells == len({item.cell for item in case.review.items if item.cell}) > 0
    for item in case.review.items:
        if not item.cell or item.box is None:
            continue
        sheet = book[item.sheet]
        merged = next((r for r in sheet.merged_cells.ranges if item.box.first in r), None)
        cell = sheet[merged.start_cell.coordinate if merged else item.box.first]
        assert cell.comment is not None, item.cell
        assert " ".join(item.message.split()) in cell.comment.text, item.cell
        rules = [rule for area in sheet.conditional_formatting if cell.coordinate in area for rule in area.rules]
        first = min(rules, key=lambda rule: rule.priority)
        assert OUR_RULE.search(first.formula[0].encode()), item.cell
        assert first.dxf.fill.bgColor.rgb[2:] in {"FFB3B3", "D9B8F5", "FFD59B", "C9E0FB"}


def test_the_first_sheet_lists_every_item_with_a_link_that_leads_to_its_cell(case: Case) -> None:
    sheet = openpyxl.load_workbook(case.copy).worksheets[0]
    listed = [[c.value for c in row] for row in sheet.iter_rows(min_row=6, max_row=5 + len(case.review.items))]
    assert [(row[0], row[3], row[5]) for row in listed] == [
        (item.code, item.label or None, item.message) for item in case.review.items
    ]
    for row, item in enumerate(case.review.items, start=6):
        cell = sheet.cell(row, 5)
        assert (cell.value or "") == item.cell
        assert (cell.hyperlink.location.replace("'", "") if cell.hyperlink else "") == item.cell
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == f"B5:G{5 + len(case.review.items)}"
    assert sheet.print_title_rows == "$5:$5"
    marks = [row[2].value for row in sheet.iter_rows(min_row=7 + len(case.review.items))]
    assert [m for m in marks if m and m != "Disclosure"] == [
        *(f"B{n}" for n in range(1, 12)), "C · B3", *(f"C{n}" for n in range(1, 10)),
    ]  # fmt: skip


def test_a_second_review_of_an_unchanged_copy_is_the_same_file(case: Case) -> None:
    reading, computed = checked(case.copy)
    again = review_of(case.copy, reading, computed)
    assert again.content == case.copy.read_bytes()


def test_extended_validations_stored_values_and_pictures_are_still_there(case: Case) -> None:
    before, after = parts(case.source), parts(case.copy)
    sheets = [name for name in before if name.startswith("xl/worksheets/sheet")]
    for pattern in KEPT:
        found = [re.findall(pattern, before[name]) for name in sheets]
        assert found == [re.findall(pattern, after[name]) for name in sheets]
        assert any(found) or pattern == KEPT[0]
    media = [name for name in before if "media" in name or "drawings/drawing" in name]
    assert all(after[name] == before[name] for name in media)


@needs_efrag
@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0"])
def test_every_version_of_the_official_template_keeps_its_parts_through_three_reviews(
    version: str, tmp_path: Path
) -> None:
    source = FOLDER / f"VSME-Digital-Template-{version}.xlsx"
    before, path, copies = parts(source), source, []
    for number in range(3):
        reading, computed = checked(path, source.name)
        reviewed, path = path, tmp_path / f"{number}.xlsx"
        copies.append(write_review(reviewed, reading, computed, path, workbook=source.name))
        assert len(copies[-1].items) == len(copies[0].items) > 60
    after = parts(path)
    marks = {sheet_parts(source)[item.sheet] for item in copies[0].items if item.cell}
    links = {re.sub(r"worksheets/(.*)", r"worksheets/_rels/\1.rels", name) for name in marks}
    assert {name for name in before if after.get(name) != before[name]} <= SHARED | marks | links
    for name in marks:
        old, new = (re.sub(rb' priority="\d+"', b"", xml) for xml in (before[name], re.sub(OURS, b"", after[name])))
        assert new == old, name
    first = parts(tmp_path / "0.xlsx")
    assert {n for n in first if first[n] != after[n]} <= {"xl/worksheets/vsme-xl-review.xml"}  # which names the file


def test_a_workbook_that_a_client_made_its_own_stays_so(tmp_path: Path) -> None:
    """With its structure protected, a sheet hidden, another one open, odd titles, comments and a chart."""
    book = openpyxl.load_workbook(SAMPLES / "mistakes.xlsx")
    book.security = WorkbookProtection(lockStructure=True, workbookPassword="CC1A")
    book["Social"].title = "Søciål 'wir' & Co"
    book["Scope 3"].sheet_state = "hidden"
    book.active = 3
    own = book.create_sheet("'Über' uns!")
    own["B2"] = 3
    own.add_chart(BarChart(), "D4")
    for row in range(9, 30):
        book["General"].cell(row, 9).comment = Comment(f"Fråga {row}?", "Åsa")
    book["General"]["E14"].comment = Comment("ungefär?", "Åsa")
    source, copy = tmp_path / "own.xlsx", tmp_path / "copy.xlsx"
    book.save(source)
    reading, computed = checked(source)
    review = write_review(source, reading, computed, copy)
    before, after = parts(source), parts(copy)
    kept = ("xl/charts/", "xl/drawings/drawing", "docProps/custom")
    assert all(after[name] == before[name] for name in before if name.startswith(kept))
    lock = re.compile(rb"<workbookProtection[^>]*>")
    assert lock.findall(after["xl/workbook.xml"]) == lock.findall(before["xl/workbook.xml"]) != []
    there = openpyxl.load_workbook(copy)
    assert there.sheetnames == ["Review", *book.sheetnames] and there.active.title == book.worksheets[3].title
    assert [s.title for s in there if s.sheet_state == "hidden"] == [
        s.title for s in book if s.sheet_state == "hidden"
    ]
    said = there["General"]["E14"].comment.text
    assert said.startswith("ungefär?") and "ca. 3,2 Mio." in said
    assert there["General"]["I29"].comment.text == "Fråga 29?"
    social = [item for item in review.items if item.sheet == "Søciål 'wir' & Co"]
    links = [c.hyperlink.location for row in there["Review"].iter_rows() for c in row if c.hyperlink]
    assert social and {f"'Søciål ''wir'' & Co'!{item.box.first}" for item in social if item.box} <= set(links)
    assert not any("Scope 3" in str(place) for place in links), "a link to a hidden sheet leads nowhere"


@needs_libreoffice
def test_libreoffice_opens_the_copy_and_saves_the_same_facts(tmp_path: Path) -> None:
    source = SAMPLES / "mistakes.xlsx"
    reading, computed = checked(source)
    write_review(source, reading, computed, tmp_path / "copy.xlsx")
    saved, _ = checked(converted(tmp_path / "copy.xlsx", "ods", tmp_path, tmp_path / "profile"), source.name)
    columns = ["name", "row", "value", "unit", "source"]
    assert saved.facts[columns].equals(reading.facts[columns])


@needs_efrag
@needs_libreoffice
def test_libreoffice_shows_the_same_values_in_the_copy_of_an_official_template(tmp_path: Path) -> None:
    source = FOLDER / "VSME-Digital-Template-Sample-1.2.0.xlsx"
    reading, computed = checked(source)
    write_review(source, reading, computed, tmp_path / "copy.xlsx")
    before, after = (
        CalamineWorkbook.from_path(converted(path, "ods", tmp_path / name, tmp_path / "profile"))
        for path, name in ((source, "before"), (tmp_path / "copy.xlsx", "after"))
    )
    assert after.sheet_names == ["Review", *before.sheet_names]
    cells = 0
    for name in before.sheet_names:
        rows = before.get_sheet_by_name(name).to_python()
        assert after.get_sheet_by_name(name).to_python() == rows, name
        cells += sum(value != "" for row in rows for value in row)
    assert cells > 10_000
