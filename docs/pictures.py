"""Make the pictures of the README from the samples: `python docs/pictures.py` (needs LibreOffice and pdftoppm)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
SAMPLES = DOCS.parent / "sample_inputs"
COMPANIES = ("manufacturer", "consultancy", "cooperative", "emballage.da", "planungsbuero.de", "mistakes")
# File, what the page begins with, dots per inch, and the part of the page that is shown (left, top, width, height).
PICTURES = {
    "input.png": ("filled.xlsx", "Environment", 86, (25, 30, 800, 575)),
    "results.png": ("filled-results.xlsx", "Sustainability report", 80, (15, 20, 840, 585)),
    "portfolio.png": ("portfolio.xlsx", "Portfolio", 80, (15, 20, 840, 565)),
}


def main() -> None:
    """Write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("-m", "vsme_xl", "demo", str(folder))
        (folder / "clients").mkdir()
        for company in COMPANIES:
            shutil.copy(SAMPLES / f"{company}.xlsx", folder / "clients")
        run("-m", "vsme_xl", "batch", str(folder / "clients"), str(folder / "out"), "--lang", "en", "--quiet")
        shutil.move(folder / "out" / "portfolio.xlsx", folder)
        for picture, (file, title, dots, part) in PICTURES.items():
            draw(folder / file, title, dots, part, DOCS / picture)
            print(f"{picture}: {(DOCS / picture).stat().st_size // 1024} KB")


def run(*arguments: str) -> None:
    """Run this Python with arguments."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def draw(workbook: Path, title: str, dots: int, part: tuple[int, int, int, int], picture: Path) -> None:
    """Draw part of the first page of a workbook that begins with a title."""
    profile = f"-env:UserInstallation={(workbook.parent / 'office').as_uri()}"
    convert = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", workbook.parent, workbook]
    subprocess.run(convert, check=True, capture_output=True)
    pdf = workbook.with_suffix(".pdf")
    texts = subprocess.run(["pdftotext", pdf, "-"], check=True, capture_output=True, text=True).stdout.split("\f")
    page = str(next(n for n, text in enumerate(texts, start=1) if text.startswith(title)))
    x, y, width, height = map(str, part)
    cut = ["-x", x, "-y", y, "-W", width, "-H", height]
    options = ["-png", "-r", str(dots), "-f", page, "-l", page, "-singlefile", *cut]
    subprocess.run(["pdftoppm", *options, pdf, picture.with_suffix("")], check=True)


if __name__ == "__main__":
    main()
