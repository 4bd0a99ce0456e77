"""Collect the input files: folders, globs, single files, archives and mails; say what is passed over and why."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vsme_xl.batch.containers import CONTAINERS, ContainerError, ContainerOf, containers, entries_of, too_many
from vsme_xl.batch.names import with_outputs
from vsme_xl.batch.records import MANIFEST, PRIVATE, InputFile, Options, Outcome, Skipped, failure
from vsme_xl.batch.storage import filesystem, is_local
from vsme_xl.cell_text import name_as_text
from vsme_xl.reading.refusal import UnreadableWorkbook, refusal_text

WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods")
TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".bak", "~")
OUTLOOK = (".msg", ".pst", ".olm")
PACKED = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zipx")
MAGIC = frozenset("*?[")
OWN = frozenset({"results", "review", "mail", PRIVATE})
OWN_FILES = frozenset({"portfolio.xlsx", "facts.csv", "facts.parquet"})


class NoInput(Exception):
    """A named input is not there, or is the output folder; `code` says which (a text `batch.CODE`)."""

    def __init__(self, code: str, source: str) -> None:
        super().__init__(code, source)
        self.code = code
        self.source = source


@dataclass(frozen=True)
class Collected:
    """The input files in the order of their names, what was passed over, and archives that could not be opened.

    `held` are the names of files, archives and mails that are to be left alone for now.
    """

    files: tuple[InputFile, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Outcome, ...]
    held: frozenset[str] = frozenset()


def collect(sources: Sequence[str], options: Options, held: frozenset[str] = frozenset()) -> Collected:
    """Return every workbook under `sources` (folders, globs, files, URLs), none of them one of our own outputs.

    Names are paths below the deepest folder that holds all sources. `held` are URLs of files that are not opened; a
    workbook among them is in `files` all the same, as its name bears on those of others. Raises NoInput where a source
    is not there.
    """
    found = {
        path: (url, named) for source in sources for path, url, named in files_under(source, options.out)
    }
    base = _base(sources)
    files: list[InputFile] = []
    skipped: list[Skipped] = []
    failed: list[Outcome] = []
    for path in sorted(found):
        url, named = found[path]
        name = _name(path, base)
        if url in held and name.lower().endswith(CONTAINERS):
            continue
        with containers(options.opening.limits) as container_of:
            for item in _expanded(InputFile(name, url), named, options, container_of):
                {InputFile: files, Skipped: skipped, Outcome: failed}[type(item)].append(item)  # type: ignore[attr-defined]
    ordered = sorted(_distinct(files), key=lambda file: file.name)
    names = frozenset(_name(filesystem(url)[1], base) for url in held)
    return Collected(tuple(with_outputs(ordered)), tuple(skipped), tuple(failed), names)


def files_under(source: str, out: str) -> Iterator[tuple[str, str, bool]]:
    """Yield path, URL and whether it was named itself, of each file that a source stands for; `out` may be empty.

    Raises NoInput where there is none, or where an output of a first run would be written over one of them.
    """
    fs, path = filesystem(source)
    out_fs, out_path = filesystem(out)
    same_store = out != "" and fs.protocol == out_fs.protocol
    if fs.isdir(path):
        if same_store and (path == out_path or _is_output(path, out_path)):
            raise NoInput("in_is_out", source)
        matches, named = [path], False
    elif fs.isfile(path):
        matches, named = [path], True
    else:
        matches, named = (sorted(fs.glob(path)) if MAGIC & set(path) else []), False
    if not matches:
        raise NoInput("no_such_input", source)
    worked_before = same_store and fs.isfile(f"{out_path}/{PRIVATE}/{MANIFEST}")
    for match in matches:
        paths = _below(fs, match) if fs.isdir(match) else [match]
        for each in paths:
            if same_store and _is_output(each, out_path):
                if worked_before:
                    continue
                raise NoInput("in_is_out", each)
            yield each, (fs.unstrip_protocol(each) if not is_local(fs) else each), named


def _is_output(path: str, out: str) -> bool:
    """Return whether a path is one that a batch writes to in the output folder."""
    below = path.removeprefix(f"{out}/")
    return below != path and (below in OWN_FILES or below.partition("/")[0] in OWN)


def _below(fs: object, folder: str) -> Iterator[str]:
    """Yield the files below a folder; folders that a batch wrote into are known by what it keeps there."""
    for root, folders, names in fs.walk(folder):  # type: ignore[attr-defined]
        outputs = PRIVATE in folders and fs.isfile(f"{root}/{PRIVATE}/{MANIFEST}")  # type: ignore[attr-defined]
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not (outputs and f in OWN))
        yield from (f"{root}/{n}" for n in names if not (outputs and n in OWN_FILES))


def _name(path: str, base: str) -> str:
    name = posixpath.relpath(path, base) if base else posixpath.basename(path)
    return name_as_text(unicodedata.normalize("NFC", name))


def _base(sources: Sequence[str]) -> str:
    folders = []
    for source in sources:
        fs, path = filesystem(source)
        if not fs.isdir(path):
            parts = path.split("/")
            fixed = next((n for n, part in enumerate(parts) if MAGIC & set(part) and not fs.exists(path)), None)
            path = "/".join(parts[:fixed]) if fixed is not None else posixpath.dirname(path)
        folders.append(path)
    try:
        return posixpath.commonpath(folders)
    except ValueError:
        return ""


def _expanded(
    file: InputFile, named: bool, options: Options, container_of: ContainerOf
) -> Iterator[InputFile | Skipped | Outcome]:
    """Yield a file itself, or what an archive or a mail holds, in turn.

    Archives within an archive count together: few bytes can hold more entries than there is time for.
    """
    limits = options.opening.limits
    pending, entries = [(file, named)], 0
    while pending:
        one, itself = pending.pop()
        if reason := passed_over(one.name, itself):
            yield Skipped(one.name, reason)
        elif one.name.lower().endswith(CONTAINERS):
            try:
                inner = entries_of(one, limits, container_of) if entries <= limits.zip_entries else []
                entries += len(inner)
                if entries > limits.zip_entries:
                    raise too_many(entries, limits)
            except ContainerError as error:
                yield failure(one.name, error.code, options, **error.values)
                continue
            except UnreadableWorkbook as error:
                message = refusal_text(error, options.language or "en")
                yield Outcome(one.name, "failed", code=error.code, message=message, retry=True)
                continue
            pending += [(entry, False) for entry in reversed(inner)]
        else:
            yield one


def passed_over(name: str, named: bool = False) -> str:
    """Return why a file of this name is no input (a text `batch.skipped.CODE`), empty where it is one.

    What was `named` itself is one whatever its ending.
    """
    base = posixpath.basename(name)
    lower = base.lower()
    if base.startswith("~$"):
        return "lock"
    if lower.endswith(TEMPORARY):
        return "temporary"
    if base.startswith(".") or "/." in f"/{name}" or name.startswith("__MACOSX/"):
        return "hidden"
    if named or lower.endswith((*WORKBOOKS, *CONTAINERS)):
        return ""
    return "outlook" if lower.endswith(OUTLOOK) else "packed" if lower.endswith(PACKED) else "no_workbook"


def _distinct(files: Sequence[InputFile]) -> Iterator[InputFile]:
    """Yield the files with names that differ: a mail may hold two attachments of one name."""
    seen: dict[str, int] = {}
    for file in files:
        count = seen[file.name] = seen.get(file.name, 0) + 1
        if count == 1:
            yield file
        else:
            stem, dot, extension = file.name.rpartition(".")
            yield replace(file, name=f"{stem} ({count}){dot}{extension}", twin_of=file.name)
