"""Say what is wrong with a mapping file: file, line and reason, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its line (counted from 1, 0 for the file as a whole), the text for it and its values."""

    line: int
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class MappingError(ValueError):
    """A mapping file that cannot be used; `file` is its name, `problems` what is wrong, in the order of the lines."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(file, problems)
        self.file = file
        self.problems = problems

    def said(self, language: str) -> str:
        """Return one line for each problem: file, line and reason."""
        from vsme_xl.language import load_language

        texts = load_language(language)
        lines = []
        for problem in self.problems[:MOST_PROBLEMS]:
            where = f"{self.file}:{problem.line}" if problem.line else self.file
            reasons = [problem.key, *(more for more in ("near", "known") if more in problem.values)]
            said = " ".join(texts.text(f"mapping_error.{reason}", **problem.values) for reason in reasons)
            lines.append(f"{where}: {said}")
        if len(self.problems) > MOST_PROBLEMS:
            lines.append(texts.text("mapping_error.more", number=len(self.problems) - MOST_PROBLEMS))
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return what `said` does, in English."""
        return self.said("en")
