"""Checks every language file against the English one, and that each kind of mistake is named with key and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from vsme_xl.edition import data_folder, load_edition, read_yaml
from vsme_xl.language import languages, load_language
from vsme_xl.language_check import language_problems, placeholders

FOLDER = Path(str(files("vsme_xl") / "languages"))


@pytest.mark.parametrize("code", languages())
def test_a_language_file_is_complete_and_excel_takes_its_texts(code: str) -> None:
    assert [str(p) for p in language_problems(FOLDER / f"{code}.yaml")] == []


def test_the_english_file_names_nothing_that_the_edition_lacks() -> None:
    texts, edition = load_language("en").texts, load_edition()
    for part in ("datapoints", "sections", "parameters"):
        assert set(texts[part]) - set(getattr(edition, part)) == set()
    assert set(texts["findings"]) == set(read_yaml(data_folder() / "findings.yaml"))


def _with(tmp_path: Path, change: Callable[[dict], object], name: str = "fi.yaml") -> str:
    """Return the problems of the English file under another name after one change to it."""
    texts = yaml.load((FOLDER / "en.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    texts["language"] = name.removesuffix(".yaml")
    change(texts)
    path = tmp_path / name
    path.write_text(yaml.safe_dump(texts, allow_unicode=True, width=10_000), encoding="utf-8")
    return "\n".join(str(p) for p in language_problems(path))


def _set(path: str, value: object) -> Callable[[dict], object]:
    def change(texts: dict) -> None:
        *parents, last = path.split(".")
        for part in parents:
            texts = texts[part]
        if value is None:
            del texts[last]
        else:
            texts[last] = value

    return change


def test_a_whole_file_under_another_name_has_no_problems(tmp_path: Path) -> None:
    assert _with(tmp_path, lambda texts: None) == ""


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("sections.B6_withdrawal", None, "is missing"),
        ("sections.B99", "x", "is not a text of en.yaml"),
        ("datapoints.Turnover.label", None, "is missing"),
        ("language", "xx", "says 'xx', but the file is named fi.yaml"),
        ("codes.yes_no.true", True, "is read as bool, not as text"),
        ("command.written", "Valmis.", "lacks the placeholder {file}"),
        ("command.written", "Valmis: {file} {folder}", "has the placeholder {folder}, which nothing fills"),
        ("command.written", "Valmis: {file", "has a brace that opens or closes no placeholder"),
        ("words.share", "{} sta", "lacks the placeholder {1}"),
        ("sections.B6_withdrawal", "  ", "is empty"),
        ("sections.B6_withdrawal", "Vesi ", "begins or ends with a space"),
        ("sheets.ledger", "Energialähteiden luettelo ja määrät", "a sheet's name has at most 31 characters"),
        ("sheets.ledger", "Energia/päästöt", "is no name Excel takes for a sheet"),
        ("sheets.ledger", "general", "is the name of another sheet too (sheets.general)"),
        ("results.topics.esg.social", "Summary", "is the name of another sheet too"),
        ("codes.medium.air", "water", "is the label of another code of the list too"),
        ("codes.medium.air", "Ilma; tuuli", "must not hold a semicolon"),
        ("datapoints.Turnover.hint", "x" * 256, "has 256 characters; an input message holds 255"),
        ("input.errors.number", "x" * 256, "an input message holds 255"),
        ("input.errors.title", "x" * 33, "the title of a message holds 32"),
        ("codes.medium.air", "x" * 256, "a text in a formula holds 255"),
        ("input.status.missing", "puuttuu?", "formulas count by this word"),
        ("input.status.omitted", "not applicable", "is the word for another status too"),
        ("input.page", "Sivu &P", "needs the codes &N &P"),
        ("input.title", "Raportti & luvut", "stands in the footer"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_key_and_reason(tmp_path: Path, path: str, value: object, reason: str) -> None:
    found = _with(tmp_path, _set(path, value))
    assert reason in found and found.startswith("fi.yaml:") and (path in found or "sheet" in reason), found


def test_a_key_that_stands_twice_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "fi.yaml"
    path.write_text("language: fi\nlanguage: fi\n", encoding="utf-8")
    assert "fi.yaml:2: language: stands twice in the file" in [str(p) for p in language_problems(path)]


def test_a_language_whose_numbers_are_unknown_is_refused(tmp_path: Path) -> None:
    assert "'qq' is no language whose numbers" in _with(tmp_path, lambda texts: None, "qq.yaml")


def test_unnamed_placeholders_may_be_numbered_to_change_their_order() -> None:
    assert placeholders("{} when {}") == placeholders("wenn {1}, {0}")


QUOTED = {"en": "“[^“”]*”", "de": "„[^„“]*“", "da": "»[^»«]*«", "sv": "”[^”]*”"}


@pytest.mark.parametrize("code", QUOTED)
def test_quotation_marks_are_those_of_the_language(code: str) -> None:
    lines = (FOLDER / f"{code}.yaml").read_text(encoding="utf-8").splitlines()
    assert sum(len(re.findall(QUOTED[code], line)) for line in lines) > 40
    assert [line for line in lines if re.search("[„“”»«]", re.sub(QUOTED[code], "", line))] == []
