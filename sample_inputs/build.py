"""Builds the sample workbooks of this folder from the answers in companies/: python sample_inputs/build.py [FOLDER]."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import yaml

from vsme_xl.answers import facts_of
from vsme_xl.edition import load_edition
from vsme_xl.input.workbook import new_workbook

HERE = Path(__file__).parent
COMPANIES = ("consultancy", "manufacturer", "cooperative", "mistakes")
TRANSLATED = ("consultancy.sv", "planungsbuero.de", "emballage.da")
ADDRESS = re.compile(r"(?P<name>[^\[]+)(\[(?P<row>\d+)\])?")


def company(name: str) -> dict[str, Any]:
    """Return the file of a company: its module and language, `answers`, and `raw_cells` typed as they stand there."""
    folder = HERE / ("translations" if name in TRANSLATED else "companies")
    with (folder / f"{name}.yaml").open(encoding="utf-8") as file:
        found: dict[str, Any] = yaml.safe_load(file)
    return translated(found) if "like" in found else found


def translated(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a company like another: `texts` take the place of its texts, `answers` that of its answers."""
    texts = data["texts"]

    def said(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: said(part) for key, part in value.items()}
        if isinstance(value, list):
            return [said(part) for part in value]
        return texts.get(value, value) if isinstance(value, str) else value

    model = company(data["like"])
    answers = said(model["answers"]) | data.get("answers", {})
    given = {name: value for name, value in answers.items() if value is not None}
    return {"module": model["module"], "language": data["language"], "answers": given}


def with_raw_cells(answers: Mapping[str, Any], raw_cells: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers with the raw texts in their places: `Name` for a single cell, `Name[row]` in a table."""
    found: dict[str, Any] = dict(answers)
    for address, text in raw_cells.items():
        name, row = split(address)
        if row is None:
            found[name] = text
            continue
        table = str(load_edition().datapoints[name].table)
        found[table] = [{**r, name: text} if n == row else r for n, r in enumerate(found[table], start=1)]
    return found


def split(address: str) -> tuple[str, int | None]:
    """Return the defined name and the row (from 1) of a raw cell's address."""
    match = ADDRESS.fullmatch(address)
    assert match, address
    return match["name"], int(match["row"]) if match["row"] else None


def build(folder: Path) -> list[Path]:
    """Write the workbook of every company to `folder` and return their paths; the same files each time."""
    paths = []
    for name in (*COMPANIES, *TRANSLATED):
        data = company(name)
        raw = data.get("raw_cells", {})
        facts = facts_of(with_raw_cells(data["answers"], raw), name)
        path = folder / f"{name}.xlsx"
        new_workbook(path, module=data["module"], language=data["language"], answers=facts, force=True)
        type_over(path, raw)
        paths.append(path)
    return paths


def type_over(path: Path, raw_cells: Mapping[str, str]) -> None:
    """Put raw texts into cells of a finished workbook and leave all else as it is, stored values too."""
    if not raw_cells:
        return
    book = openpyxl.load_workbook(path)
    parts: dict[str, dict[str, str]] = {}
    for address, text in raw_cells.items():
        name, row = split(address)
        sheet, area = next(iter(book.defined_names[name].destinations))
        column, first = re.findall(r"[A-Z]+|\d+", area.replace("$", "").split(":")[0])
        part = f"xl/worksheets/sheet{book.sheetnames.index(sheet) + 1}.xml"
        parts.setdefault(part, {})[f"{column}{int(first) + (row or 1) - 1}"] = text
    with zipfile.ZipFile(path) as old:
        entries = [(info, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info, content in entries:
            for cell, text in parts.get(info.filename, {}).items():
                content = replaced(content.decode("utf-8"), cell, text).encode("utf-8")
            new.writestr(info, content)


def replaced(xml: str, cell: str, text: str) -> str:
    """Return a sheet part in which a cell holds a text and keeps its style."""
    pattern = rf'<c r="{cell}"(?P<style> s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)'
    inline = rf'<c r="{cell}"\g<style> t="inlineStr"><is><t>{escape(text)}</t></is></c>'
    found, count = re.subn(pattern, inline, xml)
    assert count == 1, f"{cell} stands {count} times in its sheet"
    return found


if __name__ == "__main__":
    for written in build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        print(written)
