"""What a resident meets: the offer in words, a question a screen, one tap, the answer; nothing of them in an address."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.timezone import localtime

from baogong.journal.clock import set_clock
from baogong.kernel.clock import SystemClock
from baogong.kernel.ids import new_id
from baogong.release import looking, queries, services
from baogong.release.codes import pickup_code
from baogong.release.jobs import forget_visits
from baogong.release.models import Claim
from baogong.web.release.person import KEPT_DAYS
from tests.apps.release.test_draws import announced
from tests.apps.release.world import DAY, NOW, World, claim_one
from tests.web.release.visitors import NUMBER, OTHER, OTHER_STILL, PERSON, code_on, press, register, resident
from tests.web.visits import form_of, read, send

PRICE = [
    {"part": "GOODS", "payee": "FACTORY", "fen": 150, "bearers": {"RESIDENT": 1}},
    {"part": "DELIVERY", "payee": "CARRIER", "per": "CLAIM", "fen": 600, "bearers": {"RESIDENT": 1, "CITY": 2}},
]


def test_what_is_on_offer_is_told_to_everybody(world: World) -> None:
    tranche = world.tranche(20, price=PRICE, closes="18:00", standby_max=3, within_h=24, shuffle_s=0)
    page = read(resident(), "/offers/")
    assert "Masks for Guang&#x27;an" in page
    assert "You pay ¥9.50 for 5 pieces." in page
    page = read(resident(), f"/offers/{tranche}/")
    assert "goods: ¥1.50 each; paid by: resident." in page
    assert "delivery: ¥6.00 for each claim; paid by: resident 33 %, city 67 %." in page
    assert "each person: 1× in 3 days, whatever the road." in page
    assert "brought to your address within 24 hours" in page
    assert "Up to 3 people stand by" in page
    assert "您付" in read(resident("zh-hans"), f"/offers/{tranche}/")


def test_a_resident_gets_it_in_four_screens(world: World) -> None:
    tranche = world.tranche(20, price=PRICE)
    client = resident()
    assert "Your document" in read(client, f"/offers/{tranche}/step/1/")
    assert "Claim" in register(client, tranche)
    claim, page = press(client, tranche)
    row = Claim.objects.get(id=claim)
    assert (row.state, row.channel, row.units) == ("ADMITTED", "WEB", 5)
    assert "Kept for you" in page
    assert code_on(page) == pickup_code(claim)
    assert "<svg" in read(client, f"/offers/mine/{claim}/slip/")
    assert "¥9.50" in page


def test_the_second_claim_takes_one_tap_and_is_told_its_next_turn(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    register(client, tranche)
    press(client, tranche)
    claim, page = press(client, tranche)
    assert Claim.objects.get(id=claim).code == "quota-used"
    assert "share has been used" in page
    assert "You may claim again from 2020-02-08" in page


def test_the_same_form_sent_twice_counts_once(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    register(client, tranche)
    here = f"/offers/{tranche}/claim/"
    form = form_of(read(client, here))
    assert "Kept for you" in send(client, here, form)
    assert "Kept for you" in send(client, here, form)
    assert Claim.objects.count() == 1


def test_who_stands_by_is_told_the_place_in_the_line(world: World) -> None:
    tranche = world.tranche(5, standby_max=5)
    places = []
    for number in (NUMBER, OTHER, OTHER_STILL):
        client = resident()
        register(client, tranche, number=number)
        places.append(press(client, tranche))
    assert "Kept for you" in places[0][1]
    assert "Your place in the line: 1." in places[1][1]
    assert "Your place in the line: 2." in places[2][1]


def test_where_others_stand_by_for_what_is_left_a_newcomer_is_told_and_stands_behind(world: World) -> None:
    tranche = world.tranche(7, standby_max=5, quotas=[])
    assert [claim_one(tranche, name).state for name in ("quick", "first")] == ["ADMITTED", "STANDBY"]
    client = resident()
    register(client, tranche)
    assert "Others stand by and come first" in read(client, f"/offers/{tranche}/claim/")
    _claim, page = press(client, tranche, units="2")
    assert "Your place in the line: 2." in page


def test_what_is_given_up_goes_to_the_line(world: World) -> None:
    tranche = world.tranche(5, standby_max=5)
    first, second = resident(), resident()
    register(first, tranche)
    mine, _page = press(first, tranche)
    register(second, tranche, number=OTHER)
    theirs, _page = press(second, tranche)
    assert "Given up" in send(first, f"/offers/mine/{mine}/", {})
    assert Claim.objects.get(id=mine).state == "CANCELLED"
    assert "Kept for you" in read(second, f"/offers/mine/{theirs}/")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("110105194912310021", "one is mistyped, or two are swapped"),
        ("1101051949123100", "The number has 16 characters"),
        ("11010519491331002X", "is no date"),
    ],
)
def test_a_number_that_is_none_is_refused_in_words_that_do_not_repeat_it(world: World, typed: str, told: str) -> None:
    tranche = world.tranche(5)
    client = resident()
    here = f"/offers/{tranche}/step/1/"
    answer = client.post(
        here, {"document": "RESIDENT_ID", "number": typed}, headers={"Referer": f"http://testserver{here}"}
    )
    assert answer.headers["Location"].endswith(here)
    page = read(client, here)
    assert told in page
    assert typed not in page


def test_before_the_opening_each_device_looks_again_at_a_moment_of_its_own(world: World) -> None:
    tranche = world.tranche(5, opens="10:05", shuffle_s=60)
    client = resident()
    register(client, tranche)
    waits = set()
    for _look in range(30):
        answer = client.get(f"/offers/{tranche}/claim/")
        waits.add(int(answer.headers["Refresh"]))
    assert "served by lot" in answer.content.decode()
    assert 'name="claim"' not in answer.content.decode()
    assert min(waits) > 300  # not before the opening
    assert max(waits) < 300 + 60  # within the minute in which the order is by lot
    assert len(waits) > 8  # and not together
    assert "Refresh" not in client.get(f"/offers/{tranche}/claim/?still=1").headers
    early = client.post(f"/offers/{tranche}/claim/", {"claim": str(new_id()), "units": "5"})
    assert early.headers["Location"].endswith(f"/offers/{tranche}/claim/"), "whose page tells when it opens"
    assert not Claim.objects.exists()


def test_when_nothing_is_left_a_claim_is_told_so_and_leaves_nothing(world: World) -> None:
    tranche = world.tranche(5)
    late, quick = resident(), resident()
    register(late, tranche)
    register(quick, tranche, number=OTHER)
    here = f"/offers/{tranche}/claim/"
    form = form_of(read(late, here))
    had, _page = press(quick, tranche)
    page = send(late, here, form)
    assert "Nothing is left for claims on the net." in page
    assert Claim.objects.count() == 1
    services.cancel_claim(claim=had, actor=world.lin, now=NOW)
    assert "Kept for you" in send(late, here, form), "the claim's id was as good as before"


def test_a_claim_of_the_opening_minute_waits_and_is_answered_after_it(world: World) -> None:
    tranche = world.tranche(5, opens="10:00", shuffle_s=60)
    client = resident()
    register(client, tranche)
    assert "opening minute" in read(client, f"/offers/{tranche}/claim/")
    claim, page = press(client, tranche)
    assert "Your claim is in" in page
    assert "Refresh" in client.get(f"/offers/mine/{claim}/").headers
    after = NOW + timedelta(seconds=61)
    set_clock(after)
    services.judge_openings(now=after)
    assert "Kept for you" in read(client, f"/offers/mine/{claim}/")


def test_a_claim_is_found_again_by_code_and_last_four_and_by_nothing_less(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    register(client, tranche)
    claim, page = press(client, tranche)
    code, other = code_on(page), resident()
    assert other.get(f"/offers/mine/{claim}/").status_code == 404
    for wrong in ({"code": code, "last_four": "0021"}, {"code": "0000-0000-0000", "last_four": "002X"}):
        refused = other.post("/offers/mine/", wrong).content.decode()
        assert "No claim has this pickup code and this document." in refused
        assert f'value="{wrong["code"]}"' in refused
        assert wrong["last_four"] not in refused
    assert code in send(other, "/offers/mine/", {"code": code.lower().replace("-", " "), "last_four": "002x"})
    assert "Kept for you" in read(other, f"/offers/mine/{claim}/")


def test_what_is_left_is_told_for_the_net_and_what_is_kept_for_the_telephone(world: World) -> None:
    tranche = world.tranche(5, reserves=[{"channel": "PHONE", "units": 10, "until": "12:00"}])
    for address in ("/offers/", f"/offers/{tranche}/"):
        page = read(resident(), address)
        assert "by telephone: 5" in page
        assert "are kept for this way of claiming until" in page
    assert "none left now" in read(resident(), "/offers/")
    client = resident()
    register(client, tranche)
    _claim, answer = press(client, tranche)
    assert "Nothing is left for claims on the net." in answer
    assert not Claim.objects.exists()
    assert "5 pieces are kept for claims by telephone until 12:00." in answer
    assert "by telephone: 5" in read(client, f"/offers/{tranche}/")


def test_whom_another_outruns_after_the_look_is_told_at_once_and_has_no_claim(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tranche = world.tranche(5)
    client = resident()
    register(client, tranche)
    claim_one(tranche, "quick")
    monkeypatch.setattr(looking, "answer_or_refuse", lambda *_given: None)  # as it looked a moment ago
    claim, page = press(client, tranche)
    assert "Nothing is left for claims on the net." in page
    assert client.get(f"/offers/mine/{claim}/").status_code == 404
    assert [one.state for one in Claim.objects.all()] == ["ADMITTED"]


def test_a_district_is_chosen_by_the_resident(world: World) -> None:
    tranche = world.tranche(5, eligibility={"region_of": "ADDRESS", "regions": ["3101", "310104001"]})
    here, client = f"/offers/{tranche}/", resident()
    send(client, f"{here}step/1/", {"document": "RESIDENT_ID", "number": NUMBER})
    send(client, f"{here}step/2/", {"name": PERSON["name"], "phone": PERSON["phone"]})
    page = read(client, f"{here}step/3/")
    assert '<option value="">Choose your district</option>' in page
    said = {"address": PERSON["address"], "region": ""}
    assert "The district is not chosen." in send(client, f"{here}step/3/", said, status=400)
    send(client, f"{here}step/3/", {**said, "region": "0"})
    assert '<option value="0" selected>' in read(client, f"{here}step/3/")


def test_who_guesses_the_last_four_is_shut_out(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    register(client, tranche)
    code, other = code_on(press(client, tranche)[1]), resident()
    for last_four in ("0001", "0002", "0003", "0004", "0005"):
        other.post("/offers/mine/", {"code": code, "last_four": last_four})
    other.post("/offers/mine/", {"code": code, "last_four": "002X"})
    assert code not in read(other, "/offers/mine/")


def test_nothing_of_the_person_is_in_an_address_a_log_or_the_visits_row(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tranche = world.tranche(20)
    client = resident()
    told = [NUMBER, *PERSON.values()]
    here = f"/offers/{tranche}/"
    sent = (
        ("step/1/", {"document": "RESIDENT_ID", "number": NUMBER}),
        ("step/2/", {"name": PERSON["name"], "phone": PERSON["phone"]}),
        ("step/3/", {"address": PERSON["address"], "region": ""}),
    )
    addresses = [client.post(here + path, form).headers["Location"] for path, form in sent]
    claim, _page = press(client, tranche)
    kept = "\n".join(str(row.get_decoded()) for row in Session.objects.all())
    assert "claimant" in kept
    for secret in told:
        assert secret not in "".join(addresses) + str(claim)
        assert secret not in caplog.text
        assert secret not in kept


def test_details_go_when_they_are_deleted_and_when_they_are_too_old(world: World) -> None:
    tranche = world.put_out(world.release(), 20, on=(NOW + DAY).date())
    client = resident()
    register(client, tranche)
    assert "ends in 002X" in read(client, "/offers/")
    send(client, "/offers/forget/", {})
    assert "ends in 002X" not in read(client, "/offers/")
    register(client, tranche)
    set_clock(NOW + KEPT_DAYS * DAY)
    assert "ends in 002X" not in read(client, "/offers/")


def test_steps_cannot_be_left_out(world: World) -> None:
    tranche = world.tranche(20)
    client = resident()
    assert client.get(f"/offers/{tranche}/claim/").headers["Location"].endswith("/step/1/")
    assert client.get(f"/offers/{tranche}/step/3/").headers["Location"].endswith("/step/1/")
    answer = client.post(f"/offers/{tranche}/claim/", {"claim": "00000000-0000-4000-8000-000000000001"})
    assert answer.headers["Location"].endswith("/step/1/")
    assert not Claim.objects.exists()


def test_what_was_typed_goes_with_a_visit_that_nobody_ends(world: World) -> None:
    tranche = world.tranche(20)
    register(resident(), tranche)
    Session.objects.update(expire_date=SystemClock().now() - DAY)
    forget_visits()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("mode", "told"),
    [("DRAW", "Lots are drawn for this: nobody claims it"), ("IMPORTED", "Another office has chosen who gets this")],
)
def test_no_claim_is_offered_where_others_choose_who_gets_it(world: World, mode: str, told: str) -> None:
    tranche = world.tranche(20, mode=mode, fulfilment="PICKUP")
    client = resident()
    assert "See and claim" not in read(client, "/offers/")
    here = f"/offers/{tranche}/"
    page = read(client, here)
    assert told in page
    assert f"{here}step/1/" not in page
    assert client.get(f"{here}step/1/").headers["Location"] == here
    assert client.post(f"{here}claim/", {"units": "5"}).headers["Location"] == here
    assert not Claim.objects.exists()


def test_an_announced_draw_tells_until_when_it_is_entered_and_when_it_is_drawn(world: World) -> None:
    tranche = world.tranche(20, mode="DRAW")
    assert "The draw is not announced yet" in read(resident(), f"/offers/{tranche}/")
    drawn = queries.draw(announced(world, tranche))
    page = read(resident(), f"/offers/{tranche}/")
    assert f"until {localtime(drawn.closes_at):%m-%d %H:%M}" in page
    assert f"in public at {localtime(drawn.beacon_at):%m-%d %H:%M}" in page
    assert drawn.announcement_sha256 in page


def test_a_short_telephone_number_gets_a_sentence_of_its_own(world: World) -> None:
    here, client = f"/offers/{world.tranche(5)}/", resident()
    send(client, f"{here}step/1/", {"document": "RESIDENT_ID", "number": NUMBER})
    page = send(client, f"{here}step/2/", {"name": "x", "phone": "138 00"}, status=400)
    assert "The telephone number has 5 digits; it has to have 7 to 15." in page


def _districts(page: str) -> list[str]:
    """What a step offers as districts, the empty first choice and “another place” left out."""
    choices = re.search(r'<select id="region".*?</select>', page, re.DOTALL)
    return [one for one in re.findall(r'value="(\d+)"', choices[0]) if one != "0"] if choices else []


def _at_the_district(client: Client, here: str) -> str:
    send(client, f"{here}step/1/", {"document": "RESIDENT_ID", "number": NUMBER})
    send(client, f"{here}step/2/", {"name": PERSON["name"], "phone": PERSON["phone"]})
    return read(client, f"{here}step/3/")


@pytest.mark.parametrize(
    ("regions", "region", "offered"),
    [
        (["5116"], "511602", ["511602"]),
        (["511602", "511603", "3101"], "5116", ["511602", "511603"]),
        (["511602", "511603"], "511603", ["511603"]),
        ([], "511602", ["511602"]),
        (["511602", "511603"], "", ["511602", "511603"]),
        ([], "", []),
    ],
)
def test_the_districts_a_tranche_serves_are_offered_and_serve(
    world: World, regions: list[str], region: str, offered: list[str]
) -> None:
    release = world.release(quotas=[], eligibility={"regions": regions} if regions else {})
    tranche = world.put_out(release, 40, region=region)
    here = f"/offers/{tranche}/"
    assert _districts(_at_the_district(resident(), here)) == offered
    for one in offered:
        client = resident()
        register(client, tranche, region=one)
        claim, _page = press(client, tranche)
        assert Claim.objects.get(id=claim).state == "ADMITTED"
    if offered:
        client = resident()
        register(client, tranche, region="0")
        claim, _page = press(client, tranche)
        assert (Claim.objects.get(id=claim).state, Claim.objects.get(id=claim).code) == ("REFUSED", "elsewhere")


def test_a_district_that_another_offer_left_is_asked_anew_where_it_does_not_answer(world: World) -> None:
    def offer(code: str, regions: list[str], region: str = "") -> UUID:
        release = world.release(code=code, quotas=[], eligibility={"regions": regions} if regions else {})
        return world.put_out(release, 20, region=region)

    first = offer("first", ["511602"])
    wider, same = offer("wider", ["5116"]), offer("same", ["511603", "511602"], "511602")
    other, city = offer("other", [], "511603"), offer("city", [])
    client = resident()
    register(client, first, region="511602")
    for answered in (first, wider, same, city):
        claim, _page = press(client, answered)
        assert (Claim.objects.get(id=claim).state, Claim.objects.get(id=claim).region) == ("ADMITTED", "511602")
    asked = client.get(f"/offers/{other}/claim/")
    assert asked.headers["Location"] == f"/offers/{other}/step/3/"
    page = read(client, f"/offers/{other}/step/3/")
    assert _districts(page) == ["511603"]
    assert " selected" not in page  # nothing said elsewhere is taken for an answer here
    send(client, f"/offers/{other}/step/3/", {"address": PERSON["address"], "region": "0"})
    claim, _page = press(client, other)  # said here: it is the answer
    assert Claim.objects.get(id=claim).code == "elsewhere"
    assert client.get(f"/offers/{first}/claim/").headers["Location"] == f"/offers/{first}/step/3/"
    never_asked = resident()
    register(never_asked, city)
    assert never_asked.get(f"/offers/{first}/claim/").headers["Location"] == f"/offers/{first}/step/3/"


def test_a_district_that_is_not_on_the_list_is_no_answer(world: World) -> None:
    tranche = world.put_out(world.release(eligibility={"regions": ["5116"]}), 5, region="511602")
    here, client = f"/offers/{tranche}/", resident()
    _at_the_district(client, here)
    said = {"address": PERSON["address"], "region": "511699"}
    assert "The district is not chosen." in send(client, f"{here}step/3/", said, status=400)
