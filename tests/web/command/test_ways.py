"""Ways of working on pages: kept, laid beside another, opened elsewhere in three clicks; a household's private link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.queries.ways import ways
from baogong.delivery.services.parcels import set_category
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.places import queries as places
from baogong.places import services as places_
from tests.apps.delivery.world import HOUR, NOW, World, make_world
from tests.books import Built
from tests.cast import log_in_as
from tests.web.visits import read, send, visit

WAYS = "/command/places/ways/"
GUIDE = Path(__file__).parents[3] / "docs/guides/new-community.md"


@pytest.fixture
def world(built: Built) -> World:
    return built(make_street)


def make_street() -> World:
    mark_drill(name="the street", at=NOW)
    return make_world()


@pytest.fixture
def lin(world: World) -> Client:
    return visit("lin")


def keep(world: World, lin: Client) -> str:
    """The page of the way that the form kept."""
    crew.want(
        place=world.inner, work="DELIVER", start_at=NOW, end_at=NOW + 9 * HOUR, people_count=6, actor=world.lin, now=NOW
    )
    form = {"name": "酒仙桥模式", "community": str(world.east), "note": "外站、内站"}
    return lin.post(WAYS, form).headers["Location"]


def test_a_way_is_kept_and_told_in_words(world: World, lin: Client) -> None:
    assert "No way of working is kept yet" in read(lin, WAYS)
    there = keep(world, lin)
    page = read(lin, there)
    for told in ("东院南门", "酒仙桥内站", "酒仙桥外站", "deliver", "6 people", "at most 2 people in 10 min", "60 kg"):
        assert told in page, told
    assert "酒仙桥模式" in read(lin, WAYS)
    assert [way.note for way in ways()] == ["外站、内站"]


def test_a_community_opens_from_a_way_with_its_buildings_and_the_differences_are_shown(
    world: World, lin: Client
) -> None:
    there = keep(world, lin)
    form = {"name": "芳园里", "station": str(world.inner), "outer": str(world.outer), "list": "1-8号楼"}
    looked = send(lin, there, {**form, "act": "look"}, status=200)
    assert '<div class="figure">8</div>buildings' in looked
    assert {each.name for each in places.communities()} == {"东院", "西院"}
    page = send(lin, there, {**form, "act": "open"})
    (made,) = [each for each in places.communities() if each.name == "芳园里"]
    plan = places.community_plan(made.id, NOW)
    assert (len(plan.buildings), [gate.name for gate in plan.gates]) == (8, ["东院南门"])
    (serving,) = delivery.servings(communities=[made.id])
    assert (serving.station, serving.outer) == (world.inner, world.outer)
    for said in (
        "planned as if it stood at its station",
        "Gates without a point: 东院南门",
        "8 buildings without a point",
    ):
        assert said in page
    assert "road zone" in page
    assert "duties · deliver 08:00 · people" in page
    assert str(made.id) in page
    refused = send(lin, there, {**form, "name": "远洋苑", "list": "1-900号楼", "act": "open"}, status=200)
    assert "Correct these lines" in refused
    assert "远洋苑" not in {each.name for each in places.communities()}


def test_a_new_community_stands_after_five_steps(world: World, lin: Client) -> None:
    """
    The way's page, the building list pasted and looked at, opened with the decision about kinds, its own notice looked at,
    and kept: five steps, as the guide says; then buildings, shelves, gates and zones are there.
    """
    places_.set_zone_rule(
        zone="SEALED", from_at=NOW - HOUR, service="DOOR", text_zh="足不出户", text_en="stay home", issuer="街道",
        actor=world.lin, now=NOW,
    )  # fmt: skip
    text = "一、封控区\n东院1号楼。\n二、管控区\n东院。"
    places_.read_notice(text=text, issuer="街道", title="三区通告", published_at=NOW - HOUR, actor=world.lin, now=NOW)
    there = keep(world, lin)
    world.expect(1, kind="fresh")
    set_category(
        code="fresh", name_zh="生鲜", name_en="Fresh food", modes=["SIGNED"], is_cold=True, weight_g=4000, actor=world.lin,
        now=NOW,
    )  # fmt: skip
    steps = 1
    assert "三区通告" in read(lin, there)
    given = {"name": "芳园里", "station": str(world.inner), "outer": str(world.outer), "list": "1-8号楼"}
    steps += 1
    looked = send(lin, there, {**given, "act": "look"}, status=200)
    assert '<div class="figure">8</div>buildings' in looked
    assert "kinds of parcels · fresh · ways of handing over" in looked
    steps += 1
    address = lin.post(there, {**given, "kinds": "WAY", "act": "open"}).headers["Location"]
    page = lin.get(address).content.decode()  # as a browser has it, lines and all
    assert '<div class="notice-text">一、封控区\n＿＿。' in page
    assert "东院1号楼" not in page
    assert 'class="steps"' in page  # what comes next, beside where it differs
    assert re.search(r'<textarea [^>]*name="text"[^>]*></textarea>', page)  # empty: no words of another place
    steps += 1
    form = dict(re.findall(r'<input type="hidden" name="(published_at)" value="([^"]*)"', page))
    form |= {"text": text.replace("东院", "芳园里"), "title": "三区通告"}
    read_as = send(lin, "/command/places/zones/", {**form, "act": "look"}, status=200)
    assert "芳园里" in read_as
    steps += 1
    send(lin, "/command/places/zones/", {**form, "issuer": "街道", "act": "keep"})
    assert steps == int(re.search(r"in (\d+) steps", GUIDE.read_text("utf-8"))[1])  # type: ignore[index]

    (made,) = [each for each in places.communities() if each.name == "芳园里"]
    plan = places.community_plan(made.id, NOW)
    assert (len(plan.buildings), len(plan.shelves), [gate.name for gate in plan.gates]) == (8, 8, ["东院南门"])
    zones = places.zones_at(communities=[made.id], at=NOW)
    first = next(each for each in plan.buildings if each.name.startswith("1"))
    assert (zones[first.id].state, zones[first.id].service, zones[made.id].state) == ("SEALED", "DOOR", "CONTROLLED")


def test_points_are_asked_for_until_all_that_was_opened_has_one(world: World, lin: Client) -> None:
    way = keep(world, lin).rstrip("/").split("/")[-1]
    there = f"{WAYS}compare/?a={way}&b=now:{world.east}"
    assert "Still to do" not in read(lin, there)
    places_.set_gate(community=world.east, name="北门", actor=world.lin, now=NOW)
    page = read(lin, there)
    assert "Gates without a point: 北门" in page
    assert "buildings without a point" not in page
    assert "没有坐标的大门： 北门" in read(visit("lin", "zh-hans"), there)


def test_two_versions_differ_in_words_of_both_languages(world: World, lin: Client) -> None:
    first = keep(world, lin).split("/")[-2]
    other = lin.post(WAYS, {"name": "西院做法", "community": str(world.west)}).headers["Location"].split("/")[-2]
    page = read(lin, f"{WAYS}compare/?a={first}&b={other}")
    assert "路区一" in page
    assert "路区二" in page
    chinese = read(visit("lin", "zh-hans"), f"{WAYS}compare/?a={first}&b=now:{world.east}")
    assert "酒仙桥模式 1" in chinese
    assert "东院 现在的做法" in chinese
    assert lin.get(f"{WAYS}compare/?a={first}").status_code == 400


def test_an_auditor_reads_ways_and_keeps_none(world: World, lin: Client) -> None:
    there = keep(world, lin)
    log_in_as("Shen", [(Duty.AUDITOR, None)], NOW)
    shen = visit("shen")
    assert "Open a community in this way" not in read(shen, there)
    for form in ({"name": "x", "list": "1号楼", "station": str(world.inner), "act": "open"},):
        assert shen.post(there, form).status_code == 403
    assert shen.post(WAYS, {"name": "x", "community": str(world.east)}).status_code == 403
    assert len(ways()) == 1


def link_page(world: World) -> str:
    return f"/command/places/{world.east}/link/"


def test_a_household_gets_a_link_that_opens_its_parcels_until_it_is_ended(world: World, lin: Client) -> None:
    codes = world.here(2)
    there = f"{link_page(world)}?code={codes[0]}"
    assert "None was made yet" in read(lin, there)
    made = lin.post(link_page(world), {"code": codes[0], "act": "make", "days": "3"})
    assert made.headers["Cache-Control"] == "no-store"
    page = made.content.decode()
    address = re.search(r"http://testserver(/receiver/parcels/[\w-]+/)", page)
    secret = re.search(r'<p class="figure">(\d{6})</p>', page)
    assert address is not None
    assert secret is not None
    assert "<svg" in page
    assert address[1] not in read(lin, there)
    household = Client()
    household.cookies["baogong_language"] = "en"
    assert codes[0] in read(household, address[1])
    assert household.post(address[1], {"act": "door", "code": secret[1]}).status_code == 302
    assert delivery.parcel(codes[0]).wants_door
    board = read(visit("bao"), f"/station/{world.inner}/")
    assert "Asked for at the door" in board
    assert codes[0] in board[board.index("Asked for at the door") :]
    assert "The household&#x27;s links open nothing any more: 1." in send(
        lin, link_page(world), {"code": codes[0], "act": "end"}
    )
    assert household.get(address[1]).status_code == 404
    assert "opens nothing any more" in read(lin, there)


def test_a_link_is_made_for_ones_own_communitys_parcels_only(world: World, lin: Client) -> None:
    (code,) = world.here(1, community=world.west)
    refused = lin.get(f"{link_page(world)}?code={code}")
    assert refused.status_code == 404
    assert f'value="{code}"' in refused.content.decode()  # the form again, with what was typed
    assert 'role="alert"' in refused.content.decode()
    log_in_as("Ning", [(Duty.CLERK, world.west)], NOW)
    ning = visit("ning")
    assert ning.get(f"{link_page(world)}?code={code}").status_code == 403
    assert ning.get(f"/command/places/{world.west}/link/?code={code}").status_code == 200
    assert visit("bao").get(f"/command/places/{world.west}/link/?code={code}").status_code == 403
    found = read(lin, f"/station/{world.inner}/parcel/?code={code}")
    assert f"/command/places/{world.west}/link/?code={code}" in found
    assert "Private link for the household" not in read(visit("bao"), f"/station/{world.inner}/parcel/?code={code}")
