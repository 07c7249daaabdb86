"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.engine import draw as engine
from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.own_draw_2020.cast import (
    COME_AGAIN,
    COUNTY,
    DRILL_KEY,
    FIELD,
    FIRST_BEACON,
    FIRST_CLOSES,
    FIRST_DRAWN,
    FIRST_LIST,
    FIRST_ON,
    FIRST_RULE,
    FIRST_UNITS,
    MASKS,
    NO_SHOWS,
    NUMBERS,
    OFFICE,
    PROMOTED_FETCH,
    SECOND_BEACON,
    SECOND_CLOSES,
    SECOND_DRAWN,
    SECOND_FETCH,
    SECOND_LIST,
    SECOND_ON,
    SECOND_RULE,
    SECOND_UNITS,
    SHOP,
    STORE,
    UNITS,
)
from baogong.ops.scenarios.rationed import book, office, roads
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.release import admission, queries, services
from baogong.release.errors import DrawnOnce
from baogong.release.facts import ClaimIn
from baogong.release.queries import ClaimRow
from baogong.release.services import EntrantIn
from baogong.release.services.claims import bare_connection

AT_ONCE = 5_000


def open_the_office(stage: Stage) -> None:
    office.open_registers(stage, FIELD)
    stage.ids["first"] = office.open_release(stage, office=OFFICE, item_code=MASKS, rule_file=FIRST_RULE)
    _put_out(stage, "first", FIRST_ON, FIRST_UNITS)


def announce_the_first(stage: Stage) -> None:
    """Stock, rule, verifier and the two lotteries are fixed before anybody enters."""
    named = json.loads(stage.data(NUMBERS))
    sources = tuple(
        engine.LotterySource(name, len(numbers), is_ordered=name.startswith("排列")) for name, numbers in named.items()
    )
    stage.ids["first draw"] = _announce(
        stage, stage.ids["first tranche"], FIRST_CLOSES, engine.Lottery(FIRST_BEACON, sources)
    )


def enter_the_first(stage: Stage) -> None:
    """Over the net, and by the township's list for who is not on it."""
    _enter(stage, "first draw", range(COUNTY.size), FIRST_LIST)


def close_the_first(stage: Stage) -> None:
    if stage.broken("won_undrawn", "a friend of the house was given a right before the list was closed"):
        _give_to_a_friend(stage, stage.ids["first tranche"])
    _close(stage, "first draw")


def draw_the_first(stage: Stage) -> None:
    """The numbers are in the evening's papers. Somebody asks for another draw, as the result does not please him."""
    numbers = list(json.loads(stage.data(NUMBERS)).values())
    draw = stage.ids["first draw"]
    _draw(stage, "first draw", services.lottery_paper(draw, numbers=numbers))
    try:
        other = services.lottery_paper(draw, numbers=[sorted(numbers[0])[::-1][:7], [1, 2, 3]])
        services.draw_lots(draw=draw, beacon=other, actor=stage.actors["lin"], now=stage.now)
    except DrawnOnce as error:
        stage.say(f"    another draw is refused: {error.message}")
    if stage.broken(
        "days_drawn_twice", "more stock was put out for the same day, and lots are to be drawn for it anew"
    ):
        again = office.put_out(stage, stage.ids["first"], FIRST_ON, 500, source=STORE, shop=SHOP, key="again")
        _announce(stage, again, stage.now + timedelta(minutes=20), _beacon(stage, stage.now + timedelta(hours=1)))


