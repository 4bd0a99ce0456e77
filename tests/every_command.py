"""Run every command and the library, one after the other in one process, over a folder of inputs; for tests.

    python every_command.py INPUTS OUT

INPUTS holds what `inputs_of` puts there. A line of JSON per command line goes to standard output: the command line and
its exit code. What the commands print goes to the file `said` in OUT.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
OFFICIAL = Path(__file__).parents[2] / "shared" / "efrag" / "VSME-Digital-Template-Sample-1.2.0.xlsx"
PASSWORD = "Söcret 1"
LANGUAGES = ("en", "da", "de", "sv")


def inputs_of(folder: Path) -> None:
    """Fill a folder with one input of every sort: ours, mapped, encrypted, official, results, in archives and mails."""
    import vsme_xl

    ours = SAMPLES / "consultancy.xlsx"
    for name in ("consultancy.xlsx", "manufacturer.xlsx", "mistakes.xlsx"):
        shutil.copyfile(SAMPLES / name, folder / name)
    for ending in (".xlsx", ".yaml"):
        shutil.copyfile(SAMPLES / "questionnaire" / f"questionnaire{ending}", folder / f"questionnaire{ending}")
    if OFFICIAL.exists():
        shutil.copyfile(OFFICIAL, folder / "official.xlsx")
    read = vsme_xl.read(ours)
    results = folder / "last year-results.xlsx"
    vsme_xl.write_results(vsme_xl.compute(read.facts), results, meta=read.workbook.as_dict())
    (folder / "torn.xlsx").write_bytes(ours.read_bytes()[:9000])
    (folder / "locked.xlsx").write_bytes(_encrypted(ours.read_bytes()) or ours.read_bytes())
    with zipfile.ZipFile(folder / "post.zip", "w") as archive:
        archive.write(ours, "a/report.xlsx")
    mail = EmailMessage()
    mail["Subject"] = "Bericht"
    mail.set_content("anbei")
    mail.add_attachment(ours.read_bytes(), maintype="application", subtype="octet-stream", filename="report.xlsx")
    (folder / "mail.eml").write_bytes(mail.as_bytes())


def _encrypted(data: bytes) -> bytes:
    try:
        from msoffcrypto.format import ooxml
    except ImportError:
        return b""
    out = io.BytesIO()
    ooxml.OOXMLFile(io.BytesIO(data)).encrypt(PASSWORD, out)
    return out.getvalue()


def command_lines(inputs: Path, out: Path) -> Iterator[list[str]]:
    """Yield the command lines: every command, with every option that reads or writes something."""
    ours, wrong, locked = (str(inputs / f"{n}.xlsx") for n in ("manufacturer", "mistakes", "locked"))
    mapped = [str(inputs / "questionnaire.xlsx"), "--mapping", str(inputs / "questionnaire.yaml")]
    protected = [locked, "--password", PASSWORD]
    every = [[ours], [wrong], mapped, protected]
    every += [[str(path)] for path in [inputs / "official.xlsx"] if path.exists()]
    yield ["--version"]
    yield ["explain", "Turnover"]
    for number, code in enumerate(LANGUAGES):
        yield ["new", str(out / f"{code}.xlsx"), "--module", ("comprehensive", "basic")[number % 2], "--lang", code]
    for number, one in enumerate(every):
        results, review = out / f"{number}.xlsx", out / f"{number}-review.xlsx"
        yield ["run", *one[:1], "-o", str(results), "--structure", ("esg", "dnk", "vsme")[number % 3], *one[1:]]
        yield ["check", *one[:1], "--review", str(review), "--mail", str(out / f"{number}.eml"), *one[1:]]
        yield ["new", str(out / f"{number}-next.xlsx"), "--previous", *one]
        yield ["new", str(out / f"{number}-moved.xlsx"), "--from", *one]
    yield ["new", str(out / "two.xlsx"), "--previous", str(inputs / "last year-results.xlsx"), "--previous", ours]
    yield from (["check", wrong, "--format", form] for form in ("json", "csv"))
    yield from (["facts", ours, "--format", form] for form in ("table", "json", "csv", "xbrl-json"))
    yield ["facts", str(inputs / "torn.xlsx")]
    yield ["mapping", "show"]
    yield ["mapping", "show", mapped[2]]
    yield ["mapping", "build", mapped[0], "-o", str(out / "draft.yaml")]
    yield ["mapping", "check", mapped[2], mapped[0]]
    batch = ["--workers", "1", "--json", "--password", PASSWORD]
    yield ["batch", str(inputs), str(out / "batch"), "--review", "--mail", *mapped[1:], *batch]
    yield ["batch", str(inputs), str(out / "batch"), "--review", "--mail", "--quiet", *mapped[1:], *batch[:2]]
    yield ["batch", str(inputs / "post.zip"), str(inputs / "m*.eml"), str(out / "others"), "--force", *batch]
    yield ["demo", str(out / "demo")]


def use_library(inputs: Path, out: Path) -> None:
    """Read a folder, compute and write, as a notebook does."""
    import vsme_xl

    facts = vsme_xl.read_folder(inputs, opening=vsme_xl.Opening(password=PASSWORD))
    computed = vsme_xl.compute(facts)
    assert len(computed.facts) > 200
    path = inputs / "consultancy.xlsx"
    reading = vsme_xl.read(path)
    own = vsme_xl.compute(reading.facts, findings=reading.findings, places={path.name: reading.places})
    vsme_xl.write_results(own, out / "library.xlsx", meta=reading.workbook.as_dict())
    vsme_xl.write_review(path, reading, own, out / "library-review.xlsx")
    vsme_xl.write_mail(path, reading, own, out / "library.eml")


def main(inputs: Path, out: Path) -> None:
    """Run everything; the exit code of the library is 0, or that of the exception."""
    from vsme_xl.cli import main as command

    own = os.dup(1)
    said = os.open(out / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    for line in command_lines(inputs, out):
        try:
            code = command(line, prog_name="vsme-xl", standalone_mode=False)
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        os.write(own, f"{json.dumps([line, code or 0])}\n".encode())
    use_library(inputs, out)
    os.write(own, b'[["library"], 0]\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
