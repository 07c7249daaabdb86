"""The pickup desks of several shops that hand out one stock: which of them gave it, and what is taken back."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.people.queries.parties import parties
from baogong.release import offers, queries, services
from baogong.release.models import Claim, Redemption
from baogong.release.services import Contact
from tests.apps.release.world import NOW, World, is_sound
from tests.cast import log_in_as
from tests.web.release.visitors import NUMBER, OTHER
from tests.web.visits import form_of, send, visit

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
    return send(desk, "/release/pickup/", {"code": offers.code_of(claim), "last_four": number[-4:]})


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
    assert refuses in send(desk, f"/release/pickup/{first}/", {**form_of(page), "taker": "self"})
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
        ("en", "Take the handover back", "it is not taken back here"),
        ("zh-hans", "撤回这次交付", "这里不能撤回"),
    ],
)
def test_a_right_that_is_used_shows_no_button_that_would_be_refused(
    world: World, language: str, undoes: str, says: str
) -> None:
    tranche, _release = put_out_at_two(world)
    claim = claimed(world, tranche, NUMBER)
    log_in_as("Fu of the far shop", [(Duty.KEEPER, world.cast.hospital)], NOW)
    desk, here = visit("fu of the far shop", language), f"/release/pickup/{claim}/"
    page = send(desk, here, {**form_of(shown(desk, claim, NUMBER)), "taker": "self"})
    assert Claim.objects.get(id=claim).state == "HANDED_OVER"
    assert undoes not in page
    assert says in page
