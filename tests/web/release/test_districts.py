"""Streets that no register names are called as the rule calls them: to choose from, read back, in the counter."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.release import offers
from tests.apps.release.world import World
from tests.web.release.visitors import press, register, resident
from tests.web.visits import read, send, visit

STREETS: dict[str, Any] = {
    "regions": ["500116001", "500116002"],
    "names": {
        "500116001": {"zh": "几江街道", "en": "Jijiang Subdistrict"},
        "500116002": {"zh": "德感街道", "en": "Degan Subdistrict"},
    },
}


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "Jijiang Subdistrict", "Degan Subdistrict"), ("zh-hans", "几江街道", "德感街道")],
)
def test_nobody_is_asked_to_choose_between_two_numbers(world: World, language: str, first: str, second: str) -> None:
    release = world.release(eligibility=STREETS)
    whole, part = world.put_out(release, 20), world.put_out(release, 10, region="500116002")
    client = resident(language)
    assert f"{first}, {second}" in read(client, f"/offers/{whole}/").replace("、", ", ")
    assert f">{second}</span>" in read(client, "/offers/")
    register(client, whole, region="500116001")
    third = read(client, f"/offers/{whole}/step/3/")
    assert f'<option value="500116001" selected>{first}</option>' in third
    press(client, whole)
    clerk, here = visit("wu of 广安", language), f"/release/desk/{part}/"
    send(clerk, here, {"channel": "PHONE"})
    assert second in register(clerk, part, base=here, region="500116002")
    office = visit("lin of 广安", language)
    for page in (f"/release/office/{offers.offer(whole).release}/counter/", f"/release/office/{release}/"):
        shown = read(office, page)
        assert second in shown
        assert "江津区 500116" not in shown
        assert "Chongqing 500116" not in shown
