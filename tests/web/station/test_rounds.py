"""Rounds and carts' trips planned by hand on pages: proposed, looked at, compared, approved by another, changed, undone."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.crew import services as crew
from baogong.crew.queries import PlanView
from baogong.crew.queries import plan as plan_of
from baogong.delivery import queries as delivery
from baogong.delivery.models import Shuttle, ShuttleParcel
from baogong.delivery.services import endings, stations
from baogong.delivery.services.ways import content_of, open_from, save_way_of_working
from baogong.engine.rounds.sizing import NOBODY_WOULD_DO
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.places.services import BuildingGiven, set_gate, set_shelf
from baogong.planning import queries as plans
from baogong.web.station.rounds import _help_from
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, make_world
from tests.books import Built
from tests.cast import log_in_as, person_of
from tests.web.visits import form_of, read, send, visit

HOURS = {"from_at": "2022-04-13T08:00", "until_at": "2022-04-13T16:00", "capacity_kg": 60, "balance": 15}


@pytest.fixture
def world(built: Built) -> World:
    return built(make_street)


def make_street() -> World:
    mark_drill(name="the street", at=NOW)
    log_in_as("Hu", [(Duty.APPROVER, None)], NOW)
    return make_world()


@pytest.fixture
def bao(world: World) -> Client:
    return visit("bao")


def at(world: World, page: str = "") -> str:
    return f"/station/{world.inner}/rounds/{page}"


def propose(world: World, client: Client, **more: Any) -> tuple[UUID, str]:
    """The plan that the form made, and its address."""
    form = {"request_id": str(new_id()), "capacity_pieces": 8, **HOURS, **more}
    there = client.post(at(world, "plan/"), form).headers["Location"]
    return UUID(there.split("/")[-2]), there


def act(page: str, value: str, **more: Any) -> dict[str, str]:
    return form_of(page, request_id=new_id(), act=value, **more)


def test_a_keeper_proposes_another_approves_and_the_keeper_does_not(world: World, bao: Client) -> None:
    world.here(12)
    form = read(bao, at(world, "plan/"))
    assert all(name in form for name in ("Mei", "Tao", "东院", "西院"))
    plan, there = propose(world, bao)
    page = read(bao, there)
    assert plans.plan(plan).state == "PROPOSED"
    assert "Checked by other code than made it" in page
    assert 'value="approve"' not in page  # a keeper proposes
    assert '<svg class="picture gantt"' in page
    assert bao.post(there, act(page, "approve")).status_code == 403
    assert plans.plan(plan).state == "PROPOSED"
    hu = visit("hu")
    assert f'href="{there}"' in read(hu, at(world))
    send(hu, there, act(read(hu, there), "approve"))
    assert plans.plan(plan).state == "APPROVED"
    page = read(bao, at(world))
    for row in delivery.rounds(plan=plan):
        assert f"{there}#{row.name}" in page
    assert "waits for approval" not in read(visit("lin"), "/station/rounds/")


def balance_offered(client: Client, world: World) -> str:
    (field,) = re.findall(r'<input id="balance"[^>]*>', read(client, at(world, "plan/")))
    return re.search(r'value="([^"]*)"', field)[1]  # type: ignore[index]


def test_by_hand_too_rounds_are_as_equal_as_the_way_says_and_no_more(world: World, bao: Client) -> None:
    world.here(12)
    assert balance_offered(bao, world) == "15"  # opened from no way
    content = content_of(world.east, NOW)
    both: tuple[tuple[str, dict[str, float]], ...] = (("芳园里", {}), ("远洋苑", {"balance": 0.08}))
    for name, limits in both:
        content["rounds"]["limits"] = limits
        way = save_way_of_working(name=name, content=content, actor=world.lin, now=NOW)
        open_from(
            way=way, name=name, buildings=[BuildingGiven("1号楼")], station=world.inner, kinds="HOUSE", actor=world.lin, now=NOW,
        )  # fmt: skip
        offered = balance_offered(bao, world)
        assert offered == ("8" if limits else "")
        plan, there = propose(world, bao, balance=offered)
        assert plans.plan(plan).params["limits"] == limits
        assert str(plan) in there
        assert "Checked by other code than made it" in read(bao, there)


def test_the_plans_page_tells_who_when_why_how_equal_and_what_one_fewer_costs(world: World, bao: Client) -> None:
    world.here(30)
    plan, there = propose(world, bao)
    view, page = plans.plan(plan), read(bao, there)
    result = view.result["plan"]
    for trip in result["trips"]:
        assert f'id="{trip["id"]}"' in page
        assert trip["reason_en"].replace("’", "’")[:40] in page.replace("&#x27;", "'")
    assert view.result["sizing"]["reason_en"][:40] in page
    assert result["balance"]["reason_en"][:30] in page
    assert len(re.findall(r'<a href="#T\d+"><g class="bar-planned">', page)) == len(result["trips"])
    picture = read(bao, f"{there}map/{world.east}/")
    for building in world.plan(world.east).buildings:
        assert f"<strong>{building.name}</strong>" in picture
    assert re.search(r"(Mei|Tao) \d\d:\d\d", picture)
    assert bao.get(f"{there}map/{world.west}/").status_code == 404  # nothing is brought there
    chinese = read(visit("bao", "zh-hans"), there)
    assert view.result["sizing"]["reason_zh"] in chinese


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Called to no time, and why", "Open it longer")),
        ("zh-hans", ("没有排到取件时间的，及原因", "请延长开放")),
    ],
)
def test_the_plans_page_names_who_is_called_to_no_time(
    world: World, bao: Client, language: str, words: tuple[str, ...]
) -> None:
    for shelf in world.plan(world.east).shelves:
        set_shelf(community=world.east, name=shelf.name, people_max=1, window_minutes=60, actor=world.lin, now=NOW)
    world.here(12)
    plan, there = propose(world, bao, from_at="2022-04-13T08:00", until_at="2022-04-13T11:00")
    page = read(visit("bao", language), there)
    left = delivery.uncalled(plans.plan(plan))
    assert left
    assert [word for word in (*words, *(one.address for one in left)) if word not in page] == []


def cold(world: World, name: str, place: UUID) -> UUID:
    """A courier assigned at the place with pass and tests, whose temperature nobody took today."""
    person = person_of(log_in_as(name, [], NOW))
    asked: dict[str, Any] = {"place": place, "actor": world.lin, "now": NOW}
    (held,) = crew.apply_for_pass(persons=[person], **asked)
    crew.grant_pass(passes=[held], from_at=NOW - HOUR, until_at=NOW + 96 * HOUR, actor=world.lin, now=NOW)
    for kind in ("PCR", "ANTIGEN"):
        crew.record_test(
            person=person, kind=kind, result="NEGATIVE", sampled_at=NOW - HOUR, request_id=new_id(), **asked
        )
    asked["now"] = NOW - HOUR  # there was time for it still
    crew.assign(person=person, work="DELIVER", start_at=NOW, end_at=NOW + 9 * HOUR, request_id=new_id(), **asked)
    return person


def test_who_is_assigned_and_lacks_a_proof_is_named_with_what_is_missing(world: World, bao: Client) -> None:
    ren = cold(world, "Ren", world.inner)
    form = read(bao, at(world, "plan/"))
    (lacking,) = re.findall(r'<section class="card watch">(.*?)</section>', form, re.DOTALL)
    assert "Ren" in lacking
    assert "temperature" in lacking
    assert "Tao" not in lacking
    assert f'href="/crew/{world.inner}/people/{ren}/"' in lacking
    for view in delivery_crew(world):
        if view.person != ren:
            crew.unassign(assignment=view.id, why="家里有事", actor=world.lin, now=NOW)
    form = read(bao, at(world, "plan/"))
    assert "Nobody who is assigned may deliver yet" in form
    assert "Nobody is assigned" not in form
    for view in delivery_crew(world):
        crew.unassign(assignment=view.id, why="家里有事", actor=world.lin, now=NOW)
    form = read(bao, at(world, "plan/"))
    assert "Nobody is assigned to deliver here" in form
    assert f'href="/crew/{world.inner}/assign/"' in form


def delivery_crew(world: World) -> tuple[PlanView, ...]:
    return plan_of(world.inner, window=Window(NOW, NOW + 9 * HOUR), now=NOW)


def test_of_another_place_nobody_reads_what_a_courier_lacks(world: World, bao: Client) -> None:
    cold(world, "Ren", world.east)
    form = read(bao, at(world, "plan/"))
    assert "Ren" in form
    assert "the people of that place enter it" in form
    assert f"/crew/{world.east}/people/" not in form


def test_several_kinds_for_one_shelf_are_one_stop_on_the_plan_and_on_the_sheet(world: World, bao: Client) -> None:
    for kind in ("parcel", "takeaway", "pack"):
        world.here(2, kind=kind)
    plan, there = propose(world, bao)
    stops = [stop for row in re.findall(r"<ol>(.*?)</ol>", read(bao, there), re.DOTALL) for stop in row.split("<li>")]
    assert any(re.search(r"东院 1架 \S+, \S+</li>", stop) for stop in stops), stops
    hu = visit("hu")
    send(hu, there, act(read(hu, there), "approve"))
    visited = 0
    for row in delivery.rounds(plan=plan):
        visits = delivery.round_view(row.id).visits
        sheet = read(bao, f"/station/{world.inner}/paper/round/{row.id}/")
        assert sheet.count('class="stop-on-paper"') == len({each.shelf or each.door for each in visits})
        assert sheet.count("<tr><td") == sum(len(each.parcels) for each in visits)
        visited += len(visits)
    assert visited == 3


def test_no_two_rounds_of_a_day_have_one_name_by_whichever_plan(world: World, bao: Client) -> None:
    world.here(6)
    plan, there = propose(world, bao)
    hu = visit("hu")
    send(hu, there, act(read(hu, there), "approve"))
    world.here(6)
    later, there = propose(world, bao)
    first = {row.name for row in delivery.rounds(plan=plan)}
    second = {trip["id"] for trip in plans.plan(later).result["plan"]["trips"]}
    assert first
    assert second
    assert not first & second
    send(hu, there, act(read(hu, there), "approve"))
    assert {row.name for row in delivery.rounds(plan=later)} == second


def test_who_got_nothing_counts_in_how_equal_the_work_is_and_is_named(world: World, bao: Client) -> None:
    world.here(1)
    plan, there = propose(world, bao)
    told = plans.plan(plan).result["plan"]["balance"]
    assert (told["idle_count"], told["spread"], told["least_s"]) == (1, 1.0, 0.0)
    page = read(bao, there)
    equal = page[page.index("How equal the work is") :]
    assert "1 has nothing to do" in equal
    assert equal.count("nothing to do</span>") == 1
    assert all(name in equal[: equal.index("</section>")] for name in ("Mei", "Tao"))
    assert "没有分到" in read(visit("bao", "zh-hans"), there)


def test_who_is_not_ticked_carries_nothing_and_no_community_that_is_not(world: World, bao: Client) -> None:
    world.here(6)
    world.here(6, community=world.west)
    shown = [person_of(world.mei), person_of(world.tao)]
    plan, _there = propose(world, bao, couriers=shown[:1], shown=shown, communities=[world.east])
    view = plans.plan(plan)
    assert {one["person"] for one in view.snapshot["couriers"].values()} == {str(person_of(world.mei))}
    assert set(view.snapshot["communities"]) == {str(world.east)}
    assert view.params["without"] == [str(person_of(world.tao))]


def test_after_somebody_falls_out_few_rounds_are_touched_and_undoing_is_refused_once_loaded(
    world: World, bao: Client
) -> None:
    world.here(24)
    world.here(24, community=world.west)
    plan, there = propose(world, bao)
    hu, lin = visit("hu"), visit("lin")
    send(hu, there, act(read(hu, there), "approve"))
    first = next(row for row in delivery.rounds(plan=plan) if row.courier == person_of(world.mei))
    stations.load_round(round=first.id, actor=world.bao, now=NOW, request_id=new_id())
    page = read(lin, there)
    assert "Loaded already" in page
    assert 'value="undo"' not in page
    form = {**act(page, "replan"), "without": [str(person_of(world.tao))]}
    again = bao.post(there, form).headers["Location"]
    changed = plans.plan(UUID(again.split("/")[-2]))
    assert changed.params["supersedes"] == str(plan)
    told = read(bao, again)
    before = {row.name: row.courier_name for row in delivery.rounds(plan=plan)}
    after = {trip["id"]: trip["courier"] for trip in changed.result["plan"]["trips"]}
    assert set(after.values()) == {"Mei"}
    other = sorted(name for name in after if before.get(name) != "Mei")
    assert 0 < len(other) < len(after)  # who stays goes on as before
    assert f"{len(other)} rounds have another courier" in told
    assert all(f'<a class="tag watch" href="#{name}">' in told for name in other)
    beside = read(bao, f"/station/rounds/compare/?a={plan}&b={changed.id}")
    assert "made from different states of the book" in beside
    send(hu, again, act(read(hu, again), "approve"))
    assert first.id in {row.id for row in delivery.rounds(plan=plan)}
    assert {row.courier for row in delivery.rounds(plan=changed.id)} == {person_of(world.mei)}


def test_an_approved_plan_is_undone_while_nothing_is_loaded(world: World, bao: Client) -> None:
    world.here(6)
    plan, there = propose(world, bao)
    hu = visit("hu")
    send(hu, there, act(read(hu, there), "approve"))
    send(hu, there, act(read(hu, there), "undo"))
    assert plans.plan(plan).state == "UNDONE"
    assert {row.state for row in delivery.rounds(plan=plan)} == {"CANCELLED"}


def test_help_is_proposed_and_says_when_the_last_one_is_back(world: World, bao: Client) -> None:
    codes = world.here(24)
    _plan, there = propose(world, bao, capacity_pieces=4)
    hu = visit("hu")
    send(hu, there, act(read(hu, there), "approve"))
    page = send(bao, there, act(read(bao, there), "help", helps_at="2022-04-13T08:10"))
    assert "With help the last one is back at" in page
    assert "was left out" not in page
    endings.send_back(
        station=world.inner, scans=codes[:1], words="not wanted", actor=world.bao, now=NOW, request_id=new_id()
    )
    page = send(bao, there, act(read(bao, there), "help", helps_at="2022-04-13T08:10"))
    assert "1 parcel that nobody is to bring any more was left out." in page


def test_the_form_for_help_proposes_a_moment_that_may_be_sent(world: World, bao: Client) -> None:
    world.here(6)
    _plan, there = propose(world, bao, from_at="2022-04-13T10:00", until_at="2022-04-13T17:00")
    hu = visit("hu")
    send(hu, there, act(read(hu, there), "approve"))
    page = read(bao, there)  # at eight o'clock
    (proposed,) = re.findall(r'name="helps_at" type="datetime-local" value="([^"]+)"', page)
    assert proposed == "2022-04-13T10:00"
    assert "With help the last one is back at" in send(bao, there, act(page, "help", helps_at=proposed))


@pytest.mark.parametrize(
    ("now", "proposed"),
    [
        (NOW - HOUR, NOW + MINUTE),
        (NOW + timedelta(seconds=40), NOW + MINUTE),
        (NOW + 3 * HOUR + timedelta(seconds=40), NOW + 3 * HOUR),
        (NOW + 8 * HOUR, None),
        (NOW + 9 * HOUR, None),
    ],
)
def test_help_begins_within_the_hours_of_its_plan(now: datetime, proposed: datetime | None) -> None:
    span = (NOW + timedelta(seconds=30), NOW + 8 * HOUR)
    assert _help_from(span, now) == proposed


def test_a_courier_who_lost_the_test_overtakes_the_proposal_and_a_keeper_looks_again(world: World, bao: Client) -> None:
    world.here(12)
    _plan, there = propose(world, bao)
    for courier in (world.mei, world.tao):
        crew.record_test(
            person=person_of(courier), kind="PCR", result="POSITIVE", sampled_at=NOW, request_id=new_id(),
            place=world.inner, actor=world.lin, now=NOW + MINUTE,
        )  # fmt: skip
    after = send(bao, there, act(read(bao, there), "check"))
    assert "may not carry for as long as planned" in after
    assert "may not carry for as long as planned" in read(visit("lin"), "/command/")


def test_a_proposal_of_rounds_waits_on_the_board_with_its_page(world: World, bao: Client) -> None:
    world.here(4)
    _plan, there = propose(world, bao)
    board = read(visit("lin"), "/command/")
    assert there in board
    assert "Couriers’ rounds" in board


def test_nobody_of_another_station_sees_or_plans(world: World, bao: Client) -> None:
    world.here(4)
    plan, there = propose(world, bao)
    fang = visit("fang")
    for page in (at(world), at(world, "plan/"), there, f"{there}map/{world.east}/"):
        assert fang.get(page).status_code == 403
    assert fang.post(at(world, "plan/"), {"request_id": str(new_id()), **HOURS}).status_code == 403
    assert fang.get(f"/station/rounds/compare/?a={plan}&b={plan}").status_code == 403


def test_what_cannot_be_planned_is_refused_and_given_back(world: World, bao: Client) -> None:
    form = {"request_id": str(new_id()), **HOURS, "capacity_pieces": 23}
    answer = bao.post(
        at(world, "plan/"), form, headers={"referer": f"http://testserver{at(world, 'plan/')}"}, follow=True
    )
    page = answer.content.decode()
    assert "Nothing was planned" in page
    assert 'value="23"' in page


def outside(world: World, count: int) -> list[str]:
    codes = world.expect(count, at=world.outer)
    world.receive(codes, at=world.outer)
    return codes


def test_trips_are_proposed_seen_in_their_slots_and_accepted_as_shown(world: World) -> None:
    codes = outside(world, 5)
    fang, here = visit("fang"), f"/station/{world.outer}/trips/"
    assert "Carts that are here" in read(fang, here)
    asked = "cart=三轮 1&kg=200&pieces=40&cart=&kg=200&pieces=40&from_at=2022-04-13T08:00&until_at=2022-04-13T16:00"
    page = read(fang, f"{here}?{asked}", most=40)
    assert "路区一" in page
    assert "Slots at the gates" in page
    assert "东院南门" in page
    assert not Shuttle.objects.exists()
    form = form_of(page[page.index("Accept these trips") - 1500 : page.index("Accept these trips")])
    after = send(fang, here, form)
    assert "The trips are planned: 1" in after
    (trip,) = delivery.shuttles(origin=world.outer)
    assert trip.slot_at is not None
    assert ShuttleParcel.objects.filter(shuttle=trip.id).count() == len(codes)
    stations.load_cart(shuttle=trip.id, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    assert delivery.shuttles(origin=world.outer)[0].aboard == 5


def test_trips_that_were_overtaken_or_name_no_cart_are_refused(world: World) -> None:
    outside(world, 2)
    fang, here = visit("fang"), f"/station/{world.outer}/trips/"
    asked = {
        "cart": "三轮 1",
        "kg": "200",
        "pieces": "40",
        "from_at": "2022-04-13T08:00",
        "until_at": "2022-04-13T16:00",
    }
    page = fang.get(here, asked).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)
    assert digest is not None
    outside(world, 1)
    sent = {**asked, "digest": digest[1], "request_id": str(new_id())}
    assert fang.post(here, sent).status_code == 302
    assert not Shuttle.objects.exists()
    assert "“x” is not a whole number" in fang.get(here, {**asked, "kg": "x"}).content.decode()
    assert 'role="alert"' in fang.get(here, {**asked, "cart": "没有的车"}).content.decode()


@pytest.mark.parametrize("pairs", ["", "1"])
def test_where_no_gate_is_open_the_plan_says_so_and_shows_no_figure(world: World, bao: Client, pairs: str) -> None:
    world.here(12)
    for community in (world.east, world.west):
        for gate in world.plan(community).gates:
            set_gate(community=community, name=gate.name, hours=[(time(2), time(3))], actor=world.lin, now=NOW)
    plan, there = propose(world, bao, pairs=pairs)
    assert plans.plan(plan).result["sizing"]["reason_en"] == NOBODY_WOULD_DO[0]
    for language, told in (("en", "its gates are open 02:00–03:00 only"), ("zh-hans", "大门只在 02:00–03:00 开")):
        page = read(visit("bao", language), there)
        assert told in page
        assert 'class="figure' not in page
        assert NOBODY_WOULD_DO[0] not in page
    assert 'value="approve"' not in read(visit("hu"), there)


def test_the_office_reads_how_many_couriers_each_community_gets_and_why(world: World) -> None:
    """Eight parcels and two, ten minutes each: of four couriers three go to the first."""
    world.here(8)
    world.here(2, community=world.west)
    page = visit("lin")
    asked = f"/crew/{world.inner}/couriers/?couriers_count=4&parcel_s=600"
    shares = {
        share.community: share
        for share in delivery.courier_shares(stations=[world.inner], couriers_count=4, now=NOW, parcel_s=600)
    }
    assert [shares[each].couriers_count for each in (world.east, world.west)] == [3, 1]
    assert [shares[each].parcels_count for each in (world.east, world.west)] == [8, 2]
    trip_s = 300 + round(2 * shares[world.east].way_m * 60 / 75)
    assert abs(shares[world.east].work_s - (8 * 600 / 3 + trip_s)) <= 2
    assert shares[world.east].reason_en in read(page, asked)
    assert shares[world.west].reason_en in read(page, asked)
    few = "There are fewer couriers than communities with parcels."
    assert few in read(page, f"/crew/{world.inner}/couriers/?couriers_count=1")
    assert few not in read(page, f"/crew/{world.inner}/couriers/")  # one each
    world.give_round(world.mei, [one.code for one in delivery.parcels(communities=[world.west])])
    (_, west) = (share for share in delivery.courier_shares(stations=[world.inner], couriers_count=4, now=NOW))
    assert (west.community, west.parcels_count, west.couriers_count) == (world.west, 0, 0)  # on a round already
