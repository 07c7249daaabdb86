"""What others wrote and we keep: unchanged, with its licence beside it, its source and sum written down."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import baogong

ROOT = Path(baogong.__file__).parent
VENDOR = ROOT / "web" / "static" / "vendor"
DECISIONS = ROOT.parent / "docs" / "decisions"


def test_every_file_of_others_is_the_one_written_down_and_has_its_licence() -> None:
    said = "".join(page.read_text() for page in DECISIONS.glob("*.md"))
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.name != "LICENSE"]
    assert files
    for path in files:
        assert (path.parent / "LICENSE").read_text().strip(), f"{path.parent.name} has no licence beside it"
        assert f"`{path.name}`" in said, f"say in a decision where {path.name} is from"
        assert sha256(path.read_bytes()).hexdigest() in said, f"{path.name} is not the file that was written down"


def test_whoever_names_a_file_of_others_names_one_that_is_kept() -> None:
    kept = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*.js")}
    named = {
        name
        for path in (ROOT / "web").rglob("*")
        if path.suffix in (".html", ".py")
        for name in re.findall(r"vendor/([\w./-]+\.js)", path.read_text())
    }
    assert named == kept
