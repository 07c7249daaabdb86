"""Packs in the office and at a keeper's site: a kit written, the stock looked at, a run opened, counted, taken back."""

from __future__ import annotations

from uuid import UUID

import pytest

from baogong.journal.clock import mark_drill
from baogong.kernel.ids import new_id
from baogong.needs import queries as needs
from baogong.needs.services.households import Counts, count_household
from baogong.people.services.parties import register_party
from baogong.supply import queries as supply
from tests.apps.supply.packs import at_hub, give, run_of, tally, throw_away, vegetable_kit
from tests.apps.supply.world import World, make_world, rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import form_of, read, send, visit


@pytest.fixture
def house(built: Built) -> World:
    return built(make_house)


def make_house() -> World:
    mark_drill(name="packs", at=NOW)
    world = make_world()
    give(world, "potato", 31_000)
    give(world, "carrot", 16_500)
    return world


def pages(house: World, kit: UUID, run: UUID) -> list[str]:
    office = ["/command/packs/", "/command/packs/write/", "/command/packs/by-need/"]
    one_run = f"/command/packs/runs/{run}/"
    return [*office, f"/command/packs/kits/{kit}/", one_run, f"{one_run}origins/"]


def test_a_kit_written_by_hand_is_looked_at_and_packed(house: World) -> None:
    lin = visit("lin")
    page = read(lin, "/command/packs/write/")
    form = form_of(page, name_zh="蔬菜包 5kg", name_en="Vegetables 5 kg", makes=house.item("vegetable-pack"))
    form |= {"item_1": str(house.item("potato")), "amount_1": "3000", "item_2": str(house.item("carrot"))}
    form |= {"amount_2": "2000", "substitute_1": str(house.item("sweet-potato")), "substitute_amount_1": "2500"}
    page = send(lin, "/command/packs/write/", form)
    assert "The kit is written down" in page
    assert "Sweet potatoes 2,500" in page
    (kit,) = supply.kits()
    path = f"/command/packs/kits/{kit.id}/"
    page = read(lin, f"{path}?site={house.cast.hub}&packs=10")
    assert "The stock here allows 8 of 10" in page
    assert "Carrots</strong> 3,500" in page
    page = send(lin, path, form_of(page, kit=kit.id, site=house.cast.hub, packs=10, line_name="Table 2"))
    assert "Goods were set aside for 8; 8 are still to pack." in page
    assert "Table 2" in page


def test_a_keeper_counts_throws_away_and_closes_and_the_office_takes_back(house: World) -> None:
    run = run_of(house, 8)
    bao, path = visit("bao"), f"/site/{house.cast.hub}/packing/{run}/"
    page = send(bao, path, {"act": "tally", "packs": 5, "request_id": new_id()})
    assert "5 <small>/ 8" in page
    page = send(bao, path, {"act": "tally", "packs": 9, "request_id": new_id(), "next": path})
    assert "Goods for 3 more packs are set aside" in page
    carrot = house.item("carrot")
    form = {"act": "waste", "item": carrot, "amount": 400, "cause": "ROTTEN", "request_id": new_id()}
    assert "What went into no pack is written down" in send(bao, path, form)
    page = send(bao, path, {"act": "close", "request_id": new_id()})
    assert "closed" in page
    assert at_hub(house, "vegetable-pack") == 5
    (done,) = supply.packing_run(run).tallies
    lin, office = visit("lin", "zh-hans"), f"/command/packs/runs/{run}/"
    page = send(lin, office, {"act": "undo-tally", "tally": done.id, "why": "数错", "request_id": new_id()})
    assert "已拆回原料" in page
    page = send(lin, office, {"act": "undo", "why": "换套餐", "request_id": new_id()})
    assert "这一批已撤回" in page
    assert at_hub(house, "vegetable-pack") == 0


