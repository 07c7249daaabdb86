"""Sharing, planning, agreeing: what the command office decides, always drawn up by one person and approved by another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.needs import queries as needs_
from baogong.needs.views import NeedView
from baogong.ops.scenarios.consigned import promise_to_the_named
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, local
from baogong.people.services.parties import register_party
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.supply.views import ReliefStock

PLATES = {"东行物流": "京A", "华中卡车联盟": "鄂A"}
# One driver a truck; the first of each carrier has a log-in and writes its trucks down.
DRIVERS = {
    "东行物流": ("tao", "干线司机", "陶李孔曹严华姜戚谢邹喻柏水窦"),
    "华中卡车联盟": ("jin", "武汉司机", "金魏韩杨朱秦尤许"),
}


def register_fleet(stage: Stage) -> None:
    """What carriers offer, each truck by its plate; those based in the city get a pass."""
    drop_in(stage, "carriers", "50-carriers.xlsx", by="wu")
    number = 0
    drivers = {carrier: _drivers(stage, *named) for carrier, named in DRIVERS.items()}
    for kind in freight_.kinds():
        for _each in range(kind.vehicles_count):
            number += 1
            driver = next(drivers[kind.carrier_name])
            plate = f"{PLATES[kind.carrier_name]}{10000 + 137 * number}"
            vehicle = freight.add_vehicle(
                kind=kind.id,
                plate=plate,
                driver=driver,
                actor=stage.actors["wu"],
                now=stage.now,
                request_id=stage.request_id("vehicle", plate),
            )
            if kind.is_inside:
                freight.grant_pass(
                    vehicle=vehicle,
                    area=stage.ids["area"],
                    valid_from_at=local("2020-01-24 00:00"),
                    valid_until_at=local("2020-02-24 00:00"),
                    granted_by=stage.party("武汉市疫情防控指挥部"),
                    actor=stage.actors["lin"],
                    now=stage.now,
                    request_id=stage.request_id("pass", plate),
                )
    team = stage.party("北京协和医院援鄂医疗队")
    freight.set_meeting_place(
        party=team,
        site=stage.party("武汉大学中南医院"),
        note="队伍驻地由中南医院门口交接",
        actor=stage.actors["lin"],
        now=stage.now,
    )


def _drivers(stage: Stage, login: str, role: str, surnames: str) -> Iterator[UUID]:
    """The log-in's person, then the others."""
    first = stage.actors[login].person_id
    assert first is not None
    yield first
    for surname in surnames[1:]:
        yield register_party(kind="PERSON", name=f"{role} {surname}", now=stage.now)


def share(stage: Stage, name: str, needs_wanted: list[NeedView], *, whole_cartons: bool = True) -> UUID:
    """
    The fair share of what these needs ask: made by the command, approved by another person.

    What is still open is another thing once the share is applied: a share made before an interruption is the one.
    """
    request_id = stage.request_id("share", name)
    plan = plans.made_under(request_id) or planning.make_plan(
        kind="SHARE",
        params={"needs": [str(need.id) for need in needs_wanted]},
        rule={"whole_cartons": whole_cartons},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=request_id,
    )
    planning.approve(
        plan=plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve-share", name)
    )
    return plan


def open_needs_of(stage: Stage, *codes: str) -> list[NeedView]:
    """Fresh needs of these goods that nobody is promised anything for yet."""
    wanted = {item(code).id for code in codes}
    return [
        need
        for need in needs_.needs_board(stage.now, is_stale=False, has_amount=True)
        if need.item in wanted and not need.committed and not need.met
    ]


def promise_consignments(stage: Stage) -> None:
    """Goods carried for others go to whom their owner named, and to nobody else."""
    forgotten = {
        item("protective-suit").id: "alumni_suits_signed_for",
        item("face-shield").id: "fan_club_shields_signed_for",
    }

    def is_carried(stock: ReliefStock) -> bool:
        if stock.earmark is None or len(stock.earmark_parties) != 1:
            return False
        return not stage.breaking or not stage.broken(
            forgotten.get(stock.item, ""), "goods carried for others stayed behind"
        )

    promise_to_the_named(stage, local("2020-01-25 20:00"), is_carried)


def plan_convoy(
    stage: Stage,
    name: str,
    *,
    from_at: datetime,
    until_at: datetime,
    not_before: dict[str, datetime],
    hubs: tuple[str, ...] = (HUB,),
) -> UUID:
    """Plan, ask the carriers, let them accept, approve."""
    plan = freight.plan_convoy(
        from_at=from_at,
        until_at=until_at,
        hubs=[stage.party(hub) for hub in hubs],
        not_before={stage.party(site): moment for site, moment in not_before.items()},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("convoy", name),
    )
    agree(stage, plan, name)
    planning.approve(
        plan=plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve-convoy", name)
    )
    stage.ids[f"convoy {name}"] = plan
    return plan


def agree(stage: Stage, plan: UUID, name: str) -> None:
    """Put the plan to its carriers; both accept by their link."""
    dispatcher = {stage.party("东行物流"): "sun", stage.party("华中卡车联盟"): "zhou"}
    for ask in freight.ask_carriers(plan=plan, actor=stage.actors["lin"], now=stage.now):
        if ask.answer == "ACCEPTED":
            continue
        freight.answer_ask(
            ask=ask.ask,
            answer="ACCEPTED",
            note="同意；愿意夜里走的司机有奖金",
            actor=stage.actors[dispatcher[ask.carrier]],
            now=stage.now,
            request_id=stage.request_id("answer", name, ask.carrier),
        )
