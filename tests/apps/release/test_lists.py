"""Lists that others write: claims, entrants of a draw, addresses; and what waits or is owed because of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from baogong.catalogue.queries import MONEY
from baogong.catalogue.services import seed_catalogue
from baogong.engine import draw as engine
from baogong.journal.services import EvidenceIn
from baogong.journal.services.imports import apply
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.release import offers, queries, services
from baogong.release.errors import AddressWaits, ClerkCapReached, CostsUnknown, DrawNotThere, DrawUnusable
from baogong.release.identity import person
from baogong.release.models import Claim, ContactUnderway, Draw, DrawEntry
from baogong.release.services import AddressIn, Contact, EntrantIn
from tests.apps.release.test_draws import CLOSES, DRAWN, announced, beacon_of
from tests.apps.release.test_people import stored
from tests.apps.release.test_winners import as_file, number, read
from tests.apps.release.world import NOW, TODAY, World, is_sound
from tests.cast import rows_in_book

FAR, NEAR = "神农架林区宋洛乡盘龙村1组", "武汉市江岸区解放大道100号"
ONE_FEN: dict[str, Any] = {
    "mode": "ONE_FEN",
    "units_per_claim_max": 1,
    "eligibility": {"regions": ["42"], "needs_verified_address": True},
    "quotas": [{"subject": "PERSON", "turn": "EVER", "units_max": 1}],
    "price": [
        {"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 1, "bearers": {"RESIDENT": 1}},
        {"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 1989, "bearers": {"GIVER": 1}},
        {"part": "DELIVERY", "payee": "CARRIER", "per": "CLAIM", "fen": 600, "bearers": {"GIVER": 1}},
    ],
}


def row(serial: int, **changed: object) -> dict[str, object]:
    return {
        "投放代号": "guangan",
        "投放日期": TODAY.isoformat(),
        "证件号码": number(serial),
        "手机号": "13800002222",
        **changed,
    }


def bring(world: World, kind: str, rows: list[dict[str, object]], now: Any = NOW) -> Any:
    return apply(run=read(world, kind, as_file(rows), now=now).id, actor=world.wu, now=now)


def test_a_list_claims_by_the_same_rule_and_no_number_is_kept(world: World) -> None:
    tranche = world.tranche(10)
    rows = [row(1, 领取数量=5), row(2, 领取数量=5), row(3, 领取数量=5)]
    view = bring(world, "claims", rows)
    assert [line.outcome.status for line in view.lines] == ["ADDED"] * 3
    assert list(Claim.objects.order_by("state").values_list("state", "code", "channel")) == [
        ("ADMITTED", "", "IMPORT"),
        ("ADMITTED", "", "IMPORT"),
        ("REFUSED", "none-left", "IMPORT"),
    ]
    assert ContactUnderway.objects.count() == 2
    for secret in (number(1), number(3), "13800002222"):
        assert secret not in stored()
    services.keep_contacts(now=NOW)
    assert Claim.objects.filter(claimant__isnull=False).count() == 2
    before = Claim.objects.count()
    again = read(world, "claims", as_file([*rows, row(1, 领取数量=5)]))
    assert [line.outcome.status for line in again.lines] == ["UNCHANGED"] * 3 + ["REFUSED"]
    apply(run=again.id, actor=world.wu, now=NOW)
    assert Claim.objects.count() == before
    assert is_sound(tranche)


def test_who_claimed_on_the_net_is_refused_by_list_whatever_the_spelling(world: World) -> None:
    tranche = world.tranche(50)
    who = Contact("RESIDENT_ID", number(1))
    given: dict[str, Any] = {"claim_id": new_id(), "tranche": tranche, "units": 5, "channel": "WEB", "now": NOW}
    services.claim(contact=who, actor=None, **given)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number(1).lower())
    bring(world, "claims", [row(1, 领取数量=5, 证件号码=wide)])
    assert Claim.objects.get(channel="IMPORT").code == "quota-used"
    audit = queries.claim_rows([one.id for one in queries.releases()])
    assert {one.person for one in audit} == {person(world.office, document="RESIDENT_ID", number=number(1)).person}
    assert sorted((one.channel, one.hold is not None) for one in audit) == [("IMPORT", False), ("WEB", True)]


def test_a_list_row_says_at_its_cell_what_is_wrong(world: World) -> None:
    world.tranche(10)
    run = read(world, "claims", as_file([row(1, 领取数量=9), row(2, 领取数量=5, 证件号码="123")]))
    assert [(line.outcome.status, line.outcome.where) for line in run.lines] == [("REFUSED", "E2"), ("REFUSED", "C3")]


def who(world: World, serial: int) -> Any:
    return person(world.office, document="RESIDENT_ID", number=number(serial))


def enter(world: World, draw: UUID, serials: list[int], **changed: Any) -> Any:
    entrants = [EntrantIn(who(world, serial), bytes([serial] * 16)) for serial in serials]
    given: dict[str, Any] = {"channel": "CLERK", "actor": world.wu, "now": NOW, "request_id": new_id()}
    return services.enter_many(draw=draw, entrants=entrants, **given | changed)


def test_many_enter_a_draw_at_once_each_with_a_receipt_of_their_own(drill: World) -> None:
    world = drill
    draw = announced(world, world.tranche(10, mode="DRAW", eligibility={"regions": ["5116"], "region_of": "DOCUMENT"}))
    request = new_id()
    told = enter(world, draw, [1, 2, 1], request_id=request)
    assert [one.code for one in told] == ["", "", "already-entered"]
    assert enter(world, draw, [1, 2], request_id=request) == told[:2]
    assert [one.code for one in enter(world, draw, [2, 3])] == ["already-entered", ""]
    stranger = person(world.office, document="RESIDENT_ID", number="11010519491231002X")
    (refused,) = services.enter_many(
        draw=draw, entrants=[EntrantIn(stranger)], channel="CLERK", actor=world.wu, now=NOW, request_id=new_id()
    )
    assert (refused.entry, refused.code) == (None, "elsewhere")
    assert DrawEntry.objects.count() == 3
    receipt = queries.receipt(told[0].entry)
    Ed25519PublicKey.from_public_bytes(receipt.public_key).verify(receipt.signature, receipt.text.encode())
    mine = engine.commitment_of(draw=draw.bytes, entry=told[0].entry.bytes, nonce=bytes([1] * 16))
    assert bytes(DrawEntry.objects.get(id=told[0].entry).commitment) == mine
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    with pytest.raises(DrawNotThere):
        enter(world, draw, [4])
    answers = services.draw_lots(draw=draw, beacon=beacon_of(draw), actor=world.lin, now=DRAWN)
    assert [one.state for one in answers] == ["ADMITTED", "ADMITTED"]


def test_a_clerks_list_counts_for_the_clerks_cap_and_beyond_it_the_commander_brings_it(world: World) -> None:
    world.tranche(50, claims_per_clerk_max=2)
    long = as_file([row(at, 领取数量=5) for at in range(1, 7)])
    with pytest.raises(ClerkCapReached):
        apply(run=read(world, "claims", long).id, actor=world.wu, now=NOW)
    assert not Claim.objects.exists()
    bring(world, "claims", [row(7, 领取数量=5), row(8, 领取数量=5)])
    bring(world, "claims", [row(7, 领取数量=5)])  # seen before: its answer stands
    with pytest.raises(ClerkCapReached):
        bring(world, "claims", [row(9, 领取数量=5)])
    with pytest.raises(ClerkCapReached):
        services.claim(
            claim_id=new_id(), tranche=Claim.objects.values_list("tranche", flat=True)[0], units=5, channel="CLERK",
            contact=Contact("PASSPORT", "E1234567"), actor=world.wu, now=NOW,
        )  # fmt: skip
    assert Claim.objects.filter(state="ADMITTED").count() == 2
    apply(run=read(world, "claims", long, actor=world.lin).id, actor=world.lin, now=NOW)
    assert Claim.objects.filter(state="ADMITTED").count() == 8
    assert [(one.name, one.admitted) for one in offers.by_clerk()] == [(world.lin.name, 6), (world.wu.name, 2)]


def test_a_clerks_list_of_entrants_counts_for_the_clerks_cap(drill: World) -> None:
    world = drill
    draw = announced(world, world.tranche(50, mode="DRAW", claims_per_clerk_max=2))
    for channel in ("CLERK", "IMPORT", "API"):
        with pytest.raises(ClerkCapReached):
            enter(world, draw, [1, 2, 3], channel=channel)
    assert not DrawEntry.objects.exists()
    request = new_id()
    told = enter(world, draw, [1, 2], channel="IMPORT", request_id=request)
    assert enter(world, draw, [1, 2], channel="IMPORT", request_id=request) == told
    with pytest.raises(ClerkCapReached):
        services.enter_draw(
            draw=draw, nonce=bytes([9] * 16), channel="CLERK", contact=Contact("PASSPORT", "E1234567"), actor=world.wu,
            now=NOW, request_id=new_id(),
        )  # fmt: skip
    assert [one.code for one in enter(world, draw, [3, 4, 5], actor=world.lin)] == [""] * 3


def test_a_list_with_a_nonce_that_is_none_or_by_a_stranger_enters_nobody(drill: World) -> None:
    world = drill
    draw = announced(world, world.tranche(10, mode="DRAW"))
    entrants = [EntrantIn(who(world, 1)), EntrantIn(who(world, 2), bytes(16))]
    given: dict[str, Any] = {"draw": draw, "channel": "CLERK", "now": NOW, "request_id": new_id()}
    with pytest.raises(DrawUnusable):
        services.enter_many(entrants=entrants, actor=world.wu, **given)
    with pytest.raises(NotYourPlace):
        services.enter_many(entrants=entrants[:1], actor=world.cast.stranger, **given)
    assert not DrawEntry.objects.exists()


def test_a_village_list_enters_and_a_winner_can_be_texted(drill: World) -> None:
    world = drill
    tranche = world.tranche(5, mode="DRAW")
    unannounced = read(world, "entrants", as_file([row(1)]))
    assert [line.outcome.status for line in unannounced.lines] == ["REFUSED"]
    draw = announced(world, tranche)
    view = bring(world, "entrants", [row(1, 自选随机码="11" * 16), row(2, 自选随机码="zz"), row(1)])
    assert [line.outcome.status for line in view.lines] == ["ADDED", "REFUSED", "REFUSED"]
    entry = DrawEntry.objects.get()
    assert entry.claimant_id is not None
    assert bytes(entry.commitment) == engine.commitment_of(
        draw=draw.bytes, entry=entry.id.bytes, nonce=bytes([17] * 16)
    )
    assert number(1) not in stored()
    assert [line.outcome.status for line in read(world, "entrants", as_file([row(1)])).lines] == ["UNCHANGED"]


def test_lottery_numbers_draw_from_the_closed_list(world: World) -> None:
    draw = announced(
        world,
        world.tranche(10, mode="DRAW", standby_max=1),
        source=engine.Lottery(CLOSES + timedelta(hours=1), (engine.LotterySource("双色球 2020015", 3),)),
    )
    enter(world, draw, list(range(1, 8)))
    with pytest.raises(DrawNotThere):
        services.lottery_paper(draw, numbers=[[1, 2, 3]])
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    with pytest.raises(engine.UnfitDraw):
        services.draw_lots(draw=draw, beacon=services.lottery_paper(draw, numbers=[[1, 2]]), actor=world.lin, now=DRAWN)
    paper = services.lottery_paper(draw, numbers=[[9, 3, 27]])
    answers = services.draw_lots(draw=draw, beacon=paper, actor=world.lin, now=DRAWN)
    assert [one.state for one in answers] == ["ADMITTED", "ADMITTED", "STANDBY"]
    files = queries.draw_bundle(draw)
    records = engine.records_of(files.pop("leaves.bin"))
    assert engine.check(files, records, root=queries.draw(draw).root).problems == ()
    assert Draw.objects.get().drawn_at == DRAWN


def one_fen(world: World) -> tuple[UUID, UUID]:
    release = world.release(**ONE_FEN)
    return release, world.put_out(release, 10, shop=world.cast.warehouse)


def claim_at(world: World, tranche: UUID, serial: int, address: str) -> Any:
    contact = Contact("RESIDENT_ID", number(serial), address=address, region="420102")
    given: dict[str, Any] = {"claim_id": new_id(), "tranche": tranche, "units": 1, "channel": "CLERK", "now": NOW}
    return services.claim(contact=contact, actor=world.wu, **given)


def addresses(world: World, rows: list[tuple[str, str, str]]) -> Any:
    told: list[dict[str, object]] = [
        {"投放单位": "广安疫情防控指挥部", "收货地址": address, "地区代码": region, "暂不能送的原因": why}
        for address, region, why in rows
    ]
    return bring(world, "addresses", told)


def test_a_right_at_an_address_that_cannot_be_reached_waits_and_does_not_vanish(world: World) -> None:
    release, tranche = one_fen(world)
    addresses(world, [(NEAR, "420102", ""), (FAR, "429021", "进山道路封闭")])
    near, far = (claim_at(world, tranche, serial, address) for serial, address in ((1, NEAR), (2, FAR)))
    assert claim_at(world, tranche, 3, "没人核实过的地址").code == "address-not-verified"
    assert [one.state for one in (near, far)] == ["ADMITTED", "ADMITTED"]
    assert [(one.claim, one.why) for one in queries.waiting_for_the_way(release)] == [(far.id, "进山道路封闭")]
    with pytest.raises(AddressWaits, match="进山道路封闭"):
        services.accept_claims(claims=[near.id, far.id], actor=world.lin, now=NOW)
    assert set(Claim.objects.filter(id__in=[near.id, far.id]).values_list("state", flat=True)) == {"ADMITTED"}
    services.close_release(release=release, actor=world.lin, now=NOW)
    services.expire_unclaimed(now=NOW + timedelta(days=60))
    assert book.hold(far.hold).open == 1
    view = addresses(world, [(FAR, "429021", ""), (NEAR, "420102", "")])
    assert [line.outcome.status for line in view.lines] == ["MATCHED", "UNCHANGED"]
    assert queries.waiting_for_the_way(release) == ()
    assert services.accept_claims(claims=[near.id, far.id], actor=world.lin, now=NOW) == 2
    assert is_sound(tranche)


def test_a_list_of_addresses_keeps_none_of_them(world: World) -> None:
    view = addresses(world, [(NEAR, "420102", ""), (NEAR, "420102", ""), (FAR, "湖北", "")])
    assert [line.outcome.status for line in view.lines] == ["ADDED", "REFUSED", "REFUSED"]
    assert NEAR not in stored()


def test_what_the_giver_bears_is_posted_once_for_each_handover(world: World) -> None:
    seed_catalogue(now=NOW)
    release, tranche = one_fen(world)
    services.verify_addresses(office=world.office, addresses=[AddressIn(NEAR, "420102")], actor=world.lin, now=NOW)
    claims = [claim_at(world, tranche, serial, NEAR) for serial in (1, 2, 3)]
    for one in claims[:2]:
        services.hand_over_claim(
            claim=one.id,
            evidence=[EvidenceIn("SIGNATURE", by_name="张")],
            is_brought=True,
            actor=world.lin,
            now=NOW,
            request_id=new_id(),
        )
    given: dict[str, Any] = {"release": release, "actor": world.lin, "now": NOW}
    before = rows_in_book()
    with pytest.raises(CostsUnknown, match="CARRIER"):
        services.post_givers_costs(**given, request_id=new_id())
    with pytest.raises(NotYourPlace):
        services.post_givers_costs(release=release, actor=world.wu, now=NOW, request_id=new_id())
    assert rows_in_book() == before
    carrier = world.office
    named = {"CARRIER": carrier}
    request = new_id()
    for _again in range(2):
        assert services.post_givers_costs(**given, payees=named, request_id=request) == 2 * (1989 + 600)
    assert services.post_givers_costs(**given, payees=named, request_id=new_id()) == 0
    owed = {view.holder: view.posted for view in book.balances(items=[MONEY], states=[State.AVAILABLE])}
    assert owed == {world.cast.warehouse: 2 * 1989, carrier: 2 * 600}
    services.hand_over_claim(
        claim=claims[2].id,
        evidence=[EvidenceIn("SIGNATURE", by_name="王")],
        is_brought=True,
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    assert services.post_givers_costs(**given, payees=named, request_id=new_id()) == 1989 + 600
    giver = next(view for view in book.balances(items=[MONEY], states=[State.OUTSIDE]))
    assert (giver.holder, giver.posted) == (world.cast.warehouse, -3 * (1989 + 600))
    settled = {one.part: one.fen for one in queries.settlement(release) if one.bearer == "GIVER"}
    assert settled == {"GOODS": 3 * 1989, "DELIVERY": 3 * 600}
    assert book.verify_book().ok
