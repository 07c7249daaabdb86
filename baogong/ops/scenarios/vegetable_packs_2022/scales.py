"""The weighbridge's slips; then the delivery held against its packs."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from baogong.engine.packs import Explained
from baogong.engine.sheets.kinds import Status
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.asides import ask_about
from baogong.ops.scenarios.vegetable_packs_2022.cast import HUB
from baogong.ops.scenarios.vegetable_packs_2022.goods import the_kit
from baogong.ops.scenarios.vegetable_packs_2022.growing import packs_made
from baogong.supply import queries as supply_
from baogong.supply import services as supply

SLIPS, ASKED = "61-slips.csv", "63-slips-asked.csv"
PACKS_A_PALLET, PALLET_G = 100, 10_000


def weigh_the_trucks(stage: Stage) -> None:
    """A slip in 斤 is refused, asked about, and brought in again as the bridge explains it."""
    view = drop_in(stage, "slips", SLIPS, by="bao", misread=partial(breaks.slips, stage))
    for line in view.lines:
        if line.outcome.status is Status.REFUSED:
            title = f"{SLIPS} {line.outcome.where}：读不通的磅单"
            ask_about(stage, f"slip {line.outcome.where}", title, "磅房说打的是市斤", by="bao")
    drop_in(stage, "slips", ASKED, by="bao")


def hold_against_the_packs(stage: Stage) -> None:
    made = packs_made()
    trucks: list[UUID] = [view.id for view in supply_.weighings(site=stage.party(HUB)) if view.what == "TRUCK"]
    causes = [Explained("PALLETS", -(-made // PACKS_A_PALLET) * PALLET_G, "每托 100 份，托盘 10 公斤")]
    supply.state_weights(
        trucks=trucks,
        kit=the_kit().id,
        packs=made,
        causes=[] if breaks.pallets_forgotten(stage) else causes,
        actor=stage.actors["bao"],
        now=stage.now,
        request_id=stage.request_id("statement"),
    )
