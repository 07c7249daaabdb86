"""The file of `baogong rounds plan`: what is read, and that every fault is told with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from baogong.engine.rounds import Handover, RoundsRule, UnsoundRule, UnusableProblem, as_document, read_problem, solve


def document() -> dict[str, Any]:
    return {
        "stations": [{"id": "A", "lat": 31.2, "lon": 121.5}],
        "gates": [{"id": "g", "community": "c", "lat": 31.2, "lon": 121.501, "opens": [["08:00", 64800]]}],
        "communities": [{"id": "c", "zone": "z", "paths": [[[31.2, 121.501], [31.2, 121.502]]]}],
        "stops": [
            {
                "id": "s",
                "lat": 31.2,
                "lon": 121.502,
                "community": "c",
                "handover": "SIGNED",
                "window": ["09:00", "10:30"],
            }
        ],
        "couriers": [{"id": "Mei", "station": "A", "capacity_g": 1000, "capacity_pieces": 5, "shift": [28800, 43200]}],
        "limits": {"service_s": {"SIGNED": 90}},
    }


def faults_in(changed: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(UnusableProblem) as refused:
        read_problem(changed)
    return {problem["where"]: problem for problem in refused.value.data["problems"]}


def test_a_file_is_read_whole() -> None:
    problem = read_problem(document())
    (stop,), (community,) = problem.stops, problem.communities
    assert (stop.handover, stop.window, problem.service_s(stop)) == (Handover.SIGNED, (32400, 37800), 90)
    assert (community.zone, community.gates[0].opens) == ("z", ((28800, 64800),))
    assert stop.x_m - problem.stations[0].x_m == pytest.approx(190.2, abs=0.3)
    plan = solve(problem, RoundsRule())
    made = json.loads(json.dumps(as_document(problem, plan, [])))
    assert made["checked"] is True
    assert made["trips"][0]["visits"][0]["start_s"] == 32400


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("stops[0].windw", lambda d: d["stops"][0].update(windw=[1, 2])),
        ("stops[0].window[0]", lambda d: d["stops"][0].update(window=["9 o'clock", "10:00"])),
        ("stops[0].window", lambda d: d["stops"][0].update(window="09:00")),
        ("stops[s].window", lambda d: d["stops"][0].update(window=["10:00", "09:00"])),
        ("stops[0].handover", lambda d: d["stops"][0].update(handover="THROWN")),
        ("stops[0].weight_g", lambda d: d["stops"][0].update(weight_g="heavy")),
        ("stops[s].weight_g", lambda d: d["stops"][0].update(weight_g=-1)),
        ("stops[0].cold", lambda d: d["stops"][0].update(cold=1)),
        ("stops[0]", lambda d: d["stops"][0].update(x_m=3)),
        ("stops[0]", lambda d: d["stops"][0].update(lat=121.5, lon=31.2)),
        ("stops[s].community", lambda d: d["stops"][0].update(community="d")),
        ("stops[s].station", lambda d: d["stops"][0].update(station="B")),
        ("stops[s].id", lambda d: d["stops"].append(d["stops"][0])),
        ("stops", lambda d: d.update(stops={})),
        ("stations", lambda d: d.update(stations=[])),
        ("couriers[0].shift", lambda d: d["couriers"][0].pop("shift")),
        ("couriers[Mei].communities", lambda d: d["couriers"][0].update(communities=["d"])),
        ("couriers[Mei].capacity_g", lambda d: d["couriers"][0].update(capacity_g=0)),
        ("gates[g].opens", lambda d: d["gates"][0].update(opens=[[0, 10], [5, 20]])),
        ("communities[c].gates", lambda d: d.update(gates=[])),
        ("communities[0].paths[0][0]", lambda d: d["communities"][0].update(paths=[[7]])),
        ("limits.walk_m_per_min", lambda d: d["limits"].update(walk_m_per_min=0)),
        ("limits.service_s.THROWN", lambda d: d["limits"]["service_s"].update(THROWN=3)),
        ("limits.trip_s_max", lambda d: d["limits"].update(trip_s_max=1.5)),
    ],
)
def test_a_fault_is_told_with_its_place_and_cure(where: str, change: Any) -> None:
    changed = document()
    change(changed)
    faults = faults_in(changed)
    assert where in faults
    assert all(fault["cure"] and fault["expected"] for fault in faults.values())


def test_one_fault_never_hides_the_next() -> None:
    changed = document()
    changed["stops"][0].update(windw=1, weight_g="heavy")
    changed["couriers"][0].pop("station")
    assert set(faults_in(changed)) == {"stops[0].windw", "stops[0].weight_g", "couriers[0].station"}


@pytest.mark.parametrize("nonsense", [None, [], "x", {"stations": 3, "stops": [3], "couriers": None, "gates": [[]]}])
def test_nonsense_is_refused_and_never_stumbles(nonsense: object) -> None:
    with pytest.raises(UnusableProblem):
        read_problem(nonsense)


def test_an_unsound_rule_names_its_field() -> None:
    with pytest.raises(UnsoundRule, match="passes is 0"):
        RoundsRule(passes=0)
    with pytest.raises(UnsoundRule, match="Temperatures"):
        RoundsRule(hot=0.1, cold=0.2)
