"""Workbooks protected by a password, of every format: read with it, refused with a sentence that helps without it."""

from __future__ import annotations

import io
import random
import re
import struct
import sys
import zipfile
from pathlib import Path

import hostile_files as hostile
import pytest
from click.testing import CliRunner, Result
from counting import counted
from encrypting import WAYS, Step, old_encrypted, records, saved
from rearranging import needs_libreoffice
from test_absurd_days import as_xlsb, opened
from test_old_files import formula, number, old_workbook

from vsme_xl import read
from vsme_xl.cli import main
from vsme_xl.reading.compound_file import file_around, stream_of
from vsme_xl.reading.limits import Opening, ReadingLimits, limits_of
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

pytest.importorskip("msoffcrypto")
SAMPLES = Path(__file__).parents[1] / "sample_inputs"
OUR_MAPPING = next((Path(__file__).parents[1] / "mappings").glob("vsme-xl-*.yaml"))
WORD = "Gåde 1"
# Large enough for a stream with sectors of its own, as that of every workbook is.
SMALL = hostile.workbook(**{"docProps/picture.bin": bytes(5_000)})


def packed(data: bytes, word: str = WORD) -> bytes:
    """Protect an .xlsx or .xlsb as Excel does."""
    from msoffcrypto.method.ecma376_agile import ECMA376Agile

    return bytes(ECMA376Agile.encrypt(word, io.BytesIO(data)))


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A workbook plain and protected, in each format and way."""
    folder, source = tmp_path_factory.mktemp("locked"), SAMPLES / "cooperative.xlsx"
    found = {name: folder / name for name in ("plain.xls", "plain.ods", "LibreOffice.xls", "LibreOffice.ods")}
    steps = [Step(source, path, protecting=WORD if "Libre" in name else "") for name, path in found.items()]
    saved(steps, folder / "profile")
    for way in WAYS:
        found[f"{way}.xls"] = folder / f"{way}.xls"
        found[f"{way}.xls"].write_bytes(old_encrypted(found["plain.xls"].read_bytes(), WORD, way))
    found["Excel.xlsx"] = folder / "Excel.xlsx"
    found["Excel.xlsx"].write_bytes(packed(source.read_bytes()))
    return found | {"plain.xlsx": source}


LOCKED = ["Excel.xlsx", "LibreOffice.xls", "LibreOffice.ods", *(f"{way}.xls" for way in WAYS)]


@needs_libreoffice
@pytest.mark.parametrize("name", LOCKED)
def test_with_the_password_the_facts_are_those_of_the_plain_workbook(name: str, books: dict[str, Path]) -> None:
    plain = read(books[f"plain{books[name].suffix}"])
    here = read(books[name], opening=Opening(password=WORD))
    assert len(here.facts) > 50
    assert counted(here, "source", "note") == counted(plain, "source", "note")
    assert here.findings["code"].tolist() == plain.findings["code"].tolist()
    for word, code in (("", "encrypted"), ("wrong", "wrong_password"), (WORD.lower(), "wrong_password")):
        with pytest.raises(UnreadableWorkbook) as caught:
            open_workbook(books[name], opening=Opening(password=word))
        assert caught.value.code == code


@needs_libreoffice
def test_libreoffice_opens_what_these_tests_encrypt(books: dict[str, Path], tmp_path: Path) -> None:
    steps = []
    for way in WAYS:  # for XOR each program has its own way with letters beyond ASCII
        locked, word = tmp_path / f"{way}.xls", WORD if way != "xor" else "word"
        locked.write_bytes(old_encrypted(books["plain.xls"].read_bytes(), word, way))
        steps.append(Step(locked, tmp_path / f"{way}.ods", opening=word))
    saved(steps, books["Excel.xlsx"].parent / "profile")
    for step in steps:
        assert counted(read(step.target)) == counted(read(books["plain.ods"]))


def commands(path: Path, folder: Path) -> dict[str, list[str]]:
    return {
        "run": ["run", str(path), "-o", str(folder / "r.xlsx")],
        "check": ["check", str(path)],
        "facts": ["facts", str(path), "--format", "csv"],
        "mapping build": ["mapping", "build", str(path)],
        "mapping check": ["mapping", "check", str(OUR_MAPPING), str(path)],
        "new --previous": ["new", str(folder / "n.xlsx"), "--previous", str(path)],
        "new --from": ["new", str(folder / "f.xlsx"), "--from", str(path)],
    }


def invoke(arguments: list[str], *more: str) -> Result:
    return CliRunner().invoke(main, [*arguments, *more])


@needs_libreoffice
@pytest.mark.parametrize(
    ("command", "name"), [*((c, "rc4.xls") for c in commands(Path(), Path())), ("check", "LibreOffice.ods")]
)
def test_every_command_asks_for_the_password_and_takes_it(
    command: str, name: str, books: dict[str, Path], tmp_path: Path
) -> None:
    locked, before = books[name], books[name].read_bytes()
    without = invoke(commands(locked, tmp_path)[command])
    assert (without.exit_code, without.stdout) == (3, "")
    assert f"{name} is protected by a password" in without.stderr and "--password" in without.stderr
    wrong = invoke(commands(locked, tmp_path)[command], "--password", "wrong")
    assert (wrong.exit_code, wrong.stdout) == (3, "")
    assert f"does not open {locked}" in wrong.stderr
    assert list(tmp_path.iterdir()) == []
    plain = books[f"plain{locked.suffix}"]
    (tmp_path / "plain").mkdir()
    right = invoke(commands(locked, tmp_path)[command], "--password", WORD)
    open_one = invoke(commands(plain, tmp_path / "plain")[command])
    assert right.exit_code == open_one.exit_code < 2
    assert re.sub(locked.stem, "plain", right.stdout, flags=re.IGNORECASE) == open_one.stdout
    assert WORD not in right.output
    assert locked.read_bytes() == before


@needs_libreoffice
def test_a_batch_lists_them_with_the_reason_and_reads_them_with_the_password(
    books: dict[str, Path], tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in (*LOCKED, "plain.xlsx"):
        (folder / name).write_bytes(books[name].read_bytes())
    batch = ["batch", str(folder), str(out), "--workers", "1"]
    first = invoke(batch)
    assert first.exit_code == 1
    assert f"failed: {len(LOCKED)}" in first.stderr
    for name in LOCKED:
        assert f"{name} is protected by a password" in first.stderr
    wrong = invoke(batch, "--password", "wrong")
    assert all(f"does not open {name}" in wrong.stderr for name in LOCKED)
    right = invoke(batch, "--password", WORD)
    assert f"Processed: {len(LOCKED)}, unchanged: 1, failed: 0" in right.stderr
    kept = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert WORD.encode() not in kept


@needs_libreoffice
@pytest.mark.parametrize("name", LOCKED)
@pytest.mark.parametrize("options", [(), ("--password", "x")])
def test_where_the_extra_is_missing_the_way_to_install_it_is_said(
    name: str, options: tuple[str, ...], books: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "msoffcrypto", None)
    result = invoke(["check", str(books[name])], *options)
    assert result.exit_code == 3
    assert "pip install 'vsme-xl[encrypted]'" in result.stderr
    assert "remove the password" in result.stderr


def with_protected_structure(source: Path, target: Path) -> Path:
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in book.namelist():
            content = book.read(name)
            if name == "xl/workbook.xml":
                content = content.replace(b"<bookViews>", b'<workbookProtection lockStructure="1"/><bookViews>')
                assert b"workbookProtection" in content
            out.writestr(name, content)
    return target


@needs_libreoffice
def test_workbooks_with_protected_sheets_and_structure_are_read(books: dict[str, Path], tmp_path: Path) -> None:
    plain = counted(read(books["plain.xlsx"]))
    with zipfile.ZipFile(books["plain.xlsx"]) as book:
        assert any(b"<sheetProtection" in book.read(name) for name in book.namelist() if "worksheets/sheet" in name)
    with zipfile.ZipFile(books["plain.ods"]) as book:
        assert b'table:protected="true"' in book.read("content.xml")
    records_of_xls = records(stream_of(books["plain.xls"].read_bytes(), "Workbook", 10**9))
    assert (0x12, b"\1\0") in records_of_xls
    assert counted(read(with_protected_structure(books["plain.xlsx"], tmp_path / "structure.xlsx"))) == plain
    assert counted(read(books["plain.ods"])) == plain
    assert len(read(books["plain.xls"]).facts) > 50


@pytest.mark.parametrize("way", WAYS)
def test_an_old_workbook_whose_structure_is_protected_needs_no_password(way: str) -> None:
    data = old_encrypted(file_around(old_workbook(number(0, 0, 7.0))), "VelvetSweatshop", way)
    assert opened(data).value(0, 0) == 7.0


def test_a_zero_in_a_workbook_encrypted_by_excel_is_a_zero() -> None:
    word = b"\x17\x04\x00word"  # a formula that gives a text, stored as 0 by programs that lose it
    data = file_around(old_workbook(formula(0, 0, word)))
    assert opened(data).condition(0, 0) == "lost"
    for way, condition in (("rc4", "lost"), ("cryptoapi", "")):
        assert opened(old_encrypted(data, "VelvetSweatshop", way)).condition(0, 0) == condition


def test_a_binary_workbook_with_a_password_is_read() -> None:
    data = packed(as_xlsb(46022, 1, random.Random(1).randbytes(5_000)))
    book = open_workbook("report.xlsb", data, Opening(password=WORD))
    assert str(book.sheet("Data").value(0, 0)) == "2025-12-31"
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("report.xlsb", data, Opening(password="x"))
    assert caught.value.code == "wrong_password"


def said_of_encryption(data: bytes, change: tuple[bytes, bytes]) -> bytes:
    """Change what an encrypted workbook says of how it is encrypted, without moving anything."""
    old, new = change
    assert data.count(old) == 1 and len(new) <= len(old)
    return data.replace(old, new.ljust(len(old)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b'spinCount="100000" saltSize="16"', b'spinCount="2000000000" '), "password_too_slow"),
        ((b'spinCount="100000" saltSize="16"', b"spinCount='&#50;000000000'"), "password_too_slow"),
        ((b'spinCount="100000"', b'spinCount="-1"'), "damaged"),
        ((b'spinCount="100000"', b'spinCount="x"'), "damaged"),
        ((b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', b"<!DOCTYPE encryption>"), "unsafe_xml"),
        ((b"</encryption>", b"</encrypt>"), "damaged"),
    ],
)
def test_a_file_that_makes_decrypting_slow_is_refused_before_it_begins(change: tuple[bytes, bytes], code: str) -> None:
    data = said_of_encryption(packed(SMALL), change)
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.xlsx", data, Opening(password=WORD))
    assert caught.value.code == code


def test_the_limit_of_rounds_is_named_and_can_be_raised(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(packed(SMALL))
    tight = invoke(["mapping", "build", str(path)], "--password", WORD, "--limit", "password-rounds=99999")
    assert tight.exit_code == 3
    assert "100,000; at most 99,999" in tight.stderr and "--limit password-rounds=100k" in tight.stderr
    assert invoke(["mapping", "build", str(path)], "--password", WORD).exit_code == 0


def test_a_package_larger_than_its_limit_is_not_decrypted() -> None:
    limits = ReadingLimits(part_bytes=1000)
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.xlsx", packed(SMALL), Opening(limits, WORD))
    assert caught.value.params["limit"] == "part-bytes"


def test_an_old_workbook_of_more_records_than_any_report_is_not_decrypted() -> None:
    cells = b"\x01\0\0\0" * 500
    data = old_encrypted(file_around(old_workbook(cells + number(0, 0))), WORD, "rc4")
    assert open_workbook("r.xls", data, Opening(password=WORD)).sheet("S0").value(0, 0) == 1.0
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.xls", data, Opening(limits_of(["cells=100"]), WORD))
    assert caught.value.params["limit"] == "cells"


@needs_libreoffice
@pytest.mark.parametrize(
    ("pattern", "new", "code"),
    [
        (rb'iteration-count="\d+"', b'iteration-count="2000000000"', "password_too_slow"),
        (rb'iteration-count="\d+"', b'iteration-count="0"', "damaged"),
        (rb'key-derivation-name="PBKDF2"', b'key-derivation-name="argon2id"', "encrypted_otherwise"),
        (rb"xmlenc#aes256-cbc", b"xmlenc#blowfish", "encrypted_otherwise"),
        (rb'manifest:size="\d+"', b'manifest:size="4000000000"', "too_large"),
        (rb'manifest:size="\d+"', b'manifest:size="10"', "damaged"),
        (rb'initialisation-vector="[^"]*"', b'initialisation-vector="AAAA"', "damaged"),
        (rb'full-path="content.xml"', b'full-path="encrypted-package"', "encrypted_otherwise"),
    ],
)
def test_an_encrypted_ods_that_asks_for_too_much_or_is_written_otherwise_is_refused(
    pattern: bytes, new: bytes, code: str, books: dict[str, Path]
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(books["LibreOffice.ods"]) as source, zipfile.ZipFile(buffer, "w") as out:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "META-INF/manifest.xml":
                content, count = re.subn(pattern, new, content)
                assert count
            out.writestr(info.filename, content)
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.ods", buffer.getvalue(), Opening(password=WORD))
    assert caught.value.code == code


@needs_libreoffice
def test_an_encrypted_workbook_changed_at_random_is_read_or_refused(books: dict[str, Path]) -> None:
    chance = random.Random(3)
    small = old_encrypted(file_around(old_workbook(number(0, 0, 7.0))), WORD, "cryptoapi")
    refused = 0
    for data, name in ((small, "r.xls"), (packed(SMALL), "r.xlsx")):
        for _ in range(60 if name == "r.xls" else 12):
            changed = bytearray(data)
            for _ in range(chance.randrange(1, 4)):
                changed[chance.randrange(3_000)] = chance.randrange(256)
            try:
                open_workbook(name, bytes(changed), Opening(limits_of(["password-rounds=100k"]), WORD))
            except UnreadableWorkbook:
                refused += 1
    assert 0 < refused <= 72


def test_a_record_of_encryption_that_is_cut_off_is_refused() -> None:
    head = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0x0DBB, 1996, 0, 6)
    for said in (b"", b"\x01", b"\x01\0\x01\0\x01\0abc", b"\x05\0", b"\x01\0\x09\0\x09\0" + bytes(60)):
        data = file_around(head + struct.pack("<HH", 0x2F, len(said)) + said + b"\x0a\0\0\0")
        with pytest.raises(UnreadableWorkbook) as caught:
            open_workbook("r.xls", data, Opening(password=WORD))
        assert caught.value.code in ("encrypted_otherwise", "wrong_password")
