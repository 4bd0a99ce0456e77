"""A wrong mapping file is refused with file, line and reason; all that is wrong with it is said at once."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsme_xl.cli import main
from vsme_xl.reading.mapping import MappingError, load_mapping
from vsme_xl.reading.mapping_file import packaged_mapping
from vsme_xl.resources import folder

HEAD = 'kind: q\nversion: "1"\ndatapoints:\n  EntityName: {at: "Q!B1"}\n'
PACKAGED = sorted(folder("mappings").glob("*.yaml"))


def _refused(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "q.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("  Entity", "\tEntity"), "q.yaml:4: a tab"),
        (HEAD + ' Turnover: {at: "Q!B2"}\n', "q.yaml:5: not valid YAML: did not find expected key"),
        (HEAD + '  Turnover: {at: "Q!B2"\n', "q.yaml:6: not valid YAML"),
        (HEAD + "readinqs: {}\n", "q.yaml:5: unknown field 'readinqs'. Do you mean 'readings'?"),
        (HEAD.replace("  Entity", "Entity"), "q.yaml:4: unknown field 'EntityName'. Known are choices,"),
        (HEAD + '  Turnovr: {at: "Q!B2"}\n', "q.yaml:5: 'Turnovr' is no datapoint. Do you mean 'Turnover'?"),
        (HEAD + '  Turnover: {att: "Q!B2"}\n', "q.yaml:5: Turnover: unknown field 'att'. Do you mean 'at'?"),
        (HEAD + '  Turnover: {at: "Q!B0"}\n', "q.yaml:5: Turnover: 'Q!B0' is no address"),
        (HEAD + '  Turnover: {at: "Q!XFE1"}\n', "q.yaml:5: Turnover: 'Q!XFE1' is no address"),
        (HEAD + '  Turnover: {at: "Q!B9:B5"}\n', "q.yaml:5: Turnover: 'Q!B9:B5' is no address"),
        (HEAD + '  Turnover: {at: "B2"}\n', "q.yaml:5: Turnover: the address 'B2' names no sheet; write Sheet!B2"),
        (HEAD + '  Ledger_Fuel: {at: ["Q!B2",\n    "Q!C"]}\n', "q.yaml:6: Ledger_Fuel: 'Q!C' is no address"),
        (HEAD + '  EntityName: {at: "Q!B2"}\n', "q.yaml:5: 'EntityName' stands twice, first in line 4"),
        (HEAD + 'datapoints:\n  Turnover: {at: "Q!B2"}\n', "q.yaml:5: 'datapoints' stands twice, first in line 3"),
        (HEAD.replace("  Entity", "  - Entity"), "q.yaml:4: datapoints takes pairs"),
        ("- kind: q\n", "q.yaml:1: a mapping file holds fields"),
        ("", "q.yaml: a mapping file holds fields"),
        (HEAD + '  Turnover: "Q!B2"\n', 'q.yaml:5: Turnover takes a place, such as {at: "Q!B2"}'),
        (HEAD + "  Turnover:\n", 'q.yaml:5: Turnover takes a place, such as {at: "Sheet!B2"}'),
        (HEAD + "  Turnover: {}\n", "q.yaml:5: Turnover says nothing"),
        (HEAD + '  Turnover: {at: {sheet: Q}}\n', "q.yaml:5: Turnover: at takes a text or a list of texts"),
        (HEAD + '  Turnover: {at: "Q!B2", unit: [EUR]}\n', "q.yaml:5: Turnover: unit takes one text"),
        (HEAD + '  TotalEnergyConsumption: {at: "Q!B2", unit: kWatt}\n',
         "q.yaml:5: TotalEnergyConsumption: 'kWatt' is no known unit."),
        (HEAD + '  TotalEnergyConsumption: {at: "Q!B2", unit: kg}\n',
         "q.yaml:5: TotalEnergyConsumption is not measured in kg. Known are BTU,"),
        (HEAD + '  Turnover: {at: "Q!B2", unit: kg}\n', "q.yaml:5: Turnover is not measured in kg. Known are EUR"),
        (HEAD + '  Turnover: {at: "Q!B2", typed: perhaps}\n', "q.yaml:5: Turnover: typed is true or false"),
        (HEAD + '  Turnover: {at: "Q!B2", readings: nogroup}\n', "q.yaml:5: Turnover: there is no group of readings"),
        (HEAD + "  Currency: {value: Taler}\n", "q.yaml:5: Currency: 'Taler' is no answer to it"),
        (HEAD + "readings:\n  yes_no: [ja, nein]\n", "q.yaml:6: yes_no takes pairs"),
        (HEAD + "readings:\n  yes_no: {ja: wahr}\n", "q.yaml:6: 'wahr' is no code of the list yes_no. Known are false"),
        (HEAD + "readings:\n  yesno: {ja: true}\n", "q.yaml:6: there is no list 'yesno'"),
        (HEAD + 'choices:\n  TypeOfHumanRightRelatedToTheConfirmedIncident: {at: "Q!B2:B6", labels: right}\n',
         "q.yaml:6: TypeOfHumanRightRelatedToTheConfirmedIncident: labels are not 'right'. Known are above, left."),
        (HEAD + "choices:\n  TypeOfHumanRightRelatedToTheConfirmedIncident: {labels: left}\n",
         "q.yaml:6: TypeOfHumanRightRelatedToTheConfirmedIncident needs a name or an address (at)"),
        (HEAD + "recognise: {nmes: [a]}\n", "q.yaml:5: recognise: unknown field 'nmes'. Do you mean 'names'?"),
        (HEAD + "language: {name: x, pattern: '[('}\n", "q.yaml:5: '[(' is no regular expression with one group"),
        (HEAD + "landmarks: {recorded: nothing}\n", "q.yaml:5: there are no recorded places 'nothing'"),
        (HEAD + "landmarks: {keys: A, labels: B}\n", "q.yaml:5: landmarks: 'headings' is missing"),
        (HEAD + "renamed: {Old: Nowt}\n", "q.yaml:5: 'Nowt' is no datapoint."),
        (HEAD + 'names: {x: "over there"}\n', "q.yaml:5: x: 'over there' is no address"),
        (HEAD + "sheets: [a, b]\n", "q.yaml:5: sheets takes pairs"),
        (HEAD + "extends: nowhere\n", "q.yaml:5: there is no mapping 'nowhere' to extend"),
        (HEAD + "extends: q\n", "q.yaml:5: there is no mapping 'q' to extend"),
        ('version: "1"\n', "q.yaml: the field 'kind' is missing"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_file_line_and_reason(text: str, said: str, tmp_path: Path) -> None:
    lines = _refused(tmp_path, text)
    assert [line for line in lines if line.startswith(said)], lines


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    lines = _refused(tmp_path, HEAD + '  Turnovr: {at: "Q!B2"}\n  Assets: {at: B3}\nreadings:\n  yes_no: {ja: wahr}\n')
    assert [line.partition(": ")[0] for line in lines] == ["q.yaml:5", "q.yaml:6", "q.yaml:8"]
    many = _refused(tmp_path, HEAD + "".join(f"  Wrong{n}: {{at: 'Q!B2'}}\n" for n in range(50)))
    assert (len(many), many[-1]) == (21, "and 30 more")


def test_a_file_in_another_encoding_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_bytes(HEAD.encode() + '  Turnover: {at: "Übersicht!B2"}\n'.encode("latin-1"))
    with pytest.raises(MappingError, match=r"q\.yaml:5: not a text in UTF-8"):
        load_mapping(path)


def test_reasons_are_said_in_the_language_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(HEAD + '  Turnovr: {at: "Q!B2"}\n', encoding="utf-8")
    result = CliRunner().invoke(main, ["mapping", "show", str(path), "--lang", "de"])
    assert result.exit_code == 2
    assert result.stderr == "q.yaml:5: „Turnovr“ ist kein Datenpunkt. Meinen Sie „Turnover“?\n"


def test_what_was_written_is_taken_as_the_text_it_is(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(
        "kind: q\nversion: 1.10\ndatapoints:\n  Turnover: {at: \"'Client''s figures'!B2\"}\n"
        "readings:\n  yes_no: {on: yes, no: no, ja: true, nein: False}\n"
    )
    mapping = load_mapping(path)
    assert mapping.version == "1.10"
    assert mapping.readings["yes_no"] == {"on": "true", "no": "false", "ja": "true", "nein": "false"}


def test_the_error_survives_the_way_between_processes(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text("kind: q\n")
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    assert str(pickle.loads(pickle.dumps(caught.value))) == "q.yaml: the field 'version' is missing"


@pytest.mark.parametrize("path", PACKAGED, ids=lambda p: p.stem)
def test_mappings_of_the_package_pass_the_check_that_their_quick_way_leaves_out(path: Path) -> None:
    assert load_mapping(path) == packaged_mapping(path)
