"""What is done for the staff and asked of them; each planted failure stands where it happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.catalogue.services import seed_catalogue
from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.engine.sheets.numbers import read_number
from baogong.journal import queries as journal
from baogong.journal.services import tasks
from baogong.kernel.actor import Duty
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand
from baogong.ops.scenarios.last_mile.people import (
    FEVER_TENTHS,
    ask_for_temperature,
    ask_without_tests,
    assign,
    new_and_negative,
)
from baogong.ops.scenarios.lists import drop_in, it_is_new
from baogong.ops.scenarios.logins import OFFICE, make_log_ins
from baogong.ops.scenarios.own_people_2020.cast import (
    AT_HOME,
    CLOSED,
    FIELD,
    GATE,
    GROUP,
    HARDSHIP,
    HOME,
    LAST_DAY,
    LEAVING,
    MEDICINE,
    PARK,
    STAFF,
    STAYING,
    at,
    departments,
    rows,
)
from baogong.ops.scenarios.stage import Stage
from baogong.people.queries.parties import name_index
from baogong.people.services.parties import register_party
from baogong.supply import services as supply
from baogong.supply.services import Scope
from baogong.supply.views import OptionConsidered

KIT = (("surgical-mask", 10, False), ("thermometer", 1, True), ("alcohol", 2, False))
RATIONS, DISINFECTED = 10, ("07:00", "11:00", "15:00", "19:00")


def open_registers(stage: Stage) -> None:
    make_log_ins(stage, OFFICE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu", decide=it_is_new)
    drop_in(stage, "sites", "03-sites.csv", by="wu", decide=it_is_new)
    register_party(kind="ORGANISATION", name=AT_HOME, city="武汉", now=stage.now)
    make_log_ins(stage, FIELD)
    for place in (PARK, AT_HOME):
        ask_without_tests(stage, place, "平日：不查（I）", place, "plain")


def list_the_staff(stage: Stage) -> None:
    """The personnel office's list; then each department's roll, by which it is called."""
    lost = stage.broken("staff_listed", "one row of the personnel office's list was lost")

    def misread(text: str) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(line for number, line in enumerate(lines) if number != 692)

    drop_in(stage, "crew", STAFF, by="wu", decide=new_and_negative, misread=misread if lost else None)
    index = name_index(kinds=["PERSON"])  # asked once: fifteen hundred names, one reading of the register
    for name, *_ in rows(stage, STAFF):
        found = index.resolve(name).entry
        if found is not None:
            stage.ids[name] = UUID(found.key)
    for department, names in departments(stage).items():
        _roll(stage, department, [name for name in names if name in stage.ids])


def _roll(stage: Stage, department: str, names: Sequence[str]) -> None:
    """The department's list of who is to answer, closed at once: nobody signs up for it."""
    call = crew.open_call(
        place=stage.party(PARK),
        title=f"{department}点名册",
        works=["STAFF"],
        people_count=len(names),
        closes_at=at(31, "20:00"),
        muster_at=at(31, "20:00"),
        muster_where="电话",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("roll", department),
    )
    crew.list_all(
        call=call,
        persons=[stage.party(name) for name in names],
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("roll", department, "list"),
    )


def count_own_stock(stage: Stage) -> None:
    drop_in(stage, "stock", "05-stock.csv", by="wu", decide=lambda _line: {"accept": True})


def give_out_kit(stage: Stage) -> None:
    """Masks, a thermometer and alcohol to everybody, medicine to those who need it each day."""
    everybody = [stage.party(name) for name, *_ in rows(stage, STAFF) if name in stage.ids]
    if stage.broken("staff_with_kit", "the drivers of one department were on the road and got nothing"):
        missed = {stage.party(name) for name in departments(stage)["配送汉口部"]}
        everybody = [person for person in everybody if person not in missed]
    for code, each, must_return in KIT:
        _give(stage, code, everybody, each, must_return)
    _give(stage, "chronic-medicine", [stage.party(name) for name, *_ in rows(stage, MEDICINE)], 30)


def _give(stage: Stage, code: str, persons: Sequence[UUID], each: int, must_return: bool = False) -> None:
    crew.issue_to_all(
        place=stage.party(PARK),
        persons=persons,
        item=item(code).id,
        each=each,
        must_return=must_return,
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("kit", code),
    )


