"""The counter and the telephone, the pickup desk, the office: the same admission, the same code, one report."""

from __future__ import annotations

import re
from datetime import time
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from baogong.catalogue.queries import money_items
from baogong.catalogue.services import seed_catalogue
from baogong.journal.queries import evidence_of
from baogong.journal.services.documents import sign
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import Reason
from baogong.places.services.sites import add_site
from baogong.release import offers, services
from baogong.release.clusters import clusters
from baogong.release.codes import entry_number, pickup_code
from baogong.release.errors import ClusterUnusable
from baogong.release.identity import person
from baogong.release.models import Claim, Release, Tranche, WinnerList
from baogong.release.policies import policies
from baogong.release.services import Contact
from baogong.web.words import word
from tests.apps.release.test_draws import announced
from tests.apps.release.world import NOW, World, asked, claim_all, claim_one, is_sound, tag
from tests.cast import log_in_as, person_of
from tests.web.release.visitors import NUMBER, OTHER, OTHER_STILL, PERSON, code_on, press, register, resident
from tests.web.visits import form_of, read, send, visit


def signed_for(claim: UUID) -> set[tuple[str, str, str]]:
    """What shows into whose hands it went: kind, who signed, what was noted."""
    hold = Claim.objects.get(id=claim).hold
    moves = book.movements(holds=[hold] if hold else [], reasons=[Reason.HANDOVER])
    return {(one.kind, one.by_name, one.text) for one in evidence_of([move.id for move in moves])}


def clerk_on_the_telephone(world: World, tranche: UUID) -> tuple[Client, str]:
    clerk, here = visit("wu of 广安"), f"/release/desk/{tranche}/"
    send(clerk, here, {"channel": "PHONE"})
    return clerk, here


def test_a_clerk_leads_a_caller_through_the_same_steps(world: World) -> None:
    tranche = world.tranche(20)
    clerk, here = clerk_on_the_telephone(world, tranche)
    assert "four signs at a time" in read(clerk, f"{here}step/1/")
    page = register(clerk, tranche, base=here)
    assert f"You are {PERSON['name']}, your document ends in 002X" in page
    claim, page = press(clerk, tranche, base=here)
    row = Claim.objects.get(id=claim)
    assert (row.state, row.channel, row.taken_by_id) == ("ADMITTED", "PHONE", person_of(world.wu))
    assert f"four signs at a time: {pickup_code(claim)}" in page
    kept = "\n".join(str(row.get_decoded()) for row in Session.objects.all())
    assert "'caller':" not in kept  # the next caller is somebody else
    (typed,) = offers.by_clerk(clerk=person_of(world.wu))
    assert (typed.channel, typed.claims, typed.admitted, typed.units) == ("PHONE", 1, 1, 5)
    assert "by telephone" in read(clerk, "/release/desk/")
    assert "Wu of 广安" in read(visit("lin of 广安"), f"/release/office/{offers.offer(tranche).release}/counter/")


def test_the_clerk_reads_back_the_district_and_the_household_where_the_rule_asks_for_them(world: World) -> None:
    quotas = [{"subject": "HOUSEHOLD", "turn": "EVER", "claims_max": 1}]
    for mode, press_at in (("FIRST_COME", "claim"), ("DRAW", "enter")):
        tranche = world.put_out(
            world.release(code=mode, mode=mode, quotas=quotas, eligibility={"regions": ["511602", "511603"]}), 20
        )
        if mode == "DRAW":
            announced(world, tranche)
        clerk, here = clerk_on_the_telephone(world, tranche)
        register(clerk, tranche, base=here, region="511602", household="5116020001")
        page = read(clerk, f"{here}{press_at}/")
        assert "Your district is Guang’an District, Guang’an. Is that right?" in page
        assert "The number of your household is 5116020001. Is that right?" in page


