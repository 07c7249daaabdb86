"""The lot of the opening minute on the public offer: its hash before, itself and how to check it after."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256

from baogong.journal.clock import set_clock
from baogong.release import jobs
from baogong.release.models import Tranche
from tests.apps.release.world import World, claim_one
from tests.web.release.visitors import resident
from tests.web.visits import read


def test_the_lot_of_the_opening_minute_stands_on_the_offer_before_and_after(world: World) -> None:
    tranche = world.tranche(5, opens="12:00", shuffle_s=60)
    seed, here = bytes(Tranche.objects.get(id=tranche).seed), f"/offers/{tranche}/"
    for language, said in (
        ("en", "The number itself stands here once"),
        ("zh-hans", "随机数本身在这些申领处理完后公布"),
    ):
        page = read(resident(language), here)
        assert said in page
        assert sha256(seed).hexdigest() in page
        assert seed.hex() not in page, "who knew it could choose an id that is served first"
    opens_at = Tranche.objects.get(id=tranche).opens_at
    assert claim_one(tranche, "a", now=opens_at + timedelta(seconds=10)).state == "WAITING"
    set_clock(opens_at + timedelta(minutes=2))
    jobs.turn_over()
    for language, said in (("en", "How to check it"), ("zh-hans", "怎样核对")):
        page = read(resident(language), here)
        assert said in page
        (told,) = set(re.findall(r"printf ([0-9a-f]{64}) \|", page))
        assert sha256(bytes.fromhex(told)).hexdigest() in page


def test_without_an_opening_minute_no_lot_is_spoken_of(world: World) -> None:
    assert "opening minute" not in read(resident(), f"/offers/{world.tranche(5)}/")
