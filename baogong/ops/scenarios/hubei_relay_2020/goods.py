"""22 and 23 January: registers, counts, the freeze, gifts, goods carried for others, what is asked for."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from baogong.catalogue.queries import item
from baogong.catalogue.services import seed_catalogue
from baogong.engine.sheets.amounts import parse_amount
from baogong.engine.sheets.kinds import LineOutcome
from baogong.journal import queries as journal_
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.needs import queries as needs_
from baogong.needs import services as needs
from baogong.ops.scenarios.hubei_relay_2020 import breaks, cast
from baogong.ops.scenarios.lists import choose, drop_in, leave_waiting
from baogong.ops.scenarios.stage import Stage, local
from baogong.places.queries import sites
from baogong.places.services import add_sealed_area, change_site, seal
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.views import OptionConsidered

SHEETS = {
    "廊坊仓": "10-stock-langfang.xlsx",
    "鄂州仓": "11-stock-ezhou.csv",
    "成都仓": "12-stock-chengdu.xlsx",
    "嘉兴仓": "13-stock-jiaxing.csv",
    "清远仓": "14-stock-qingyuan.xlsx",
}
COMPANY, CITY = "东行商城", "武汉"


def open_registers(stage: Stage) -> None:
    cast.open_office(stage)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu")
    # The partner's warehouse reads like the partner itself: a person says that it is a place of its own.
    drop_in(stage, "sites", breaks.sites_as_written(stage), by="wu", decide=_it_is_new)
    if not stage.broken(
        "air_and_outside_vehicle_rejected", "the lanes by air were never entered, so nobody weighed them"
    ):
        drop_in(stage, "lanes", "03-lanes.csv", by="wu")
    cast.open_field(stage)


def _it_is_new(_line: LineOutcome) -> dict[str, Any]:
    return {"new": True}


# (title, duty, owner, due, what came of it)
TASKS = (
    ("核对五仓盘点表", Duty.CLERK, "wu", "2020-01-22 20:00", "五仓合计 17,640 件；清远重复一行已剔除"),
    ("问仙桃市：有没有可用的临时仓", Duty.COMMAND, "lin", "2020-01-23 18:00", "市里帮忙找到仓，3 个月台"),
    ("联系武汉城内车辆和通行证", Duty.COMMAND, "zhao", "2020-01-24 08:00", "卡车联盟出车，通行证已发"),
    ("请承运方答复：谁愿意夜里发车", Duty.COMMAND, "lin", "2020-01-23 21:00", "两家都同意；夜车司机有奖金"),
)


def give_tasks(stage: Stage) -> None:
    for number, (title, duty, owner, due, _outcome) in enumerate(TASKS):
        journal.add_task(
            title=title,
            duty=duty,
            owner=stage.actors[owner].person_id,
            due_at=local(due),
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("task", number),
        )


def end_tasks(stage: Stage, *titles: str) -> None:
    """The owners write down what came of it; a call log entry where somebody was rung."""
    outcomes = {title: (owner, outcome) for title, _duty, owner, _due, outcome in TASKS}
    for task in journal_.tasks(open_only=True):
        if task.title in titles:
            owner, outcome = outcomes[task.title]
            actor = stage.actors[owner]
            with transaction.atomic():  # a call has no request id: both are kept, or none
                journal.log_call(
                    whom=task.title, about="进展", outcome=outcome, task=task.id, actor=actor, now=stage.now
                )
                journal.finish_task(task=task.id, outcome=outcome, actor=actor, now=stage.now)


def count_warehouses(stage: Stage) -> None:
    lost = stage.broken("off_sale_pieces", "the Qingyuan warehouse's sheet was never entered")
    for site, file_name in SHEETS.items():
        if lost and site == "清远仓":
            continue
        # The row written twice waits; nobody lets it count a second time.
        drop_in(stage, "stock", file_name, by="wu", decide=_drop_it)
    end_tasks(stage, "核对五仓盘点表")


def _drop_it(_line: LineOutcome) -> dict[str, Any]:
    return {"drop": True}


def hold_paid_orders(stage: Stage) -> None:
    drop_in(stage, "orders", "20-paid-orders.csv", by="wu")


def settle_the_printed_figure(stage: Stage) -> None:
    """The notice says 1万3件, a retelling 130,000: a power of ten apart, so a person decides."""
    if breaks.another_doubt(stage):
        return
    printed, retold = parse_amount("1万3件"), parse_amount("130,000")
    supply.settle_doubt(
        about="首批支援件数",
        figures=[
            supply.FigureRead(source="商城公告 2020-01-22", text="1万3件", amount=int(printed.number)),
            supply.FigureRead(source="转载报道", text="130,000", amount=int(retold.number)),
        ],
        chosen=int(printed.number),
        why="公告为原件，五仓盘点减已售合计 13,000；转载把 1万3 写成十三万",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("doubt"),
    )


def freeze_for_relief(stage: Stage) -> None:
    """Everything free in the five own warehouses. Keeping some back was considered and declined; both stand on record."""
    options = [
        OptionConsidered(text="五仓余货全部支援湖北", is_chosen=True, why="灾情最急处优先"),
        OptionConsidered(text="留一部分给其他地区", declined_by="商城物资组", why="其他地区尚可正常补货"),
    ]
    if stage.broken("options_on_record", "the option that was declined was left out of the freeze document"):
        options = options[:1]
    homes = list(cast.OWN)
    if stage.broken("first_batch_pieces", "the Qingyuan warehouse was left out of the freeze"):
        homes.remove("清远仓")
    supply.freeze_stock(
        scopes=[supply.Scope(site=stage.party(name)) for name in homes],
        decided_by=stage.party(COMPANY),
        basis="OWN_DECISION",
        reason="支援湖北抗疫，余货全部锁库",
        options=options,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("freeze"),
    )


def ship_paid_orders(stage: Stage) -> None:
    for name in cast.OWN:
        if not supply_.open_orders(stage.party(name)):
            continue  # shipped before this play was interrupted
        supply.ship_orders(
            site=stage.party(name),
            actor=stage.actors["qian"],
            now=stage.now,
            request_id=stage.request_id("ship-orders", name),
        )


def seal_the_city(stage: Stage) -> None:
    area = add_sealed_area(name=CITY, sealed_at=stage.now)
    for site in sites():
        if site.city == CITY:
            seal(area=area, site=site.id)
    stage.ids["area"] = area


def take_in_first_gifts(stage: Stage) -> None:
    drop_in(stage, "gifts", "30-gifts-23jan.csv", by="wu", decide=leave_waiting)
    drop_in(stage, "consignments", "33-consignments.csv", by="wu", decide=leave_waiting)
    receive_everything(stage, "23")


def receive_everything(stage: Stage, day: str, *, part: dict[str, int] | None = None) -> None:
    """
    Judge every gift offered by now against its standard and sign for it where it lies.

    part   item code → so many came and more is awaited
    """
    for gift in supply_.gifts():
        if gift.state == "OFFERED" and gift.offered_at <= stage.now:
            supply.judge_gift(
                gift=gift.id,
                judgements=[supply.Judgement(no=line.no, finding=supply.Finding.PASSES) for line in gift.lines],
                actor=stage.actors["zhao"],
                now=stage.now,
                request_id=stage.request_id("judge", day, gift.number),
            )
    for gift in supply_.gifts(state="ACCEPTED"):
        if gift.offered_at > stage.now:
            continue  # played before an interruption; its own day comes
        by_site: dict[Any, list[supply.Arrival]] = {}
        for line in gift.lines:
            if line.is_complete or line.arrived:
                continue
            code = item(line.item).code
            came = (part or {}).get(code, line.offered)
            by_site.setdefault(line.site, []).append(
                supply.Arrival(no=line.no, arrived=came, is_last=came == line.offered)
            )
        for site, arrivals in by_site.items():
            keeper = stage.actors["bao" if site == stage.party(cast.HUB) else "qian"]
            supply.receive_gift(
                gift=gift.id,
                site=site,
                arrivals=arrivals,
                actor=keeper,
                now=stage.now,
                request_id=stage.request_id("receive", day, gift.number, site),
            )


def hear_first_needs(stage: Stage) -> None:
    drop_in(stage, "needs", "40-needs-24jan.csv", by="wu", decide=leave_waiting)


def hear_needs_of_26(stage: Stage) -> None:
    """“北京协和” alone waits for a person, who knows it is the visiting team."""
    wrong = stage.broken("anything_at_wuhan_union", "“北京协和” was taken for 武汉协和 and its suitcases sent there")
    decide = _drop_it if wrong else choose("援鄂医疗队")
    drop_in(stage, "needs", "41-needs-26jan.csv", by="wu", decide=decide)
    if wrong:  # the list never offers 武汉协和 for this name: somebody wrote it down by hand
        needs.ask(
            need=needs.Asked(
                receiver=stage.party("华中科技大学同济医学院附属协和医院"),
                item=item("suitcase").id,
                quantity=60,
                urgency=2,
                due_at=local("2020-01-26 20:00"),
            ),
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("break", "union"),
        )


def hear_needs_of_28(stage: Stage) -> None:
    change_site(site=stage.party("武汉市第五医院"), lat=30.612, lon=114.269)
    drop_in(stage, "needs", "42-needs-28jan.csv", by="wu", decide=leave_waiting)


def hear_needs_of_30(stage: Stage) -> None:
    """What the next shift finds: new goods, new needs, three lines that wait for a person."""
    drop_in(stage, "gifts", "34-gifts-30jan.csv", by="wu", decide=leave_waiting)
    receive_everything(stage, "30")
    drop_in(stage, "needs", "43-needs-30jan.csv", by="wu", decide=leave_waiting)
    asked = [need for need in needs_.needs_board(stage.now, is_stale=False, has_amount=True) if not need.is_over]
    for need in asked[:-1]:  # one is left to ring for whoever comes next
        needs.verify(
            need=need.id,
            how="按医院官网公布的总机回拨",
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("rung back", need.receiver_name, need.item_en),
        )
