"""`baogong rehearse check` ends with 1 where the book's plan cannot keep itself, and says which promise it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baogong.tower.rehearsals import snapshot
from tests.apps.freight import world as road
from tests.ops.conftest import Terminal


def test_a_plan_that_cannot_keep_itself_ends_with_one(
    db: None, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert terminal("rehearse", "check", "--json").document["items"] == []
    road.two_trucks(road.make_world())
    held = terminal("rehearse", "check", "--json")
    assert (held.code, {row["is_near"] for row in held.document["items"]}) == (0, {True})
    real = snapshot._Maker._leg_stop

    def slower(*given: object, **more: object) -> object:
        stop = real(*given, **more)  # type: ignore[arg-type]
        return replace(stop, travel_s=stop.travel_s * 2)

    monkeypatch.setattr(snapshot._Maker, "_leg_stop", staticmethod(slower))
    told = terminal("rehearse", "check", "--json")
    assert told.code == 1
    assert [row["about"] for row in told.document["items"] if not row["is_near"]]
