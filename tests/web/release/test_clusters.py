"""Who shares something, on its page: a family is one card, and what was cancelled stays on record."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.release import offers, services
from baogong.release.clusters import clusters
from baogong.release.codes import entry_number
from baogong.release.errors import ClusterUnusable
from baogong.release.models import Claim, ClusterLook
from tests.apps.release.world import NOW, World, asked, claim_all, tag
from tests.web.release.visitors import NUMBER, OTHER, press, register, resident
from tests.web.visits import read, visit


def test_a_family_is_looked_at_once_and_what_was_cancelled_stands_among_the_judged(world: World) -> None:
    tranche = world.tranche(20, quotas=[])
    at_home = resident()
    for number in (NUMBER, OTHER):  # one browser, one telephone, one address
        register(at_home, tranche, number=number)
        press(at_home, tranche)
    office, here = visit("lin of 广安"), f"/release/office/{offers.offer(tranche).release}/clusters/"
    page = read(office, f"{here}?least=2")
    assert page.count("They may</button>") == 1
    for kind in ("one address", "one device", "one telephone"):
        assert kind in page
    for claim in Claim.objects.all():
        assert f'<a href="/release/desk/claims/{claim.id}/">{entry_number(claim.id)}</a>' in page
    assert page.index("<summary>Cancel 2 that") < page.index("Cancel 2 claims now")
    marks = [f"{one.kind}:{one.tag.hex()}" for one in clusters(offers.offer(tranche).release, least=2)]
    assert all(f'name="mark" value="{mark}"' in page for mark in marks)
    answer = office.post(here, {"mark": marks, "verdict": "CANCELLED", "why": "two of one dealer", "least": "2"})
    assert answer.headers["Location"] == f"{here}?least=2"
    page = read(office, f"{here}?least=2")
    assert "None waits for a person any more" in page
    assert "2 claims cancelled" in page
    judged = read(office, f"{here}?least=2&judged=1")
    assert judged.count("two of one dealer · Lin of 广安") == 1
    assert ClusterLook.objects.count() == 3
    assert set(Claim.objects.values_list("state", flat=True)) == {"CANCELLED"}


def test_one_verdict_is_on_what_the_same_claims_share_and_on_nothing_else(world: World) -> None:
    tranche = world.tranche(50, quotas=[])
    shared = {"phone": tag("phone"), "address": tag("address")}
    claim_all([asked(tranche, name, 1, **shared) for name in ("a", "b")])
    release = offers.offer(tranche).release
    mark: dict[str, Any] = {"release": release, "kind": "PHONE", "tag": tag("phone"), "actor": world.lin, "now": NOW}
    claim_all([asked(tranche, "c", 1, address=tag("address"))])
    with pytest.raises(ClusterUnusable):
        services.judge_cluster(**mark, verdict="CANCELLED", why="x", also=[("ADDRESS", tag("address"))])
    assert not ClusterLook.objects.exists()
    assert not Claim.objects.filter(state="CANCELLED").exists()


def test_a_button_of_another_page_judges_nobody(world: World) -> None:
    tranche = world.tranche(5, quotas=[])
    office, here = visit("lin of 广安"), f"/release/office/{offers.offer(tranche).release}/clusters/"
    form = {"mark": "PHONE:xx", "verdict": "FINE", "why": "x"}
    office.post(here, form, headers={"Referer": f"http://testserver{here}"})
    assert "no such button" in read(office, here)
    assert not ClusterLook.objects.exists()
