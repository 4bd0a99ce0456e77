"""A cell of any content gives a value of its kind or a finding, whatever kind of datapoint it is for."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from vsme_xl.edition import load_edition
from vsme_xl.reading.cell_values import Cell
from vsme_xl.reading.cells import parse_boolean, parse_code, parse_date, parse_number, parse_text, parse_year

SEED = 1
WORDS = {"yes": True, "no": False}
PARSERS: dict[str, tuple[Callable[[object], Cell[object]], ...]] = {
    "number": (parse_number, lambda raw: parse_number(raw, share=True, percent_format=True)),
    "text": (parse_text,),
    "boolean": (lambda raw: parse_boolean(raw, WORDS),),
    "enumeration": (lambda raw: parse_code(raw, {"yes": "yes"}),),
    "date": (parse_date, lambda raw: parse_date(raw, True)),
    "year": (parse_year,),
}  # fmt: skip
TYPED = {"number": float, "text": str, "boolean": bool, "enumeration": str, "date": str, "year": int}
AWKWARD = st.sampled_from(
    ["n/a", "-", "1e308", "1e999", "12 500,5 kg", "28 %", "=1+1", "\u202e1", "\u0661\u0662", "31.02.2025", "(5)", "--5"]
)
LONG = st.builds(lambda piece, times: piece * times, st.sampled_from([" ", "9", "1,", "1 ", "1.", "-", "%", "a1", "("]),
                 st.sampled_from([300, 32_767 // 2]))  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.dates(), st.datetimes(),
    st.timedeltas(), AWKWARD, LONG,
)  # fmt: skip


def test_every_kind_of_datapoint_is_read_by_one_of_these_parsers() -> None:
    quantities = {"area", "emissions", "energy", "intensity", "mass", "money", "share", "volume"}
    known = {*PARSERS, *quantities, "textblock", "enumeration_set"}
    assert {d.kind for d in load_edition().datapoints.values()} <= known


@pytest.mark.parametrize("kind", PARSERS)
@seed(SEED)
@settings(max_examples=200, deadline=None, database=None)
@given(raw=CELLS)
def test_a_cell_of_every_kind_takes_any_content(
    kind: str, raw: date | datetime | timedelta | str | float | None
) -> None:
    for parser in PARSERS[kind]:
        value = parser(raw).value
        assert value is None or isinstance(value, TYPED[kind] | int if kind == "number" else TYPED[kind])
        assert not isinstance(value, float) or math.isfinite(value)
