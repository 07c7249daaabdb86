"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.booked_2020.cast import (
    CITY,
    DAILY,
    DAYS,
    DESK,
    DESK_DAY,
    FACTORY,
    FIELD,
    LISTS,
    MASKS,
    NIGHT_OWLS,
    OFFICE,
    OWL_DAY,
    REGION,
    RULE,
    SHOP,
    SHORT,
    SHORT_DAY,
    STORE,
    TURN_DAYS,
    UNITS,
    at,
    day,
)
from baogong.ops.scenarios.rationed import book, office, roads
from baogong.ops.scenarios.rationed.people import Written, people_of, written
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.release.facts import ClaimIn
from baogong.release.identity import Person
from baogong.release.queries import tranches

AGAIN_EVERY, WAVES = 13, 5
YESTERDAY = "昨天网上约到了"  # what the second list says of some
UNSENT = 300  # claims whose answer was lost on the way, so that they are sent once more


def open_the_office(stage: Stage) -> None:
    office.open_registers(stage, FIELD)
    stage.ids["release"] = office.open_release(stage, office=OFFICE, item_code=MASKS, rule_file=RULE)


def put_out(stage: Stage, number: int) -> None:
    """The evening before: a fixed quantity for the next day."""
    units = SHORT if number == SHORT_DAY else DAILY
    if number == DAYS - 1 and stage.broken("days_put_out", "nothing was put out for the last day"):
        return
    if number == 3 and stage.broken("units_put_out", "a carton fewer was put out than announced"):
        units -= 2_000
    office.put_out(stage, stage.ids["release"], day(number), units, source=STORE, shop=SHOP, factory=FACTORY)


def one_day(stage: Stage, number: int) -> None:
    """From midnight to midnight: each road in the order in which people take it."""
    found = tranches(stage.ids["release"], on=day(number))
    if found:
        tranche = found[0].id
        roads.by_web(stage, _owls_at_midnight(stage, number, tranche))
        stage.move_to(at(number, "09:00"))
        morning = list(_crowd(stage, number, tranche))
        roads.by_web(stage, [*morning, *morning[:UNSENT]])
        if number in LISTS:
            _lists_and_desk(stage, number, tranche)
        if number == min(set(LISTS) - {DESK_DAY}) - 1:
            _who_will_stand_on_the_list(stage, tranche)
        stage.move_to(at(number, "21:00"))
        if number == 5:
            _a_second_counter(stage)
    if number + 1 < DAYS:
        put_out(stage, number + 1)
    if found:
        stage.move_to(at(number, "23:59"))
        roads.by_web(stage, _owls_before_midnight(stage, number, tranche))


def _crowd(stage: Stage, number: int, tranche: UUID) -> Iterator[ClaimIn]:
    """Everybody comes once, half of them when their turn is over; some try a day early, some twice within the hour."""
    goes_home = stage.breaking == "people_who_asked"
    for one in range(CITY.size):
        wave, first = one // AGAIN_EVERY % WAVES, one % AGAIN_EVERY
        if one in NIGHT_OWLS or (goes_home and one % len(CITY.regions) == 0):
            continue
        since = number - first
        if since == 0 or (since == TURN_DAYS and one % 2) or (since == 1 and wave == 0):
            who = CITY.who(stage.party(OFFICE), one)
            region = CITY.region(one)
            yield roads.ask(stage, tranche, who, UNITS, one, number, region=region)
            if since == 0 and wave == 1 and one % 10 == 0:
                yield roads.ask(stage, tranche, who, UNITS, one, number, "again", region=region)
    if goes_home:
        stage.broken("people_who_asked", "a whole district never heard of the booking")


def _lists_and_desk(stage: Stage, number: int, tranche: UUID) -> None:
    """The committees' list, and on the first of these days the same people at the desk and on the net, in any order."""
    listed = LISTS[number]
    if number != DESK_DAY:
        stage.move_to(at(number, "11:00"))
        if not stage.broken("rows_refused", "the second list of the committees was left in a drawer"):
            roads.by_list(stage, "claims", listed)
        return
    three_roads = on_three_roads(stage)
    rows = written(stage, DESK)
    stage.move_to(at(number, "10:00"))
    roads.by_web(stage, _on_the_net(stage, three_roads[0::3], tranche))
    stage.move_to(at(number, "10:30"))
    _type(stage, tranche, [row for row in rows if row.cells["时间"] == "10:30"])
    stage.move_to(at(number, "11:00"))
    roads.by_list(stage, "claims", listed)
    stage.move_to(at(number, "14:00"))
    _type(stage, tranche, [row for row in rows if row.cells["时间"] == "14:00"])
    stage.move_to(at(number, "15:00"))
    if not stage.broken("roads_that_met", "who was served at the desk or by list never tried the net as well"):
        roads.by_web(stage, _on_the_net(stage, [*three_roads[1::3], *three_roads[2::3]], tranche))


