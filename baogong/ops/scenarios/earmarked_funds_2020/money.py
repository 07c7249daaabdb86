"""24 to 27 January: money is announced, told again in other figures, corrected, and comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baogong.catalogue.services import seed_catalogue
from baogong.engine.sheets.kinds import LineOutcome
from baogong.ops.scenarios.earmarked_funds_2020 import breaks
from baogong.ops.scenarios.earmarked_funds_2020.cast import COMPANY, FIELD, TRUSTEE
from baogong.ops.scenarios.lists import Decide, drop_in, leave_waiting
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.stage import Stage
from baogong.supply import queries as supply_
from baogong.supply import services as supply

# The bank sends the ten million in two parts: slice → fen on the first day.
FIRST_PART = {1: 150_000_000, 2: 100_000_000, 3: 150_000_000, 4: 100_000_000, 5: 100_000_000}


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu")
    drop_in(stage, "sites", "02-sites.csv", by="wu", decide=lambda _line: {"new": True})
    make_log_ins(stage, FIELD)


def hear_the_announcement(stage: Stage) -> None:
    drop_in(stage, "funds", breaks.announcement(stage, "10-gift-announced.csv"), by="wu")


def hear_it_retold(stage: Stage) -> None:
    """Two English figures a power of ten away from the announcement: a person says which holds."""
    if breaks.nobody_decides(stage):
        drop_in(stage, "funds", "11-gift-retold.csv", by="lin", decide=leave_waiting)
        return
    drop_in(stage, "funds", "11-gift-retold.csv", by="lin", decide=breaks.retold(stage, _the_announced_one))
    breaks.after_the_retelling(stage)


def _the_announced_one(line: LineOutcome) -> dict[str, Any] | None:
    return _starting_with("same:")(line)


def _starting_with(words: str) -> Decide:
    def decide(line: LineOutcome) -> dict[str, Any] | None:
        keys = [candidate.key for candidate in line.candidates if candidate.key.startswith(words)]
        return {"candidate": keys[0]} if keys else None

    return decide


def hear_of_others(stage: Stage) -> None:
    """Schools, alumni, citizens; a line written twice is given once."""
    decide = breaks.doubled(stage, lambda line: {"drop": True} if "stands above" in line.found else None)
    drop_in(stage, "funds", breaks.gifts_of_others(stage, "12-gifts-of-others.csv"), by="lin", decide=decide)


def hear_the_correction(stage: Stage) -> None:
    """The street office's first notice lost a nought: the corrected figure stands beside it."""
    if breaks.correction_ignored(stage):
        return
    drop_in(stage, "funds", "13-notice-corrected.csv", by="lin", decide=_starting_with("own:"))


def set_own_money_aside(stage: Stage) -> None:
    drop_in(stage, "funds", "14-own-money.csv", by="wu")


def first_money_comes(stage: Stage) -> None:
    for gift in _money_gifts():
        parts = FIRST_PART if _is_the_announced(stage, gift) else None
        _receive(stage, gift, "first", parts)


def second_money_comes(stage: Stage) -> None:
    for gift in _money_gifts():
        if _is_the_announced(stage, gift):
            left = {fund.no: fund.announced_fen - FIRST_PART[fund.no] for fund in gift.funds if fund.no in FIRST_PART}
            _receive(stage, gift, "second", breaks.second_part(stage, left))


def _money_gifts() -> tuple[supply_.MoneyGiftView, ...]:
    return tuple(gift for gift in reversed(supply_.money_gifts()) if gift.form == "MONEY")


def _is_the_announced(stage: Stage, gift: supply_.MoneyGiftView) -> bool:
    return (gift.donor, gift.trustee) == (stage.party(COMPANY), stage.party(TRUSTEE))


def _receive(stage: Stage, gift: supply_.MoneyGiftView, name: str, parts: Mapping[int, int] | None) -> None:
    supply.receive_money(
        gift=gift.id,
        parts=parts,
        reference=f"{gift.number}-{name}",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("money", name, gift.number),
    )
