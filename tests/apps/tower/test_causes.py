"""What the rooms say stands so, each in a world of its own: named figures in, named causes out."""

from __future__ import annotations

import ast
import inspect
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from baogong.crew import services as crew
from baogong.delivery.models import Parcel, Round
from baogong.delivery.services import sync
from baogong.freight.models import Waybill
from baogong.freight.queries.waybills import ROWS_MAX as WAYBILLS_MAX
from baogong.journal import queries as journal_queries
from baogong.journal import services as journal
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.release import services as release
from baogong.release.queries import promise_alerts
from baogong.tower import causes, queries, services
from baogong.tower.kinds import CHAINS, OFFICE_FIRST, Kind, chain_of
from baogong.tower.words import Names, in_words, names_in
from tests.apps.crew import inside as gate
from tests.apps.delivery import world as ground
from tests.apps.freight import world as road
from tests.apps.release import world as city
from tests.books import Built
from tests.cast import NOW, Cast, person_of

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def roads(db: None) -> road.World:
    return road.make_world()


@pytest.fixture
def streets(db: None) -> ground.World:
    return ground.make_world()


def said(cause: causes.Cause) -> str:
    return in_words(cause.kind, dict(cause.facts), names_in([cause.facts]), is_chinese=False)


def test_a_truck_that_has_not_left_is_late_and_one_that_came_is_not(roads: road.World) -> None:
    roads.allot("langfang masks", roads.hospital, 600)
    roads.convoy()
    bill = roads.bill(target=roads.hub)
    assert causes.late_trucks(road.NOW) == ()
    late = {each.subject: each for each in causes.late_trucks(bill.planned_depart_at + 2 * HOUR)}
    cause = late[bill.id]
    assert (cause.kind, cause.since, cause.is_grave) == (Kind.TRUCK_LATE, bill.planned_depart_at, False)
    assert f"{bill.number}" in said(cause)
    assert "2 h 0 min late" in said(cause)


def test_a_late_truck_is_seen_behind_more_than_a_page_of_trucks_in_time(roads: road.World) -> None:
    """By departure all the others come first: none of them is late, and later all are."""
    roads.allot("langfang masks", roads.hospital, 600)
    roads.convoy()
    last = Waybill.objects.get(pk=roads.bill(target=roads.hub).id)
    leaves_at = last.planned_depart_at - MINUTE
    Waybill.objects.bulk_create(
        Waybill(
            **{each.attname: getattr(last, each.attname) for each in Waybill._meta.concrete_fields}
            | {"id": new_id(), "number": f"WB-X{number}", "document": new_id(), "trip": new_id()}
            | {"planned_depart_at": leaves_at, "load_start_at": leaves_at}
        )
        for number in range(WAYBILLS_MAX)
    )
    Waybill.objects.filter(pk=last.id).update(expected_arrive_at=last.planned_arrive_at + 2 * HOUR)
    assert [each.subject for each in causes.late_trucks(road.NOW)] == [last.id]
    after = last.planned_depart_at + HOUR
    bills = Waybill.objects.filter(planned_depart_at__lt=after, state="PLANNED")
    assert {each.subject for each in causes.late_trucks(after)} == set(bills.values_list("id", flat=True))
    assert bills.count() > WAYBILLS_MAX
    assert services.recount(now=after).opened >= bills.count()
    assert services.recount(now=after + MINUTE).closed == 0


def test_more_late_tasks_than_a_page_holds_have_each_their_alert(cast: Cast) -> None:
    """And one that comes before them all closes none of theirs."""

    def late(count: int, due_at: datetime) -> None:
        for _each in range(count):
            journal.add_task(
                title="问临时仓", duty=Duty.COMMAND, due_at=due_at, actor=cast.lin, now=NOW, request_id=new_id()
            )

    page_max = inspect.signature(journal_queries.tasks).parameters["limit"].default
    late(page_max + 1, NOW + 2 * HOUR)
    first = services.recount(now=NOW + 3 * HOUR)
    assert (first.opened, first.closed) == (page_max + 1, 0)
    late(1, NOW + HOUR)
    second = services.recount(now=NOW + 3 * HOUR)
    assert (second.opened, second.closed) == (1, 0)


