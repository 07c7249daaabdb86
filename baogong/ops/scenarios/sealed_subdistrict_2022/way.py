"""15 April, night: how one community was served, kept under a name, to be opened elsewhere."""

from __future__ import annotations

from baogong.delivery.services.ways import save_way_of_working
from baogong.ops.scenarios.last_mile.ways import MODEL, kept
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import TRIKE_G, TRIKE_PIECES
from baogong.ops.scenarios.sealed_subdistrict_2022.rounds import LIMITS
from baogong.ops.scenarios.stage import Stage

OF = "枣园西里"


def keep(stage: Stage) -> None:
    breaks.changes_the_gate(stage, OF)
    if kept(MODEL) is None:
        save_way_of_working(
            name=MODEL,
            community=stage.party(OF),
            rounds={"capacity_g": TRIKE_G, "capacity_pieces": TRIKE_PIECES, "limits": LIMITS},
            note="外站、内站、路区、岗位",
            actor=stage.actors["lin"],
            now=stage.now,
        )
