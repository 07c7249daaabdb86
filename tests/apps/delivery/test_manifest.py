"""A sender's list: previewed, doubts asked, numbers that come twice refused; a share split into doors' parcels."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baogong.catalogue.services import add_item
from baogong.delivery import queries as delivery
from baogong.delivery.errors import NotHere, WaybillTwice
from baogong.delivery.models import Parcel
from baogong.delivery.services import handovers, parcels, stations
from baogong.delivery.sources import due_at
from baogong.engine.sheets.kinds import LineOutcome
from baogong.engine.sheets.tables import BadCell
from baogong.journal.queries.imports import ImportView, import_run
from baogong.journal.services import imports
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs import queries as needs
from baogong.needs.services import Promise, allot
from baogong.places import queries
from baogong.places.services import BuildingGiven, DoorGiven, UnitGiven, add_buildings, open_community, set_doors
from baogong.supply.services import Counted, Scope, count_stock, freeze_stock
from baogong.supply.views import OptionConsidered
from tests.apps.delivery.world import HOUR, NOW, World, shown

HEAD = "运单号,小区,楼号,单元,房号,品类,重量,交付方式,发件方\n"


def read(world: World, text: str, head: str = HEAD) -> ImportView:
    return imports.preview(
        kind="manifest", file_name="parcels.csv", data=(head + text).encode(), profile=None, actor=world.lin, now=NOW
    )


def lines_of(run: ImportView) -> list[tuple[UUID, LineOutcome]]:
    """As they stand now."""
    return [(line.id, line.outcome) for line in import_run(run.id).lines]


def statuses(run: ImportView) -> list[str]:
    return [line.status.value for _, line in lines_of(run)]


def test_sound_rows_become_parcels_with_their_doors(world: World) -> None:
    run = read(world, "SF1,东院,1号楼,1单元,101室,包裹,2.5,,某平台\nSF2,西院,2,2,102,药品,0.2,签收,京东到家\n")
    assert statuses(run) == ["ADDED", "ADDED"]
    assert not Parcel.objects.exists()
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    one, two = delivery.parcel("sf1"), delivery.parcel("SF2")
    assert (one.community, one.address, one.weight_g, one.station) == (world.east, "1-1-101", 2500, world.outer)
    assert one.door is not None
    assert (two.category, two.modes, two.is_in_person) == ("medicine", ("SIGNED",), True)
    again = read(world, "SF1,东院,1号楼,1单元,101室,包裹,2.5,,某平台\n", HEAD)
    assert statuses(again) == ["UNCHANGED"]


def test_a_plain_parcel_is_known_by_carriers_word_for_it(world: World) -> None:
    run = read(world, "SF1,东院,1,1,101,快递,,,\nSF2,东院,1,1,101,冰块,,,\n")
    (_, known), (_, unknown) = lines_of(run)
    assert (known.status.value, known.payload["category"]) == ("ADDED", "parcel")
    assert (unknown.status.value, "Kinds of parcels" in unknown.cure) == ("REFUSED", True)


def test_a_door_registered_after_the_list_is_tied_to_its_open_parcels(world: World) -> None:
    plan = queries.community_plan(world.east, NOW)
    add_buildings(
        community=world.east, buildings=[BuildingGiven("40", units=(UnitGiven("1"),))], actor=world.lin, now=NOW
    )
    run = read(world, "SF1,东院,40号楼,1单元,301室,,,,\nSF2,东院,40,1,302,,,,\n")
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    assert delivery.parcel("SF1").door is None
    (house,) = [
        each
        for each in queries.community_plan(world.east, NOW).buildings
        if each.id not in {b.id for b in plan.buildings}
    ]
    set_doors(community=world.east, doors=[DoorGiven(house.units[0].id, "301室")], actor=world.lin, now=NOW)
    (door,) = [each for each in queries.community_plan(world.east, NOW).doors if each.unit == house.units[0].id]
    assert (delivery.parcel("SF1").door, delivery.parcel("SF2").door) == (door.id, None)


def test_received_by_the_list_it_came_with_but_for_what_is_missing(world: World) -> None:
    run = read(world, "".join(f"SF{number},东院,1,1,101,,,,某平台\n" for number in range(5)))
    document = imports.apply(run=run.id, actor=world.lin, now=NOW).document
    assert document is not None
    done = stations.receive(
        station=world.outer, manifest=document, missing=["SF3"], actor=world.fang, now=NOW, request_id=new_id()
    )
    assert len(done.parcels) == 4
    assert world.stands(world.outer, State.AVAILABLE) == 4
    (lot,) = {view.lot.id for view in book.balances(holders=[world.outer], states=[State.AVAILABLE])}
    assert book.lot(lot).owner == world.shop
    assert delivery.parcel("SF3").state == "EXPECTED"


def test_an_unknown_building_waits_and_so_does_a_room_that_is_missing(world: World) -> None:
    run = read(
        world,
        "SF1,东院,9,1,101,,,,\nSF2,东院,1,1,,,,,\nSF3,东院,1,,101,,,,\nSF4,东院,1,1,105,,,,\nSF5,东院,1-1,1,101,,,,\n",
    )
    lines = lines_of(run)
    assert [(line.status, line.asks) for _, line in lines] == [
        ("WAITING", "building"),
        ("WAITING", "door"),
        ("WAITING", "unit"),
        ("WAITING", "door"),
        ("WAITING", "building"),
    ]
    assert (lines[0][1].candidates, lines[0][1].may_look_again) == ((), True), "9 is like no building of this house"
    assert "not in the register of 东院" in lines[0][1].cure
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    assert not Parcel.objects.exists()
    building = lines[4][1].candidates[0]
    imports.resolve(line=lines[4][0], choice={"candidate": building.key}, actor=world.lin, now=NOW)
    imports.resolve(line=lines[1][0], choice={"new": True}, actor=world.lin, now=NOW)  # the room is not known
    first, second = delivery.parcel("SF5"), delivery.parcel("SF2")
    assert (first.address, first.door is not None) == (f"{building.text}-1-101", True)
    assert (second.address, second.door) == ("1-1", None)


def test_a_building_that_is_in_no_register_waits_until_it_is_and_is_then_looked_up_anew(world: World) -> None:
    run = read(world, "SF1,东院,19号楼,1,101,,,,\n")
    ((line, _),) = lines_of(run)
    imports.resolve(line=line, choice={"again": True}, actor=world.lin, now=NOW)
    assert [(each.status.value, each.asks) for _, each in lines_of(run)] == [("WAITING", "building")]
    add_buildings(
        community=world.east, buildings=[BuildingGiven("19", units=(UnitGiven("1"),))], actor=world.lin, now=NOW
    )
    imports.resolve(line=line, choice={"again": True}, actor=world.lin, now=NOW)
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    assert delivery.parcel("SF1").address == "19-1-101"


def test_a_list_without_rooms_waits_and_the_room_a_person_types_is_its_address(world: World) -> None:
    run = read(world, "SF1,东院,1,1,,,,,\nSF2,东院,1,1,,,,,\nSF3,东院,1,1,,,,,\n")
    lines = lines_of(run)
    assert [(each.found, each.asks, each.candidates) for _, each in lines] == [("room", "door", ())] * 3
    known = world.plan(world.east).doors[0].room
    for (line, _), room in zip(lines, (f"{known}室", "1909", "x" * 21), strict=True):
        if len(room) > 20:
            with pytest.raises(BadCell):
                imports.resolve(line=line, choice={"typed": room}, actor=world.lin, now=NOW)
        else:
            imports.resolve(line=line, choice={"typed": room}, actor=world.lin, now=NOW)
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    first, second = delivery.parcel("SF1"), delivery.parcel("SF2")
    assert (first.address, first.door is None) == (f"1-1-{known}", False)
    assert (second.address, second.door is None) == ("1-1-1909", True)
    assert Parcel.objects.count() == 2


@pytest.mark.parametrize(
    ("written", "weight_g"),
    [("2kg", 2000), ("2 公斤", 2000), ("1.5斤", 750), ("800克", 800), ("3斤2两", 1600), ("1.5", 1500), ("", None)],
)
def test_a_weight_may_carry_its_unit(world: World, written: str, weight_g: int | None) -> None:
    ((_, line),) = lines_of(read(world, f"SF1,东院,1,1,101,,{written},,\n"))
    assert (line.status.value, line.payload["weight_g"]) == ("ADDED", weight_g)


def test_a_near_name_of_a_community_is_asked_first_and_its_building_next(world: World) -> None:
    tenth = open_community(name="酒仙桥十街坊", city="北京", lat=39.97, lon=116.49, actor=world.lin, now=NOW)
    add_buildings(
        community=tenth, buildings=[BuildingGiven("7号楼", units=(UnitGiven("1"),))], actor=world.lin, now=NOW
    )
    stations.serve(community=tenth, station=world.inner, actor=world.lin, now=NOW)
    assert statuses(read(world, "SF9,沙家浜,9,1,101,,,,\n")) == ["REFUSED"]
    run = read(world, "SF1,酒仙桥十街坊小区,7-1,1,101,,,,\n")
    for asks in ("community", "building"):
        ((line_id, line),) = lines_of(run)
        assert (line.status, line.asks) == ("WAITING", asks)
        imports.resolve(line=line_id, choice={"candidate": line.candidates[0].key}, actor=world.lin, now=NOW)
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    assert delivery.parcel("SF1").community == tenth


def test_a_number_twice_is_refused_in_the_list_and_against_the_book(world: World) -> None:
    run = read(world, "SF1,东院,1,1,101,,,,\nsf1 ,东院,1,1,102,,,,\n")
    assert statuses(run) == ["ADDED", "REFUSED"]
    imports.apply(run=run.id, actor=world.lin, now=NOW)
    assert statuses(read(world, "SF1,西院,1,1,101,,,,\n")) == ["REFUSED"]
    with pytest.raises(WaybillTwice):
        parcels.expect(
            parcels=[parcels.ParcelIn(source=new_id(), community=world.west, station=world.inner, category="parcel", waybill="SF 1")],
            document=None, actor=world.lin, now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("SF1,东院,1,1,101,黄金,,,", "黄金"),
        ("SF1,东院,1,1,101,,很重,,", "很重"),
        ("SF1,东院,1,1,101,,,扔下,", "扔下"),
        (",东院,1,1,101,,,,", ""),
        ("SF1,东院,,1,101,,,,", ""),
        ("SF1,东院,1,1,101,,900,,", "900"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_cure(world: World, row: str, column: str) -> None:
    ((_, line),) = lines_of(read(world, f"{row}\n"))
    assert (line.status, line.found) == ("REFUSED", column)
    assert line.cure


def share(world: World, amount: int) -> None:
    """Vegetable packs counted at the inner station and promised to the east community."""
    item = add_item(code="veg-pack", name_zh="蔬菜包 5 公斤", name_en="Vegetable pack", unit="PACK")
    count_stock(
        site=world.inner, lines=[Counted(item=item, amount=amount, pieces_per_carton=1)], counted_at=NOW, actor=world.lin,
        now=NOW, request_id=new_id(),
    )  # fmt: skip
    freeze_stock(
        scopes=[Scope(site=world.inner, item=item)], decided_by=world.inner, basis="OWN_DECISION", reason="relief",
        options=[OptionConsidered("give all", is_chosen=True)], actor=world.lin, now=NOW, request_id=new_id(),
    )  # fmt: skip
    (lot,) = book.find_lots(items=[item], owners=[world.inner])
    allot(
        promise=Promise(receiver=world.east, lot=lot.id, site=world.inner, amount=amount, due_at=NOW + HOUR, urgency=2),
        reason="share", actor=world.lin, now=NOW, request_id=new_id(),
    )  # fmt: skip


def test_a_share_is_split_into_doors_parcels_and_its_promise_follows_them(world: World) -> None:
    share(world, 12)
    (due,) = due_at(world.inner, Window(end_at=NOW + 2 * HOUR))
    assert (due.room, due.receiver, due.amount) == ("needs", world.east, 12)
    doors = world.plan(world.east).doors
    pieces = [parcels.Piece(door.building, door.unit, door.id, door.room) for door in doors[:10]]
    request = new_id()
    for _ in range(2):
        made = parcels.pull(
            due=due, pieces=pieces, category="pack", weight_g=5000, station=world.inner, actor=world.bao, now=NOW,
            request_id=request,
        )  # fmt: skip
    assert len(made) == Parcel.objects.count() == 10
    (left,) = due_at(world.inner, Window())
    assert left.amount == 2
    with pytest.raises(NotHere):
        parcels.pull(
            due=left, pieces=pieces[:3], category="pack", weight_g=5000, station=world.inner, actor=world.bao, now=NOW,
            request_id=new_id(),
        )  # fmt: skip
    codes = [view.code for view in delivery.parcels(ids=made)]
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    for code in codes[:4]:
        handovers.hand_over(
            parcel=world.parcel(code).id, mode="CONTACTLESS", evidence=shown(code), actor=world.mei, now=NOW + HOUR,
            request_id=new_id(),
        )  # fmt: skip
    (promise,) = needs.allotments(receiver=world.east)
    assert (promise.met, promise.amount) == (4, 12)
    assert book.verify_book().ok


def test_six_thousand_parcels_are_read_and_received_in_sets_not_one_by_one(fresh_world: World) -> None:
    world = fresh_world
    doors = [("东院", door) for door in world.plan(world.east).doors] + [
        ("西院", door) for door in world.plan(world.west).doors
    ]
    names = {building.id: building for community in world.plans.values() for building in community.buildings}
    rows = []
    for number in range(6_000):
        community, door = doors[number % len(doors)]
        building = names[door.building]
        unit = next(each.name for each in building.units if each.id == door.unit)
        rows.append(f"SF{number:06d},{community},{building.name},{unit},{door.room},,1.5,,某平台\n")
    run = read(world, "".join(rows))
    document = imports.apply(run=run.id, actor=world.lin, now=NOW).document
    with CaptureQueriesContext(connection) as asked:
        done = stations.receive(station=world.outer, manifest=document, actor=world.fang, now=NOW, request_id=new_id())
    assert len(done.parcels) == 6_000
    assert world.stands(world.outer, State.AVAILABLE) == 6_000
    assert len(asked) < 50, "some statement runs once for each parcel"
