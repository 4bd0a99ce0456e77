"""Damaged workbooks never end in an exception, a hang or a fact that is not there."""

from __future__ import annotations

import re
import shutil
import signal
import zipfile
from collections import Counter
from dataclasses import replace
from io import BytesIO

import fuzz
import fuzz_seeds
import hostile_files as hostile
import pytest

import vsme_xl
from vsme_xl.edition import load_edition
from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook

SEED, MUTANTS = 1, 2_500


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[fuzz.Seed, ...]:
    """The workbooks that are damaged."""
    return fuzz.all_seeds(tmp_path_factory.mktemp("seeds"))


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="the watchdog needs alarms")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_mutants_are_refused_or_give_no_fact_that_is_not_there(found: tuple[fuzz.Seed, ...]) -> None:
    assert list(fuzz.faults(found, MUTANTS, SEED)) == []


def test_the_workbooks_that_are_damaged_have_facts_of_every_kind_in_every_format(found: tuple[fuzz.Seed, ...]) -> None:
    small = [seed for seed in found if seed.name.startswith("small")]
    kinds = load_edition().datapoints
    assert {kinds[str(fact[0])].kind for fact in small[-1].facts} >= {
        "text", "textblock", "money", "mass", "share", "boolean", "date", "year", "enumeration", "number",
    }  # fmt: skip
    if shutil.which("soffice"):
        kinds_of_file = ("xlsx", "ods", "xls", "xlsb")
        assert {s.name for s in found} == {f"{n}.{k}" for n in ("small", "report") for k in kinds_of_file}
        assert all(seed.facts == small[-1].facts for seed in small if seed.kind != "xlsb")  # that has no names
        assert len({frozenset(seed.values) for seed in small}) == 1
        assert all(len(seed.facts) > 100 for seed in found if seed not in small)


def test_a_wrong_fact_and_a_wrong_value_would_be_noticed(found: tuple[fuzz.Seed, ...]) -> None:
    seed = next(s for s in found if s.name == "small.xlsx")
    other = fuzz_seeds.small_workbook(EntityName="Another")
    assert "other" in fuzz.fault(seed, "bytes", other).lower()
    assert "Another" in fuzz.fault(replace(seed, values=fuzz.values_of(other)), "bytes", other)
    theirs = fuzz.seen_by_openpyxl(other, seed.mapping)
    assert ("EntityName", -1, "current", (), "Another", "") in theirs
    assert theirs == fuzz.facts_of(other, seed.mapping)


