from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.people.models import DutyHeld, User
from baogong.people.queries import access as queries
from baogong.people.services import access
from tests.cast import NOW, PASSWORD, Cast, log_in_as, rows_in_book
from tests.races import Meeting, race


def user_of(actor: Actor) -> User:
    return User.objects.get(party=actor.person_id)


def test_a_duty_holds_at_its_place_and_nowhere_else(cast: Cast) -> None:
    assert cast.bao.may(Duty.KEEPER, cast.hub)
    assert not cast.bao.may(Duty.KEEPER, cast.warehouse)
    assert not cast.bao.may(Duty.COMMAND, cast.hub)
    assert queries.reach(cast.bao, Duty.KEEPER) == frozenset({cast.hub})
    assert queries.reach(cast.lin, Duty.COMMAND) is None
    assert queries.reach(cast.stranger, Duty.KEEPER) == frozenset()


def test_a_duty_everywhere_swallows_the_same_duty_at_a_place(cast: Cast) -> None:
    access.give_duty(user=user_of(cast.bao).id, duty=Duty.KEEPER, at=None, actor=THE_HOUSE, now=NOW)
    bao = access.actor_of(user_of(cast.bao).id, NOW)
    assert bao.may(Duty.KEEPER, cast.warehouse)


def test_a_duty_given_twice_is_one_duty(cast: Cast) -> None:
    user = user_of(cast.tao).id
    first = access.give_duty(user=user, duty=Duty.KEEPER, at=cast.hub, actor=THE_HOUSE, now=NOW)
    again = access.give_duty(user=user, duty=Duty.KEEPER, at=cast.hub, actor=THE_HOUSE, now=NOW)
    assert first == again
    assert DutyHeld.objects.filter(user=user, duty=Duty.KEEPER).count() == 1


def test_a_duty_ends_at_its_end_and_when_it_is_taken(cast: Cast) -> None:
    user, later = user_of(cast.tao).id, NOW + timedelta(hours=2)
    access.give_duty(user=user, duty=Duty.KEEPER, at=cast.hub, actor=THE_HOUSE, now=NOW, until_at=later)
    assert access.actor_of(user, later - timedelta(seconds=1)).may(Duty.KEEPER, cast.hub)
    assert not access.actor_of(user, later).may(Duty.KEEPER, cast.hub)
    access.end_duty(user=user, duty=Duty.DRIVER, at=cast.truck, actor=THE_HOUSE, now=NOW)
    assert not access.actor_of(user, NOW).may(Duty.DRIVER, cast.truck)


def test_a_dismissed_person_is_nobody(cast: Cast) -> None:
    user = user_of(cast.bao).id
    access.dismiss(user=user, actor=THE_HOUSE, now=NOW)
    with pytest.raises(access.UnknownLogin):
        access.actor_of(user, NOW)
    with pytest.raises(access.WrongPassword):
        access.check_login(username="Bao", password=PASSWORD)
    assert not DutyHeld.objects.filter(user=user, until_at=None).exists()


def test_stranger_gives_no_duties_and_leaves_no_trace(cast: Cast) -> None:
    user = user_of(cast.stranger).id
    before = rows_in_book()
    for act in (
        lambda: access.give_duty(user=user, duty=Duty.ADMIN, at=None, actor=cast.stranger, now=NOW),
        lambda: access.end_duty(user=user, duty=Duty.ADMIN, at=None, actor=cast.stranger, now=NOW),
        lambda: access.dismiss(user=user_of(cast.lin).id, actor=cast.stranger, now=NOW),
        lambda: access.change_password(
            user=user_of(cast.lin).id, password="a-password-of-mine", actor=cast.stranger, now=NOW
        ),
        lambda: access.make_login(
            name="X", username="x", password=PASSWORD, duties=[(Duty.ADMIN, None)], now=NOW, actor=cast.stranger
        ),
    ):
        with pytest.raises(NotYourPlace), transaction.atomic():
            act()
    assert rows_in_book() == before
    assert access.actor_of(user_of(cast.lin).id, NOW).may(Duty.COMMAND)


def test_log_ins_are_listed_with_the_duties_that_run(cast: Cast) -> None:
    listed = {view.name: view for view in queries.log_ins(now=NOW)}
    assert [(duty.duty, duty.at_name) for duty in listed["Bao"].duties] == [(Duty.KEEPER, "仙桃中转仓")]
    assert listed["Stranger"].duties == ()
    access.dismiss(user=listed["Bao"].id, actor=THE_HOUSE, now=NOW)
    dismissed = queries.login(listed["Bao"].id, NOW)
    assert dismissed is not None
    assert (dismissed.is_active, dismissed.duties) == (False, ())


