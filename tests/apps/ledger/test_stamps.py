"""Stamps and proofs, checked by the published program that knows nothing of this one."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction

from baogong.kernel.errors import NotFound
from baogong.kernel.ids import new_id
from baogong.ledger import posting, queries, services
from baogong.ledger.facts import StampView
from baogong.ledger.queries import NotYetStamped
from tests.apps.ledger.conftest import NOW, World

TOOL = Path(__file__).parents[3] / "tools" / "verify_proof.py"


def stamp(**options: bool) -> tuple[StampView, ...]:
    with transaction.atomic():
        return services.stamp_days(now=NOW, **options)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_proof", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def proof(world: World) -> dict[str, Any]:
    """Of the third of five movements, a hold with an end, in the second of two stamps."""
    world.count(1)
    stamp(today_too=True)
    world.count(10)
    world.count(20)
    line = services.hold_line(world.stock, world.signed, world.lot, 5, expires_at=NOW.replace(hour=3))
    world.post(line, services.post_line(world.stock, world.signed, world.lot, 2), document=new_id())
    world.count(3)
    stamp(today_too=True)
    return json.loads(json.dumps(queries.proof(line.id)))  # type: ignore[no-any-return]


def test_a_running_day_is_stamped_only_when_asked_and_then_again_for_what_follows(world: World) -> None:
    world.count(10)
    assert stamp() == ()
    (first,) = stamp(today_too=True)
    assert stamp(today_too=True) == ()
    world.count(5)
    world.count(6)
    (second,) = stamp(today_too=True)
    assert (first.number, first.count, second.number, second.count) == (1, 1, 2, 2)
    assert second.first_seq > first.last_seq
    assert (first.previous_root, second.previous_root) == (bytes(32), first.root)
    assert queries.stamps() == (first, second)


def test_a_proof_holds_against_its_root_and_its_chain(tool: ModuleType, proof: dict[str, Any]) -> None:
    published = [one.as_dict() for one in queries.stamps()]
    assert tool.check(proof, proof["stamp"]["root"], published) == []
    assert (proof["index"], proof["stamp"]["count"], proof["stamp"]["number"]) == (3, 5, 2)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("movement.amount", 6),
        ("movement.tense", "POSTED"),
        ("movement.nonce", "00" * 16),
        ("movement.expires_at", None),
        ("movement.id", "00000000-0000-7000-8000-000000000000"),
        ("movement.source.holder", "00000000-0000-7000-8000-000000000000"),
        ("movement.target.state", "AVAILABLE"),
        ("movement.lot.owner", "00000000-0000-7000-8000-000000000000"),
        ("movement.lot.label", "other"),
        ("batch.reason", "GIFT"),
        ("batch.at", "2020-01-24T02:30:00+00:00"),
        ("batch.document", None),
        ("batch.count", 3),
        ("batch.head", "11" * 32),
        ("leaf", "11" * 32),
        ("index", 2),
        ("index", 0),
        ("path", []),
        ("stamp_path", []),
        ("stamp.day", "2020-01-01"),
        ("stamp.count", 4),
        ("stamp.previous_root", "11" * 32),
        ("stamp.root", "11" * 32),
    ],
)
def test_whatever_is_changed_in_a_proof_is_noticed(
    tool: ModuleType, proof: dict[str, Any], place: str, value: object
) -> None:
    assert tool.check(proof) == []
    changed = copy.deepcopy(proof)
    *way, last = place.split(".")
    inner = changed
    for step in way:
        inner = inner[step]
    assert inner[last] != value
    inner[last] = value
    assert tool.check(changed) != []


def test_another_published_root_or_chain_is_noticed(tool: ModuleType, proof: dict[str, Any]) -> None:
    published = [one.as_dict() for one in queries.stamps()]
    assert tool.check(proof, "11" * 32) != []
    assert tool.check(proof, stamps=published[:1]) != []
    assert tool.check(proof, stamps=published[1:]) != []
    broken = [{**published[0], "root": "11" * 32}, published[1]]
    assert any("before it" in problem for problem in tool.check(proof, stamps=broken))


def test_the_tool_runs_alone_and_says_by_its_exit_what_it_found(proof: dict[str, Any], tmp_path: Path) -> None:
    def run(content: object, *options: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(content))
        # -I: no site packages of ours, no environment; -S: none at all.
        return subprocess.run(
            [sys.executable, "-I", "-S", str(TOOL), str(file), *options], capture_output=True, text=True, check=False
        )

    root = proof["stamp"]["root"]
    assert run(proof, "--root", root).returncode == 0
    assert json.loads(run(proof, "--json").stdout)["against"] == "the root inside it only"
    changed = run({**proof, "leaf": "11" * 32}, "--json")
    assert (changed.returncode, json.loads(changed.stdout)["ok"]) == (1, False)
    assert run({**proof, "format": "other"}).returncode == 2
    assert run({}).returncode == 2


def test_the_tools_tree_is_that_of_rfc_6962(tool: ModuleType) -> None:
    # Leaves and roots of the tests that Certificate Transparency logs share.
    leaves = [
        tool.sha256(b"\x00" + bytes.fromhex(leaf)).digest()
        for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    root = bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")

    def node(left: bytes, right: bytes) -> bytes:
        return bytes(tool.sha256(b"\x01" + left + right).digest())

    pairs = [node(leaves[at], leaves[at + 1]) for at in range(0, 8, 2)]
    assert tool.root_from_path(leaves[5], 5, 8, [leaves[4], pairs[3], node(pairs[0], pairs[1])]) == root
    three = bytes.fromhex("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")
    assert tool.root_from_path(leaves[2], 2, 3, [pairs[0]]) == three
    assert tool.root_from_path(leaves[2], 2, 3, [pairs[0], pairs[0]]) is None
    one = bytes.fromhex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    assert tool.root_from_path(leaves[0], 0, 1, []) == one


def test_before_its_stamp_a_movement_has_no_proof_and_says_how_to_get_one(world: World) -> None:
    result = world.count(5)
    with pytest.raises(NotYetStamped, match="no stamp") as refusal:
        queries.proof(result.line_ids[0])
    assert "book stamp" in refusal.value.cure
    with pytest.raises(NotFound):
        queries.proof(new_id())


def test_a_day_that_is_over_is_stamped_without_asking(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.count(5)
    lock_today = posting.LOCK_DAY_AND_REQUEST
    monkeypatch.setattr(posting, "LOCK_DAY_AND_REQUEST", lock_today.replace("::date AS day", "::date - 1 AS day"))
    world.count(6)
    (yesterday,) = stamp()
    assert yesterday.count == 1
    (today,) = stamp(today_too=True)
    assert (today.day - yesterday.day).days == 1
    assert today.last_seq < yesterday.first_seq  # stretches of different days may lie in any order


def test_the_hourly_job_stamps_finished_days_and_leaves_the_running_one(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from baogong.journal.jobs import stamp_finished_days

    real_world.count(5)
    stamp_finished_days()
    assert queries.stamps() == ()
    lock_today = posting.LOCK_DAY_AND_REQUEST
    monkeypatch.setattr(posting, "LOCK_DAY_AND_REQUEST", lock_today.replace("::date AS day", "::date - 1 AS day"))
    real_world.count(6)
    stamp_finished_days()
    (stamped,) = queries.stamps()
    assert stamped.count == 1
