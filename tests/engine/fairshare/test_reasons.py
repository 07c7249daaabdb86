"""A reason says what was asked, what is given, and the one thing that stands in the way."""

from __future__ import annotations

from datetime import date

import pytest

from baogong.engine.fairshare import FairnessRule, Lot, Met, Names, Need, Problem, Requester, Unit, as_document, solve

A = Requester("a")
STOCK = Lot("L", "mask", 100, "s")


def met(problem: Problem) -> Met:
    return solve(problem, rule=FairnessRule()).met[0]


def asks(
    amount: int, *lots: Lot, requester: Requester = A, standards: frozenset[str] = frozenset(), **rest: object
) -> Met:
    needs = (Need(requester.id, "mask", amount, standards),)
    return met(Problem((requester, Requester("z")), lots, needs, **rest))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "english", "chinese"),
    [
        (asks(80, STOCK), "Asked for 80, gets 80: met in full.", "需要 80 件，分得 80 件：全部满足。"),
        (asks(0, STOCK), "Nothing was asked for.", "没有提出需求。"),
        (asks(80), "Asked for 80, gets 0: there is no stock of this item.", "需要 80 件，分得 0 件：此物资没有库存。"),
        (
            asks(80, STOCK, requester=Requester("a", cap={"mask": 30})),
            "Asked for 80, gets 30: its cap is 30.",
            "需要 80 件，分得 30 件：上限为 30 件。",
        ),
        (
            asks(80, Lot("L", "mask", 100, "s", earmark=frozenset({"z"}))),
            "Asked for 80, gets 0: there is stock of this item, but 1 lot earmarked for others.",
            "需要 80 件，分得 0 件：此物资有库存，但有 1 批定向给他人。",
        ),
        (
            asks(80, STOCK, standards=frozenset({"GB19083"})),
            "Asked for 80, gets 0: there is stock of this item, but 1 lot of a standard it does not accept.",
            "需要 80 件，分得 0 件：此物资有库存，但有 1 批标准不被接受。",
        ),
        (
            asks(80, STOCK, reach=frozenset({("s", "z")})),
            "Asked for 80, gets 0: there is stock of this item, but 1 lot out of its reach.",
            "需要 80 件，分得 0 件：此物资有库存，但有 1 批送不到。",
        ),
        (
            asks(80, Lot("L", "mask", 100, "s", expires_on=date(2020, 2, 1)), arrives_on=date(2020, 2, 2)),
            "Asked for 80, gets 0: there is stock of this item, but 1 lot expiring before arrival.",
            "需要 80 件，分得 0 件：此物资有库存，但有 1 批到达前过期。",
        ),
        (
            asks(80, Lot("L", "mask", 70, "s", carton=25)),
            "Asked for 80, gets 50 (62.5%): what is left to it, 1 lot (L), holds 70. "
            "The exact share is 70; whole cartons of 25 make it 50.",
            "需要 80 件，分得 50 件（62.5%）：留给它的 1 批（L）共 70 件。应得 70 件，按每箱 25 件整箱发放为 50 件。",
        ),
    ],
)
def test_a_single_reason(told: Met, english: str, chinese: str) -> None:
    assert (told.reason_en, told.reason_zh) == (english, chinese)


def test_a_reason_tells_amounts_in_the_unit_of_its_item() -> None:
    problem = Problem((A,), (Lot("L", "glove", 70, "s", carton=25),), (Need("a", "glove", 80),))
    shared = solve(problem, rule=FairnessRule())
    entry = as_document(shared, Names(units={"glove": Unit("双", "pair", "pairs")}))["met"][0]
    assert entry["reason_en"].startswith("Asked for 80 pairs, gets 50 (62.5%)")
    assert entry["reason_zh"] == (
        "需要 80 双，分得 50 双（62.5%）：留给它的 1 批（L）共 70 双。应得 70 双，按每箱 25 双整箱发放为 50 双。"
    )
    assert as_document(shared)["met"][0]["reason_zh"] == shared.met[0].reason_zh  # no unit known: 件


def test_one_of_a_unit_is_told_as_one() -> None:
    problem = Problem((A,), (Lot("L", "mask", 5, "s"),), (Need("a", "mask", 1),))
    document = as_document(solve(problem, rule=FairnessRule()), Names(units={"mask": Unit("个", "piece", "pieces")}))
    assert document["met"][0]["reason_en"] == "Asked for 1 piece, gets 1: met in full."


def test_a_shortage_names_who_shares_what_and_at_which_level() -> None:
    problem = Problem(
        (Requester("a", weight=2, earlier_met=0.25), Requester("b", floor={"mask": 60}), Requester("c")),
        (Lot("L", "mask", 100, "s"), Lot("M", "mask", 50, "t"), Lot("N", "mask", 9, "u", earmark=frozenset({"c"}))),
        tuple(Need(name, "mask", 100) for name in "abc"),
    )
    first, second, third = solve(problem, rule=FairnessRule()).met
    # 2 v - 0.25 + v + 0.6 = 1.59, so v = 0.41333
    assert first.reason_en == (
        "Asked for 100, gets 58 (58%): stock is short. 3 requesters who ask for 300 share 159 in 3 lots (L, M, N), "
        "levelled at 41.3% × weight 2, of which 25% counts as received earlier. "
        "The exact share is 57.7; whole pieces make it 58. Closed to it: 1 lot earmarked for others."
    )
    assert "Its floor of 60 is what it gets above that level." in second.reason_en
    assert "保底 60 件使它高于该水平。" in second.reason_zh
    assert "floor" not in third.reason_en


def test_lots_that_go_to_those_who_stand_lower_are_told() -> None:
    problem = Problem(
        (Requester("a"), Requester("b")),
        (Lot("L", "mask", 10, "s"), Lot("M", "mask", 50, "t")),
        (Need("a", "mask", 100), Need("b", "mask", 100)),
        reach=frozenset({("s", "a"), ("s", "b"), ("t", "a")}),
    )
    told = solve(problem, rule=FairnessRule()).met[0]
    assert told.got == 50
    assert "1 lot more it could use: given wholly to requesters who stand lower." in told.reason_en
    assert "另有 1 批它可用的库存全部给了满足率更低的单位。" in told.reason_zh


def test_who_received_enough_earlier_is_told_so() -> None:
    problem = Problem(
        (Requester("a", earlier_met=0.9), Requester("b")), (STOCK,), (Need("a", "mask", 100), Need("b", "mask", 200))
    )
    told = solve(problem, rule=FairnessRule()).met[0]
    assert told.got == 0
    assert "levelled at 50%, of which 90% counts as received earlier" in told.reason_en
