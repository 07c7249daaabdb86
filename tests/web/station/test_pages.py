"""A station keeper's pages: receive, sort, load, see who is out, look at what is contested, take back, print."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from baogong.delivery import queries as delivery
from baogong.delivery.services import devices, pairings, sync
from baogong.delivery.services.sync import Act
from baogong.journal.services import EvidenceIn
from baogong.kernel.ids import new_id
from tests.apps.delivery.world import HOUR, NOW
from tests.web.ground import Ground, expect, load, make_ground
from tests.web.visits import form_of, read, send, visit


@pytest.fixture
def ground(db: None) -> Ground:
    return make_ground()


@pytest.fixture
def bao(ground: Ground) -> Client:
    return visit("bao")


def at(ground: Ground, page: str = "") -> str:
    return f"/station/{ground.world.inner}/{page}"


def telephone(ground: Ground, courier: Any) -> devices.DeviceView:
    token = pairings.pair(code=ground.pairing(courier), now=NOW)
    return devices.recognise(token, NOW, to_read=True)


def test_a_keeper_of_one_station_comes_straight_to_its_board(ground: Ground, bao: Client) -> None:
    assert bao.get("/station/").headers["Location"] == at(ground)
    board = read(bao, at(ground))
    assert "路区一" in board
    assert "T0001" in board
    assert "东院" in board


def test_a_scan_says_large_into_which_road_zone_it_is_sorted(ground: Ground, bao: Client) -> None:
    plan = ground.world.plan(ground.world.east)
    (code,) = expect(ground.world, [plan.doors[2]], ["fresh"])
    page = read(bao, at(ground, "receive/"))
    assert code in page
    after = send(bao, at(ground, "receive/"), form_of(page, scans=f" {code[:3].lower()}-{code[3:]}, NOSUCH "))
    assert '<p class="zone-large">路区一</p>' in after
    assert "No parcel of this house: NOSUCH" in after
    assert ground.state(code) == "AT_STATION"


def test_what_is_refused_is_given_back_to_be_typed_no_second_time(ground: Ground, bao: Client) -> None:
    after = send(bao, at(ground, "receive/"), form_of(read(bao, at(ground, "receive/")), scans="NOSUCH"))
    assert "NOSUCH</textarea>" in after


def test_a_cart_is_loaded_at_one_station_and_unloaded_at_the_other(ground: Ground, bao: Client) -> None:
    plan = ground.world.plan(ground.world.east)
    doors, world = plan.doors, ground.world
    codes = expect(world, doors[:3], ["parcel"] * 3)
    world.receive(codes, at=world.outer)
    fang = visit("fang")
    there = f"/station/{world.outer}/"
    page = read(fang, f"{there}carts/")
    zone = plan.road_zone
    form = form_of(page, cart="三轮 1", target=world.inner, road_zone=zone)
    cart = fang.post(f"{there}carts/", form).headers["Location"]
    load_ = read(fang, cart)
    assert "All 3 of this road zone are aboard" in load_
    send(fang, cart, form_of(load_, act="load-all"))
    assert {ground.state(code) for code in codes} == {"ON_CART"}
    (trip,) = delivery.shuttles(origin=world.outer)
    here = at(ground, f"carts/{trip.id}/")
    after = send(bao, here, form_of(read(bao, here), act="unload", missing=codes[0]))
    assert "Unloaded: 2" in after
    assert [ground.state(code) for code in codes] == ["ON_CART", "AT_STATION", "AT_STATION"]
    assert "1 not unloaded" in after


def test_a_cart_of_other_stations_is_not_shown(ground: Ground, bao: Client) -> None:
    assert bao.get(at(ground, f"carts/{uuid4()}/")).status_code == 404


def test_a_round_is_given_to_its_courier_but_for_what_stays(ground: Ground, bao: Client) -> None:
    page = read(bao, at(ground, "couriers/"))
    left = ground.shelved[0]
    form = {"request_id": str(new_id()), "round": str(ground.mei), "left": left, "act": "load"}
    after = send(bao, at(ground, "couriers/"), form)
    assert "Given to the courier: 4" in after
    assert ground.state(left) == "AT_STATION"
    assert ground.state(ground.medicine) == "WITH_COURIER"
    assert "Set up the telephone" in page


def test_a_code_for_a_telephone_is_shown_once_with_its_picture(ground: Ground, bao: Client) -> None:
    form = {"act": "pair", "person": "Mei", "from_at": "2022-04-13T08:00", "until_at": "2022-04-13T18:00"}
    answer = bao.post(at(ground, "couriers/"), form)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.content.decode()
    shown = re.search(r'class="pair-code">(\w{4}) (\w{4})<', text)
    assert shown is not None
    code = shown[1] + shown[2]
    assert f"/courier/#/pair/{code}" in text
    assert "<svg" in text
    assert code not in read(bao, at(ground, "couriers/"))
    assert pairings.pair(code=code, now=NOW)
    (row,) = delivery.devices(ground.world.inner, now=NOW)
    assert row.person_name == "Mei"
    send(bao, at(ground, "couriers/"), {"act": "withdraw", "device": str(row.id)})
    assert not delivery.devices(ground.world.inner, now=NOW)[0].is_open


def test_what_two_couriers_tell_of_one_parcel_waits_until_the_keeper_has_seen_to_it(
    ground: Ground, bao: Client
) -> None:
    load(ground, ground.mei)
    handed = {
        "kind": "HANDED_OVER",
        "at": NOW + HOUR,
        "parcel": ground.medicine,
        "mode": "WITNESSED",
        "evidence": (EvidenceIn("WITNESS", by_name="x"),),
    }
    for courier in (ground.world.mei, ground.world.tao):
        sync.sync(device=telephone(ground, courier), acts=[Act(id=new_id(), **handed)], now=NOW + HOUR)  # type: ignore[arg-type]
    board = read(bao, at(ground))
    assert "somebody else was first" in board
    assert "Tao reports: handed over" in board
    assert "from Mei before" in board
    form = form_of(board[: board.index("</article>")])
    assert "somebody else was first" not in send(bao, at(ground), form)


def test_what_comes_back_is_told_why_and_waits_for_a_second_visit(ground: Ground, bao: Client) -> None:
    load(ground, ground.mei)
    page = read(bao, at(ground, "returns/"))
    after = send(bao, at(ground, "returns/"), form_of(page, scans=ground.medicine, why="NOBODY"))
    assert "Back at the station: 1" in after
    assert "tried 1×" in after
    found = read(bao, at(ground, f"parcel/?code={ground.medicine}"))
    assert "nobody came" in found
    assert "taken by the courier" in found


def test_a_disinfection_is_kept_with_its_parcels(ground: Ground, bao: Client) -> None:
    page = read(bao, at(ground, "disinfection/"))
    after = send(
        bao,
        at(ground, "disinfection/"),
        form_of(page, what="PARCELS", means="75% 酒精", scans="\n".join(ground.shelved)),
    )
    assert "75% 酒精" in after
    assert delivery.parcel(ground.shelved[0]).disinfected_at == NOW
    (row,) = delivery.disinfections(ground.world.inner)
    assert row.parcels == 3


def test_buildings_say_in_words_what_their_colour_says(ground: Ground, bao: Client) -> None:
    load(ground, ground.mei)
    mei = telephone(ground, ground.world.mei)
    acts = [
        *(Act(id=new_id(), kind="ON_SHELF", at=NOW, parcel=code, shelf=ground.shelf) for code in ground.shelved),
        Act(id=new_id(), kind="FAILED", at=NOW, parcel=ground.medicine, why="NOBODY"),
    ]
    assert {told.answer for told in sync.sync(device=mei, acts=acts, now=NOW)} == {"TAKEN"}
    page = read(bao, at(ground, f"buildings/{ground.world.east}/"))
    states = re.findall(r'<li class="building (\w+)">.*?<strong>(\w+)</strong><span class="word">([^<]+)<', page)
    assert states == [
        ("served", ground.world.plan(ground.world.east).buildings[0].name, "served"),
        ("waiting", ground.world.plan(ground.world.east).buildings[1].name, "waiting"),
        ("failed", ground.world.plan(ground.world.east).buildings[2].name, "failed"),
    ]


def test_a_community_of_another_station_is_not_shown(ground: Ground) -> None:
    from baogong.delivery.services import stations

    stations.serve(community=ground.world.west, station=ground.world.outer, actor=ground.world.lin, now=NOW + HOUR)
    bao = visit("bao")
    for page in ("buildings", "paper/buildings", "paper/calls"):
        assert bao.get(at(ground, f"{page}/{ground.world.west}/")).status_code == 404
        assert bao.get(at(ground, f"{page}/{ground.world.east}/")).status_code == 200


def test_paper_names_every_stop_code_and_door(ground: Ground, bao: Client) -> None:
    sheet = read(bao, at(ground, f"paper/round/{ground.mei}/"))
    for code in (*ground.shelved, ground.medicine, ground.door):
        assert f"<strong>{code}</strong>" in sheet
    assert "敲门要重，等两分钟" in sheet
    assert "当面 in person" in sheet
    assert sheet.count("<svg") >= 5
    assert ground.taos[0] not in sheet
    buildings = read(bao, at(ground, f"paper/buildings/{ground.world.east}/"))
    names = [building.name for building in ground.world.plan(ground.world.east).buildings]
    assert [buildings.index(f"<strong>{name}</strong>") for name in names] == sorted(
        buildings.index(f"<strong>{name}</strong>") for name in names
    )
    calls = read(bao, at(ground, f"paper/calls/{ground.world.east}/"))
    assert "10:00–10:10" in calls
    assert "13800001111" not in calls
    labels = read(bao, at(ground, "paper/labels/"))
    assert labels.count('class="code"') == 7


def test_forty_more_parcels_take_no_more_queries(ground: Ground, bao: Client) -> None:
    plan = ground.world.plan(ground.world.east)
    ground.world.receive(expect(ground.world, [plan.doors[2]] * 40, ["parcel"] * 40))
    for page in ("", "receive/", "returns/", "carts/", "couriers/", f"buildings/{ground.world.east}/"):
        read(bao, at(ground, page))


def test_yesterdays_are_not_counted_as_served(ground: Ground) -> None:
    counts = delivery.building_counts(ground.world.east, since=NOW)
    assert sum(count.waiting for count in counts) == 7
    load(ground, ground.mei)
    mei = telephone(ground, ground.world.mei)
    sync.sync(
        device=mei,
        acts=[Act(id=new_id(), kind="ON_SHELF", at=NOW, parcel=ground.shelved[0], shelf=ground.shelf)],
        now=NOW,
    )
    assert sum(count.served for count in delivery.building_counts(ground.world.east, since=NOW)) == 1
    later = delivery.building_counts(ground.world.east, since=NOW + timedelta(days=1))
    assert sum(count.served for count in later) == 0
    assert sum(count.waiting for count in later) == 6
