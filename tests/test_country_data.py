"""Names of countries and codes of currencies come from the repository, whole and in order, not from a library."""

from __future__ import annotations

import sys

import pytest

from vsme_xl import codelists, country_data
from vsme_xl.country_data import country_names, currencies_in_use, every_currency
from vsme_xl.language import languages

COUNTRIES = {row["alpha2"] for row in country_data.read_rows("country_codes.csv")}


@pytest.mark.parametrize("language", languages())
def test_every_country_has_a_name_of_its_own_in_every_language(language: str) -> None:
    names = country_names(language)
    assert set(names) == COUNTRIES
    assert all(names.values()) and len(set(names.values())) == len(names)


def test_a_drop_down_needs_no_library_for_its_countries_and_currencies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    codelists.codelist.cache_clear()
    codelists._in_no_language.cache_clear()
    assert codelists.codelist("country", "de").labels["AT"] == "Österreich"
    assert {"EUR", "SEK", "BGN"} <= set(codelists.codelist("currency").labels)
    assert {"EUR", "XAU"} <= set(every_currency()) and "XAU" not in currencies_in_use()


@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("de", ["Afghanistan", "Ägypten", "Albanien", "Oman", "Österreich", "Pakistan", "Zypern"]),
        ("da", ["Albanien", "Zimbabwe", "Ækvatorialguinea", "Østrig", "Åland"]),
        ("sv", ["Albanien", "Zimbabwe", "Åland", "Österrike"]),
    ],
)
def test_countries_stand_as_the_alphabet_of_the_language_has_them(language: str, in_order: list[str]) -> None:
    names = list(codelists.codelist("country", language).labels.values())
    assert [name for name in names if name in in_order] == in_order


def test_a_language_that_was_added_has_its_countries_from_babel() -> None:
    assert country_names("fr")["DE"] == "Allemagne"
