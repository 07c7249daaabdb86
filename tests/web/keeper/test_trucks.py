"""A keeper loads and receives: one tap, or only the differences; nobody else's gate can be seen."""

from __future__ import annotations

import pytest

from baogong.freight import queries as freight
from baogong.journal import queries as papers
from baogong.ledger.states import State
from tests.apps.freight.world import NOW
from tests.cast import rows_in_book
from tests.web.visits import Story, form_of, read, send, visit


@pytest.mark.parametrize(("language", "arrivals"), [("en", "Next arrivals"), ("zh-hans", "即将到达")])
def test_a_keeper_lands_on_the_one_site_and_sees_what_comes_and_leaves(
    story: Story, language: str, arrivals: str
) -> None:
    bao = visit("bao", language)
    assert bao.get("/site/").headers["Location"] == f"/site/{story.world.hub}/"
    page = read(bao, f"/site/{story.world.hub}/")
    assert arrivals in page
    assert story.first.number in page
    assert story.second.number in page
    assert "冀R" in page


def test_loading_as_on_the_waybill_takes_one_tap_and_no_more(story: Story) -> None:
    story.at(story.first.load_start_at)
    fang = visit("fang")
    path = f"/site/load/{story.first.id}/"
    page = read(fang, path)
    assert 'value="Tao"' in page
    form = form_of(page, name="Tao", how="as-written")
    after = send(fang, path, form)
    assert "is loaded" in after
    assert "Fang → Tao" in after.replace("<br>", " ")
    before = rows_in_book()
    send(fang, path, form)  # the second tap of a cold thumb
    assert rows_in_book() == before
    assert freight.waybill(story.first.id, now=NOW).row.loaded == 750


def test_what_stays_behind_is_typed_by_line_in_cartons_and_single_units(story: Story) -> None:
    story.at(story.first.load_start_at)
    fang = visit("fang")
    path = f"/site/load/{story.first.id}/"
    view = freight.waybill(story.first.id, now=NOW)
    masks = next(line for line in view.lines if line.item == story.world.masks)
    typed = {f"left_cartons_{masks.position}": 2, f"left_units_{masks.position}": 15}
    send(fang, path, form_of(read(fang, path), how="differs", **typed))
    line = next(line for line in freight.waybill(story.first.id, now=NOW).lines if line.id == masks.id)
    assert (line.amount, line.loaded) == (600, 385)


def test_the_one_tap_button_refuses_when_a_difference_was_typed_and_keeps_it(story: Story) -> None:
    story.arrive_at_hub()
    bao = visit("bao")
    path = f"/site/receive/{story.first.id}/"
    before = rows_in_book()
    page = send(bao, path, form_of(read(bao, path), how="as-written", short_units_1=12), status=400)
    assert "Nothing was signed" in page
    assert 'name="short_units_1" value="12"' in page
    assert rows_in_book() == before


def test_receiving_with_differences_writes_the_note_and_says_what_waits(story: Story) -> None:
    story.arrive_at_hub()
    bao = visit("bao")
    path = f"/site/receive/{story.first.id}/"
    view = freight.waybill(story.first.id, now=NOW)
    masks, suits = sorted(view.lines, key=lambda line: line.item != story.world.masks)
    typed = {
        f"short_units_{masks.position}": 12,
        f"damaged_cartons_{masks.position}": 1,
        f"note_{masks.position}": "soaked",
        f"surplus_units_{suits.position}": 3,
    }
    after = send(bao, path, form_of(read(bao, path), name="Bao", how="differs", **typed))
    assert "is received" in after
    assert "3 more than written" in after
    world = story.world
    assert world.posted(world.hub, State.AVAILABLE, "langfang masks") == 600 - 12 - 100
    assert world.posted(world.hub, State.SPOILED, "langfang masks") == 100
    assert world.posted(world.hub, State.AVAILABLE, "langfang suits") == 150
    (note,) = papers.documents(kind="GRN")
    assert note.body["lines"][masks.position - 1]["note"] == "soaked"
    sheet = read(bao, f"/site/paper/{story.first.number}/note/")
    assert note.number in sheet
    assert "有差异" in sheet
    assert "With differences" in sheet


def test_a_truck_another_keeper_received_is_shown_with_who_signed_for_it(story: Story) -> None:
    story.arrive_at_hub()
    bao, also_bao = visit("bao"), visit("bao")
    path = f"/site/receive/{story.first.id}/"
    seen_by_both = read(bao, path)
    late = form_of(read(also_bao, path), how="as-written")
    send(bao, path, form_of(seen_by_both, how="as-written"))
    before = rows_in_book()
    page = send(also_bao, path, late, status=409)
    assert "received" in page
    assert rows_in_book() == before


def test_goods_that_end_in_a_receivers_hands_cannot_be_taken_into_stock(story: Story) -> None:
    story.arrive_at_hospital()
    assert "as on the waybill" not in read(visit("bao"), f"/site/load/{story.second.id}/")


def test_another_sites_keeper_and_a_stranger_are_refused_and_leave_no_trace(story: Story) -> None:
    story.arrive_at_hub()
    hub = story.world.hub
    paths = [
        f"/site/{hub}/",
        f"/site/{hub}/goods/",
        f"/site/{hub}/count/",
        f"/site/{hub}/gifts/",
        f"/site/{hub}/equipment/",
        f"/site/receive/{story.first.id}/",
        f"/site/load/{story.second.id}/",
    ]
    form = form_of(read(visit("bao"), f"/site/receive/{story.first.id}/"), how="as-written", item="", way="out")
    for name in ("ezhou", "stranger"):
        client = visit(name)
        before = rows_in_book()
        for path in paths:
            page = read(client, path, status=403)
            assert "口罩" not in page
            assert client.post(path, form).status_code == 403
        assert rows_in_book() == before
    assert read(visit("stranger"), "/site/", status=403)


def test_whoever_is_not_logged_in_is_sent_to_the_door(story: Story) -> None:
    from django.test import Client

    answer = Client().get(f"/site/{story.world.hub}/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/log-in/")
