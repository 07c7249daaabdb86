"""The counter's page, and the board's list of what lies on shelves of houses that were sealed since."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from baogong.delivery import queries as delivery
from baogong.delivery.services.handovers import put_on_shelf
from baogong.journal.clock import set_clock
from baogong.kernel.ids import new_id
from baogong.places import services as places
from tests.apps.delivery.test_counter import STROKES, notice
from tests.apps.delivery.world import HOUR, MINUTE, NOW
from tests.books import Built
from tests.web.ground import Ground, load, make_ground
from tests.web.resident.test_parcels import link
from tests.web.visits import form_of, read, send, visit


@pytest.fixture
def ground(built: Built) -> Ground:
    return built(make_ground)


@pytest.fixture
def bao(ground: Ground) -> Client:
    return visit("bao")


@pytest.fixture
def household() -> Client:
    client = Client()
    client.cookies["baogong_language"] = "en"
    return client


def at(ground: Ground, page: str = "") -> str:
    return f"/station/{ground.world.inner}/{page}"


def hand_out(bao: Client, ground: Ground, **given: Any) -> str:
    there = at(ground, "counter/")
    return send(bao, there, form_of(read(bao, there), request_id=new_id(), act="", **given))


def lie(ground: Ground) -> None:
    load(ground, ground.mei)
    for code in ground.shelved:
        put_on_shelf(
            parcel=delivery.parcel(code).id, shelf=ground.shelf, actor=ground.world.mei, now=NOW, request_id=new_id()
        )


def test_a_keeper_hands_out_what_a_household_is_told_to_fetch(ground: Ground, bao: Client, household: Client) -> None:
    page = link(ground)
    assert "Fetch it at" not in read(household, page)  # in no zone nobody is called out
    places.change_site(
        site=ground.world.inner, opens_at=NOW.time().replace(hour=9), closes_at=NOW.time().replace(hour=18)
    )
    notice(ground.world, "PRECAUTION")
    told = read(household, page)
    assert "Fetch it at <strong>酒仙桥内站</strong>, open 09:00–18:00." in told
    first, second = ground.shelved[:2]
    assert f"Say the number {first} there." in told
    assert f'href="{at(ground, "counter/")}?code={first}"' in read(bao, at(ground, f"parcel/?code={first}"))
    assert first in read(bao, at(ground, f"counter/?code={first}"))
    given = {"scans": first, "mode": "WITNESSED", "proxy_name": "王邻居", "proxy_last_four": "123x"}
    assert f"Handed over the counter: 1 ({first})" in hand_out(bao, ground, **given)
    assert "王邻居" in read(bao, at(ground, f"parcel/?code={first}"))
    assert "123X" in read(bao, at(ground, f"parcel/?code={first}"))
    assert f"Handed over the counter: 1 ({ground.medicine})" in hand_out(
        bao, ground, scans=ground.medicine, mode="SIGNED", strokes=STROKES.decode()
    )
    assert [delivery.parcel(code).state for code in (first, second)] == ["HANDED_OVER", "AT_STATION"]
    assert "Handed over at" in read(household, page)


def test_a_mistake_is_taken_back_on_the_same_page_while_it_is_fresh(ground: Ground, bao: Client) -> None:
    first, second = ground.shelved[:2]
    page = hand_out(bao, ground, scans=f"{first} {second}", mode="WITNESSED")
    offered = re.findall(r'type="checkbox" name="scans" value="([^"]+)"', page)
    assert offered == [first, second]
    undo = {"act": "undo", "scans": first, "words": "拿错了", "request_id": str(new_id())}
    assert f"Taken back, at the station again: 1 ({first})" in send(bao, at(ground, "counter/"), undo)
    assert [delivery.parcel(code).state for code in (first, second)] == ["AT_STATION", "HANDED_OVER"]
    hand_out(bao, ground, scans=first, mode="WITNESSED")
    nothing = {"act": "undo", "words": "拿错了两件", "request_id": str(new_id())}
    there = at(ground, "counter/")
    bao.post(there, nothing, headers={"Referer": f"http://testserver{there}"})
    told = read(bao, there)
    assert "No parcel is ticked. Nothing was taken back." in told
    assert 'value="拿错了两件"' in told
    both = {"act": "undo", "scans": [first, second], "words": "拿错了", "request_id": str(new_id())}
    assert "Taken back, at the station again: 2" in send(bao, at(ground, "counter/"), both)
    hand_out(bao, ground, scans=first, mode="WITNESSED")
    set_clock(NOW + 11 * MINUTE)
    assert "Given by mistake" not in read(bao, at(ground, "counter/"))


def test_the_counter_refuses_in_the_keepers_language_where_people_are_kept_in(ground: Ground, bao: Client) -> None:
    notice(ground.world, "SEALED", "东院1号楼")
    there, code = at(ground, "counter/"), ground.shelved[0]
    form = {"scans": code, "mode": "WITNESSED", "request_id": str(new_id())}
    bao.post(there, form, headers={"Referer": f"http://testserver{there}"})
    assert "may not leave home" in read(bao, there)
    bao.cookies["baogong_language"] = "zh-hans"
    bao.post(there, form, headers={"Referer": f"http://testserver{there}"})
    assert f"包裹 {code} 的住户在三区里不能自由走动" in read(bao, there)
    assert delivery.parcel(code).state == "AT_STATION"


def test_a_house_is_sealed_and_its_shelf_is_told_the_truth_about(
    ground: Ground, bao: Client, household: Client
) -> None:
    lie(ground)
    page = link(ground)
    assert "Fetch it at shelf" in read(household, page)
    notice(ground.world, "SEALED", "东院1号楼")
    told = read(household, page)
    assert "Your house is sealed now: do not come down." in told
    assert "on the shelf: comes up to you" in told
    assert "Fetch it at shelf" not in told
    assert ground.shelved[0] not in read(bao, at(ground, f"paper/calls/{ground.world.east}/"))
    assert f'hx-get="{at(ground, "sealed/")}"' in read(bao, at(ground))
    shown = read(bao, at(ground, "sealed/"))
    assert re.findall(r'type="checkbox" name="scans" value="([^"]+)" checked', shown) == ground.shelved
    part = bao.get(at(ground, "sealed/"), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<section class="card late"')
    first, second, third = ground.shelved
    up = {"act": "bring-up", "scans": [first, second], "request_id": str(new_id())}
    answer = bao.post(at(ground, "sealed/"), up)
    assert answer.headers["Location"] == at(ground, "rounds/plan/")
    assert f"The next round takes these up to the doors: {first}, {second}." in read(bao, at(ground, "rounds/plan/"))
    assert "do not come down" in read(household, page)
    back = {"act": "back", "scans": [third], "request_id": str(new_id())}
    assert f"Back at the station: 1 ({third})" in send(bao, at(ground, "sealed/"), back)
    assert "Nothing lies on the shelf of a sealed house." in read(bao, at(ground, "sealed/"))
    assert "its house was sealed while it lay on the shelf" in read(bao, at(ground, f"parcel/?code={third}"))


def test_the_page_of_a_shelf_lets_people_come_again_when_the_seal_has_ended(ground: Ground, household: Client) -> None:
    lie(ground)
    page = link(ground)
    notice(ground.world, "SEALED", "东院1号楼")
    assert "do not come down" in read(household, page)
    set_clock(NOW + HOUR)
    notice(ground.world, "CONTROLLED", "东院1号楼", NOW + HOUR)
    assert "Fetch it at shelf" in read(household, page)
