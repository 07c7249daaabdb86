"""23 April, night: how it was done here, kept beside the model it was opened from."""

from __future__ import annotations

from baogong.delivery.services.ways import save_way_of_working
from baogong.ops.scenarios.last_mile.ways import kept, show_differences
from baogong.ops.scenarios.shelves_2022 import breaks
from baogong.ops.scenarios.shelves_2022.rounds import CART_G, CART_PIECES, LIMITS
from baogong.ops.scenarios.stage import Stage

OWN, OF = "泺水取件架模式", "清河湾"


def keep(stage: Stage) -> None:
    breaks.changes_the_gate(stage, OF)
    if kept(OWN) is None:
        save_way_of_working(
            name=OWN,
            community=stage.party(OF),
            rounds={"capacity_g": CART_G, "capacity_pieces": CART_PIECES, "limits": LIMITS},
            note="单元取件架，逐户叫号",
            actor=stage.actors["lin"],
            now=stage.now,
        )
    show_differences(stage, OWN)
