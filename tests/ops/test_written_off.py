"""What the stories' must-holds take for an account of a loss: a report in force that states these goods, and as many."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest
from django.db import transaction

from baogong.journal.services import draw_up
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.consignments_2020.measures import lost_and_reported
from baogong.ops.scenarios.losses import undocumented
from baogong.ops.scenarios.stage import Stage
from tests.apps.supply.packs import give
from tests.apps.supply.world import World, make_world
from tests.books import Built
from tests.cast import NOW


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)


@pytest.fixture
def masks(world: World) -> UUID:
    """A hundred masks carried for the alumni to the hospital, in the hub."""
    return give(world, "surgical-mask", 100, terms="CONSIGNMENT", receiver=world.cast.hospital)


def report(world: World, kind: str = "LOSS_REPORT", **stated: int) -> UUID:
    """Item codes with dashes for the keywords' underscores → as many stated."""
    lines = [{"item": str(world.item(code.replace("_", "-"))), "amount": amount} for code, amount in stated.items()]
    return paper(world, kind, {"lines": lines})


def paper(world: World, kind: str, body: dict[str, Any]) -> UUID:
    with transaction.atomic():
        return draw_up(kind=kind, title="-", body=body, actor=world.cast.lin, now=NOW, request_id=new_id())


def lose(world: World, lot: UUID, amount: int, document: UUID | None, state: State = State.LOST) -> None:
    hub = world.cast.hub
    line = ledger.post_line(AccountRef(hub, State.AVAILABLE), AccountRef(hub, state), lot, amount)
    with transaction.atomic():
        ledger.post(
            lines=[line], actor=world.cast.lin, reason=Reason.LOSS, document=document, request_id=new_id(), now=NOW
        )


@pytest.mark.parametrize(
    ("kind", "stated", "left"),
    [
        ("LOSS_REPORT", {"surgical_mask": 3}, 0),
        ("DAMAGE_REPORT", {"surgical_mask": 3}, 0),
        ("LOSS_REPORT", {}, 3),
        ("LOSS_REPORT", {"surgical_mask": 2}, 3),
        ("LOSS_REPORT", {"surgical_mask": 4}, 3),
        ("LOSS_REPORT", {"potato": 3}, 3),
        ("COUNT", {"surgical_mask": 3}, 3),
    ],
)
def test_only_a_report_that_states_the_same_goods_and_as_many_accounts_for_a_loss(
    world: World, masks: UUID, kind: str, stated: dict[str, int], left: int
) -> None:
    lose(world, masks, 3, report(world, kind, **stated))
    assert undocumented(book.movements(lots=[masks])) == left


def test_a_loss_under_no_paper_is_accounted_for_by_none(world: World, masks: UUID) -> None:
    lose(world, masks, 3, None)
    assert undocumented(book.movements(lots=[masks])) == 3


def test_one_report_of_two_lots_accounts_for_each_and_not_for_a_second_loss_under_it(world: World, masks: UUID) -> None:
    other = give(world, "surgical-mask", 50)
    under = report(world, surgical_mask=5)
    lose(world, masks, 3, under)
    lose(world, other, 2, under, State.SPOILED)
    assert undocumented(book.movements(lots=[masks])) == 0
    lose(world, other, 2, under)
    assert undocumented(book.movements(lots=[masks])) == 3


@pytest.mark.parametrize(("other", "told"), [("surgical-mask", 6), ("goggles", -1)])
def test_carried_goods_are_lost_under_the_report_that_states_them_not_one_that_makes_the_totals_agree(
    world: World, masks: UUID, other: str, told: int
) -> None:
    for code in ("surgical-mask", other):
        line = {"item": str(world.item(code)), "lot": str(masks), "amount": 3, "note": "散落"}
        lose(world, masks, 3, paper(world, "LOSS_REPORT", {"where": "K912", "words": "散落", "lines": [line]}))
    assert lost_and_reported(cast(Stage, None)) == told
