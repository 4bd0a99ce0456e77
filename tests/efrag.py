"""Find EFRAG's official templates beside the checkout; tests that need them skip where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared" / "efrag"
SAMPLE = FOLDER / "VSME-Digital-Template-Sample-1.2.0.xlsx"
needs_efrag = pytest.mark.skipif(not SAMPLE.exists(), reason="EFRAG's official templates are not beside the checkout")
