"""The announced round, brought on the public page by whom nobody knows: the office cannot keep silent about it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.engine import draw as engine
from baogong.journal.clock import set_clock
from baogong.journal.queries import events
from baogong.release import services
from baogong.release.models import Claim, Draw
from baogong.web.release import lots
from tests.apps.release.test_draws import BEACON, CHAIN, CLOSES, SECRET, announced, enter
from tests.apps.release.test_missing_sources import DECLARED, FALLBACK, MINUTE, declare, waiting
from tests.apps.release.world import World
from tests.web.release.test_missing import round_of
from tests.web.release.visitors import resident
from tests.web.visits import form_of, read, send, visit

BUTTON = "Bring the round</button>"


def page_of(draw: UUID) -> str:
    return f"/offers/draws/{draw}/"


def bring(client: Client, draw: UUID, told: str) -> str:
    """What the visitor reads next."""
    here = page_of(draw)
    client.post(here, {"round": told}, headers={"Referer": f"http://testserver{here}"})
    return read(client, here)


def signed(at: datetime, secret: int = SECRET, **changed: Any) -> str:
    number = CHAIN.round_at(at)
    told = {"round": number, "signature": engine.drill_signature(CHAIN, secret, number).hex()}
    return json.dumps(told | changed)


def test_whoever_was_entered_brings_the_round_that_the_office_keeps_silent_about(world: World) -> None:
    draw = waiting(world)
    here = page_of(draw)
    set_clock(BEACON - MINUTE)
    assert BUTTON not in read(resident(), here), "it cannot be known yet"
    set_clock(BEACON)
    assert BUTTON in read(resident(), here)
    assert "提交这一轮" in read(resident("zh-hans"), here)
    declare(world, draw)  # the office knows the round, and says that it has not come
    set_clock(DECLARED)
    anybody = resident()
    page = send(anybody, here, {"round": signed(BEACON)})
    assert "Its signature is the beacon’s own. Lots are drawn." in page
    assert BUTTON not in page
    row = Draw.objects.get()
    assert json.loads(bytes(row.beacon or b""))["use"] == "ANNOUNCED"
    assert Claim.objects.filter(state="ADMITTED").count() == 3
    (told,) = events(kinds=["release.draw.drawn"])
    assert (told.person, told.name) == (None, "")


def test_the_same_round_again_changes_nothing_and_another_is_refused(world: World) -> None:
    draw = waiting(world)
    set_clock(BEACON)
    bring(resident(), draw, signed(BEACON))
    before = Draw.objects.values().get(), list(Claim.objects.order_by("id").values())
    assert "drawn before, from this very round" in bring(resident(), draw, signed(BEACON))
    assert "此前已用这一轮摇号" in bring(resident("zh-hans"), draw, signed(BEACON))
    assert "waits for round" in bring(resident(), draw, signed(FALLBACK))
    assert "never a second draw" in bring(resident(), draw, signed(BEACON, signature="ab" * 48))
    assert (Draw.objects.values().get(), list(Claim.objects.order_by("id").values())) == before


@pytest.mark.parametrize(
    ("told", "en", "zh"),
    [
        (signed(BEACON, secret=SECRET + 1), "signature is not the beacon’s own", "签名不是信标这一轮的签名"),
        (signed(BEACON, signature="zz"), "signature is not the beacon’s own", "签名不是信标这一轮的签名"),
        (signed(BEACON, signature=""), "signature is not the beacon’s own", "签名不是信标这一轮的签名"),
        (signed(BEACON + MINUTE), "and the draw waits for round", "摇号等的是第"),
        ('{"round": true, "signature": "00"}', "no round of a beacon", "这不是信标的一轮"),
        (json.dumps({"secret": f"{SECRET:064x}"}), "no round of a beacon", "这不是信标的一轮"),
        ("[" * 9_000, "no JSON object", ""),
    ],
    ids=["another key", "no hex", "none", "another round", "no number", "a drill's key", "no object"],
)
def test_what_is_not_the_announced_round_is_refused_in_words(world: World, told: str, en: str, zh: str) -> None:
    draw = waiting(world)
    set_clock(BEACON)
    assert en in bring(resident(), draw, told)
    assert zh in bring(resident("zh-hans"), draw, told)
    assert Draw.objects.get().beacon is None
    assert not Claim.objects.exists()


def test_from_the_fallbacks_moment_on_that_is_asked_for(world: World) -> None:
    draw = waiting(world)
    declare(world, draw)
    set_clock(FALLBACK)
    page = bring(resident(), draw, signed(BEACON))
    assert "and the draw waits for round" in page
    assert f"{CHAIN.round_at(FALLBACK):,}" in page
    assert "Lots are drawn" in bring(resident(), draw, signed(FALLBACK))
    assert json.loads(bytes(Draw.objects.get().beacon or b""))["use"] == "FALLBACK"


def test_an_open_list_and_a_lottery_take_no_round(world: World) -> None:
    draw = waiting(world, is_closed=False)
    set_clock(CLOSES)
    assert "is not closed yet" in bring(resident(), draw, signed(BEACON))
    lottery = announced(
        world, world.tranche(5, mode="DRAW", code="numbers"),
        source=engine.Lottery(BEACON, (engine.LotterySource("双色球 2020015", 3),)),
    )  # fmt: skip
    enter(world, lottery, "one")
    services.close_draw(draw=lottery, actor=world.lin, now=CLOSES)
    set_clock(BEACON)
    assert BUTTON not in read(resident(), page_of(lottery))
    assert "brought by the office" in bring(resident(), lottery, signed(BEACON))
    assert not Claim.objects.exists()


def test_wrong_rounds_are_paced_by_address_and_keep_nobody_elsewhere_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lots, "ROUND_TRIES", 2)
    draw, flood = waiting(world), resident()
    set_clock(BEACON)
    wrong = signed(BEACON, signature="ab" * 48)
    for _each in range(2):
        assert "not the beacon’s own" in bring(flood, draw, wrong)
    assert "not the beacon’s own" not in bring(flood, draw, wrong)
    assert "Lots are drawn" not in bring(flood, draw, signed(BEACON))
    here = page_of(draw)
    resident().post(here, {"round": signed(BEACON)}, REMOTE_ADDR="203.0.113.7")
    assert Draw.objects.get().beacon is not None


def test_a_form_of_another_site_brings_nothing(world: World) -> None:
    draw = waiting(world)
    set_clock(BEACON)
    forged = Client(enforce_csrf_checks=True)
    assert forged.post(page_of(draw), {"round": signed(BEACON)}).status_code == 403
    assert Draw.objects.get().beacon is None


def test_the_office_still_brings_it_on_its_own_page(world: World) -> None:
    draw = waiting(world)
    set_clock(BEACON)
    office, desk = visit("lin of 广安"), f"/release/office/draws/{draw}/"
    assert "Drawn: 3 have won" in send(office, desk, form_of(read(office, desk)) | {"round": round_of(BEACON)})