def test_no_cause_is_read_by_the_page() -> None:
    """Whatever read has a cap is asked for all it has: what a cap left out would be closed as gone."""
    asked = []
    for call in ast.walk(ast.parse(inspect.getsource(causes))):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        room = getattr(causes, call.func.value.id, None) if isinstance(call.func.value, ast.Name) else None
        if not inspect.ismodule(room):
            continue
        caps = {"limit", "most"} & set(inspect.signature(getattr(room, call.func.attr)).parameters)
        given = {each.arg: ast.unparse(each.value) for each in call.keywords}
        asked += [(call.func.attr, given.get(cap, "a page")) for cap in caps]
    assert len(asked) >= 12, "the reads are found"
    assert [each for each in asked if each[1] != "None"] == []


def test_goods_promised_on_no_truck_are_at_risk_twelve_hours_before_they_are_due(roads: road.World) -> None:
    due_at = road.NOW + 30 * HOUR
    roads.allot("langfang masks", roads.hospital, 600, due_at)
    assert causes.promises(due_at - 12 * HOUR - MINUTE) == ()
    (cause,) = causes.promises(due_at - 12 * HOUR)
    assert (cause.kind, cause.subject, cause.is_grave) == (Kind.GOODS_AT_RISK, roads.hospital, False)
    (cause,) = causes.promises(due_at)
    assert cause.is_grave


def use(world: road.World, amount: int, hours_ago: int) -> None:
    """So many masks of Langfang's own are used up; less than none: so many come in."""
    lot = world.lots["langfang masks"]
    stock, used = ledger.AccountRef(world.langfang, State.FROZEN), ledger.AccountRef(world.langfang, State.USED)
    outside = ledger.AccountRef(world.langfang, State.OUTSIDE)
    source, target = (stock, used) if amount > 0 else (outside, stock)
    with transaction.atomic():
        ledger.post(
            lines=[ledger.post_line(source, target, lot, abs(amount))],
            actor=THE_HOUSE,
            reason=Reason.USE if amount > 0 else Reason.GIFT,
            document=None,
            request_id=new_id(),
            now=road.NOW - hours_ago * HOUR,
        )


