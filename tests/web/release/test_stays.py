"""Who has lost stays in: told on the resident's page with the number and the way out, counted on the office's page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.engine import draw as engine
from baogong.journal.clock import set_clock
from baogong.release import entrants, queries, services
from baogong.release.codes import entry_number, pickup_code
from baogong.release.models import DrawEntry, DrawStay
from tests.apps.release.test_draws import CLOSES, DRAWN, announced, run
from tests.apps.release.test_stays import STAYS, next_draw
from tests.apps.release.world import DAY, NOW, TODAY, World
from tests.web.release.test_lots import enters
from tests.web.release.visitors import NUMBER, OTHER, register, resident
from tests.web.visits import form_of, read, send, visit

NEXT = NOW + DAY


def two_enter(world: World, **changed: Any) -> tuple[UUID, UUID, Client, Client]:
    """The release; the loser's entry, the loser's browser and the winner's, once lots are drawn."""
    release = world.release(**{**STAYS, "units_per_claim_max": 5, **changed})
    draw = next_draw(world, release, 0, units=5)
    tranche = queries.draw(draw).tranche
    clients = {}
    for number in (NUMBER, OTHER):
        client = resident()
        clients[enters(client, tranche, number)[0]] = client
    run(world, draw)
    set_clock(DRAWN)
    lost = DrawEntry.objects.get(draw=draw, rank=None).id
    return release, lost, clients[lost], next(client for entry, client in clients.items() if entry != lost)


