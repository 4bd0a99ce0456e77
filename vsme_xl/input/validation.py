"""Which entries an input cell accepts, and what it says about itself: drop-downs, number checks, input messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from vsme_xl.edition import Datapoint
from vsme_xl.input.layout import NUMERIC, layout
from vsme_xl.language import Language

TITLE_LENGTH, PROMPT_LENGTH, LONG_LIST = 32, 255, 60
FIRST_DATE = dt.date(1950, 1, 1)


def shortened(text: str, length: int) -> str:
    """Return a text cut at a word, where a message has no room for all of it."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,;:") + "…"


def validation(datapoint: Datapoint, language: Language, carried: bool = False) -> Mapping[str, Any]:
    """Return the options of a cell's data validation, as XlsxWriter takes them.

    A list only warns, so that an official code may be typed; a number must be one. What was `carried` over from last
    year says so first.
    """
    label, hint = language.label(datapoint.name), language.hint(datapoint.name)
    said = [language.text("input.carried_over")] if carried else []
    options: dict[str, Any] = {"input_title": shortened(label, TITLE_LENGTH)}
    options["input_message"] = shortened(" ".join([*said, hint or label]), PROMPT_LENGTH)
    options |= {"error_title": language.text("input.errors.title"), **_test(datapoint, language)}
    return options


def _test(datapoint: Datapoint, language: Language) -> Mapping[str, Any]:
    def error(key: str) -> str:
        return language.text(f"input.errors.{key}")

    offered = layout()["suggestions"].get(datapoint.name)
    if offered:
        return {"validate": "list", "source": f"={offered}", "show_error": False}
    if (datapoint.codelist and datapoint.kind != "enumeration_set") or (datapoint.table and datapoint.codelist):
        source = f"=list_{datapoint.codelist}"
        return {"validate": "list", "source": source, "error_type": "stop", "error_message": error("list")}
    if datapoint.kind == "date":
        return {"validate": "date", "criteria": ">=", "value": FIRST_DATE, "error_message": error("date")}
    if datapoint.kind == "year":
        between = {"criteria": "between", "minimum": 1990, "maximum": 2150}
        return {"validate": "integer", **between, "error_message": error("year")}
    if datapoint.kind in NUMERIC and datapoint.name in layout()["may_be_negative"]:
        between = {"criteria": "between", "minimum": -1e15, "maximum": 1e15}
        return {"validate": "decimal", **between, "error_message": error("any_number")}
    if datapoint.kind in NUMERIC:
        return {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": error("number")}
    return {"validate": "any"}
