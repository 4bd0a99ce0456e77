"""The editing of parts: every way in which programs write workbooks, and nothing of the client's lost on the way."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill, Protection
from openpyxl.workbook.defined_name import DefinedName

from vsme_xl.language import load_language
from vsme_xl.reading.workbook_file import open_workbook
from vsme_xl.results.format import LINE_HEIGHT, TEXT_PER_WIDTH, height_of
from vsme_xl.review.copy import reviewed
from vsme_xl.review.items import Item
from vsme_xl.review.listing import Listing
from vsme_xl.review.sheet import OUR_RULE, SheetPart, box_of
from vsme_xl.review.splice import NotEditable, elements, spliced, with_attributes

Change = Callable[[bytes], bytes]
REVIEW = "xl/worksheets/vsme-xl-review.xml"


def item(cell: str, kind: str = "error", message: str = "wrong") -> Item:
    sheet, _, address = cell.rpartition("!")
    return Item(kind, "code", "Turnover", "B1", "Turnover", sheet, box_of(address), message, "Mend it.")


def marked(path: Path, *items: Item | str) -> Path:
    """Write the review copy of a workbook with marks in some cells beside it."""
    listed = tuple(item(i) if isinstance(i, str) else i for i in items)
    listing = Listing("Review", "how_copy", "Title", "About", listed, (), load_language("en"), lambda item: "")
    out = path.with_name(f"{path.stem}-copy{path.suffix}")
    out.write_bytes(reviewed(path.read_bytes(), open_workbook(path), listing)[0])
    assert zipfile.ZipFile(out).testzip() is None
    return out


def book(folder: Path, change: Callable[[openpyxl.Workbook], object] = lambda book: None) -> Path:
    """Write a workbook of three sheets, some of its cells filled."""
    made = openpyxl.Workbook()
    made.active.title = "One"
    for title in ("Two", "Three"):
        made.create_sheet(title)
    for sheet in made:
        sheet["B2"] = "text"
        sheet["C4"] = "=1+1"
    change(made)
    made.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def rewritten(path: Path, changes: Mapping[str, Change | bytes], name: str = "changed.xlsx") -> Path:
    """Copy a workbook with parts changed (by a function), replaced or added (by their bytes)."""
    target = path.with_name(name)
    left = dict(changes)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for info in source.infolist():
            change = left.pop(info.filename, source.read(info))
            out.writestr(info.filename, change if isinstance(change, bytes) else change(source.read(info)))
        for added, content in left.items():
            assert isinstance(content, bytes), added
            out.writestr(added, content)
    return target


def part(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def our_marks(path: Path, sheet: str) -> set[str]:
    found = set()
    for area in openpyxl.load_workbook(path)[sheet].conditional_formatting:
        if any(OUR_RULE.search(rule.formula[0].encode()) for rule in area.rules if rule.formula):
            found |= {cells.coord for cells in area.cells.ranges}
    return found


def test_indexes_of_sheets_follow_the_new_first_sheet(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        made.active = 2
        made["Three"].sheet_view.tabSelected = True
        made["Two"].print_area = "A1:C9"
        made["Three"].print_title_rows = "1:2"
        made["Two"].defined_names["own"] = DefinedName("own", attr_text="Two!$B$2")
        made.views[0].firstSheet = 1

    copy = openpyxl.load_workbook(marked(book(tmp_path, change), "One!B2"))
    assert copy.sheetnames == ["Review", "One", "Two", "Three"]
    assert (copy.active.title, copy.views[0].firstSheet or 0) == ("Three", 0)
    assert [s.title for s in copy if s.sheet_view.tabSelected] == ["Three"]
    assert copy["Two"].print_area == "'Two'!$A$1:$C$9" and copy["Three"].print_title_rows == "$1:$2"
    assert copy["Two"].defined_names["own"].value == "Two!$B$2"


def test_a_workbook_without_views_opens_on_the_sheet_it_opened_on(tmp_path: Path) -> None:
    bare = rewritten(book(tmp_path), {"xl/workbook.xml": lambda d: re.sub(rb"<bookViews>.*?</bookViews>", b"", d)})
    assert openpyxl.load_workbook(marked(bare, "One!B2")).active.title == "One"


def test_a_client_with_a_sheet_of_that_name_keeps_it(tmp_path: Path) -> None:
    copy = marked(book(tmp_path, lambda made: made.create_sheet("REVIEW")), "One!B2")
    assert openpyxl.load_workbook(copy).sheetnames == ["Review (2)", "One", "Two", "Three", "REVIEW"]
    again = marked(copy, "One!B2")
    assert openpyxl.load_workbook(again).sheetnames == ["Review (2)", "One", "Two", "Three", "REVIEW"]


def prefixed(data: bytes) -> bytes:
    """Return a part with all its elements under a prefix, as some programs write them."""
    data = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", data)
    return data.replace(b"xmlns=", b"xmlns:x=", 1)


def test_a_workbook_written_with_a_prefix_is_marked_under_the_same_prefix(tmp_path: Path) -> None:
    names = ["xl/workbook.xml", "xl/styles.xml", *(f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3))]
    source = rewritten(book(tmp_path), dict.fromkeys(names, prefixed))
    copy = marked(source, "One!B2", "One!F9")
    for name in names:
        root = ElementTree.fromstring(part(copy, name))  # a prefix that is not declared would not parse
        assert {e.tag.partition("}")[0] for e in root.iter()} == {root.tag.partition("}")[0]}
    assert our_marks(copy, "One") == {"B2", "F9"}
    assert openpyxl.load_workbook(copy)["One"]["F9"].comment is not None


MERGED = {f"One!{c}{r}" for c in "BCD" for r in (14, 15)}


def protected(made: openpyxl.Workbook) -> None:
    for sheet in made:
        sheet.protection.sheet = True
    sheet = made["One"]
    sheet["B9"].fill = PatternFill("solid", fgColor="00FF00")
    sheet["D12"].protection = Protection(locked=False)
    sheet.merge_cells("B14:D15")


@pytest.mark.parametrize("spelt", ["with references", "counted"])
def test_cells_to_fill_in_are_unlocked_and_made_where_there_are_none(tmp_path: Path, spelt: str) -> None:
    source = book(tmp_path, protected)
    if spelt == "counted":
        plain = re.compile(rb'<(row|c) r="[A-Z]*\d+"')
        source = rewritten(source, {"xl/worksheets/sheet2.xml": lambda d: plain.sub(rb"<\1", d)})
        wanted = ["Two!A1", "Two!B1", "Two!C1", "Two!A9"]
    else:
        wanted = ["One!B2", "One!A2", "One!F2", "One!B9", "One!A7", "One!G20", "One!D12", "One!B14", "One!A1"]
    copy = marked(source, *wanted)
    before, after = openpyxl.load_workbook(source), openpyxl.load_workbook(copy)
    for sheet in before:
        for row in after[sheet.title].iter_rows():
            for cell in row:
                free = cell.protection.locked is False
                own = f"{sheet.title}!{cell.coordinate}" in {*wanted, *(MERGED if "One!B14" in wanted else ())}
                assert free == (own or not sheet[cell.coordinate].protection.locked), cell
                assert cell.fill.fgColor.rgb == sheet[cell.coordinate].fill.fgColor.rgb
                assert cell.value == sheet[cell.coordinate].value
    xml = part(copy, "xl/worksheets/sheet1.xml")
    rows = [int(n) for n in re.findall(rb'<row r="(\d+)"', xml)]
    assert rows == sorted(rows)
    for row in re.findall(rb"<row .*?</row>", xml):
        columns = [len(c) * 100 + c[-1] for c in re.findall(rb'<c r="([A-Z]+)', row)]
        assert columns == sorted(columns)


def test_a_formula_of_a_protected_sheet_stays_locked_and_is_marked_all_the_same(tmp_path: Path) -> None:
    copy = openpyxl.load_workbook(marked(book(tmp_path, protected), "One!C4"))
    assert copy["One"]["C4"].protection.locked is True
    assert copy["One"]["C4"].value == "=1+1" and copy["One"]["C4"].comment is not None


def test_merged_cells_are_marked_whole_with_one_note(tmp_path: Path) -> None:
    copy = marked(book(tmp_path, lambda made: made["One"].merge_cells("B6:D7")), "One!C7", "One!B6")
    assert our_marks(copy, "One") == {"B6:D7"}
    text = openpyxl.load_workbook(copy)["One"]["B6"].comment.text
    assert text.count("wrong") == 2


def test_our_rules_stand_before_those_of_the_client_which_keep_their_order(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        for colour in ("FF0000", "00FF00"):
            made["One"].conditional_formatting.add(
                "A1:C9", FormulaRule(formula=["1=1"], fill=PatternFill(bgColor=colour), stopIfTrue=True)
            )

    copy = marked(book(tmp_path, change), item("One!B2"), item("One!B3", "info"))
    rules = [rule for area in openpyxl.load_workbook(copy)["One"].conditional_formatting for rule in area.rules]
    assert [(rule.priority, rule.formula[0]) for rule in rules] == [
        (1, 'LEN("vsme-xl")>0'), (2, 'LEN("vsme-xl")>0'), (3, "1=1"), (4, "1=1"),
    ]  # fmt: skip
    assert marked(copy, item("One!B2"), item("One!B3", "info")).read_bytes() == copy.read_bytes()


def test_the_weightiest_finding_colours_the_cell_and_the_note_tells_all(tmp_path: Path) -> None:
    copy = marked(book(tmp_path), item("One!B2", "error", "first"), item("One!B2", "info", "second"))
    sheet = openpyxl.load_workbook(copy)["One"]
    assert [rule.dxf.fill.bgColor.rgb for area in sheet.conditional_formatting for rule in area.rules] == ["FFFFB3B3"]
    assert "Error: first" in sheet["B2"].comment.text and "Note: second" in sheet["B2"].comment.text


def with_comments(made: openpyxl.Workbook) -> None:
    made["One"]["B2"].comment = Comment("please check", "Anna")
    made["One"]["E5"].comment = Comment("and <this> & that", "Bernd")


def test_comments_of_the_client_stay_and_the_finding_stands_behind_them(tmp_path: Path) -> None:
    source = book(tmp_path, with_comments)
    copy = marked(source, "One!B2", "One!C3")
    sheet = openpyxl.load_workbook(copy)["One"]
    assert sheet["B2"].comment.text.startswith("please check\n▸ Error: wrong")
    assert sheet["B2"].comment.author == "Anna" and sheet["E5"].comment.text == "and <this> & that"
    assert sheet["C3"].comment.author == "vsme-xl"
    boxes = re.findall(rb"<x:Row>(\d+)</x:Row>\s*<x:Column>(\d+)</x:Column>", _drawing(copy))
    assert sorted(boxes) == [(b"1", b"1"), (b"2", b"2"), (b"4", b"4")]
    clean = openpyxl.load_workbook(marked(copy))["One"]
    assert clean["B2"].comment.text == "please check" and clean["C3"].comment is None
    assert clean["E5"].comment.text == "and <this> & that"


def _drawing(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return next(archive.read(name) for name in archive.namelist() if name.endswith(".vml"))


def test_a_comment_written_in_runs_and_with_sounds_keeps_them(tmp_path: Path) -> None:
    source = book(tmp_path, with_comments)
    runs = (
        "<text><r><rPr><b/></rPr><t>Anna:</t></r><r><t xml:space='preserve'>\n課題 </t></r>"
        "<rPh sb='0' eb='2'><t>カダイ</t></rPh></text>"
    ).encode()
    rich = rewritten(
        source, {"xl/comments/comment1.xml": lambda d: re.sub(rb"<text>.*?</text>", runs, d, count=1, flags=re.DOTALL)}
    )
    copy = marked(rich, "One!B2")
    xml = part(copy, "xl/comments/comment1.xml")
    assert b"<r><rPr><b/></rPr><t>Anna:</t></r>" in xml
    assert xml.index("課題".encode()) < xml.index(b"wrong") < xml.index(b"<rPh")
    kept, before = (part(path, "xl/comments/comment1.xml") for path in (marked(copy), rich))
    assert kept[kept.index(b"<commentList>") :] == before[before.index(b"<commentList>") :]


BUTTON = b"""<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t201" coordsize="21600,21600"/>
 <v:shape id="_x0000_s1030" type="#_x0000_t201" style='position:absolute'><v:textbox><div><br>Press</div></v:textbox>
 <x:ClientData ObjectType="Button"><x:Anchor>1, 0, 1, 0, 2, 0, 2, 0</x:Anchor></x:ClientData></v:shape></xml>"""


def with_button(path: Path) -> Path:
    links = b"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship
 Id="rId7" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing"
 Target="/xl/drawings/old.vml"/></Relationships>"""
    space = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = b'<Default Extension="VML" ContentType="x/y"/></Types>'
    legacy = b'<legacyDrawing xmlns:q="%s" q:id="rId7"/></worksheet>' % space
    return rewritten(
        path,
        {
            "xl/worksheets/sheet1.xml": lambda d: d.replace(b"</worksheet>", legacy),
            "xl/worksheets/_rels/sheet1.xml.rels": links,
            "xl/drawings/old.vml": BUTTON,
            "[Content_Types].xml": lambda d: d.replace(b"</Types>", kind),
        },
    )