def receipt_on(page: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(re.search(r"<textarea[^>]*>(.*?)</textarea>", page)[1].replace("&quot;", '"'))  # type: ignore[index]
    return found


def test_a_loser_is_told_the_next_draw_and_its_number_and_leaves_with_the_first_receipt(world: World) -> None:
    release, lost, loser, winner = two_enter(world)
    page = read(loser, f"/offers/entries/{lost}/")
    assert "Not drawn this time" in page
    assert "you stand in the next draw once it is announced" in page
    second = next_draw(world, release, 1)
    set_clock(NEXT)
    services.carry_losers(now=NEXT)
    carried = DrawEntry.objects.get(draw=second)
    page = read(loser, f"/offers/entries/{lost}/")
    assert "You stay in" in page
    assert entry_number(carried.id) in page
    here = f"/offers/entries/{carried.id}/"
    assert winner.get(here).status_code == 404
    page = read(loser, here)
    assert "You are in the draw" in page
    receipt = receipt_on(page)
    told = json.loads(receipt["text"])
    assert told["draw"] == str(second)
    assert engine.is_opened_by(
        bytes.fromhex(told["commitment"]),
        draw=second.bytes,
        entry=carried.id.bytes,
        nonce=bytes.fromhex(receipt["nonce"]),
    )
    assert "not drawn yet" in read(loser, "/offers/mine/")
    assert pickup_code(carried.id) in read(loser, f"{here}receipt/")
    assert "You have left the draw" in send(loser, here, {"nonce": receipt["nonce"]})
    assert not DrawEntry.objects.filter(draw=second, left_at=None).exists()
    assert "You stay in" not in read(loser, f"/offers/entries/{lost}/")
    winner.post(f"/offers/entries/{lost}/", {"nonce": receipt["nonce"]})


def test_whoever_has_the_code_of_the_first_entry_finds_the_next_one(world: World) -> None:
    release, lost, _loser, _winner = two_enter(world)
    second = next_draw(world, release, 1)
    set_clock(NEXT)
    services.carry_losers(now=NEXT)
    carried = DrawEntry.objects.get(draw=second)
    other = resident()
    last_four = (NUMBER if entrants.entries_of_code(pickup_code(lost), NUMBER[-4:]) else OTHER)[-4:]
    send(other, "/offers/mine/", {"code": pickup_code(lost), "last_four": last_four})
    assert f"/offers/entries/{carried.id}/" in read(other, "/offers/mine/")
    assert "nonce” on your receipt" in read(other, f"/offers/entries/{carried.id}/"), (
        "the number is typed from the paper"
    )


def test_a_loser_may_end_it_between_two_draws(world: World) -> None:
    release, lost, loser, _winner = two_enter(world)
    here = f"/offers/entries/{lost}/"
    page = read(loser, here)
    assert "you stay in no further" in page
    assert "You stay in no further" in send(loser, here, {"nonce": form_of(page)["nonce"]})
    next_draw(world, release, 1)
    assert services.carry_losers(now=NEXT) == 0
    assert "Leave the draw" not in read(loser, here)


def test_a_resident_changes_what_was_said_and_the_last_change_counts(world: World) -> None:
    release = world.release(**STAYS)
    draw = next_draw(world, release, 0)
    tranche = queries.draw(draw).tranche
    client = resident()
    entry, page = enters(client, tranche)
    assert "Change what I said" in page
    here = f"/offers/{tranche}/enter/"
    page = read(client, here)
    assert "This person stands in the draw already." in page
    assert form_of(page)["earlier_nonce"]
    page = send(client, here, form_of(page))
    new = DrawEntry.objects.get(draw=draw, left_at=None)
    assert new.came_from_id == entry
    assert f"entries/{new.id}/receipt/" in page
    page = read(client, f"/offers/entries/{entry}/")
    assert "the newer entry counts" in page
    assert "Leave the draw" not in page
    mine = read(client, "/offers/mine/")
    assert "changed</span>" in mine


def test_another_browser_changes_with_the_number_on_the_paper_and_not_without(world: World) -> None:
    release = world.release(**STAYS)
    draw = next_draw(world, release, 0)
    tranche = queries.draw(draw).tranche
    first = resident()
    _entry, page = enters(first, tranche)
    nonce = receipt_on(page)["nonce"]
    other = resident()
    register(other, tranche)
    here = f"/offers/{tranche}/enter/"
    page = read(other, here)
    assert "This person stands in the draw already." not in page, "a stranger is not told who has entered"
    back = {"Referer": f"http://testserver{here}"}
    for wrong in ("", "0" * 31 + "1", "damaged"):
        other.post(here, form_of(page, earlier_nonce=wrong), headers=back)
    assert DrawEntry.objects.count() == 1
    send(other, here, form_of(read(other, here), earlier_nonce=nonce))
    assert DrawEntry.objects.filter(left_at=None).count() == 1
    assert DrawEntry.objects.count() == 2


def test_the_office_sees_who_came_who_stayed_in_and_who_left(world: World) -> None:
    release, lost, loser, _winner = two_enter(world)
    second = next_draw(world, release, 1)
    set_clock(NEXT)
    services.carry_losers(now=NEXT)
    office = visit("lin of 广安")
    page = read(office, f"/release/office/draws/{second}/")
    figures = {told: int(n) for n, told in re.findall(r'<div class="figure">(\d+)</div>([^<]+)</div>', page)}
    assert (figures["entries"], figures["have come for this draw"], figures["stayed in after a loss"]) == (1, 0, 1)
    assert figures["left"] == 0
    nonce = form_of(read(loser, f"/offers/entries/{lost}/"))["nonce"]
    send(loser, f"/offers/entries/{lost}/", {"nonce": nonce})
    assert '<div class="figure">1</div>left' in read(office, f"/release/office/draws/{second}/")
    assert "of which 0 stayed in after a loss" in read(resident(), f"/offers/draws/{second}/")


def test_whom_the_door_refuses_is_told_why(world: World) -> None:
    quotas = [{"subject": "PHONE", "turn": "EVER", "claims_max": 2}]
    release, lost, loser, _winner = two_enter(world, quotas=quotas)
    next_draw(world, release, 1)
    set_clock(NEXT)
    from baogong.release.models import Used

    Used.objects.filter(subject="PHONE").update(claims=2, units=10)
    assert services.carry_losers(now=NEXT) == 0
    page = read(loser, f"/offers/entries/{lost}/")
    assert "You do not stand in the list that is open now" in page
    assert "This turn’s share has been used." in page
    assert DrawStay.objects.filter(ended_at=None).count() == 1


def test_who_lost_is_not_told_to_wait_once_the_release_is_closed(world: World) -> None:
    release, lost, loser, _winner = two_enter(world)
    services.close_release(release=release, actor=world.lin, now=DRAWN)
    page = read(loser, f"/offers/entries/{lost}/")
    assert "The release is closed: there is no further draw, and nobody is carried into one." in page
    assert "You need not come again" not in page
    assert "Leave the draw" not in page


def test_a_clerk_takes_out_who_has_no_number_and_the_page_says_so(world: World) -> None:
    release, lost, loser, _winner = two_enter(world)
    second = next_draw(world, release, 1)
    set_clock(NEXT)
    services.carry_losers(now=NEXT)
    carried = DrawEntry.objects.get(draw=second)
    number = NUMBER if entrants.entries_of_code(pickup_code(lost), NUMBER[-4:]) else OTHER
    clerk, tranche = visit("wu of 广安"), queries.draw(second).tranche
    register(clerk, tranche, base=f"/release/desk/{tranche}/", number=number)
    desk = f"/release/desk/entries/{carried.id}/"
    assert desk in read(clerk, f"/release/desk/{tranche}/enter/")
    assert "what was said is wrong" in read(clerk, desk)
    own = f"/offers/entries/{carried.id}/"
    assert "what was said is wrong" not in read(loser, own)
    page = send(clerk, desk, {"act": "take-out", "number": number, "why": "moved to another district"})
    assert "the person may enter anew" in page
    assert "Taken out at a desk" in read(loser, own)
    assert "moved to another district" not in read(loser, own)
    assert "1 entry was taken out at a desk" in read(resident(), f"/offers/draws/{second}/")
    office = read(visit("lin of 广安"), f"/release/office/draws/{second}/")
    assert '<div class="figure">1</div>of these taken out at a desk' in office


def test_at_hours_that_are_shut_the_page_says_when_it_opens(world: World) -> None:
    release = world.release(**{**STAYS, "opens": "00:00", "closes": "22:00"})
    tranche = world.put_out(release, 15, on=TODAY + 2 * DAY)
    announced(world, tranche, DAY, now=NOW)
    client = resident()
    assert "Enter the draw" in read(client, f"/offers/{tranche}/")
    set_clock(NOW + timedelta(hours=12))  # 22:00
    page = read(client, f"/offers/{tranche}/")
    assert "Nobody is taken in at this hour" in page
    assert "The list is closed" not in page
    assert client.get(f"/offers/{tranche}/enter/").headers["Location"] == f"/offers/{tranche}/"
    set_clock(NOW + timedelta(hours=14))  # 00:00
    assert "Nobody is taken in" not in read(client, f"/offers/{tranche}/")
    enters(client, tranche)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_rule_says_it_in_words(world: World, language: str) -> None:
    tranche = world.put_out(world.release(**STAYS), 5)
    told = {"en": "stays in the next draw, without coming again", "zh-hans": "登记一次即可"}[language]
    client = resident() if language == "en" else Client(headers={"Accept-Language": "zh-Hans"})
    assert told in read(client, f"/offers/{tranche}/")
    assert CLOSES
