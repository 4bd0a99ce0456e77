"""The form of single answers: identifiers, links, coordinates and keys."""

from __future__ import annotations

from typing import Any

import pytest

from vsme_xl import compute, facts_of

GAS = {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Natural gas", "Ledger_Amount": 5, "Ledger_Unit": "MWh"}
CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"EntityIdentifierScheme": "LEI", "EntityIdentifier": "529900T8BM49AURSDO55"}, []),
    ({"EntityIdentifierScheme": "LEI", "EntityIdentifier": "529900T8BM49AURSDO56"}, ["identifier_invalid"]),
    ({"EntityIdentifierScheme": "EUID", "EntityIdentifier": "DEK1101R.HRB116737"}, []),
    ({"EntityIdentifierScheme": "EUID", "EntityIdentifier": "116737"}, ["identifier_invalid"]),
    ({"EntityIdentifierScheme": "DUNS", "EntityIdentifier": "15-048-3782"}, []),
    ({"EntityIdentifierScheme": "DUNS", "EntityIdentifier": "12345"}, ["identifier_invalid"]),
    ({"EntityIdentifier": "whatever"}, []),
    ({"URLOrLinkToThePubliclyAvailableDisclosure": "https://example.com/report"}, []),
    ({"URLOrLinkToThePubliclyAvailableDisclosure": "see our report"}, ["url_invalid"]),
    ({"sites": [{"GPSLocationOfSite": "52.51627, 13.37770"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "52.51627 13.37770; 52.61000, 13.40000"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "52.51627 13.37770; 52.6, 13.4"}]}, ["coordinates_coarse"]),
    ({"sites": [{"GPSLocationOfSite": "52° 30' 58.6\" N, 13° 22' 39.7\" E"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "13° 22' 39.7\" E, 52° 30' 58.6\" N"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "152° 30' N, 13° 22' E"}]}, ["coordinates_swapped"]),
    ({"EntityIdentifier": "DE136695976"}, []),
    ({"EntityIdentifier": "DE136695977"}, ["identifier_invalid"]),
    ({"countries": [{"CountryOfEmploymentContractAxis": "DE"}, {"CountryOfEmploymentContractAxis": "DE"}]},
     ["duplicate_key"]),
    ({"nace": [{"NaceSectorClassificationCodes": "NACE_C1071"}] * 2}, ["duplicate_key"]),
    ({"ledger": [GAS, GAS]}, ["duplicate_row"]),
    ({"ledger": [GAS, {**GAS, "Ledger_Amount": 6}]}, []),
    ({"TotalEnergyConsumption": {"value": 5, "unit": "t"}}, ["unit_wrong_dimension"]),
    ({"TotalEnergyConsumption": {"value": 5, "unit": "GJ"}}, []),
    ({"sites": [{"GPSLocationOfSite": "52° 30' 58.6\" N"}]}, ["coordinates_unreadable"]),
    ({"sites": [{"GPSLocationOfSite": "Berlin"}]}, ["coordinates_unreadable"]),
    ({"sites": [{"GPSLocationOfSite": "113.37770, 52.51627"}]}, ["coordinates_swapped"]),
    ({"sites": [{"GPSLocationOfSite": "152.5, 213.4"}]}, ["coordinates_out_of_range"]),
    ({"sites": [{"IdentifierOfSiteTypedAxis": "A"}, {"IdentifierOfSiteTypedAxis": "a"}]}, ["duplicate_key"]),
    ({"sites": [{"IdentifierOfSiteTypedAxis": "A"}, {"IdentifierOfSiteTypedAxis": "B"}]}, []),
]


@pytest.mark.parametrize(("answers", "codes"), CASES)
def test_only_answers_whose_form_cannot_be_right_are_findings(answers: dict[str, Any], codes: list[str]) -> None:
    found = compute(facts_of(answers)).findings["code"]
    about_form = {"identifier_invalid", "url_invalid", "duplicate_key", "duplicate_row", "unit_wrong_dimension"}
    assert [c for c in found if c in about_form or c.startswith("coordinates")] == codes
