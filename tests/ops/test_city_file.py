"""A city's file: one station a line; the plans are the same bytes whoever makes them, and a bad line leaves no file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baogong.config import cli
from baogong.engine.rounds import read_problem
from baogong.engine.rounds.rule import CITY
from baogong.ops.bench.city import snapshot, write_city
from baogong.ops.bench.rounds import town
from baogong.ops.city_file import LineRefused, executor_of, plan_city

RULE = replace(CITY, turns_per_stop=2)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five stations of different sizes; one small enough to need no compiler."""
    file = tmp_path_factory.mktemp("city") / "city.jsonl"
    file.write_bytes(b"".join(snapshot(town(count)) for count in (300, 25, 120, 400, 90)))
    return file


def test_every_line_has_its_plan_in_its_place(city: Path, tmp_path: Path) -> None:
    out = tmp_path / "plans.jsonl"
    with ThreadPoolExecutor(2) as threads:
        sums = plan_city(city, out, RULE, threads, 2)
    snapshots, plans = ([json.loads(line) for line in file.read_bytes().splitlines()] for file in (city, out))
    assert [len(snapshot["stops"]) for snapshot in snapshots] == [
        sum(len(trip["visits"]) for trip in plan["trips"]) + len(plan["left"]) for plan in plans
    ]
    assert all(plan["checked"] for plan in plans)
    assert (sums["lines"], sums["stops"], sums["checked"]) == (5, 935, True)
    assert sums["trips"] == sum(len(plan["trips"]) for plan in plans)
    assert sums["work_s"] == pytest.approx(sum(plan["cost"]["work_s"] for plan in plans))
    assert list(tmp_path.iterdir()) == [out]


def test_threads_processes_and_dask_workers_write_the_same_bytes(city: Path, tmp_path: Path) -> None:
    written = {}
    for kind, workers_count in (("threads", 1), ("threads", 3), ("processes", 2), ("dask", 2)):
        out = tmp_path / f"{kind}{workers_count}.jsonl"
        with executor_of(kind, workers_count) as executor:  # type: ignore[arg-type]
            plan_city(city, out, RULE, executor, workers_count)
        written[kind, workers_count] = out.read_bytes()
    assert len(set(written.values())) == 1
    other = tmp_path / "other.jsonl"
    with ThreadPoolExecutor(1) as threads:
        plan_city(city, other, replace(RULE, seed=2), threads, 1)
    assert other.read_bytes() not in written.values()


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (b"{\n", "line 2"),
        (b'{"stations": [], "stops": [], "couriers": [{"id": 1e400}]}\n', "line 2"),
        (b'{"stations": [], "stops": [], "couriers": []}\n', "line 2: stations"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(city: Path, tmp_path: Path, bad: bytes, where: str) -> None:
    lines = city.read_bytes().splitlines(keepends=True)
    file, out = tmp_path / "city.jsonl", tmp_path / "plans.jsonl"
    file.write_bytes(lines[1] + bad + lines[2])
    out.write_text("an earlier plan")
    with ThreadPoolExecutor(2) as threads, pytest.raises(LineRefused) as refused:
        plan_city(file, out, RULE, threads, 2)
    assert refused.value.where == where
    assert refused.value.cure
    assert out.read_text() == "an earlier plan"
    assert {path.name for path in tmp_path.iterdir()} == {"city.jsonl", "plans.jsonl"}


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = cli.run(["rounds", "plan", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_plans_a_city(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plans.jsonl"
    code, sums = call(capsys, str(city), "--out", str(out), "--fast", "--workers", "2")
    assert code == 0
    assert (sums["lines"], sums["stops"], sums["left"], sums["checked"]) == (5, 935, 0, True)
    assert len(out.read_bytes().splitlines()) == 5
    assert cli.run(["rounds", "plan", str(city), "--out", str(out), "--fast"]) == 0
    assert "935 stops of 5 lines" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("--scheduler", "tcp://127.0.0.1:1"), "--scheduler"),
        (("--out", "x", "--size"), "--size"),
        (("--out", "/no/such/folder/plans.jsonl"), "/no/such/folder/plans.jsonl.unfinished"),
    ],
)
def test_what_cannot_go_together_is_refused(
    city: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], where: str
) -> None:
    code, document = call(capsys, str(city), *words)
    assert code == 2
    assert document["error"]["where"] == where


def test_a_snapshot_of_several_stations_has_one_plan_whoever_makes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two stations in one document: planned side by side or after each other, with names that occur once."""
    one, two = json.loads(snapshot(town(200))), json.loads(snapshot(town(150)))
    for key in ("stations", "gates", "stops", "couriers"):
        for entry in two[key]:
            entry["id"] = f"2-{entry['id']}"
            if "community" in entry:
                entry["community"] = f"2-{entry['community']}"
            if "station" in entry:
                entry["station"] = f"2-{entry['station']}"
            if "x_m" in entry:
                entry["x_m"] += 20_000
        one[key] += two[key]
    file = tmp_path / "two.json"
    file.write_text(json.dumps(one))
    plans = [call(capsys, str(file), *words)[1] for words in ((), ("--workers", "2"), ("--executor", "processes"))]
    assert plans[0] == plans[1] == plans[2]
    assert plans[0]["checked"] is True
    assert {trip["station"] for trip in plans[0]["trips"]} == {"A", "2-A"}
    assert plans[0]["engine"]


def test_the_benchmarks_city_is_read_and_has_the_size_asked(tmp_path: Path) -> None:
    file = tmp_path / "city.jsonl"
    write_city(file, 9000)
    problems = [read_problem(json.loads(line)) for line in file.read_bytes().splitlines()]
    assert [len(problem.stops) for problem in problems] == [4250, 4250, 500]
