"""What somebody finds who has nothing but the published bundle, the root from the notice, and Python."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from baogong.engine.draw.bundle import ANNOUNCEMENT, BEACON, LEAVES, PROOFS, SUMS, VERIFIER, sums_of

Bundle = Mapping[str, bytes]


def verified(bundle: Bundle, root: str) -> dict[str, Any]:
    """What the bundle's own program says of it, in a folder of its own; `root`: as it was published at the close."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in bundle.items():
            (Path(folder) / name).write_bytes(content)
        command = [sys.executable, "-I", str(Path(folder) / VERIFIER), folder, "--root", root, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _another_leaf(bundle: Bundle) -> Bundle:
    """One entry's commitment is somebody else's."""
    leaves = bytearray(bundle[LEAVES])
    leaves[len(leaves) // 2 // 52 * 52 + 16] ^= 1
    return {**bundle, LEAVES: bytes(leaves)}


def _another_rule(bundle: Bundle) -> Bundle:
    """One winner more than was announced."""
    paper = json.loads(bundle[ANNOUNCEMENT])
    return {**bundle, ANNOUNCEMENT: _written(paper | {"units": paper["units"] + paper["units_each"]})}


def _another_round(bundle: Bundle) -> Bundle:
    """The round after the announced one, or another number of the lottery."""
    paper = json.loads(bundle[BEACON])
    if paper["numbers"]:
        changed = {"numbers": [[paper["numbers"][0][0] + 1, *paper["numbers"][0][1:]], *paper["numbers"][1:]]}
    else:
        changed = {"round": paper["round"] + 1}
    return {**bundle, BEACON: _written(paper | changed)}


FORGERIES: Mapping[str, Callable[[Bundle], Bundle]] = {
    "leaf": _another_leaf,
    "rule": _another_rule,
    "round": _another_round,
}


def forged(bundle: Bundle, how: str) -> Bundle:
    """A copy with one thing changed; whoever changes it also makes the list of hashes anew."""
    changed = dict(FORGERIES[how](bundle))
    listed = {name: content for name, content in changed.items() if name not in (SUMS, LEAVES)}
    assert PROOFS in listed
    return changed | {SUMS: sums_of(listed)}


def _written(paper: dict[str, Any]) -> bytes:
    return (json.dumps(paper, ensure_ascii=False, indent=1) + "\n").encode()
