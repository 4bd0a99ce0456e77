"""What is common to reading any cell: the typed value with its problem, and one form for what people type."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from vsme_xl.cell_text import harmless

T_co = TypeVar("T_co", covariant=True)

SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
# Zero-width characters come with text pasted from web pages and PDF files; nobody sees them.
INVISIBLE = re.compile(r"[\u200b-\u200d\u2060\ufeff\u00ad]")
ONE_SIGN = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u02bc\u2032\u00b4`", "'")
)

# What people write where they have no value, in the languages of the workbooks.
NOT_AVAILABLE = frozenset((
    "n/a", "#n/a", "na", "n.a.", "n.a", "n. a.", "none", "not available", "not applicable", "unknown",
    "tbd", "tbc",
    "k.a.", "k.a", "k. a.", "ka", "keine", "keine angabe", "keine angaben", "nicht verfügbar",
    "nicht zutreffend", "entfällt", "unbekannt",
    "ingen", "ikke relevant", "ikke oplyst", "ikke tilgængelig", "ukendt", "i/r",
    "ej tillämpligt", "ej tillgängligt", "uppgift saknas", "saknas", "okänt", "e/t",
))  # fmt: skip


NO_PARAMS: Mapping[str, str] = MappingProxyType({})


class Cell(NamedTuple, Generic[T_co]):
    """A typed value; None with no problem is a blank. `problem` is a finding code, `params` fill its message.

    `params["text"]` is what the cell says; a warning such as percent_assumed comes with a value.
    """

    value: T_co | None
    problem: str = ""
    params: Mapping[str, str] = NO_PARAMS


def plain(text: str) -> str:
    """A text with one kind of space, dash and apostrophe, without outer spaces and invisible characters."""
    return SPACES.sub(" ", INVISIBLE.sub("", text)).translate(ONE_SIGN).strip()


@lru_cache(maxsize=16_384)
def normalise(label: str) -> str:
    """The form in which labels are compared: without case and outer spaces, one dash, quote and space."""
    return plain(unicodedata.normalize("NFC", label)).casefold()


def exact_form(label: str) -> str:
    """The form of labels that differ in nothing but their spaces: as `normalise`, with every space as it is."""
    return label.translate(ONE_SIGN).strip().casefold()


def is_dash(text: str) -> bool:
    """Whether a plain text is blank or only dashes, which people type for "nothing"."""
    return not text.strip("- ")


def shown(raw: object) -> str:
    """What a cell says, for messages: whole numbers without `.0`, dates in ISO form."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else format(raw, ".15g")
    if isinstance(raw, datetime):
        midnight = raw.time() == time(0)
        return raw.date().isoformat() if midnight else raw.isoformat(timespec="seconds")
    if isinstance(raw, date | time):
        return raw.isoformat()
    return str(raw)


def problem(code: str, raw: object) -> Cell[Any]:
    """A cell without a value and the reason."""
    return Cell(None, code, {"text": harmless(shown(raw))})
