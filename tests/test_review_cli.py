"""`vsme-xl check --review --mail` as a newcomer runs it: outputs, refusals, exit codes, and inputs never changed."""

from __future__ import annotations

import email
import json
import re
import shutil
import zipfile
from email.policy import default
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from rearranging import converted, needs_libreoffice

from vsme_xl import facts_of, new_workbook
from vsme_xl.cli import main
from vsme_xl.language import languages, load_language

SAMPLES = Path(__file__).parents[1] / "sample_inputs"


def check(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["check", *(str(a) for a in arguments)])
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def report(tmp_path: Path) -> Path:
    answers = {"EntityName": "Example Ltd", "Turnover": "many"}
    return new_workbook(tmp_path / "report.xlsx", module="basic", answers=facts_of(answers))


def test_review_and_mail_are_written_and_the_exit_code_still_tells_of_errors(report: Path, tmp_path: Path) -> None:
    before = report.read_bytes(), report.stat().st_mtime_ns
    review, mail = tmp_path / "r.xlsx", tmp_path / "m.eml"
    result = check(report, "--review", review, "--mail", mail, "--to", "a@example.com", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"]
    assert f"Written: {review} (marked cells: " in result.stderr and f"Written: {mail}" in result.stderr
    assert (report.read_bytes(), report.stat().st_mtime_ns) == before
    message = email.message_from_bytes(mail.read_bytes(), policy=default)
    (attached,) = message.iter_attachments()  # type: ignore[attr-defined]
    assert (attached.get_filename(), attached.get_content()) == ("r.xlsx", review.read_bytes())
    assert message["To"] == "a@example.com"


def test_the_mail_alone_carries_a_review_too(report: Path, tmp_path: Path) -> None:
    assert check(report, "--mail", tmp_path / "m.eml").exit_code == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.eml", "report.xlsx"]
    message = email.message_from_bytes((tmp_path / "m.eml").read_bytes(), policy=default)
    assert [a.get_filename() for a in message.iter_attachments()] == ["report-review.xlsx"]  # type: ignore[attr-defined]


def test_neither_output_may_be_the_workbook_itself(report: Path, tmp_path: Path) -> None:
    before = report.read_bytes()
    link = tmp_path / "link.xlsx"
    link.hardlink_to(report)
    for option in (("--review", report), ("--review", link), ("--mail", report)):
        result = check(report, *option)
        assert result.exit_code == 2 and "never changed" in result.stderr, option
    assert report.read_bytes() == before
    same = tmp_path / "same.xlsx"
    assert check(report, "--review", same, "--mail", same).exit_code == 2
    assert not same.exists()


@pytest.mark.parametrize("out", ["r.xlsm", "r.ods", "r"])
def test_a_name_that_excel_would_refuse_is_wrong_usage(report: Path, tmp_path: Path, out: str) -> None:
    result = check(report, "--review", tmp_path / out)
    assert result.exit_code == 2 and "must end in .xlsx" in result.stderr
    assert not (tmp_path / out).exists()


def test_a_folder_that_is_not_there_and_a_wrong_address_leave_nothing_behind(report: Path, tmp_path: Path) -> None:
    assert check(report, "--review", tmp_path / "nowhere" / "r.xlsx").exit_code == 2
    result = check(report, "--mail", tmp_path / "m.eml", "--to", "anna")
    assert result.exit_code == 2 and "anna is no mail address" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_workbook_with_macros_gives_a_review_with_macros(tmp_path: Path) -> None:
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macros = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    source = tmp_path / "report.xlsm"
    with zipfile.ZipFile(SAMPLES / "cooperative.xlsx") as old, zipfile.ZipFile(source, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info).replace(plain, macros))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf macros")
    assert check(source, "--review", tmp_path / "r.xlsx").exit_code == 2
    assert check(source, "--review", tmp_path / "r.xlsm").exit_code in (0, 1)
    with zipfile.ZipFile(tmp_path / "r.xlsm") as copy:
        assert copy.read("xl/vbaProject.bin") == b"\xd0\xcf macros"


@needs_libreoffice
@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_other_formats_get_a_list_of_their_own(report: Path, tmp_path: Path, kind: str) -> None:
    source = converted(report, kind, tmp_path, tmp_path / "profile")
    review = tmp_path / "r.xlsx"
    result = check(source, "--review", review)
    assert result.exit_code == 1 and "takes no marks" in result.stderr
    listed = openpyxl.load_workbook(review)
    assert listed.sheetnames == ["Review"]
    cells = {row[0].value: row[1].value for row in listed["Review"].iter_rows(min_row=6, min_col=5, max_col=6)}
    assert "“many”" in next(text for cell, text in cells.items() if cell and "“many”" in str(text))
    assert check(source, "--review", tmp_path / f"r.{kind}").exit_code == 2


def test_a_strict_workbook_gets_a_list_and_is_told_why(report: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.xlsx"
    with zipfile.ZipFile(report) as old, zipfile.ZipFile(strict, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "xl/workbook.xml":
                main = rb"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                data = re.sub(main, b"http://purl.oclc.org/ooxml/spreadsheetml/main", data)
            new.writestr(info.filename, data)
    result = check(strict, "--review", tmp_path / "r.xlsx")
    assert "Strict Open XML" in result.stderr
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames == ["Review"]


def test_a_password_for_opening_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    locked = tmp_path / "locked.xlsx"
    stream = "EncryptedPackage".encode("utf-16-le")
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + stream.ljust(64, b"\0") + bytes([34, 0]) + bytes(600))
    result = check(locked, "--review", tmp_path / "r.xlsx")
    assert result.exit_code == 3 and "password" in result.stderr
    assert not (tmp_path / "r.xlsx").exists()


@pytest.mark.parametrize("language", languages())
def test_review_and_mail_speak_every_language(report: Path, tmp_path: Path, language: str) -> None:
    words = load_language(language)
    check(report, "--review", tmp_path / "r.xlsx", "--mail", tmp_path / "m.eml", "--lang", language)
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").worksheets[0]
    assert sheet.title == words.text("review.sheet")
    assert [c.value for c in sheet[5][1:]] == list(words.texts["review"]["columns"].values())
    assert {row[0].value for row in sheet.iter_rows(min_row=6, max_row=20, min_col=2, max_col=2)} <= set(
        words.texts["review"]["kinds"].values()
    )
    message = email.message_from_bytes((tmp_path / "m.eml").read_bytes(), policy=default)
    assert words.text("mail.closing") in message.get_body(("plain",)).get_content()  # type: ignore[attr-defined]


def test_the_review_of_a_read_only_file_is_written_beside_it(report: Path, tmp_path: Path) -> None:
    shutil.copy(report, tmp_path / "locked.xlsx")
    (tmp_path / "locked.xlsx").chmod(0o444)
    assert check(tmp_path / "locked.xlsx", "--review", tmp_path / "r.xlsx").exit_code == 1
    assert (tmp_path / "r.xlsx").stat().st_mode & 0o200
