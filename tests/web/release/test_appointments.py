"""Times to choose from: where every one is full or past, each page says so before anybody is led through the steps."""

from __future__ import annotations

from uuid import UUID

import pytest

from baogong.kernel.ids import new_id
from baogong.release import offers
from baogong.release.models import Claim, Tranche
from tests.apps.release.world import NOW, World, claim_one
from tests.web.release.visitors import press, register, resident
from tests.web.visits import read, send, visit

FULL = {"en": "Every time is full or past.", "zh-hans": "各时段都已满或已过。"}


def times(world: World) -> tuple[UUID, list[UUID]]:
    """Sixteen units, five a claim, three times: one claim each, and one unit that nobody can have."""
    tranche = world.tranche(16, mode="APPOINTMENT", slots=["11:00", "15:00", "16:00"], fulfilment="PICKUP")
    return tranche, list(Tranche.objects.get(id=tranche).slots.order_by("from_at").values_list("id", flat=True))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_resident_is_told_on_the_first_page_that_every_time_is_full(world: World, language: str) -> None:
    tranche, slots = times(world)
    client, here = resident(language), f"/offers/{tranche}/"
    page = register(client, tranche)
    assert 'name="slot"' in page
    form = {"claim": str(new_id()), "units": "1"}
    for at, slot in enumerate(slots):
        assert FULL[language] not in read(client, here)
        assert claim_one(tranche, str(at), slot=slot).is_admitted
    assert offers.offer(tranche).left == 1
    first = read(client, here)
    assert FULL[language] in first
    assert "circle" not in first
    assert FULL[language][:-1].lower() in read(client, "/offers/").lower()
    last = read(client, f"{here}claim/")
    assert FULL[language] in last
    assert "circle" not in last
    # Whoever had the page open meanwhile, and chose no time, hears the same and no other advice.
    answer = send(client, f"{here}claim/", form)
    assert FULL[language] in answer
    assert Claim.objects.get(id=form["claim"]).code == "slots-full"


def test_a_clerk_is_told_before_anybody_is_led_through_the_steps(world: World) -> None:
    tranche, slots = times(world)
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    assert "Somebody is on the telephone" in read(clerk, here)
    for at, slot in enumerate(slots):
        claim_one(tranche, str(at), slot=slot)
    desk = read(clerk, "/release/desk/")
    assert "every time is full or past" in desk
    assert "1 left" not in desk
    page = read(clerk, here)
    assert FULL["en"] in page
    assert "Somebody is on the telephone" not in page
    assert "four short questions" not in page


def test_who_gives_a_time_back_opens_the_page_again(world: World) -> None:
    tranche, slots = times(world)
    for at, slot in enumerate(slots[1:]):
        claim_one(tranche, str(at), slot=slot)
    client = resident()
    register(client, tranche)
    press(client, tranche, slot=str(slots[0]))
    mine = Claim.objects.get(slot=slots[0])
    assert FULL["en"] in read(resident(), f"/offers/{tranche}/")
    send(client, f"/offers/mine/{mine.id}/", {})
    assert FULL["en"] not in read(resident(), f"/offers/{tranche}/")
    assert offers.with_room([tranche], NOW) == {tranche}
