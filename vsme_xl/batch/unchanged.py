"""Find what is left as it is: files of which earlier runs made what still holds, and those a watch holds back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from vsme_xl.batch.containers import ContainerError, ContentOf, contents
from vsme_xl.batch.inputs import Collected
from vsme_xl.batch.manifest import is_whole, key_of
from vsme_xl.batch.records import DISK_FULL, InputFile, Options, Outcome, Watched
from vsme_xl.batch.storage import join, stands_whole
from vsme_xl.reading.refusal import UnreadableWorkbook

LOCKED = frozenset({"encrypted", "encrypted_extra", "wrong_password"})
LATER = frozenset({"no_access", "vanished", "cannot_write", "output_gone", DISK_FULL, "worker_lost"})


@dataclass(frozen=True)
class Kept:
    """The outcomes that are kept, by name, and how many files have the content they had under other options."""

    outcomes: Mapping[str, Outcome]
    otherwise: int = 0


def kept_of(
    collected: Collected, known: Mapping[str, Outcome], options: Options, watched: Watched, force: bool
) -> Kept:
    """Return the outcomes that are kept: of what is held, and unless forced of what is unchanged.

    That is what has the same content, options and program, its outputs and record there and not cut off. What is at the
    URLs `watched.same` is known to have the content it had; what failed there is tried again only where the reason lies
    outside the file.
    """
    kept = {name: outcome for name, outcome in known.items() if _is_held(name, collected.held)}
    otherwise = 0
    with contents(options.opening.limits) as content_of:
        for file in () if force else collected.files:
            before = known.get(file.name)
            if before is None or file.name in collected.held or (before.code in LOCKED and options.opening.password):
                continue
            as_before = file.url in watched.same
            if before.retry or not before.key:
                holds = as_before and before.code not in LATER
            else:
                sha256 = before.sha256 if as_before else _sha256(file, content_of)
                same_key = before.key == key_of(sha256, file, options)
                otherwise += not same_key and sha256 == before.sha256
                holds = same_key and _stands(before, options.out, as_before)
            if holds:
                kept[file.name] = before
    return Kept(kept, otherwise)


def _is_held(name: str, held: frozenset[str]) -> bool:
    """Return whether a workbook, or the archive or mail it is in, is to be left alone."""
    return bool(held) and any(name == other or name.startswith(f"{other}/") for other in held)


def _stands(before: Outcome, out: str, as_before: bool) -> bool:
    """Return whether what was written for a file stands and is not cut off; where a watch saw to it, not so closely."""
    there = all(stands_whole(join(out, path)) for path in before.outputs.values())
    return there and (as_before or is_whole(out, before))


def _sha256(file: InputFile, content_of: ContentOf) -> str:
    """Return the digest of a file's content, empty where it cannot be read."""
    try:
        return hashlib.sha256(content_of(file)).hexdigest()
    except (OSError, ContainerError, UnreadableWorkbook):
        return ""
