"""What stands at a site, counting it by hand, gifts at the gate, roll cages, and what came above a waybill."""

from __future__ import annotations

from uuid import UUID

import pytest

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.services import LineDifference
from baogong.kernel.ids import new_id
from baogong.ledger.states import State
from baogong.supply import queries as supply_
from tests.apps.freight.world import HOUR, NOW, World
from tests.cast import rows_in_book
from tests.web.visits import Story, form_of, read, send, visit


@pytest.mark.parametrize(
    ("language", "name", "state"), [("en", "Masks", "frozen for relief"), ("zh-hans", "口罩", "锁库")]
)
def test_goods_are_listed_in_cartons_with_what_is_promised(story: Story, language: str, name: str, state: str) -> None:
    page = read(visit("fang", language), f"/site/{story.world.langfang}/goods/")
    assert name in page
    assert state in page
    assert "1,000" in page
    assert ">600 " in page


def test_counting_by_hand_moves_only_the_difference_of_what_was_typed(story: Story) -> None:
    world = story.world
    fang = visit("fang")
    path = f"/site/{world.langfang}/count/"
    lot = world.lots["langfang masks"]
    form = form_of(read(fang, path), **{f"counted_cartons_{lot}": 9, f"counted_units_{lot}": 90, "item": ""})
    assert "The count is in the book" in send(fang, path, form)
    assert world.posted(world.langfang, State.FROZEN, "langfang masks") == 990
    assert world.posted(world.langfang, State.FROZEN, "langfang suits") == 400
    before = rows_in_book()
    send(fang, path, form)
    assert rows_in_book() == before
    story.at(NOW + HOUR)
    send(fang, path, form)  # the same an hour later
    assert rows_in_book() == before
    nothing_left = {f"counted_units_{world.lots['ezhou masks']}": 0, "item": ""}
    ezhou = visit("ezhou")
    path = f"/site/{world.ezhou}/count/"
    form = form_of(read(ezhou, path), **nothing_left)
    send(ezhou, path, form)
    before = rows_in_book()
    send(ezhou, path, form)  # the lot stands on the page no more
    assert rows_in_book() == before


def test_a_count_below_what_is_promised_is_refused_and_what_was_typed_stays(story: Story) -> None:
    world = story.world
    fang = visit("fang")
    path = f"/site/{world.langfang}/count/"
    lot = world.lots["langfang masks"]
    before = rows_in_book()
    page = send(fang, path, form_of(read(fang, path), **{f"counted_cartons_{lot}": 3, "item": ""}), status=409)
    assert "promised" in page
    assert f'name="counted_cartons_{lot}" value="3"' in page
    assert "every field is empty" in send(fang, path, form_of(page, item=""), status=400)
    assert rows_in_book() == before


def test_something_not_listed_is_counted_in_with_its_carton(story: Story) -> None:
    world = story.world
    bao = visit("bao")
    path = f"/site/{world.hub}/count/"
    form = form_of(read(bao, path), item=world.suits, counted_cartons_new=2, counted_units_new=5, per_carton_new=20)
    send(bao, path, form)
    page = read(bao, f"/site/{world.hub}/goods/")
    assert "2 cartons + 5 sets" in page


def test_a_gift_that_came_as_offered_takes_one_tap(story: Story, consigned: UUID) -> None:
    hub = story.world.hub
    bao = visit("bao")
    assert "武汉大学校友会" in read(bao, f"/site/{hub}/gifts/")
    path = f"/site/{hub}/gifts/{consigned}/"
    form = form_of(read(bao, path), how="as-written")
    assert "is received into the book" in send(bao, path, form)
    (line,) = supply_.gift(consigned).lines
    assert (line.arrived, line.damaged, line.is_complete) == (1_600, 0, True)
    before = rows_in_book()
    send(bao, path, form)
    assert rows_in_book() == before
    assert "武汉大学校友会" not in read(bao, f"/site/{hub}/gifts/")


