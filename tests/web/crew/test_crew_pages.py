"""The crew's pages: from the call to the gate, by the office, by a keeper, and by who signs up with a link."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from baogong.crew import models, queries
from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.people.models import PersonalRead
from baogong.supply.services import Counted, count_stock
from tests.apps.crew.inside import DAWN, HOUR, Inside, Night, make_inside, make_night
from tests.apps.supply.world import rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import read, send, visit


@pytest.fixture
def inside(built: Built) -> Inside:
    return built(make_inside_in_drill)


def make_inside_in_drill() -> Inside:
    mark_drill(name="crew", at=NOW)
    return make_inside()


@pytest.fixture
def night(inside: Inside) -> Night:
    made = make_night(inside)
    set_clock(Night.NOW)
    return made


def form(act: str = "", **given: Any) -> dict[str, Any]:
    return {"act": act, "request_id": new_id(), **given}


def test_the_office_calls_lists_and_applies_and_who_signed_up_sees_it(inside: Inside) -> None:
    lin = visit("lin")
    asked = form(
        place="酒仙桥街道",
        title="志愿者招募",
        work=["DELIVER", "KEEP_ORDER"],
        other_works="送药，搬运",
        people_count="40",
        closes_at="2020-01-23T20:00",
        muster_at="2020-01-24T05:00",
        muster_where="南门",
    )
    page = send(lin, "/crew/", asked)
    assert "send it to the group" in page
    call = models.Call.objects.get()
    assert call.works == ["DELIVER", "KEEP_ORDER", "送药", "搬运"]
    address = f"/crew/calls/{call.id}/"
    page = send(lin, address, form("link"), status=200)
    token = re.findall(r"/crew/join/([^/]+)/", page)[0]
    code = re.findall(r'<p class="figure">(\d{6})</p>', page)[0]
    phone, join = Client(headers={"Accept-Language": "en"}), f"/crew/join/{token}/"
    assert "志愿者招募" in phone.get(join).content.decode()
    own: dict[str, Any] = {"name": "李四", "phone": "13800001111", "employer": "东行快递", "home": "三号院"}
    wrong = phone.post(join, form(code="000000" if code != "000000" else "111111", **own))
    assert wrong.status_code == 403
    for typed in ("李四", "13800001111", "东行快递", "三号院"):  # nobody types any of it twice
        assert f'value="{typed}"' in wrong.content.decode()
    assert 'value="DELIVER" checked' not in wrong.content.decode()  # nor ticks again what they had not ticked
    assert models.SignUp.objects.count() == 0
    followed = phone.post(join, form(code=code, work="DELIVER", **own))
    assert followed.status_code == 302
    mine = followed.headers["Location"]
    assert "not decided yet" in phone.get(mine).content.decode()
    again = phone.post(join, form(code=code, **own))
    assert again.status_code == 409
    sign_up = models.SignUp.objects.get()
    assert sign_up.works == ["DELIVER"]
    send(lin, address, form("close"))
    assert "The list is closed." in phone.get(join).content.decode()
    send(lin, address, form("list", sign_up=sign_up.id))
    send(lin, address, form("apply"))
    held = models.Pass.objects.get()
    page = send(
        lin, address, {**form("grant", from_at="2020-01-24T00:00", until_at="2020-01-27T00:00"), "pass": held.id}
    )
    assert "1 pass granted." in page
    page = phone.get(mine).content.decode()
    assert held.code in page
    assert "no negative PCR within 48 hours" in page
    assert "Still missing at the muster" in read(lin, f"{address}muster/")
    assert phone.post(mine, form(code="9999")).status_code == 403
    assert models.SignUp.objects.get().state == "LISTED"
    assert phone.post(mine, form(code="1111", why="家里有事")).status_code == 302
    assert models.SignUp.objects.get().state == "WITHDRAWN"


def test_the_night_of_a_place_shows_who_is_fit_who_has_lapsed_and_what_is_uncovered(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    page = read(gao, f"/crew/{place}/")
    assert "On duty without valid proof" in page
    assert "the negative PCR ran out on 2020-01-24 06:30" in page
    assert "1 of 1 missing" in page
    assert "no negative antigen test before the shift" in page
    shown = read(visit("gao", "zh-hans"), f"/crew/{place}/")
    assert "在岗而证明失效" in shown
    assert "需 1 人，缺 1 人" in shown
    form_of_want = form(
        "want", work="CARRY_WASTE", start_at="2020-01-24T08:00", end_at="2020-01-24T12:00", people_count="3"
    )
    assert "3 of 3 missing" not in page
    assert "2 of 3 missing" in send(gao, f"/crew/{place}/", form_of_want)
    turned = form_of_want | {"start_at": "2020-01-24T12:00", "end_at": "2020-01-24T08:00", "next": f"/crew/{place}/"}
    given_back = send(gao, f"/crew/{place}/", turned)
    for typed in ('value="2020-01-24T12:00"', 'value="2020-01-24T08:00"', 'value="CARRY_WASTE" selected'):
        assert typed in given_back
    send(gao, f"/crew/{place}/", form("unassign", assignment=night.assignment, why="家里有事"))
    assert queries.assignment(night.assignment, now=Night.NOW).end_at == Night.NOW
    later = read(gao, f"/crew/{place}/?from=2020-01-26T05:00")
    assert "Nobody is planned in these hours." in later
    read(gao, f"/crew/{place}/?from=someday")


def test_only_the_fit_are_assigned_and_a_stand_in_is_found(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    wu = night.inside.ready("吴六")
    page = read(gao, f"/crew/{place}/assign/?start_at=2020-01-24T08:00&end_at=2020-01-24T10:00")
    boxes = dict(re.findall(r'name="person" value="([^"]+)"( disabled)?', page))
    assert boxes[str(wu)] == ""
    assert {person for person, off in boxes.items() if not off} == {str(wu)}
    asked = form(start_at="2020-01-24T08:00", end_at="2020-01-24T10:00", work="KEEP_ORDER")
    assert "may not work at" in send(
        gao,
        f"/crew/{place}/assign/",
        {**asked, "person": night.inside.person("周五"), "next": f"/crew/{place}/assign/"},
    )
    (ticked,) = [part for part in page.split("<form") if 'name="person"' in part]
    assert 'type="datetime-local" name="start_at"' in ticked  # the hours shown are those assigned
    looked = gao.post(f"/crew/{place}/assign/", {**asked, "act": "look", "person": wu})
    assert "start_at=" in looked.headers["Location"]
    kept = send(
        gao,
        f"/crew/{place}/assign/",
        {**asked, "person": wu, "start_at": "2020-01-24T09:00", "end_at": "2020-01-24T08:30", "other_work": "送药"}
        | {"next": f"/crew/{place}/assign/"},
    )
    assert f'value="{wu}" checked' in kept
    assert 'name="other_work" maxlength="60" value="送药"' in kept
    assert 'name="start_at" value="2020-01-24T09:00"' in kept
    assert "1 person assigned." in send(gao, f"/crew/{place}/assign/", {**asked, "person": wu})
    zheng = night.inside.ready("郑七")
    path = f"/crew/{place}/stand-in/{night.assignment}/"
    assert "郑七" in read(gao, path)
    assert "The stand-in is assigned." in send(gao, path, form(person=zheng, why="发烧"))


def test_the_gate_says_yes_or_no_in_large_letters_and_writes_both(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    path = f"/crew/{place}/gate/"
    wu = night.inside.ready("吴六")
    (held,) = queries.passes(person=wu)
    page = send(gao, path, form("in", told=held.code.lower()))
    assert re.search(r'class="verdict yes".*Let in.*吴六', page)
    page = send(gao, path, form("in", told="周五"))
    assert re.search(r'class="verdict no".*Not let in.*no pass', page)
    page = send(gao, path, form("in", told="没听过的人"))
    assert "nobody of this place by that name or code" in page
    page = send(gao, path, form("out", person=wu))
    assert "Let out." in page
    assert models.Entry.objects.filter(was_allowed=False).count() == 3
    night.inside.sign_up(night.inside.call(), "吴六", "13912345678")
    read(gao, path)


def test_the_gate_takes_a_temperature_with_the_name_or_after_it_was_missing(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    path = f"/crew/{place}/gate/"
    wu, zheng = (night.inside.passed_and_tested(name) for name in ("吴六", "郑七"))
    for person in (wu, zheng):
        night.inside.tested(person, DAWN - HOUR / 2, kind="ANTIGEN")
    page = send(gao, path, form("in", told="吴六"))
    assert re.search(r'class="verdict no".*Not let in.*no temperature today', page)
    assert "Write the temperature down, and look again" in page
    assert f"/crew/{place}/people/{wu}/" in page
    page = send(gao, path, form("in", person=wu, degrees="36.4"))
    assert re.search(r'class="verdict yes".*吴六', page)
    assert [row.tenths for row in models.Temperature.objects.filter(person=wu)] == [364]
    page = send(gao, path, form("in", told="郑七", degrees="38,2 or so", next=path))
    assert "is no temperature" in page
    assert not models.Temperature.objects.filter(person=zheng).exists()
    page = send(gao, path, form("in", told="郑七", degrees="38.2"))
    assert re.search(r'class="verdict no".*temperature too high', page)


def test_of_two_of_one_name_the_gate_asks_which(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    one, other = (night.inside.passed_and_tested(name) for name in ("王芳", "王 芳 2"))
    models.Member.objects.update_or_create(person_id=one, defaults={"since_at": NOW})
    found = queries.who_is(place, "王芳")
    assert found == (one,)
    page = read(gao, f"/crew/{place}/gate/?one_of={one}&one_of={other}&one_of=x")
    assert page.count('name="person" value=') >= 2
    assert "Several have this name" in page


def test_a_roll_call_on_a_phone_and_the_stand_in_it_leads_to(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    path = f"/crew/{place}/roll/"
    page = read(gao, path)
    fields = set(re.findall(r'name="(answer_[^"]+)"', page))
    assert fields == {f"answer_{night.zhao}", f"answer_{night.qian}"}
    assert "were not answered for" in send(gao, path, form(next=path, **{f"answer_{night.zhao}": "ABSENT"}))
    page = send(gao, path, form(**{f"answer_{night.zhao}": "ABSENT", f"answer_{night.qian}": "PRESENT"}))
    assert f"/crew/{place}/stand-in/{night.assignment}/" in page
    assert "1 is not accounted for" in page
    assert models.RollCall.objects.count() == 1
    muster = read(gao, f"{path}?call={night.call}")
    assert muster.count("answer_") == 4 * 3


def test_tests_are_read_by_the_place_and_each_look_is_kept(night: Night) -> None:
    gao, place = visit("gao"), night.inside.place
    path = f"/crew/{place}/people/{night.sun}/"
    before = PersonalRead.objects.count()
    assert "PCR" in read(gao, path)
    assert PersonalRead.objects.count() == before + 1
    send(gao, path, form("test", kind="ANTIGEN", result="NEGATIVE", sampled_at="2020-01-24T06:50"))
    page = send(gao, path, form("temperature", degrees="36.6"))
    assert "36.6 °C" in page
    judged = queries.fitness([night.sun], place=place, window=Window(DAWN + 2 * HOUR, None), now=Night.NOW)
    assert judged[night.sun].is_fit
    assert "cannot have been read" in send(gao, path, form("temperature", degrees="366", next=path))
    lin = visit("lin")
    test = models.Test.objects.filter(person=night.sun, kind="ANTIGEN").get()
    assert "taken back" in send(lin, path, form("void", test=test.id, why="看错了"))
    send(lin, path, form("member", employer="东行快递", home="五号院"))
    (held,) = queries.passes(person=night.sun)
    assert "The pass is revoked." in send(lin, path, {**form("revoke", why="名单更正"), "pass": held.id})


def test_rules_firms_beds_meals_and_kit(night: Night) -> None:
    lin, gao, place = visit("lin"), visit("gao"), night.inside.place
    asked = form(
        "rule", from_at="2020-01-24T12:00", needs_pass="1", pcr_hours="24", degrees="37.3", source="通告第 9 号"
    )
    page = send(lin, f"/crew/{place}/rules/", asked)
    assert "通告第 9 号" in page
    rule = models.EntryRule.objects.get()
    assert (rule.pcr_hours, rule.antigen_hours, rule.temperature_max_tenths) == (24, None, 373)
    listing = models.FirmListing.objects.get()
    assert "The firm is off the list." in send(lin, f"/crew/{place}/rules/", form("unlist", listing=listing.id))
    send(lin, f"/crew/{place}/rules/", form("firm", firm="东行快递"))
    path = f"/crew/{place}/keep/"
    assert "如家酒店" in read(gao, path)
    send(gao, path, form("lodging", name="汉庭", beds_count="10"))
    house = models.Lodging.objects.get(name="汉庭")
    send(gao, path, form("lodge", lodging=house.id, person="孙三", room="2"))
    send(gao, path, form("move-out", stay=models.Stay.objects.get(person=night.sun).id))
    send(gao, path, form("meal", which="BREAKFAST", day="2020-01-24", person=[night.zhao, night.qian]))
    assert models.Meal.objects.count() == 2
    send(gao, path, form("kit", person="孙三", thing="防护服", kit_count="3"))
    issue = models.KitIssue.objects.get(must_return=True)
    send(gao, path, form("back", issue=issue.id, returned_count="1"))
    assert models.KitIssue.objects.get(pk=issue.id).returned_count == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_kit_is_drawn_from_the_places_own_stock(night: Night, language: str) -> None:
    world, path = night.inside.world, f"/crew/{night.inside.world.cast.hub}/kit/"
    lin = visit("lin", language)
    assert 'name="item"' not in read(lin, path)  # nothing of its own stands there
    suits = [Counted(world.item("protective-suit"), 5)]
    count_stock(
        site=world.cast.hub, lines=suits, counted_at=Night.NOW, actor=world.cast.lin, now=Night.NOW, request_id=new_id()
    )
    assert 'name="item"' in read(lin, path)
    asked = form(person="孙三", item=world.item("protective-suit"), kit_count="2", must_return="1")
    page = send(lin, path, asked)
    (issue,) = models.KitIssue.objects.filter(place=world.cast.hub)
    assert (issue.issued_count, issue.item_id, "孙三" in page) == (2, world.item("protective-suit"), True)
    keep = f"/crew/{world.cast.hub}/keep/"
    assert str(issue.id) in read(lin, keep)
    send(lin, keep, form("back", issue=issue.id, returned_count="2"))
    assert [view.free for view in queries.own_stock(world.cast.hub, place=world.cast.hub)] == [5]


def test_pages_stay_cheap_and_shut_to_others(night: Night) -> None:
    inside, place = night.inside, night.inside.place
    for number in range(10):
        inside.assign(inside.ready(f"骑手{number}"))
    lin, gao = visit("lin"), visit("gao")
    office = ("/crew/", f"/crew/calls/{night.call}/", f"/crew/{place}/rules/")
    ours = [
        f"/crew/calls/{night.call}/muster/",
        *(f"/crew/{place}/{page}" for page in ("", "assign/", "couriers/", "gate/", "roll/", "keep/")),
        f"/crew/{place}/stand-in/{night.assignment}/",
        f"/crew/{place}/people/{night.zhao}/",
    ]
    for path in office:
        read(lin, path)
    for path in ours:
        read(gao, path)
    stranger, hong = visit("stranger"), visit("hong")
    before = rows_everywhere()
    for path in (*office[1:], *ours):
        assert [who.get(path).status_code for who in (stranger, hong)] == [403, 403], path
        assert [who.post(path, form("unassign")).status_code for who in (stranger, hong)] == [403, 403], path
    assert rows_everywhere() == before
    assert "酒仙桥" not in hong.get("/crew/").content.decode()
    assert stranger.get("/crew/").status_code == 403


def test_a_door_of_the_crew_tells_nobody_anything(night: Night) -> None:
    phone = Client()
    for path in (
        "/crew/join/AAAAAAAAAAAAAAAAAAAAAA/",
        "/crew/me/AAAAAAAAAAAAAAAAAAAAAA/",
        f"/crew/me/{night.call_token}/",
    ):
        answer = phone.get(path)
        assert answer.status_code == 404
        assert "李四" not in answer.content.decode()
        assert answer.headers["Cache-Control"] == "no-store"
    assert "13800001111" not in phone.get(f"/crew/me/{night.own_token}/").content.decode()
