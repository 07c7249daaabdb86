"""Lists that name another city's release, office or shop: nothing about its people is asked, nor told."""

from __future__ import annotations

from baogong.kernel.actor import Actor, Duty
from baogong.people.queries.parties import party
from baogong.people.services.parties import register_party
from baogong.places.services import add_site
from baogong.release import services
from baogong.release.models import Claim
from baogong.release.services import AddressIn
from tests.apps.release.test_draws import announced
from tests.apps.release.test_lists import bring, row
from tests.apps.release.test_side_by_side import beside
from tests.apps.release.test_winners import as_file, line, read
from tests.apps.release.world import NOW, World
from tests.cast import log_in_as


def _told(world: World, kind: str, rows: list[dict[str, object]], actor: Actor) -> list[tuple[str, str, str, str]]:
    """The whole of what a preview says of each row, each in a list of its own."""
    told = []
    for one in rows:
        (only,) = read(world, kind, as_file([one]), actor=actor).lines
        assert only.outcome.status == "REFUSED", only
        assert only.outcome.payload == {}
        told.append((only.outcome.text, only.outcome.found, only.outcome.expected, only.outcome.cure))
    return told


def test_a_list_asks_nothing_about_another_citys_people(drill: World) -> None:
    """Whoever is known there, and whoever is not, are told alike, and as of a release that is not there."""
    here = drill
    there = beside(here, "厦门")
    tranche = there.put_out(there.release(code="xiamen"), 50)
    bring(there, "claims", [row(1, 投放代号="xiamen", 领取数量=5)])
    drawn = there.put_out(there.release(code="xiamen-draw", mode="DRAW"), 50)
    announced(there, drawn)
    bring(there, "entrants", [row(1, 投放代号="xiamen-draw")])
    chosen = there.put_out(there.release(code="xiamen-chosen", mode="IMPORTED"), 50)
    services.verify_addresses(
        office=there.office, addresses=[AddressIn("思明区1号", "350203")], actor=there.lin, now=NOW
    )
    assert Claim.objects.filter(tranche=tranche).count() == 1
    assert chosen
    shop = party(there.cast.warehouse).name
    lists: dict[str, tuple[dict[str, object], ...]] = {
        "claims": tuple(row(n, 投放代号="xiamen", 领取数量=5) for n in (1, 2)),
        "entrants": tuple(row(n, 投放代号="xiamen-draw") for n in (1, 2)),
        "winners": tuple(line(n, 投放代号="xiamen-chosen") for n in (1, 2)),
        "redeemed": tuple(row(n, 投放代号="xiamen", 核销门店=shop, 核销时间="2020-02-05 10:00") for n in (1, 2)),
    }
    for kind, rows in lists.items():
        known, unknown = _told(here, kind, list(rows), here.wu)
        assert known == unknown, kind
        (nowhere,) = _told(here, kind, [{**rows[0], "投放代号": "nowhere"}], here.wu)
        code = str(rows[0]["投放代号"])
        assert tuple(part.replace(code, "nowhere") for part in known) == nowhere, kind
    given: list[dict[str, object]] = [
        {"投放单位": office, "收货地址": address, "地区代码": "350203"}
        for office in ("厦门市商务局", "没有这个单位")
        for address in ("思明区1号", "思明区2号")
    ]
    known, unknown, *unregistered = _told(here, "addresses", given, here.wu)
    assert known == unknown
    assert {tuple(part.replace("没有这个单位", "厦门市商务局") for part in one) for one in unregistered} == {known}
    for kind, rows in lists.items():
        if kind != "redeemed":  # the same lists are read where they are of the own city
            view = read(there, kind, as_file(list(rows)), actor=there.wu)
            assert {one.outcome.status for one in view.lines} <= {"ADDED", "UNCHANGED"}, kind


def test_another_citys_file_written_anew_letter_by_letter_is_not_recognised(world: World) -> None:
    there = beside(world, "厦门")
    there.put_out(there.release(code="xiamen"), 50)
    rows = [row(1, 投放代号="xiamen", 领取数量=5)]
    bring(there, "claims", rows)
    (again,) = read(there, "claims", as_file(rows), actor=there.wu).lines
    assert again.outcome.status == "UNCHANGED"
    assert len(_told(world, "claims", rows, world.wu)) == 1


def test_a_shops_list_asks_nothing_of_a_shop_where_the_reader_does_not_work(world: World) -> None:
    """Two shops hand out one stock; who keeps the one does not read the other's list."""
    shops = [register_party(kind="SITE", name=name, city="广安", now=NOW) for name in ("东街药店", "西街药店")]
    for shop in shops:
        add_site(party=shop, role="PICKUP")
    world.put_out(world.release(mode="IMPORTED"), 50, shop=shops[0], shops=shops[1:])
    keeper = log_in_as("Keeper of one shop", [(Duty.KEEPER, shops[0])], NOW)
    given = [row(n, 核销门店="西街药店", 核销时间="2020-02-05 10:00") for n in (1, 2)]
    for told in _told(world, "redeemed", given, keeper):
        assert told[1:3] == ("西街药店", "东街药店")
