"""What a resident reads of a right that came, runs out or has run out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from baogong.journal.clock import set_clock
from baogong.release import jobs, services
from baogong.release.models import Claim
from tests.apps.release.test_draws import BEACON, CLOSES, DRAWN, announced, beacon_of
from tests.apps.release.world import World
from tests.web.release.test_lots import enters
from tests.web.release.visitors import NUMBER, OTHER, press, register, resident
from tests.web.visits import read

PICKUP: dict[str, Any] = {"fulfilment": "PICKUP", "pickup_days": 1, "standby_max": 3}
MIDNIGHT = datetime(2020, 2, 5, 16, 0, tzinfo=UTC)


def test_who_stands_by_reads_that_it_came_until_when_and_that_the_turn_is_kept(world: World) -> None:
    tranche = world.tranche(5, **PICKUP)
    first, second = resident(), resident()
    register(first, tranche)
    press(first, tranche)
    register(second, tranche, number=OTHER)
    claim, page = press(second, tranche)
    assert "Look once a day" in page
    assert "You need not do anything" not in page
    set_clock(MIDNIGHT)
    jobs.turn_over()
    for shown, said in (
        ("/offers/mine/", "to be fetched before"),
        (f"/offers/mine/{claim}/", "You stood by, and it came to you."),
        (f"/offers/mine/{claim}/", "your turn is not used by that"),
        (f"/offers/mine/{claim}/", "You stood by, and now it is yours. Kept until"),
    ):
        assert said in read(second, shown), said
    chinese = resident("zh-hans")
    chinese.cookies["sessionid"] = second.cookies["sessionid"].value
    assert "您是候补，现在轮到您了" in read(chinese, f"/offers/mine/{claim}/")
    set_clock(MIDNIGHT + timedelta(hours=20))
    jobs.turn_over()
    assert "Your right runs out soon." in read(second, f"/offers/mine/{claim}/")
    set_clock(MIDNIGHT + timedelta(days=1))
    jobs.turn_over()
    page = read(second, f"/offers/mine/{claim}/")
    assert "your turn is not used: you may claim or enter anew" in page
    assert "Your turn is not used." in page
    assert "You may claim again in the next turn" in read(first, f"/offers/mine/{_own(first)}/")


def test_an_entrant_reads_on_the_entrys_own_page_what_came_and_ran_out(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW", **PICKUP)
    draw = announced(world, tranche)
    clients = [resident(), resident()]
    entries = [enters(client, tranche, number)[0] for client, number in zip(clients, (NUMBER, OTHER), strict=True)]
    set_clock(DRAWN)
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    services.draw_lots(draw=draw, beacon=beacon_of(draw, BEACON), actor=world.lin, now=DRAWN)
    at = 0 if Claim.objects.get(id=entries[0]).state == "ADMITTED" else 1
    winner, stands = clients[at], clients[1 - at]
    page = read(winner, f"/offers/entries/{entries[at]}/")
    assert "You have won" in page
    assert "Fetch it before" in page
    assert "your turn is not used by that" not in page
    assert "to be fetched before" in read(winner, "/offers/mine/")
    assert "Look once a day" in read(stands, f"/offers/entries/{entries[1 - at]}/")
    set_clock(MIDNIGHT)
    jobs.turn_over()
    page = read(stands, f"/offers/entries/{entries[1 - at]}/")
    assert "You moved up: you have won" in page
    assert "your turn is not used by that" in page
    assert "You stood by, and now it is yours. Kept until" in page
    set_clock(MIDNIGHT + timedelta(days=1))
    jobs.turn_over()
    assert "neither won nor lost" in read(stands, f"/offers/entries/{entries[1 - at]}/")
    assert "You had won; it was not fetched in time" in read(winner, f"/offers/entries/{entries[at]}/")


def _own(client: Any) -> str:
    claim: str
    (claim,) = set(re.findall(r"/offers/mine/([0-9a-f-]{36})/", read(client, "/offers/mine/")))
    return claim
