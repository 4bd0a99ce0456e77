"""Companies made up at random from a seed: every table and most answers, each of them left out now and then."""

from __future__ import annotations

import random
from typing import Any

from vsme_xl.codelists import codelist
from vsme_xl.edition import read_rows

FUELS = [row["fuel"] for row in read_rows("fuels.csv")]
LIQUID = [row["fuel"] for row in read_rows("fuels.csv") if row["density_kg_per_l"]]
GASES = ["CO2", "CH4", "N2O", "R-134a", "R-410A", "R-404A", "R-22", "SF6"]
COUNTRIES = ["DE", "DK", "SE", "PL", "FR", "AT"]
PEOPLE = (
    "NumberOfFemaleEmployees",
    "NumberOfMaleEmployees",
    "NumberOfOtherGenderEmployees",
    "NumberOfNonReportedGenderEmployees",
)


def company(seed: int) -> dict[str, Any]:
    """Return the answers of one company, as `vsme_xl.facts_of` takes them; the same for the same seed."""
    rng = random.Random(seed)
    answers: dict[str, Any] = {
        "EntityName": f"Company {seed}",
        "ReportingPeriodStart": "2025-01-01",
        "ReportingPeriodEnd": "2025-12-31",
        "Currency": "EUR",
        "BasisForPreparation": "OptionBBasicModuleAndComprehensiveModuleMember",
        "BasisForReporting": "IndividualMember",
        "TypeOfNumberOfEmployees": "HeadcountMember",
        "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": rng.choice(COUNTRIES),
        "Turnover": round(rng.uniform(1e5, 4e7), 2),
        "Assets": round(rng.uniform(1e5, 4e7), 2),
        "nace": [
            {"NaceSectorClassificationCodes": code}
            for code in rng.sample(["NACE_C2592", "NACE_J6210", "NACE_A0111"], 2)
        ],
        **people(rng),
        **climate(rng),
        **environment(rng),
    }
    optional = [name for name in answers if name not in ("EntityName", "Currency", "BasisForPreparation")]
    for name in rng.sample(optional, k=rng.randrange(len(optional) // 3)):
        del answers[name]
    return answers


def people(rng: random.Random) -> dict[str, Any]:
    """Answers of B8 to B10 and C5 to C9."""
    by_gender = {name: rng.randrange(0, 120) for name in PEOPLE}
    everyone = sum(by_gender.values())
    permanent = rng.randint(0, everyone)
    return {
        **by_gender,
        "NumberOfEmployeesHeadcount": everyone,
        "NumberOfPermanentContractEmployees": permanent,
        "NumberOfTemporaryContractEmployees": everyone - permanent,
        "NumberOfFullTimeEquivalents": round(everyone * rng.uniform(0.6, 1), 1),
        "NumberOfEmployeesWhoLeft": rng.randint(0, everyone),
        "NumberOfEmployeesAtBeginningOfPeriod": rng.randint(1, 300),
        "NumberOfEmployeesAtEndOfPeriod": everyone,
        "NumberOfRecordableWorkRelatedAccidentsInTheReportingPeriod": rng.randrange(0, 9),
        "TotalHoursWorkedByEmployees": rng.randrange(1000, 400_000),
        "AverageGrossHourlyPayOfMaleEmployees": round(rng.uniform(12, 40), 2),
        "AverageGrossHourlyPayOfFemaleEmployees": round(rng.uniform(12, 40), 2),
        "NumberOfEmployeesCoveredByCollectiveBargainingAgreements": rng.randint(0, everyone),
        "TotalTrainingHoursOfFemaleEmployees": rng.randrange(0, 3000),
        "TotalTrainingHoursOfMaleEmployees": rng.randrange(0, 3000),
        "NumberOfFemaleEmployeesAtManagementLevel": rng.randrange(0, 5),
        "NumberOfMaleEmployeesAtManagementLevel": rng.randrange(0, 5),
        "HasGovernanceBody": rng.random() < 0.7,
        "NumberOfFemaleMembersOfGovernanceBody": rng.randrange(0, 5),
        "NumberOfMaleMembersOfGovernanceBody": rng.randrange(0, 5),
        "RevenueDerivedFromCoal": rng.choice([0, 1000.5]),
        "RevenueDerivedFromOil": rng.choice([0, 250_000]),
        "RevenueDerivedFromGas": rng.choice([0, 90_000.25]),
        "countries": [
            {
                "CountryOfEmploymentContractAxis": code,
                "NumberOfEmployeesForCountryOfEmploymentContract": rng.randrange(1, 90),
            }
            for code in rng.sample(COUNTRIES, rng.randint(1, 3))
        ],
    }


def climate(rng: random.Random) -> dict[str, Any]:
    """Answers of B3 and C3: the energy ledger, gases, Scope 3, base and target year."""
    targets = {
        f"{scope}_{year}": round(rng.uniform(1, 5000), 1)
        for scope in ("GrossScope1GreenhouseGasEmissions", "GrossLocationBasedScope2GreenhouseGasEmissions")
        for year in ("BaselineYearMember", "TargetYearMember")
    }
    return {
        "CanBreakDownEnergy": rng.random() < 0.9,
        "ledger": [ledger_row(rng) for _ in range(rng.randint(1, 8))],
        "fugitive": [
            {
                "Fugitive_Gas": rng.choice(GASES),
                "Fugitive_Amount": round(rng.uniform(0.1, 50), 2),
                "Fugitive_Unit": rng.choice(["kg", "t"]),
            }
            for _ in range(rng.randint(0, 4))
        ],
        "DisclosesScope3": rng.random() < 0.7,
        "scope3": [
            {
                "Scope3_Category": str(number),
                "Scope3_Emissions": round(rng.uniform(0, 9000), 1),
                "Scope3_Significant": rng.random() < 0.5,
            }
            for number in rng.sample(range(1, 16), rng.randint(1, 6))
        ],
        "HasGHGReductionTargets": rng.random() < 0.8,
        "GreenhouseGasEmissionReductionTargetBaseYear": rng.randint(2015, 2022),
        "GreenhouseGasEmissionReductionTargetYear": rng.randint(2028, 2040),
        "TargetCoverageScope1": rng.choice([1, 0.9, 0.67]),
        **targets,
    }


def ledger_row(rng: random.Random) -> dict[str, Any]:
    """One purchase of energy, with or without what may be stated beside the amount."""
    carrier = rng.choice(
        ["electricity", "self_generated_electricity", "heat", "steam", "cooling", "fuel", "fuel", "fuel"]
    )
    row: dict[str, Any] = {"Ledger_Carrier": carrier, "Ledger_Amount": round(rng.uniform(0.5, 9000), 3)}
    if carrier == "fuel":
        row["Ledger_Fuel"] = rng.choice(FUELS)
        row["Ledger_Unit"] = rng.choice(
            ["l", "m3", "t", "kg"] if row["Ledger_Fuel"] in LIQUID else ["t", "kg", "MWh", "kWh", "GJ"]
        )
        row["Ledger_Use"] = rng.choice(["industry", "commercial", "mobile"])
        if row["Ledger_Unit"] in ("MWh", "kWh", "GJ"):
            row["Ledger_HeatingValueBasis"] = rng.choice(["net", "gross"])
        if rng.random() < 0.3:
            row |= {
                "Ledger_OpeningStock": round(row["Ledger_Amount"] / 4, 3),
                "Ledger_ClosingStock": round(row["Ledger_Amount"] / 5, 3),
            }
    else:
        row["Ledger_Unit"] = rng.choice(["MWh", "kWh", "GJ"])
        row["Ledger_Country"] = rng.choice(COUNTRIES)
        optional = {
            "Ledger_RenewableShare": round(rng.random(), 2),
            "Ledger_EmissionFactorLocation": rng.randrange(0, 600),
            "Ledger_EmissionFactorMarket": rng.randrange(0, 600),
            "Ledger_Evidence": rng.choice(["bill", "none", "ppa"]),
        }
        row |= {name: value for name, value in optional.items() if rng.random() < 0.6}
        if carrier == "self_generated_electricity" and rng.random() < 0.5:
            row["Ledger_Sold"] = round(row["Ledger_Amount"] * rng.random(), 3)
    return row


def environment(rng: random.Random) -> dict[str, Any]:
    """Answers of B4 to B7."""
    wastes = [code for code in codelist("waste").codes if code.startswith(("W-12", "W-13", "W-15"))]
    unit = rng.choice(["ha", "sqm"])
    total = round(rng.uniform(1, 1000), 2)
    return {
        "ReportsPollutantsByLawOrEMS": rng.random() < 0.7,
        "pollutants": [
            {
                "TypeOfPollutantAxis": code,
                "AmountOfEmissionToAir": round(rng.uniform(0, 50), 3),
                "AmountOfEmissionToWater": round(rng.uniform(0, 5), 3),
            }
            for code in rng.sample(codelist("pollutant").codes, rng.randint(0, 3))
        ],
        "LandUseUnit": unit,
        "TotalUseOfLand": {"value": total, "unit": unit},
        "TotalSealedArea": {"value": round(total * rng.random(), 2), "unit": unit},
        "water": [
            {
                "Water_Site": f"Site {n}",
                "Water_Withdrawal": rng.randrange(10, 9000),
                "Water_Discharge": rng.randrange(0, 10),
                "Water_HighStress": rng.random() < 0.4,
            }
            for n in range(rng.randint(1, 4))
        ],
        "HasWaterIntensiveProcesses": rng.random() < 0.7,
        "GeneratesOnlyHouseholdWaste": False,
        "waste": [
            {
                "TypeOfWasteAxis": code,
                "WasteUnit": rng.choice(["t", "kg"]),
                "WasteDivertedToRecycleOrReuseMass": round(rng.uniform(0, 90), 2),
                "WasteDirectedToDisposalMass": round(rng.uniform(0, 90), 2),
            }
            for code in rng.sample(wastes, rng.randint(1, 6))
        ],
        "HasSignificantMaterialFlows": rng.random() < 0.7,
        "materials": [
            {
                "IdentifierOfMaterialTypedAxis": f"M{n}",
                "NameOfMaterialUsed": f"Material {n}",
                "MaterialUnit": rng.choice(["t", "kg"]),
                "WeightOfMaterialUsed": round(rng.uniform(0, 900), 2),
            }
            for n in range(rng.randint(0, 4))
        ],
    }
