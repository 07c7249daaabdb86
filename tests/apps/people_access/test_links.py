from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.people.models import Link, LinkUse, User
from baogong.people.queries.access import links_to
from baogong.people.services import access, limits, links
from tests.apps.people_access.unguarded import look_then_count
from tests.cast import NOW, PASSWORD, Cast, log_in_as, rows_in_book
from tests.races import Meeting, race

SUBJECT = new_id()


def make(cast: Cast, **options: Any) -> str:
    facts = {"purpose": "DONOR", "subject": SUBJECT, "party": None, "actor": cast.lin, "now": NOW}
    return links.make_link(**{**facts, "expires_at": NOW + timedelta(days=30), **options})


def test_a_link_opens_its_one_subject(cast: Cast) -> None:
    view = links.open_link(make(cast), "DONOR", NOW)
    assert (view.subject, view.asks_code) == (SUBJECT, False)


def test_a_token_has_128_random_bits_and_is_nowhere_in_the_book(cast: Cast) -> None:
    token = make(cast)
    assert len(token) == 22
    link = Link.objects.get()
    assert token.encode() not in bytes(link.token_hash)
    assert len(bytes(link.token_hash)) == 32
    assert token not in repr(links.open_link(token, "DONOR", NOW))


def test_ended_withdrawn_misused_and_invented_links_get_the_same_answer(cast: Cast) -> None:
    withdrawn, ended = make(cast), make(cast, expires_at=NOW + timedelta(hours=1))
    links.revoke(links.open_link(withdrawn, "DONOR", NOW).id, actor=cast.lin, now=NOW)
    answers = set()
    for token, purpose, at in (
        (withdrawn, "DONOR", NOW),
        (ended, "DONOR", NOW + timedelta(hours=1)),
        (make(cast), "CARRIER_OFFER", NOW),
        ("A" * 22, "DONOR", NOW),
    ):
        with pytest.raises(links.LinkUnusable) as caught:
            links.open_link(token, purpose, at)
        answers.add(str(caught.value.as_dict()))
    assert len(answers) == 1


def test_every_opening_is_kept_also_the_refused_ones(cast: Cast) -> None:
    token = make(cast)
    links.open_link(token, "DONOR", NOW)
    with pytest.raises(links.LinkUnusable):
        links.open_link(token, "DONOR", NOW + timedelta(days=31))
    assert list(LinkUse.objects.order_by("at").values_list("act", "was_allowed")) == [("OPEN", True), ("OPEN", False)]


def test_the_links_to_a_subject_are_listed_with_their_openings(cast: Cast) -> None:
    token, gone = make(cast), make(cast, now=NOW - timedelta(hours=1))
    links.open_link(token, "DONOR", NOW)
    links.revoke(links.open_link(gone, "DONOR", NOW).id, actor=cast.lin, now=NOW)
    assert [(row.is_open, row.openings) for row in links_to(SUBJECT, now=NOW)] == [(True, 1), (False, 1)]


def test_a_changing_act_asks_the_code(cast: Cast) -> None:
    view = links.open_link(make(cast, code="428 113"), "DONOR", NOW)
    assert view.asks_code
    with pytest.raises(links.WrongCode):
        links.check_code(view.id, "428114", NOW)
    links.check_code(view.id, " 428 113 ", NOW)


def test_a_link_without_a_code_can_only_look(cast: Cast) -> None:
    view = links.open_link(make(cast), "DONOR", NOW)
    with pytest.raises(links.LinkUnusable):
        links.check_code(view.id, "", NOW)


def test_five_wrong_codes_close_the_door_for_an_hour(cast: Cast) -> None:
    view = links.open_link(make(cast, code="428113"), "DONOR", NOW)
    for guess in range(5):
        with pytest.raises(links.WrongCode):
            links.check_code(view.id, str(guess), NOW)
    with pytest.raises(limits.TooOften):
        links.check_code(view.id, "428113", NOW)
    links.check_code(view.id, "428113", NOW + timedelta(hours=1))


def test_right_codes_are_no_guesses(cast: Cast) -> None:
    view = links.open_link(make(cast, code="428113"), "DONOR", NOW)
    for _ in range(12):
        links.check_code(view.id, "428113", NOW)


def test_the_code_is_stored_with_a_key(cast: Cast, settings: Any) -> None:
    view = links.open_link(make(cast, code="428113"), "DONOR", NOW)
    settings.BAOGONG_TAG_KEY = b"another key, thirty-two bytes..."
    with pytest.raises(links.WrongCode):
        links.check_code(view.id, "428113", NOW)


