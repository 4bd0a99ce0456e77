"""A file that is not read: why, and the sentence that says so to a person."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class UnreadableWorkbook(Exception):
    """The file cannot be read as a workbook; `code` says why, `params` fill the message of that code.

    `params` always holds `file`; the codes about one sheet add `sheet` and `cell`, those about a part `part`, those
    about a limit `limit` (as written after --limit), `found` and `allowed`, not_found_near adds `near`.
    """

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(code, dict(params or {}))
        self.code = code
        self.params: dict[str, str] = dict(params or {})


def not_found(path: Path) -> UnreadableWorkbook:
    """Return the refusal of a file that is not there; it names the file beside it that is spelt most like it."""
    import difflib

    try:
        names = {other.name.casefold(): other for other in path.parent.iterdir() if other.is_file()}
    except OSError:
        names = {}
    near = difflib.get_close_matches(path.name.casefold(), names, n=1, cutoff=0.8)
    if not near:
        return UnreadableWorkbook("not_found", {"file": str(path)})
    return UnreadableWorkbook("not_found_near", {"file": str(path), "near": str(names[near[0]])})


def refusal_text(error: UnreadableWorkbook, language: str = "en") -> str:
    """Return the sentence that says why a file is not read, and what to do."""
    from vsme_xl.cell_text import one_line
    from vsme_xl.display import said
    from vsme_xl.language import load_language

    texts = load_language(language)
    values = {"part": "", "sheet": "", "cell": ""} | {key: one_line(value) for key, value in error.params.items()}
    if "limit" in values:
        values["what"] = texts.text(f"limits.{values['limit'].replace('-', '_')}")
        values["needed"] = rounded_up(int(values["found"]))
        values |= {name: said(int(values[name]), language) for name in ("found", "allowed")}
    looks = values.get("looks")
    return texts.text(f"looks.{looks}" if looks else f"unreadable.{error.code}", **values)


def rounded_up(amount: int) -> str:
    """Return an amount as --limit takes it, rounded up: 1048576 is 2M."""
    for letter, multiple in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if amount >= multiple:
            return f"{-(-amount // multiple)}{letter}"
    return str(amount)
