"""Read the cells of bindings into facts, and say of each cell that cannot be read why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from vsme_xl import units
from vsme_xl.codelists import codes, waste_under
from vsme_xl.edition import Datapoint, Edition
from vsme_xl.findings import Finding
from vsme_xl.reading.bind import Binding
from vsme_xl.reading.cell_numbers import SHARED_SIGNS
from vsme_xl.reading.cells import Cell, parse_text
from vsme_xl.reading.mapping import WorkbookMapping
from vsme_xl.reading.meaning import Wording, answer_of, code_of, key_of, meaning_of
from vsme_xl.reading.workbook_file import Area, SheetGrid, WorkbookFile
from vsme_xl.store import FACT_COLUMNS, Fact

UNIT_LISTS = {"mass": "mass_volume_unit", "volume": "mass_volume_unit", "area": "area_unit"}
BULLETS = "·•- \t\xa0"
NAME, TABLE, ROW, VALUE, SOURCE = (FACT_COLUMNS.index(c) for c in ("name", "table", "row", "value", "source"))


@dataclass
class Reader:
    """Collects the facts and findings of one workbook, binding by binding; `wording` is how it words its answers."""

    file: WorkbookFile
    workbook: str
    wording: Wording
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    currencies: list[tuple[Datapoint, str, str, str]] = field(default_factory=list)
    how: str = ""
    keys: dict[tuple[str, Area], dict[int, str]] = field(default_factory=dict)
    in_vain: list[tuple[int, Datapoint, SheetGrid, int, int]] = field(default_factory=list)

    def take(self, binding: Binding, edition: Edition) -> None:
        """Read the cells of one binding."""
        self.how = binding.how
        if binding.place.labels:
            self._take_choices(binding)
        elif binding.datapoint.table is None:
            self._take_scalar(binding)
        else:
            self._take_column(binding, edition)

    def take_given(self, mapping: WorkbookMapping, edition: Edition) -> None:
        """Add what every workbook of the kind would answer: once, or in each row of a table that says anything."""
        self.how = ""
        for name, place in mapping.places.items():
            if not place.value:
                continue
            datapoint = edition.datapoints[name]
            value = meaning_of(place.value, datapoint, self.wording, lambda: False).value
            rows = {f[ROW]: f[SOURCE] for f in reversed(self.facts) if f[TABLE] == datapoint.table}
            taken = {f[ROW] for f in self.facts if f[NAME] == name}
            for row, source in sorted(rows.items()) if datapoint.table else [(-1, "")]:
                if row not in taken:
                    self._add(datapoint, datapoint.dimensions, row, value, datapoint.unit, "current", source)

    def currency_findings(self, currency: str) -> Iterator[Finding]:
        """Yield a finding for every amount typed with a currency that is not the workbook's, or where none belongs."""
        for datapoint, address, text, written in self.currencies:
            texts = {"text": text, "currency": written, "whole": currency}
            if datapoint.unit not in ("currency", "EUR"):
                yield Finding(self.workbook, "currency_for_amount", datapoint.name, address, texts)
            elif datapoint.unit == "currency" and currency and currency not in SHARED_SIGNS.get(written, (written,)):
                yield Finding(self.workbook, "currency_differs", datapoint.name, address, texts)

    def tell_of_lookups(self, edition: Edition) -> None:
        """Say of each formula that found nothing in a row that says something beside its key."""
        keys = {table.axis for table in edition.tables.values()}
        filled = {(f[TABLE], f[ROW]) for f in self.facts if f[VALUE] is not False and f[NAME] not in keys}
        for number, datapoint, grid, row, column in self.in_vain:
            if (datapoint.table, number) in filled:
                self._find("lookup_found_nothing", datapoint, grid, row, column, Cell(None))

    def _take_scalar(self, binding: Binding) -> None:
        datapoint, area = binding.datapoint, binding.area
        grid = self.file.sheet(area.sheet)
        for row, column in grid.cells_in(area):
            value = self._value(binding, grid, row, column)
            if value is None:
                continue
            unit = self._unit(binding, datapoint, row)
            if unit is not None:
                self._add(datapoint, datapoint.dimensions, -1, value, unit, binding.period, _at(grid, row, column))
            return

    def _take_column(self, binding: Binding, edition: Edition) -> None:
        datapoint, area = binding.datapoint, binding.area
        table = edition.tables[str(datapoint.table)]
        wanted = {f[VALUE] for f in self.facts if f[NAME] == binding.place.rows_of} if binding.place.rows_of else None
        if wanted == set():
            return  # before the sheet is parsed
        grid = self.file.sheet(area.sheet)
        listed = {code: number for number, code in enumerate(codes(table.codes))} if table.codes else {}
        axis = table.axis.replace("SitesInBiodiversitySensitiveAreas", "Site")
        keyed_by, keys = edition.datapoints.get(table.axis or table.key), None
        for row, column in grid.first_filled(area, area.first_row, min(area.last_row, grid.n_rows - 1)):
            value = self._value(binding, grid, row, column)
            if value is None:
                if binding.place.looked_up and grid.value(row, column) is not None and grid.is_formula(row, column):
                    self.in_vain.append((row - area.first_row + binding.row, datapoint, grid, row, column))
                continue
            if keys is None:  # not before a row says something
                keys = self._keys(keyed_by, binding.key_area)
            number, key = self._row(binding, keyed_by, keys, row, listed)
            if (listed and datapoint.name == table.key and number < len(listed)) or (wanted and key not in wanted):
                continue
            unit = self._unit(binding, datapoint, row)
            if unit is None:
                continue
            target = _by_unit(datapoint, unit, edition)
            dimensions = ((axis, key),) if axis and key else ()
            self._add(target, dimensions, number, value, unit, binding.period, _at(grid, row, column))

    def _row(
        self, binding: Binding, keyed_by: Datapoint | None, keys: Mapping[int, str], row: int, listed: Mapping[str, int]
    ) -> tuple[int, str]:
        """Return the number of a table's row and its key, of those that stand in the key column.

        Rows of fixed tables go by their key, wherever they stand.
        """
        number = row - binding.area.first_row + binding.row
        area = binding.key_area
        if area is None or keyed_by is None:
            return binding.rows.index(row) if row in binding.rows else number + len(binding.rows), ""
        within = area.first_row <= row <= area.last_row
        key = keys.get(row, "") if within else self._key(keyed_by, area, row)
        if key in listed:
            return listed[key], key
        if listed:
            return max(number, len(listed) + sum(r < row and k not in listed for r, k in keys.items())), key
        return row - area.first_row, key or str(row - area.first_row + 1)

    def _keys(self, datapoint: Datapoint | None, area: Area | None) -> Mapping[int, str]:
        """Return the keys that stand in the key column of a table, by row; every column of the table asks for them."""
        if datapoint is None or area is None:
            return {}
        place = (datapoint.name, area)
        if place not in self.keys:
            grid = self.file.sheet(area.sheet)
            filled = grid.first_filled(area, area.first_row, min(area.last_row, grid.n_rows - 1))
            keys = ((row, key_of(grid.value(row, column), datapoint, self.wording)) for row, column in filled)
            self.keys[place] = {row: key for row, key in keys if key}
        return self.keys[place]

    def _key(self, datapoint: Datapoint, area: Area, row: int) -> str:
        """Return the key in the columns of a key column, in a row apart from the others."""
        grid = self.file.sheet(area.sheet)
        column = _first_filled(grid, row, area)
        return "" if column is None else key_of(grid.value(row, column), datapoint, self.wording)

    def _take_choices(self, binding: Binding) -> None:
        """Read a row or column of yes/no cells, each beside (or below) the label of its member."""
        datapoint, area = binding.datapoint, binding.area
        grid = self.file.sheet(area.sheet)
        chosen: list[tuple[str, int, int]] = []
        for row, column in grid.cells_in(area):
            if not self._is_chosen(datapoint, grid, row, column):
                continue
            label = grid.value(row - 1, column) if binding.place.labels == "above" else _label_left(grid, row, area)
            plain = label.lstrip(BULLETS) if isinstance(label, str) else label
            code = code_of(plain, datapoint.codelist, self.wording)
            member = code.value or _member_by_place(binding, row, column)
            if member:
                chosen.append((member, row, column))
            else:
                self._find("unknown_code", datapoint, grid, row, column, code)
        if datapoint.table is None and chosen:
            several = "; ".join(code for code, _, _ in chosen)
            self._add(datapoint, (), -1, several, "", binding.period, _at(grid, *chosen[0][1:]))
        for number, (code_chosen, row, column) in enumerate(chosen if datapoint.table else []):
            self._add(datapoint, (), number, code_chosen, "", binding.period, _at(grid, row, column))

    def _is_chosen(self, datapoint: Datapoint, grid: SheetGrid, row: int, column: int) -> bool:
        """Return whether a yes/no cell says yes; what is neither yes, no nor blank is said to be."""
        if self._is_broken(datapoint, grid, row, column):
            return False
        answer = answer_of(grid.value(row, column), self.wording)
        if answer.problem:
            self._find(answer.problem, datapoint, grid, row, column, answer)
        return answer.value is True

    def _add(
        self,
        datapoint: Datapoint,
        dimensions: tuple[tuple[str, str], ...],
        number: int,
        value: object,
        unit: str,
        period: str,
        source: str,
    ) -> None:
        self._count()
        self.facts.append(
            (
                self.workbook, datapoint.name, datapoint.concept, dimensions, datapoint.table or "", number,
                datapoint.kind, value, unit, period, "reported", source, "", self.how,
            )
        )  # fmt: skip

    def _value(self, binding: Binding, grid: SheetGrid, row: int, column: int) -> object:
        datapoint = binding.datapoint
        if binding.place.typed and grid.is_formula(row, column):
            return None
        condition = grid.condition(row, column)
        if condition and binding.parts and (joined := self._joined(binding)):
            return joined
        if condition and self._is_broken(datapoint, grid, row, column):
            return None
        raw = grid.value(row, column)
        if raw is None:
            return None
        percent = partial(grid.is_percent, row, column)
        cell = meaning_of(raw, datapoint, self.wording, percent, binding.place.readings)
        if datapoint.codelist == "waste":
            cell = _named_fully(cell, raw)
        if cell.problem and not (cell.problem == "percent_for_number" and binding.place.percent):
            self._find(cell.problem, datapoint, grid, row, column, cell)
        if cell.params and (written := cell.params.get("currency") or cell.params.get("sign")):
            self.currencies.append((datapoint, _at(grid, row, column), str(raw).strip(), str(written)))
        if cell.value is not None and datapoint.codelist == "nace" and sum(c.isdigit() for c in str(cell.value)) < 4:
            self._find("coarse_code", datapoint, grid, row, column, Cell(None, "", {"text": str(raw)}))
        return cell.value

    def _is_broken(self, datapoint: Datapoint, grid: SheetGrid, row: int, column: int) -> bool:
        """Return whether a cell holds an error or a formula without its result, and say so."""
        condition = grid.condition(row, column)
        if not condition:
            return False
        code = {"error": "error_cell", "lost": "formula_result_lost"}.get(condition, condition)
        said = {"text": grid.error_text(row, column)} if condition == "error" else {}
        self._find(code, datapoint, grid, row, column, Cell[str](None, "", said))
        return True

    def _joined(self, binding: Binding) -> str:
        """Return the date that year, month and day in the cells of its parts make; blank where they make none."""
        cells = (self.file.sheet(a.sheet).value(a.first_row, a.first_column) for a in binding.parts)
        numbers = [int(v) for v in cells if isinstance(v, int | float) and not isinstance(v, bool)]
        try:
            return date(*numbers).isoformat() if len(numbers) == 3 else ""
        except (ValueError, OverflowError):
            return ""

    def _unit(self, binding: Binding, datapoint: Datapoint, row: int) -> str | None:
        """Return the unit of an amount: of its unit cell, the mapping or the datapoint; None where it was lost."""
        default = binding.place.unit or datapoint.unit
        area = binding.unit_area
        if area is None:
            return default
        at = area.first_row if area.first_row == area.last_row else area.first_row + row - binding.area.first_row
        grid = self.file.sheet(area.sheet)
        column = _first_filled(grid, at, area)
        if column is None:
            self._find("unit_missing", datapoint, grid, at, area.first_column, Cell(None, "", {"unit": default}))
            return default
        condition = grid.condition(at, column)
        if condition and binding.place.unit_else:
            return self._unit_else(binding, datapoint) or default
        if condition == "lost":
            self._find("formula_result_lost", datapoint, grid, at, column, Cell(None))
            return None
        code = code_of(grid.value(at, column), UNIT_LISTS.get(datapoint.kind, "unit"), self.wording)
        if code.value is None:
            self._find("unit_unknown", datapoint, grid, at, column, code)
            return default
        return code.value

    def _unit_else(self, binding: Binding, datapoint: Datapoint) -> str | None:
        """Return the unit that the formula of a unit's cell gives: one that is always the same, or another cell's."""
        area = self.file.names.get(binding.place.unit_else)
        if area is None:
            return binding.place.unit_else
        grid = self.file.sheet(area.sheet)
        column = _first_filled(grid, area.first_row, area)
        value = None if column is None else grid.value(area.first_row, column)
        return code_of(value, UNIT_LISTS.get(datapoint.kind, "unit"), self.wording).value

    def _count(self) -> None:
        """Refuse a workbook that has more to tell than any report: thousands of names may lead to the same cells."""
        self.file.limits.check("answers", len(self.facts) + len(self.findings) + 1, self.workbook)

    def _find(
        self,
        code: str,
        datapoint: Datapoint,
        grid: SheetGrid,
        row: int,
        column: int,
        cell: Cell[object] | Cell[str] | Cell[bool],
    ) -> None:
        self._count()
        values = {"text": "", **cell.params}
        self.findings.append(Finding(self.workbook, code, datapoint.name, _at(grid, row, column), values))


def _at(grid: SheetGrid, row: int, column: int) -> str:
    return f"{grid.name}!{grid.address(row, column)}"


def _named_fully(cell: Cell[object], raw: object) -> Cell[object]:
    """Return a cell with a chapter or group of the list of waste as such, with codes that it holds."""
    found = waste_under(str(parse_text(raw).value))
    if not found:
        return cell
    return Cell(None, "waste_code_coarse", {"text": str(raw).strip(), "candidates": ", ".join(found)})


def _first_filled(grid: SheetGrid, row: int, area: Area) -> int | None:
    return next((column for _, column in grid.first_filled(area, row, row)), None)


def _member_by_place(binding: Binding, row: int, column: int) -> str:
    """Return the member of a yes/no cell by its place among the others, where there are as many as are known of."""
    area, members = binding.area, binding.place.members
    upright = binding.place.labels == "left"
    first, last = (area.first_row, area.last_row) if upright else (area.first_column, area.last_column)
    return members[(row if upright else column) - first] if last - first + 1 == len(members) else ""


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
