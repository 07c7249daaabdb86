"""
20 purchases of the federation, in the order of the crisis: masks first, equipment afterwards. Whoever takes the tightest
fund each time spends the hospitals' own money on masks, and the money for masks only is left over.

And the company's own purchases, paid with its own money.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.journal import queries as journal_
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError
from baogong.ops.scenarios.earmarked_funds_2020 import breaks
from baogong.ops.scenarios.earmarked_funds_2020.cast import (
    COMPANY,
    JINYINTAN,
    RENMIN,
    TONGJI,
    TRUSTEE,
    UNION,
    ZHONGNAN,
)
from baogong.ops.scenarios.stage import Stage, local
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.errors import EarmarkForbidsPurchase

MASKS, DEVICES, SUITS, BEDS, OWN_SHOP = "荆楚口罩厂", "华信医疗器械", "康护防护用品", "安居家纺", "东联商贸"


@dataclass(frozen=True, slots=True)
class Ordered:
    """
    What is bought: base units, yuan a unit, for whom.

    early  of it, what comes with the first deliveries
    """

    code: str
    amount: int
    price_yuan: int
    receiver: str
    early: int = 0

    @property
    def price_fen(self) -> int:
        return self.amount * self.price_yuan * 100


# name → (supplier, lines)
ORDERS: dict[str, tuple[str, tuple[Ordered, ...]]] = {
    "1": (MASKS, (Ordered("n95-mask", 18_000, 25, JINYINTAN, early=18_000),)),
    "2": (MASKS, (Ordered("surgical-mask", 125_000, 2, TONGJI, early=60_000),)),
    "3": (MASKS, (Ordered("n95-mask", 18_000, 25, UNION, early=18_000),)),
    "4": (MASKS, (Ordered("surgical-mask", 125_000, 2, RENMIN, early=125_000),)),
    "5": (MASKS, (Ordered("n95-mask", 10_800, 25, ZHONGNAN, early=10_800),)),
    "6": (DEVICES, (Ordered("air-disinfector", 100, 8_000, JINYINTAN),)),
    "7": (DEVICES, (Ordered("uv-cart", 100, 5_000, ZHONGNAN),)),
    "8": (SUITS, (Ordered("protective-suit", 5_000, 180, JINYINTAN, early=3_000),)),
    "9": (SUITS, (Ordered("protective-suit", 4_500, 180, TONGJI),)),
    "10": (SUITS, (Ordered("protective-suit", 6_000, 180, UNION, early=6_000),)),
    "11": (SUITS, (Ordered("protective-suit", 5_000, 180, RENMIN, early=5_000),)),
    "12": (SUITS, (Ordered("protective-suit", 7_000, 180, ZHONGNAN, early=2_500),)),
    "13": (BEDS, (Ordered("mattress", 500, 600, JINYINTAN),)),
    "14": (DEVICES, (Ordered("nebuliser", 400, 1_200, TONGJI),)),
    "15": (DEVICES, (Ordered("air-purifier", 200, 2_000, UNION),)),
    "16": (DEVICES, (Ordered("air-purifier", 200, 2_000, RENMIN),)),
    "17": (SUITS, (Ordered("goggles", 5_000, 50, ZHONGNAN),)),
    "18": (
        DEVICES,
        (Ordered("air-disinfector", 60, 8_000, JINYINTAN), Ordered("isolation-gown", 13_000, 40, JINYINTAN)),
    ),
    "19": (SUITS, (Ordered("isolation-gown", 9_250, 40, UNION),)),
    "20": (
        MASKS,
        (
            Ordered("surgical-mask", 230_000, 2, TONGJI),
            Ordered("surgical-mask", 175_000, 2, RENMIN),
            Ordered("n95-mask", 10_800, 25, ZHONGNAN),
        ),
    ),
}
OWN_ORDERS: dict[str, tuple[str, tuple[Ordered, ...]]] = {
    "O1": (
        OWN_SHOP,
        (Ordered("surgical-mask", 600_000, 2, TONGJI, early=600_000), Ordered("surgical-mask", 400_000, 2, RENMIN)),
    ),
    "O2": (OWN_SHOP, (Ordered("protective-suit", 10_000, 180, JINYINTAN),)),
    "O3": (OWN_SHOP, (Ordered("goggles", 20_000, 50, UNION),)),
    "O4": (OWN_SHOP, (Ordered("thermometer", 6_000, 200, ZHONGNAN),)),
}
EVERY = {**ORDERS, **OWN_ORDERS}


def buyer_of(name: str) -> str:
    return TRUSTEE if name in ORDERS else COMPANY


def order(stage: Stage, *names: str) -> None:
    for name in names:
        if breaks.not_ordered(stage, name):
            continue
        try:
            stage.ids[f"order {name}"] = _commit(stage, name)
        except BaogongError as refusal:
            if not stage.breaking:
                raise
            stage.say(f"    purchase {name} was refused: {refusal.message}")


def _commit(stage: Stage, name: str) -> UUID:
    supplier, lines = EVERY[name]
    return supply.commit_purchase(
        supplier=stage.party(supplier),
        buyer=stage.party(buyer_of(name)),
        lines=lines_of(stage, lines),
        funds=breaks.chosen(stage, name),
        note=f"采购 {name}",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("order", name),
    )


def lines_of(stage: Stage, lines: tuple[Ordered, ...]) -> list[supply.PurchaseLine]:
    return [
        supply.PurchaseLine(
            item=item(line.code).id, amount=line.amount, price_fen=line.price_fen, receiver=stage.party(line.receiver)
        )
        for line in lines
    ]


REFUSED_TASK = "金银潭要500床床垫：先从专款试下单"


def try_the_mattresses(stage: Stage) -> None:
    """
    Mattresses out of the money for medical supplies are refused. The refusal says which earmark forbids it and which
    fund would allow it; it leaves no trace in the book, so the person writes it into the task.
    """
    task = journal.add_task(
        title=REFUSED_TASK,
        duty=Duty.COMMAND,
        owner=stage.actors["lin"].person_id,
        due_at=local("2020-01-27 18:00"),
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("task", "mattresses"),
    )
    supplier, lines = ORDERS["13"]
    fund = the_fund_for(stage, JINYINTAN)
    try:
        supply.commit_purchase(
            supplier=stage.party(supplier),
            buyer=stage.party(TRUSTEE),
            lines=breaks.renamed(stage, lines_of(stage, lines)),
            funds=[fund],
            note="床垫",
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("order", "mattresses from the medical fund"),
        )
        outcome = "下单成功"
    except EarmarkForbidsPurchase as refusal:
        outcome = refusal.message
    stage.say(f"    {outcome}")
    if any(open_task.id == task for open_task in journal_.tasks(open_only=True)):
        journal.finish_task(task=task, outcome=outcome, actor=stage.actors["lin"], now=stage.now)


def the_fund_for(stage: Stage, hospital: str) -> UUID:
    """The slice of the ten million that was announced for this hospital."""
    funds = supply_.funds(trustee=stage.party(TRUSTEE), donor=stage.party(COMPANY))
    wanted = stage.party(hospital)
    return next(
        fund.id for fund in funds if fund.moved_from is None and any(one.id == wanted for one in fund.receivers)
    )


def move_an_earmark(stage: Stage) -> None:
    """Tongji has enough suits: 200,000 yuan of its money goes to Renmin. The donor agrees, two persons sign."""
    fund = supply_.fund(the_fund_for(stage, TONGJI))
    document = supply.propose_re_earmark(
        fund=fund.id,
        terms=supply.Slice(
            20_000_000,
            receivers=(stage.party(RENMIN),),
            items=tuple(item.id for item in fund.items),
            purpose=fund.purpose,
        ),
        why="同济防护服已够用，人民医院口罩告急",
        consent_by=stage.party(COMPANY),
        consent_text="2月2日捐赠方回函同意",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("earmark"),
    )
    if breaks.only_one_signs(stage) or journal_.document(document).is_in_force:
        return
    journal.sign(document=document, actor=stage.actors["zhao"], now=stage.now)
