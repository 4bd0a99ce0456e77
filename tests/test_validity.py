"""The form of single answers: identifiers, links, coordinates and keys."""

from __future__ import annotations

from typing import Any

import pytest

from vsme_xl import compute, facts_of
from vsme_xl.codelists import codes
from vsme_xl.coordinates import coordinates_problem, country_boxes

HOME = "CountryOfPrimaryOperationsAndLocationOfSignificantAssets"
GAS = {"Ledger_Carrier": "fuel", "Ledger_Fuel": "Natural gas", "Ledger_Amount": 5, "Ledger_Unit": "MWh"}
KIND = {"TypeOfWasteAxis": "W-200101-Non-Hazardous-PaperAndCardboardMember"}
PAPER = {**KIND, "WasteUnit": "t", "WasteDirectedToDisposalMass": 2}
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
    ({"waste": [PAPER, PAPER | {"WasteDirectedToDisposalMass": 3}]}, ["duplicate_key"]),
    ({"waste": [PAPER, {**KIND, "WasteUnit": "m3", "WasteDirectedToDisposalVolume": 3}]}, []),
    ({"waste": [PAPER, {**KIND, "WasteUnit": "t", "WasteDivertedToRecycleOrReuseMass": 3}]}, []),
    ({"TotalEnergyConsumption": {"value": 5, "unit": "t"}}, ["unit_wrong_dimension"]),
    ({"TotalEnergyConsumption": {"value": 5, "unit": "GJ"}}, []),
    ({"sites": [{"GPSLocationOfSite": "52° 30' 58.6\" N"}]}, ["coordinates_unreadable"]),
    ({"sites": [{"GPSLocationOfSite": "Berlin"}]}, ["coordinates_unreadable"]),
    ({"sites": [{"GPSLocationOfSite": "113.37770, 52.51627"}]}, ["coordinates_swapped"]),
    ({"sites": [{"GPSLocationOfSite": "152.5, 213.4"}]}, ["coordinates_out_of_range"]),
    ({"sites": [{"GPSLocationOfSite": "13.37770, 52.51627", "CountryOfSite": "DE"}]}, ["coordinates_swapped"]),
    ({"sites": [{"GPSLocationOfSite": "52.51627, 13.37770", "CountryOfSite": "DE"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "48.85837, 2.29448", "CountryOfSite": "DE"}]}, ["coordinates_outside_country"]),
    ({"sites": [{"GPSLocationOfSite": "13.37770, 52.51627"}], HOME: "DE"}, ["coordinates_swapped"]),
    ({"sites": [{"GPSLocationOfSite": "48.85837, 2.29448"}], HOME: "DE"}, []),
    ({"sites": [{"GPSLocationOfSite": "48.85837, 2.29448", "CountryOfSite": "FR"}], HOME: "DE"}, []),
    ({"sites": [{"GPSLocationOfSite": "13.37770, 52.51627"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "-21.11510, 55.53640", "CountryOfSite": "FR"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "35.29232, -2.93809", "CountryOfSite": "ES"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "35.50210, 12.60880", "CountryOfSite": "IT"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "70.66336, 23.68209", "CountryOfSite": "NO"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "52.51627, 13.37770; 13.40000, 52.61000", "CountryOfSite": "DE"}]},
     ["coordinates_swapped"]),
    ({"sites": [{"GPSLocationOfSite": "52,51627; 13,37770", "CountryOfSite": "DE"}]}, []),
    ({"sites": [{"GPSLocationOfSite": "52,51627, 13,37770"}]}, []),
    ({"EntityIdentifier": "529900T8BM49AURSDO56"}, ["identifier_invalid"]),
    ({"EntityIdentifier": "529900T8BM49AURSDO55"}, []),
    ({"EntityIdentifierScheme": "PermID", "EntityIdentifier": "4295905573"}, []),
    ({"EntityIdentifierScheme": "PermID", "EntityIdentifier": "DE136695976"}, ["identifier_invalid"]),
    ({"sites": [{"IdentifierOfSiteTypedAxis": "A"}, {"IdentifierOfSiteTypedAxis": "a"}]}, ["duplicate_key"]),
    ({"sites": [{"IdentifierOfSiteTypedAxis": "A"}, {"IdentifierOfSiteTypedAxis": "B"}]}, []),
]


@pytest.mark.parametrize(("answers", "expected"), CASES)
def test_only_answers_whose_form_cannot_be_right_are_findings(answers: dict[str, Any], expected: list[str]) -> None:
    found = compute(facts_of(answers)).findings["code"]
    about_form = {"identifier_invalid", "url_invalid", "duplicate_key", "duplicate_row", "unit_wrong_dimension"}
    assert [c for c in found if c in about_form or c.startswith("coordinates")] == expected


def test_every_country_but_the_smallest_has_a_frame_and_every_frame_is_one() -> None:
    assert set(codes("country")) - set(country_boxes()) == {"BV", "GI", "TV", "UM"}
    boxes = [box for frames in country_boxes().values() for box in frames]
    assert all(-180 <= b.west < b.east <= 180 and -90 <= b.south < b.north <= 90 for b in boxes)


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("DE", "52.52, 13.40"), ("FR", "48.86, 2.35"), ("SE", "67.86, 20.23"), ("DK", "55.10, 14.70"),
        ("FI", "60.17, 24.94"), ("PT", "32.67, -16.92"), ("ES", "28.12, -15.43"), ("IT", "38.12, 13.36"),
        ("GR", "35.34, 25.13"), ("CY", "35.17, 33.36"), ("MT", "35.90, 14.51"), ("IE", "51.90, -8.47"),
        ("GB", "60.15, -1.14"), ("PL", "54.35, 18.65"), ("NL", "50.85, 5.69"), ("LU", "49.61, 6.13"),
        ("US", "21.31, -157.86"), ("NZ", "-36.85, 174.76"), ("BR", "-23.55, -46.63"), ("JP", "26.21, 127.68"),
    ],
)  # fmt: skip
def test_a_city_lies_in_its_country_and_its_swap_does_not(country: str, place: str) -> None:
    swapped = ", ".join(reversed(place.split(", ")))
    assert coordinates_problem(place, country) == "coordinates_coarse"
    assert coordinates_problem(swapped, country) == "coordinates_swapped"
