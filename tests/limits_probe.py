"""Open one workbook after another, each in a fresh copy of this process, and say what it took: paths in, JSON out."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from vsme_xl.reading.workbook_file import UnreadableWorkbook, open_workbook


def outcome(path: Path) -> tuple[str, dict[str, str]]:
    """Return `read`, or the code of the refusal and what its message says."""
    try:
        book = open_workbook(path)
        for name in book.sheet_names:
            sheet = book.sheet(name)
            sheet.is_percent(0, 0)
            sheet.value(0, 0)
    except UnreadableWorkbook as error:
        return error.code, error.params
    return "read", {}


def held() -> int:
    """Return the most that this process ever held in memory, in bytes."""
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def main() -> None:
    """Answer each line of standard input, the path of a workbook, with a line of JSON."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            base, begun = held(), time.process_time()
            code, params = outcome(Path(line.strip()))
            result = {"code": code, "params": params, "bytes": held() - base, "cpu": time.process_time() - begun}
            print(json.dumps(result), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(json.dumps({"code": f"died of {status}", "params": {}, "bytes": 0, "cpu": 0}), flush=True)


if __name__ == "__main__":
    main()