@pytest.mark.parametrize("kind", ["ods", "xls", "xlsb"])
def test_a_value_that_no_other_reader_sees_would_be_noticed_in_every_format(
    kind: str, found: tuple[fuzz.Seed, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = next(s for s in found if s.name == f"small.{kind}")
    how = fuzz.PLANS[kind][-1]
    assert seed.values and fuzz.fault(seed, how, seed.data) == ""
    sheet = next(iter(seed.values))[0]
    for at, wrong in (("B1", "Another"), ("B5", 1.0), ("C1", "more"), ("B9", 43.0)):
        monkeypatch.setattr(fuzz, "values_of", lambda _, at=at, wrong=wrong: {**seed.values, (sheet, at): wrong})
        assert "nobody else sees" in fuzz.fault(seed, how, seed.data), at


def test_a_fact_that_another_reader_does_not_see_would_be_noticed_in_an_open_document(
    found: tuple[fuzz.Seed, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = next(s for s in found if s.name == "small.ods")
    other = Counter({("EntityName", -1, "current", (), "Another", ""): 1})
    monkeypatch.setattr(fuzz, "facts_of", lambda *_: other)
    assert "ElementTree does not see" in fuzz.fault(seed, "parts", seed.data)


@pytest.mark.parametrize("kind", ["ods", "xlsb"])
def test_one_changed_byte_in_any_part_that_is_read_is_noticed(kind: str, found: tuple[fuzz.Seed, ...]) -> None:
    seed = next(s for s in found if s.name == f"small.{kind}")
    with zipfile.ZipFile(BytesIO(seed.data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stored = hostile.zipped(parts)
    wanted = [n for n in parts if fuzz.PARTS[kind].fullmatch(n)]
    assert len(wanted) >= 3
    with zipfile.ZipFile(BytesIO(stored)) as archive:
        infos = {name: archive.getinfo(name) for name in wanted}
    for name, info in infos.items():
        changed = bytearray(stored)
        changed[info.header_offset + 30 + len(name) + info.file_size - 1] ^= 1
        with pytest.raises(UnreadableWorkbook) as caught:
            open_workbook(f"r.{kind}", bytes(changed))
        assert (caught.value.code, caught.value.params["part"].lower()) == ("damaged", name.lower())


@pytest.mark.parametrize(
    ("kind", "stated"),
    [
        *((kind, "") for kind in ("float", "percentage", "currency", "date", "time", "boolean")),
        ("date", 'date-value=""'), ("time", 'time-value=""'), ("float", 'value=""'), ("float", 'value="1_0"'),
        *(("boolean", f'boolean-value="{value}"') for value in ("", "1", "0", "yes")),
    ],
)  # fmt: skip
def test_a_cell_of_an_open_document_that_shows_a_value_but_states_none_is_damage(kind: str, stated: str) -> None:
    value = stated and f" office:{stated}"
    cell = f'<table:table-cell office:value-type="{kind}"{value}><text:p>12</text:p></table:table-cell>'
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.ods", hostile.open_document(f"<table:table-row>{cell}</table:table-row>")).sheet("Data")
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("inner", [">{}", "{}x"])
def test_a_cell_of_an_open_document_with_text_outside_its_paragraphs_is_damage(inner: str) -> None:
    cell = f'<table:table-cell office:value-type="string">{inner.format("<text:p>no</text:p>")}</table:table-cell>'
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.ods", hostile.open_document(f"<table:table-row>{cell}</table:table-row>"))
    assert caught.value.code == "damaged"


ROW_OF_TEXT = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
ROW_OF_TWO = '<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>'
OTHER_RELATIONS = hostile.PARTS[hostile.BOOK].replace(hostile.LINKS, "urn:other")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (hostile.workbook(ROW_OF_TWO), "damaged"),
        (hostile.workbook('<row r="B7"><c r="A1"><v>1</v></c></row>'), "damaged"),
        (hostile.workbook(ROW_OF_TEXT, **hostile.strings("<si><t>a</t><t>b</t></si>")), "damaged"),
        (hostile.workbook(**{hostile.BOOK: OTHER_RELATIONS}), "not_a_workbook"),
    ],
    ids=["two values", "a row without number", "two texts", "links of another kind"],
)  # fmt: skip
def test_what_readers_take_in_different_ways_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableWorkbook) as caught:
        open_workbook("r.xlsx", content).sheet("Data")
    assert caught.value.code == code


def test_cells_of_another_namespace_are_none() -> None:
    rows = hostile.sheet(hostile.ONE_CELL)
    for other in (rows.replace(hostile.MAIN, "urn:other"), rows.replace("<row ", '<row xmlns="urn:other" ')):
        assert open_workbook("r.xlsx", hostile.workbook(**{hostile.SHEET: other})).sheet("Data").value(0, 0) is None


def test_a_name_that_stands_for_two_places_stands_for_neither() -> None:
    places = (("A_", 1), ("B_", 1), ("a_", 2))
    names = "".join(f'<definedName name="{name}">Data!$A${row}</definedName>' for name, row in places)
    book = open_workbook("r.xlsx", hostile.workbook(**hostile.with_names(names)))
    assert set(book.names) == {"B_"}
    assert [name.casefold() for name in book.broken_names] == ["a_"]


@pytest.mark.parametrize("index", ["h", "-1", "0.5", "1e0"])
def test_a_shared_text_named_by_no_number_is_damage_and_not_the_first_text(index: str) -> None:
    data = hostile.workbook(
        f'<row r="1"><c r="A1" t="s"><v>{index}</v></c></row>', **hostile.strings("<si><t>first</t></si>")
    )
    with pytest.raises(UnreadableWorkbook):
        open_workbook("r.xlsx", data).sheet("Data")


def test_an_amount_whose_unit_has_lost_its_cell_is_not_read_without_a_finding(found: tuple[fuzz.Seed, ...]) -> None:
    seed = next(s for s in found if s.name == "small.xlsx")
    book = fuzz.part(seed.data, "xl/workbook.xml")
    lost = re.sub(rb'(RadioactiveWasteMass_unit">)[^<]*', rb"\1#REF!", book)
    with zipfile.ZipFile(BytesIO(seed.data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | {"xl/workbook.xml": lost}
    reading = vsme_xl.read("r.xlsx", seed.mapping, data=hostile.zipped(parts))
    assert "RadioactiveWasteMass_unit" in set(reading.findings.loc[reading.findings["code"] == "name_broken", "name"])
