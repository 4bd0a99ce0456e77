"""Archives and mails of any content, with any names in them: read or refused, and no path leads out of the target."""

from __future__ import annotations

import base64
import binascii
import io
import posixpath
import random
import stat
import struct
import tempfile
import tracemalloc
import warnings
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path, PureWindowsPath

import fuzz
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from vsme_xl.batch.containers import ContainerError, contents
from vsme_xl.batch.inputs import Collected, collect
from vsme_xl.batch.mails import attachments_of, content_of
from vsme_xl.batch.records import Options
from vsme_xl.reading.limits import DEFAULT_LIMITS, Opening, ReadingLimits
from vsme_xl.reading.refusal import UnreadableWorkbook

SEED = 1
ONE, TWO = b"one workbook" * 30, b"another workbook" * 30


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def large_zip() -> bytes:
    """A zip with a zip in it, an entry in the long form for large files, and a name that is not ASCII."""
    inner = zipped(("in/one.xlsx", ONE), ("two.xlsx", TWO))
    buffer = io.BytesIO(zipped(("ü.xlsx", ONE), ("inner.zip", inner)))
    with zipfile.ZipFile(buffer, "a") as archive, archive.open("big.xlsx", "w", force_zip64=True) as entry:
        entry.write(TWO)
    return buffer.getvalue()


def mail_with(*attachments: tuple[str, bytes], inner: EmailMessage | None = None) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Bericht für 2025", "a@example.org"
    mail.set_content("anbei")
    for name, content in attachments:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    if inner is not None:
        mail.add_attachment(inner)
    return mail


def large_mail() -> bytes:
    """A mail with workbooks, a zip, and a mail in it that has a workbook again."""
    inner = mail_with(("inner.xlsx", TWO))
    names = ("Bericht für 2025.xlsx", "a very long name of a report that takes more than one line " * 3 + ".xlsx")
    return mail_with(*((name, ONE) for name in names), ("all.zip", zipped(("z.xlsx", TWO))), inner=inner).as_bytes()


def outcome(name: str, data: bytes, limits: ReadingLimits = DEFAULT_LIMITS) -> tuple[Collected, list[bytes | str]]:
    """Return what is found in a folder with this one file, and the content of each workbook or why there is none."""
    read: list[bytes | str] = []
    with tempfile.TemporaryDirectory() as folder, contents(limits) as content:
        Path(folder, name).write_bytes(data)
        found = collect([folder], Options("", opening=Opening(limits)))
        for file in found.files:
            try:
                read.append(content(file))
            except (ContainerError, UnreadableWorkbook) as error:
                read.append(error.code)
    return found, read


def stays_inside(path: str) -> bool:
    parts = path.split("/")
    plain = not any(part in ("", ".", "..") or set(part) & set('<>:"\\|?*\0\n') for part in parts)
    return plain and not posixpath.isabs(path) and not PureWindowsPath(path).anchor


@pytest.mark.parametrize(("name", "kind"), [("m.zip", large_zip), ("m.eml", large_mail)])
def test_a_damaged_archive_or_mail_is_read_or_refused_and_leads_nowhere_else(name: str, kind: object) -> None:
    whole = large_zip() if kind is large_zip else large_mail()
    found, read = outcome(name, whole)
    assert {ONE, TWO} == set(read) and len(read) == 4
    for turn in range(1_500):
        mutant = fuzz.with_changed_bytes(whole, random.Random(f"{SEED}-{turn}"))
        found, read = outcome(name, mutant)
        assert all(stays_inside(file.output) for file in found.files), turn
        if kind is large_zip:  # what is read has passed its checksum
            assert all(isinstance(one, str) or one in (ONE, TWO) for one in read), turn


