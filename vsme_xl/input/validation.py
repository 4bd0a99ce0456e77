"""Which entries an input cell accepts, and what it says about itself: drop-downs, number checks, input messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsme_xl.edition import Datapoint
from vsme_xl.input.readable import FIRST_DATE, LARGE, allowed
from vsme_xl.language import Language

TITLE_LENGTH, PROMPT_LENGTH = 32, 255


def shortened(text: str, length: int) -> str:
    """Return a text cut at a word, where a message has no room for all of it."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,;:") + "…"


def validation(datapoint: Datapoint, language: Language, carried: bool = False) -> Mapping[str, Any]:
    """Return the options of a cell's data validation, as XlsxWriter takes them.

    What a cell may hold is what `readable.allowed` says; anything else is stopped, but for what is only offered. What
    was `carried` over from last year says so first.
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

    rule = allowed(datapoint.name)
    if rule.source and rule.form in ("any", "offered"):
        return {"validate": "list", "source": f"={rule.source}", "show_error": False}
    if rule.form == "list":
        source = f"=list_{rule.source}"
        return {"validate": "list", "source": source, "error_type": "stop", "error_message": error("list")}
    if rule.form == "date":
        return {"validate": "date", "criteria": ">=", "value": FIRST_DATE, "error_message": error("date")}
    if rule.form == "year":
        between = {"criteria": "between", "minimum": rule.least, "maximum": rule.most}
        return {"validate": "integer", **between, "error_message": error("year")}
    if rule.form == "number" and (rule.least is None or rule.most is not None):
        least = -LARGE if rule.least is None else rule.least
        between = {"criteria": "between", "minimum": least, "maximum": LARGE if rule.most is None else rule.most}
        message = error("any_number" if rule.least is None else "share")
        return {"validate": "decimal", **between, "error_message": message}
    if rule.form == "number":
        return {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": error("number")}
    return {"validate": "any"}