def set_relief_aside(stage: Stage) -> None:
    """What the group takes off sale and what the staff wear lie in one house, and never in one lot."""
    drop_in(stage, "stock", "06-relief.csv", by="wu", decide=lambda _line: {"accept": True})
    supply.freeze_stock(
        scopes=[
            Scope(site=stage.party(PARK), item=item(code).id, owner=stage.party(GROUP))
            for code in ("n95-mask", "surgical-mask")
        ],
        decided_by=stage.party(GROUP),
        basis="OWN_DECISION",
        reason="下架支援抗疫；员工自用的另行存放",
        options=[
            OptionConsidered("员工自用的也一并捐出", declined_by="总调度 林", why="在岗的人没有防护就没人出车"),
            OptionConsidered("员工自用的留下", is_chosen=True, why="员工领到的不算捐赠"),
        ],
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("freeze"),
    )
    if stage.broken("staff_kit_out_of_relief", "a box of relief masks was handed to the guards"):
        _take(stage, "guards", "surgical-mask", 50)


def _take(stage: Stage, what: str, code: str, amount: int) -> None:
    """Relief goods used up at work: past the service that looks whose they are."""
    (view, *_) = [
        view
        for view in book.balances(holders=[stage.party(PARK)], states=[State.FROZEN], items=[item(code).id])
        if view.free >= amount
    ]
    move_by_hand(stage, what, view.ref, AccountRef(stage.party(PARK), State.USED), view.lot.id, amount, Reason.USE)


def work_the_last_day(stage: Stage) -> None:
    """Who is still wanted on the last Saturday is planned until six."""
    gone = {person.person for person in crew_.plan(stage.party(PARK), window=_day(LAST_DAY), now=stage.now)}
    for department, names in departments(stage).items():
        wanted = [stage.party(name) for name in names if name in stage.ids]
        if gone.isdisjoint(wanted):
            crew.assign_all(
                persons=wanted,
                place=stage.party(PARK),
                work="STAFF",
                start_at=at(LAST_DAY, "08:30"),
                end_at=at(LAST_DAY, "18:00"),
                actor=stage.actors["wu"],
                now=stage.now,
                request_id=stage.request_id("last day", department),
            )


def _day(day: int) -> Window:
    return Window(at(day, "00:00"), at(day, "23:59"))


def let_leave_early(stage: Stage) -> None:
    kept = stage.broken("left_early", "a department's head kept ten of those on the leave list until six")
    leaving = {stage.party(name) for name, *_ in rows(stage, LEAVING)[10 if kept else 0 :]}
    for row in crew_.plan(stage.party(PARK), window=_day(LAST_DAY), now=stage.now):
        if row.person in leaving and row.end_at > stage.now:
            crew.unassign(assignment=row.id, why="提前放假", actor=stage.actors["wu"], now=stage.now)


def close_the_premises(stage: Stage) -> None:
    """From now on only with a pass and the day's own temperature; the desk of the customer service goes home."""
    if not stage.broken("let_in_without_pass", "the new rule was read out and never entered"):
        ask_without_tests(
            stage,
            PARK,
            "园区封闭：凭证，每天量体温（R：记录体温）",
            PARK,
            "closed",
            needs_pass=True,
            fever_tenths=FEVER_TENTHS,
        )
    else:
        ask_for_temperature(stage, PARK, "open")
    drop_in(stage, "crew", STAYING, by="wu", decide=new_and_negative)
    for day in CLOSED:
        for name, *_ in rows(stage, STAYING):
            assign(
                stage, stage.party(name), stage.party(PARK), "KEEP_RUNNING", at(day, "08:00"), at(day, "18:00"), day=day
            )
    short = 5 if stage.broken("agents_at_home", "five agents were never planned for their desk at home") else 0
    for day in CLOSED:
        crew.assign_all(
            persons=[stage.party(name) for name, *_ in rows(stage, HOME)[short:]],
            place=stage.party(AT_HOME),
            work="CUSTOMER_SERVICE",
            start_at=at(day, "09:00"),
            end_at=at(day, "21:00"),
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("at home", day),
        )


def plan_disinfection(stage: Stage) -> None:
    """Four times a day where it was once."""
    for day in CLOSED:
        for clock in DISINFECTED:
            tasks.add_task(
                title=f"园区消杀 1月{day}日 {clock}",
                duty=Duty.KEEPER,
                due_at=at(day, clock),
                subject=stage.party(PARK),
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("disinfect", day, clock),
            )


def disinfect(stage: Stage) -> None:
    """What is due by now, ended in a sentence."""
    if stage.now == at(22, "15:00") and stage.broken(
        "disinfected_in_time", "one round was only done with the next one"
    ):
        return
    for task in journal.tasks(subject=stage.party(PARK)):
        if task.due_at <= stage.now:
            tasks.finish_task(task=task.id, outcome="大门、客服楼、食堂", actor=stage.actors[GATE], now=stage.now)


def read_temperatures(stage: Stage, day: int) -> None:
    """As each wrote it down before coming; who forgot is on the list without a figure."""
    forged = stage.broken("turned_away", "for whoever had forgotten, a figure was made up")
    for name, degrees, *_ in rows(stage, f"30-temperatures-01{day}.csv"):
        text = degrees.removesuffix("℃") or ("36.5" if forged else "")
        if text:
            _take_temperature(stage, name, round(read_number(text)[0] * 10), "list", day)