def headers_changed(mail: bytes, chance: random.Random) -> bytes:
    """Return a mail with lines of its headers and boundaries moved about, or with odd texts in them."""
    lines = mail.split(b"\n")
    heads = [n for n, line in enumerate(lines) if line.startswith((b"Content-", b"--", b" ", b"MIME")) or not line]
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, other = chance.choice(heads), chance.choice(heads)
        line = lines[at]
        cut = chance.randrange(len(line) + 1)
        match chance.randrange(4):
            case 0:
                lines[at] = line[:cut] + chance.choice(ODD) + line[cut:]
            case 1:
                lines[at] = lines[other]
            case 2:
                lines[at] = line[:cut]
            case _:
                lines[at] = line + b"\n" + lines[other]
    return b"\n".join(lines)


ODD = (
    b"", b"=?utf-8?q?=E4?=", b"=?x?b?AAA?=", b"=?utf-8?b?!?=", b"filename*0*=utf-8''%E4", b"filename*=x''%", b"\0",
    b"\xff\xfe", b"\r", b"boundary=", b'"', b";", b"(" * 2_000, b"<", b":", b"multipart/mixed; ", b"message/rfc822; ",
    b'filename="../../x.xlsx"', b'filename="C:\\x.xlsx"', b"filename*99999999999999999999=x", b"base64", b"x-uuencode",
)  # fmt: skip


def test_a_mail_with_changed_headers_and_boundaries_is_read_or_refused() -> None:
    whole = large_mail()
    kept = 0
    for turn in range(1_500):
        found, read = outcome("m.eml", headers_changed(whole, random.Random(f"{SEED}-{turn}")))
        assert all(stays_inside(file.output) for file in found.files), turn
        kept += sum(one in (ONE, TWO) for one in read)
    assert kept > 3_000


def library_sees(mail: bytes) -> list[tuple[str | None, object]]:
    parts = message_from_bytes(mail, policy=policy.default).walk()
    leaves = (part for part in parts if part.get_filename() and not part.is_multipart())
    return [(part.get_filename(), part.get_payload(decode=True)) for part in leaves]


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).map(str.strip).filter(bool)


@seed(SEED)
@settings(max_examples=60, deadline=None, database=None)
@given(names=st.lists(NAMES, max_size=4), content=st.binary(max_size=300), crlf=st.booleans())
def test_the_library_of_python_finds_the_same_attachments_in_a_mail(
    names: list[str], content: bytes, crlf: bool
) -> None:
    mail = mail_with(*((name, content) for name in names), inner=mail_with(("in.xlsx", content))).as_bytes()
    mail = mail.replace(b"\n", b"\r\n") if crlf else mail
    assert [(a.name, content_of(mail, a)) for a in attachments_of(mail)] == library_sees(mail)


@pytest.mark.parametrize("written", [b"filename=Bericht f\xc3\xbcr.xlsx", b'filename="Bericht f\xfcr.xlsx"'])
def test_a_name_written_as_it_is_keeps_its_ending(written: bytes) -> None:
    mail = b"Content-Disposition: attachment; %s\n\ncontent" % written
    assert [(a.name, content_of(mail, a)) for a in attachments_of(mail)] == [("Bericht für.xlsx", b"content")]


def test_content_in_each_encoding_is_decoded_and_broken_encoding_ends_in_no_exception() -> None:
    encoded = {
        b"base64": base64.encodebytes(ONE), b"quoted-printable": ONE.replace(b" ", b"=20"), b"8bit": ONE,
        b"x-uuencode": b"begin 644 a\n" + b"".join(
            binascii.b2a_uu(ONE[n : n + 45]) for n in range(0, len(ONE), 45)
        ) + b"`\nend\n",
    }  # fmt: skip
    for name, content in encoded.items():
        head = b"Content-Transfer-Encoding: %s\nContent-Disposition: attachment; filename=a.xlsx\n\n" % name
        (one,) = attachments_of(head + content)
        assert content_of(head + content, one) == ONE
        (one,) = attachments_of(head + b"\xff!" + content[:-7])
        content_of(head + b"\xff!" + content[:-7], one)


