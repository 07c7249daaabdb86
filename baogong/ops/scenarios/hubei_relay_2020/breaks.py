"""
The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation.

Those that leave something out stand beside the act they spoil (goods, convoys, steps); here are the ones that need an act.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import item
from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.journal import services as journal
from baogong.journal.clock import set_clock
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.needs import queries as needs_
from baogong.needs import services as needs
from baogong.needs.views import NeedView
from baogong.ops.scenarios.by_hand import move_by_hand, promise_by_hand
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB
from baogong.ops.scenarios.stage import Stage, local
from baogong.supply import queries as supply_
from baogong.supply import services as supply


def free_relief(stage: Stage, code: str, site: str) -> tuple[AccountRef, UUID, int]:
    """Some relief stock of the item at the site that is promised to nobody."""
    for stock in supply_.relief_stock(items=[item(code).id], sites=[stage.party(site)]):
        return AccountRef(stock.site, State(stock.state)), stock.lot, stock.free
    raise AssertionError(f"no free {code} at {site}: the break has nothing to take")


def another_doubt(stage: Stage) -> bool:
    """Somebody decided, but about something else."""
    if not stage.broken(
        "doubt_of_first_batch_settled_by_a_person",
        "somebody decided about the thermometers; nobody decided between 1万3 and 130,000",
    ):
        return False
    supply.settle_doubt(
        about="测温仪件数",
        figures=[
            supply.FigureRead(source="合作企业来函", text="5千", amount=5_000),
            supply.FigureRead(source="电话记录", text="5万", amount=50_000),
        ],
        chosen=5_000,
        why="planted",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("break", "doubt"),
    )
    return True


def before_consignments(stage: Stage) -> None:
    if stage.broken(
        "consigned_owner_changed", "the consigned suits were entered as gowns of the company before they left"
    ):
        suits = next(row for row in supply_.relief_stock() if row.earmark and row.item == item("protective-suit").id)
        lot = book.lot(suits.lot)
        with transaction.atomic():
            ours = ledger.open_lot(
                item=item("isolation-gown").id,
                owner=stage.party("东行商城"),
                donor=lot.donor,
                earmark=lot.earmark.id if lot.earmark else None,
                standard=lot.standard,
                pieces_per_carton=lot.pieces_per_carton,
                label="改主",
                now=stage.now,
            )
            paper = journal.draw_up(
                kind="REPACK",
                title="planted",
                body={},
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("break", "owner paper"),
            )
            ledger.convert(
                at_holder=suits.site,
                parts=[(suits.lot, suits.free)],
                into=[(ours, suits.free)],
                actor=stage.actors["lin"],
                document=paper,
                request_id=stage.request_id("break", "owner"),
                now=stage.now,
            )


def after_promises(stage: Stage) -> None:
    if stage.broken("committed_is_counted_minus_sold", "ten frozen pieces went back to the shop"):
        _sell_some(stage)
    if stage.broken("thermometers_at_leishenshan", "the promise to the Leishenshan site was taken back"):
        for promise in needs_.allotments(receiver=stage.party("雷神山医院工地")):
            if not promise.is_undone:
                needs.undo_allotment(
                    allotment=promise.id,
                    why="planted",
                    actor=stage.actors["lin"],
                    now=stage.now,
                    request_id=stage.request_id("break", promise.id),
                )


def _sell_some(stage: Stage) -> None:
    for freeze in supply_.freeze_board():
        for line in freeze.lines:
            free = [row for row in supply_.relief_stock(sites=[line.site], items=[line.item]) if row.lot == line.lot]
            if free and free[0].free >= 10:
                supply.lift_freeze(
                    freeze=freeze.id,
                    reason="planted",
                    lines=[supply.Lifting(site=line.site, lot=line.lot, amount=10)],
                    actor=stage.actors["lin"],
                    now=stage.now,
                    request_id=stage.request_id("break", "lift"),
                )
                return


def before_the_night(stage: Stage) -> None:
    if stage.broken("nothing_left_early", "the Chengdu truck was let go at 00:30, an hour before its time"):
        stage.clock.set(local("2020-01-24 00:30"))
        set_clock(stage.now)
        for row in freight_.waybills(now=stage.now, states=("PLANNED",)):
            if row.origin_name != "成都仓":
                continue
            freight.let_go_early(
                waybill=row.id,
                now=stage.now,
                earliest_at=stage.now,
                reason="planted",
                actor=stage.actors["lin"],
                request_id=stage.request_id("break", "early", row.id),
            )
            freight.load(
                waybill=row.id,
                now=stage.now,
                actor=stage.actors["qian"],
                request_id=stage.request_id("PLANNED", row.id),
            )
        for row in freight_.waybills(now=stage.now, states=("LOADED",)):
            if row.origin_name == "成都仓":
                freight.depart(
                    waybill=row.id,
                    now=stage.now,
                    actor=stage.actors["tao"],
                    request_id=stage.request_id("LOADED", row.id),
                )


def hub_sleeps_until(stage: Stage) -> datetime | None:
    if stage.broken("first_arrival_at_hub", "nobody opened the hub's gate before the 25th"):
        return local("2020-01-25 01:00")
    return None


def soaked_unreported(stage: Stage, row: WaybillRow) -> bool:
    """The soaked masks were thrown away without a report; the goods received note says all is well."""
    if not stage.broken("loss_on_the_road_has_a_document", "soaked masks were thrown away without a report"):
        return False
    assert row.vehicle is not None
    for line in freight_.waybill(row.id, now=stage.now).lines:
        for balance in book.balances(holders=[row.vehicle], states=[State.ABOARD], lots=[line.lot]):
            if "口罩" in line.item_zh and balance.posted:
                stage.ids["soaked lot"] = line.lot
    return True


def sites_as_written(stage: Stage) -> str:
    if stage.broken("leishenshan_before_the_command_office", "the hours of the building site were left off the list"):
        return "02-sites-without-hours.csv"
    return "02-sites.csv"


def gloves_as_written(stage: Stage, file_name: str) -> str:
    if stage.broken("glove_pairs_at_zhongnan", "the gift's 50,000 pairs were entered as pieces"):
        return "31-gifts-25jan-misread.csv"
    return file_name


def oversleep(stage: Stage, expectation: str, until: datetime) -> None:
    if stage.broken(expectation, f"nobody moved a truck before {until:%d %b %H:%M}"):
        stage.clock.set(until)
        set_clock(until)


def shut_doors(stage: Stage) -> dict[str, datetime]:
    """Receiver → nobody there signs before then."""
    if stage.broken("leishenshan_reached", "nobody at the Leishenshan site's gate signed before the 26th"):
        return {"雷神山医院工地": local("2020-01-26 00:30")}
    return {}


def after_the_relay(stage: Stage) -> None:
    if stage.broken(
        "outside_vehicles_across_the_seal",
        "a truck without a pass brought thermometers to the Beijing team at a hospital's door inside the seal",
    ):
        outside = next(vehicle for vehicle in freight_.vehicles() if not vehicle.is_inside)
        source, lot, _free = free_relief(stage, "thermometer", "鄂州仓")
        aboard = AccountRef(outside.id, State.ABOARD)
        door = AccountRef(stage.party("北京协和医院援鄂医疗队"), State.HANDED_OVER)
        move_by_hand(stage, "load", source, aboard, lot, 100, Reason.LOAD)
        move_by_hand(stage, "door", aboard, door, lot, 100, Reason.HANDOVER)


def left_out(stage: Stage, code: str) -> bool:
    if code == "walkie-talkie":
        return stage.broken("walkie_talkies_at_third_hospital", "nobody shared the walkie-talkies")
    if code == "suitcase":
        return stage.broken("suitcases_with_the_beijing_team", "nobody shared the suitcases")
    if code == "water-soluble-tape":
        return stage.broken("tape_with_the_beijing_team", "nobody shared the tape")
    return False


def refused_at_zhongnan(stage: Stage, row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    if row.receiver_name != "武汉大学中南医院":
        return ()
    masks = [line for line in freight_.waybill(row.id, now=stage.now).lines if "口罩" in line.item_zh]
    if masks and stage.broken("masks_at_zhongnan", "one carton of masks was refused at the door"):
        return (freight.LineDifference(line=masks[0].id, refused=min(2000, masks[0].loaded), note="planted"),)
    return ()


def part_arrived(stage: Stage) -> dict[str, int]:
    arrived = {"mattress": 300, "air-purifier": 120}
    if stage.broken("mattresses_arrived", "only 260 mattresses came"):
        arrived["mattress"] = 260
    if stage.broken("purifiers_arrived", "only 100 air purifiers came"):
        arrived["air-purifier"] = 100
    return arrived


def first_come_first_served(stage: Stage, wanted: Sequence[NeedView]) -> bool:
    """Who asked first got all that was asked, until nothing was left."""
    if not stage.broken("worst_share_within_a_carton", "the goods were given to whoever asked first"):
        return False
    for need in sorted(wanted, key=lambda need: (need.asked_at, need.id)):
        open_amount = need.open or 0
        for stock in supply_.relief_stock(items=[need.item], sites=[stage.party(HUB)]):
            amount = min(open_amount, stock.free)
            if amount:
                open_amount -= amount
                needs.allot(
                    promise=needs.Promise(
                        receiver=need.receiver,
                        lot=stock.lot,
                        site=stock.site,
                        amount=amount,
                        need=need.id,
                        due_at=need.due_at,
                    ),
                    reason="planted",
                    actor=stage.actors["lin"],
                    now=stage.now,
                    request_id=stage.request_id("break", need.id, stock.lot),
                )
    return True


def at_the_end(stage: Stage) -> None:
    if stage.broken("units_unaccounted_for", "30 thermometers promised to Zhongnan stand on a truck that never came"):
        source, lot, _free = free_relief(stage, "thermometer", "鄂州仓")
        aboard = AccountRef(freight_.vehicles()[-1].id, State.ABOARD)
        move_by_hand(stage, "load", source, aboard, lot, 30, Reason.LOAD)
        door = AccountRef(stage.party("武汉大学中南医院"), State.HANDED_OVER)
        promise_by_hand(stage, "promise", aboard, door, lot, 30)
    if stage.broken("shop_page_says_where", "goggles left the shop for a hospital without ever being frozen"):
        site, goggles = stage.party("廊坊仓"), item("goggles").id
        supply.count_stock(
            site=site,
            lines=[supply.Counted(item=goggles, amount=50, owner=stage.party("东行商城"))],
            counted_at=stage.now,
            actor=stage.actors["qian"],
            now=stage.now,
            request_id=stage.request_id("break", "goggles"),
        )
        shelf = next(
            balance
            for balance in book.balances(holders=[site], states=[State.AVAILABLE], items=[goggles])
            if balance.lot.donor is None
        )
        door = AccountRef(stage.party("武汉市金银潭医院"), State.HANDED_OVER)
        move_by_hand(stage, "shelf", AccountRef(site, State.AVAILABLE), door, shelf.lot.id, 50, Reason.HANDOVER)