def on_three_roads(stage: Stage) -> list[Person]:
    """Who stands on the committees' list and on the clerk's sheet, however their numbers are written there."""
    own = stage.party(OFFICE)
    listed = people_of(stage, own, [LISTS[DESK_DAY]])
    return [who for tag, who in people_of(stage, own, [DESK]).items() if tag in listed]


def _type(stage: Stage, tranche: UUID, rows: list[Written]) -> None:
    for channel, of_phone in (("CLERK", False), ("PHONE", True)):
        mine = [row for row in rows if (row.cells["备注"] == "电话") is of_phone]
        roads.at_the_desk(stage, tranche, mine, UNITS, region=REGION, channel=channel)


def _on_the_net(stage: Stage, people: list[Person], tranche: UUID) -> list[ClaimIn]:
    return [roads.ask(stage, tranche, who, UNITS, who.person.hex(), tranche, region=REGION) for who in people]


def _who_will_stand_on_the_list(stage: Stage, tranche: UUID) -> None:
    """Some whom the committee writes down tomorrow book for themselves today."""
    last = LISTS[max(LISTS)]
    rows = [row.who(stage.party(OFFICE)) for row in written(stage, last) if row.cells["备注"] == YESTERDAY]
    stage.move_to(at(max(LISTS) - 1, "20:00"))
    roads.by_web(stage, _on_the_net(stage, [who for who in rows if who is not None], tranche))


def _owls(stage: Stage, tranche: UUID, *key: object) -> list[ClaimIn]:
    own = stage.party(OFFICE)
    return [
        roads.ask(stage, tranche, CITY.who(own, one), UNITS, one, *key, region=CITY.region(one)) for one in NIGHT_OWLS
    ]


def _owls_before_midnight(stage: Stage, number: int, tranche: UUID) -> list[ClaimIn]:
    """At 23:59: on their first day, and a minute before their turn is over."""
    return _owls(stage, tranche, number, "23:59") if number in (OWL_DAY, OWL_DAY + TURN_DAYS - 1) else []


def _owls_at_midnight(stage: Stage, number: int, tranche: UUID) -> list[ClaimIn]:
    """At 00:00: a minute after their claim, and on the first minute of the day on which they may again."""
    if number == OWL_DAY + 1 and not stage.broken(
        "turned_away_within_the_window", "nobody tried again a minute after midnight"
    ):
        return _owls(stage, tranche, number, "00:00")
    if number == OWL_DAY + TURN_DAYS and not stage.broken(
        "booked_again_at_midnight", "on the day of their next turn they overslept"
    ):
        return _owls(stage, tranche, number, "00:00")
    return []


def _a_second_counter(stage: Stage) -> None:
    """A planted failure: somebody opens another sale that counts a quota of its own."""
    if stage.broken("booked_twice_in_a_window", "a second sale was opened that does not count with the first"):
        other = office.open_release(stage, office=OFFICE, item_code=MASKS, rule_file=RULE, key="-staff")
        tranche = office.put_out(stage, other, day(5), 500, source=STORE)
        who = [CITY.who(stage.party(OFFICE), one) for one in range(5, 1_300, AGAIN_EVERY)]
        roads.by_web(
            stage, [roads.ask(stage, tranche, one, UNITS, "staff", one.person.hex(), region=REGION) for one in who]
        )


def deliver(stage: Stage) -> None:
    """What was booked at the desk, by telephone and by list is accepted by the shop and brought."""
    typed = [one for one in book.claims_now(stage, OFFICE) if one.channel != "WEB" and one.hold is not None]
    roads.accept(stage, typed, by="bao")
    for number, row in enumerate(one for one in book.claims_now(stage, OFFICE) if one.state == "ACCEPTED"):
        if number == 0 and stage.broken("units_handed_over", "one order stayed in the courier's bag"):
            continue
        roads.hand_over(
            stage, row, by="bao", evidence=EvidenceIn("NOTE", text="无接触放在门口，本人电话确认"), is_brought=True
        )


def count_up(stage: Stage) -> None:
    if stage.broken("promised_without_a_claim", "somebody promised a neighbour five masks past the counter"):
        book.promise_one_by_hand(stage, OFFICE, UNITS)
    if stage.broken("units_unaccounted_for", "a mask is gone from the store, under no document"):
        book.lose_one_by_hand(stage, OFFICE, STORE)


STEPS = (
    Step(
        local("2020-02-05 16:00"), "登记、规则、试算、公告 · registers, the rule tried and announced", open_the_office
    ),
    Step(local("2020-02-05 20:00"), "投放第一天 · stock for the first day", lambda stage: put_out(stage, 0)),
    *(
        Step(
            at(number, "00:00"),
            f"第{number + 1}天 · day {number + 1}",
            partial(one_day, number=number),
        )
        for number in range(DAYS)
    ),
    Step(local("2020-02-21 09:00"), "接单、送达 · accepted and brought", deliver),
    Step(local("2020-02-21 20:00"), "清点 · counted up", count_up),
)
