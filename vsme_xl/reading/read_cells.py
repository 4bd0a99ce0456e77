"""Read the cells of bindings into facts, and say of each cell that cannot be read why."""

from __future__ import annotations

from dataclasses import dataclass, field

from vsme_xl import units
from vsme_xl.codelists import code_by_number, codes, other_labels, own_labels, spellings
from vsme_xl.edition import Datapoint, Edition
from vsme_xl.findings import Finding
from vsme_xl.reading.bind import Binding
from vsme_xl.reading.cells import (
    Cell,
    normalise,
    parse_boolean,
    parse_code,
    parse_date,
    parse_number,
    parse_text,
    parse_year,
)
from vsme_xl.reading.mapping import WorkbookMapping
from vsme_xl.reading.workbook_file import Area, SheetGrid, WorkbookFile

CODED = frozenset({"enumeration", "enumeration_set"})
UNIT_LISTS = {"mass": "mass_volume_unit", "volume": "mass_volume_unit", "area": "area_unit"}
BULLETS = "·•- \t\xa0"
Fact = tuple[object, ...]


@dataclass
class Reader:
    """Collects the facts and findings of one workbook, binding by binding.

    `language` is the workbook's own, whose labels go before those of other languages; `own_fuels` are the names (as
    `normalise` has them) of fuels that the company added, which no label of a list stands for.
    """

    file: WorkbookFile
    mapping: WorkbookMapping
    workbook: str
    language: str
    own_fuels: frozenset[str]
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    how: str = ""

    def take(self, binding: Binding, edition: Edition) -> None:
        """Read the cells of one binding."""
        self.how = binding.how
        if binding.labels:
            self._take_choices(binding)
        elif binding.datapoint.table is None:
            self._take_scalar(binding, edition)
        else:
            self._take_column(binding, edition)

    def _take_scalar(self, binding: Binding, edition: Edition) -> None:
        datapoint, area = binding.datapoint, binding.area
        grid = self.file.sheet(area.sheet)
        for row in range(area.first_row, area.last_row + 1):
            for column in range(area.first_column, area.last_column + 1):
                value = self._value(datapoint, grid, row, column)
                if value is None:
                    continue
                unit = self._unit(binding, datapoint, row, edition)
                if unit is None:
                    return
                self._add(datapoint, datapoint.dimensions, -1, value, unit, binding.period, grid, row, column)
                return

    def _take_column(self, binding: Binding, edition: Edition) -> None:
        datapoint, area = binding.datapoint, binding.area
        table = edition.tables[str(datapoint.table)]
        grid = self.file.sheet(area.sheet)
        listed = codes(table.codes) if table.codes else ()
        for row in range(area.first_row, min(area.last_row + 1, grid.n_rows)):
            column = _first_filled(grid, row, area)
            if column is None:
                continue
            value = self._value(datapoint, grid, row, column)
            if value is None:
                continue
            number, key = self._row(binding, edition, row, listed)
            if listed and datapoint.name == table.key and number < len(listed):
                continue
            unit = self._unit(binding, datapoint, row, edition)
            if unit is None:
                continue
            target = _by_unit(datapoint, unit, edition)
            axis = table.axis.replace("SitesInBiodiversitySensitiveAreas", "Site")
            dimensions = ((axis, key),) if axis and key else ()
            self._add(target, dimensions, number, value, unit, binding.period, grid, row, column)

    def _row(self, binding: Binding, edition: Edition, row: int, listed: tuple[str, ...]) -> tuple[int, str]:
        """Return the number of a table's row and its key; rows of fixed tables go by their key, wherever they stand."""
        number = row - binding.area.first_row
        if binding.key_area is None:
            return binding.rows.index(row) if row in binding.rows else number + len(binding.rows), ""
        area = binding.key_area
        table = edition.tables[str(binding.datapoint.table)]
        key = self._key(edition.datapoints[table.axis or table.key], area, row)
        if listed:
            return (listed.index(key) if key in listed else max(number, len(listed))), key
        return row - area.first_row, key or str(row - area.first_row + 1)

    def _key(self, datapoint: Datapoint, area: Area, row: int) -> str:
        grid = self.file.sheet(area.sheet)
        column = _first_filled(grid, row, area)
        if column is None:
            return ""
        raw = grid.value(row, column)
        if datapoint.codelist and not self._own(raw):
            found = self._code(raw, datapoint.codelist)
            return found.value or code_by_number(datapoint.codelist, str(raw)) or str(raw).strip()
        return str(parse_text(raw).value or "")

    def _take_choices(self, binding: Binding) -> None:
        """Read a row or column of yes/no cells, each beside (or below) the label of its member."""
        datapoint, area = binding.datapoint, binding.area
        grid = self.file.sheet(area.sheet)
        chosen: list[tuple[str, int, int]] = []
        for row in range(area.first_row, area.last_row + 1):
            for column in range(area.first_column, area.last_column + 1):
                if self._answer(grid.value(row, column)).value is not True:
                    continue
                label = grid.value(row - 1, column) if binding.labels == "above" else _label_left(grid, row, area)
                plain = label.lstrip(BULLETS) if isinstance(label, str) else label
                code = self._code(plain, datapoint.codelist)
                if code.value is None:
                    lost = label is None and grid.scan.lost
                    self._find("formula_result_lost" if lost else "unknown_code", datapoint, grid, row, column, code)
                else:
                    chosen.append((code.value, row, column))
        if datapoint.table is None and chosen:
            several = "; ".join(code for code, _, _ in chosen)
            self._add(datapoint, (), -1, several, "", binding.period, grid, *chosen[0][1:])
        for number, (code_chosen, row, column) in enumerate(chosen if datapoint.table else []):
            self._add(datapoint, (), number, code_chosen, "", binding.period, grid, row, column)

    def _add(
        self,
        datapoint: Datapoint,
        dimensions: tuple[tuple[str, str], ...],
        number: int,
        value: object,
        unit: str,
        period: str,
        grid: SheetGrid,
        row: int,
        column: int,
    ) -> None:
        source = f"{grid.name}!{grid.address(row, column)}"
        self.facts.append(
            (
                self.workbook, datapoint.name, datapoint.concept, dimensions, datapoint.table or "", number,
                datapoint.kind, value, unit, period, "reported", source, "", self.how,
            )
        )  # fmt: skip

    def _value(self, datapoint: Datapoint, grid: SheetGrid, row: int, column: int) -> object:
        condition = grid.condition(row, column)
        if condition == "error":
            self._find(
                "error_cell", datapoint, grid, row, column, Cell(None, "", {"text": grid.error_text(row, column)})
            )
            return None
        if condition:
            code = "formula_result_lost" if condition == "lost" else condition
            self._find(code, datapoint, grid, row, column, Cell(None))
            return None
        raw = grid.value(row, column)
        if raw is None:
            return None
        cell = self._parse(datapoint, raw, grid, row, column)
        if cell.problem:
            self._find(cell.problem, datapoint, grid, row, column, cell)
        if cell.value is not None and datapoint.codelist == "nace" and sum(c.isdigit() for c in str(cell.value)) < 4:
            self._find("coarse_code", datapoint, grid, row, column, Cell(None, "", {"text": str(raw)}))
        return cell.value

    def _parse(self, datapoint: Datapoint, raw: object, grid: SheetGrid, row: int, column: int) -> Cell[object]:
        kind = datapoint.kind
        if kind == "boolean":
            return _any(self._answer(raw))
        if kind in CODED:
            cell = self._code(raw, datapoint.codelist)
            code = code_by_number(datapoint.codelist, str(raw)) if cell.problem == "unknown_code" else None
            return Cell(code) if code else _any(cell)
        if kind in ("text", "textblock"):
            if datapoint.codelist and isinstance(raw, str) and not self._own(raw):
                return _any(self._code(raw, datapoint.codelist))
            return Cell(_whole(raw)) if kind == "textblock" else _any(parse_text(raw))
        if kind == "date":
            return _any(parse_date(raw, self.file.date_1904))
        if kind == "year":
            year = parse_year(raw)
            return Cell(None if year.value is None else float(year.value), year.problem, year.params)
        percent = grid.is_percent(row, column)
        return _any(parse_number(raw, percent_format=percent, share=kind == "share"))

    def _code(self, raw: object, name: str) -> Cell[str]:
        """Return the code a cell names: by a label in the workbook's language, else by any spelling that is known."""
        for lookup in (own_labels(name, self.language), self.mapping.readings.get(name, {}), spellings(name)):
            cell = parse_code(raw, lookup)
            if not cell.problem:
                return cell
        # Loading the other languages takes a while: only a text that nothing else explains is worth it.
        return parse_code(raw, other_labels(name, self.language)) if cell.problem == "unknown_code" else cell

    def _answer(self, raw: object) -> Cell[bool]:
        cell = parse_boolean(raw, {})
        code = self._code(raw, "yes_no").value if cell.problem and isinstance(raw, str) else None
        return Cell(code == "true") if code else cell

    def _own(self, raw: object) -> bool:
        """Return whether a cell names a fuel of the company's own."""
        return isinstance(raw, str) and normalise(raw) in self.own_fuels

    def _unit(self, binding: Binding, datapoint: Datapoint, row: int, edition: Edition) -> str | None:
        """Return the unit of an amount: of its unit cell, the mapping or the datapoint; None where it was lost."""
        default = binding.unit or datapoint.unit
        area = binding.unit_area
        if area is None:
            return default
        at = area.first_row if area.first_row == area.last_row else area.first_row + row - binding.area.first_row
        grid = self.file.sheet(area.sheet)
        column = _first_filled(grid, at, area)
        if column is None:
            self._find("unit_missing", datapoint, grid, at, area.first_column, Cell(None, "", {"unit": default}))
            return default
        if grid.condition(at, column) == "lost":
            self._find("formula_result_lost", datapoint, grid, at, column, Cell(None))
            return None
        code = self._code(grid.value(at, column), UNIT_LISTS.get(datapoint.kind, "unit"))
        if code.value is None:
            self._find("unit_unknown", datapoint, grid, at, column, code)
            return default
        return code.value

    def _find(
        self, code: str, datapoint: Datapoint, grid: SheetGrid, row: int, column: int, cell: Cell[object] | Cell[str]
    ) -> None:
        address = f"{grid.name}!{grid.address(row, column)}"
        values = {"text": "", **cell.params}
        self.findings.append(Finding(self.workbook, code, datapoint.name, address, values))


def _any(cell: Cell[float] | Cell[str] | Cell[bool]) -> Cell[object]:
    return Cell(cell.value, cell.problem, cell.params)


def _whole(raw: object) -> str | None:
    """Return a text block as it stands, outer blanks and lines with it; None where it says nothing."""
    said = parse_text(raw).value
    if said is None or not isinstance(raw, str):
        return said
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.strip() == said else said


def _first_filled(grid: SheetGrid, row: int, area: Area) -> int | None:
    for column in range(area.first_column, area.last_column + 1):
        if grid.value(row, column) is not None or grid.condition(row, column):
            return column
    return None


def _label_left(grid: SheetGrid, row: int, area: Area) -> object:
    for column in range(area.first_column - 1, -1, -1):
        value = grid.value(row, column)
        if isinstance(value, str):
            return value
    return None


def _by_unit(datapoint: Datapoint, unit: str, edition: Edition) -> Datapoint:
    """Return the volume datapoint for an amount in a volume unit that stands in the column of a mass."""
    if datapoint.twin and units.factors().get(unit, ("", 0.0))[0] == "volume":
        return edition.datapoints[datapoint.twin]
    return datapoint
