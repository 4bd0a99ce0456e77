"""What every check looks at: the values of all workbooks, the cells they stand in, and what could not be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vsme_xl.display import Shown
from vsme_xl.edition import Datapoint, Edition
from vsme_xl.finding_cells import Cells
from vsme_xl.findings import Finding
from vsme_xl.rules.evaluate import Array, Values, evaluate, given
from vsme_xl.rules.parse import Node, names
from vsme_xl.unread import Unread


@dataclass(frozen=True)
class Checked:
    """The values of all workbooks, what the rules alone give, what applies, where answers stand, and what is unread.

    `today` is the day against which periods are held; None makes no such check, so that nothing hangs on a clock.
    """

    answers: Values
    computed: Mapping[str, Array]
    whether: Mapping[str, Array]
    workbooks: tuple[str, ...]
    edition: Edition
    cells: Cells
    unread: Unread = field(default_factory=Unread)
    today: dt.date | None = None

    def unread_under(self, nodes: Sequence[Node], workbook: int) -> str:
        """Return the cell that could not be read and that rules rest on in a workbook; blank where there is none.

        A datapoint without a cell stands for itself. What a company reported rests on nothing.
        """
        if self.workbooks[workbook] not in self.unread.workbooks:
            return ""
        walk = _Walk(self, workbook)
        return next((cell for node in nodes if (cell := walk.under(node))), "")

    def line(self, table: str, place: int) -> str:
        """Return the sheet and line in which the row at a place of a table's arrays stands."""
        book = self.workbooks[int(self.answers.groups[table][place])]
        return self.cells.line(book, table, int(self.answers.rows[table][place]))


@dataclass
class _Walk:
    """A search through a rule and the steps behind it for what could not be read in one workbook."""

    checked: Checked
    workbook: int
    seen: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def under(self, node: Node, but: frozenset[str] = frozenset(), table: str | None = None) -> str:
        """Return the first unread cell under a rule (of the rows of `table`), `but` for those in certain lines."""
        if node.op == "name":
            return self._name(str(node.value), but)
        args = node.args
        if node.op == "sumif":
            but = but | self._left_out(args[1])
        elif node.op == "coalesce" and table is None:
            args = self._counting(args)
        return next((cell for argument in args if (cell := self.under(argument, but, table))), "")

    def _name(self, name: str, but: frozenset[str]) -> str:
        if (name, but) in self.seen:
            return ""
        self.seen.add((name, but))
        if cell := self.checked.unread.first(self.checked.workbooks[self.workbook], name, but):
            return cell
        datapoint = self.checked.edition.datapoints.get(name)
        if datapoint is None or datapoint.formula is None:
            return ""
        reported = self.checked.answers.reported.get(name)
        if reported is not None and datapoint.table is None and given(reported)[self.workbook]:
            return ""
        if reported is not None and datapoint.table is not None:
            but = but | self._lines(datapoint.table, given(reported))
        return self.under(datapoint.formula, but, datapoint.table)

    def _counting(self, args: tuple[Node, ...]) -> tuple[Node, ...]:
        """Return the alternatives up to the first that gives a value."""
        for number, argument in enumerate(args):
            if given(evaluate(argument, self.checked.answers))[self.workbook]:
                return args[: number + 1]
        return args

    def _left_out(self, condition: Node) -> frozenset[str]:
        """Return the lines whose rows a sum leaves out for sure."""
        answers = self.checked.answers
        read = names(condition)
        table = next((t for n in read if (t := answers.symbols[n].table)), None)
        if table is None:
            return frozenset()
        book = self.checked.workbooks[self.workbook]
        lines = self._lines(table, evaluate(condition, answers, table) == 0)
        return frozenset(line for line in lines if not self.checked.unread.in_line(book, read, line))

    def _lines(self, table: str, where: npt.NDArray[np.bool_]) -> frozenset[str]:
        mine = np.flatnonzero(where & (self.checked.answers.groups[table] == self.workbook))
        return frozenset(self.checked.line(table, int(place)) for place in mine)


def not_checked(checked: Checked, workbook: int, name: str, unread: str = "", lacking: str = "") -> Finding:
    """Return the finding that a datapoint cannot be checked: for an unread cell, or for a blank datapoint."""
    book = checked.workbooks[workbook]
    cell = checked.cells(book, name)
    if unread:
        return Finding(book, "check_unreadable", name, cell, {"whole": unread})
    behind = checked.edition.datapoints.get(lacking)
    if behind is not None and behind.role == "step" and behind.formula is not None:
        lacking = names(behind.formula)[-1]  # the last resort of a step is what everybody has
    place = checked.cells.place(book, lacking)
    return Finding(book, "check_not_made", name, cell, {"whole": lacking, "where": f" ({place})" if place else ""})


def places_of(name: str, where: Array, values: Values, edition: Edition) -> Iterator[tuple[int, int, int]]:
    """Yield workbook number, row number and place of every hit."""
    table = edition.datapoints[name].table
    for place in np.flatnonzero(where):
        if table is None:
            yield int(place), -1, int(place)
        else:
            yield int(values.groups[table][place]), int(values.rows[table][place]), int(place)


def amount(value: object, datapoint: Datapoint) -> Shown:
    """Return a value as messages say it: yes or no, per cent, or an amount with its unit."""
    unit = "" if datapoint.unit == "currency" else datapoint.unit
    return Shown(value, datapoint.kind, datapoint.codelist or "", unit)
