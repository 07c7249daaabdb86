"""`baogong draw` and `baogong id`: from the announcement to a checked bundle, exit codes, no database."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baogong.config import cli
from tests.engine.draw.test_beacon import ROUNDS
from tests.engine.draw.worlds import entry

Call = Callable[..., Any]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """`call("draw", "run", folder)`: the document; `code` is the exit code expected."""

    def run(*words: object, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.run([*map(str, words), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    file = tmp_path / "entries.csv"
    rows = [f"{entry(n).entry.hex()},{entry(n).commitment.hex()},,1" for n in range(50)]
    file.write_text("\n".join(["entry,commitment,household,weight", *rows]) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def drawn(call: Call, entries: Path, tmp_path: Path) -> Path:
    """A real round of a real chain, in 2023."""
    folder = tmp_path / "masks-01"
    call(
        "draw", "announce", folder, "--title", "口罩", "--units", 20, "--each", 5, "--standby", 3, "--at", "2023-08-23T14:00Z",
        "--closes-at", "+60m", "--beacon-at", "2023-08-23T15:59:22+00:00",
    )  # fmt: skip
    call("draw", "close", folder, entries, "--at", "2023-08-23T23:05+08:00")
    _, number, signed, _, randomness, _ = ROUNDS[0]
    relay = tmp_path / "round.json"
    relay.write_text(json.dumps({"round": number, "signature": signed, "randomness": randomness}), encoding="utf-8")
    assert call("draw", "beacon", folder, "--round-file", relay)["randomness"] == randomness
    return folder


def test_a_draw_from_the_announcement_to_the_bundle(
    call: Call, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = call("draw", "run", drawn)
    assert {name: document[name] for name in ("ok", "entries", "winners", "standby", "beacon_verified", "drill")} == {
        "ok": True, "entries": 50, "winners": 4, "standby": 3, "beacon_verified": True, "drill": False,
    }  # fmt: skip
    before = {file.name: file.read_bytes() for file in drawn.iterdir()}
    assert call("draw", "run", drawn) == document
    assert {file.name: file.read_bytes() for file in drawn.iterdir()} == before
    verified = call("draw", "verify", drawn, "--root", document["root"])
    assert verified == {
        "ok": True, "entries": 50, "winners": 4, "root": document["root"], "beacon_verified": True, "drill": False, "problems": [],
    }  # fmt: skip
    more = call("draw", "more", drawn, "--units", 20, "--promoted", 1)
    standby = json.loads((drawn / "result.json").read_text(encoding="utf-8"))["standby"]
    assert more["promoted"] == standby[:1]
    assert more["winners"][:2] == standby[1:]
    assert len(more["winners"]) == 4
    assert call("draw", "verify", drawn)["winners"] == 8
    proof = call("draw", "prove", drawn, more["winners"][0])
    assert proof["place"] == "STANDBY"
    assert call("draw", "prove", drawn, "ab" * 16, code=2)["error"]["where"] == "ENTRY"
    for words in (["run"], ["verify"], ["chains"], ["memory", "--people", "500"]):
        assert cli.run(["draw", *words, *([str(drawn)] if words[0] in ("run", "verify") else [])]) == 0
    assert "Holds: 8 of 50" in capsys.readouterr().out


def test_the_rule_goes_with_the_draw_it_was_announced_for(call: Call, entries: Path, tmp_path: Path) -> None:
    folder, rule, key = tmp_path / "ruled", tmp_path / "notice.txt", tmp_path / "drill.key"
    rule.write_text("一户一份。", encoding="utf-8")
    call("draw", "drill-key", key)
    words = ("--title", "口罩", "--units", 5, "--chain", key, "--drill", "--closes-at", "+1m", "--beacon-at", "+1h")
    announced = call("draw", "announce", folder, *words, "--rule", rule, "--weight-per-loss", 0, "--pause-days", 3)
    assert (announced["weight_per_loss"], announced["pause_days"]) == (0, 3)
    call("draw", "close", folder, entries, "--at", announced["closes_at"])
    call("draw", "beacon", folder, "--drill-key", key)
    call("draw", "run", folder)
    call("draw", "more", folder, "--units", 1)
    assert call("draw", "verify", folder)["ok"] is True
    assert "rule.json" in (folder / "SHA256SUMS").read_text(encoding="utf-8")
    (folder / "rule.json").write_text("一户两份。", encoding="utf-8")
    assert call("draw", "verify", folder, code=1)["ok"] is False
    house = tmp_path / "rule.json"
    house.write_text('{"mode": "DRAW", "units_per_claim_max": 1, "draw": {"weight_per_loss": 2}}', encoding="utf-8")
    refused = call("draw", "announce", tmp_path / "other", *words, "--rule", house, "--weight-per-loss", 1, code=2)
    assert refused["error"]["where"] == "announcement.json: weight_per_loss"


def test_what_was_changed_is_found_and_nothing_is_drawn_twice(call: Call, drawn: Path) -> None:
    call("draw", "run", drawn)
    result = json.loads((drawn / "result.json").read_text(encoding="utf-8"))
    result["winners"].reverse()
    (drawn / "result.json").write_text(json.dumps(result), encoding="utf-8")
    verified = call("draw", "verify", drawn, code=1)
    assert verified["ok"] is False
    assert verified["problems"]
    assert call("draw", "run", drawn, code=2)["error"]["code"] == "ops.already-drawn"
    leaves = (drawn / "leaves.bin").read_bytes()
    (drawn / "leaves.bin").write_bytes(leaves[:-52])
    assert call("draw", "verify", drawn, code=1)["beacon_verified"] is False
    (drawn / "leaves.bin").write_bytes(leaves[:-1])
    assert call("draw", "verify", drawn, code=2)["error"]["found"] == len(leaves) - 1


def test_a_draw_starts_only_once_and_its_list_closes_only_once(call: Call, drawn: Path, entries: Path) -> None:
    words = ("--title", "x", "--units", 5, "--closes-at", "+2h", "--beacon-at", "+3h")
    assert call("draw", "announce", drawn, *words, code=2)["error"]["code"] == "ops.already-written"
    again = call("draw", "close", drawn, entries, "--at", "2023-08-23T15:06Z", code=2)
    assert again["error"]["code"] == "ops.already-written"
    late = call("draw", "close", drawn, entries, "--at", "2023-08-23T15:50Z", code=2)["error"]
    assert (late["code"], late["where"]) == ("draw.unfit", "close.json: closed_at")


def test_a_drill_is_marked_and_its_key_is_for_its_holder(call: Call, entries: Path, tmp_path: Path) -> None:
    folder, key = tmp_path / "drill", tmp_path / "drill.key"
    call("draw", "drill-key", key, "--name", "training")
    assert key.stat().st_mode & 0o777 == 0o600
    assert call("draw", "drill-key", key, code=2)["error"]["code"] == "ops.already-written"
    words = ("--title", "演练", "--units", 5, "--chain", key, "--at", "now", "--closes-at", "+1m", "--beacon-at", "+1h")
    assert call("draw", "announce", folder, *words, code=2)["error"]["where"] == "drill"
    announced = call("draw", "announce", folder, *words, "--drill")
    assert (announced["drill"], announced["beacon"]["chain"]["beacon_id"]) == (True, "drill-training")
    call("draw", "close", folder, entries, "--at", announced["closes_at"])
    call("draw", "beacon", folder, "--drill-key", key)
    assert call("draw", "run", folder)["drill"] is True
    assert call("draw", "verify", folder)["drill"] is True
    assert "secret" not in "".join(file.read_text("utf-8", "replace") for file in folder.iterdir())


def test_lottery_numbers_draw_where_no_beacon_is(call: Call, entries: Path, tmp_path: Path) -> None:
    folder = tmp_path / "xiamen"
    call(
        "draw", "announce", folder, "--title", "口罩", "--units", 10, "--lottery", "双色球 2020022:6", "--lottery", "3D 22:3:ordered",
        "--at", "2020-02-20T09:00+08:00", "--closes-at", "+10h", "--beacon-at", "+12h", code=0,
    )  # fmt: skip
    call("draw", "close", folder, entries, "--at", "2020-02-20T19:00+08:00")
    assert call("draw", "beacon", folder, code=2)["error"]["where"] == "--numbers"
    call("draw", "beacon", folder, "--numbers", "3，9、17 20 28,31", "--numbers", "7 0 7")
    document = call("draw", "run", folder)
    assert document["seed"] == "3.9.17.20.28.31./7.0.7./"
    assert (document["winners"], document["beacon_verified"]) == (10, False)
    assert call("draw", "verify", folder)["ok"] is True


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("name\nx\n", ["name"]),
        ("entry\nzz\n", "zz"),
        (f"entry,weight\n{'ab' * 16},x\n", "x"),
        (f"entry,weight\n{'ab' * 16},1,2\n", 1),
        ("entry\n\n" + "ab" * 15 + "\n", "ab" * 15),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_its_line(
    call: Call, drawn: Path, tmp_path: Path, content: str, found: object
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(content, encoding="utf-8")
    error = call("draw", "close", drawn, file, code=2)["error"]
    assert (error["found"], str(file) in error["where"]) == (found, True)


def test_moments_without_a_zone_and_unknown_chains_are_refused(call: Call, tmp_path: Path) -> None:
    words = ("draw", "announce", tmp_path / "x", "--title", "x", "--units", 5)
    bare = call(*words, "--closes-at", "2026-11-28T20:00", "--beacon-at", "+3h", code=2)["error"]
    assert bare["where"] == "--closes-at"
    chain = call(*words, "--closes-at", "+1h", "--beacon-at", "+3h", "--chain", "nobody", code=2)["error"]
    assert chain["found"] == "nobody"
    assert call("draw", "run", tmp_path / "nowhere", code=2)["error"]["where"].endswith("announcement.json")
    assert call("draw", "verify", tmp_path / "nowhere", code=2)["error"]["code"] == "kernel.unusable-input"


def test_numbers_are_checked_a_line_each_and_never_repeated(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["11010519491231002X", "110105194912310021", "", "１１０１０５１９４９１２３１００２ｘ", "1101051949123100"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    answers = call("id", "check")
    assert [answer["valid"] for answer in answers] == [True, False, False, True, False]
    assert all(set(answer) == {"valid", "why"} for answer in answers)
    assert not [line for line in lines if line and line[:6] in json.dumps(answers)]
    monkeypatch.setattr("sys.stdin", io.StringIO("H12345678\nX\n"))
    assert [answer["valid"] for answer in call("id", "check", "--document", "HK_MACAO_PERMIT")] == [True, False]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    assert cli.run(["id", "check"]) == 0
    assert "1: valid" in capsys.readouterr().out