def test_a_gift_with_damage_and_more_to_come_stays_open_for_the_rest(story: Story, consigned: UUID) -> None:
    hub = story.world.hub
    bao = visit("bao")
    path = f"/site/{hub}/gifts/{consigned}/"
    typed = {"arrived_cartons_1": 20, "damaged_units_1": 7, "more_1": 1, "note_1": "wet"}
    assert "Nothing was signed" in send(bao, path, form_of(read(bao, path), how="as-written", **typed), status=400)
    send(bao, path, form_of(read(bao, path), how="differs", **typed))
    (line,) = supply_.gift(consigned).lines
    assert (line.arrived, line.damaged, line.is_complete) == (1_000, 7, False)
    assert "came before: 1,000" in read(bao, path)
    awaited = read(bao, f"/site/{hub}/gifts/")
    assert "600 sets" in awaited
    assert "1,600" not in awaited


def test_a_gift_for_another_site_is_not_shown_here(story: Story, consigned: UUID) -> None:
    world = story.world
    ezhou = visit("ezhou")
    assert "武汉大学校友会" not in read(ezhou, f"/site/{world.ezhou}/gifts/")
    assert "武汉大学校友会" not in read(ezhou, f"/site/{world.ezhou}/gifts/{consigned}/", status=404)


def test_roll_cages_ride_out_with_a_vehicle_and_come_home(story: Story) -> None:
    world = story.world
    cages = _cages(world)
    story.arrive_at_hub()
    bao = visit("bao")
    path = f"/site/{world.hub}/equipment/"
    page = read(bao, path)
    assert story.second.plate in page
    out = form_of(page, way="out", lot=cages, vehicle=story.second.vehicle, amount=12)
    page = send(bao, path, out)
    assert "taken along 12, brought back 0" in page
    before = rows_in_book()
    send(bao, path, out)
    assert rows_in_book() == before
    back = form_of(page, way="back", lot=cages, vehicle=story.second.vehicle, amount=5)
    send(bao, path, back)
    (still_out,) = freight.equipment()
    assert still_out.missing == 7
    before = rows_in_book()
    too_many = form_of(read(bao, path), way="back", lot=cages, vehicle=story.second.vehicle, amount=8)
    assert bao.post(path, too_many).status_code == 302
    assert 'class="notice error"' in read(bao, path)
    assert rows_in_book() == before


def _cages(world: World) -> UUID:
    from baogong.catalogue.services import add_item
    from baogong.ledger import queries as book
    from baogong.supply.services import Counted, count_stock

    item = add_item(code="roll-cage", name_zh="笼车", name_en="Roll cages")
    count_stock(
        site=world.hub,
        lines=[Counted(item=item, amount=30)],
        counted_at=NOW,
        actor=world.bao,
        now=NOW,
        request_id=new_id(),
    )
    (lot,) = book.find_lots(items=[item], owners=[world.hub])
    return lot.id


def test_a_surplus_is_settled_by_another_person_than_who_counted_it(story: Story) -> None:
    world = story.world
    story.arrive_at_hub()
    services.receive(
        waybill=story.first.id,
        differences=[LineDifference(line=world.line(story.first, "langfang masks"), surplus=7, note="one box more")],
        actor=world.bao,
        now=story.first.planned_arrive_at,
        request_id=new_id(),
    )
    path = "/site/surpluses/"
    page = read(visit("bao"), path)
    assert "+7 Masks" in page
    assert "one box more" in page
    assert 'name="decision"' not in page
    assert "Nothing waits" in read(visit("ezhou"), path)
    assert read(visit("stranger"), path, status=403)
    lin = visit("lin")
    page = read(lin, path)
    form = form_of(page, decision="FOUND")
    assert "on record" in send(lin, path, form)
    assert world.posted(world.hub, State.FROZEN, "langfang masks") == 7  # nobody is promised these
    before = rows_in_book()
    send(lin, path, form)
    assert rows_in_book() == before