def test_all_links_to_a_subject_can_be_withdrawn(cast: Cast) -> None:
    tokens = [make(cast), make(cast), make(cast, subject=new_id())]
    assert links.revoke_for(SUBJECT, purpose="DONOR", actor=cast.lin, now=NOW) == 2
    links.open_link(tokens[2], "DONOR", NOW)


def test_stranger_makes_and_withdraws_no_link(cast: Cast) -> None:
    link = links.open_link(make(cast), "DONOR", NOW).id
    before = rows_in_book()
    with pytest.raises(NotYourPlace):
        make(cast, actor=cast.stranger)
    with pytest.raises(NotYourPlace):
        links.revoke(link, actor=cast.stranger, now=NOW)
    assert rows_in_book() == before
    assert Link.objects.get().revoked_at is None


@pytest.mark.usefixtures("db")
def test_the_first_administrators_link_works_once() -> None:
    token = links.first_administrator_link(now=NOW)
    assert token is not None
    links.open_link(token, links.FIRST_ADMIN, NOW)
    user = links.become_first_administrator(token=token, name="Ann", username="ann", password=PASSWORD, now=NOW)
    assert access.actor_of(user, NOW).may(Duty.ADMIN)
    with pytest.raises(links.LinkUnusable):
        links.become_first_administrator(token=token, name="Eve", username="eve", password=PASSWORD, now=NOW)
    assert links.first_administrator_link(now=NOW) is None


@pytest.mark.usefixtures("db")
def test_a_second_terminal_ends_the_first_ones_link() -> None:
    first, second = links.first_administrator_link(now=NOW), links.first_administrator_link(now=NOW)
    assert first is not None
    assert second is not None
    with pytest.raises(links.LinkUnusable):
        links.open_link(first, links.FIRST_ADMIN, NOW)
    later = NOW + timedelta(hours=1)
    with pytest.raises(links.LinkUnusable):
        links.open_link(second, links.FIRST_ADMIN, later)
    with pytest.raises(links.LinkUnusable):
        links.become_first_administrator(token=second, name="Ann", username="ann", password=PASSWORD, now=later)


@pytest.mark.usefixtures("db")
def test_a_password_refused_does_not_use_the_link_up() -> None:
    token = links.first_administrator_link(now=NOW)
    assert token is not None
    with pytest.raises(access.PasswordTooShort), transaction.atomic():
        links.become_first_administrator(token=token, name="Ann", username="ann", password="short", now=NOW)
    with pytest.raises(access.PasswordKnown), transaction.atomic():
        links.become_first_administrator(
            token=token, name="Ann", username="ann", password=access.DEMO_PASSWORD.upper(), now=NOW
        )
    links.become_first_administrator(token=token, name="Ann", username="ann", password=PASSWORD, now=NOW)


@pytest.mark.usefixtures("db")
def test_a_demonstrations_administrator_does_not_close_the_first_link() -> None:
    access.make_login(name="Demo", username="demo", password="demo", duties=[(Duty.ADMIN, None)], now=NOW, is_demo=True)
    assert links.first_administrator_link(now=NOW) is not None


class LookedAtFirst:
    """The link without the guard of its one-time use: both find it unused before either has used it."""

    def __init__(self, meeting: Meeting) -> None:
        self.objects, self._meeting = self, meeting

    def filter(self, **facts: Any) -> LookedAtFirst:
        self._found = Link.objects.get(**facts)
        self._meeting.wait()
        return self

    def update(self, **facts: Any) -> int:
        return Link.objects.filter(pk=self._found.pk).update(**facts)


@pytest.mark.parametrize("guards", [(False, False), (True, False), (False, True), (True, True)])
def test_of_two_who_use_the_first_link_at_once_one_is_administrator(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, guards: tuple[bool, bool]
) -> None:
    """Either guard suffices: the link is used once, and there is an administrator already. Without both, two."""
    token = links.first_administrator_link(now=NOW)
    assert token is not None
    is_used_once, looks_for_another = guards
    if not is_used_once:
        monkeypatch.setattr(links, "Link", LookedAtFirst(Meeting(is_guarded=False)))
    if not looks_for_another:
        monkeypatch.setattr(access, "has_administrator", lambda now: False)

    def become(username: str) -> Any:
        return lambda: links.become_first_administrator(
            token=token, name=username, username=username, password=PASSWORD, now=NOW
        )

    answers = race(become("ann"), become("eve"))
    assert sum(isinstance(answer, links.LinkUnusable) for answer in answers) == (1 if any(guards) else 0)
    assert User.objects.count() == (1 if any(guards) else 2)


