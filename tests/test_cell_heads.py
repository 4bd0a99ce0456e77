"""Reading the heads of all cells at once finds what a search for each finds; pairs of bytes are counted right."""

from __future__ import annotations

import random
import re

import pytest
from hostile_files import MAIN

from vsme_xl.reading import cell_heads, xml_checks
from vsme_xl.reading.sheet_scan import BadReference, column_letters, column_number, scan_sheet

USUAL = re.compile(
    r'<c r="([A-Z]{1,3}+)([1-9][0-9]{0,6}+)"(?: s="([0-9]{1,9}+)")?+(?: t="([A-Za-z]{1,16}+)")?+'
    r'(?: cm="[0-9]{1,9}+")?+(?: vm="[0-9]{1,9}+")?+(/?>(?:</c>)?+)'
)
GOOD = ("A", "D", "Z", "AA", "XFD", "ZZZ"), ("1", "14", "9999999"), ("", ' s="0"', ' s="12345"')
KINDS = ("", ' t="s"', ' t="str"', ' t="e"', ' t="inlineStr"', ' t="b"')
METADATA = ("", ' cm="1"', ' vm="2"', ' cm="1" vm="23"')
ENDS = ("/>", "></c>", "><v>1</v></c>", "><f>A1</f><v>2</v></c>", "> <v>1</v></c>", "><is><t>x</t></is></c>", "></c >")
STRANGE = (
    '<c r="AAAA1"/>', '<c r="a1"/>', '<c r="A0"/>', '<c r="A01"/>', '<c r="A12345678"/>', '<c r="1"/>', '<c r="A"/>',
    '<c r=""/>', '<c  r="A1"/>', '<c s="1" r="A1"/>', '<c r="A1"  s="1"/>', '<c r="A1" s=""/>', '<c r="A1" t=""/>',
    '<c r="A1" t="s" s="1"/>', '<c r="A1" s="1" ph="1"/>', '<c r="A1" s="x"/>', '<c r="A1" />', "<c r='A1'/>",
    '<c r="A1" s="1234567890"/>', '<c r="A1" / >', '<c r="A1" s="1', '<c r="A', "<c ", "<c r", '<c r="A1"',
    '<c r="A1"/', '<c r="Ä1"/>', '<c r="A1"\x00/>',
)  # fmt: skip


def usual(chance: random.Random) -> str:
    """Return a cell as Excel may write it."""
    letters, digits, style = (chance.choice(each) for each in GOOD)
    rest = chance.choice(KINDS) + chance.choice(METADATA) + chance.choice(ENDS)
    return f'<c r="{letters}{digits}"{style}{rest}'


def by_search(text: str) -> list[tuple[int, str, int, int, bool]] | None:
    """Return the cells that a search finds; None where it misses one."""
    found = list(USUAL.finditer(text))
    if len(found) != text.count("<c "):
        return None
    return [(m.start(), m[1], int(m[2]), -1 if m[3] is None else int(m[3]), m[5] == ">") for m in found]


def at_once(xml: bytes) -> list[tuple[int, str, int, int, bool]] | None:
    """Return the cells that are read at once, in the form of `by_search`."""
    heads = cell_heads.cell_heads(xml)
    if heads is None:
        return None
    columns = [column_letters(number - 1) for number in heads.column.tolist()]
    return list(zip(heads.begin.tolist(), columns, heads.row.tolist(), heads.style.tolist(), heads.filled.tolist(),
                    strict=True))  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_heads_are_read_at_once_as_a_search_reads_each(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(cell_heads, "WINDOW", chance.choice((50, 200, 4_000_000)))
    text = "<sheetData>" + "".join(f"<row>{usual(chance)}</row>" for _ in range(200)) + "</sheetData>"
    assert at_once(text.encode()) == by_search(text)


@pytest.mark.parametrize("strange", STRANGE)
def test_one_head_that_is_not_usual_is_noticed_among_many_that_are(strange: str) -> None:
    chance = random.Random(1)
    before, after = ("".join(usual(chance) for _ in range(5)) for _ in range(2))
    for text in (before + strange + after, before + strange):
        content = text.encode()
        assert by_search(content.decode("latin-1")) is None
        assert at_once(content) is None


def test_what_a_cell_says_of_its_kind_and_of_what_is_in_it_is_known() -> None:
    kinds = {"A1": "s", "B1": "str", "C1": "e", "D1": "inlineStr", "E1": "b", "F1": "n"}
    xml = "".join(f'<c r="{cell}" t="{kind}"><v>1</v></c>' for cell, kind in kinds.items()).encode()
    heads = cell_heads.cell_heads(xml)
    assert heads is not None
    for number, kind in enumerate(kinds.values()):
        assert heads.of_kind(kind).tolist() == [n == number for n in range(len(kinds))]
    other = cell_heads.cell_heads(b'<c r="A1"><v>1</v></c><c r="B1"><f>1</f></c><c r="C1"> <f>1</f></c><c r="D1"/>')
    assert other is not None and other.not_plain.tolist() == [False, True, True, False]


def test_a_sheet_without_cells_has_none() -> None:
    heads = cell_heads.cell_heads(b"")
    assert heads is not None and len(heads.row) == 0


@pytest.mark.parametrize(("cell", "said"), [("XFE7", "XFE1"), ("B1048577", "A1048577")])
def test_a_cell_beyond_the_sheet_is_refused_with_its_address(cell: str, said: str) -> None:
    with pytest.raises(BadReference, match=said):
        scan_sheet(f'<worksheet xmlns="{MAIN}"><sheetData><c r="A1"/><c r="{cell}"/></sheetData></worksheet>'.encode())


def test_columns_are_numbered_from_one_as_letters_say() -> None:
    letters = [column_letters(number) for number in range(16_384)]
    heads = cell_heads.cell_heads("".join(f'<c r="{each}1"/>' for each in letters).encode())
    assert heads is not None and heads.column.tolist() == [column_number(each) for each in letters]


@pytest.mark.parametrize("seed", range(5))
def test_what_follows_a_pair_of_bytes_is_counted_over_all_windows(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(xml_checks, "WINDOW", chance.choice((1, 2, 3, 7, 100)))
    content = bytes(chance.choices(b"<!?-a", k=300))
    for pair in (b"<!", b"<?", b"<<", b"a-", b"<", b"a"):
        found = xml_checks.followers(content, pair)
        assert found.sum() == sum(content.startswith(pair, n) for n in range(len(content) - len(pair)))
        for byte in b"<!?-a":
            text = pair + bytes([byte])
            assert found[byte] == sum(content.startswith(text, n) for n in range(len(content)))


@pytest.mark.parametrize("seed", range(30))
def test_the_longest_stretch_between_marks_is_that_of_a_text_split_at_them(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(xml_checks, "WINDOW", chance.choice((1, 2, 3, 7, 1000)))
    pieces = [b"x" * chance.randrange(12) for _ in range(chance.randrange(1, 30))]
    content = b"</si>".join([*pieces, chance.choice((b"", b"</s", b"</si", b"</si></si>"))])
    assert xml_checks.longest_between(content, b"</si>") == max(map(len, content.split(b"</si>")))
