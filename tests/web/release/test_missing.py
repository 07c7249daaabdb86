"""An announced source that has not come, on pages: declared with one button, told to everybody at once, drawn from the fallback."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.test import Client

from baogong.engine import draw as engine
from baogong.journal.clock import set_clock
from baogong.release import services
from baogong.release.models import Draw
from tests.apps.release.test_draws import BEACON, CHAIN, CLOSES, SECRET, announced, enter
from tests.apps.release.test_missing_sources import DECLARED, FALLBACK, LAST, MINUTE, declare, waiting
from tests.apps.release.world import World
from tests.web.release.test_lots import KEY, PICKUP, enters
from tests.web.release.visitors import NUMBER, resident
from tests.web.visits import form_of, read, send, visit

BUTTON = "Declare it missing</button>"
TOLD = "had not come on 2020-02-05 13:05. The fallback is round "
TOLD_ZH = "截至 2020-02-05 13:05，公告的随机源（"
LATE = "known on 2020-02-05 14:00."


def office_page(draw: UUID) -> str:
    return f"/release/office/draws/{draw}/"


def refused(office: Client, draw: UUID, form: dict[str, Any]) -> str:
    """What the office reads after a button that did nothing."""
    desk = office_page(draw)
    office.post(desk, form, headers={"Referer": f"http://testserver{desk}"})
    return read(office, desk)


def round_of(at: datetime) -> str:
    number = CHAIN.round_at(at)
    return json.dumps({"round": number, "signature": engine.drill_signature(CHAIN, SECRET, number).hex()})


def test_the_button_stands_there_while_it_may_be_declared_and_then_says_why_not(world: World) -> None:
    draw = waiting(world)
    office, desk = visit("lin of 广安"), office_page(draw)
    for now, is_there in ((BEACON - MINUTE, False), (BEACON, True), (LAST, True), (LAST + MINUTE, False)):
        set_clock(now)
        assert (BUTTON in read(office, desk)) is is_there, now
        assert BUTTON not in read(visit("wu of 广安"), desk)
    assert "The fallback does not count" in read(office, desk)
    assert "comes out in less than 10 minutes" in refused(office, draw, {"act": "missing"})
    chinese = visit("lin of 广安", "zh-hans")
    assert "备用随机源不算数" in read(chinese, desk)
    assert "离备用的随机源公布已不到 10 分钟" in refused(chinese, draw, {"act": "missing"})
    assert Draw.objects.get().missing_declared_at is None


def test_a_draw_without_a_fallback_has_no_such_button(world: World) -> None:
    draw = waiting(world, fallback=None)
    set_clock(DECLARED)
    page = read(visit("lin of 广安"), office_page(draw))
    assert BUTTON not in page
    assert "The fallback does not count" not in page


def test_everybody_reads_it_at_once_in_both_languages(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW", standby_max=1, **PICKUP)
    draw = announced(world, tranche, fallback=services.beacon_round("", CHAIN.as_dict(), FALLBACK))
    client = resident()
    entry, _page = enters(client, tranche, NUMBER)
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    set_clock(DECLARED)
    shown = [f"/offers/draws/{draw}/", f"/offers/draws/{draw}/stage/"]
    for here in shown:
        assert "had not come" not in read(resident(), here)
    office, desk = visit("lin of 广安"), office_page(draw)
    page = send(office, desk, {"act": "missing"})
    assert "On record. Publish the text now" in page
    assert BUTTON not in page
    assert page.count(TOLD) >= 1
    assert TOLD_ZH in page, "the text to publish"
    still = "Until then the announced source still counts if it comes; from then on only the fallback does."
    for here in shown:
        page = read(resident(), here)
        assert TOLD in page
        assert LATE in page
        assert still in page
        assert TOLD_ZH in read(resident("zh-hans"), here)
    page = read(client, f"/offers/entries/{entry}/")
    assert TOLD in page
    assert still in page
    client.cookies["baogong_language"] = "zh-hans"
    assert "只认备用随机源" in read(client, f"/offers/entries/{entry}/")


def test_the_page_asks_for_the_announced_round_and_from_the_fallbacks_moment_on_for_that(world: World) -> None:
    draw = waiting(world)
    declare(world, draw)
    office, desk = visit("lin of 广安"), office_page(draw)
    set_clock(FALLBACK - MINUTE)
    form = form_of(read(office, desk))
    assert form["use"] == "ANNOUNCED"
    assert "may bring its round" in read(resident(), f"/offers/draws/{draw}/")
    set_clock(FALLBACK)
    assert "may bring the round of the fallback" in read(resident(), f"/offers/draws/{draw}/")
    page = refused(office, draw, form | {"round": round_of(BEACON)})  # a page opened before
    assert "only that counts now" in page
    assert "只认备用的" in refused(visit("lin of 广安", "zh-hans"), draw, form | {"round": round_of(BEACON)})
    assert form_of(page)["use"] == "FALLBACK"
    page = send(office, desk, form_of(page) | {"round": round_of(FALLBACK)})
    assert "Drawn: 3 have won" in page
    assert "It was drawn from the fallback." in page
    for here in (f"/offers/draws/{draw}/", f"/offers/draws/{draw}/stage/"):
        page = read(resident(), here)
        assert TOLD in page
        assert "It was drawn from the fallback." in page
        assert "may bring" not in page


def test_a_drills_key_signs_the_fallback_and_a_source_that_came_after_all_is_told(world: World) -> None:
    draw = waiting(world)
    declare(world, draw)
    office, desk = visit("lin of 广安"), office_page(draw)
    set_clock(FALLBACK - MINUTE)
    page = send(office, desk, form_of(read(office, desk)) | {"round": KEY})
    assert "Drawn: 3 have won" in page
    assert "The announced source came before the fallback was known" in read(resident(), f"/offers/draws/{draw}/")
    assert Draw.objects.get().missing_declared_at == DECLARED


def test_a_drills_key_signs_the_fallbacks_own_round(world: World) -> None:
    draw = waiting(world)
    declare(world, draw)
    office, desk = visit("lin of 广安"), office_page(draw)
    set_clock(FALLBACK)
    send(office, desk, form_of(read(office, desk)) | {"round": KEY})
    told = json.loads(bytes(Draw.objects.get().beacon or b""))
    assert (told["use"], told["round"]) == ("FALLBACK", CHAIN.round_at(FALLBACK))


def test_a_lottery_that_is_the_fallback_asks_for_its_own_numbers(world: World) -> None:
    draws = [engine.LotterySource("双色球 2020015", 3), engine.LotterySource("3D 2020022", 3, is_ordered=True)]
    draw = announced(
        world,
        world.tranche(5, mode="DRAW"),
        source=engine.Lottery(BEACON, (draws[0],)),
        fallback=engine.Lottery(FALLBACK, tuple(draws)),
    )
    enter(world, draw, "one")
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    declare(world, draw)
    office, desk = visit("lin of 广安"), office_page(draw)
    set_clock(DECLARED)
    assert "numbers_1" not in form_of(read(office, desk))
    set_clock(FALLBACK)
    form = form_of(read(office, desk))
    assert "Drawn: 1 have won" in send(office, desk, form | {"numbers_0": "3 9 17", "numbers_1": "4 0 4"})