def test_a_link_maker_needs_no_place_but_a_duty(cast: Cast) -> None:
    assert make(cast, actor=cast.lin)
    carrier = log_in_as("Che", [(Duty.CARRIER, cast.hub)])
    for other in (cast.bao, carrier, log_in_as("Zhou", [(Duty.AUDITOR, None)])):
        with pytest.raises(NotYourPlace):
            make(cast, actor=other)


def test_only_an_administrator_makes_and_ends_what_acts_as_a_person(cast: Cast) -> None:
    admin = log_in_as("Ning", [(Duty.ADMIN, None)])
    assert make(cast, actor=admin, purpose=links.API)
    for other in (cast.lin, cast.bao):
        with pytest.raises(NotYourPlace):
            make(cast, actor=other, purpose=links.API)
        with pytest.raises(NotYourPlace):
            links.revoke_for(SUBJECT, purpose=links.API, actor=other, now=NOW)


def look(token: str, *, address: str = "203.0.113.9", at: datetime = NOW, now: datetime = NOW) -> links.LinkView:
    return links.look_up(token=token, purpose="DONOR", address=address, now=now, paced_at=at)


def test_a_link_is_paced_whatever_address_it_is_opened_from_and_another_link_stays_open(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LOOKS_MAX", 3)
    token, other = make(cast), make(cast)
    for number in range(3):
        assert look(token, address=f"203.0.113.{number}").subject == SUBJECT
    for _knock in range(5):
        with pytest.raises(limits.TooOften):
            look(token, address="203.0.113.77")
    assert look(other).subject == SUBJECT
    assert look(token, at=NOW + timedelta(seconds=links.LOOKS_WINDOW_S)).subject == SUBJECT
    assert list(LinkUse.objects.order_by("id").values_list("act", "was_allowed")) == [
        *[("OPEN", True)] * 3,
        ("TOO_OFTEN", False),  # once, however often somebody knocks
        *[("OPEN", True)] * 2,
    ]


def test_an_address_is_paced_loosely_over_all_links_and_guesses(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(links, "ADDRESS_LOOKS_MAX", 4)
    monkeypatch.setattr(logging.getLogger("baogong"), "propagate", True)
    token = make(cast)
    for guess in ("A" * 22, "B" * 22):
        with pytest.raises(links.LinkUnusable):
            look(guess)
    look(token)
    look(token)
    with pytest.raises(limits.TooOften):
        look(token)
    with pytest.raises(limits.TooOften):
        look("C" * 22)
    assert look(token, address="203.0.113.10").subject == SUBJECT
    rows = list(LinkUse.objects.order_by("id"))
    assert [(row.act, row.link is None, row.door) for row in rows] == [
        ("OPEN", True, "DONOR"),
        ("OPEN", True, "DONOR"),
        ("OPEN", False, "DONOR"),
        ("OPEN", False, "DONOR"),
        ("TOO_OFTEN", False, "DONOR"),
        ("TOO_OFTEN", True, "DONOR"),
        ("OPEN", False, "DONOR"),
    ]
    tags = {bytes(row.address_tag or b"") for row in rows[:6]}
    assert (len(tags), bytes(rows[6].address_tag or b"") in tags) == (1, False)
    said = {id(record): record.getMessage() for record in caplog.records}
    assert len([text for text in said.values() if "a look at a private link was refused" in text]) == 4
    for secret in (token, "AAAA", "203.0.113"):
        assert secret not in caplog.text


def test_a_drill_whose_clock_stands_still_opens_its_doors_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "LOOKS_MAX", 1)
    token = make(cast)
    for later_min in (0, 15, 30):
        assert look(token, now=NOW, at=NOW + timedelta(minutes=later_min)).subject == SUBJECT
    view = links.open_link(make(cast, code="428113"), "DONOR", NOW)
    for guess in range(5):
        with pytest.raises(links.WrongCode):
            links.check_code(view.id, str(guess), NOW, paced_at=NOW)
    links.check_code(view.id, "428113", NOW, paced_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_at_once_cannot_share_the_last_look(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    monkeypatch.setattr(links, "LOOKS_MAX", 3)
    token = make(fresh_cast)
    if not is_guarded:
        look_then_count(monkeypatch, racers=6)
    answers = race(*[lambda: look(token)] * 6)
    assert sum(isinstance(answer, links.LinkView) for answer in answers) == (3 if is_guarded else 6)
    assert LinkUse.objects.filter(was_allowed=True).count() == (3 if is_guarded else 6)