def fetch_the_first(stage: Stage) -> None:
    """All of the winners but some come within their days."""
    winners = _in_order(stage, "first tranche")[: FIRST_UNITS // UNITS]
    _fetch(stage, winners[NO_SHOWS:])


def pass_on(stage: Stage) -> None:
    """Who did not come has had the turn; the next in the order drawn have the masks."""
    if stage.broken("passed_over", "the first five who stood by were struck off, taken for people of another county"):
        for row in [one for one in _in_order(stage, "first tranche") if one.state == "STANDBY"][:5]:
            services.cancel_claim(claim=row.id, actor=stage.actors["lin"], now=stage.now)
    if stage.broken("rights_passed_on", "nobody looked after what was not fetched"):
        return
    while services.expire_unclaimed(now=stage.now):
        pass


def fetch_what_was_passed_on(stage: Stage) -> None:
    moved_up = [one for one in _in_order(stage, "first tranche") if one.standby is not None and one.hold is not None]
    _fetch(stage, moved_up[:PROMOTED_FETCH])


def announce_the_second(stage: Stage) -> None:
    """Another release that counts the same quota: who lost the first time counts twice, who won stays out."""
    rule = SECOND_RULE
    if stage.broken("longer_losers_have_better_odds", "the second release was opened under the rule of the first"):
        rule = FIRST_RULE
    stage.ids["second"] = office.open_release(
        stage,
        office=OFFICE,
        item_code=MASKS,
        rule_file=rule,
        key="-second" if rule == FIRST_RULE else "",
        shares_quota_with=stage.ids["first"],
    )
    _put_out(stage, "second", SECOND_ON, SECOND_UNITS)
    stage.ids["second draw"] = _announce(
        stage, stage.ids["second tranche"], SECOND_CLOSES, _beacon(stage, SECOND_BEACON)
    )


def enter_the_second(stage: Stage) -> None:
    _enter(stage, "second draw", range(COME_AGAIN), SECOND_LIST)


def close_the_second(stage: Stage) -> None:
    if stage.broken(
        "forgeries_seen", "the second list was closed too late before its round, so nothing may be drawn from it"
    ):
        return
    _close(stage, "second draw")


def draw_the_second(stage: Stage) -> None:
    """The round comes out; here whoever has the scenario could have signed it, and every paper says so."""
    if queries.draw(stage.ids["second draw"]).state == "ANNOUNCED" or stage.broken(
        "bundles_verified", "the beacon's round was never brought"
    ):
        return
    key = json.loads(stage.data(DRILL_KEY))
    source = _beacon(stage, SECOND_BEACON)
    signature = engine.drill_signature(source.chain, int(key["secret"], 16), source.round_number)
    paper = services.beacon_paper(stage.ids["second draw"], round=source.round_number, signature=signature.hex())
    _draw(stage, "second draw", paper)


def fetch_the_second(stage: Stage) -> None:
    _fetch(stage, _in_order(stage, "second tranche")[:SECOND_FETCH])


def count_up(stage: Stage) -> None:
    if stage.broken("units_unaccounted_for", "a mask is gone from the store, under no document"):
        book.lose_one_by_hand(stage, OFFICE, STORE)


def _put_out(stage: Stage, which: str, on: Any, units: int) -> None:
    stage.ids[f"{which} tranche"] = office.put_out(stage, stage.ids[which], on, units, source=STORE, shop=SHOP)


def _announce(stage: Stage, tranche: UUID, closes_at: Any, source: engine.Drand | engine.Lottery) -> UUID:
    return services.announce_draw(
        tranche=tranche,
        closes_at=closes_at,
        source=source,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("announce", tranche),
    )


def _beacon(stage: Stage, at: Any) -> engine.Drand:
    return services.beacon_round("", json.loads(stage.data(DRILL_KEY))["chain"], at)


def _enter(stage: Stage, draw: str, of_the_county: range, list_file: str) -> None:
    own, misses = stage.party(OFFICE), 0
    if draw == "first draw" and stage.broken("entrants", "a village was never asked"):
        misses = 100
    people = of_the_county[misses:]
    for at in range(0, len(people), AT_ONCE):
        some = people[at : at + AT_ONCE]
        entrants = [EntrantIn(COUNTY.who(own, one), _nonce(draw, one), COUNTY.region(one)) for one in some]
        services.enter_many(
            draw=stage.ids[draw],
            entrants=entrants,
            channel="WEB",
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("enter", draw, at),
        )
    torn = draw == "first draw" and stage.broken("losers_in_the_dark", "the last row was torn off the township's list")
    roads.by_list(stage, "entrants", list_file, misread=_without_the_last if torn else None)


def _without_the_last(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


def _nonce(draw: str, one: int) -> bytes:
    """Each entrant's own; the device keeps it with the receipt."""
    return sha256(f"{draw} {one}".encode()).digest()[:16]


def _close(stage: Stage, draw: str) -> None:
    if queries.draw(stage.ids[draw]).state == "ANNOUNCED":
        root = services.close_draw(draw=stage.ids[draw], actor=stage.actors["lin"], now=stage.now)
        stage.say(f"    published at once: {root}")


def _draw(stage: Stage, draw: str, paper: engine.BeaconPaper) -> None:
    if queries.draw(stage.ids[draw]).state == "CLOSED":
        services.draw_lots(draw=stage.ids[draw], beacon=paper, actor=stage.actors["lin"], now=stage.now)


def _in_order(stage: Stage, tranche: str) -> list[ClaimRow]:
    """Claims of the draw of this tranche, in the order drawn."""
    rows = {one.id.hex: one for one in book.claims_now(stage, OFFICE) if one.tranche == stage.ids[tranche]}
    draw = next(one for one in queries.draws(stage.ids[tranche.split(" ")[0]]) if one.tranche == stage.ids[tranche])
    if draw.state != "DRAWN":
        return []
    result = json.loads(queries.draw_bundle(draw.id)["result.json"])
    return [rows[one] for one in [*result["winners"], *result["standby"]] if one in rows]


def _fetch(stage: Stage, rows: Sequence[ClaimRow]) -> None:
    for number, row in enumerate(rows):
        if number == 0 and stage.broken("units_handed_over", "one winner's masks stayed under the counter"):
            continue
        roads.hand_over(stage, row, by="bao", evidence=EvidenceIn("NOTE", text="凭证与证件后四位相符"))


def _give_to_a_friend(stage: Stage, tranche: UUID) -> None:
    who = COUNTY.who(stage.party(OFFICE), COUNTY.size + 1)
    claim = ClaimIn(
        id=stage.request_id("friend"), tranche=tranche, channel="CLERK", units=UNITS, person=who.person, is_chosen=True
    )
    with transaction.atomic():
        admission.admit(bare_connection(), [claim], stage.now)


STEPS = (
    Step(local("2020-02-10 08:00"), "登记、规则、投放 · registers, the rule, stock", open_the_office),
    Step(local("2020-02-10 09:00"), "公告：随机源是两种彩票 · announced: two lotteries", announce_the_first),
    Step(local("2020-02-11 20:00"), "五万人报名 · 50,000 enter", enter_the_first),
    Step(FIRST_CLOSES, "截止、公布树根 · the list closes, its root is published", close_the_first),
    Step(FIRST_DRAWN, "开奖号码、摇号 · the lottery's numbers, lots drawn", draw_the_first),
    Step(local("2020-02-13 10:00"), "中签人来领 · winners come", fetch_the_first),
    Step(local("2020-02-14 16:00"), "第二次：演练信标 · the second draw, by a drill's beacon", announce_the_second),
    Step(local("2020-02-15 00:05"), "没来的转给候补 · what was not fetched passes on", pass_on),
    Step(local("2020-02-15 09:00"), "再报名 · entered again", enter_the_second),
    Step(local("2020-02-15 10:00"), "候补来领 · who stood by comes", fetch_what_was_passed_on),
    Step(SECOND_CLOSES, "截止、公布树根 · the list closes, its root is published", close_the_second),
    Step(SECOND_DRAWN, "信标、摇号 · the round comes out, lots drawn", draw_the_second),
    Step(local("2020-02-16 10:00"), "中签人来领 · winners come", fetch_the_second),
    Step(local("2020-02-16 20:00"), "清点 · counted up", count_up),
)