def test_who_has_a_duty_counts_those_who_have_it_everywhere(cast: Cast) -> None:
    everywhere = log_in_as("Ann", [(Duty.KEEPER, None)])
    names = [view.name for view in queries.who_has(Duty.KEEPER, now=NOW, at=cast.hub)]
    assert sorted(names) == ["Ann", "Bao"]
    assert [view.person for view in queries.who_has(Duty.KEEPER, now=NOW, at=cast.warehouse)] == [everywhere.person_id]


def test_command_is_no_administrator(cast: Cast) -> None:
    with pytest.raises(NotYourPlace):
        access.give_duty(user=user_of(cast.lin).id, duty=Duty.ADMIN, at=None, actor=cast.lin, now=NOW)


def test_two_spellings_are_one_log_in_name(cast: Cast) -> None:
    assert access.check_login(username=" ＬＩＮ ", password=PASSWORD) == user_of(cast.lin).id
    with pytest.raises(access.NameTaken):
        log_in_as("lin", [])


def test_two_persons_may_share_a_name(cast: Cast) -> None:
    for username in ("wang1", "wang2"):
        access.make_login(name="王伟", username=username, password=PASSWORD, duties=[], now=NOW)
    assert User.objects.filter(party__name="王伟").count() == 2


def test_a_short_password_is_refused(db: None) -> None:
    with pytest.raises(access.PasswordTooShort, match="9 characters; at least 10"):
        access.make_login(name="X", username="x", password="123456789", duties=[], now=NOW)
    assert not User.objects.exists()


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(cast: Cast) -> None:
    answers = set()
    for username, password in (("lin", "no-such-password"), ("nobody", PASSWORD), ("lin", "")):
        with pytest.raises(access.WrongPassword) as caught:
            access.check_login(username=username, password=password)
        answers.add(str(caught.value.as_dict()))
    assert len(answers) == 1


def test_demonstration_log_ins_work_only_in_a_drill_on_this_machine(db: None, settings: Any) -> None:
    from baogong.journal.clock import mark_drill

    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = False
    access.make_login(name="Demo", username="demo", password="demo", duties=[], now=NOW, is_demo=True)
    with pytest.raises(access.DemoNotHere):  # a real book
        access.check_login(username="demo", password="demo")
    mark_drill(name="rehearsal", at=NOW)
    assert access.check_login(username="demo", password="demo")
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = True
    with pytest.raises(access.DemoNotHere):
        access.check_login(username="demo", password="demo")


def test_the_last_administrator_stays(db: None) -> None:
    admin = log_in_as("Ann", [(Duty.ADMIN, None)])
    with pytest.raises(access.LastAdministrator):
        access.dismiss(user=user_of(admin).id, actor=admin, now=NOW)
    with pytest.raises(access.LastAdministrator):
        access.end_duty(user=user_of(admin).id, duty=Duty.ADMIN, at=None, actor=admin, now=NOW)
    log_in_as("Ben", [(Duty.ADMIN, None)])
    access.dismiss(user=user_of(admin).id, actor=admin, now=NOW)


@pytest.mark.parametrize("guarded", [False, True])
def test_two_administrators_who_dismiss_each_other_leave_one(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    ann, ben = log_in_as("Ann", [(Duty.ADMIN, None)]), log_in_as("Ben", [(Duty.ADMIN, None)])
    users = user_of(ann).id, user_of(ben).id
    meeting = Meeting(is_guarded=guarded)
    check = access._keep_an_administrator

    def checked_then_met(user: Any, now: Any) -> None:
        if guarded:
            check(user, now)
        elif set(access._administrators(now).values_list("user_id", flat=True)) <= {user}:
            raise access.LastAdministrator("no other")  # the same look, without the lock
        meeting.wait()

    monkeypatch.setattr(access, "_keep_an_administrator", checked_then_met)
    race(
        lambda: access.dismiss(user=users[1], actor=ann, now=NOW),
        lambda: access.dismiss(user=users[0], actor=ben, now=NOW),
    )
    left = User.objects.filter(is_active=True).count()
    assert left == (1 if guarded else 0)