def multipart(*parts: bytes, boundary: bytes = b"B") -> bytes:
    lines = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n%s" % (boundary, lines)


ATTACHED = b"Content-Disposition: attachment; filename=a.xlsx\r\n\r\nx"
EXHAUSTING = {
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "parts in parts": b"".join(multipart(b"", boundary=b"b%d" % n) for n in range(2_000)),
    "many parts": multipart(*[ATTACHED] * 15_000),
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + multipart(ATTACHED),
    "comments in comments": multipart(b'Content-Disposition: attachment; filename="a.xlsx" ' + b"(" * 100_000),
    "a name in pieces": multipart(
        b"Content-Disposition: attachment" + b"".join(b";\r\n filename*%d=a" % n for n in range(20_000)) + b"\r\n\r\nx"
    ),
    "encoded words": multipart(b'Content-Disposition: attachment; filename="%s"\r\n\r\nx' % (b"=?x?q?a?= " * 20_000)),
    "short lines": multipart(ATTACHED + b"\xff\n" * 2_000_000),
}  # fmt: skip


@pytest.mark.parametrize("name", EXHAUSTING)
def test_a_mail_made_to_exhaust_its_reader_takes_little_memory(name: str) -> None:
    tracemalloc.start()
    try:
        found, _ = outcome("m.eml", EXHAUSTING[name])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000, (name, peak)
    assert len(found.files) <= DEFAULT_LIMITS.zip_entries
    assert {o.code for o in found.failed} <= {"nested", "archive_too_large"}


def test_archives_in_an_archive_count_together() -> None:
    inner = zipped(*((f"{n}.xlsx", b"x") for n in range(40)))
    data = zipped(("first.xlsx", ONE), *((f"{n}.zip", inner) for n in range(40)), ("last.xlsx", TWO))
    found, read = outcome("m.zip", data, ReadingLimits(zip_entries=100))
    assert {o.code for o in found.failed} == {"archive_too_large"}
    assert len(found.files) == 2 + 40 and ONE in read and TWO in read
    assert len(outcome("m.zip", data, ReadingLimits(zip_entries=2_000))[0].files) == 2 + 40 * 40


def test_archives_in_an_archive_do_not_open_the_outer_one_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    from vsme_xl.batch import containers

    data = zipped(*((f"{n}.zip", zipped(("a.xlsx", ONE))) for n in range(30)))
    opened: list[object] = []
    original = zipfile.ZipFile
    monkeypatch.setattr(containers.zipfile, "ZipFile", lambda content: opened.append(content) or original(content))
    assert outcome("m.zip", data)[1] == [ONE] * 30
    assert len(opened) == 2 * (1 + 30)  # once to look into it, once to read


@pytest.mark.parametrize("long", [False, True])
def test_a_directory_that_is_too_large_is_refused_before_it_is_read(
    long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = b"PK\x01\x02" + bytes(42)
    body = directory * 5_000
    count, size = (0xFFFF, 0xFFFFFFFF) if long else (5_000, len(body))
    large = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 5_000, 5_000, len(body), 4)
    large += b"PK\x06\x07" + struct.pack("<IQI", 0, 4 + len(body), 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, 4, 0)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    found, _ = outcome("m.zip", b"PK\3\4" + body + (large if long else b"") + end, ReadingLimits(zip_entries=100))
    assert [o.code for o in found.failed] == ["archive_too_large"]
    assert "5000 entries" in found.failed[0].message and "zip-entries=5k" in found.failed[0].message


