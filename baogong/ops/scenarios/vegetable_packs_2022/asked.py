"""What households come to, what others ask for by number, and how it is shared: drawn up by one, approved by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.engine.sheets.kinds import LineOutcome
from baogong.needs import queries as needs_
from baogong.needs import services as needs
from baogong.needs.views import NeedView
from baogong.ops.scenarios.consigned import promise_to_the_named
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.cast import COUNTED
from baogong.ops.scenarios.vegetable_packs_2022.goods import the_kit
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.supply import queries as supply_

PACK = "vegetable-pack"
MEDICAL = ("thermometer", "alcohol", "hand-sanitiser")
SECOND = ("surgical-mask", "protective-suit", "face-shield", "gloves")
# group → one pack for so many of them in a household; 0: one a household
RULES = {"PERSON": 2, "OLD": 0, "INFANT": 0, "CHRONIC": 0}
DUE = local("2022-04-16 12:00")


def count_households(stage: Stage) -> None:
    """A pack for two persons, and one more where somebody is old, an infant or ill."""
    drop_in(stage, "households", "31-households.csv", by="wu")
    known = {(rule.kit_code, rule.group) for rule in needs_.pack_rules()}
    for group, per_persons in RULES.items():
        if (the_kit().code, group) in known:
            continue  # set before this play was interrupted
        needs.set_pack_rule(
            kit=the_kit().code, group=group, per_persons=per_persons, actor=stage.actors["lin"], now=stage.now
        )
    for name in COUNTED:
        needs.ask_for_packs(
            community=stage.party(name),
            due_at=DUE,
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("packs", name),
        )


def hear_the_others(stage: Stage) -> None:
    """Communities and volunteers that send a number; a row sent again waits, and is dropped."""
    drop_in(stage, "needs", breaks.needs(stage, "40-needs.csv"), by="wu", decide=_drop_it)


def hear_the_second_batch(stage: Stage) -> None:
    drop_in(stage, "needs", "52-needs-second.csv", by="wu", decide=_drop_it)


def _drop_it(_line: LineOutcome) -> dict[str, Any]:
    return {"drop": True}


def share_the_first(stage: Stage) -> None:
    share(stage, "packs", open_needs_of(stage, PACK))
    breaks.after_the_share(stage)
    share(stage, "medical", open_needs_of(stage, *(code for code in MEDICAL if not breaks.left_out(stage, code))))


def share_the_second(stage: Stage) -> None:
    share(stage, "second", open_needs_of(stage, *SECOND))
    promise_what_is_carried(stage)


def share(stage: Stage, name: str, wanted: list[NeedView]) -> None:
    """A share made before an interruption is the one; what is open now is another thing once it is applied."""
    request_id = stage.request_id("share", name)
    plan = plans.made_under(request_id) or planning.make_plan(
        kind="SHARE",
        params={"needs": [str(need.id) for need in wanted]},
        rule={"whole_cartons": False},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=request_id,
    )
    planning.approve(
        plan=plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve-share", name)
    )


def open_needs_of(stage: Stage, *codes: str) -> list[NeedView]:
    """Fresh needs of these goods that nobody is promised anything for yet."""
    wanted = {item(code).id for code in codes}
    return [
        need
        for need in needs_.needs_board(stage.now, is_stale=False, has_amount=True)
        if need.item in wanted and not need.committed and not need.met
    ]


def promise_what_is_carried(stage: Stage) -> None:
    """The home town's masks go to the hospital they named, and to nobody else."""
    carried: set[UUID | None] = {line.lot for gift in supply_.gifts(terms="CONSIGNMENT") for line in gift.lines}
    promise_to_the_named(stage, local("2022-04-18 20:00"), lambda stock: stock.lot in carried)