def test_buttons_drawn_where_notes_are_drawn_stay(tmp_path: Path) -> None:
    source = with_button(book(tmp_path))
    copy = marked(source, "One!B2")
    xml = part(copy, "xl/drawings/old.vml")
    assert BUTTON.removesuffix(b"</xml>") in xml and b'id="_x0000_s1031"' in xml and b"_x0000_t202" in xml
    assert part(copy, "[Content_Types].xml").lower().count(b'extension="vml"') == 1
    clean = part(marked(copy), "xl/drawings/old.vml")
    assert b"_x0000_s1030" in clean and b"ObjectType=\"Note\"" not in clean


THREADS = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment
 ref="B2" dT="2026-01-02T03:04:05.67" personId="{11111111-1111-1111-1111-111111111111}"
 id="{22222222-2222-2222-2222-222222222222}"><text>is this right?</text></threadedComment><threadedComment
 ref="B2" dT="2026-01-03T03:04:05.67" personId="{11111111-1111-1111-1111-111111111111}"
 id="{33333333-3333-3333-3333-333333333333}" parentId="{22222222-2222-2222-2222-222222222222}"><text>yes</text>
 </threadedComment></ThreadedComments>"""


def test_a_thread_is_answered_and_the_answer_goes_with_the_next_review(tmp_path: Path) -> None:
    kind = b"http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    target = b"../threadedComments/threadedComment1.xml"
    link = b'<Relationship Id="rId77" Type="%s" Target="%s"/></Relationships>' % (kind, target)
    source = rewritten(
        book(tmp_path, with_comments),
        {
            "xl/worksheets/_rels/sheet1.xml.rels": lambda d: d.replace(b"</Relationships>", link),
            "xl/threadedComments/threadedComment1.xml": THREADS,
        },
    )
    copy = marked(source, "One!B2", "One!C3")
    xml = part(copy, "xl/threadedComments/threadedComment1.xml")
    answers = ElementTree.fromstring(xml)
    assert len(answers) == 3 and b"is this right?" in xml
    answer = answers[2]
    assert answer.get("parentId") == "{22222222-2222-2222-2222-222222222222}"
    assert answer.get("dT") == "2026-01-03T03:04:05.67" and answer.get("ref") == "B2"
    assert "wrong" in "".join(answer.itertext())
    people = ElementTree.fromstring(part(copy, "xl/persons/person1.xml"))
    assert [p.get("id") for p in people] == [answer.get("personId")]
    assert part(marked(copy), "xl/threadedComments/threadedComment1.xml") == THREADS
    again = marked(copy, "One!B2", "One!C3")
    assert part(again, "xl/threadedComments/threadedComment1.xml") == xml
    assert part(again, "xl/persons/person1.xml") == part(copy, "xl/persons/person1.xml")


def test_charts_pictures_and_parts_nobody_knows_stay_byte_for_byte(tmp_path: Path) -> None:
    def change(made: openpyxl.Workbook) -> None:
        chart = BarChart()
        chart.add_data(Reference(made["Two"], min_col=2, min_row=1, max_row=4))
        made["Two"].add_chart(chart, "E5")

    source = rewritten(book(tmp_path, change), {"xl/vbaProject.bin": bytes(range(256)) * 20, "custom/any.bin": b"\0\1"})
    copy = marked(source, "Two!B2")
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(copy) as after:
        kept = [n for n in before.namelist() if re.search(r"chart|drawing|bin|theme|core|sharedStrings|sheet[13]", n)]
        assert len(kept) >= 8
        assert all(after.read(name) == before.read(name) for name in kept)
    assert b"<drawing " in part(copy, "xl/worksheets/sheet2.xml")
    assert len(openpyxl.load_workbook(copy)["Two"]._charts) == 1


def test_strict_files_and_files_without_formats_are_refused(tmp_path: Path) -> None:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = rewritten(
        book(tmp_path), {"xl/workbook.xml": lambda d: d.replace(space, b"http://purl.oclc.org/ooxml/spreadsheetml/main")}
    )
    with pytest.raises(NotEditable) as refused:
        marked(strict, "One!B2")
    assert refused.value.code == "strict"
    no_formats = re.compile(rb"<cellXfs.*?</cellXfs>")
    bare = rewritten(book(tmp_path), {"xl/styles.xml": lambda d: no_formats.sub(b"", d)}, "bare.xlsx")
    with pytest.raises(NotEditable) as refused:
        marked(bare, "One!B2")
    assert refused.value.code == "no_styles"


@pytest.mark.parametrize("odd", [b'<cols><col min="x" max="2"/></cols>', b'<cols><col max="2"/></cols>'])
def test_a_sheet_that_no_program_writes_is_refused_and_not_guessed_at(tmp_path: Path, odd: bytes) -> None:
    path = "xl/worksheets/sheet1.xml"
    source = rewritten(book(tmp_path), {path: lambda data: data.replace(b"<sheetData>", odd + b"<sheetData>")})
    with pytest.raises(NotEditable) as refused:
        marked(source, "One!B2")
    assert refused.value.code == "not_plain_xml"


def test_a_signature_is_taken_out_and_the_caller_is_told(tmp_path: Path) -> None:
    kind = b"http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    origin = b'<Relationship Id="rId9" Type="%s" Target="_xmlsignatures/origin.sigs"/></Relationships>' % kind
    signature = b'<Override PartName="/_xmlsignatures/sig1.xml" ContentType="application/x"/></Types>'
    source = rewritten(
        book(tmp_path),
        {
            "_rels/.rels": lambda d: d.replace(b"</Relationships>", origin),
            "[Content_Types].xml": lambda d: d.replace(b"</Types>", signature),
            "_xmlsignatures/origin.sigs": b"",
            "_xmlsignatures/sig1.xml": b"<Signature/>",
        },
    )
    listing = Listing("Review", "how_copy", "T", "A", (item("One!B2"),), (), load_language("en"), lambda item: "")
    content, unsigned = reviewed(source.read_bytes(), open_workbook(source), listing)
    assert unsigned
    (tmp_path / "out.xlsx").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert not [name for name in archive.namelist() if "signature" in name]
        assert b"signature" not in archive.read("_rels/.rels") + archive.read("[Content_Types].xml")


NAMES = ["it's", "=1+1", "A&B <x>", "Größe 100%", "#REF", "a,b;c (d)"]


def test_titles_of_sheets_and_texts_of_clients_are_texts_in_the_list(tmp_path: Path) -> None:
    source = book(tmp_path, lambda made: [made.create_sheet(name) for name in NAMES])
    hostile = '=HYPERLINK("http://x.y","z")\x0b_x0041_ http://a.b'
    copy = marked(source, *(item(f"{name}!B2", "error", hostile) for name in NAMES))
    sheet = openpyxl.load_workbook(copy).worksheets[0]
    for row, name in enumerate(NAMES, start=6):
        assert sheet.cell(row, 5).value == f"{name}!B2" and sheet.cell(row, 5).data_type != "f"
        link = sheet.cell(row, 5).hyperlink
        assert link.target is None and link.location in (f"'{name.replace(chr(39), chr(39) * 2)}'!B2", f"{name}!B2")
        text = sheet.cell(row, 6)
        assert text.data_type != "f" and text.hyperlink is None
        assert text.value.startswith("=HYPERLINK(") and "_x0041_ http" in text.value
    assert b"<f>" not in part(copy, REVIEW)
    with zipfile.ZipFile(copy) as archive:
        assert REVIEW.replace("sheets/", "sheets/_rels/") + ".rels" not in archive.namelist()


def test_hundreds_of_marks_are_all_there(tmp_path: Path) -> None:
    cells = [f"One!{column}{row}" for column in "BCDE" for row in range(1, 301)]
    copy = marked(book(tmp_path), *cells)
    assert our_marks(copy, "One") == {cell.partition("!")[2] for cell in cells}
    assert part(copy, "xl/comments1.xml").count(b"<comment ") == 1200
    assert b'data="1,2"' in _drawing(copy)


def test_the_tags_of_a_part_are_found_whatever_stands_in_their_attributes() -> None:
    xml = b"""<?xml version='1.0'?><!-- <a> --><a x='1 > 0' y="it's"><b z = '5'/><c\n q="/>"></c><![CDATA[<d/>]]></a>"""
    root, *inner = elements(xml)
    assert (root.name, root.attributes["x"], xml[root.close : root.end]) == ("a", "1 > 0", b"</a>")
    assert [(n.name, xml[n.begin : n.end]) for n in inner] == [("b", b"<b z = '5'/>"), ("c", b'<c\n q="/>"></c>')]
    assert [n.empty for n in inner] == [True, False]
    assert with_attributes(b"<b z = '5'/>", z="a\"&<") == b"<b z='a\"&amp;&lt;'/>"
    assert with_attributes(b"<b z='5'>", z=None, s="ü") == b'<b s="&#252;">'
    assert spliced(xml, []) == xml
    with pytest.raises(NotEditable):
        elements(b"<a><b></a>")


def test_a_sheet_part_knows_where_a_child_belongs() -> None:
    xml = b"""<worksheet><sheetData/><pageMargins/><mc:AlternateContent><mc:Choice><controls/></mc:Choice>
    </mc:AlternateContent><tableParts/><extLst/></worksheet>"""
    sheet = SheetPart(xml)
    assert xml[sheet.place_for("legacyDrawing") :].startswith(b"<mc:AlternateContent>")
    assert xml[sheet.place_for("conditionalFormatting") :].startswith(b"<pageMargins/>")


@pytest.mark.parametrize(("text", "lines"), [
    ("one line", 1),
    ("nineteen letters in a line, eleven", 2),
    ("Nettoomsætning Nettoomsætning Nettoomsætning", 3),  # 45 letters, yet no two words fit into one line of 20
    ("Arbeitsunfallversicherungsbeitragssatz", 2),
    ("a\nb\nc", 3),
])  # fmt: skip
def test_a_row_is_as_high_as_its_text_broken_between_words(text: str, lines: int) -> None:
    assert height_of([(text, 20 / TEXT_PER_WIDTH)]) == (lines * LINE_HEIGHT + 3 if lines > 1 else None)
