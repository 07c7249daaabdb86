"""
A new community on the pages: from a saved way and its list of buildings to the first planned rounds, in under ten minutes.

What hands do is counted and priced by the keystroke-level model (Card, Moran and Newell, 1980), with a minute to read each
page; what the pages take is measured. `docs/guides/new-community.md` has the figures.
"""

from __future__ import annotations

import csv
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from baogong.delivery import queries as delivery
from baogong.delivery.services import parcels, stations
from baogong.delivery.services.ways import save_way_of_working
from baogong.journal.clock import mark_drill
from baogong.kernel.ids import new_id
from baogong.places import queries as places
from baogong.tower.stories import FOLDER
from tests.apps.delivery.world import NOW, World, make_world
from tests.browser.conftest import Open, Screen
from tests.cast import PASSWORD

if TYPE_CHECKING:
    from uuid import UUID

KEY_S, POINT_S, PRESS_S, THINK_S = 0.28, 1.10, 0.20, 1.35  # the model's K (an average typist), P, B twice, M
KEYS_PER_HAN = 3  # by pinyin
READ_S = 60
LISTED, NAME = "七里香", "七里香南区"


class Hands:
    """A screen whose presses and keys are counted."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.presses, self.keys, self.pages, self.waited_s = screen, 0, 0, 0, 0.0

    def goes(self, selector: str) -> None:
        began = time.monotonic()
        self.screen.tap(selector)
        self.waited_s += time.monotonic() - began
        self.presses, self.pages = self.presses + 1, self.pages + 1

    def presses_on(self, selector: str) -> None:
        self.screen.page.click(selector)
        self.presses += 1

    def types(self, selector: str, text: str) -> None:
        self.screen.page.fill(selector, text)
        self.presses += 1
        self.keys += sum(KEYS_PER_HAN if ord(sign) > 0x2E7F else 1 for sign in text)

    def pastes(self, selector: str, text: str) -> None:
        """Out of a file that is open: marked, copied, pasted."""
        self.screen.page.fill(selector, text)
        self.presses, self.keys = self.presses + 3, self.keys + 6

    @property
    def work_s(self) -> float:
        return self.presses * (THINK_S + POINT_S + PRESS_S) + self.keys * KEY_S + self.pages * READ_S


def test_from_the_list_of_buildings_to_the_first_rounds_it_takes_less_than_ten_minutes(
    screen: Open,
) -> None:
    with transaction.atomic():
        mark_drill(name="the street", at=NOW)
        world = make_world()
        save_way_of_working(name="酒仙桥模式", community=world.east, actor=world.lin, now=NOW)
    lin = screen("zh-hans", {"width": 1280, "height": 900})
    lin.page.set_default_timeout(120_000)
    lin.log_in("lin", PASSWORD)
    lin.go("/command/places/ways/")
    hands = Hands(lin)
    hands.goes("main a[href^='/command/places/ways/']:has-text('酒仙桥模式')")
    hands.types("#name", NAME)
    lin.page.select_option("#station", str(world.inner))
    hands.presses += 2
    hands.pastes("#list", buildings())
    hands.presses_on("main form.card details summary")
    hands.types("#lat", "39.9742")
    hands.types("#lon", "116.4931")
    hands.goes("button[value=look]")
    assert "若干" in lin.page.inner_text("main"), (
        "the committee's list has a unit twice, the second time with “several”"
    )
    hands.pastes("#list", "\n".join(line for line in buildings().splitlines() if "若干" not in line))  # taken out
    hands.goes("button[value=look]")
    assert lin.page.locator("button[value=open]").count() == 1, lin.page.inner_text("main")
    hands.goes("button[value=open]")
    (community,) = [each for each in places.communities() if each.name == NAME]
    assert community.buildings_count == 7
    arrives(world, community.id)  # what the trucks bring is no work of hers
    lin.go(f"/station/{world.inner}/rounds/")
    hands.presses, hands.pages = hands.presses + 2, hands.pages + 1
    hands.goes(f"a[href='/station/{world.inner}/rounds/plan/']")
    hands.goes("form[data-busy] button.btn.big")
    rounds = lin.page.locator("main tr[id^=T]")
    assert rounds.count() >= 1
    assert NAME in lin.page.inner_text("main")
    told = (
        f"{hands.presses} presses, {hands.keys} keys, {hands.pages} pages: {hands.work_s:.0f} s of work, {hands.waited_s:.0f} s "
        "of waiting"
    )
    print(told)  # noqa: T201
    assert timedelta(seconds=hands.work_s) < timedelta(minutes=10), told


def buildings() -> str:
    """One community of the ten of the shelves' story, as its committee keeps it: building, unit, households."""
    lines = (FOLDER / "shelves-2022" / "data" / "10-buildings.csv").read_text("utf-8-sig").splitlines()
    rows = [row for row in csv.DictReader(lines) if row["小区"] == LISTED]
    return "\n".join(["楼号,单元,户数", *(f"{row['楼号']},{row['单元']},{row['户数']}" for row in rows)])


def arrives(world: World, community: UUID) -> None:
    """A parcel for each building, received at the station."""
    with transaction.atomic():
        made = parcels.expect(
            parcels=[
                parcels.ParcelIn(
                    source=new_id(), community=community, station=world.inner, category="parcel", building=building.id,
                    unit=building.units[0].id, room_text="101", sender=world.shop,
                )
                for building in places.community_plan(community, NOW).buildings
            ],
            document=None,
            actor=world.lin,
            now=NOW,
        )  # fmt: skip
        codes = [each.code for each in delivery.parcels(ids=made)]
        stations.receive(station=world.inner, scans=codes, actor=world.bao, now=NOW, request_id=new_id())
