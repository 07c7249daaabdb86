"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.journal import queries as journal_
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.needs import queries as needs_
from baogong.ops.scenarios.hubei_relay_2020 import breaks, convoys, goods
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB
from baogong.ops.scenarios.hubei_relay_2020.road import drive
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.planning import services as planning

SOAKED_PIECES = 12
FOG = timedelta(hours=5)
NIGHT = {name: local("2020-01-24 01:30") for name in ("成都仓", "嘉兴仓", "清远仓")}
MORNING = {name: local("2020-01-24 06:00") for name in ("天津伙伴仓", "廊坊仓", "鄂州仓")}
NOON = local("2020-01-25 12:00")
OTHER_HUB, AFTERNOON = "孝感备选仓", local("2020-01-25 15:00")  # lent only from then on
GOODS_OF_24 = ("n95-mask", "surgical-mask", "disposable-mask", "thermometer")
GOODS_OF_26 = ("walkie-talkie", "suitcase", "water-soluble-tape", "surgical-mask", "gloves")
GOODS_OF_28 = ("isolation-gown", "n95-mask")
DAILY_GOODS = ("mattress", "air-purifier")


def plan_the_first_wave(stage: Stage) -> None:
    convoys.register_fleet(stage)
    goods.end_tasks(stage, "问仙桃市：有没有可用的临时仓", "联系武汉城内车辆和通行证")
    wanted = convoys.open_needs_of(stage, *GOODS_OF_24)
    if wanted:
        convoys.share(stage, "24", wanted, whole_cartons=False)
    breaks.before_consignments(stage)
    convoys.promise_consignments(stage)
    breaks.after_promises(stage)
    convoys.plan_convoy(
        stage,
        "24",
        from_at=stage.now,
        until_at=local("2020-01-26 00:00"),
        not_before={**NIGHT, **MORNING, HUB: NOON, OTHER_HUB: AFTERNOON},
        hubs=(HUB, OTHER_HUB),
    )
    goods.end_tasks(stage, "请承运方答复：谁愿意夜里发车")


def drive_through_the_night(stage: Stage) -> None:
    breaks.before_the_night(stage)
    drive(stage, local("2020-01-24 22:00"), found_at_the_hub=_soaked, asleep_until=breaks.hub_sleeps_until(stage))