def test_stock_runs_out_at_the_pace_of_the_last_three_days(roads: road.World) -> None:
    """Half of it went in two days: the other half goes in two more."""
    stood = roads.free(roads.langfang, State.FROZEN, "langfang masks")
    assert causes.running_out(road.NOW) == ()
    use(roads, stood // 2, hours_ago=48)
    (row,) = causes.running_out(road.NOW)
    assert (row.holder, row.free, row.used, row.of_s) == (roads.langfang, stood - stood // 2, stood // 2, 48 * 3600)
    assert row.out_at is not None
    assert abs(row.out_at - (road.NOW + 48 * HOUR)) < MINUTE
    use(roads, stood // 4, hours_ago=1)
    (cause,) = causes.run_outs(road.NOW)
    assert (cause.kind, cause.at, cause.is_grave) == (Kind.RUNS_OUT, roads.langfang, False)
    assert causes.running_out(road.NOW + 72 * HOUR) == (), "what went before three days says nothing of today's pace"


def test_what_is_gone_keeps_its_alert_until_some_comes_in(roads: road.World) -> None:
    """Open while one is left, open and grave when none is, closed by a delivery."""
    stood = roads.free(roads.langfang, State.FROZEN, "langfang masks")
    use(roads, stood - 1, hours_ago=20)
    services.recount(now=road.NOW - HOUR)
    (alert,) = queries.alerts()
    assert (alert.kind, alert.is_grave, "runs out" in in_words(alert.kind, alert.facts, Names(), is_chinese=False)) == (
        "RUNS_OUT", True, True
    )  # fmt: skip
    use(roads, 1, hours_ago=0)
    assert services.recount(now=road.NOW).closed == 0
    (gone,) = queries.alerts()
    assert (gone.id, gone.is_grave) == (alert.id, True)
    assert "is gone since" in in_words(gone.kind, gone.facts, Names(), is_chinese=False)
    use(roads, -10 * stood, hours_ago=0)
    assert services.recount(now=road.NOW).closed == 1
    assert queries.alerts() == ()


def test_what_left_all_at_once_raises_no_alert_and_is_told_as_gone(roads: road.World) -> None:
    use(roads, roads.free(roads.langfang, State.FROZEN, "langfang masks"), hours_ago=2)
    (row,) = causes.running_out(road.NOW)
    assert (row.free, row.stands, row.out_at, row.last_at) == (0, 0, None, road.NOW - 2 * HOUR)
    assert services.recount(now=road.NOW).opened == 0


def test_what_is_all_promised_is_not_called_gone(roads: road.World) -> None:
    stood = roads.free(roads.langfang, State.FROZEN, "langfang masks")
    use(roads, stood - 600, hours_ago=2)
    roads.allot("langfang masks", roads.hospital, 600)
    (cause,) = causes.run_outs(road.NOW)
    assert "all 600 that stand there are promised" in said(cause)
    assert (cause.is_grave, cause.opens) == (True, False)


def test_parcels_are_no_stock_that_runs_out(streets: ground.World) -> None:
    codes = streets.here(3)
    acts = [ground.act("HANDED_OVER", code) for code in codes[:2]]
    sync.sync(device=streets.device(streets.mei), acts=acts, now=ground.NOW + HOUR)
    assert book.stock_in_use(since=ground.NOW, until=ground.NOW + HOUR), "they left the station"
    assert causes.running_out(ground.NOW + HOUR) == ()


def test_a_round_is_late_when_it_should_be_back_or_should_have_left(streets: ground.World) -> None:
    codes = streets.here(2)
    round_ = streets.give_round(streets.mei, codes)  # leaves at 09:00, back at 10:00
    leaves_at = ground.NOW + HOUR
    assert causes.late_rounds(leaves_at + 9 * MINUTE) == ()
    (cause,) = causes.late_rounds(leaves_at + 10 * MINUTE)
    assert (cause.subject, cause.at, cause.since) == (round_, streets.inner, leaves_at)
    assert "should have left, 2 parcels" in said(cause)
    Round.objects.update(state=Round.State.STARTED)
    assert causes.late_rounds(leaves_at + 59 * MINUTE) == ()
    (cause,) = causes.late_rounds(leaves_at + HOUR)
    assert "should be back, 2 parcels still to bring" in said(cause)


def test_a_courier_is_overloaded_beyond_eight_hours_and_gravely_beyond_eleven(streets: ground.World) -> None:
    streets.give_round(streets.mei, streets.here(2))
    for work_s, found in ((8 * 3600, []), (8 * 3600 + 1, [False]), (11 * 3600 + 1, [True])):
        Round.objects.update(work_s=work_s)
        assert [cause.is_grave for cause in causes.overloaded(ground.NOW)] == found
    (cause,) = causes.overloaded(ground.NOW)
    assert cause.facts["courier"] == str(person_of(streets.mei))
    assert "11.0 hours today, 2 parcels" in said(cause)


def test_a_station_is_overloaded_when_more_stands_half_a_day_than_goes(streets: ground.World) -> None:
    codes = streets.here(5)
    assert causes.overloaded(ground.NOW + 12 * HOUR - MINUTE) == ()
    (cause,) = causes.overloaded(ground.NOW + 12 * HOUR)
    assert (cause.kind, cause.facts["unplanned"], cause.facts["planned"]) == (Kind.STATION_OVERLOADED, 5, 0)
    streets.give_round(streets.mei, codes[:3], at=ground.NOW + 13 * HOUR)
    assert causes.overloaded(ground.NOW + 12 * HOUR) == (), "two stand, three go"


def test_parcels_are_at_risk_four_hours_before_their_promise(streets: ground.World) -> None:
    codes, due_at = streets.here(3), ground.NOW + 10 * HOUR
    Parcel.objects.filter(code__in=codes[:2]).update(due_until_at=due_at)
    assert causes.promises(due_at - 4 * HOUR - MINUTE) == ()
    (cause,) = causes.promises(due_at - 4 * HOUR)
    assert (cause.kind, cause.at, cause.facts["count"], cause.is_grave) == (
        Kind.PARCELS_AT_RISK,
        streets.inner,
        2,
        False,
    )
    (cause,) = causes.promises(due_at)
    assert (cause.facts["late"], cause.is_grave) == (2, True)
    Parcel.objects.filter(code__in=codes).update(due_until_at=None)
    assert causes.promises(due_at) == ()


def test_claims_whose_office_was_told_are_one_cause_for_each_release(cast: Cast) -> None:
    world = city.make_world(cast)
    tranche = world.tranche(20, within_h=24, warn_h=5)
    for name in ("one", "two", "three"):
        city.claim_one(tranche, name)
    at = city.NOW + 19 * HOUR
    assert causes.promises(at) == (), "its office was not told yet"
    release.watch_promises(now=at)
    (cause,) = causes.promises(at)
    assert (cause.kind, cause.facts["count"], cause.facts["late"]) == (Kind.CLAIMS_AT_RISK, 3, 0)
    assert (cause.subject, cause.at) == (promise_alerts(None)[0].release, world.office)
    (cause,) = causes.promises(city.NOW + 24 * HOUR)
    assert (cause.facts["late"], cause.is_grave) == (3, True)


def test_who_is_absent_at_a_roll_call_raises_an_alert_until_found(built: Built) -> None:
    """One planned and not come, one let in and not there; the second is found by the next roll call, the first comes in."""
    inside = built(gate.make_inside)
    zhao, qian = (inside.ready(name) for name in ("赵一", "钱二"))
    inside.assign(zhao)
    inside.let_in(qian, gate.DAWN)

    def call(now: datetime, **answers: str) -> UUID:
        told = {{"zhao": zhao, "qian": qian}[name]: answer for name, answer in answers.items()}
        return crew.call_roll(place=inside.place, answers=told, actor=inside.gao, now=now, request_id=new_id())

    first = call(gate.DAWN + HOUR, zhao="ABSENT", qian="ABSENT")
    services.recount(now=gate.DAWN + HOUR)
    (alert,) = queries.alerts()
    assert (alert.kind, alert.subject, alert.at, alert.duty, alert.is_grave) == (
        "PEOPLE_MISSING", first, inside.place, Duty.KEEPER, True
    )  # fmt: skip
    assert "2 absent" in in_words(alert.kind, alert.facts, names_in([alert.facts]), is_chinese=False)
    assert not {"赵一", "钱二"} & set(str(alert.facts).split("'")), "no person is named"
    call(gate.DAWN + 2 * HOUR, zhao="ABSENT", qian="PRESENT")
    services.recount(now=gate.DAWN + 2 * HOUR)
    (alert,) = queries.alerts()
    assert (alert.facts["count"], alert.is_grave) == (1, False)
    inside.let_in(zhao, gate.DAWN + 3 * HOUR)
    services.recount(now=gate.DAWN + 3 * HOUR)
    assert queries.alerts() == ()


def test_who_went_in_and_is_not_found_stays_missing_however_long_ago(built: Built) -> None:
    """One passes the gate, one answers: each after eight days and no sooner is it gone."""
    inside = built(gate.make_inside)
    zhao, qian = (inside.ready(name) for name in ("赵一", "钱二"))
    for person in (zhao, qian):
        inside.let_in(person, gate.DAWN)

    def call(now: datetime, answers: dict[UUID, str]) -> None:
        crew.call_roll(place=inside.place, answers=answers, actor=inside.gao, now=now, request_id=new_id())

    def missing(now: datetime) -> list[tuple[int, datetime, bool]]:
        services.recount(now=now)
        return [(each.facts["count"], each.since, each.is_grave) for each in queries.alerts()]

    called_at = gate.DAWN + HOUR
    call(called_at, {zhao: "ABSENT", qian: "ABSENT"})
    assert missing(called_at) == [(2, called_at, True)]
    long_after = called_at + timedelta(days=8)
    assert missing(long_after) == [(2, called_at, True)]
    call(long_after + MINUTE, {zhao: "ABSENT", qian: "PRESENT"})
    assert missing(long_after + HOUR) == [(1, called_at, True)]
    crew.let_out(place=inside.place, person=zhao, actor=inside.gao, now=long_after + 2 * HOUR, request_id=new_id())
    assert missing(long_after + 3 * HOUR) == []


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("is_chinese", [True, False])
def test_every_kind_has_a_sentence_and_a_chain_that_ends_at_the_office(kind: Kind, is_chinese: bool) -> None:
    place = UUID(int=1)
    facts = dict.fromkeys(("from", "to", "station", "courier", "place", "item"), str(place)) | {
        "number": "WB-0001", "plate": "京A1", "late_s": 5400, "expected_at": "2020-01-24T01:30:00+00:00",
        "due_at": "2020-01-24T01:30:00+00:00", "out_at": "2020-01-24T01:30:00+00:00", "open": 2, "name": "T1",
        "title": "问 · ask", "count": 3, "late": 1, "free": 5, "per_day": 2, "work_s": 3600, "parcels": 4,
        "unplanned": 6, "planned": 5, "inside": 1, "called_at": "2020-01-24T01:30:00+00:00",
    }  # fmt: skip
    names = Names({place: ("仓", "Store")}, {place: ("口罩", "Masks")})
    text = in_words(kind, facts, names, is_chinese=is_chinese)
    assert text
    assert "?" not in text
    assert "{" not in text
    assert len(chain_of(kind)) == len(set(chain_of(kind)))
    assert chain_of(kind)[-2:] == OFFICE_FIRST
    assert set(CHAINS) <= set(Kind)