def with_patched(data: bytes, magic: bytes, at: int, form: str, value: int) -> bytes:
    """Return a zip with a field of the first record of a kind changed."""
    changed = bytearray(data)
    struct.pack_into(form, changed, data.index(magic) + at, value)
    return bytes(changed)


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
LIES = {
    "far larger": (CENTRAL, 24, "<I", 4_000_000_000, "too_large"),
    "smaller than it is": (CENTRAL, 24, "<I", 5, "archive_damaged"),
    "another checksum": (CENTRAL, 16, "<I", 1, "archive_damaged"),
    "elsewhere": (CENTRAL, 42, "<I", 0xFFFFFFF0, "archive_damaged"),
    "packed in a way we do not know": (CENTRAL, 10, "<H", 99, "archive_damaged"),
    "encrypted": (CENTRAL, 8, "<H", 1, "archive_encrypted"),
    "another name in its place": (LOCAL, 30, "<B", 65, "archive_damaged"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_an_entry_that_lies_is_damage_and_the_others_are_read(lie: str) -> None:
    magic, at, form, value, code = LIES[lie]
    data = with_patched(zipped(("a.xlsx", ONE), ("b.xlsx", TWO)), magic, at, form, value)
    assert outcome("m.zip", data)[1] == [code, TWO]


def test_one_name_twice_a_link_an_entry_without_a_name_and_entries_over_each_other() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a.xlsx", ONE), ("a.xlsx", TWO))
    found, read = outcome("m.zip", data)
    assert sorted(read) == sorted([ONE, TWO]) and len({file.output.casefold() for file in found.files}) == 2
    link = zipfile.ZipInfo("link.xlsx")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert outcome("m.zip", zipped((link, b"/etc/passwd")))[1] == [b"/etc/passwd"]  # the text, and not the file
    nameless = zipped(("x", ONE)).replace(b"x", b"\0")
    assert outcome("m.zip", nameless)[1] == []
    over = zipped(("a.xlsx", ONE), ("a.xlsy", TWO)).replace(b"a.xlsy", b"a.xlsx")
    second = over.rindex(CENTRAL)
    over = over[: second + 42] + bytes(4) + over[second + 46 :]  # both begin where the first does
    assert set(outcome("m.zip", over)[1]) <= {ONE, "archive_damaged"}


PARTS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(["..", ".", "", "C:", "c:\\x", "\\\\server\\share", "/etc", "~", "CON", "nul.xlsx", "a\0b", "a\nb",
                     "\u202excel", "%2e%2e", "a" * 300, " ", "..\\..", "...", "\ufeff", "COM1", "x:y"]),
)  # fmt: skip


@seed(SEED)
@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=6), min_size=1, max_size=4))
def test_names_of_entries_and_attachments_lead_to_no_path_outside(paths: list[list[str]]) -> None:
    names = [("/".join(parts) + ".xlsx").encode("utf-8", "replace").decode() for parts in paths]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        archive = zipped(*((f"x{name}" if name[0] == "\0" else name, ONE) for name in names))
    found, read = outcome("m.zip", archive)
    assert all(one == ONE for one in read)
    mail = b"".join(
        b"--B\nContent-Disposition: attachment; filename*=utf-8''%s\n\nx\n"
        % "".join(f"%{byte:02x}" for byte in name.encode()).encode()
        for name in names
    )
    attached, _ = outcome("m.eml", b"Content-Type: multipart/mixed; boundary=B\n\n" + mail)
    for file in (*found.files, *attached.files):
        assert stays_inside(file.output), file
    assert len({file.output.casefold() for file in found.files}) == len(found.files)


@seed(SEED)
@settings(max_examples=20, deadline=None, database=None)
@given(deep=st.integers(1, 4_000), piece=st.sampled_from(["a", "..", "x" * 50, "ü"]))
def test_a_name_that_lies_very_deep_has_a_path_that_every_system_takes(deep: int, piece: str) -> None:
    found, _ = outcome("m.zip", zipped((f"{piece}/" * min(deep, 60_000 // (len(piece.encode()) + 1)) + "a.xlsx", ONE)))
    assert [len(file.output) <= 200 and stays_inside(file.output) for file in found.files] == [True]
