"""Small filled workbooks for random damage to begin with, and the mapping through which they are read."""

from __future__ import annotations

import io
import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

MAPPING = """
kind: damaged
version: "1"
title: A workbook that is damaged
datapoints:
  EntityName: {name: EntityName}
"""
# Values of attributes, texts of elements; whole elements without others in them.
VALUES = re.compile(rb'="([^"<>]*)"|>([^<>]+)<')
ELEMENTS = re.compile(rb"<([A-Za-z:]+)(?: [^<>]*)?(?:/>|>[^<>]*</\1>)")
GENERAL: dict[str, Any] = {
    "EntityName": "Muster & Söhne <GmbH>", "EntityIdentifier": 4711, "Currency": "EUR", "Turnover": 24e6,
    "Turnover_previous": 22_500_000.5, "Assets": "12.500,75", "ReportingPeriodStart": "01.01.2025",
    "ReportingPeriodEnd": date(2025, 12, 31), "NumberOfEmployeesHeadcount": ("=7*6", 42),
    "AverageNumberOfEmployees": ("=1/0", "#DIV/0!"), "TargetCoverageScope1": 0.284, "TargetCoverageScope2": "28 %",
    "HasGovernanceBody": True, "HasCertifications": "no", "GreenhouseGasEmissionReductionTargetYear": 2030,
    "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": "Italy", "NaceSectorClassificationCodes": "C 10.71",
    "TotalHoursWorkedByEmployees": 0, "NumberOfEmployeesWhoLeft": -0.0, "RadioactiveWasteMass": 1.5,
    "RadioactiveWasteMass_unit": "kg", "DescriptionOfSustainabilityRelatedCertificationsOrLabels": "ISO 14001\nEMAS",
}  # fmt: skip
LEDGER: dict[str, tuple[Any, ...]] = {
    "Ledger_Carrier": ("electricity", "fuel", "heat", "fuel"),
    "Ledger_Fuel": (None, "Gas/Diesel oil", None, "Natural gas"),
    "Ledger_Site": ("Hall 1", "Hall 1", "Hall 2", "Hall 2"),
    "Ledger_Amount": (1200.5, 31_000, 75, "1 234,5"),
    "Ledger_Unit": ("MWh", "l", "MWh", "m3"),
    "Ledger_RenewableShare": (0.4, None, 0.1, None),
}


def small_workbook(**changes: Any) -> bytes:
    """Return a workbook with an answer of every kind in a cell of its name, and a table whose columns have names."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        general, energy = book.add_worksheet("General"), book.add_worksheet("Energy & more")
        day, share = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.0%"})
        for row, (name, value) in enumerate((GENERAL | changes).items()):
            general.write_string(row, 0, name)
            book.define_name(name, f"=General!$B${row + 1}")
            if isinstance(value, tuple):
                general.write_formula(row, 1, value[0], None, value[1])
            elif isinstance(value, date):
                general.write_datetime(row, 1, value, day)
            else:
                general.write(row, 1, value, share if name == "TargetCoverageScope1" else None)
        for column, (name, values) in enumerate(LEDGER.items()):
            energy.write_string(0, column, name)
            letter = "ABCDEF"[column]
            book.define_name(name, f"='Energy & more'!${letter}$2:${letter}$8")
            for row, value in enumerate(values, start=1):
                if value is not None:
                    energy.write(row, column, value)
    return buffer.getvalue()


def converted(data: bytes, folder: Path) -> dict[str, bytes]:
    """Return an .xlsx as LibreOffice writes it, as .ods and as .xls; as they are in the folder, where it has them."""
    source = folder / "seed.xlsx"
    source.write_bytes(data)
    for kind in (k for k in ("ods", "xls") if not (folder / f"seed.{k}").is_file()):
        subprocess.run(
            ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
             "--convert-to", kind, "--outdir", str(folder), str(source)],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
    return {kind: (folder / f"seed.{kind}").read_bytes() for kind in ("ods", "xls")}
