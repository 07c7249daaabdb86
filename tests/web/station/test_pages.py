"""A station keeper's pages: receive, sort, load, see who is out, look at what is contested, take back, print."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from openpyxl import load_workbook

from baogong.delivery import queries as delivery
from baogong.delivery.models import Calling, Parcel, Round, SyncedAct
from baogong.delivery.services import devices, pairings, stations, sync
from baogong.delivery.services.running_out import tell_run_outs
from baogong.delivery.services.sync import Act
from baogong.engine.chain import read as read_chain
from baogong.journal.clock import set_clock
from baogong.journal.services import EvidenceIn
from baogong.kernel.ids import new_id
from baogong.web.station import papers
from baogong.web.templatetags.baogong import qr
from tests.apps.delivery.world import HOUR, NOW
from tests.apps.supply.test_carriage import photo
from tests.books import Built
from tests.cast import make_cast
from tests.web.ground import Ground, expect, load, make_ground
from tests.web.visits import form_of, read, send, visit


@pytest.fixture
def ground(built: Built) -> Ground:
    return built(make_ground)


@pytest.fixture
def bao(ground: Ground) -> Client:
    return visit("bao")


def at(ground: Ground, page: str = "") -> str:
    return f"/station/{ground.world.inner}/{page}"


def telephone(ground: Ground, courier: Any) -> devices.DeviceView:
    token = pairings.pair(code=ground.pairing(courier), now=NOW)
    return devices.recognise(token, NOW, to_read=True)


def brought_by(sheet: str) -> list[tuple[str, list[str]]]:
    """Of a printed list of buildings: (kind, couriers), line by line."""
    found = re.findall(r"<div>([^<]+)<small>[^<]+</small> <strong>([^<]+)</strong></div>", sheet)
    return [(kind, names.split("、")) for kind, names in found]


def test_a_keeper_of_one_station_comes_straight_to_its_board(ground: Ground, bao: Client) -> None:
    assert bao.get("/station/").headers["Location"] == at(ground)
    board = read(bao, at(ground))
    assert "路区一" in board
    assert "T0001" in board
    assert "东院" in board


def test_a_keeper_of_a_station_begins_with_its_parcels_and_finds_its_trucks_from_there(
    ground: Ground, bao: Client
) -> None:
    assert bao.get("/").headers["Location"] == "/station/"
    assert f'href="/site/{ground.world.inner}/"' in read(bao, at(ground))
    assert f'href="{at(ground)}"' in read(bao, f"/site/{ground.world.inner}/")
    lin = read(visit("lin"), at(ground))
    assert f'href="/site/{ground.world.inner}/"' not in lin


def test_a_commander_without_any_station_is_told_where_one_is_opened(db: None) -> None:
    make_cast()
    lin = visit("lin")
    assert "/command/places/open/" in read(lin, "/station/")


def test_a_scan_says_large_into_which_road_zone_it_is_sorted(ground: Ground, bao: Client) -> None:
    plan = ground.world.plan(ground.world.east)
    (code,) = expect(ground.world, [plan.doors[2]], ["fresh"])
    page = read(bao, at(ground, "receive/"))
    assert code in page
    after = send(bao, at(ground, "receive/"), form_of(page, scans=f" {code[:3].lower()}-{code[3:]}, NOSUCH "))
    assert '<p class="zone-large">路区一</p>' in after
    assert "No parcel of this house: NOSUCH" in after
    assert ground.state(code) == "AT_STATION"


def test_what_was_scanned_by_another_carriers_number_is_told_by_both_numbers(ground: Ground, bao: Client) -> None:
    (code,) = ground.world.expect(1)
    Parcel.objects.filter(code=code).update(waybill="SF771")
    page = read(bao, at(ground, "receive/"))
    assert "SF771" in page
    after = send(bao, at(ground, "receive/"), form_of(page, scans="sf771"))
    assert f"Received: 1 (SF771 · {code})" in after
    assert f"SF771 · {code} ·" in after, "the parcel last sorted"


def test_rounds_under_way_stand_before_those_that_wait_and_done_ones_are_folded(ground: Ground, bao: Client) -> None:
    load(ground, ground.tao)
    for page in ("", "rounds/"):
        told = read(bao, at(ground, page))
        assert told.index("T0002") < told.index("T0001"), "T0001 leaves first and waits still"
    Round.objects.filter(name="T0002").update(state="DONE")
    for page in ("", "rounds/"):
        told = read(bao, at(ground, page))
        assert told.index("T0001") < told.index("1 round is done</summary>") < told.index("T0002")


def test_words_of_the_house_in_place_of_a_name_are_said_in_the_readers_language(ground: Ground, bao: Client) -> None:
    load(ground, ground.mei)
    shown = (EvidenceIn("CODE", text=ground.door, by_name="TYPED"),)
    told = Act(id=new_id(), kind="HANDED_OVER", at=NOW, parcel=ground.door, mode="CONTACTLESS", evidence=shown)
    early = Act(id=new_id(), kind="ON_SHELF", at=NOW - HOUR, parcel=ground.door, shelf=ground.shelf)
    device = telephone(ground, ground.world.mei)
    sync.sync(device=device, acts=[told], now=NOW)
    sync.sync(device=device, acts=[early], now=NOW)
    here = f"{at(ground, 'parcel/')}?code={ground.door}"
    for language, words, others in (("en", ("typed",), "手输"), ("zh-hans", ("手输",), "typed")):
        page = read(visit("bao", language), here)
        body = page[page.index('<ul class="timeline">') :]
        assert all(word in body for word in words)
        assert others not in body
        assert "TYPED" not in body


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
    assert re.search(r'<option value="三轮 1">三轮 1 · 电动三轮 · 内三轮车队 · into 酒仙桥封控区 until', page)
    assert '<option value="三轮 1"></option>' in read(fang, f"{there}trips/")
    form = form_of(page, cart="三轮 1", target=world.inner, road_zone=zone, kg="150", pieces="80")
    cart = fang.post(f"{there}carts/", form).headers["Location"]
    load_ = read(fang, cart)
    assert "All 3 of this road zone are aboard" in load_
    rows, lines = taken_away(fang, cart.replace("/carts/", "/list/cart/").rstrip("/"))
    assert [line.name for line in lines] == [row[0] for row in rows]
    assert {row[0] for row in rows} == set(codes)
    send(fang, cart, form_of(load_, act="load-all"))
    assert {ground.state(code) for code in codes} == {"ON_CART"}
    (trip,) = delivery.shuttles(origin=world.outer)
    here = at(ground, f"carts/{trip.id}/")
    after = send(bao, here, form_of(read(bao, here), act="unload", missing=codes[0]))
    assert "Unloaded: 2" in after
    assert [ground.state(code) for code in codes] == ["ON_CART", "AT_STATION", "AT_STATION"]
    assert "1 not unloaded" in after


def test_what_stands_at_a_station_that_does_not_serve_it_is_on_its_board(ground: Ground, bao: Client) -> None:
    world = ground.world
    assert "wrong station" not in read(bao, at(ground))
    here = {view.code for view in delivery.parcels(station=world.inner, states=["AT_STATION"])}
    stations.serve(community=world.east, station=world.outer, actor=world.lin, now=NOW)
    board = read(bao, at(ground))
    section = board[board.index('id="strays"') : board.index("</section>", board.index('id="strays"'))]
    assert set(re.findall(r"code=(\w+)", section)) == here
    assert "酒仙桥外站" in section


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
    send(bao, at(ground, "couriers/"), {"act": "retire", "device": str(row.id)})
    assert delivery.devices(ground.world.inner, now=NOW)[0].still_tells
    send(bao, at(ground, "couriers/"), {"act": "withdraw", "device": str(row.id)})
    assert not delivery.devices(ground.world.inner, now=NOW)[0].still_tells
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


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("answer", ["LATE", "UNFIT", "CONFLICT"])
def test_each_answer_that_waits_for_the_keeper_is_told_in_its_own_words(
    ground: Ground, answer: str, language: str
) -> None:
    load(ground, ground.mei)
    device = telephone(ground, ground.world.tao)
    act = Act(id=new_id(), kind="HANDED_OVER", at=NOW, parcel=ground.medicine, mode="WITNESSED", evidence=(
        EvidenceIn("WITNESS", by_name="x"),
    ))  # fmt: skip
    sync.sync(device=device, acts=[act], now=NOW)
    SyncedAct.objects.update(answer=answer)
    board = read(visit("bao", language), at(ground))
    told = {
        "LATE": ("Meanwhile it was planned for Mei", "期间它改派给了 Mei"),
        "UNFIT": ("without a valid pass or test at that time", "当时没有有效的通行证或检测"),
        "CONFLICT": ("Which of the two parcels is it?", "到底是哪一件"),
    }
    assert [key for key, words in told.items() if words[language != "en"] in board] == [answer]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("It was not written", "“Expected”", "witness", "seen taken", "write the step before it")),
        ("zh-hans", ("没有记上", "这一步没有办", "先补记缺的前一步")),
    ],
)
def test_what_was_refused_is_shown_with_its_reason_and_accepted_at_one_press_once_it_may_be(
    ground: Ground, language: str, words: tuple[str, ...]
) -> None:
    (code,) = ground.world.expect(1)
    shown = (EvidenceIn("WITNESS", by_name="王"),)
    handed = Act(id=new_id(), kind="HANDED_OVER", at=NOW, parcel=code, mode="WITNESSED", note="三层", evidence=shown)
    sync.sync(device=telephone(ground, ground.world.mei), acts=[handed], now=NOW)
    keeper = visit("bao", language)
    board = read(keeper, at(ground))
    card = board[: board.index("</article>")]
    assert [word for word in (*words, "三层") if word not in card] == []
    assert 'value="accept"' not in card
    ground.world.receive([code])
    board = read(keeper, at(ground))
    card = board[: board.index("</article>")]
    assert 'value="accept"' in card
    assert "</article>" not in send(keeper, at(ground), form_of(card, act="accept"))
    assert ground.state(code) == "HANDED_OVER"
    # accepted, and known as late then: the answer is the keeper's own, there is nothing left to look at
    assert delivery.to_look_at(ground.world.inner) == ()


def test_the_keeper_sees_what_shows_a_handover_and_looks_at_the_photo_of_one_not_accepted_yet(
    ground: Ground, bao: Client
) -> None:
    given = (
        EvidenceIn("PHOTO", payload=photo()),
        EvidenceIn("CODE", text=ground.taos[0]),
        EvidenceIn("WITNESS", by_name="王"),
    )
    (code,) = ground.world.expect(1)
    handed = Act(id=new_id(), kind="HANDED_OVER", at=NOW, parcel=code, mode="CONTACTLESS", evidence=given[:1])
    sync.sync(device=telephone(ground, ground.world.mei), acts=[handed], now=NOW)
    (kept,) = re.findall(r'<img class="shown" src="([^"]+)"', read(bao, at(ground)))
    answer = bao.get(kept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert bao.get(kept.replace("/0/", "/7/")).status_code == 404
    assert visit("fang").get(kept).status_code == 403
    ground.world.receive([code])
    board = read(bao, at(ground))
    send(bao, at(ground), form_of(board[: board.index("</article>")], act="accept"))
    assert ground.state(code) == "HANDED_OVER"
    page = read(bao, f"{at(ground, 'parcel/')}?code={code}")
    assert "photo where it lies" in page
    (shown,) = re.findall(r'<img class="shown" src="([^"]+)"', page)
    assert bao.get(shown).content == answer.content
    assert bao.get(shown.replace(code, ground.taos[0])).status_code == 404
    load(ground, ground.tao)
    told = Act(id=new_id(), kind="HANDED_OVER", at=NOW, parcel=ground.taos[0], mode="WITNESSED", evidence=given[1:])
    sync.sync(device=telephone(ground, ground.world.tao), acts=[told], now=NOW)
    page = read(visit("bao", "zh-hans"), f"{at(ground, 'parcel/')}?code={ground.taos[0]}")
    for word in ("扫了码", "有见证", "王"):
        assert word in page


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
    # Still with its courier: board and list count it alike, and the list says why.
    assert "tried in vain 1<" in read(bao, at(ground))
    listed = read(bao, at(ground, "returns/"))
    assert ground.medicine in listed
    assert re.search(r"tried 1× · [^<]*nobody", listed)


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
    assert sorted(brought_by(buildings)) == [
        ("包裹", ["Mei"]),
        ("包裹", ["Mei"]),
        ("包裹", ["Tao"]),
        ("药品", ["Mei"]),
    ]
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
    sync.sync(
        device=mei,
        acts=[
            Act(
                id=new_id(),
                kind="HANDED_OVER",
                at=NOW,
                parcel=ground.door,
                mode="CONTACTLESS",
                evidence=(EvidenceIn("CODE", text=ground.door),),
            )
        ],
        now=NOW,
    )
    assert sum(count.served for count in delivery.building_counts(ground.world.east, since=NOW)) == 2
    later = delivery.building_counts(ground.world.east, since=NOW + timedelta(days=1))
    assert sum(count.served for count in later) == 1, "what lies on its shelf, however long"
    assert sum(count.waiting for count in later) == 5


def test_what_lies_on_a_shelf_and_is_to_go_up_counts_as_waiting(ground: Ground) -> None:
    first, second, third = ground.shelved
    Parcel.objects.filter(code__in=ground.shelved).update(state="ON_SHELF", shelf=ground.shelf)
    Parcel.objects.filter(code=first).update(wants_door=True)
    Parcel.objects.filter(code=second).update(out_of_place_at=NOW)
    (count,) = [
        each
        for each in delivery.building_counts(ground.world.east, since=NOW)
        if each.building == delivery.parcel(third).building and each.unit == delivery.parcel(third).unit
    ]
    assert (count.served, count.waiting, count.failed) == (1, 2, 0)


def test_every_label_can_be_printed_some_on_a_page(
    ground: Ground, bao: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "LABELS_MAX", 3)
    pages = [read(bao, at(ground, f"paper/labels/?page={number}")) for number in (1, 2, 3)]
    codes = [re.findall(r'class="code">(\w+)<', page) for page in pages]
    assert [len(each) for each in codes] == [3, 3, 1]
    assert sorted(code for each in codes for code in each) == sorted(
        [*ground.shelved, ground.medicine, ground.door, *ground.taos]
    )
    assert ["?page=2" in pages[0], "?page=3" in pages[1], "?page=4" in pages[2]] == [True, True, False]
    assert "1–3 of 7" in pages[0]
    assert "第 7–7 件，共 7 件" in read(visit("bao", "zh-hans"), at(ground, "paper/labels/?page=3"))
    east, west = (ground.world.plan(each).road_zone for each in (ground.world.east, ground.world.west))
    assert "of 7" in read(bao, at(ground, f"paper/labels/?road_zone={east}"))
    assert 'class="code"' not in read(bao, at(ground, f"paper/labels/?road_zone={west}"))


def test_the_building_lists_codes_open_the_list_and_each_building_on_its_page(ground: Ground, bao: Client) -> None:
    here = at(ground, f"buildings/{ground.world.east}/")
    sheet = read(bao, at(ground, f"paper/buildings/{ground.world.east}/"))
    buildings = ground.world.plan(ground.world.east).buildings
    for address, scale in ((here, 3), *((f"{here}?building={each.id}", 2) for each in buildings)):
        assert str(qr(f"http://testserver{address}", scale)) in sheet
    first, second, _ = buildings
    page = read(bao, f"{here}?building={first.id}")
    listed = page[page.index('id="chosen"') : page.index('class="legend"')]
    assert all(code in listed for code in ground.shelved)
    assert not any(code in listed for code in ground.taos)
    assert all(code in read(bao, f"{here}?building={second.id}") for code in ground.taos)
    assert 'id="chosen"' not in read(bao, here)
    assert bao.get(f"{here}?building={uuid4()}").status_code == 404


def test_the_printed_call_list_keeps_who_was_not_reached(ground: Ground, bao: Client) -> None:
    Parcel.objects.filter(code__in=ground.shelved).update(state="ON_SHELF", shelf=ground.shelf)
    lost = Calling.objects.create(shelf_id=ground.shelf, household="x")
    Parcel.objects.filter(code=ground.shelved[2]).update(calling=lost)
    set_clock(NOW + 3 * HOUR)
    sheet = read(visit("bao"), at(ground, f"paper/calls/{ground.world.east}/"))
    assert "overdue" in sheet
    assert "had no window" in sheet
    assert "11:00–11:10" in sheet
    assert sheet.index(ground.shelved[0]) < sheet.index(ground.shelved[2])
    Parcel.objects.filter(code__in=ground.shelved).update(state="HANDED_OVER")
    assert ground.shelved[0] not in read(visit("bao"), at(ground, f"paper/calls/{ground.world.east}/"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Mei told a household to come to its shelf", "3 households are told to come", "later time")),
        ("zh-hans", ("Mei 在", "通知一户来货架取件", "通知了 3 户，最多 2 户", "改一个晚一点的时间")),
    ],
)
def test_the_board_shows_more_people_told_to_come_than_a_shelf_takes(
    ground: Ground, language: str, words: tuple[str, ...]
) -> None:
    rows = [Calling.objects.create(shelf_id=ground.shelf, household=name) for name in "12"]
    acts = [Act(id=new_id(), kind="CALLED", at=NOW, why="COMES", calling=each, come_at=NOW + HOUR) for each in (
        ground.calling, *(row.id for row in rows)
    )]  # fmt: skip
    sync.sync(device=telephone(ground, ground.world.mei), acts=acts, now=NOW)
    board = read(visit("bao", language), at(ground))
    assert [word for word in words if word not in board] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Mei: the shift ran out at", "Mei may carry nothing now", "no valid test")),
        ("zh-hans", ("Mei：班次", "Mei 现在不能送货", "没有有效的检测")),
    ],
)
def test_goods_in_hand_when_a_shift_or_a_proof_runs_out_are_on_the_board(
    ground: Ground, language: str, words: tuple[str, ...]
) -> None:
    load(ground, ground.mei)
    late = NOW + timedelta(hours=60)  # the round and the tests
    set_clock(late)
    tell_run_outs(now=late)
    board = read(visit("bao", language), at(ground))
    assert [word for word in words if word not in board] == []
    card = board[: board.index('id="sort"')]
    for code in (*ground.shelved, ground.medicine, ground.door):
        assert code in card
    assert not [code for code in ground.taos if code in card]


def taken_away(browser: Client, page: str) -> tuple[list[list[Any]], list[Any]]:
    """The rows of a list as a workbook, and the lines of its message as the chain reader reads them."""
    sheet = load_workbook(io.BytesIO(browser.get(f"{page}.xlsx").content)).active
    assert sheet is not None
    reading = read_chain(browser.get(f"{page}/message/").context["text"])
    (chain,) = reading.chains
    assert not reading.unread
    return [[cell.value for cell in row] for row in list(sheet)[1:]], list(chain.entries)


def test_a_stations_lists_go_away_as_workbooks_and_as_messages_that_read_back(ground: Ground, bao: Client) -> None:
    rows, lines = taken_away(bao, at(ground, f"list/run/{ground.mei}"))
    assert {row[2] for row in rows} == {*ground.shelved, ground.medicine, ground.door}
    assert [line.name for line in lines] == [row[2] for row in rows]
    assert all(f"{row[3]} {row[4]} {row[6]}" in line.note for row, line in zip(rows, lines, strict=True))
    rows, lines = taken_away(bao, at(ground, f"list/buildings/{ground.world.east}"))
    assert [line.name for line in lines] == [" ".join(filter(None, row[:2])) for row in rows]
    assert [{one.item: one.quantity for one in line.items}.get("待送", 0) for line in lines] == [row[2] for row in rows]
    Parcel.objects.filter(code__in=ground.shelved).update(state="ON_SHELF", shelf=ground.shelf)
    rows, lines = taken_away(bao, at(ground, f"list/calls/{ground.world.east}"))
    assert rows
    assert [(line.name, line.items[0].quantity) for line in lines] == [(row[3], row[4]) for row in rows]
    assert all(row[5] in line.note for row, line in zip(rows, lines, strict=True))
    assert bao.get(at(ground, f"list/nothing/{ground.mei}.xlsx")).status_code == 404
    for what, of in (("run", ground.mei), ("buildings", ground.world.east), ("calls", ground.world.east)):
        paper = {"run": "round"}.get(what, what)
        assert at(ground, f"list/{what}/{of}.xlsx") in read(bao, at(ground, f"paper/{paper}/{of}/"))
