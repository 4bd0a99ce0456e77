"""Inputs of a batch that are locked, too large, damaged as archives, or of a kind that is not read: each is said."""

from __future__ import annotations

import json
import unicodedata
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vsme_xl import facts_of, new_workbook, read_folder
from vsme_xl.batch import containers
from vsme_xl.cli import main


def batch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *(str(a) for a in arguments), "--workers", "1"])


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("one") / "one.xlsx"
    new_workbook(path, module="basic", answers=facts_of({"EntityName": "Alpha"}))
    return path.read_bytes()


def test_an_encrypted_file_costs_only_itself_and_is_read_once_its_password_is_given(
    workbook: bytes, tmp_path: Path
) -> None:
    ooxml = pytest.importorskip("msoffcrypto.format.ooxml")
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "open.xlsx").write_bytes(workbook)
    with (folder / "open.xlsx").open("rb") as plain, (folder / "locked.xlsx").open("wb") as locked:
        ooxml.OOXMLFile(plain).encrypt("secret word", locked)
    first = batch(folder, out)
    assert first.exit_code == 1
    assert "locked.xlsx is protected by a password" in first.stderr and "--password" in first.stderr
    assert "Processed: 1, unchanged: 0, failed: 1;" in first.stderr
    assert "does not open locked.xlsx" in batch(folder, out, "--password", "another").stderr
    right = batch(folder, out, "--password", "secret word")
    assert right.exit_code == 0
    assert "Processed: 1, unchanged: 1, failed: 0" in right.stderr
    again = batch(folder, out)  # the password changes no result
    assert "Processed: 0, unchanged: 2, failed: 0" in again.stderr
    kept = b"".join(p.read_bytes() for p in out.rglob("*.jsonl"))
    assert b"secret word" not in kept


def test_a_file_or_archive_beyond_a_limit_is_refused_with_the_limit_to_raise(workbook: bytes, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "alone.xlsx").write_bytes(workbook)
    for name, copies in (("one.zip", 1), ("three.zip", 3)):
        with zipfile.ZipFile(folder / name, "w") as archive:
            for number in range(copies):
                archive.writestr(f"{number}.xlsx", workbook)
    tight = batch(folder, out, "--limit", "zip-entries=2", "--limit", "file-bytes=10k")
    assert tight.exit_code == 1
    assert "three.zip: The archive has 3 entries" in tight.stderr and "--limit zip-entries=3" in tight.stderr
    needed = "allow more with --limit file-bytes="
    assert sum(needed in line for line in tight.stderr.splitlines()) == 2
    assert "Processed: 5, unchanged: 0, failed: 0" in batch(folder, out).stderr


def test_what_is_not_read_and_which_names_look_the_same_is_said(workbook: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (unicodedata.normalize(form, "Müller.xlsx") for form in ("NFC", "NFD")):
        (folder / name).write_bytes(workbook)
    (folder / "mail.msg").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "more.7z").write_bytes(b"7z")
    (folder / "bad.zip").write_bytes(b"PK\x03\x04 torn")
    said = batch(folder, tmp_path / "out").stderr
    assert "Outlook files (.msg), which are not read; save the mail as .eml" in said
    assert "archives that are not read (.7z, .rar, .tar …)" in said
    assert "bad.zip: The archive is damaged." in said
    if len(list(folder.glob("M*.xlsx"))) == 2:  # not where the file system takes both names for one
        assert "Müller (2).xlsx: another file has the same name (Müller.xlsx)" in said
    events = [json.loads(line) for line in batch(folder, tmp_path / "out", "--json").stdout.splitlines()]
    told = [(e["file"], e["code"]) for e in events if e["event"] == "file"]
    assert told == [("bad.zip", "archive_damaged")]


def test_an_archive_is_opened_once_for_all_its_workbooks(
    workbook: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsme_xl.batch.records import InputFile
    from vsme_xl.reading.limits import DEFAULT_LIMITS

    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}.xlsx", b"%d" % number)
    opened: list[object] = []
    original = zipfile.ZipFile
    monkeypatch.setattr(containers.zipfile, "ZipFile", lambda content: opened.append(content) or original(content))
    files = containers.entries_of(InputFile("all.zip", str(path)), DEFAULT_LIMITS)
    with containers.contents(DEFAULT_LIMITS) as content_of:
        assert [content_of(file) for file in files] == [b"%d" % n for n in range(20)]
    assert len(opened) == 2


def test_a_file_of_the_input_is_never_written_over_by_an_output(workbook: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "clients"
    folder.mkdir()
    for name in ("a.xlsx", "portfolio.xlsx"):
        (folder / name).write_bytes(workbook)
    refused = batch(folder / "*.xlsx", folder)
    assert refused.exit_code == 2
    assert "portfolio.xlsx is both input and output" in refused.stderr
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == ["a.xlsx", "portfolio.xlsx"]
    inside = batch(tmp_path, folder)
    assert inside.exit_code == 2
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == ["a.xlsx", "portfolio.xlsx"]
    (folder / "portfolio.xlsx").unlink()
    assert batch(folder / "*.xlsx", folder).exit_code == 0
    again = batch(folder / "*.xlsx", folder)  # the pattern now fits the portfolio too
    assert again.exit_code == 0
    assert "Workbooks: 1; unchanged since the last run: 1." in again.stderr


def test_a_portfolio_that_cannot_be_written_is_said_and_the_next_run_writes_it(workbook: bytes, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xlsx").write_bytes(workbook)
    blocked = tmp_path / "out" / "portfolio.xlsx"
    blocked.mkdir(parents=True)
    first = batch(tmp_path / "in", tmp_path / "out")
    assert first.exit_code == 1
    assert "The workbooks are done, but" in first.stderr and "portfolio.xlsx" in first.stderr
    blocked.rmdir()
    assert "Processed: 0, unchanged: 1" in batch(tmp_path / "in", tmp_path / "out").stderr
    assert blocked.is_file()


def test_the_folder_one_works_in_can_be_read(
    workbook: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook)
    monkeypatch.chdir(tmp_path)
    assert set(read_folder(".")["workbook"]) == {"a.xlsx"}
