"""Names of countries and codes of currencies, kept from Unicode CLDR: no other version of a library changes them.

`python -m vsme_xl.country_data` writes `countries.json` anew from the installed Babel, for all languages that there
are files for; where the file lacks a language, Babel gives its names.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vsme_xl.edition import data_folder, read_rows
from vsme_xl.language import languages

KEPT = "countries.json"
BEHIND_Z = {"da": "æøå", "nb": "æøå", "nn": "æøå", "sv": "åäö", "fi": "åäö"}  # other languages sort accents as letters


def country_names(language: str) -> Mapping[str, str]:
    """Return the name of each country by its code of two letters, as the alphabet of the language orders them."""
    kept: Mapping[str, str] | None = _kept()["countries"].get(language)
    return kept if kept is not None else _names(language)


def currencies_in_use() -> list[str]:
    """Return the codes of the currencies that countries pay with, in the order of the alphabet."""
    return str(_kept()["currencies_in_use"]).split()


def every_currency() -> list[str]:
    """Return the codes of ISO 4217, also of currencies and funds that no country pays with."""
    return str(_kept()["currencies"]).split()


@cache
def _kept() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(data_folder().joinpath(KEPT).read_text(encoding="utf-8"))
    return found


def _codes() -> list[str]:
    return [row["alpha2"] for row in read_rows("country_codes.csv")]


def _names(language: str) -> dict[str, str]:
    from babel import Locale

    known = Locale.parse(language).territories
    names = {code: str(known[code]) for code in _codes() if code in known}
    return dict(sorted(names.items(), key=lambda item: _place(item[1], language)))


def _place(name: str, language: str) -> str:
    """Return what a name is sorted by: its letters without accents, but for those that stand behind z."""
    behind = BEHIND_Z.get(language, "")
    letters = []
    for letter in name.casefold():
        own = letter in behind
        letters.append(f"{{{behind.index(letter)}" if own else unicodedata.normalize("NFKD", letter)[0])
    return "".join(letters)


def from_babel() -> dict[str, Any]:
    """Return what the installed Babel knows of countries and currencies, and which version it is."""
    from babel import Locale, __version__
    from babel.core import get_cldr_version
    from babel.numbers import get_territory_currencies

    used = {currency for code in _codes() for currency in get_territory_currencies(code)}
    return {
        "source": f"Unicode CLDR {get_cldr_version()}, as in Babel {__version__}; python -m vsme_xl.country_data",
        "licence": "Unicode-3.0, see LICENSE-UNICODE.txt",
        "currencies_in_use": " ".join(sorted(c for c in used if len(c) == 3)),
        "currencies": " ".join(sorted(Locale.parse("en").currencies)),
        "countries": {language: _names(language) for language in languages()},
    }


if __name__ == "__main__":
    text = json.dumps(from_babel(), indent=0, ensure_ascii=False)
    Path(str(data_folder().joinpath(KEPT))).write_text(text + "\n", encoding="utf-8")
