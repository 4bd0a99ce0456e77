"""Import and load once what every worker needs, in the process they are forked from."""

from __future__ import annotations

import vsme_xl.batch.chunk
from vsme_xl.checks import load_checks
from vsme_xl.edition import load_edition
from vsme_xl.language import load_language

load_edition()
load_checks()
load_language()
__all__ = ["vsme_xl"]
