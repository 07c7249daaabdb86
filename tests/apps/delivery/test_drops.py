"""By car, beyond the range of feet: one stop a community, seen taken at its gate; too few orders make no drop point."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.errors import NobodyToPlanFor
from baogong.delivery.services import rounds
from baogong.kernel.ids import new_id
from baogong.planning import queries as plans
from baogong.planning import services as planning
from tests.apps.delivery.world import HOUR, NOW, World
from tests.cast import log_in_as


def plan(world: World, **more: Any) -> Any:
    return rounds.plan_rounds(
        station=world.inner, from_at=NOW, until_at=NOW + 8 * HOUR, drop_min=10,
        limits={"walk_m_per_min": 400}, capacity_g=300_000, capacity_pieces=200, actor=world.lin, now=NOW,
        request_id=new_id(), **more,
    )  # fmt: skip


def test_a_car_stops_where_ten_orders_wait_and_sees_each_of_them_taken(world: World) -> None:
    from baogong.kernel.actor import Duty

    served = world.here(12)
    world.here(3, community=world.west)
    made = plan(world)
    view = plans.plan(made)
    assert view.snapshot["too_few"] == {"西院": 3}
    (stop,) = view.snapshot["document"]["stops"]
    gate = world.plan(world.east).gates[0]
    assert (stop["pieces"], stop["handover"], stop["lat"], stop["building"]) == (12, "WITNESSED", gate.lat, "")
    zhao = log_in_as("Zhao", [(Duty.APPROVER, None), (Duty.COMMAND, None)], NOW)
    planning.approve(plan=made, actor=zhao, now=NOW, request_id=new_id())
    (one,) = delivery.rounds(station=world.inner, with_visits=True)
    (visit,) = one.visits
    assert (visit.mode, visit.shelf) == ("WITNESSED", None)
    assert sorted(each.parcel.code for each in visit.parcels) == sorted(served)


def test_nobody_drives_for_fewer_than_a_drop_point_needs(world: World) -> None:
    world.here(9)
    with pytest.raises(NobodyToPlanFor) as refused:
        plan(world)
    assert refused.value.found == {"东院": 9}
