"""Find EFRAG's official templates beside the checkout; tests that need them skip where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared" / "efrag"
SAMPLE = FOLDER / "VSME-Digital-Template-Sample-1.2.0.xlsx"
needs_efrag = pytest.mark.skipif(not SAMPLE.exists(), reason="EFRAG's official templates are not beside the checkout")
ROWS_INSERTED = {
    "Environmental Disclosures": [(2, 2), (35, 1), (52, 1), (90, 3), (190, 2), (300, 1), (330, 1), (440, 3)],
    "General Information": [(0, 1), (125, 1), (200, 2), (300, 2), (410, 1)],
    "Social Disclosures": [(1, 4), (30, 5), (160, 1), (175, 1)],
    "Governance Disclosures": [(10, 2), (13, 1), (37, 1)],
}
"""By sheet: before which row (counted from 0) a client inserts how many, into tables and between them."""
