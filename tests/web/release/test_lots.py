"""Draws on pages: announced, entered by residents and by telephone, closed, drawn, told; never a second one."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localtime
from django.utils.translation import override

from baogong.engine import draw as engine
from baogong.journal.clock import set_clock
from baogong.kernel.ids import new_id
from baogong.release import entrants, offers, queries, services
from baogong.release.codes import entry_number, pickup_code
from baogong.release.models import Claim, Draw, DrawEntry, RuleVersion
from baogong.web.templatetags.baogong import percent
from baogong.web.words import region_name
from tests.apps.release.test_draws import BEACON, CHAIN, CLOSES, DRAWN, SECRET, announced, enter, run
from tests.apps.release.world import NOW, World, is_sound
from tests.web.release.visitors import NUMBER, OTHER, OTHER_STILL, PERSON, code_on, register, resident
from tests.web.visits import form_of, read, send, visit

KEY = json.dumps({"format": "baogong drill key 1", "chain": CHAIN.as_dict(), "secret": f"{SECRET:064x}"})
PICKUP: dict[str, Any] = {"fulfilment": "PICKUP", "pickup_days": 2}


def typed(moment: Any) -> str:
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


def enters(client: Client, tranche: UUID, number: str = NUMBER, base: str = "") -> tuple[UUID, str]:
    """Walk to the circle and press it: the entry, and the page with its receipt."""
    here = base or f"/offers/{tranche}/"
    assert "Enter the draw" in register(client, tranche, base=base, number=number)
    page = send(client, f"{here}enter/", form_of(read(client, f"{here}enter/")))
    (entry,) = set(re.findall(r"entries/([0-9a-f-]{36})/receipt/", page))
    return UUID(entry), page


def test_an_office_leads_a_draw_from_its_rule_to_its_winners(world: World) -> None:
    release = world.release(is_open=False, mode="DRAW", standby_max=1, **PICKUP)
    office, here = visit("lin of 广安"), f"/release/office/{release}/"
    send(office, here, {"act": "try", "people": "300", "days": "3", "wanting": "50", "units": "50"})
    page = send(office, here, {"act": "open"})
    page = send(
        office,
        here,
        form_of(page, act="put-out", stock=f"{world.cast.warehouse}:{world.lot}", on="2020-02-05", amount="5"),
    )
    (announcing,) = re.findall(r'href="(/release/office/tranches/[^"]+/draw/)"', page)
    page = read(office, announcing)
    assert "1 × 5" in page
    form = form_of(page, closes_at=typed(CLOSES), beacon_at=typed(BEACON), fallback_at="", kind="DRILL", key=KEY)
    page = send(office, announcing, form)
    assert "Announced. Publish the text now" in page
    (row,) = Draw.objects.all()
    desk, tranche = f"/release/office/draws/{row.id}/", row.tranche_id
    assert office.get(announcing).headers["Location"] == desk
    assert f"SHA-256 of the announcement: {queries.draw(row.id).announcement_sha256}" in page
    assert "公告的 SHA-256" in page or "摇号公告" in page

    entries = [enters(resident(), tranche, number)[0] for number in (NUMBER, OTHER, OTHER_STILL)]
    assert "to be entered until" in read(resident(), "/offers/")
    assert "Close the list</button>" not in read(office, desk)
    set_clock(CLOSES)
    page = send(office, desk, {"act": "close"})
    root = queries.draw(row.id).root
    assert f"Root of the list: {root}" in page
    assert root in read(resident(), f"/offers/draws/{row.id}/")
    assert root in read(resident(), f"/offers/draws/{row.id}/stage/")

    public = f"/offers/draws/{row.id}/"
    assert "The stock waits for it and is given to nobody else." in read(resident(), public)
    assert "Not drawn yet" not in read(resident(), public)
    set_clock(DRAWN)
    assert "The closed list can be drawn without end and its stock stays with it" in read(resident(), public)
    signature = engine.drill_signature(CHAIN, SECRET, CHAIN.round_at(BEACON)).hex()
    wrong = json.dumps({"round": CHAIN.round_at(BEACON) + 1, "signature": signature})
    office.post(desk, {"act": "draw", "round": wrong}, headers={"Referer": f"http://testserver{desk}"})
    assert "nothing was drawn" in read(office, desk)
    assert Draw.objects.get().drawn_at is None
    told = SimpleUploadedFile(
        "round.json", json.dumps({"round": CHAIN.round_at(BEACON), "signature": signature}).encode()
    )
    page = send(office, desk, {"act": "draw", "round_file": told})
    assert "Drawn: 1 have won" in page
    assert "Not drawn yet" not in read(resident(), public)
    states = {one.id: one.state for one in Claim.objects.all()}
    assert sorted(states.values()) == ["ADMITTED", "STANDBY"]
    winner = next(one for one, state in states.items() if state == "ADMITTED")
    for shown in (f"/offers/draws/{row.id}/", f"/offers/draws/{row.id}/stage/"):
        assert entry_number(winner) in read(resident(), shown)
    assert set(states) < set(entries)

    free = world.free()
    page = send(
        office, desk, form_of(read(office, desk), act="more", stock=f"{world.cast.warehouse}:{world.lot}", amount="5")
    )
    assert "1 more have won, further down the same list" in page
    assert world.free() == free - 5
    assert Claim.objects.filter(state="ADMITTED").count() == 2
    assert is_sound(tranche)


def test_a_resident_enters_with_a_receipt_that_anybody_can_check(world: World) -> None:
    tranche = world.tranche(10, mode="DRAW")
    draw = announced(world, tranche)
    client = resident()
    entry, page = enters(client, tranche)
    assert "You are in the draw" in page
    receipt = json.loads(re.search(r"<textarea[^>]*>(.*?)</textarea>", page)[1].replace("&quot;", '"'))  # type: ignore[index]
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(receipt["public_key"])).verify(
        bytes.fromhex(receipt["signature"]), receipt["text"].encode()
    )
    told = json.loads(receipt["text"])
    nonce = bytes.fromhex(receipt["nonce"])
    assert told["commitment"] == engine.commitment_of(draw=draw.bytes, entry=entry.bytes, nonce=nonce).hex()
    assert "<svg" in read(client, f"/offers/entries/{entry}/receipt/")
    kept = "\n".join(str(row.get_decoded()) for row in Session.objects.all())
    assert receipt["nonce"] not in kept
    assert PERSON["phone"] not in page + kept
    assert resident().get(f"/offers/entries/{entry}/").status_code == 404
    other = resident()
    page = send(other, "/offers/mine/", {"code": pickup_code(entry), "last_four": "002x"})
    assert "not drawn yet" in page
    assert receipt["nonce"] not in read(other, f"/offers/entries/{entry}/")


def test_a_resident_leaves_with_the_receipt_until_the_list_closes(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW")
    draw = announced(world, tranche)
    client = resident()
    entry, page = enters(client, tranche)
    here = f"/offers/entries/{entry}/"
    nonce = form_of(page)["nonce"]
    for who, number in ((resident(), nonce), (client, "0" * 31 + "1")):
        who.post(here, {"nonce": number})
        assert DrawEntry.objects.get(id=entry).left_at is None
    assert "You have left the draw" in send(client, here, {"nonce": nonce})
    assert "enter anew" in read(client, here)
    assert '<span class="tag ">left' in read(client, "/offers/mine/")
    enters(client, tranche)
    set_clock(CLOSES)
    assert "Leave the draw" not in read(client, here)
    assert queries.draw(draw).entries == 1


def test_one_person_enters_once_whatever_the_road(world: World) -> None:
    tranche = world.tranche(10, mode="DRAW")
    announced(world, tranche)
    client = resident()
    register(client, tranche)
    here = f"/offers/{tranche}/enter/"
    form = form_of(read(client, here))
    send(client, here, form)
    send(client, here, form)  # pressed twice
    assert DrawEntry.objects.count() == 1
    clerk, desk = visit("wu of 广安"), f"/release/desk/{tranche}/"
    send(clerk, desk, {"channel": "PHONE"})
    register(clerk, tranche, base=desk)
    back = {"Referer": f"http://testserver{desk}enter/"}
    clerk.post(f"{desk}enter/", form_of(read(clerk, f"{desk}enter/")), headers=back)
    assert "This document has been entered before; once is enough." in read(clerk, f"{desk}enter/")
    assert DrawEntry.objects.count() == 1


def test_a_clerk_enters_who_telephones_up_to_the_rules_cap(world: World) -> None:
    tranche = world.tranche(10, mode="DRAW", claims_per_clerk_max=1)
    announced(world, tranche)
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    send(clerk, here, {"channel": "PHONE"})
    entry, page = enters(clerk, tranche, base=here)
    assert f"four signs at a time: {pickup_code(entry)}" in page
    assert DrawEntry.objects.get().channel == "PHONE"
    assert "'caller':" not in "\n".join(str(row.get_decoded()) for row in Session.objects.all())
    send(clerk, here, {"channel": "PHONE"})
    register(clerk, tranche, base=here, number=OTHER)
    clerk.post(
        f"{here}enter/", form_of(read(clerk, f"{here}enter/")), headers={"Referer": f"http://testserver{here}enter/"}
    )
    assert "the rule lets one clerk type 1" in read(clerk, f"{here}enter/")
    assert DrawEntry.objects.count() == 1
    release = offers.offer(tranche).release
    assert "Entered in draws" in read(visit("lin of 广安"), f"/release/office/{release}/counter/")


def test_losers_see_why_and_their_next_odds_and_winners_how_they_get_it(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW", draw={"weight_per_loss": 1, "weight_max": 5}, quotas=[], **PICKUP)
    draw = announced(world, tranche)
    clients = {}
    for number in (NUMBER, OTHER):
        client = resident()
        clients[enters(client, tranche, number)[0]] = client
    run(world, draw)
    set_clock(DRAWN)
    won = Claim.objects.get().id
    lost = next(entry for entry in clients if entry != won)
    page = read(clients[won], f"/offers/entries/{won}/")
    assert "You have won" in page
    assert "Your pickup code" in read(clients[won], f"/offers/mine/{won}/")
    assert "廊坊仓" in read(clients[won], f"/offers/mine/{won}/")
    page = read(clients[lost], f"/offers/entries/{lost}/")
    assert "Not drawn this time" in page
    assert "2 entries, 1 winners" in page
    assert "You have lost 1 draw since your last win." in page
    (odds,) = queries.next_odds(offers.offer(tranche).release, now=DRAWN)[1:]
    assert f"about {percent(odds.odds)}" in page
    assert "not drawn" in read(clients[lost], "/offers/mine/")


@pytest.mark.parametrize("state", ["ADMITTED", "ACCEPTED", "UNDERWAY", "HANDED_OVER"])
def test_a_winner_has_won_wherever_the_goods_are(world: World, state: str) -> None:
    tranche = world.tranche(5, mode="DRAW")
    draw = announced(world, tranche)
    client = resident()
    entry, _page = enters(client, tranche, NUMBER)
    run(world, draw)
    set_clock(DRAWN)
    Claim.objects.filter(id=entry).update(state=state)
    assert "You have won" in read(client, f"/offers/entries/{entry}/")
    assert '<span class="tag good">won' in read(client, "/offers/mine/")


def test_who_was_passed_over_for_the_household_is_told_so(world: World) -> None:
    tranche = world.tranche(10, mode="DRAW", standby_max=9, draw={"household_winners_max": 1})
    draw = announced(world, tranche)
    for at in range(4):
        enter(world, draw, f"{at:02d}", household="H 1")
    enter(world, draw, "other", household="H 2")
    run(world, draw)
    places = [entrants.own_entry(one, now=DRAWN).place for one in DrawEntry.objects.values_list("id", flat=True)]
    assert sorted(places) in (
        ["LOST", "LOST", "LOST", "WINNER", "WINNER"],
        ["PASSED_OVER", "PASSED_OVER", "PASSED_OVER", "WINNER", "WINNER"],
        ["LOST", "LOST", "PASSED_OVER", "WINNER", "WINNER"],
        ["LOST", "PASSED_OVER", "PASSED_OVER", "WINNER", "WINNER"],
    )


def test_what_a_winner_does_not_fetch_goes_to_the_next_of_the_order(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW", standby_max=1, quotas=[], fulfilment="PICKUP")
    draw = announced(world, tranche)
    for number in (NUMBER, OTHER):
        enters(resident(), tranche, number)
    run(world, draw)
    first, second = (DrawEntry.objects.get(rank=rank).id for rank in (1, 2))
    night = NOW + timedelta(hours=14)
    set_clock(night)
    assert entrants.own_entry(second, now=night).place == "STANDBY"
    services.expire_unclaimed(now=night)
    assert entrants.own_entry(second, now=night).place == "LATER"
    assert Claim.objects.get(id=first).state == "EXPIRED"
    assert Claim.objects.get(id=second).state == "ADMITTED"


def test_nobody_enters_before_the_announcement_or_after_the_close(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW")
    client = resident()
    assert client.get(f"/offers/{tranche}/enter/").headers["Location"] == f"/offers/{tranche}/"
    announced(world, tranche)
    register(client, tranche)
    form = form_of(read(client, f"/offers/{tranche}/enter/"))
    set_clock(CLOSES)
    answer = client.post(
        f"/offers/{tranche}/enter/", form, headers={"Referer": f"http://testserver/offers/{tranche}/enter/"}
    )
    assert answer.status_code == 302
    assert "closed" in read(client, f"/offers/{tranche}/")
    assert not DrawEntry.objects.exists()


def test_lottery_numbers_draw_where_no_beacon_is_within_reach(world: World) -> None:
    tranche = world.tranche(5, mode="DRAW")
    office, here = visit("lin of 广安"), f"/release/office/tranches/{tranche}/draw/"
    form = form_of(
        read(office, here), closes_at=typed(CLOSES), beacon_at=typed(BEACON), fallback_at="", kind="LOTTERY",
        lottery="双色球 2020022：6\n3D 2020022: 3 ordered",
    )  # fmt: skip
    page = send(office, here, form)
    assert "双色球 2020022 (6 numbers)" in page
    draw = Draw.objects.get()
    for name in ("one", "two", "three"):
        enter(world, draw.id, name)
    set_clock(CLOSES)
    desk = f"/release/office/draws/{draw.id}/"
    send(office, desk, {"act": "close"})
    set_clock(DRAWN)
    back = {"Referer": f"http://testserver{desk}"}
    office.post(desk, {"act": "draw", "numbers_0": "3 9 17", "numbers_1": "4 0 4"}, headers=back)
    assert Draw.objects.get().drawn_at is None
    assert "Drawn: 1 have won" in send(
        office, desk, {"act": "draw", "numbers_0": "3 9 17 20 28 31", "numbers_1": "4,0,4"}
    )
    files = queries.draw_bundle(draw.id)
    leaves = engine.records_of(files.pop("leaves.bin"))
    assert engine.check(files, leaves).problems == ()


def test_a_drill_makes_its_own_beacon_and_a_real_book_none(world: World) -> None:
    answer = visit("lin of 广安").post("/release/office/drill-key/")
    made = json.loads(answer.content)
    assert made["chain"]["beacon_id"].startswith("drill-")
    assert made["format"] == "baogong drill key 1"
    tranche = world.tranche(5, mode="DRAW")
    office, here = visit("lin of 广安"), f"/release/office/tranches/{tranche}/draw/"
    form = form_of(read(office, here), closes_at=typed(CLOSES), beacon_at=typed(BEACON), fallback_at="", kind="DRILL")
    office.post(here, form | {"key": "no key"}, headers={"Referer": f"http://testserver{here}"})
    assert "What was given is no JSON object" in read(office, here)
    send(office, here, form | {"key": answer.content.decode()})
    draw = Draw.objects.get()
    enter(world, draw.id, "one")
    set_clock(CLOSES)
    desk = f"/release/office/draws/{draw.id}/"
    send(office, desk, {"act": "close"})
    set_clock(DRAWN)
    office.post(desk, {"act": "draw", "round": KEY}, headers={"Referer": f"http://testserver{desk}"})
    assert "key of another beacon" in read(office, desk)
    assert "Drawn: 1 have won" in send(office, desk, {"act": "draw", "round": answer.content.decode()})


def test_a_drills_key_as_a_file_serves_the_announced_round_and_its_fallback(world: World) -> None:
    made = visit("lin of 广安").post("/release/office/drill-key/").content
    tranche = world.tranche(5, mode="DRAW")
    office, here = visit("lin of 广安"), f"/release/office/tranches/{tranche}/draw/"
    form: dict[str, Any] = form_of(
        read(office, here), closes_at=typed(CLOSES), beacon_at=typed(BEACON), fallback_at=typed(BEACON + timedelta(hours=4)),
        kind="DRILL",
    )  # fmt: skip
    send(office, here, form | {"key": "", "key_file": SimpleUploadedFile("drill-key.json", made)})
    paper = engine.read_announcement(bytes(Draw.objects.get().announcement))
    assert isinstance(paper.source, engine.Drand)
    assert isinstance(paper.fallback, engine.Drand)
    assert paper.source.chain == paper.fallback.chain
    assert paper.source.round_number < paper.fallback.round_number


@pytest.mark.parametrize("drawn", [False, True])
def test_every_file_of_the_bundle_and_every_proof_is_open_to_everybody(world: World, drawn: bool) -> None:
    tranche = world.tranche(5, mode="DRAW", standby_max=1)
    draw = announced(world, tranche)
    for name in ("one", "two", "three"):
        enter(world, draw, name)
    anyone = resident()
    entry = DrawEntry.objects.values_list("id", flat=True)[0]
    assert anyone.get(f"/offers/draws/{draw}/proofs/{entry}.json").status_code == 404
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    if drawn:
        run(world, draw)
    page = read(anyone, f"/offers/draws/{draw}/")
    named = set(re.findall(rf"/offers/draws/{draw}/files/([^\"]+)\"", page))
    files = queries.draw_bundle(draw)
    assert named == set(files)
    for name in named:
        assert anyone.get(f"/offers/draws/{draw}/files/{name}").content == files[name]
    assert anyone.get(f"/offers/draws/{draw}/files/passwords").status_code == 404
    proof = anyone.get(f"/offers/draws/{draw}/proofs/{entry}.json").json()
    if drawn:
        assert engine.check_proof(proof, engine.Published.read(files), root=queries.draw(draw).root) == []
    else:
        assert proof["format"] == "baogong draw inclusion 1"
    assert anyone.get(f"/offers/draws/{draw}/proofs/{new_id()}.json").status_code == 404


@pytest.fixture
def four(world: World) -> UUID:
    """A draw of which four won and three stand by."""
    draw = announced(world, world.tranche(20, mode="DRAW", standby_max=3, quotas=[]))
    for number in range(9):
        enter(world, draw, f"{number:02}")
    run(world, draw)
    return draw


def test_the_number_that_came_out_is_shown_to_everybody(four: UUID) -> None:
    beacon = queries.draw(four).beacon
    groups = [beacon["randomness"][at : at + 8] for at in range(0, 64, 8)]
    assert "".join(groups) == engine.randomness_of(bytes.fromhex(beacon["signature"])).hex()
    for page in (read(resident(), f"/offers/draws/{four}/"), read(resident(), f"/offers/draws/{four}/stage/")):
        assert re.findall(r"<span>([0-9a-f]{8})</span>", page) == groups
        assert beacon["signature"] in page
        assert f"{CHAIN.round_at(BEACON):,}" in page
        assert "It came out" in page
        assert "whoever held the drill’s key could have chosen it" in page
    assert beacon["randomness"] in read(visit("lin of 广安"), f"/release/office/draws/{four}/")


def test_a_lotterys_numbers_are_shown_as_they_came(world: World) -> None:
    drawings = (engine.LotterySource("双色球 2020022", 6), engine.LotterySource("3D 22", 3, True))
    draw = announced(world, world.tranche(5, mode="DRAW"), source=engine.Lottery(BEACON, drawings))
    for name in ("one", "two"):
        enter(world, draw, name)
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    paper = services.lottery_paper(draw, numbers=[[9, 3, 17, 20, 28, 31], [7, 0, 7]])
    services.draw_lots(draw=draw, beacon=paper, actor=world.lin, now=DRAWN)
    for page in (read(resident(), f"/offers/draws/{draw}/"), read(resident(), f"/offers/draws/{draw}/stage/")):
        shown = re.findall(r"<dd class=\"came-number\">(.*?)</dd>", page)
        assert [re.findall(r"<span>(\d+)</span>", one) for one in shown] == [
            ["9", "3", "17", "20", "28", "31"], ["7", "0", "7"],
        ]  # fmt: skip
        assert "Compare it with the lottery’s own announcement." in page


def test_every_winner_is_shown_page_by_page_and_in_a_file(four: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baogong.web.release.lots.PAGE_ENTRIES", 3)
    monkeypatch.setattr("baogong.web.release.lots.STAGE_ENTRIES", 3)
    placed = entrants.placed(four)
    codes = [entry_number(one) for one in placed.winners]
    assert len(codes) == 4
    for where in (f"/offers/draws/{four}/", f"/offers/draws/{four}/stage/"):
        first, second = (read(resident(), f"{where}?page={number}") for number in (1, 2))
        assert [[code in page for code in codes] for page in (first, second)] == [
            [True] * 3 + [False],
            [False] * 3 + [True],
        ]
        assert "Page 1 of 2" in first
        assert 'start="4"' in second
        assert "Page 2 of 2" in read(resident(), f"{where}?page=99")
        assert "drawn.csv" in first
    stage = f"/offers/draws/{four}/stage/"
    assert f'hx-get="{stage}?page=2"' in read(resident(), stage), "the screen turns by itself"
    assert f'hx-get="{stage}?page=2&amp;hold=1"' in read(resident(), f"{stage}?page=2&hold=1")
    table = resident().get(f"/offers/draws/{four}/drawn.csv").content.decode("utf-8-sig").split()
    assert table == [
        "place,number,entry_number,entry",
        *(f"WINNER,{at},{entry_number(one)},{one.hex}" for at, one in enumerate(placed.winners, 1)),
        *(f"STANDBY,{at},{entry_number(one)},{one.hex}" for at, one in enumerate(placed.standby, 1)),
    ]


def test_the_rule_the_weights_and_the_receipts_key_are_announced_and_lie_beside_the_papers(world: World) -> None:
    rule = {"pause_days": 10, "weight_per_loss": 2, "weight_max": 5}
    draw = announced(world, world.tranche(5, mode="DRAW", draw=rule))
    anyone = resident()
    body = anyone.get(f"/offers/draws/{draw}/files/rule.json").content
    release = queries.tranche(queries.draw(draw).tranche).release
    paper = queries.draw(draw).announcement
    assert sha256(body).hexdigest() == paper["rule_sha256"] == queries.release(release).digest
    assert (paper["weight_per_loss"], paper["pause_days"], paper["weight_max"]) == (2, 10, 5)
    page = read(anyone, f"/offers/draws/{draw}/")
    assert paper["rule_sha256"] in page
    assert "Each draw lost adds 2 to the weight of 1, up to 5. Who has won stays out for 10 days." in page
    receipt = enter(world, draw, "one")
    assert paper["receipts_key"] == receipt.public_key.hex()
    assert paper["receipts_key"] in page


def test_a_rule_that_draws_lots_is_told_in_words(world: World) -> None:
    tranche = world.tranche(
        5, mode="DRAW", draw={"household_winners_max": 1, "pause_days": 10, "weight_per_loss": 1, "weight_max": 10}
    )
    page = read(resident(), f"/offers/{tranche}/")
    for told in ("One household wins at most 1×.", "Who has won stays out for 10 days.", "Each draw lost adds 1"):
        assert told in page
    assert RuleVersion.objects.count() == 1
    assert code_on("0123-4567-89AB")


def test_the_office_tells_of_a_draw_how_many_of_each_district_entered_and_won(world: World) -> None:
    tranche = world.tranche(15, mode="DRAW")
    draw = announced(world, tranche)
    for at in range(12):
        contact = services.Contact("PASSPORT", f"E{at:02d}00000", region="511602" if at < 10 else "511603")
        services.enter_draw(
            draw=draw, nonce=bytes(range(16)), channel="CLERK", contact=contact, actor=world.wu, now=NOW, request_id=new_id()
        )  # fmt: skip
    run(world, draw)
    won = [Claim.objects.filter(region=region, state="ADMITTED").count() for region in ("511602", "511603")]
    office, here = visit("lin of 广安"), f"/release/office/{offers.offer(tranche).release}/"
    with override("en"):
        many, few = region_name("511602"), region_name("511603")
    page = read(office, f"{here}counter/")
    for name, part, whole in ((many, won[0], 10), (few, won[1], 2)):
        assert f"<dt>{name}</dt><dd>{part}/{whole} · " in page
    page = read(office, here)
    assert f"Who got any, of those who asked, by district: {many}: {won[0]} of 10 " in page
    assert f"{few}: " not in page, "two people are not told of in public"
