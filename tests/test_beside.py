"""What a company wrote beside its answers does not move along, but is listed with its cell and its text."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from efrag import FOLDER, needs_efrag
from openpyxl.comments import Comment
from rearranging import converted, needs_libreoffice

from vsme_xl import facts_of, new_workbook
from vsme_xl.carrying.comments import comments_of
from vsme_xl.carrying.move import moved
from vsme_xl.carrying.source import Source, source_of
from vsme_xl.cli import main
from vsme_xl.reading.limits import DEFAULT_LIMITS

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
OLD = Path(__file__).parent / "old_versions"
ASKED = "Is this with the\nvan in Malmö?"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def around(path: Path) -> Source:
    return source_of(path, around=True)


def remarked(source: Path, target: Path, sheet: str, **cells: object) -> Path:
    """Write into cells of a sheet, and a comment at Z9."""
    book = openpyxl.load_workbook(source)
    for cell, value in cells.items():
        book[sheet][cell] = value
    book[sheet]["Z9"].comment = Comment(ASKED, "Åsa")
    book.save(target)
    return target


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours")
    path = new_workbook(folder / "plain.xlsx", answers=facts_of({"EntityName": "A", "Turnover": 5}), language="sv")
    return remarked(path, folder / "remarked.xlsx", "Allmänt", K10="ring Åsa", K13=4711.5, L13="=K13*2", L14=7)


def test_comments_and_texts_beside_the_answers_are_listed_with_cell_and_text(ours: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["new", str(tmp_path / "b.xlsx"), "--from", str(ours)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    for cell, text in (("Z9", "Is this with the van in Malmö?"), ("K10", "ring Åsa"), ("K13", "4711.5"), ("L14", "7")):
        assert re.search(rf"Allmänt!{cell}\b.*”{re.escape(text)}”", done.output), (cell, done.output)
    assert done.output.count("not_carried_text") == 3 and done.output.count("not_carried_comment") == 1


@pytest.mark.parametrize(
    "path", [*sorted(SAMPLES.glob("*.xlsx")), *sorted(OLD.glob("*.xlsx"))], ids=lambda path: path.stem
)
def test_a_workbook_with_nothing_beside_its_answers_has_nothing_listed(path: Path) -> None:
    source = around(path)
    assert (source.comments, source.beside) == ((), ())


@needs_efrag
@pytest.mark.parametrize("path", sorted(FOLDER.glob("VSME-Digital-Template-1.*.xlsx")), ids=lambda path: path.stem)
def test_no_text_of_a_blank_official_template_counts_as_the_companys(path: Path) -> None:
    assert around(path).beside == ()


@needs_efrag
def test_answers_of_the_official_sample_that_we_have_no_place_for_are_listed(tmp_path: Path) -> None:
    """The template asks for the Scope 3 categories of the base year and the target year; we ask for their sums."""
    sample = FOLDER / "VSME-Digital-Template-Sample-1.2.0.xlsx"
    left = (("Environmental Disclosures!G30", "300"), ("Environmental Disclosures!J30", "100"))
    assert around(sample).beside == left
    path = remarked(sample, tmp_path / "remarked.xlsx", "Social Disclosures", Z20="see the payroll", Z21=12.5)
    found = moved(around(path), "comprehensive", "en").left
    texts = dict(zip(found["cell"], found["message"], strict=True))
    assert "see the payroll" in texts["Social Disclosures!Z20"] and "12.5" in texts["Social Disclosures!Z21"]
    assert "Malmö?" in texts["Social Disclosures!Z9"]


def test_a_comment_says_what_the_client_wrote_and_not_what_a_review_did(ours: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.xlsx"
    CliRunner().invoke(main, ["check", str(ours), "--review", str(copy)])
    assert len(openpyxl.load_workbook(copy).sheetnames) == 1 + len(openpyxl.load_workbook(ours).sheetnames)
    assert around(copy).comments == around(ours).comments == (("Allmänt!Z9", ASKED),)
    assert around(copy).beside == around(ours).beside


def test_a_thread_of_comments_is_one_with_its_answers(ours: Path, tmp_path: Path) -> None:
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    comment = '<threadedComment ref="Z9" id="{}"><text>{}</text></threadedComment>'
    said = comment.format(1, "Nu?") + comment.format(2, "Ja")
    link = f'<Relationship Id="rId77" Type="{kind}" Target="../threadedComments/t.xml"/></Relationships>'
    target = tmp_path / "threads.xlsx"
    with zipfile.ZipFile(ours) as book, zipfile.ZipFile(target, "w") as out:
        for name in book.namelist():
            data = book.read(name)
            if name.startswith("xl/worksheets/_rels/") and b"comments" in data:
                data = data.replace(b"</Relationships>", link.encode())
            out.writestr(name, data)
        out.writestr("xl/threadedComments/t.xml", f'<ThreadedComments xmlns="{space}">{said}</ThreadedComments>')
    assert comments_of(target.read_bytes(), "xlsx", "t.xlsx", DEFAULT_LIMITS) == (("Allmänt", "Z9", "Nu?\nJa"),)


@needs_libreoffice
@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_comments_are_listed_from_other_formats_too(kind: str, ours: Path, tmp_path: Path) -> None:
    path: Any = converted(ours, kind, tmp_path, tmp_path / "profile")
    source = around(path)
    assert [(cell, " ".join(text.split())) for cell, text in source.comments] == [
        ("Allmänt!Z9", "Is this with the van in Malmö?")
    ]
    assert source.beside == around(ours).beside


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_file_whose_comments_cannot_be_told_gives_none(kind: Any, ours: Path) -> None:
    assert comments_of(ours.read_bytes(), kind, "x", DEFAULT_LIMITS) == (
        (("Allmänt", "Z9", ASKED),) if kind == "xlsx" else ()
    )


def test_a_label_worded_otherwise_when_the_workbook_was_written_is_none_of_the_companys(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(SAMPLES / "mistakes.xlsx")
    assert isinstance(book["General"]["C14"].value, str)
    book["General"]["C14"] = "Sales"
    book.save(tmp_path / "a.xlsx")
    assert around(tmp_path / "a.xlsx").beside == ()
