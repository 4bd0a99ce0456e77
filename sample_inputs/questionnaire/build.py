"""Builds the filled questionnaire of an invented consultancy: python sample_inputs/questionnaire/build.py [FILE]."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import xlsxwriter

HERE = Path(__file__).parent
CREATED = dt.datetime(2026, 2, 2)
WIDE, NARROW = 34, 13

COMPANY = (
    ("1.1", "Firma", "Tischlerei Brandt GmbH"),
    ("1.2", "Unternehmenskennung", "00EX00TISCHLEREIBR40"),
    ("1.3", "Art der Kennung", "LEI"),
    ("1.4", "Rechtsform", "GmbH"),
    ("1.5", "Berichtszeitraum von", dt.date(2025, 1, 1)),
    ("1.6", "Berichtszeitraum bis", dt.date(2025, 12, 31)),
    ("1.7", "Währung", "EUR"),
)
BUSINESS = (
    ("1.8", "Umsatz (EUR)", 4_860_000),
    ("1.9", "Bilanzsumme (EUR)", "2.140.500,00"),
    ("1.10", "Land", "Deutschland"),
    ("1.11", "WZ-Code (NACE)", "31.00"),
    ("1.12", "Mindestlohn eingehalten?", "zutreffend"),
    ("1.13", "Verhaltenskodex vorhanden?", "nicht zutreffend"),
)
SITES = (
    ("Standort", "Straße", "PLZ", "Ort", "Land"),
    ("Werkstatt", "Am Sägewerk 4", "04109", "Leipzig", "Deutschland"),
    ("Ausstellung", "Lange Zeile 19", "99084", "Erfurt", "Deutschland"),
)
CONSUMPTION = (
    ("Kennzahl", "Vorjahr", "Berichtsjahr"),
    ("Wasserbezug (m³)", 402, 388),
    ("Abwasser (m³)", 395, 380),
    ("Gesamtfläche (m²)", 3_600, 3_600),
    ("Versiegelte Fläche (m²)", 2_250, 2_250),
)
ENERGY = (
    ("Art der Energie", "Brennstoff", "Menge", "Einheit"),
    ("Strom", None, 96_400, "kWh"),
    ("Solarstrom", None, 21_500, "kWh"),
    ("Brennstoff", "Holzreste", 38, "t"),
    ("Brennstoff", "Diesel", 9_850, "Liter"),
    ("Fernwärme", None, 14.2, "MWh"),
)
WASTE = (
    ("AVV-Schlüssel", "Verwertung (kg)", "Beseitigung (kg)"),
    ("03 01 05", 6_200, None),
    ("15 01 01", 1_450, None),
    ("08 01 11*", None, 310),
    ("20 03 01", None, 2_900),
)
PEOPLE = (
    ("Kennzahl", "Frauen", "Männer", "ohne Angabe"),
    ("Beschäftigte (Köpfe)", 12, 25, 1),
    ("Schulungsstunden (h)", 180, 310, 8),
    ("Bruttostundenlohn (EUR)", "21,40", "22,90", None),
)
WORK = (
    ("Unbefristet Beschäftigte", 34),
    ("Befristet Beschäftigte", 4),
    ("Austritte im Jahr", 3),
    ("Geleistete Arbeitsstunden (h)", 59_400),
    ("Arbeitsunfälle", 1),
    ("Tödliche Arbeitsunfälle", 0),
    ("Beschäftigte mit Tarifvertrag", 30),
)


def build(path: Path) -> Path:
    """Write the filled questionnaire to `path`; the same bytes each time."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": "Fragebogen Nachhaltigkeit 2025", "author": "Beratung", "created": CREATED})
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bg_color": "#DDE7DD", "border": 1}),
            "cell": book.add_format({"border": 1}),
            "date": book.add_format({"border": 1, "num_format": "dd.mm.yyyy"}),
        }
        _company(book.add_worksheet("Stammdaten"), formats)
        _environment(book.add_worksheet("Energie & Umwelt"), formats)
        _people(book.add_worksheet("Belegschaft"), formats)
    return path


def _company(sheet: Any, formats: dict[str, Any]) -> None:
    _open(sheet, "Fragebogen Nachhaltigkeit 2025", formats, (6, WIDE, WIDE, 3, 6, WIDE, NARROW + 6))
    _block(sheet, 2, 0, COMPANY, formats, head=False)
    _block(sheet, 2, 4, BUSINESS, formats, head=False)
    sheet.write(10, 1, "Standorte", formats["title"])
    _block(sheet, 11, 1, SITES, formats)


def _environment(sheet: Any, formats: dict[str, Any]) -> None:
    _open(sheet, "Energie, Wasser, Flächen und Abfall", formats, (WIDE, NARROW, NARROW, NARROW, 3, 18, 18, 18))
    _block(sheet, 2, 0, CONSUMPTION, formats)
    _block(sheet, 9, 0, ENERGY, formats)
    _block(sheet, 9, 5, WASTE, formats)


def _people(sheet: Any, formats: dict[str, Any]) -> None:
    _open(sheet, "Belegschaft", formats, (WIDE, NARROW, NARROW, NARROW))
    _block(sheet, 2, 0, PEOPLE, formats)
    _block(sheet, 8, 0, WORK, formats, head=False)


def _open(sheet: Any, title: str, formats: dict[str, Any], widths: tuple[int, ...]) -> None:
    sheet.write(0, 0, title, formats["title"])
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)


def _block(
    sheet: Any, row: int, column: int, rows: tuple[tuple[Any, ...], ...], formats: dict[str, Any], head: bool = True
) -> None:
    for down, cells in enumerate(rows):
        for right, value in enumerate(cells):
            place = (row + down, column + right)
            if isinstance(value, dt.date):
                sheet.write_datetime(*place, dt.datetime.combine(value, dt.time()), formats["date"])
            else:
                sheet.write(*place, value, formats["head" if head and down == 0 else "cell"])


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "questionnaire.xlsx"))
