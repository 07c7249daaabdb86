"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.stage import Step, local
from baogong.ops.scenarios.vegetable_basket_2022 import bringing, gathering

STEPS = (
    Step(local("2022-04-26 09:00"), "登记 · registers", gathering.open_registers),
    Step(local("2022-04-26 10:00"), "报备、开团 · reported and opened", gathering.open_baskets),
    Step(local("2022-04-26 19:30"), "贴接龙 · chains pasted", gathering.paste_chats),
    Step(local("2022-04-26 20:00"), "逐行问清 · the queue asked", gathering.ask),
    Step(local("2022-04-26 21:00"), "截单、下单 · closed and ordered", gathering.close_and_order),
    Step(local("2022-04-26 21:30"), "记收款 · payments noted", gathering.note_payments),
    Step(local("2022-04-26 22:00"), "分车 · trucks", bringing.load_trucks),
    Step(local("2022-04-26 22:30"), "排流动站 · movable stations", bringing.schedule_stations),
    Step(local("2022-04-27 13:00"), "到货、登记、消杀 · arrived, signed in, sprayed", bringing.check_in),
    Step(local("2022-04-27 13:30"), "分配 · shared out", bringing.share_out),
    Step(local("2022-04-27 15:00"), "发放 · handed over", bringing.hand_over),
    Step(local("2022-04-27 18:00"), "退款 · paid back", bringing.pay_back),
)
