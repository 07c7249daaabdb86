"""The JSON form: every fault at once, with its place and its cure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from baogong.engine.fairshare import Limit, Size, UnusableProblem, read_problem
from baogong.kernel.errors import Kind, UnusableInput
from baogong.ops.commands.fairshare import register, run

GOOD: dict[str, Any] = {
    "requesters": [{"id": "a"}, {"id": "b", "weight": 2, "floor": {"mask": 3}, "cap": {"mask": 9}, "earlier_met": 0.5}],
    "lots": [
        {"id": "L", "item": "mask", "amount": 10, "site": "s"},
        {
            "id": "M",
            "item": "mask",
            "amount": 20.0,
            "site": "s",
            "carton": 5,
            "earmark": ["b"],
            "standard": "GB",
            "expires_on": "2020-02-29",
        },
    ],
    "needs": [
        {"requester": "a", "item": "mask", "amount": 8, "standards": ["EN", "GB"]},
        {"requester": "b", "item": "mask", "amount": 10},
    ],
    "reach": [["s", "a"], ["s", "b"]],
    "cost": [["s", "a", 2], ["s", "b", 1.5]],
    "arrives_on": "2020-02-20",
    "arrivals": [["s", "b", "2020-02-21"]],
    "capacity": {
        "items": {"mask": {"weight_g": 4.5, "volume_cm3": 30}},
        "limits": [{"weight_g": 40, "name": "truck 1"}, {"site": "s", "requesters": ["b"], "volume_cm3": 9000}],
    },
}


def faults_of(document: object) -> dict[str, object]:
    with pytest.raises(UnusableProblem) as refusal:
        read_problem(document)
    assert refusal.value.kind is Kind.UNUSABLE
    problems = refusal.value.data["problems"]
    assert all(problem["expected"] and problem["cure"] for problem in problems)
    assert {"code", "message", "where", "found", "expected", "cure"} <= set(refusal.value.as_dict())
    json.dumps(refusal.value.as_dict())
    return {problem["where"]: problem["found"] for problem in problems}


def changed(**parts: object) -> dict[str, object]:
    return {**GOOD, **parts}


def test_a_capacity_is_read_and_its_faults_are_told() -> None:
    capacity = read_problem(GOOD).capacity
    assert capacity is not None
    assert capacity.sizes == {"mask": Size(4.5, 30)}
    assert capacity.limits == (Limit(weight_g=40, name="truck 1"), Limit(None, 9000, "s", frozenset("b")))
    assert set(
        faults_of(
            changed(
                capacity={
                    "items": {"mask": {"wieght_g": 4.5}},
                    "limits": [{"weight_g": "much"}, {"sites": ["s"], "weight_g": 1}],
                    "trucks": 3,
                }
            )
        )
    ) == {
        "capacity.trucks",
        "capacity.items[mask].wieght_g",
        "capacity.limits[0].weight_g",
        "capacity.limits[1].sites",
    }
    assert set(faults_of(changed(capacity={"items": [], "limits": [7]}))) == {"capacity.items", "capacity.limits[0]"}


def test_a_whole_document_is_read() -> None:
    problem = read_problem(GOOD)
    assert problem.requesters[1].weight == 2
    assert problem.lots[1].earmark == {"b"}
    assert (problem.lots[1].amount, problem.lots[1].carton) == (20, 5)
    assert problem.needs[0].standards == {"EN", "GB"}
    assert problem.reach == frozenset({("s", "a"), ("s", "b")})
    assert problem.cost == {("s", "a"): 2, ("s", "b"): 1.5}
    assert problem.arrivals["s", "b"].day == 21


def test_every_fault_of_form_is_told_at_once() -> None:
    assert faults_of(
        changed(
            requesters=[{"id": ""}, {"id": 7}, {"weight": 1}, "b", {"id": "c", "wieght": 2}],
            lots=[
                {"id": "L", "item": "mask", "amount": "10", "site": "s"},
                {"id": "M", "item": "mask", "amount": 1.5, "site": "s", "earmark": "b", "expires_on": "29.2.2020"},
                {"id": "N", "item": "mask", "amount": True, "site": "s", "carton": "x", "standard": 3},
            ],
            needs={"a": 1},
            reach=[["s"]],
            cost=[["s", "a", "cheap"]],
            arrivals=[["s", "b", 3]],
            surplus=1,
        )
    ) == {
        "the document.surplus": "surplus",
        "requesters[0].id": "",
        "requesters[1].id": 7,
        "requesters[2].id": "nothing",
        "requesters[3]": "b",
        "requesters[4].wieght": "wieght",
        "lots[0].amount": "10",
        "lots[1].amount": 1.5,
        "lots[1].earmark": "b",
        "lots[1].expires_on": "29.2.2020",
        "lots[2].amount": True,
        "lots[2].carton": "x",
        "lots[2].standard": 3,
        "needs": {"a": 1},
        "reach[0]": ["s"],
        "cost[0]": "cheap",
        "arrivals[0]": 3,
    }


def test_every_fault_of_meaning_is_told_at_once() -> None:
    assert faults_of(
        changed(
            requesters=[
                {"id": "a", "weight": 0, "earlier_met": 1.2, "floor": {"mask": -1}, "cap": {"mask": -2}},
                {"id": "a"},
                {"id": "b", "weight": -1},
            ],
            lots=[
                {"id": "L", "item": "mask", "amount": -1, "site": "s", "carton": 0, "earmark": ["x"]},
                {"id": "L", "item": "mask", "amount": 10**13, "site": "s"},
            ],
            needs=[
                {"requester": "c", "item": "mask", "amount": 8},
                {"requester": "a", "item": "mask", "amount": -8},
                {"requester": "a", "item": "mask", "amount": 8},
            ],
            reach=[["s", "nobody"]],
            cost=[["s", "a", -2]],
            arrivals=[["s", "noone", "2020-02-21"]],
        )
    ).keys() == {
        "requesters[a]",
        "lots[L]",
        "needs[a/mask]",
        "requesters[a].weight",
        "requesters[a].earlier_met",
        "requesters[a].floor[mask]",
        "requesters[a].cap[mask]",
        "requesters[b].weight",
        "lots[L].amount",
        "lots[L].carton",
        "lots[L].earmark",
        "needs[0].requester",
        "needs[1].amount",
        "reach",
        "arrivals",
        "cost[s, a]",
    }


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_what_is_no_snapshot_at_all_is_refused(document: object) -> None:
    assert faults_of(document)


def test_the_command_answers_with_the_document_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "需求.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    document = json.loads(json.dumps(run(path)))
    assert {"shares", "met", "worst_ratio", "rules"} <= document.keys()
    assert {"requester", "item", "lot", "amount"} == document["shares"][0].keys()
    assert {"requester", "item", "need", "got", "ratio", "exact_ratio", "reason_en", "reason_zh"} <= document["met"][
        0
    ].keys()
    assert document["rules"].keys() == {"leximin", "pro_rata", "first_come"}
    assert all(figures.keys() == {"worst", "mean", "gini", "unserved"} for figures in document["rules"].values())


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"requesters": NaN}', b"[" * 100_000])
def test_the_command_says_what_is_wrong_with_a_file_that_is_no_json(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "snapshot.json"
    path.write_bytes(content)
    with pytest.raises(UnusableInput, match="is not JSON"):
        run(path)


def test_the_command_says_that_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot be read"):
        run(tmp_path / "absent.json")


def test_the_command_line_prints_one_document_or_a_page_to_read(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    as_json = CliRunner().invoke(app, ["fairshare", str(path), "--json"])
    assert as_json.exit_code == 0
    assert json.loads(as_json.stdout) == run(path)
    to_read = CliRunner().invoke(app, ["fairshare", str(path)])
    assert to_read.exit_code == 0
    assert "leximin" in to_read.stdout
