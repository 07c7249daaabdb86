"""
Everything a stranger needs to check a draw, as files; `leaves.bin` holds the records, the rest is small.

SHA256SUMS lists all of them but itself and `leaves.bin`, for which the root speaks (close.json).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from baogong.engine.draw import papers
from baogong.engine.draw.draws import Drawn, draw, more, more_promoted, more_units, more_winners
from baogong.engine.draw.entries import Records
from baogong.engine.draw.papers import (
    UnfitDraw,
    hash_of,
    read_announcement,
)
from baogong.engine.draw.proofs import Prover
from baogong.engine.faults import Fault

ANNOUNCEMENT, CLOSE, BEACON, RESULT = papers.ANNOUNCEMENT, papers.CLOSE, papers.BEACON, papers.RESULT
LEAVES, BLOCKS = "leaves.bin", "blocks.bin"
PROOFS, VERIFIER, RULE, SUMS = "proofs.jsonl", "verify.py", papers.RULE, "SHA256SUMS"
NEEDED = (ANNOUNCEMENT, CLOSE, BEACON, RESULT, BLOCKS, VERIFIER, SUMS)
PROOFS_MAX = 10_000
"""Proofs of winners and standby lie in the bundle up to so many; any entrant's is made from it in a moment."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`winners` counts those of the result and of later stock; problems are sentences."""

    entries: int
    winners: int
    root: str
    is_drill: bool
    beacon_verified: bool
    problems: tuple[str, ...]


def verifier() -> bytes:
    """The program that goes with a bundle: one file that needs nothing but Python."""
    return files("baogong.engine.draw").joinpath("verify.py").read_bytes()


def is_part(name: str) -> bool:
    """Whether a file of this name belongs to a bundle; the list, `leaves.bin`, is apart."""
    return name in NEEDED or name in (PROOFS, RULE) or re.fullmatch(r"more-\d+\.json", name) is not None


def more_name(number: int) -> str:
    """The name of the paper on later stock, counted from 1."""
    return f"more-{number}.json"


def more_papers(bundle: Mapping[str, bytes]) -> list[bytes]:
    """Those of a bundle, in order, up to the first that is missing."""
    found: list[bytes] = []
    while (paper := bundle.get(more_name(len(found) + 1))) is not None:
        found.append(paper)
    return found


def bundle_of(
    drawn: Drawn,
    *,
    announcement: bytes,
    close: bytes,
    beacon: bytes,
    later: list[bytes],
    verifier: bytes,
    rule: bytes | None = None,
) -> dict[str, bytes]:
    """
    Every file but `leaves.bin`. Raises UnfitDraw: another verifier or another rule than the announced one.

    rule  its document as it was hashed; left out where the announcement names none
    """
    faults, has_rule = [], drawn.announcement.rule_sha256 is not None
    if hash_of(verifier) != drawn.announcement.verifier_sha256:
        expected = f"{drawn.announcement.verifier_sha256}, as announced"
        faults.append(Fault(VERIFIER, hash_of(verifier), expected, "Put the announced file beside the papers."))
    if has_rule:
        faults += drawn.announcement.rule_faults(rule or b"")
    if faults:
        raise UnfitDraw(faults)
    made = {
        ANNOUNCEMENT: announcement,
        CLOSE: close,
        BEACON: beacon,
        BLOCKS: drawn.tree.blocks,
        RESULT: drawn.result,
        VERIFIER: verifier,
    }
    if has_rule and rule is not None:
        made[RULE] = rule
    made |= {more_name(number): paper for number, paper in enumerate(later, 1)}
    if len(drawn.rows) <= PROOFS_MAX:
        made[PROOFS] = proofs_of(drawn)
    return made | {SUMS: sums_of(made)}


def proofs_of(drawn: Drawn) -> bytes:
    """A line for each winner, then each standby."""
    made = Prover.of(drawn).proofs(drawn.rows)
    return b"".join(json.dumps(proof).encode() + b"\n" for proof in made)


def sums_of(made: Mapping[str, bytes]) -> bytes:
    """As `sha256sum` writes them, by name."""
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(made.items())).encode()


def check(bundle: Mapping[str, bytes], records: Records, *, root: str | None = None) -> Checked:
    """
    Draw again from the papers, and hold every byte of the bundle against that. Never raises for what is wrong with it.

    bundle  the files by name; others than a draw's are left alone
    root    as it was published, hex
    """
    problems = [f"{name} is missing." for name in NEEDED if name not in bundle]
    announcement, close, beacon = (bundle.get(name, b"") for name in (ANNOUNCEMENT, CLOSE, BEACON))
    try:
        drawn = draw(announcement, close, beacon, records)
    except UnfitDraw as unfit:
        problems += [
            f"{fault['where']}: found {fault['found']!r}, expected {fault['expected']}."
            for fault in unfit.data["problems"]
        ]
        return Checked(len(records), 0, "", _says_drill(announcement), False, tuple(problems))
    later = more_papers(bundle)
    expected: list[bytes] = []
    for number, paper in enumerate(later, 1):
        try:
            units = more_units(paper)
            expected.append(more(drawn, expected, units, len(more_promoted(paper))))
        except UnfitDraw as unfit:
            problems.append(f"{more_name(number)}: {unfit.message}")
            break
    strangers = [name for name in bundle if re.fullmatch(r"more-\d+\.json", name)]
    if len(strangers) != len(later):
        problems.append("A paper on later stock is missing between others.")
    try:
        made = bundle_of(
            drawn,
            announcement=announcement,
            close=close,
            beacon=beacon,
            later=expected,
            verifier=bundle.get(VERIFIER, b""),
            rule=bundle.get(RULE),
        )
    except UnfitDraw as unfit:
        problems.append(unfit.message)
        made = {}
    for name, content in made.items():
        if name in bundle and bundle[name] != content:
            problems.append(f"{name} is not what this draw gives.")
    if PROOFS in made and PROOFS not in bundle:
        problems.append(f"{PROOFS} is missing.")
    if root is not None and root.lower() != drawn.close.root:
        problems.append(f"The published root is {root}; this list's is {drawn.close.root}.")
    given = drawn.winners_count + sum(len(more_winners(paper)) for paper in expected)
    return Checked(
        len(records), given, drawn.close.root, drawn.announcement.is_drill, drawn.beacon_verified, tuple(problems)
    )


def _says_drill(announcement: bytes) -> bool:
    try:
        return read_announcement(announcement).is_drill
    except UnfitDraw:
        return False