def test_the_clerk_asks_in_which_of_the_tranches_districts_a_caller_lives(world: World) -> None:
    release = world.release(quotas=[], eligibility={"regions": ["5116"]})
    tranche, other = (world.put_out(release, 20, region=region) for region in ("511602", "511603"))
    clerk, here = clerk_on_the_telephone(world, tranche)
    send(clerk, f"{here}step/1/", {"document": "RESIDENT_ID", "number": NUMBER})
    send(clerk, f"{here}step/2/", {"name": PERSON["name"], "phone": PERSON["phone"]})
    page = read(clerk, f"{here}step/3/")
    assert "In which district do you live?" in page
    assert '<option value="511602">' in page
    register(clerk, tranche, base=here, region="511602")
    asked = clerk.get(f"/release/desk/{other}/claim/")  # the same caller, for another tranche
    assert asked.headers["Location"] == f"/release/desk/{other}/step/3/"
    claim, _page = press(clerk, tranche, base=here)
    row = Claim.objects.get(id=claim)
    assert (row.state, row.channel, row.region) == ("ADMITTED", "PHONE", "511602")


def test_a_resident_is_refused_at_the_counter_what_was_had_on_the_net(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    register(client, tranche)
    press(client, tranche)
    clerk, here = clerk_on_the_telephone(world, tranche)
    register(clerk, tranche, base=here, number=NUMBER.lower())
    claim, page = press(clerk, tranche, base=here)
    assert Claim.objects.get(id=claim).code == "quota-used"
    assert "“It did not work this time." in page


def test_one_clerk_types_no_more_than_the_rule_lets_one_clerk_type(world: World) -> None:
    tranche = world.tranche(20, claims_per_clerk_max=1)
    clerk, here = clerk_on_the_telephone(world, tranche)
    register(clerk, tranche, base=here)
    first, _page = press(clerk, tranche, base=here)
    send(clerk, here, {"channel": "CLERK"})
    register(clerk, tranche, base=here, number=OTHER)
    form = form_of(read(clerk, f"{here}claim/"))
    back = {"Referer": f"http://testserver{here}claim/"}
    clerk.post(f"{here}claim/", form, headers=back)
    assert "the rule lets one clerk type 1" in read(clerk, f"{here}claim/")
    assert Claim.objects.count() == 1
    who: dict[str, Any] = {"tranche": tranche, "units": 5, "channel": "CLERK", "now": NOW}
    contact = Contact("RESIDENT_ID", OTHER, name="x", phone="13800001112", address="y")
    other = log_in_as("Hu of 广安", [(Duty.CLERK, world.office)], NOW)
    assert services.claim(claim_id=new_id(), contact=contact, actor=other, **who).is_admitted
    same = Contact("RESIDENT_ID", NUMBER, phone=PERSON["phone"], address=PERSON["address"])
    assert services.claim(claim_id=first, contact=same, actor=world.wu, **{**who, "channel": "PHONE"}).was_seen


def test_what_is_claimed_is_handed_over_for_code_and_last_four(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP")
    client = resident()
    register(client, tranche)
    claim, page = press(client, tranche)
    code, desk = code_on(page), visit("wu of 广安")
    assert desk.get(f"/release/pickup/{claim}/").headers["Location"] == "/release/pickup/"  # the id alone is not enough
    desk.post(
        "/release/pickup/",
        {"code": code, "last_four": "0000"},
        headers={"Referer": "http://testserver/release/pickup/"},
    )
    page = read(desk, "/release/pickup/")
    assert "No claim has this pickup code and this document." in page
    assert f'value="{code}"' in page  # only the last four are typed anew
    page = send(desk, "/release/pickup/", {"code": code, "last_four": "002x"})
    assert "Give 5 pieces" in page
    assert PERSON["name"] not in page
    form = form_of(page, taker="proxy", proxy_name="邻居甲", proxy_last_four="1234")
    page = send(desk, f"/release/pickup/{claim}/", form)
    assert Claim.objects.get(id=claim).state == "HANDED_OVER"
    assert "Give 5 pieces" not in page
    assert is_sound(tranche)
    told = {(kind, name) for kind, name, _text in signed_for(claim)}
    assert ("SIGNATURE", "邻居甲") in told
    assert {kind for kind, _name in told} == {"CODE", "SIGNATURE", "NOTE"}
    assert "Handed over" in read(client, f"/offers/mine/{claim}/")


def test_a_desk_hands_out_no_other_citys_goods(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP")
    client = resident()
    register(client, tranche)
    claim, page = press(client, tranche)
    log_in_as("Fu of the hub", [(Duty.CLERK, world.cast.hub)], NOW)
    desk = visit("fu of the hub")
    desk.post(
        "/release/pickup/", {"code": code_on(page), "last_four": "002X"},
        headers={"Referer": "http://testserver/release/pickup/"},
    )  # fmt: skip
    page = read(desk, "/release/pickup/")
    (place,) = offers.places_of(offers.offer(tranche))
    assert f"fetched at another desk: {place.name_en}" in page
    assert desk.get(f"/release/pickup/{claim}/").status_code == 403


def test_the_office_drafts_tries_opens_and_puts_out(world: World) -> None:
    office = visit("lin of 广安")
    page = read(office, "/release/office/")
    form = form_of(page, policy="guangan-2020", code="masks-1", office="广安疫情防控指挥部", item=world.item)
    page = send(office, "/release/office/", form)
    (row,) = Release.objects.all()
    here = f"/release/office/{row.id}/"
    assert "Not tried yet" in page
    assert "Open the release" not in page
    for too_little in ({"people": "300", "units": "0"}, {"people": "9", "units": "50", "wanting": "100"}):
        page = send(office, here, {"act": "try", "days": "3", "wanting": "50", **too_little})
        assert "shows nothing of who is left out" in page
        assert "Open the release" not in page
    page = send(office, here, {"act": "try", "people": "300", "days": "3", "wanting": "50", "units": "50"})
    assert "shows nothing of who is left out" not in page
    assert "of those who tried never got anything" in page
    assert page.count('<dl class="bars"') == 2
    assert re.findall(r">(0-17|18-39|40-59|60-74|75\+)</dt>", page) == ["0-17", "18-39", "40-59", "60-74", "75+"]
    page = send(office, here, {"act": "open"})
    stock = f"{world.cast.warehouse}:{world.lot}"
    assert stock in page
    page = send(office, here, form_of(page, act="put-out", stock=stock, on="2020-02-05", amount="100", region="511602"))
    tranche = Tranche.objects.get()
    assert (tranche.units, tranche.region) == (100, "511602")
    assert "广安市广安区" in page  # the bulletin speaks both languages
    assert row.versions.get().digest.hex() in page
    read(office, here)
    assert "left of 100" in read(office, f"{here}counter/")
    assert "Masks for Guang" in read(resident(), "/offers/")
    send(office, here, {"act": "close"})
    assert "Nothing is on offer now" in read(resident(), "/offers/")


def test_who_puts_out_no_more_than_is_kept_for_the_telephone_is_warned(world: World) -> None:
    kept = world.release(reserves=[{"channel": "PHONE", "units": 50, "until": "20:30"}])
    office, here = visit("lin of 广安"), f"/release/office/{kept}/"
    stock = f"{world.cast.warehouse}:{world.lot}"

    def put_out(units: str, on: str) -> str:
        return send(office, here, form_of(read(office, here), act="put-out", stock=stock, on=on, amount=units))

    page = put_out("40", "2020-02-05")
    assert "All 40 are kept for other channels (by telephone); on the net nobody gets any until 02-05 20:30." in page
    assert "are kept for other channels" not in put_out("60", "2020-02-06")


def test_the_office_drafts_of_goods_and_is_told_in_words_what_the_house_has_set(world: World) -> None:
    office = visit("lin of 广安")
    seed_catalogue()  # with money in it
    page = read(office, "/release/office/")
    choices = re.search(r'<select id="item".*?</select>', page, re.DOTALL)
    assert choices is not None
    assert re.findall(r'value="([^"]*)"', choices[0])[0] == ""  # none is chosen for the city
    money = money_items()
    assert money
    assert not [one for one in money if str(one) in choices[0]]
    assert str(world.item) in choices[0]
    release = world.release(is_open=False, invented=["units_per_claim_max", "payee"])
    page = read(office, f"/release/office/{release}/")
    assert "how much at a time, who is paid" in page
    assert "units_per_claim_max" not in page


def test_every_field_that_a_citys_rule_leaves_open_has_its_words() -> None:
    fields = {field for one in policies().values() for field in one.body.get("invented", ())}
    assert fields
    assert not {field for field in fields if word(field, "rule-field") == field}


def test_it_is_fetched_where_the_stock_stands_and_the_resident_is_told_where(world: World) -> None:
    add_site(
        party=world.cast.warehouse, role="PICKUP", address="光明路 12 号", opens_at=time(9), closes_at=time(17, 30),
    )  # fmt: skip
    tranche = world.tranche(20, fulfilment="PICKUP")
    client = resident()
    assert "光明路 12 号" in read(client, f"/offers/{tranche}/")
    register(client, tranche)
    claim, page = press(client, tranche)
    for told in (page, read(client, f"/offers/mine/{claim}/slip/")):
        assert "<strong>廊坊仓</strong><br>光明路 12 号<br>Open 09:00 to 17:30" in told
        assert "<strong>广安疫情防控指挥部" not in told
    log_in_as("Kai", [(Duty.KEEPER, world.cast.warehouse)], NOW)
    keeper = visit("kai")
    page = read(keeper, "/release/pickup/")
    assert "1 people, 5 pieces" in page
    page = send(
        keeper, "/release/pickup/", {"code": code_on(read(client, f"/offers/mine/{claim}/")), "last_four": "002x"}
    )
    send(keeper, f"/release/pickup/{claim}/", form_of(page, taker="self"))
    assert Claim.objects.get(id=claim).state == "HANDED_OVER"
    assert "Nobody has anything to fetch here" in read(keeper, "/release/pickup/")
    log_in_as("Fu of the hub", [(Duty.KEEPER, world.cast.hub)], NOW)
    assert visit("fu of the hub").get(f"/release/pickup/{claim}/").status_code == 403


def test_what_a_rule_gives_to_the_claimant_alone_goes_to_no_proxy(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP", proxies=False)
    client = resident()
    assert "nobody else is given it" in read(client, f"/offers/{tranche}/")
    register(client, tranche)
    claim, page = press(client, tranche)
    desk, here = visit("wu of 广安"), f"/release/pickup/{claim}/"
    page = send(desk, "/release/pickup/", {"code": code_on(page), "last_four": "002x"})
    assert 'value="proxy"' not in page
    form = form_of(page, taker="proxy", proxy_name="邻居甲", proxy_last_four="1234")
    assert "gives it to the claimant in person" in desk.post(here, form).content.decode()
    assert Claim.objects.get(id=claim).state == "ADMITTED"


def test_the_settlement_names_each_payee_and_who_bears_it_and_is_taken_away_as_a_table(world: World) -> None:
    price = [
        {"part": "GOODS", "payee": "FACTORY", "fen": 150, "bearers": {"RESIDENT": 1}},
        {"part": "COMMISSION", "payee": "SHOP", "per": "CLAIM", "fen": 600, "bearers": {"RESIDENT": 1, "CITY": 2}},
        {"part": "COMMISSION", "payee": "AUTHORITY", "basis_points": 500, "bearers": {"PLATFORM": 1}},
    ]
    release = world.release(fulfilment="PICKUP", price=price)
    tranche = world.put_out(release, 20, shop=world.cast.hub, factory=world.cast.hospital)
    client = resident()
    register(client, tranche)
    claim, _page = press(client, tranche)
    office, here = visit("lin of 广安"), f"/release/office/{release}/settlement"
    assert "was handed over in these days" in read(office, f"{here}/")
    log_in_as("Shop", [(Duty.KEEPER, world.cast.hub)], NOW)
    shop = visit("shop")
    page = send(shop, "/release/pickup/", {"code": pickup_code(claim), "last_four": "002x"})
    send(shop, f"/release/pickup/{claim}/", form_of(page, taker="self"))
    page = read(office, f"{here}/?since=2020-02-05&until=2020-02-05")
    assert "factory · 武汉大学中南医院" in page
    assert "shop · 仙桃中转仓" in page
    assert "authority · 广安疫情防控指挥部" in page
    table = office.get(f"{here}.csv").content.decode("utf-8-sig").splitlines()
    assert table[1:] == [
        "authority,广安疫情防控指挥部,platform,commission,1,5,0.37",
        "factory,武汉大学中南医院,resident,goods,1,5,7.50",
        "shop,仙桃中转仓,city,commission,1,5,4.00",
        "shop,仙桃中转仓,resident,commission,1,5,2.00",
    ]
    assert "was handed over in these days" in read(office, f"{here}/?since=2020-02-06")
    assert office.get(f"{here}/?since=2020-02-06&until=2020-02-05").status_code == 400


def test_people_who_share_a_device_go_to_a_person_whose_word_is_kept(world: World) -> None:
    tranche = world.tranche(15, quotas=[], standby_max=5)
    one_browser, claims = resident(), []
    for number in (NUMBER, OTHER, OTHER_STILL):
        register(one_browser, tranche, number=number, phone=f"1380000{number[-4:-1]}1", address=number[-5:-1])
        claims.append(press(one_browser, tranche)[0])
    waits = resident()
    register(waits, tranche, number=NUMBER.replace("002X", "0118"), phone="13911112222", address="elsewhere")
    standing, _page = press(waits, tranche)
    assert Claim.objects.get(id=standing).state == "STANDBY"
    release = offers.offer(tranche).release
    office, here = visit("lin of 广安"), f"/release/office/{release}/clusters/"
    assert "Nobody shares anything" in read(office, here)
    page = read(office, f"{here}?least=3")
    assert "3 people · one device" in page
    assert entry_number(claims[0]) in page
    assert "0 wait for a person" not in page
    clerk = read(visit("wu of 广安"), f"{here}?least=3")
    assert "They may" not in clerk
    form = form_of(page, verdict="FINE", why="一家三口")
    assert "Kept with your name" in send(office, here, form)
    page = read(office, f"{here}?least=3")
    assert "None waits for a person any more" in page
    assert "一家三口" not in page, "judged ones stand apart"
    page = read(office, f"{here}?least=3&judged=1")
    assert "一家三口 · Lin of 广安" in page
    assert "They may</button>" not in page
    (found,) = clusters(release, least=3)
    services.judge_cluster(
        release=release, kind="DEVICE", tag=found.tag, verdict="CANCELLED", why="one dealer", actor=world.lin, now=NOW
    )
    assert {Claim.objects.get(id=one).state for one in claims} == {"CANCELLED"}
    assert Claim.objects.get(id=standing).state == "ADMITTED"
    assert is_sound(tranche)
    for wrong in ({"why": " "}, {"verdict": "MAYBE"}, {"tag": bytes(32)}):
        given: dict[str, Any] = {"kind": "DEVICE", "tag": found.tag, "verdict": "FINE", "why": "x", **wrong}
        with pytest.raises(ClusterUnusable):
            services.judge_cluster(release=release, actor=world.lin, now=NOW, **given)


def test_the_shop_packs_what_was_disinfected_and_is_told_what_to_do_about_the_rest(world: World) -> None:
    tranche = world.put_out(world.release(disinfected=True), 20, shop=world.cast.hub)
    claims = [claim_one(tranche, name).id for name in ("one", "two")]
    services.accept_claims(claims=claims, actor=world.cast.bao, now=NOW)
    shop, here = visit("bao"), f"/release/shop/{tranche}/"
    page = read(shop, here)
    assert "disinfect what comes in and write it down here first" in page
    assert "2 orders wait until more is written down" in page
    assert not any(entry_number(claim) in page for claim in claims)
    page = send(shop, here, form_of(page, act="take-in", units="5", means="75% alcohol"))
    assert "1 order waits until more is written down" in page
    assert sum(entry_number(claim) in page for claim in claims) == 1
    assert "The goods are disinfected when they come in" in read(resident(), f"/offers/{tranche}/")


def test_every_cluster_reaches_a_person_by_paging(world: World) -> None:
    tranche = world.tranche(200, quotas=[])
    claim_all(
        [asked(tranche, f"{group} {at}", 1, phone=tag(f"phone {group}")) for group in range(51) for at in range(1 + (group < 50))]
        + [asked(tranche, "one of two households", 1, household=tag(name)) for name in ("h1", "h2")]
    )  # fmt: skip
    office, here = visit("lin of 广安"), f"/release/office/{offers.offer(tranche).release}/clusters/?least=2"
    first, last = read(office, here), read(office, f"{here}&after=50")
    assert "51 wait for a person" in first
    assert first.count("2 people · one telephone") + last.count("2 people · one telephone") == 50
    assert "2 households · one person" in first + last
    assert "1–50 of 51" in first
    assert "51–51 of 51" in last
    assert f"{here.partition('?')[2]}&amp;after=50" in first


def test_another_offices_list_is_brought_told_signed_by_a_second_person_and_published(world: World) -> None:
    release = world.release(mode="IMPORTED", fulfilment="PICKUP")
    tranche = world.put_out(release, 10)
    office, here = visit("lin of 广安"), f"/release/office/{release}/winners/"
    head = "投放代号,投放日期,证件类型,证件号码,中签数量,摇号单位,签署人数,签署数量"
    bad = f"{head}\nguangan,2020-02-05,护照,E1234567,9,公证处,1,9"
    page = send(office, here, {"text": bad})
    assert "1 to 5" in page or "refused" in page.lower()
    good = f"{head}\nguangan,2020-02-05,护照,E1234567,5,公证处,1,5"
    answer = office.post(here, {"text": good})
    run = answer.headers["Location"]
    send(office, f"{run}apply/", {})
    page = read(office, here)
    assert "waits for the second signature" in page
    assert "E1234567" not in page
    assert not Claim.objects.exists()
    assert "You brought this list: somebody else signs it." in page
    assert "Sign and admit" not in page
    form = {"act": "sign", "document": str(WinnerList.objects.get().document)}
    office.post(here, form, headers={"Referer": f"http://testserver{here}"})
    assert not Claim.objects.exists()  # nobody signs twice
    log_in_as("Mei of 广安", [(Duty.APPROVER, world.office)], NOW)
    page = send(visit("mei of 广安"), here, form)
    assert "Signed: the winners are admitted." in page
    assert Claim.objects.get().state == "ADMITTED"
    page = read(resident(), f"/offers/{tranche}/")
    assert "1 people, 5 units; admitted" in page


def test_an_open_release_without_stock_is_told_to_the_office_and_to_residents(world: World) -> None:
    release = world.release()
    assert "It is open, and nothing is put out" in read(visit("lin of 广安"), f"/release/office/{release}/")
    page = read(resident(), "/offers/")
    assert "has opened it and put nothing out for now" in page
    assert "Guang’an" in page
    world.put_out(release, 5)
    assert "put nothing out for now" not in read(resident(), "/offers/")


def test_a_winner_of_another_offices_list_shows_the_document_and_is_given_it_once(world: World) -> None:
    tranche = world.put_out(world.release(mode="IMPORTED", fulfilment="PICKUP"), 10)
    who = person(world.office, document="PASSPORT", number="E1234567")
    winner = services.WinnerIn("B2", 5, "PASSPORT", who.person)
    document = services.bring_winners(
        tranche=tranche,
        source="公证处",
        file_hash=bytes(32),
        people=1,
        units=5,
        winners=[winner],
        actor=world.lin,
        now=NOW,
    )
    mei = log_in_as("Mei of 广安", [(Duty.APPROVER, world.office)], NOW)
    sign(document=document, actor=mei, now=NOW)
    claim = Claim.objects.get(state="ADMITTED")
    desk = visit("wu of 广安")
    assert "Without a pickup code" in read(desk, "/release/pickup/")
    back = {"Referer": "http://testserver/release/pickup/"}
    asked = {"tranche": tranche, "document": "PASSPORT"}
    desk.post("/release/pickup/", {**asked, "number": "E7654321"}, headers=back)
    assert "Nothing of this stock is for this document" in read(desk, "/release/pickup/")
    page = send(desk, "/release/pickup/", {**asked, "number": "e123 4567"})
    assert "Give 5 pieces" in page
    proxy = {"taker": "proxy", "proxy_name": "李四", "proxy_last_four": "118x"}
    send(desk, f"/release/pickup/{claim.id}/", form_of(page, **proxy))
    claim.refresh_from_db()
    assert (claim.state, claim.redemption.channel) == ("HANDED_OVER", "SHOP")
    shown = signed_for(claim.id)
    assert {
        ("CODE", "", entry_number(claim.id)),
        ("SIGNATURE", "李四", ""),
        ("NOTE", "", "代取 · proxy · 118X"),
    } <= set(shown)
    page = send(desk, "/release/pickup/", {**asked, "number": "E1234567"})
    assert "Give 5 pieces" not in page
    assert is_sound(tranche)
