"""15 April, night: how one community was served, kept under a name, to be opened elsewhere."""

from __future__ import annotations

from baogong.delivery.queries import ways as ways_
from baogong.delivery.services.ways import save_way_of_working
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.rounds import LIMITS, TRIKE_G, TRIKE_PIECES
from baogong.ops.scenarios.stage import Stage

MODEL, OF = "酒仙桥模式", "驼房东里"


def keep(stage: Stage) -> None:
    breaks.changes_the_gate(stage, OF)
    if not any(way.name == MODEL for way in ways_.ways()):
        save_way_of_working(
            name=MODEL,
            community=stage.party(OF),
            rounds={"capacity_g": TRIKE_G, "capacity_pieces": TRIKE_PIECES, "limits": LIMITS},
            note="外站、内站、路区、岗位",
            actor=stage.actors["lin"],
            now=stage.now,
        )