def _take_temperature(stage: Stage, name: str, tenths: int, *key: object) -> None:
    crew.take_temperature(
        person=stage.party(name),
        place=stage.party(PARK),
        tenths=tenths,
        actor=stage.actors[GATE],
        now=stage.now,
        request_id=stage.request_id("temperature", name, *key),
    )


def stand_at_the_gate(stage: Stage, day: int) -> None:
    """Each stands at the gate; who forgot is measured there and looked at again, who has fever goes home."""
    if day == CLOSED[0]:
        for name, *_ in rows(stage, HOME)[:2]:  # come to fetch their things
            _take_temperature(stage, name, 365, "gate", day)
            _knock(stage, name, day)
    waved = stage.broken("on_site_without_todays_temperature", "on the 21st one who had forgotten was waved through")
    for name, _degrees, note in rows(stage, f"30-temperatures-01{day}.csv"):
        if waved and day == 21 and note.startswith("忘了量"):
            ask_without_tests(stage, PARK, "planted", PARK, "waved", needs_pass=True)
            _knock(stage, name, day)
            stage.clock.set(stage.now + timedelta(minutes=1))  # one version of a rule for each moment
            ask_without_tests(stage, PARK, "planted", PARK, "again", needs_pass=True, fever_tenths=FEVER_TENTHS)
            continue
        if _knock(stage, name, day):
            continue
        if note.startswith("忘了量"):
            _take_temperature(stage, name, 366, "gate", day)
            _knock(stage, name, day, "again")
        else:
            _send_home(stage, name, day)


def _knock(stage: Stage, name: str, day: int, *key: object) -> bool:
    entry = crew.let_in(
        place=stage.party(PARK),
        person=stage.party(name),
        actor=stage.actors[GATE],
        now=stage.now,
        request_id=stage.request_id("gate", day, name, *key),
    )
    return crew_.entry(entry).was_allowed


def _send_home(stage: Stage, name: str, day: int) -> None:
    for row in crew_.plan(stage.party(PARK), window=_day(day), now=stage.now):
        if row.person == stage.party(name) and row.end_at > stage.now:
            crew.unassign(assignment=row.id, why="发热，回家", actor=stage.actors["wu"], now=stage.now)


def call_the_roll(stage: Stage, day: int) -> None:
    """Everybody inside or planned there answers."""
    due = crew_.expected(stage.party(PARK), stage.now)
    inside = {
        entry.person
        for entry in crew_.entries(stage.party(PARK), since=at(day, "00:00"), limit=500)
        if entry.was_allowed
    }
    crew.call_roll(
        place=stage.party(PARK),
        answers={person: "PRESENT" if person in inside else "ABSENT" for person in due},
        actor=stage.actors[GATE],
        now=stage.now,
        request_id=stage.request_id("roll", day),
    )


def ring_everybody(stage: Stage, day: int) -> None:
    """Department by department, by telephone: here, or gone home early with leave."""
    away = {stage.party(name) for name, *_ in rows(stage, LEAVING)}
    for call in sorted(crew_.calls(places=[stage.party(PARK)], now=stage.now), key=lambda call: call.title):
        if call.title.startswith("采销部") and stage.broken("unaccounted_at_roll_call", "nobody rang one department"):
            continue
        crew.call_roll(
            place=stage.party(PARK),
            call=call.id,
            answers={
                row.person: "EXCUSED" if row.person in away else "PRESENT"
                for row in crew_.sign_ups(call.id, now=stage.now)
            },
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("ring", day, call.id),
        )


def leave_for_the_night(stage: Stage, day: int) -> None:
    """All go home."""
    inside = {
        entry.person: entry.way
        for entry in reversed(crew_.entries(stage.party(PARK), since=at(day, "00:00"), limit=500))
        if entry.was_allowed and entry.person
    }
    for person, way in inside.items():
        if way == "IN":
            crew.let_out(
                place=stage.party(PARK),
                person=person,
                actor=stage.actors[GATE],
                now=stage.now,
                request_id=stage.request_id("out", day, person),
            )


def help_who_is_hard_pressed(stage: Stage) -> None:
    """A pack of ten rations for each family on the list, out of the company's own goods."""
    families = [stage.party(name) for name, *_ in rows(stage, HARDSHIP)]
    if stage.broken("families_with_a_pack", "two families on the list were forgotten"):
        families = families[2:]
    _give(stage, "food-ration", families, RATIONS)
    if stage.broken("relief_untouched", "packs were topped up with relief masks"):
        _take(stage, "packs", "n95-mask", 80)
