"""What is planted: one wrong movement or omission for each expectation."""

from __future__ import annotations

from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import F

from baogong.ledger.services import AccountRef
from baogong.ledger.states import State
from baogong.ops.scenarios.by_hand import promise_by_hand
from baogong.ops.scenarios.stage import Stage
from baogong.ops.scenarios.vegetable_basket_2022.cast import SUPPLIER, basket_of, committee, communities

# Past every service: what is planted here no service would do.
Basket, ChainLine, Portion = (apps.get_model("orders", name) for name in ("Basket", "ChainLine", "Portion"))


def office(stage: Stage, community: str) -> UUID:
    """The committee a community's basket is reported to."""
    own = communities(stage)
    if community == own[-1] and stage.broken(
        "committees", "the last committee's basket was reported to its neighbour's"
    ):
        return committee(stage, own[-2])
    return committee(stage, community)


def opens_unsigned(stage: Stage, basket: UUID) -> bool:
    """The first basket's group begins before the committee has read the paper."""
    if stage.ids.setdefault("unsigned", basket) != basket or not stage.broken(
        "opened_before_signed", "one organiser opened the basket before the committee had signed its report"
    ):
        return False
    Basket.objects.filter(id=basket, state="REPORTED").update(state="OPEN")
    return True


def misheard(stage: Stage, answer: dict[str, str]) -> dict[str, str]:
    """The clerk writes another door's number of packs down."""
    if answer["处理"] != "COUNT" or "misheard" in stage.ids:
        return answer
    if not stage.broken("households_misread", "the clerk misheard one household and wrote five packs instead"):
        return answer
    stage.ids["misheard"] = stage.request_id("misheard")
    return {**answer, "A": "5"}


def after_the_order(stage: Stage) -> None:
    basket = basket_of(stage, communities(stage)[0])
    lines = ChainLine.objects.filter(paste__basket=basket, state="COUNTED").order_by("number")
    if stage.broken("characters_in_no_line", "somebody deleted one line of a chain from the book's table"):
        lines.filter(id=lines.values_list("id", flat=True)[:1]).delete()
    if stage.broken("lines_without_an_outcome", "one line was put back among those that wait, and nobody asked"):
        lines.filter(id=lines.values_list("id", flat=True)[:1]).update(state="WAITING", why="remark")
    if stage.broken("supplier_totals_differ", "somebody rang the supplier and ordered ten packs more, on no list"):
        item = Basket.objects.get(id=basket).items.exclude(lot=None).order_by("code")[0]
        assert item.lot_id is not None
        outside = AccountRef(stage.party(SUPPLIER), State.OUTSIDE)
        here = AccountRef(stage.party(communities(stage)[0]), State.AVAILABLE)
        promise_by_hand(stage, "ten more", outside, here, item.lot_id, 10)


def capacity(stage: Stage, row: dict[str, str]) -> int:
    packs = int(row["装载份数"])
    if row["车"] == "3号车" and stage.broken("packs_over_the_truck", "the small truck was listed as twice its size"):
        return packs * 2
    return packs


def after_the_shares(stage: Stage) -> None:
    short = Portion.objects.filter(household__basket=basket_of(stage, communities(stage)[6]), item__code="A")
    if stage.broken("unfair_portions", "the organiser kept all the packs of the short item for the first doors"):
        with transaction.atomic():
            rows = list(short.order_by("household__sort_key", "id"))
            left = sum(one.given or 0 for one in rows)
            for one in rows:
                one.given = min(one.loaded, left)
                left -= one.given
            Portion.objects.bulk_update(rows, ["given"])
    if stage.broken("short_and_not_answered", "the lines of one short household were taken off the list"):
        for community in communities(stage):
            found = Portion.objects.filter(household__basket=basket_of(stage, community), given__lt=F("asked")).first()
            if found is not None:
                door = {
                    "building": found.household.building,
                    "unit": found.household.unit,
                    "room": found.household.room,
                }
                ChainLine.objects.filter(paste__basket=basket_of(stage, community), **door).update(state="LEFT_OUT")
                return


def forgotten(stage: Stage, households: list[UUID]) -> list[UUID]:
    """One household's bag stays at the gate."""
    if len(households) < 2 or "forgotten" in stage.ids:
        return households
    if not stage.broken("came_and_not_in_hands", "one household's bag stayed at the gate"):
        return households
    stage.ids["forgotten"] = households[0]
    return households[1:]


def keeps_the_money(stage: Stage) -> bool:
    if "kept" in stage.ids:
        return False
    if not stage.broken("owed_and_not_paid_back", "the organiser forgot to pay one household back"):
        return False
    stage.ids["kept"] = stage.request_id("kept")
    return True
