"""The mail draft can be opened by every mail program: whole by the rules, escaped, with the review attached."""

from __future__ import annotations

import email
import zipfile
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP, default
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from vsme_xl import ReviewError, compute, facts_of, new_workbook, read, review_of, write_mail, write_review
from vsme_xl.review.items import KINDS
from vsme_xl.review.mail import _address

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
HOSTILE = 'Müller <b>"A"</b>\r\nBcc: evil@example.com'


def draft(source: Path, folder: Path, **options: object) -> EmailMessage:
    path = write_mail(*_checked(source), folder / "mail.eml", **options)  # type: ignore[arg-type]
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def _checked(source: Path) -> tuple[object, ...]:
    reading = read(source)
    languages = {reading.workbook.file: reading.workbook.language}
    return source, reading, compute(
        reading.facts, languages, workbooks=(reading.workbook.file,), findings=reading.findings
    )


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_draft_has_a_subject_two_bodies_and_the_review_copy_attached(tmp_path: Path) -> None:
    source = SAMPLES / "mistakes.xlsx"
    message = draft(source, tmp_path, to=("anna@example.com", "b@example.org"))
    assert message["X-Unsent"] == "1"
    assert message["To"] == "anna@example.com, b@example.org"
    assert message["From"] is None and message["Date"] is None
    assert "Muster & Söhne Holzbau GmbH" in message["Subject"] and "2025" in message["Subject"]
    for kind in ("plain", "html"):
        assert "“ca. 3,2 Mio.”" in body(message, kind)
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "mistakes-review.xlsx"
    assert openpyxl.load_workbook(BytesIO(attached.get_content())).sheetnames[0] == "Review"


def test_the_draft_tells_errors_before_missing_answers_before_warnings_and_how_many_more_there_are(
    tmp_path: Path,
) -> None:
    source, reading, computed = _checked(SAMPLES / "mistakes.xlsx")
    review = review_of(source, reading, computed)  # type: ignore[arg-type]
    few = [item for kind in KINDS for item in [i for i in review.items if i.kind == kind][:4]]
    text = body(draft(SAMPLES / "mistakes.xlsx", tmp_path, review=replace(review, items=tuple(few))), "plain")
    kinds = [line.split(" ", 1)[1].split(",")[0] for line in text.splitlines() if line[:1].isdigit()]
    assert kinds == ["Error"] * 4 + ["Missing"] * 4 + ["Warning"] * 4
    assert "Further points" not in text
    many = body(draft(SAMPLES / "mistakes.xlsx", tmp_path, review=review), "plain")
    assert sum(line[:1].isdigit() for line in many.splitlines()) == 15
    left = sum(review.counts[kind] for kind in ("error", "missing", "warning")) - 15
    assert f"Further points, all of them in the attachment: {left}." in many


def test_the_same_workbook_gives_the_same_draft_and_its_lines_end_as_the_rules_say(tmp_path: Path) -> None:
    one, two = tmp_path / "1.eml", tmp_path / "2.eml"
    for path in (one, two):
        write_mail(*_checked(SAMPLES / "cooperative.xlsx"), path)  # type: ignore[arg-type]
    data = one.read_bytes()
    assert data == two.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") and max(map(len, data.split(b"\r\n"))) <= 998
    assert email.message_from_bytes(data, policy=SMTP).as_bytes() == data


def test_a_client_cannot_add_headers_or_markup_to_the_draft(tmp_path: Path) -> None:
    answers = {"EntityName": HOSTILE, "NumberOfEmployees": "12<script>", "ReportingPeriodEnd": "2025-12-31"}
    source = new_workbook(tmp_path / "Prüfung Größe.xlsx", answers=facts_of(answers))
    message = draft(source, tmp_path)
    assert message["Bcc"] is None and set(message.keys()) == {
        "X-Unsent", "Subject", "Message-ID", "Content-Language", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert "Bcc: evil@example.com" in message["Subject"]
    html = body(message, "html")
    assert "<script>" not in html and "12&lt;script&gt;" in html
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "Prüfung Größe-review.xlsx"
    assert b"filename*=utf-8''Pr%C3%BCfung%20Gr%C3%B6%C3%9Fe-review.xlsx" in (tmp_path / "mail.eml").read_bytes()


def test_the_draft_speaks_the_language_asked_for(tmp_path: Path) -> None:
    message = draft(SAMPLES / "cooperative.xlsx", tmp_path, language="sv")
    assert message["Content-Language"] == "sv"
    assert "Tack för arbetsboken" in body(message, "plain") and '<html lang="sv">' in body(message, "html")


@pytest.mark.parametrize("address", ["anna", "a@b", "a@b.de\nBcc: x@y.de", "a b@c.de", "a@b.de, c@d.de", "ä@b.de"])
def test_what_is_no_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ReviewError) as refused:
        draft(SAMPLES / "cooperative.xlsx", tmp_path, to=(address,))
    assert refused.value.code == "no_address"
    assert list(tmp_path.iterdir()) == []


def test_a_review_that_was_written_is_attached_as_it_is(tmp_path: Path) -> None:
    source, reading, computed = _checked(SAMPLES / "cooperative.xlsx")
    review = write_review(source, reading, computed, tmp_path / "r.xlsx")  # type: ignore[arg-type]
    message = draft(SAMPLES / "cooperative.xlsx", tmp_path, review=review, attachment="r.xlsx")
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "r.xlsx"
    assert attached.get_content() == (tmp_path / "r.xlsx").read_bytes()
    assert zipfile.is_zipfile(BytesIO(attached.get_content()))


@pytest.mark.parametrize(("address", "written"), [
    ("info@müller-söhne.de", "info@xn--mller-shne-kcb9d.de"), ("per@åäö.se", "per@xn--4cab6c.se"),
])  # fmt: skip
def test_a_domain_with_umlauts_is_written_as_mail_headers_need_it(address: str, written: str) -> None:
    assert _address(address) == written


def test_a_long_subject_and_file_name_with_umlauts_come_back_as_they_are(tmp_path: Path) -> None:
    entity = "Übergrößenträgerbaugesellschaft für Österreich mbH & Co. KGaA, Zweigniederlassung Łódź und Malmö"
    file = f"{'Bericht über Größe, „Ärger“ & Co ' * 3}2025.xlsx"
    message = draft(new_workbook(tmp_path / file, answers=facts_of({"EntityName": entity}), language="de"), tmp_path)
    assert entity in message["Subject"]
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == file.replace(".xlsx", "-review.xlsx")
    lines = (tmp_path / "mail.eml").read_bytes().split(b"\r\n")
    assert all(b"\n" not in line and len(line) <= 998 and line.isascii() for line in lines)
    assert all(part.defects == [] for part in message.walk())
