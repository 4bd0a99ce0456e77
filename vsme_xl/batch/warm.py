"""Import and load once what every worker needs, in the process they are forked from.

Nothing of it is garbage, so that it is not looked for: here as it is loaded, nor in the workers.
"""

from __future__ import annotations

import gc
from importlib import import_module

gc.disable()
import_module("vsme_xl.batch.chunk")
import_module("vsme_xl.checks").load_checks()
import_module("vsme_xl.edition").load_edition()
import_module("vsme_xl.language").load_language()
gc.freeze()
