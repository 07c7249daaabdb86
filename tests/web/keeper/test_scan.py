"""A bar code at the door, and the card that hangs over the pile."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.utils.http import urlencode

from baogong.catalogue import services as catalogue
from baogong.catalogue.models import Item
from baogong.ledger import queries as book
from baogong.supply import queries as supply
from baogong.supply.queries.cards import ON_THE_FLOOR
from tests.cast import rows_in_book
from tests.web.visits import Story, read, visit

GTIN = "9521234543213"
GOOD, EXPIRED = "]C10109521234543213172612311" + "0ABC123", "]C10109521234543213171912311" + "0ABC123"


def scanned(story: Story, code: str, language: str = "en", status: int = 200) -> str:
    return read(
        visit("fang", language), f"/site/{story.world.langfang}/scan/?{urlencode({'code': code})}", status=status
    )


@pytest.fixture
def known(story: Story) -> Story:
    catalogue.add_gtin(item=story.world.masks, gtin=GTIN, pieces=50)
    return story


def test_a_scan_tells_the_item_its_lot_its_day_and_what_stands_here(known: Story) -> None:
    scanned(known, GOOD)  # the first log-in counts its own pace
    before = rows_in_book()
    page = scanned(known, GOOD)
    for words in ("Masks", "09521234543213", "ABC123", "2026-12-31", "50 pieces", "1,000"):
        assert words in page, words
    assert "past its day" not in page
    assert f"/site/{known.world.langfang}/card/{known.world.masks}/" in page
    assert "口罩" in scanned(known, f"(01)0{GTIN}", "zh-hans")
    assert rows_in_book() == before


def test_a_code_past_its_day_says_so_on_the_houses_day(known: Story) -> None:
    assert "past its day" in scanned(known, EXPIRED)
    assert "已过期" in scanned(known, EXPIRED, "zh-hans")


def test_a_code_nobody_knows_a_carton_and_nonsense_each_say_what_to_do(story: Story) -> None:
    assert "let a clerk add the bar code" in scanned(story, GTIN)
    assert "340123450000000000" in scanned(story, "00340123450000000000")
    wrong = scanned(story, "9521234543214", "zh-hans", status=422)
    assert "9521234543214" in wrong
    assert "GTIN" in wrong
    assert scanned(story, "<script>\x1d", status=422).count("<script>") == 0


def test_a_keeper_scans_and_reads_cards_at_the_own_site_only(story: Story) -> None:
    for path in ("scan/?code=1", f"card/{story.world.masks}/"):
        assert "口罩" not in read(visit("ezhou"), f"/site/{story.world.langfang}/{path}", status=403)
    assert "库存卡" in read(visit("lin"), f"/site/{story.world.langfang}/card/{story.world.masks}/")


def test_the_card_ends_with_what_stands_there_after_all_that_came_and_left(story: Story) -> None:
    story.arrive_at_hub()
    world = story.world
    for site in (world.langfang, world.ezhou, world.hub):
        for item in (world.masks, world.suits):
            card = supply.stock_card(site, item)
            standing = sum(
                view.posted for view in book.balances(holders=[site], items=[item], states=list(ON_THE_FLOOR))
            )
            assert (card[-1].stands if card else 0) == standing
            assert sum(line.came - line.went for line in card) == standing
    card = supply.stock_card(world.langfang, world.masks)
    assert [(line.came, line.went, line.reason) for line in card][-1] == (0, 600, "LOAD")
    assert card[-1].paper
    page = read(visit("fang"), f"/site/{world.langfang}/card/{world.masks}/")
    for words in ("Stock card", "GB/T 38565", card[-1].paper, "装车", "loaded"):
        assert words in page, words
    assert f"<strong>{card[-1].stands}</strong>" in re.sub(",", "", page)


def test_papers_name_the_class_of_gb_t_38565(story: Story) -> None:
    Item.objects.filter(pk=story.world.masks).update(class_code="1010399")
    for sheet in ("", "packing/"):
        page = read(visit("bao"), f"/site/paper/{story.first.number}/{sheet}")
        assert "GB/T 38565" in page
        assert "1010399" in page


def test_the_certificate_names_giver_goods_and_receiver_for_whoever_may_read_it(consigned: UUID) -> None:
    gift, lin = consigned, visit("lin")
    before = rows_in_book()
    for name in ("lin", "bao"):
        page = read(visit(name), f"/site/paper/gift/{gift}/")
        for words in ("赠与证书", "Gift certificate", "武汉大学校友会", "1,600", "武汉大学中南医院"):
            assert words in page, words
    for name in ("ezhou", "tao", "stranger"):
        assert "1,600" not in read(visit(name), f"/site/paper/gift/{gift}/", status=403)
    assert rows_in_book() == before
    assert f"/site/paper/gift/{gift}/" in read(lin, f"/command/gifts/{gift}/")
