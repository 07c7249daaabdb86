"""
A bundle as it was published before announcements told the rule's hash, what losers are owed and the receipts' key.

earlier_bundle.zip was made by the engine of that time, with the verifier of that time in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from baogong.engine.draw import Published, check, check_proof, records_of, verifier
from tests.engine.draw.worlds import verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with zipfile.ZipFile(Path(__file__).with_name("earlier_bundle.zip")) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_the_engine_and_both_verifiers_still_find_it_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert files["verify.py"] != verifier()
    assert "rule_sha256" not in json.loads(files["announcement.json"])
    checked = check(files, records_of(files["leaves.bin"]))
    assert (checked.problems, checked.entries, checked.winners) == ((), 40, 5)
    own = subprocess.run([sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert own.stdout.startswith("HOLDS\n")
    assert verify.main([str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert "names no rule document" in str(told["notes"])


def test_its_proofs_are_held_against_its_papers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = Published.read({file.name: file.read_bytes() for file in folder.iterdir()})
    for line in (folder / "proofs.jsonl").read_bytes().splitlines():
        proof = json.loads(line)
        assert check_proof(proof, published) == []
        (folder / "proof.json").write_bytes(line)
        assert verify.main(["--proof", str(folder / "proof.json"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["place"] == proof["place"]
        assert check_proof(proof | {"weight": 1 + proof["weight"] % 3}, published)