def _soaked(stage: Stage, row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    """Twelve masks of the Jiaxing truck came soaked."""
    if row.origin_name != "嘉兴仓" or breaks.soaked_unreported(stage, row):
        return ()
    masks = [line for line in freight_.waybill(row.id, now=stage.now).lines if "外科口罩" in line.item_zh]
    return tuple(freight.LineDifference(line=line.id, damaged=SOAKED_PIECES, note="箱角进水") for line in masks[:1])


def report_the_fog(stage: Stage) -> None:
    """The Langfang truck stands in fog: five hours late. What has not left is planned again and approved."""
    plan = stage.ids["convoy 24"]
    rows = freight_.waybills(now=stage.now, states=("DEPARTED",), plan=plan)
    late = [row for row in rows if row.origin_name == "廊坊仓"][:1]
    for row in late:
        told = freight.report_delay(
            waybill=row.id,
            arrive_at=row.planned_arrive_at + FOG,
            why="大雾，高速封路",
            actor=stage.actors["tao"],
            now=stage.now,
            request_id=stage.request_id("fog"),
        )
        if told.plan is None or stage.broken("late_truck_replanned", "nobody looked at the plan made after the delay"):
            return
        convoys.agree(stage, told.plan, "fog")
        planning.approve(
            plan=told.plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve-fog")
        )
        _close_the_task(stage, told.plan)


def _close_the_task(stage: Stage, plan: UUID) -> None:
    """Command looked at the difference: whoever of the duty takes the task ends it."""
    for task in journal_.tasks(open_only=True, subject=plan):
        journal.take_task(task=task.id, actor=stage.actors["lin"], now=stage.now)
        journal.finish_task(task=task.id, outcome="改派已批准，正午转运不误", actor=stage.actors["lin"], now=stage.now)


def drive_until_noon(stage: Stage) -> None:
    drive(stage, local("2020-01-25 10:00"), found_at_the_hub=_soaked, asleep_until=breaks.hub_sleeps_until(stage))


def take_in_gifts_of_25(stage: Stage) -> None:
    drop_in(stage, "gifts", breaks.gloves_as_written(stage, "31-gifts-25jan.csv"), by="wu")
    goods.receive_everything(stage, "25")


def relay_into_the_city(stage: Stage) -> None:
    breaks.oversleep(stage, "command_office_reached", local("2020-01-25 15:30"))
    drive(stage, local("2020-01-25 21:00"), shut=breaks.shut_doors(stage))
    breaks.after_the_relay(stage)


def plan_the_second_wave(stage: Stage) -> None:
    goods.hear_needs_of_26(stage)
    codes = [code for code in GOODS_OF_26 if not breaks.left_out(stage, code)]
    wanted = convoys.open_needs_of(stage, *codes)
    if wanted:
        convoys.share(stage, "26", wanted, whole_cartons=False)
    convoys.plan_convoy(
        stage, "26", from_at=local("2020-01-26 06:00"), until_at=local("2020-01-27 00:00"), not_before={}
    )


def deliver_on_the_26th(stage: Stage) -> None:
    breaks.oversleep(stage, "three_receivers_on_the_26th", local("2020-01-27 06:00"))
    drive(stage, max(stage.now + timedelta(hours=5), local("2020-01-26 22:00")), at_the_door=breaks.refused_at_zhongnan)


def plan_the_third_wave(stage: Stage) -> None:
    drop_in(stage, "gifts", "32-gifts-27jan.csv", by="wu")
    goods.receive_everything(stage, "27", part=breaks.part_arrived(stage))
    goods.hear_needs_of_28(stage)
    wanted = convoys.open_needs_of(stage, *GOODS_OF_28)
    if wanted and not breaks.first_come_first_served(stage, wanted):
        convoys.share(stage, "28", wanted)
    convoys.plan_convoy(
        stage, "28", from_at=local("2020-01-27 22:00"), until_at=local("2020-01-29 00:00"), not_before={}
    )


def deliver_on_the_28th(stage: Stage) -> None:
    breaks.oversleep(stage, "xiantao_first_hospital_reached", local("2020-01-28 03:00"))
    if stage.breaking == "jingmen_reached":
        drive(stage, local("2020-01-28 02:00"), only_to="仙桃市第一人民医院")
        breaks.oversleep(stage, "jingmen_reached", local("2020-01-28 09:00"))
    if stage.breaking == "three_cities_same_day":
        drive(stage, local("2020-01-28 07:00"), only_to="仙桃市第一人民医院", or_to="荆门市卫生健康委员会")
        breaks.oversleep(stage, "three_cities_same_day", local("2020-01-28 23:59"))
    drive(stage, max(stage.now, local("2020-01-28 23:00")) + timedelta(hours=6))


def deliver_daily_goods(stage: Stage) -> None:
    wanted = convoys.open_needs_of(stage, *DAILY_GOODS)
    if wanted:
        convoys.share(stage, "29", wanted, whole_cartons=False)
    if needs_.parcels_due():
        convoys.plan_convoy(
            stage, "29", from_at=local("2020-01-29 08:00"), until_at=local("2020-01-30 00:00"), not_before={}
        )
    drive(stage, local("2020-01-29 20:00"))
    breaks.at_the_end(stage)


def leave_work_for_the_next_shift(stage: Stage) -> None:
    """A share is proposed and waits for a second person; nothing of it is promised yet."""
    goods.hear_needs_of_30(stage)
    wanted = convoys.open_needs_of(stage, "goggles", "surgical-mask")
    planning.make_plan(
        kind="SHARE",
        params={"needs": sorted(str(need.id) for need in wanted if need.due_at and need.due_at > stage.now)},
        rule={"whole_cartons": True},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("share", "30"),
    )
    journal.add_task(
        title="复核 30 日的分配方案并批准",
        duty=Duty.APPROVER,
        owner=stage.actors["zhao"].person_id,
        due_at=local("2020-01-30 12:00"),
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("task", "30"),
    )


STEPS = tuple(
    Step(local(at), title, act)
    for at, title, act in (
        ("2020-01-22 08:00", "登记：主体、站点、线路、值班 · registers and the working group", goods.open_registers),
        ("2020-01-22 08:30", "派任务 · tasks", goods.give_tasks),
        ("2020-01-22 10:00", "五仓盘点 · five warehouses counted", goods.count_warehouses),
        ("2020-01-22 11:00", "已付订单占用 · paid orders held", goods.hold_paid_orders),
        ("2020-01-22 12:00", "下架锁库 · off sale: frozen for relief", goods.freeze_for_relief),
        (
            "2020-01-22 12:30",
            "首批“1万3”存疑，由人裁定 · the printed figure, settled by a person",
            goods.settle_the_printed_figure,
        ),
        ("2020-01-22 20:00", "已付订单发货 · paid orders ship", goods.ship_paid_orders),
        ("2020-01-23 10:00", "封城 · the city is sealed", goods.seal_the_city),
        ("2020-01-23 12:00", "捐赠与代运入账 · gifts and goods carried for others", goods.take_in_first_gifts),
        ("2020-01-23 14:00", "需求 · needs", goods.hear_first_needs),
        (
            "2020-01-23 15:00",
            "分配、车队方案、承运方同意、批准 · share, convoy, agreement, approval",
            plan_the_first_wave,
        ),
        ("2020-01-23 15:30", "夜里发车 · through the night", drive_through_the_night),
        ("2020-01-24 22:00", "廊坊车遇雾，改派 · fog: late, planned again", report_the_fog),
        ("2020-01-24 22:30", "到仓收货 · received at the hub", drive_until_noon),
        ("2020-01-25 10:00", "基金会物资到仓 · the foundation's goods", take_in_gifts_of_25),
        ("2020-01-25 10:30", "转运进城，14:30 指挥部 · the relay: 14:30 at the command office", relay_into_the_city),
        ("2020-01-25 22:00", "26日的分配与车队 · share and convoy for the 26th", plan_the_second_wave),
        (
            "2020-01-26 05:30",
            "送三院、北京协和医疗队、中南 · Third Hospital, the Beijing team, Zhongnan",
            deliver_on_the_26th,
        ),
        ("2020-01-27 12:00", "28日的分配与车队 · share and convoy for the 28th", plan_the_third_wave),
        ("2020-01-27 21:30", "仙桃、荆门、荆州、黄冈、孝感 · five places in a day", deliver_on_the_28th),
        ("2020-01-29 06:00", "床垫与净化器 · mattresses and purifiers", deliver_daily_goods),
        ("2020-01-30 08:00", "下一班要做的事 · what the next shift finds", leave_work_for_the_next_shift),
    )
)

# What `baogong demo` opens on: the trucks of the 28th are agreed and load tonight, and the next share waits for approval.
# At the story's own end everything has come and been signed for; there would be nothing left to do.
DEMO = (
    *(step for step in STEPS if step.at <= local("2020-01-27 12:00")),
    Step(local("2020-01-27 13:00"), STEPS[-1].title, leave_work_for_the_next_shift),
)
