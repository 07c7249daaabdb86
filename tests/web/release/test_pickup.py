"""The pickup desks of several shops that hand out one stock: which of them gave it, and what is taken back."""

from __future__ import annotations

import re
from datetime import time
from uuid import UUID

import pytest
from django.test import Client

from baogong.journal.services import sign
from baogong.journal.services.imports import apply
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.people.queries.parties import parties
from baogong.people.services.parties import register_party
from baogong.places.services.sites import add_site
from baogong.release import queries, services
from baogong.release.codes import pickup_code
from baogong.release.models import Claim, Redemption, WinnerList
from baogong.release.services import Contact
from tests.apps.release.test_winners import as_file, line, second, shop_line
from tests.apps.release.test_winners import read as preview
from tests.apps.release.world import NOW, World, is_sound
from tests.cast import log_in_as
from tests.web.release.visitors import NUMBER, OTHER, PERSON, press, register, resident
from tests.web.visits import form_of, read, send, visit

PRICE = [{"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 90, "bearers": {"RESIDENT": 1}}]


def put_out_at_two(world: World) -> tuple[UUID, UUID]:
    """A tranche that the hub and the hospital hand out, and its release."""
    release = world.release(fulfilment="PICKUP", pickup_days=2, price=PRICE)
    return world.put_out(release, 20, shop=world.cast.hub, shops=[world.cast.hospital]), release


def claimed(world: World, tranche: UUID, number: str) -> UUID:
    return services.claim(
        claim_id=new_id(), tranche=tranche, units=5, channel="CLERK", actor=world.wu, now=NOW,
        contact=Contact("RESIDENT_ID", number, name="林", phone="13800001111"),
    ).id  # fmt: skip


def shown(desk: Client, claim: UUID, number: str) -> str:
    """The page on which it is handed over, once code and last four were shown."""
    return send(desk, "/release/pickup/", {"code": pickup_code(claim), "last_four": number[-4:]})


def chosen(page: str) -> str:
    """The desk that a browser would send as it stands; "" for none."""
    found = re.search(r'<option value="([^"]*)" selected>', page)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("language", "asks", "refuses"),
    [
        ("en", "At which desk you hand it out", "More than one of your desks hands this out"),
        ("zh-hans", "您在哪里发放", "不止一个发放点"),
    ],
)
def test_who_works_at_several_of_its_shops_says_at_which_and_that_one_is_settled(
    world: World, language: str, asks: str, refuses: str
) -> None:
    tranche, release = put_out_at_two(world)
    first, then = claimed(world, tranche, NUMBER), claimed(world, tranche, OTHER)
    near, far = world.cast.hub, world.cast.hospital
    log_in_as("Fu of the shops", [(Duty.KEEPER, near), (Duty.KEEPER, far)], NOW)
    desk = visit("fu of the shops", language)
    page = shown(desk, first, NUMBER)
    assert asks in page
    assert not chosen(page), "no shop is chosen for anybody"
    assert refuses in send(desk, f"/release/pickup/{first}/", {**form_of(page), "taker": "self"}, status=400)
    assert not Redemption.objects.exists()
    page = shown(desk, first, NUMBER)
    send(desk, f"/release/pickup/{first}/", {**form_of(page), "taker": "self", "at": str(far)})
    assert Redemption.objects.get().place_id == far
    page = shown(desk, then, OTHER)
    assert chosen(page) == str(far), "it stands there for the next person"
    send(desk, f"/release/pickup/{then}/", {**form_of(page), "taker": "self", "at": chosen(page)})
    (named,) = parties(ids=[far])
    assert {(one.payee_name, one.claims, one.fen) for one in queries.settlement(release)} == {(named.name, 2, 900)}
    assert is_sound(tranche)


def test_who_works_at_one_of_its_shops_is_not_asked(world: World) -> None:
    tranche, _release = put_out_at_two(world)
    claim, far = claimed(world, tranche, NUMBER), world.cast.hospital
    log_in_as("Fu of the far shop", [(Duty.KEEPER, far)], NOW)
    desk = visit("fu of the far shop")
    page = shown(desk, claim, NUMBER)
    assert 'name="at"' not in page
    send(desk, f"/release/pickup/{claim}/", {**form_of(page), "taker": "self"})
    assert Redemption.objects.get().place_id == far


@pytest.mark.parametrize(
    ("language", "undoes", "says"),
    [
        ("en", "Take the handover back", "is not taken back here"),
        ("zh-hans", "撤回这次交付", "这里不能撤回"),
    ],
)
def test_the_shop_that_handed_it_out_takes_it_back_and_another_shows_no_button_that_would_be_refused(
    world: World, language: str, undoes: str, says: str
) -> None:
    tranche, release = put_out_at_two(world)
    claim, here = claimed(world, tranche, NUMBER), "/release/pickup/"
    log_in_as("Fu of the far shop", [(Duty.KEEPER, world.cast.hospital)], NOW)
    log_in_as("Gu of the near shop", [(Duty.KEEPER, world.cast.hub)], NOW)
    desk, other = visit("fu of the far shop", language), visit("gu of the near shop", language)
    page = send(desk, f"{here}{claim}/", {**form_of(shown(desk, claim, NUMBER)), "taker": "self"})
    assert undoes in page
    assert says not in page
    elsewhere = shown(other, claim, NUMBER)
    assert undoes not in elsewhere
    assert says in elsewhere
    undo = {**form_of(page), "why": "scanned the wrong slip"}
    other.post(f"{here}{claim}/", undo, headers={"Referer": f"http://testserver{here}{claim}/"})
    assert Claim.objects.get(id=claim).state == "HANDED_OVER"
    page = send(desk, f"{here}{claim}/", undo)
    assert (Claim.objects.get(id=claim).state, Redemption.objects.count()) == ("ACCEPTED", 0)
    assert undoes not in page
    send(other, f"{here}{claim}/", {**form_of(shown(other, claim, NUMBER)), "taker": "self"})
    assert Redemption.objects.get().place_id == world.cast.hub
    (named,) = parties(ids=[world.cast.hub])
    assert [(one.payee_name, one.fen) for one in queries.settlement(release)] == [(named.name, 450)]
    assert is_sound(tranche)


@pytest.mark.parametrize(
    ("language", "says", "does"),
    [
        ("en", "Give nothing out: it is brought", "The shop accepts it and couriers bring it"),
        ("zh-hans", "不要发放：这一份送货上门", "由店铺接单、送货员送去"),
    ],
)
def test_what_is_brought_has_no_green_circle_at_the_desk(world: World, language: str, says: str, does: str) -> None:
    tranche = world.tranche(20)
    claim = claimed(world, tranche, NUMBER)
    desk, here = visit("wu of 广安", language), f"/release/pickup/{claim}/"
    page = shown(desk, claim, NUMBER)
    assert says in page
    assert does in page
    assert 'class="circle"' not in page
    desk.post(here, {"taker": "self", "request_id": str(new_id())}, headers={"Referer": f"http://testserver{here}"})
    assert Claim.objects.get(id=claim).state == "ADMITTED"
    assert says in read(desk, here)


def shops_of(world: World, count: int) -> list[UUID]:
    """So many, each with its street."""
    found = []
    for number in range(1, count + 1):
        shop = register_party(kind="SITE", name=f"第{number}药店", city="广安", now=NOW)
        add_site(party=shop, role="PICKUP", address=f"药店街 {number} 号", opens_at=time(9), closes_at=time(17))
        found.append(shop)
    return found


@pytest.mark.parametrize(("language", "more"), [("en", "and 2 more"), ("zh-hans", "还有 2 家")])
def test_every_shop_that_hands_it_out_is_told(world: World, language: str, more: str) -> None:
    first, *further = shops_of(world, 5)
    release = world.release(fulfilment="PICKUP", pickup_days=2)
    tranche = world.put_out(release, 20, shop=first, shops=further)
    client = resident(language)
    pages = [read(client, f"/offers/{tranche}/")]
    register(client, tranche)
    claim, page = press(client, tranche)
    pages += [page, read(client, f"/offers/mine/{claim}/slip/")]
    for page in pages:
        shown = [page.index(f"药店街 {number} 号") for number in range(1, 6)]
        assert shown[2] < page.index(more) < shown[3], "three, and the others under a press"
    assert queries.tranches(release)[0].further_shops == tuple(f"第{number}药店" for number in range(2, 6))
    page = read(visit("lin of 广安", language), f"/release/office/{release}/")
    assert all(f"第{number}药店" in page for number in range(1, 6))


def test_a_right_tells_all_the_shops_at_which_it_is_fetched(world: World) -> None:
    first, *further = shops_of(world, 5)
    release = world.release(mode="IMPORTED", fulfilment="PICKUP", pickup_days=2, within_h=24)
    tranche = world.put_out(release, 10, shop=first, shops=further)
    rows = [line(1, 证件号码=NUMBER, 手机号=PERSON["phone"], 签署人数=1, 签署数量=5)]
    apply(run=preview(world, "winners", as_file(rows)).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    page = register(resident(), tranche)
    assert all(f"药店街 {number} 号" in page for number in range(1, 6))
    assert "more</summary>" not in page


@pytest.mark.parametrize(
    ("language", "cure", "told"),
    [
        ("en", "with what they were disinfected; then look at this line again", "is not there yet"),
        ("zh-hans", "登记到货数量和消毒方法，再看一次这一行", "等的事还没有办好"),
    ],
)
def test_a_line_that_waits_for_the_goods_to_be_written_down_says_so(
    world: World, language: str, cure: str, told: str
) -> None:
    world.tranche(10, mode="IMPORTED", fulfilment="PICKUP", pickup_days=2, disinfected=True)
    apply(run=preview(world, "winners", as_file([line(1, 签署人数=1, 签署数量=5)])).id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    run = preview(world, "redeemed", as_file([shop_line(1, "2020-02-05 10:00")]))
    (waits,) = apply(run=run.id, actor=world.wu, now=NOW).lines
    clerk = visit("wu of 广安", language)
    here = "/lists/waiting/"
    assert cure in read(clerk, here)
    back = {"Referer": f"http://testserver{here}"}
    assert clerk.post(f"{here}{waits.id}/", {"answer": "again"}, headers=back).status_code == 302
    page = read(clerk, here)
    assert told in page
    assert "register yet" not in page


def test_the_desk_sees_the_booked_time(world: World) -> None:
    tranche = world.tranche(20, mode="APPOINTMENT", slots=["15:00"], fulfilment="PICKUP", pickup_days=2)
    client = resident()
    page = register(client, tranche)
    (slot,) = re.findall(r'name="slot" value="([^"]+)"', page)
    claim, _page = press(client, tranche, slot=slot)
    desk = visit("wu of 广安")
    page = send(desk, "/release/pickup/", {"code": pickup_code(claim), "last_four": NUMBER[-4:]})
    assert "booked for" in page
    assert "15:00–16:00" in page
