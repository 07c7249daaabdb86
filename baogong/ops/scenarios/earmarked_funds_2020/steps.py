"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.earmarked_funds_2020 import breaks, goods, money, orders, road
from baogong.ops.scenarios.stage import Stage, Step, local

MASKS_FIRST = ("1", "2", "3", "4", "5")


def order_masks(stage: Stage) -> None:
    if not breaks.masks_last(stage):
        orders.order(stage, *MASKS_FIRST)


def order_equipment(stage: Stage) -> None:
    orders.order(stage, "6", "7", "8", "9", "10", "11", "12", "O1", "O2")


def order_the_mattresses(stage: Stage) -> None:
    orders.try_the_mattresses(stage)
    orders.order(stage, "13")


def order_more(stage: Stage) -> None:
    orders.order(stage, "14", "15", "16", "17", "18", "19", "O3", "O4")
    goods.pay_ahead(stage)


def deliver_the_first(stage: Stage) -> None:
    goods.receive_early(stage)
    road.register_fleet(stage)
    goods.promise_to_the_hospitals(stage, "2020-01-30 22:00")
    road.deliver(stage, "first", "2020-01-30 23:00")


def pay_the_first(stage: Stage) -> None:
    goods.bill_and_pay(stage, "1", "3", "4", "5", "10", "11")


def move_the_earmark(stage: Stage) -> None:
    orders.move_an_earmark(stage)
    orders.order(stage, "20")
    if breaks.masks_last(stage):
        orders.order(stage, *MASKS_FIRST)


def receive_the_rest(stage: Stage) -> None:
    goods.receive_the_rest(stage)
    goods.bill_and_pay(stage, "9")
    breaks.after_payments(stage)


def deliver_the_rest(stage: Stage) -> None:
    goods.promise_to_the_hospitals(stage, "2020-02-05 22:00")
    road.deliver(stage, "rest", "2020-02-05 23:00")


def pay_the_rest(stage: Stage) -> None:
    goods.bill_and_pay(stage)
    breaks.at_the_end(stage)


STEPS = tuple(
    Step(local(at), title, act)
    for at, title, act in (
        ("2020-01-24 12:00", "登记：主体、站点、值班 · registers", money.open_registers),
        ("2020-01-24 18:00", "公司公告：一千万元与五家医院 · the gift is announced", money.hear_the_announcement),
        ("2020-01-25 10:00", "英文转载差十倍、百倍，由人裁定 · retold in other figures", money.hear_it_retold),
        ("2020-01-25 14:00", "别家的捐款 · gifts of others", money.hear_of_others),
        ("2020-01-25 16:00", "街道更正公告 · a corrected notice", money.hear_the_correction),
        ("2020-01-25 17:00", "商城自购的钱单独立账 · the company's own money", money.set_own_money_aside),
        ("2020-01-26 09:00", "第一笔到账 · the first money comes", money.first_money_comes),
        ("2020-01-26 10:00", "先买口罩 · masks first", order_masks),
        ("2020-01-27 09:00", "第二笔到账 · the second part comes", money.second_money_comes),
        ("2020-01-27 10:00", "设备与防护服 · equipment and suits", order_equipment),
        (
            "2020-01-27 15:00",
            "床垫不在专款范围：拒绝，并指出可用的钱 · mattresses: refused, and who may pay",
            order_the_mattresses,
        ),
        ("2020-01-28 10:00", "继续采购，设备付定金 · more purchases, a deposit", order_more),
        ("2020-01-30 08:00", "首批到货，送医院 · the first goods, to the hospitals", deliver_the_first),
        ("2020-01-31 10:00", "账单与付款，一张账单超价 · bills, one above the order", pay_the_first),
        ("2020-02-03 10:00", "同济的20万改给人民医院，两人签字 · an earmark moves", move_the_earmark),
        ("2020-02-04 09:00", "其余到货 · the rest arrives", receive_the_rest),
        ("2020-02-04 16:00", "200套开裂，退货退款 · torn suits go back", goods.send_torn_suits_back),
        ("2020-02-05 08:00", "其余送医院 · the rest, to the hospitals", deliver_the_rest),
        ("2020-02-06 10:00", "付清 · all is paid", pay_the_rest),
    )
)
