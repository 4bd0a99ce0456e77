"""Findings: what a person should know about a workbook, with severity, cell, message and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from vsme_xl.cell_text import harmless, one_line
from vsme_xl.display import said
from vsme_xl.edition import data_folder, read_yaml
from vsme_xl.language import load_language

if TYPE_CHECKING:
    import pandas as pd

FINDING_COLUMNS = ("workbook", "severity", "code", "name", "cell", "message", "fix")
SEVERITIES = ("error", "warning", "info")
FindingRow = tuple[str, str, str, str, str, str, str]
LONGEST = 300


@dataclass(frozen=True)
class Finding:
    """One finding: its code, the datapoint and cell it is about, and what its message says (see `display.said`)."""

    workbook: str
    code: str
    name: str = ""
    cell: str = ""
    shown: Mapping[str, object] = field(default_factory=dict)


@cache
def severities() -> Mapping[str, str]:
    """Return the severity of every finding code."""
    found: Mapping[str, str] = read_yaml(data_folder() / "findings.yaml")
    return found


def findings_frame(found: Iterable[Finding], language_of: Mapping[str, str]) -> pd.DataFrame:
    """Return findings as a frame with columns FINDING_COLUMNS, messages in the language of each workbook."""
    return frame_of(finding_rows(found, language_of))


def frame_of(rows: Sequence[FindingRow]) -> pd.DataFrame:
    """Return rows of findings as a frame with columns FINDING_COLUMNS."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(FINDING_COLUMNS), dtype=object)


def finding_rows(found: Iterable[Finding], language_of: Mapping[str, str]) -> list[FindingRow]:
    """Return each finding as what stands in FINDING_COLUMNS, messages in the language of its workbook."""
    rows: list[FindingRow] = []
    for finding in found:
        language = load_language(language_of.get(finding.workbook, "en"))
        texts = language.texts["findings"][finding.code]
        label = language.label(finding.name) if finding.name in language.texts["datapoints"] else finding.name
        shown = {key: _in_short(said(value, language.code)) for key, value in finding.shown.items()}
        values = {"label": label, "name": harmless(finding.name), "cell": one_line(finding.cell), **shown}
        if values.get("whole") in language.texts["datapoints"]:
            values["whole"] = language.label(values["whole"])
        rows.append(
            (
                finding.workbook, severities()[finding.code], finding.code, finding.name, finding.cell,
                texts["message"].format(**values), texts["fix"].format(**values),
            )
        )  # fmt: skip
    return rows


def _in_short(text: str) -> str:
    """Return what a message quotes: the beginning of a long text, for notes and cells hold no more than so much."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
