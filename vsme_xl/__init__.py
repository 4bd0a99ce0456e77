"""VSME sustainability reports in Excel: generate, read, compute, check and write results.

Importing the package is cheap; pandas and pint come with the first call.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vsme_xl.answers import facts_of
    from vsme_xl.batch.read_folder import read_folder
    from vsme_xl.computing import Computed, compute
    from vsme_xl.input.workbook import new_workbook
    from vsme_xl.reading.limits import Opening, ReadingLimits
    from vsme_xl.reading.read_workbook import Reading, read
    from vsme_xl.reading.workbook_file import UnreadableWorkbook
    from vsme_xl.results.workbook import write_results
    from vsme_xl.review.mail import write_mail
    from vsme_xl.review.write import Review, ReviewError, review_of, write_review

__version__ = "0.1.0"
__all__ = [
    "Computed", "Opening", "Reading", "ReadingLimits", "Review", "ReviewError", "UnreadableWorkbook", "compute",
    "facts_of", "new_workbook", "read", "read_folder", "review_of", "write_mail", "write_results", "write_review",
]  # fmt: skip
_HOME = {
    "Computed": "computing",
    "Opening": "reading.limits",
    "Reading": "reading.read_workbook",
    "ReadingLimits": "reading.limits",
    "Review": "review.write",
    "ReviewError": "review.write",
    "UnreadableWorkbook": "reading.workbook_file",
    "compute": "computing",
    "facts_of": "answers",
    "new_workbook": "input.workbook",
    "read": "reading.read_workbook",
    "read_folder": "batch.read_folder",
    "review_of": "review.write",
    "write_mail": "review.mail",
    "write_results": "results.workbook",
    "write_review": "review.write",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"vsme_xl.{_HOME[name]}"), name)
    raise AttributeError(f"module 'vsme_xl' has no attribute {name!r}")