def test_packs_by_need_are_shown_and_asked_for(house: World) -> None:
    vegetable_kit(house)
    community = register_party(kind="ORGANISATION", name="友谊路街道", city="上海", now=NOW)
    count_household(community=community, code="1", counts=Counts(adults=2, old=2), actor=house.cast.wu, now=NOW)
    lin, path = visit("lin"), "/command/packs/by-need/"
    form = {"act": "rule", "kit": "vegetable-pack-5kg", "group": "PERSON", "per_persons": 3, "request_id": new_id()}
    page = send(lin, path, form)
    assert "one for 3 persons of a household" in page
    assert "<strong>2</strong>" in page
    send(lin, path, {"act": "ask", "community": community, "request_id": new_id()})
    assert [view.quantity for view in needs.open_needs(receiver=community)] == [2]
    page = send(lin, path, {"act": "end", "kit": "vegetable-pack-5kg", "group": "PERSON", "request_id": new_id()})
    assert "No rule yet" in page


def test_pages_stay_cheap_with_many_kits_runs_and_communities(house: World) -> None:
    kit = vegetable_kit(house)
    run = run_of(house, 4, kit)
    tally(house, run, 2)
    throw_away(house, run, "carrot", 100)
    for number in range(8):
        vegetable_kit(house, code=f"kit-{number}", name_zh=f"套餐{number}")
        give(house, "potato", 3_000, donor=f"第{number}合作社")
        give(house, "carrot", 2_000, donor=f"第{number}合作社")
        run_of(house, 1, kit)
        community = register_party(kind="ORGANISATION", name=f"第{number}社区", city="上海", now=NOW)
        count_household(community=community, code="1", counts=Counts(adults=1, old=1), actor=house.cast.wu, now=NOW)
    lin, bao = visit("lin"), visit("bao")
    for group in ("PERSON", "OLD", "INFANT"):
        form = {"act": "rule", "kit": "kit-1", "group": group, "request_id": new_id()}
        lin.post("/command/packs/by-need/", form)
    for page in pages(house, kit, run):
        read(lin, page)
    read(lin, f"/command/packs/kits/{kit}/?site={house.cast.hub}&packs=20")
    read(bao, f"/site/{house.cast.hub}/packing/")
    read(bao, f"/site/{house.cast.hub}/packing/{run}/")


def test_others_keepers_and_strangers_are_refused_and_leave_no_trace(house: World) -> None:
    kit = vegetable_kit(house)
    run = run_of(house, 4, kit)
    stranger, kai = visit("stranger"), visit("kai")
    before = rows_everywhere()
    for page in pages(house, kit, run):
        assert stranger.get(page).status_code == 403
        assert stranger.post(page, {"act": "undo", "why": "x"}).status_code == 403, page
    for page in (f"/site/{house.cast.hub}/packing/", f"/site/{house.cast.hub}/packing/{run}/"):
        assert kai.get(page).status_code == 403
        assert kai.post(page, {"act": "tally", "packs": 1}).status_code == 403
    assert kai.get(f"/site/{house.langfang}/packing/{run}/").status_code == 404
    assert rows_everywhere() == before


def test_a_refused_kit_keeps_its_lines(house: World) -> None:
    lin, path = visit("lin"), "/command/packs/write/"
    form = form_of(read(lin, path), name_zh="蔬菜包", name_en="Greens", makes=house.item("vegetable-pack"), next=path)
    form |= {"item_1": str(house.item("potato")), "amount_1": "3000", "item_8": str(house.item("carrot"))}
    form |= {"amount_8": "none", "substitute_1": str(house.item("sweet-potato")), "substitute_amount_1": "2500"}
    page = send(lin, path, form | {"nominal_g": "5100", "packaging_g": "30"})
    assert "is not a whole number" in page
    texts = {"name_zh": "蔬菜包", "name_en": "Greens", "nominal_g": 5100, "packaging_g": 30, "amount_8": "none"}
    for field, text in {**texts, "amount_1": 3000, "substitute_amount_1": 2500}.items():
        assert f'name="{field}" value="{text}"' in page
    for field in ("item_1", "item_8", "substitute_1", "makes"):
        chosen = page.partition(f'name="{field}"')[2].partition("</select>")[0]
        assert f'value="{form[field]}" selected' in chosen
        assert chosen.count(" selected") == 1


def test_without_a_kit_the_page_by_need_leads_to_writing_one(house: World) -> None:
    path, link = "/command/packs/by-need/", 'href="/command/packs/write/"'
    page = read(visit("lin"), path)
    assert "none is written down yet" in page
    assert link in page
    vegetable_kit(house)
    assert "none is written down yet" not in read(visit("lin"), path)
