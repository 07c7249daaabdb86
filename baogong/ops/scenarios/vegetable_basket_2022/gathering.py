"""26 April: registers, a basket in each community, its chain pasted, and what the reader was not sure of asked."""

from __future__ import annotations

from baogong.catalogue.services import add_item
from baogong.engine.sheets.delimited import decode
from baogong.journal import queries as journal
from baogong.journal.services import documents as papers
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_basket_2022 import breaks
from baogong.ops.scenarios.vegetable_basket_2022.cast import (
    CITY,
    DAY,
    DRIVER,
    HOUSEHOLD_MAX,
    LICENCE,
    MENU,
    ORGANISER,
    SUPPLIER,
    basket_of,
    chats,
    communities,
    packs_in,
    plate_of,
    rows,
)
from baogong.orders import queries, services
from baogong.orders.queries import LineView
from baogong.orders.services import Decision, ItemIn
from baogong.places.services import open_community


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    for community in communities(stage):
        stage.ids[community] = open_community(
            name=community, city=CITY, is_new=True, actor=stage.actors["lin"], now=stage.now
        )
    drop_in(stage, "buildings", "10-buildings.csv", by="wu")
    for code, name, item, _ in MENU:
        stage.ids[f"item {code}"] = add_item(code=item, name_zh=name, name_en=item.replace("-", " "), unit="PACK")


def open_baskets(stage: Stage) -> None:
    """Each organiser lives there; the committee signs goods, licence and driver, then the basket is open."""
    wu, zhao = stage.actors["wu"], stage.actors["zhao"]
    for community in communities(stage):
        basket = services.draft_basket(
            office=breaks.office(stage, community),
            community=stage.party(community),
            supplier=stage.party(SUPPLIER),
            title=f"{community}菜篮子",
            organiser=ORGANISER,
            building="1",
            unit="1",
            room="101",
            on=DAY,
            closes_at=local("2022-04-26 20:00"),
            items=[ItemIn(code, name, stage.ids[f"item {code}"], price_fen=fen) for code, name, _, fen in MENU],
            packs_min=50,
            household_max=HOUSEHOLD_MAX,
            tolerance_permille=50,
            actor=wu,
            now=stage.now,
            request_id=stage.request_id("basket", community),
        )
        stage.ids[f"basket {community}"] = basket
        paper = services.report_basket(
            basket=basket,
            licence=LICENCE,
            driver=DRIVER,
            plate=plate_of(stage, community),
            actor=wu,
            now=stage.now,
            request_id=stage.request_id("report", community),
        )
        if breaks.opens_unsigned(stage, basket):
            continue
        if journal.document(paper).state == "WAITING":
            papers.sign(document=paper, actor=zhao, now=stage.now)


def paste_chats(stage: Stage) -> None:
    for name in chats(stage):
        services.paste_chain(
            basket=basket_of(stage, name.split("-")[2].removesuffix(".txt")),
            text=decode(name, stage.data(name)),
            file_name=name,
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("paste", name),
        )


def ask(stage: Stage) -> None:
    """The clerk rings whoever's line waits; what they say stands in the list of calls."""
    for community in communities(stage):
        said = {"".join(row["原话"].split()): row for row in rows(stage, "30-asked.csv") if row["小区"] == community}
        for line in queries.lines_of(basket_of(stage, community), states=["WAITING"]):
            answer = said.get("".join(line.words.split()))
            if answer is None:
                stage.say(f"      nobody was asked: {community} {line.words}")
            else:
                _settle(stage, community, line, breaks.misheard(stage, answer))


def _settle(stage: Stage, community: str, line: LineView, answer: dict[str, str]) -> None:
    items = tuple(packs_in(answer).items())
    decision = Decision(answer["处理"], reason=answer["说明"])
    if answer["处理"] == "COUNT":
        decision = Decision(
            "COUNT",
            building=answer["楼号"],
            unit=answer["单元"],
            room=answer["房号"],
            items=items,
            reason=answer["说明"],
        )
    services.settle_lines(
        basket=basket_of(stage, community), lines=[line.id], decision=decision, actor=stage.actors["wu"], now=stage.now
    )


def close_and_order(stage: Stage) -> None:
    wu = stage.actors["wu"]
    for community in communities(stage):
        basket = basket_of(stage, community)
        services.close_basket(basket=basket, actor=wu, now=stage.now, request_id=stage.request_id("close", community))
        services.order_basket(basket=basket, actor=wu, now=stage.now, request_id=stage.request_id("order", community))
    breaks.after_the_order(stage)


def note_payments(stage: Stage) -> None:
    """Whoever wrote that it is paid has paid what was ordered."""
    for community in communities(stage):
        basket = basket_of(stage, community)
        paid = {line.place for line in queries.lines_of(basket, states=["COUNTED"]) if line.is_paid}
        for household in queries.households_of(basket):
            if household.place in paid:
                services.note_payment(
                    household=household.id,
                    fen=household.ordered_fen,
                    actor=stage.actors["wu"],
                    now=stage.now,
                    request_id=stage.request_id("paid", household.id),
                )


__all__ = ["ask", "close_and_order", "note_payments", "open_baskets", "open_registers", "paste_chats"]
