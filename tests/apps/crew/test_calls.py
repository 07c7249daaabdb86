"""From the call to the pass: signed up by link or at the office, listed, passes in one go, and who may do what."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from baogong.crew import queries, services
from baogong.crew.models import Member, Pass, SignUp
from baogong.crew.services import (
    CallClosed,
    CallUnusable,
    NotListed,
    NotOfTheRegister,
    OtherEmployer,
    OwnPass,
    PassDecided,
    PassUnusable,
    SignedUpAlready,
    SignUpDecided,
    SignUpUnusable,
    passes,
)
from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.people.models import PersonalDatum
from baogong.people.services import links
from baogong.people.services.parties import register_party
from tests.apps.crew.inside import DAWN, HOUR, Inside, make_inside
from tests.apps.supply.world import assert_refused_without_trace, rows_everywhere
from tests.books import Built
from tests.cast import NOW, person_of
from tests.races import Meeting, race


@pytest.fixture
def inside(built: Built) -> Inside:
    return built(make_inside)


def test_from_the_call_to_the_muster(inside: Inside) -> None:
    call = inside.call()
    view = queries.call(call, now=NOW)
    assert (view.is_open, view.signed_count, view.place_name) == (True, 0, "酒仙桥街道")
    ups = [inside.sign_up(call, name, employer=inside.firm, home="三号院") for name in ("赵一", "钱二", "孙三", "李四")]
    services.close_call(call=call, actor=inside.lin, now=NOW + HOUR)
    services.close_call(call=call, actor=inside.lin, now=NOW + HOUR)
    with pytest.raises(CallClosed):
        inside.sign_up(call, "周五", now=NOW + HOUR)
    assert services.list_up(sign_ups=ups[:3], actor=inside.lin, now=NOW + HOUR) == 3
    assert services.list_up(sign_ups=ups[:3], actor=inside.lin, now=NOW + HOUR) == 0
    assert services.decline(sign_ups=ups[3:], why="名额已满", actor=inside.lin, now=NOW + HOUR) == 1
    views = queries.sign_ups(call, now=NOW)
    assert [each.state for each in views] == ["LISTED"] * 3 + ["DECLINED"]
    assert {each.employer_name for each in views} == {"东行快递"}
    listed = [each.person for each in views[:3]]
    apply: Any = partial(services.apply_for_pass, place=inside.place, call=call, actor=inside.lin, now=NOW + HOUR)
    with pytest.raises(NotListed) as refused:
        apply(persons=[each.person for each in views])
    assert refused.value.found == 1
    held = apply(persons=listed)
    assert apply(persons=listed) == held  # an application that runs is kept
    grant: Any = partial(
        services.grant_pass, from_at=DAWN - 2 * HOUR, until_at=DAWN + 72 * HOUR, actor=inside.lin, now=NOW + 2 * HOUR
    )
    assert grant(passes=held[:2], numbers={held[0]: "朝阳-0001"}) == 2
    assert grant(passes=held[:2]) == 0
    assert services.refuse_pass(passes=held[2:], why="绿码不符", actor=inside.lin, now=NOW + 2 * HOUR) == 1
    with pytest.raises(PassDecided):
        grant(passes=held)
    assert [row.number for row in queries.passes(ids=held[:1])] == ["朝阳-0001"]
    sheet = queries.muster_sheet(call, now=NOW + 2 * HOUR)
    assert {each.name: each.pass_state for each in sheet} == {"赵一": "GRANTED", "钱二": "GRANTED", "孙三": "REFUSED"}
    (zhao,) = [each for each in sheet if each.name == "赵一"]
    assert zhao.fitness is not None
    assert [reason.code for reason in zhao.fitness.reasons] == ["PCR_MISSING", "ANTIGEN_MISSING", "TEMPERATURE_MISSING"]
    roll = services.call_roll(
        place=inside.place,
        call=call,
        answers={listed[0]: "PRESENT", listed[1]: "ABSENT", listed[2]: "EXCUSED"},
        actor=inside.gao,
        now=DAWN - HOUR,
        request_id=new_id(),
    )
    assert queries.roll_call(roll).counts == {"PRESENT": 1, "ABSENT": 1, "EXCUSED": 1}
    assert [each.mustered for each in queries.muster_sheet(call, now=DAWN)] != ["", "", ""]


def test_a_call_lacks_nothing_and_ends_before_its_muster(inside: Inside) -> None:
    before = rows_everywhere()
    odd: tuple[dict[str, Any], ...] = (
        {"title": " "},
        {"works": ["", " "]},
        {"people_count": 0},
        {"closes_at": NOW},
        {"closes_at": DAWN},
        {"muster_where": ""},
    )
    for changed in odd:
        with pytest.raises(CallUnusable):
            inside.call(**changed)
    with pytest.raises(NotOfTheRegister):
        inside.call(place=new_id())
    assert rows_everywhere() == before
    request = new_id()
    assert inside.call(request_id=request) == inside.call(request_id=request)
    with pytest.raises(RequestIdReused):
        inside.call(request_id=request, people_count=3)


def test_the_list_closes_by_the_clock_too(inside: Inside) -> None:
    call = inside.call()
    with pytest.raises(CallClosed):
        inside.sign_up(call, "赵一", now=NOW + 5 * HOUR)
    assert not queries.call(call, now=NOW + 5 * HOUR).is_open


def test_who_signs_up_by_link_gets_a_page_of_their_own(inside: Inside) -> None:
    call = inside.call()
    link = services.make_call_link(call=call, actor=inside.lin, now=NOW)
    opened = links.open_link(link.token, services.CALL_LINK, NOW)
    assert (opened.subject, opened.party, opened.asks_code) == (call, inside.place, True)
    with pytest.raises(links.WrongCode):
        links.check_code(opened.id, "nothing", NOW)
    links.check_code(opened.id, link.code, NOW)
    answered: Any = partial(services.sign_up_by_link, call=call, now=NOW)
    first = answered(name="赵一", phone="138 0000 1111", employer_text="东行快递", request_id=new_id())
    own = links.open_link(first.token, services.OWN_LINK, NOW)
    assert own.subject == first.id
    links.check_code(own.id, "1111", NOW)
    view = queries.sign_up(first.id, now=NOW)
    assert (view.name, view.employer, view.state, view.by_link) == ("赵一", inside.firm, "SIGNED", True)
    # Another of the same name is another person; the same person on another call is the same.
    second = answered(name="赵一", phone="13900002222", employer_text="没听过的公司", request_id=new_id())
    other = queries.sign_up(second.id, now=NOW)
    assert (other.name, other.employer, other.employer_text) == ("赵一（2）", None, "没听过的公司")
    again = services.sign_up_by_link(
        call=inside.call(title="第二批"), name="赵一", phone="１３９００００２２２２", now=NOW, request_id=new_id()
    )
    assert queries.sign_up(again.id, now=NOW).person == other.person
    for name, phone in (("赵一", "12"), (" ", "13800001111"), ("赵一", "abcdefg")):
        with pytest.raises(SignUpUnusable):
            answered(name=name, phone=phone, request_id=new_id())
    with pytest.raises(SignedUpAlready):
        answered(name="赵一", phone="13800001111", request_id=new_id())
    later = services.make_call_link(call=call, actor=inside.lin, now=NOW)
    with pytest.raises(links.LinkUnusable):
        links.open_link(link.token, services.CALL_LINK, NOW)
    assert links.open_link(later.token, services.CALL_LINK, NOW).subject == call


def test_a_telephone_stands_nowhere_in_clear(inside: Inside) -> None:
    services.sign_up_by_link(call=inside.call(), name="赵一", phone="13800001111", now=NOW, request_id=new_id())
    datum = PersonalDatum.objects.get()
    assert b"13800001111" not in bytes(datum.cipher or b"")
    assert "1380000" not in str([list(SignUp.objects.values()), list(Member.objects.values())])


def test_one_employer_at_a_time(inside: Inside) -> None:
    other = register_party(kind="ORGANISATION", name="西行快递", city="北京", now=NOW)
    call, zhao = inside.call(), inside.person("赵一")
    services.sign_up(call=call, person=zhao, employer=inside.firm, actor=inside.lin, now=NOW, request_id=new_id())
    again: Any = partial(services.sign_up, call=inside.call(), person=zhao, employer=other, actor=inside.lin, now=NOW)
    with pytest.raises(OtherEmployer):
        again(request_id=new_id())
    services.set_member(person=zhao, employer=other, home="五号院", place=inside.place, actor=inside.lin, now=NOW)
    again(request_id=new_id())
    assert queries.members([zhao])[zhao].employer_name == "西行快递"


def test_who_withdraws_leaves_nothing_planned(inside: Inside) -> None:
    call = inside.call()
    person = inside.ready("赵一")
    up = services.sign_up(call=call, person=person, actor=inside.lin, now=NOW, request_id=new_id())
    inside.assign(person)
    assert len(queries.plan(inside.place, window=Window(NOW, NOW + 96 * HOUR), now=NOW)) == 1
    for _ in range(2):
        services.withdraw_sign_up(sign_up=up, actor=inside.lin, now=NOW, why="家里有事")
    assert queries.plan(inside.place, window=Window(NOW, NOW + 96 * HOUR), now=NOW) == ()
    with pytest.raises(SignUpDecided):
        services.list_up(sign_ups=[up], actor=inside.lin, now=NOW)
    with pytest.raises(SignUpUnusable):
        services.list_up(sign_ups=[new_id()], actor=inside.lin, now=NOW)
    with pytest.raises(SignUpUnusable):
        services.decline(sign_ups=[up], why=" ", actor=inside.lin, now=NOW)


def test_passes_are_for_a_time_to_come_never_ones_own_and_end_when_revoked(inside: Inside) -> None:
    zhao = inside.person("赵一")
    (held,) = services.apply_for_pass(place=inside.place, persons=[zhao], actor=inside.lin, now=NOW)
    for from_at, until_at in ((NOW, NOW), (NOW - 2 * HOUR, NOW - HOUR), (DAWN, NOW)):
        with pytest.raises(PassUnusable):
            services.grant_pass(passes=[held], from_at=from_at, until_at=until_at, actor=inside.lin, now=NOW)
    with pytest.raises(PassUnusable):
        services.refuse_pass(passes=[held], why=" ", actor=inside.lin, now=NOW)
    with pytest.raises(PassDecided):
        services.revoke_pass(pass_id=held, why="x", actor=inside.lin, now=NOW)
    (own,) = services.apply_for_pass(place=inside.place, persons=[person_of(inside.lin)], actor=inside.lin, now=NOW)
    with pytest.raises(OwnPass):
        services.grant_pass(passes=[held, own], from_at=NOW, until_at=DAWN, actor=inside.lin, now=NOW)
    services.grant_pass(passes=[held], from_at=NOW, until_at=DAWN, actor=inside.lin, now=NOW)
    for _ in range(2):
        services.revoke_pass(pass_id=held, why="换人", actor=inside.lin, now=NOW + HOUR)
    (view,) = queries.passes(person=zhao)
    assert (view.state, view.revoked_at, view.why) == ("REVOKED", NOW + HOUR, "换人")
    (fresh,) = services.apply_for_pass(place=inside.place, persons=[zhao], actor=inside.lin, now=NOW + HOUR)
    assert fresh != held


def test_strangers_keepers_and_other_places_open_list_and_grant_nothing(inside: Inside) -> None:
    call = inside.call()
    up = inside.sign_up(call, "赵一")
    person = queries.sign_up(up, now=NOW).person
    (held,) = services.apply_for_pass(place=inside.place, persons=[person], actor=inside.lin, now=NOW)
    for who in (inside.world.cast.stranger, inside.gao, inside.hong, inside.world.cast.mei):
        said: dict[str, Any] = {"actor": who, "now": NOW}
        for act in (
            partial(inside.call, actor=who),
            partial(inside.sign_up, call, "钱二", actor=who),
            partial(services.close_call, call=call, **said),
            partial(services.make_call_link, call=call, **said),
            partial(services.list_up, sign_ups=[up], **said),
            partial(services.decline, sign_ups=[up], why="x", **said),
            partial(services.withdraw_sign_up, sign_up=up, **said),
            partial(services.apply_for_pass, place=inside.place, persons=[person], **said),
            partial(services.grant_pass, passes=[held], from_at=NOW, until_at=DAWN, **said),
            partial(services.refuse_pass, passes=[held], why="x", **said),
            partial(services.revoke_pass, pass_id=held, why="x", **said),
            partial(services.list_firm, firm=inside.firm, place=inside.place, from_at=NOW, **said),
            partial(services.set_member, person=person, employer=None, home="", place=inside.place, **said),
        ):
            assert_refused_without_trace(act)


def two_offices(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> list[Any]:
    """Two of the office apply for the same person's pass; they meet before either has written."""
    with transaction.atomic():
        inside = make_inside()
        person = inside.person("赵一")
    meeting = Meeting(is_guarded=is_guarded)
    choice = secrets.choice

    def drawn(signs: str) -> str:
        if not meeting.happened:
            meeting.wait()
        return str(choice(signs))

    monkeypatch.setattr(secrets, "choice", drawn)
    return race(
        *(
            partial(services.apply_for_pass, place=inside.place, persons=[person], actor=inside.lin, now=NOW)
            for _ in range(2)
        )
    )


