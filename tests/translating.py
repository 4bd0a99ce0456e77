"""Switch an official template to another of its languages: the stored texts of its labels, as Excel stores them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from filling import sheet_parts

from vsme_xl.reading.workbook_file import WorkbookFile, open_workbook

CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*)><f>([^<]*)</f><v>[^<]*</v></c>')
TOKEN = re.compile(r'\s*\+?(?:([A-Za-z_][\w.]*)|"((?:[^"]|"")*)")\s*(?:&|$)')
LABEL = "template_"


def languages_of(template: Path) -> list[str]:
    """Return the codes of the languages that a template offers."""
    file = open_workbook(template)
    if "Translations" not in file.sheet_names:
        return ["en"]
    grid = file.sheet("Translations")
    return [str(grid.value(1, column)) for column in range(2, grid.n_columns) if grid.value(1, column)]


def translated(path: Path, target: Path, language: str) -> Path:
    """Copy a workbook with every label as it is in another language, and the cell of the language changed."""
    file = open_workbook(path)
    grid = file.sheet("Translations")
    column = next(c for c in range(2, grid.n_columns) if grid.value(1, c) == language)
    chosen = f"{grid.value(0, column)} [{language}]"
    parts = {part: name for name, part in sheet_parts(path).items() if name != "Translations"}
    area = file.names["template_selected_display_language"]
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for part in source.infolist():
            data = source.read(part)
            if part.filename in parts:
                text = CELL.sub(lambda cell: _cell(cell, file, column), data.decode())
                if parts[part.filename] == area.sheet:
                    where = file.sheet(area.sheet).address(area.first_row, area.first_column)
                    text = _with_cell(text, where, chosen)
                data = text.encode()
            out.writestr(part.filename, data)
    return target


def _with_cell(xml: str, where: str, said: str) -> str:
    typed = f' t="inlineStr"><is><t>{escape(said)}</t></is></c>'
    return re.sub(rf'(<c r="{where}"(?: s="\d+")?)[^>]*>.*?</c>', lambda c: c[1] + typed, xml, count=1, flags=re.DOTALL)


def _cell(cell: re.Match[str], file: WorkbookFile, column: int) -> str:
    said = _said(unescape(cell[3], {"&quot;": '"'}), file, column)
    if said is None:
        return cell[0]
    attributes = re.sub(r' t="\w+"', "", cell[2])
    if said == 0:  # a label without a translation: INDEX of a blank cell
        return f'<c r="{cell[1]}"{attributes}><f>{cell[3]}</f><v>0</v></c>'
    return f'<c r="{cell[1]}"{attributes} t="str"><f>{cell[3]}</f><v>{escape(str(said))}</v></c>'


def _said(formula: str, file: WorkbookFile, column: int) -> object:
    """Return what a formula that joins labels and texts says; None for any other formula."""
    parts: list[object] = []
    at, labels = 0, 0
    while at < len(formula):
        token = TOKEN.match(formula, at)
        if token is None:
            return None
        name, text = token.groups()
        if name:
            area = file.names.get(name)
            if area is None:
                return None
            label = area.sheet == "Translations"
            labels += label
            grid = file.sheet(area.sheet)
            value = grid.value(area.first_row, column if label else area.first_column)
            parts.append(value if value is not None else 0 if label and len(formula) == token.end() - at else "")
        else:
            parts.append((text or "").replace('""', '"'))
        at = token.end()
    if not labels:
        return None
    return parts[0] if len(parts) == 1 else "".join(str(part) for part in parts)
