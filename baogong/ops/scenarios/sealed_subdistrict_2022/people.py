"""Who may work inside: rules, passes, the call and its list, the muster at the gate, tests and duties of each day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.crew.queries import SignUpView
from baogong.crew.services import CallClosed, SignedUpAlready
from baogong.delivery import queries as delivery_
from baogong.engine.sheets.readers import read_table
from baogong.kernel.windows import Window
from baogong.ops.scenarios.last_mile import people as last_mile
from baogong.ops.scenarios.last_mile.people import (
    FEVER_TENTHS,
    assign,
    grant_passes,
    names_in,
    new_and_negative,
    set_entry_rules,
)
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import (
    COMMUNITIES,
    FIRST,
    INSIDE_LIST,
    SECOND,
    SIGN_UPS,
    STATIONS,
    STREET,
    TRIKE_PIECES,
    group_of,
)
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import crew as crew_inside
from baogong.ops.scenarios.stage import Stage, local

WANTED = 40
WORKS = {"核酸登记": "REGISTER_TESTS", "维持秩序": "KEEP_ORDER", "清运垃圾": "CARRY_WASTE"}
PARCEL_S, LOAD_S, WALK_M_PER_MIN = 71, 300, 66  # of one parcel at its door with the walk to the next (estimates)
SORT = "分拣消杀"  # one at each inner station every day, who stands in where somebody has to stop
SHIFT = ("10:05", "11:00")
ENDS = "17:45"  # of sorting, and of the telephones


def at(day: int, clock: str) -> datetime:
    return local(f"2022-04-{day:02} {clock}")


def list_who_is_inside(stage: Stage) -> None:
    """9 April: the couriers sealed in; and what every place inside asks of whoever works there."""
    drop_in(stage, "crew", INSIDE_LIST, by="wu", decide=new_and_negative)
    asked = {place: place not in COMMUNITIES for place in (STREET, *STATIONS, *COMMUNITIES)}
    set_entry_rules(
        stage, asked, "街道：48小时核酸、上岗前抗原、当天体温（I）"
    )  # the street's pass opens its communities


def ask_for_passes(stage: Stage) -> None:
    """11 April: for the couriers sealed in, for the street and its two stations."""
    _passes(stage, [stage.party(name) for name in names_in(stage, INSIDE_LIST)], 1)


def _passes(stage: Stage, persons: Sequence[UUID], first: int, call: UUID | None = None) -> None:
    """Until the end of April."""
    until_at = local("2022-05-01 00:00")
    grant_passes(stage, (STREET, *STATIONS), persons, prefix="JXQ", until_at=until_at, first=first, call=call)


def call_for_volunteers(stage: Stage) -> None:
    """12 April: forty are wanted; the list closes at night."""
    stage.ids["call"] = crew.open_call(
        place=stage.party(STREET),
        title="酒仙桥志愿者：配送、登记、秩序、清运",
        works=["DELIVER", "REGISTER_TESTS", "KEEP_ORDER", "CARRY_WASTE"],
        people_count=WANTED,
        closes_at=at(12, "22:00"),
        muster_at=at(13, "05:00"),
        muster_where="街道口",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("call"),
    )


def sign_up(stage: Stage) -> None:
    """Each by the link, one of them twice."""
    for number, row in enumerate(read_table(SIGN_UPS, stage.data(SIGN_UPS)).rows):
        name, _place, employer, home, phone = (cell.text for cell in row.cells[:5])
        try:
            crew.sign_up_by_link(
                call=stage.ids["call"],
                name=name,
                phone=phone,
                employer_text=employer,
                home=home,
                works=["DELIVER"],
                now=stage.now,
                request_id=stage.request_id("sign-up", number),
            )
        except (SignedUpAlready, CallClosed) as refusal:  # closed: in a resumed play
            stage.say(f"    {SIGN_UPS} {row.where} {name}: {refusal.message}")


def close_the_list(stage: Stage) -> None:
    """
    22:00: tests from the list; whoever lacks one, has fever or a yellow code is told so; of the others the first forty.
    """
    actor, call = stage.actors["wu"], stage.ids["call"]
    if all(view.closed_at is None for view in crew_.calls(now=stage.now, ids=[call])):
        crew.close_call(call=call, actor=actor, now=stage.now)
    drop_in(stage, "crew", SIGN_UPS, by="wu", decide=new_and_negative)
    why_not = {}
    for row in read_table(SIGN_UPS, stage.data(SIGN_UPS)).rows:
        tenths, code = row.cells[9].text, row.cells[10].text
        if float(tenths) * 10 > FEVER_TENTHS or code != "绿码":
            why_not[row.cells[0].text] = f"体温{tenths}、{code}"
    fit: list[SignUpView] = []
    for view in crew_.sign_ups(call, now=stage.now):
        if view.state != "SIGNED":  # decided before, in a resumed play
            continue
        reason = why_not.get(view.name) or _lacks(view.person, stage)
        if reason is None and len(fit) < WANTED:
            fit.append(view)
            continue
        crew.decline(
            sign_ups=[view.id],
            why=reason or "名单已满，下一批第一个",
            actor=actor,
            now=stage.now,
        )
        stage.say(f"      not listed: {view.name}: {reason or 'the list is full'}")
    fit = breaks.one_withdraws(stage, fit)
    if fit:
        crew.list_up(sign_ups=[view.id for view in fit], actor=actor, now=stage.now)


def _lacks(person: UUID, stage: Stage) -> str | None:
    """What the person lacks for a shift that begins in the morning, but for the pass and what is given on the day."""
    window = Window(at(13, "06:00"), at(13, "22:00"))
    judged = crew_.fitness([person], place=stage.party(STREET), window=window, now=stage.now)[person]
    missing = [reason for reason in judged.reasons if reason.code != "NO_PASS" and not reason.code.startswith("TEMP")]
    return "；".join(reason.text_zh for reason in missing) or None


def grant_the_forty(stage: Stage) -> None:
    listed = [view.person for view in crew_.sign_ups(stage.ids["call"], now=stage.now) if view.state == "LISTED"]
    _passes(stage, listed, 1 + len(names_in(stage, INSIDE_LIST)), call=stage.ids["call"])


def tests_of(stage: Stage, day: int) -> str:
    return f"40-tests-04{day}.csv"


def take_tests(stage: Stage, day: int) -> None:
    last_mile.take_tests(stage, tests_of(stage, day), place=STREET, keeper="gao", day=day)


def muster(stage: Stage) -> None:
    """13 April, 05:00: everybody on the list is answered for, then let in; two who are not on it try and are not."""
    take_tests(stage, 13)
    place, call, gao = stage.party(STREET), stage.ids["call"], stage.actors["gao"]
    due = crew_.expected(place, stage.now, call=call)
    crew.call_roll(
        place=place,
        call=call,
        answers=dict.fromkeys(due, "PRESENT"),
        actor=gao,
        now=stage.now,
        request_id=stage.request_id("muster"),
    )
    come = [*due, *(stage.party(name) for name in names_in(stage, tests_of(stage, 13))[-2:])]
    for number, person in enumerate(breaks.who_comes(stage, come)):
        stage.move_to(at(13, "05:02") + timedelta(minutes=number))
        crew.let_in(place=place, person=person, actor=gao, now=stage.now, request_id=stage.request_id("in", person))


def assign_the_day(stage: Stage, day: int) -> None:
    """Duties by community, in turns; one at each station sorts, and stands in."""
    places, whole = [stage.party(name) for name in COMMUNITIES], Window(at(day, "00:00"), at(day, "23:59"))
    said = {(want.place, want.work) for want in crew_.wanted(places, whole)}
    for community, work, start_at, end_at, count in duties(stage, day):
        if (community, work) in said:
            continue
        crew.want(
            place=community,
            work=work,
            start_at=start_at,
            end_at=end_at,
            people_count=count,
            actor=stage.actors["wu"],
            now=stage.now,
        )
    for person, community, work, start_at, end_at in on_duty(stage, day):
        assign(stage, person, community, work, start_at, end_at, day=day)
    for station, person in sorters(stage, day).items():
        assign(stage, person, stage.party(station), SORT, at(day, SHIFT[0]), at(day, ENDS), day=day)


def assign_couriers(stage: Stage, day: int) -> None:
    """Everybody else delivers, in one community each: so many there that all work about equally long."""
    sorting = set(sorters(stage, day).values())
    people = [person for person in crew_inside(stage) if person not in sorting]
    whole = Window(at(day, "00:00"), at(day, "23:59"))
    places = [stage.party(name) for name in COMMUNITIES]
    plan = [row for place in places for row in crew_.plan(place, window=whole, now=stage.now, with_withdrawn=True)]
    if {row.person for row in plan if row.work == "DELIVER"}.issuperset(people):
        return  # in a play that goes on: their parcels are on rounds by now
    start = (day - 13) * 29 % len(people)  # another community every day
    free = iter([*people[start:], *people[:start]])
    shares = {
        share.community_name: share
        for share in delivery_.courier_shares(
            stations=[stage.party(name) for name in STATIONS],
            couriers_count=len(people),
            now=stage.now,
            parcel_s=PARCEL_S,
            load_s=LOAD_S,
            walk_m_per_min=WALK_M_PER_MIN,
            capacity_pieces=TRIKE_PIECES,
        )
    }
    for community in COMMUNITIES:
        stage.say(f"      {community}: {shares[community].reason_en}")
        for person in islice(free, shares[community].couriers_count):
            assign(stage, person, stage.party(community), "DELIVER", at(day, SHIFT[0]), at(day, SHIFT[1]), day=day)


def sorters(stage: Stage, day: int) -> dict[str, UUID]:
    """Station → who sorts there that day, another one every day."""
    people = crew_inside(stage)
    return {FIRST: people[-2 * (day - 12)], SECOND: people[1 - 2 * (day - 12)]}


def duties(stage: Stage, day: int) -> Iterator[tuple[UUID, str, datetime, datetime, int]]:
    name = "23-duties.csv"
    for row in read_table(name, stage.data(name)).rows:
        community, work, start, end, count = (cell.text for cell in row.cells[:5])
        yield stage.party(community), WORKS[work], at(day, start), at(day, end), int(count)


def on_duty(stage: Stage, day: int) -> Iterator[tuple[UUID, UUID, str, datetime, datetime]]:
    """(person, community, work, from, until): each community's group in turns."""
    people = crew_inside(stage)
    groups = {
        stage.party(name): [person for number, person in enumerate(people) if group_of(number) == name]
        for name in COMMUNITIES
    }
    turn = dict.fromkeys(groups, 0)
    for community, work, start_at, end_at, count in duties(stage, day):
        group = groups[community]
        for _each in range(count):
            yield group[(turn[community] + 5 * (day - 13)) % len(group)], community, work, start_at, end_at
            turn[community] += 1


def sign_duties(stage: Stage, day: int) -> None:
    """In the evening the communities' papers are typed in: who was there from when to when."""
    for person, community, work, start_at, end_at in on_duty(stage, day):
        if end_at > stage.now or breaks.does_not_come(stage, day, work, community):
            continue
        crew.sign_on(
            person=person,
            place=community,
            work=work,
            start_at=start_at,
            end_at=end_at,
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("duty", day, person, work),
        )
