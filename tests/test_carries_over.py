"""The list of what stays from year to year: whole, and refused with file, line and reason where it is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vsme_xl import carries_over as module
from vsme_xl.carries_over import FIGURES, carries_over, filled_in
from vsme_xl.edition import EditionError, data_folder, load_edition, read_yaml

LIST = read_yaml(data_folder() / "carries_over.yaml")


def test_whatever_a_person_fills_in_stays_moves_on_is_asked_anew_or_is_a_figure() -> None:
    found = carries_over()
    groups = (found.stays, found.asked_anew, found.moves_on)
    for d in filled_in(load_edition()):
        assert sum(d.name in group for group in groups) == (0 if d.name in _figures() else 1), d.name
    assert len(_figures()) > 100


def test_figures_of_the_year_do_not_stay_but_those_of_the_base_year_and_of_factors_do() -> None:
    stays = carries_over().stays
    assert not {"Turnover", "NumberOfEmployees", "Ledger_Amount", "Scope3_Emissions", "TotalUseOfLand"} & stays
    assert {"GrossScope1GreenhouseGasEmissions_BaselineYearMember", "Fuel_NCV", "Ledger_EmissionFactorMarket"} <= stays
    assert {"EntityName", "AddressOfSite", "NameOfTheSubsidiary", "Practice_Exists", "TypeOfWasteAxis"} <= stays


def _figures() -> set[str]:
    found = carries_over()
    listed = found.stays | found.asked_anew | found.moves_on
    return {d.name for d in filled_in(load_edition()) if d.kind in FIGURES and d.name not in listed}


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[Any], object]], str]]:
    """Load the list after one change to it and return what is said of it."""

    def load(change: Callable[[Any], object]) -> str:
        data = copy.deepcopy(LIST)
        change(data)
        monkeypatch.setattr(module, "read_yaml", lambda source: data)
        module._load.cache_clear()
        with pytest.raises(EditionError) as refused:
            carries_over()
        return str(refused.value)

    yield load
    monkeypatch.undo()
    module._load.cache_clear()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(kept={}), "'kept' is none of stays, asked_anew, moves_on"),
        (lambda d: d["stays"].update(B99="all"), "'B99' is no section that is filled in"),
        (lambda d: d["stays"].update(entity=["Turnover"]), "Turnover is not filled in entity"),
        (lambda d: d["moves_on"].append("Nothing"), "Nothing is not filled in"),
        (lambda d: d["asked_anew"].update(B7_circular="all"), "stands under stays and under asked_anew"),
        (lambda d: d["stays"].pop("C1_strategy"), "is no figure and stands under none of its groups"),
    ],
)
def test_a_mistake_in_the_list_is_refused_with_its_reason(
    changed: Callable[[Callable[[Any], object]], str], change: Callable[[Any], object], reason: str
) -> None:
    said = changed(change)
    assert said.startswith("carries_over.yaml:") and reason in said
