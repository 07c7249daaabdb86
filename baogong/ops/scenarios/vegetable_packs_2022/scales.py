"""The weighbridge's slips: full, empty, in whatever unit the bridge printed; then the delivery held against its packs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from baogong.engine.packs import Explained
from baogong.engine.sheets.amounts import GRAMS, parse_amount
from baogong.engine.sheets.readers import read_table
from baogong.freight import queries as freight_
from baogong.kernel.errors import BaogongError
from baogong.ops.scenarios.stage import Stage
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.asides import ask_about
from baogong.ops.scenarios.vegetable_packs_2022.cast import FARM, HUB
from baogong.ops.scenarios.vegetable_packs_2022.goods import the_kit
from baogong.ops.scenarios.vegetable_packs_2022.growing import packs_made
from baogong.ops.scenarios.vegetable_packs_2022.road import PACK_ZH
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.services.weighing import TicketKnown, WeightMisread

SLIPS = "61-slips.csv"
PACKS_A_PALLET, PALLET_G = 100, 10_000


@dataclass(frozen=True, slots=True)
class Slip:
    """One row as printed; a number without a unit is in the unit the keeper takes it for."""

    no: int
    ticket: str
    plate: str
    gross: str
    tare: str
    by_name: str

    def grams(self, unit: str) -> tuple[int, int]:
        gross, tare = (
            int(amount.number * GRAMS[amount.unit or unit])
            for amount in (parse_amount(self.gross), parse_amount(self.tare))
        )
        return gross, tare


def slips(stage: Stage) -> Iterator[Slip]:
    table = read_table(SLIPS, stage.data(SLIPS))
    for no, row in enumerate(table.rows, start=1):
        yield Slip(no, *(cell.text for cell in row.cells[:5]))


def weigh_the_trucks(stage: Stage) -> None:
    """A slip in 斤 and one photographed twice are refused, and asked about."""
    packs = _packs_by_plate(stage)
    for slip in slips(stage):
        if breaks.drives_past(stage, slip.ticket):
            continue
        if slip.plate not in packs:
            stage.say(f"    {slip.ticket}: {slip.plate} brought no packs")
            continue
        try:
            _weigh(stage, slip, "公斤", packs[slip.plate])
        except WeightMisread as refusal:
            _ask(stage, slip, refusal, f"磅单 {slip.ticket} 数字太大", "磅房说打的是市斤")
            _weigh(stage, slip, "斤", packs[slip.plate])
        except TicketKnown as refusal:
            _ask(stage, slip, refusal, f"磅单 {slip.ticket} 又来一张", "同一张拍了两次")


def _packs_by_plate(stage: Stage) -> dict[str, int]:
    """What each truck from the farms was loaded with."""
    packs: dict[str, int] = {}
    for row in freight_.waybills(now=stage.now, limit=500):
        if row.origin == stage.party(FARM) and row.loaded_at is not None:
            lines = freight_.waybill(row.id, now=stage.now).lines
            loaded = sum(line.loaded for line in lines if line.item_zh == PACK_ZH)
            packs[row.plate] = packs.get(row.plate, 0) + loaded
    return packs


def _weigh(stage: Stage, slip: Slip, unit: str, packs: int) -> None:
    kit = the_kit()
    gross_g, tare_g = slip.grams(unit)
    pallets = -(-packs // PACKS_A_PALLET)
    supply.weigh_truck(
        site=stage.party(HUB),
        plate=slip.plate,
        ticket=slip.ticket,
        gross_g=gross_g,
        tare_g=tare_g,
        stated_g=packs * (kit.nominal_g + kit.packaging_g) + pallets * PALLET_G,
        by_name=slip.by_name,
        actor=stage.actors["bao"],
        now=stage.now,
        request_id=stage.request_id("slip", slip.no, unit),
    )


def _ask(stage: Stage, slip: Slip, refusal: BaogongError, title: str, answer: str) -> None:
    stage.say(f"    {refusal.message}")
    ask_about(stage, f"slip {slip.no}", title, answer, by="bao")


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
