"""The administrator ends a city on its own page; the desk for documents leads there and ends no city by itself."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.people.services.identity import Erased, unseal
from baogong.release import queries, services
from baogong.release.identity import purpose_of
from baogong.release.models import Claim, Used
from tests.apps.release.test_people import hand_over
from tests.apps.release.world import NOW, World
from tests.cast import log_in_as
from tests.web.release.visitors import PERSON, press, register, resident
from tests.web.visits import read, send, visit

DESK = "/identity/"
LOOKS = 14  # one count for each thing that would be lost


def boss(language: str = "en") -> Client:
    log_in_as("Boss", [(Duty.ADMIN, None)], NOW)
    return visit("boss", language)


def test_the_desk_for_documents_ends_no_city_and_leads_to_the_page_that_does(world: World) -> None:
    """Ended there the person tags stayed, and the same person claimed once more and was admitted."""
    tranche = world.tranche(50)
    first = resident()
    register(first, tranche)
    claim, _page = press(first, tranche)
    services.accept_claims(claims=[claim], actor=world.lin, now=NOW)
    admin, purpose = boss(), purpose_of(world.office)
    page = read(admin, DESK)
    shown = re.sub(r'value="[^"]*"', "", page)
    assert purpose not in shown, "nobody reads a city's purpose by its number"
    assert "Releases of" in shown
    assert f"/release/ending/{world.office}/" in page
    assert f'name="purpose" value="{purpose}"' not in page
    told = admin.post(DESK, {"act": "end", "purpose": purpose})
    assert told.status_code == 422
    assert "ends together with the rest" in told.content.decode()
    assert purpose_of(world.office) == purpose
    again = resident()
    register(again, tranche)
    other, _page = press(again, tranche)
    assert Claim.objects.get(id=other).code == "quota-used"
    assert Claim.objects.get(id=claim).person is not None
    assert "广安疫情防控指挥部的投放" in read(visit("boss", "zh-hans"), DESK)


def test_a_city_is_ended_once_nothing_is_owed_and_the_page_says_what_is(world: World) -> None:
    tranche = world.tranche(50)
    first = resident()
    register(first, tranche)
    claim, _page = press(first, tranche)
    admin, here = boss(), f"/release/ending/{world.office}/"
    assert f'href="{here}"' in read(admin, "/release/ending/")
    page = read(admin, here, most=LOOKS)
    assert "Release guangan is open" in page
    assert "1 right is still owed" in page
    assert "4 numbers, names, telephones and addresses" in page
    assert "of 1 claims" in page
    assert "Forget the people" not in page, "no button while they are needed"
    assert "a proxy’s name and last four" in page
    assert "the door of the register it went to" in page
    refused = admin.post(here, {"is_sure": "1"}, follow=True).content.decode()
    assert "still needed" in refused
    assert Used.objects.exists()
    zh = read(visit("boss", "zh-hans"), here, most=LOOKS)
    assert "广安 · 广安疫情防控指挥部" in zh
    assert "代取人的姓名和证件后四位" in zh
    services.close_release(release=queries.tranche(tranche).release, actor=world.lin, now=NOW)
    assert "Release guangan" not in read(admin, here, most=LOOKS)
    hand_over(world, claim)
    assert "Forget the people of this city" in read(admin, here, most=LOOKS)
    assert "was not ticked" in admin.post(here, {}, follow=True).content.decode()
    page = send(admin, here, {"is_sure": "1"})
    assert "Erased: 4 numbers" in page
    assert "Its people were forgotten on 2020-02-05, by Boss." in page
    assert "Forget the people" not in page, "nothing is left to be forgotten"
    assert "What will be lost" not in page
    assert Claim.objects.get(id=claim).person is None
    assert not Used.objects.exists()


def test_nobody_but_the_administrator_of_the_house_ends_a_city(world: World) -> None:
    log_in_as("Half", [(Duty.ADMIN, world.office)], NOW)
    for name in ("Lin of 广安", "half"):
        visitor = visit(name)
        for address in ("/release/ending/", f"/release/ending/{world.office}/"):
            assert visitor.get(address).status_code == 403
        assert visitor.post(f"/release/ending/{world.office}/", {"is_sure": "1"}).status_code == 403


def test_what_a_visit_has_typed_for_a_city_opens_no_more_once_the_city_forgets(world: World) -> None:
    tranche = world.tranche(50)
    visitor = resident()
    register(visitor, tranche)
    sealed = visitor.session["claimant"]["sealed"]
    assert PERSON["phone"] in unseal(sealed)
    services.close_release(release=queries.tranche(tranche).release, actor=world.lin, now=NOW)
    services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW)
    with pytest.raises(Erased):
        unseal(sealed)
    assert visitor.get("/offers/").status_code == 200
    assert "claimant" not in visitor.session, "it types anew"