def test_without_the_lock_the_second_application_breaks(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "lock_word", lambda word: None)
    answers = two_offices(monkeypatch, is_guarded=False)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError", "tuple"]


def test_two_of_the_office_apply_once(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_offices(monkeypatch, is_guarded=True)
    assert one == other
    assert Pass.objects.count() == 1


def test_a_roster_goes_on_the_list_at_once(inside: Inside) -> None:
    call = inside.call()
    up = inside.sign_up(call, "赵一")
    (zhao,) = [each.person for each in queries.sign_ups(call, now=NOW)]
    qian, sun = inside.person("钱二"), inside.person("孙三")
    roster: Any = partial(services.list_all, call=call, now=NOW)
    key = new_id()
    assert roster(persons=[zhao, qian, sun], actor=inside.lin, request_id=key) == 3
    assert roster(persons=[zhao, qian, sun], actor=inside.lin, request_id=key) == 0
    assert roster(persons=[qian], actor=inside.lin, request_id=new_id()) == 0
    assert [(each.name, each.state) for each in queries.sign_ups(call, now=NOW)] == [
        ("赵一", "LISTED"), ("钱二", "LISTED"), ("孙三", "LISTED"),
    ]  # fmt: skip
    services.withdraw_sign_up(sign_up=up, actor=inside.lin, now=NOW)
    before = rows_everywhere()
    with pytest.raises(SignUpDecided):
        roster(persons=[zhao], actor=inside.lin, request_id=new_id())
    with pytest.raises(SignUpUnusable):
        roster(persons=[], actor=inside.lin, request_id=new_id())
    assert rows_everywhere() == before
    assert_refused_without_trace(lambda: roster(persons=[sun], actor=inside.hong, request_id=new_id()))
    services.close_call(call=call, actor=inside.lin, now=NOW)
    with pytest.raises(CallClosed):
        roster(persons=[inside.person("李四")], actor=inside.lin, request_id=new_id())
