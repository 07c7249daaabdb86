"""From the two stores to the hospitals' doors: a convoy planned, agreed, driven, and signed for."""

from __future__ import annotations

from uuid import UUID

from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.needs import queries as needs_
from baogong.ops.scenarios.driving import Ways, drive
from baogong.ops.scenarios.earmarked_funds_2020.cast import OWN_STORE, UNION
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, local
from baogong.people.services.parties import register_party
from baogong.planning import services as planning

WET_GOGGLES = 16
MOVES = 300  # five doors within one city: a short search is enough


def register_fleet(stage: Stage) -> None:
    drop_in(stage, "carriers", "50-carriers.csv", by="wu")
    for kind in freight_.kinds():
        for number in range(kind.vehicles_count):
            plate = f"鄂A{20000 + 131 * number}"
            driver = stage.actors["jin"].person_id
            if number:
                driver = register_party(kind="PERSON", name=f"司机 {number:02}", now=stage.now)
            assert driver is not None
            freight.add_vehicle(
                kind=kind.id,
                plate=plate,
                driver=driver,
                actor=stage.actors["wu"],
                now=stage.now,
                request_id=stage.request_id("vehicle", plate),
            )


def deliver(stage: Stage, name: str, until: str) -> None:
    """One person plans, the carrier agrees, another approves; then everything rolls by the plan's times."""
    if needs_.parcels_due():
        plan = freight.plan_convoy(
            from_at=stage.now,
            until_at=local(until),
            rule={"moves_count": MOVES},
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("convoy", name),
        )
        _agree(stage, plan, name)
        planning.approve(
            plan=plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve", name)
        )
    ways = Ways(
        driver=lambda stage, _row: stage.actors["jin"],
        keeper=lambda stage, _site: stage.actors["qian"],
        signer=lambda row: f"{row.receiver_name[-4:]}物资科",
        at_the_door=_wet,
    )
    drive(stage, local(until), ways)


def _agree(stage: Stage, plan: UUID, name: str) -> None:
    for ask in freight.ask_carriers(plan=plan, actor=stage.actors["lin"], now=stage.now):
        if ask.answer != "ACCEPTED":
            freight.answer_ask(
                ask=ask.ask,
                answer="ACCEPTED",
                note="同意",
                actor=stage.actors["zhou"],
                now=stage.now,
                request_id=stage.request_id("answer", name, ask.carrier),
            )


def _wet(stage: Stage, row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    """Sixteen of the company's own goggles come wet to Union Hospital: written off, with a report."""
    if row.origin != stage.party(OWN_STORE) or row.receiver != stage.party(UNION) or "wet" in stage.ids:
        return ()
    goggles = [line for line in freight_.waybill(row.id, now=stage.now).lines if line.item_zh == "护目镜"]
    if goggles:
        stage.ids["wet"] = goggles[0].id
    return tuple(freight.LineDifference(line=line.id, damaged=WET_GOGGLES, note="雨水浸湿") for line in goggles[:1])
