"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.ops.scenarios.vegetable_packs_2022 import asked, breaks, crew, goods, loans, road, scales


def share_and_plan(stage: Stage) -> None:
    asked.share_the_first(stage)
    road.plan_convoy(stage, "first", from_at=local("2022-04-13 20:00"), until_at=local("2022-04-16 14:00"))


def lend_computers(stage: Stage) -> None:
    loans.take_in(stage)
    loans.lend(stage)
    if breaks.bring_the_second_batch_early(stage):
        drop_in(stage, "gifts", "50-second-batch.csv", by="wu")
        goods.receive_gifts(stage, "14")
        breaks.carry_masks(stage)


def weigh(stage: Stage) -> None:
    scales.weigh_the_trucks(stage)
    scales.hold_against_the_packs(stage)


def second_batch(stage: Stage) -> None:
    drop_in(stage, "gifts", breaks.second_batch(stage, "50-second-batch.csv"), by="wu")
    drop_in(stage, "consignments", "51-consignments.csv", by="wu")
    goods.receive_gifts(stage, "17")
    breaks.give_away_what_is_carried(stage)
    asked.hear_the_second_batch(stage)
    asked.share_the_second(stage)
    road.plan_convoy(stage, "second", from_at=local("2022-04-18 06:00"), until_at=local("2022-04-18 22:00"))


STEPS = tuple(
    Step(local(at), title, act)
    for at, title, act in (
        ("2022-04-11 09:00", "登记、工作组 · registers and the working group", goods.open_registers),
        ("2022-04-11 10:00", "买菜的钱 · money for vegetables", goods.hear_of_money),
        ("2022-04-11 11:00", "找菜：捐的、买的 · vegetables given and ordered", goods.find_vegetables),
        ("2022-04-12 08:00", "到集货仓 · taken in at the farms", goods.take_in),
        ("2022-04-12 10:00", "配菜单、两条线开工 · the kit, two packing runs", goods.open_runs),
        ("2022-04-12 11:00", "住户清单折成份数 · households counted into packs", asked.count_households),
        ("2022-04-12 12:00", "其他居委和志愿者报数 · the others ask by number", asked.hear_the_others),
        ("2022-04-12 13:30", "装包 · packing", goods.pack),
        ("2022-04-13 09:00", "抽称、择下的菜、收线 · some weighed, waste, the runs close", goods.weigh_some_and_close),
        ("2022-04-13 14:00", "付菜钱 · the growers are paid", goods.pay_the_growers),
        ("2022-04-13 16:00", "车辆与通行证 · trucks and passes", road.register_fleet),
        ("2022-04-13 18:00", "分配、车队方案、批准 · share, convoy, approval", share_and_plan),
        ("2022-04-13 19:00", "出发 · trucks leave", lambda stage: road.drive(stage, local("2022-04-14 08:00"))),
        ("2022-04-14 09:00", "120台电脑出借 · 120 computers lent", lend_computers),
        ("2022-04-14 15:00", "工程师装机 · engineers set them up", loans.set_up),
        ("2022-04-14 16:00", "路上 · on the road", lambda stage: road.drive(stage, local("2022-04-15 11:00"))),
        ("2022-04-15 11:10", "过磅，与份数对账 · weighed, and held against the packs", weigh),
        ("2022-04-15 11:20", "分到各小区 · to every gate", lambda stage: road.drive(stage, local("2022-04-16 14:00"))),
        ("2022-04-17 10:00", "志愿者签到表 · the volunteers' sheet", crew.type_the_sheet),
        ("2022-04-17 14:00", "第二批防护物资 · the second batch", second_batch),
        (
            "2022-04-18 05:00",
            "第二批送达 · the second batch arrives",
            lambda stage: road.drive(stage, local("2022-04-18 22:00")),
        ),
        ("2022-04-28 17:00", "电脑归还 · computers come back", loans.bring_back),
        ("2022-04-30 15:00", "最后一台，晚了两天 · the last one, two days late", loans.bring_the_last_one),
        ("2022-05-02 10:00", "电脑还给商城 · the computers go home", loans.send_home),
    )
)
