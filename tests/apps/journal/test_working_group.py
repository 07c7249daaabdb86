from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.journal import queries
from baogong.journal.models import Task
from baogong.journal.services import (
    add_task,
    draw_up,
    finish_task,
    give_task,
    join_working_group,
    leave_working_group,
    log_call,
    set_watch,
    take_task,
    tasks,
)
from baogong.journal.services.tasks import TaskDone, TaskTaken
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.people.services.parties import register_party
from tests.cast import NOW, Cast, count_masks, log_in_as, person_of, rows_in_book
from tests.races import meet_at_the_row, race

HOUR = timedelta(hours=1)


def add(cast: Cast, **options: Any) -> UUID:
    facts: dict[str, Any] = {"title": "Ask Xiantao for a warehouse", "duty": Duty.COMMAND, "due_at": NOW + HOUR}
    return add_task(**{**facts, "actor": cast.lin, "now": NOW, "request_id": new_id(), **options})


def test_a_task_ends_in_a_document(cast: Cast) -> None:
    task = add(cast)
    assert [one.id for one in queries.tasks()] == [task]
    with transaction.atomic():
        lease = draw_up(kind="LEASE", title="Xiantao", body={}, actor=cast.lin, now=NOW, request_id=new_id())
    take_task(task=task, actor=cast.lin, now=NOW)
    finish_task(task=task, actor=cast.lin, now=NOW + 2 * HOUR, document=lease)
    assert queries.tasks() == ()
    done = queries.tasks(False)[0]
    assert (done.document_number, done.owner_name, done.is_late(NOW)) == ("LEASE-0001", "Lin", True)


def test_a_task_cannot_end_in_nothing(cast: Cast) -> None:
    task = add(cast)
    with pytest.raises(UnusableInput):
        finish_task(task=task, actor=cast.lin, now=NOW, outcome="  ")
    finish_task(task=task, actor=cast.lin, now=NOW, outcome="The town lends its sports hall.")
    with pytest.raises(TaskDone):
        finish_task(task=task, actor=cast.lin, now=NOW, outcome="again")
    with pytest.raises(TaskDone):
        take_task(task=task, actor=cast.lin, now=NOW)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_of_two_who_take_a_task_at_once_one_has_it(
    fresh_cast: Cast, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock each is told that it is theirs."""
    task = add(fresh_cast)
    ann = log_in_as("Ann", [(Duty.COMMAND, None)])

    def take(actor: Actor) -> Any:
        return lambda: take_task(task=task, actor=actor, now=NOW)

    meeting = meet_at_the_row(monkeypatch, tasks, Task, is_guarded=is_guarded)
    answers = race(take(fresh_cast.lin), take(ann))
    assert meeting.happened is not is_guarded
    assert [type(answer) for answer in answers if answer is not None] == ([TaskTaken] if is_guarded else [])
    assert Task.objects.get().owner_id in (fresh_cast.lin.person_id, ann.person_id)


def test_a_task_is_for_its_duty(cast: Cast) -> None:
    task = add(cast, duty=Duty.CLERK)
    with pytest.raises(NotYourPlace):
        take_task(task=task, actor=cast.bao, now=NOW)
    take_task(task=task, actor=cast.wu, now=NOW)
    with pytest.raises(NotYourPlace):
        finish_task(task=task, actor=cast.bao, now=NOW, outcome="done")
    give_task(task=task, owner=cast.bao.person_id, actor=cast.lin, now=NOW, due_at=NOW + 3 * HOUR)
    assert queries.tasks(seen_by=cast.bao)[0].due_at == NOW + 3 * HOUR
    finish_task(task=task, actor=cast.bao, now=NOW, outcome="done")


def test_own_and_free_tasks_are_listed_together(cast: Cast) -> None:
    own = add(cast, owner=cast.wu.person_id, due_at=NOW + 2 * HOUR)
    free = add(cast, duty=Duty.CLERK)
    add(cast, owner=cast.lin.person_id)
    add(cast, duty=Duty.KEEPER)
    assert [one.id for one in queries.tasks(seen_by=cast.wu)] == [free, own]


def test_a_task_of_a_place_is_for_whoever_has_the_duty_there_and_for_command(cast: Cast) -> None:
    here, there = (register_party(kind="ORGANISATION", name=name, now=NOW) for name in ("滨江居委会", "别处居委会"))
    own = log_in_as("Su", [(Duty.CLERK, here)], NOW)
    other = log_in_as("Fang", [(Duty.CLERK, there)], NOW)
    task = add(cast, duty=Duty.CLERK, place=here)
    assert [(one.id, one.place_name) for one in queries.tasks(seen_by=own)] == [(task, "滨江居委会")]
    assert queries.tasks(seen_by=other) == ()
    with pytest.raises(NotYourPlace):
        take_task(task=task, actor=other, now=NOW)
    take_task(task=task, actor=own, now=NOW)
    finish_task(task=task, actor=cast.lin, now=NOW, outcome="done")


def test_the_same_request_adds_one_task(cast: Cast) -> None:
    request_id = new_id()
    assert add(cast, request_id=request_id) == add(cast, request_id=request_id)
    assert Task.objects.count() == 1
    with pytest.raises(RequestIdReused):
        add(cast, request_id=request_id, title="Something else")


def test_calls_are_kept_with_their_task(cast: Cast) -> None:
    task, request_id = add(cast), new_id()
    for _ in range(2):
        log_call(
            whom="Xiantao government",
            about="a hall",
            outcome="yes, from tonight",
            task=task,
            actor=cast.lin,
            now=NOW,
            request_id=request_id,
        )
    assert [(call.whom, call.name) for call in queries.calls(task=task)] == [("Xiantao government", "Lin")]


def test_the_working_group_knows_its_members_and_their_load(cast: Cast) -> None:
    for actor, duty in ((cast.lin, "hub and trucks"), (cast.wu, "lists")):
        join_working_group(party=person_of(actor), duty_text=duty, actor=cast.lin, now=NOW)
    add(cast, owner=cast.wu.person_id)
    assert [(one.name, one.duty_text, one.tasks_open) for one in queries.working_group()] == [
        ("Lin", "hub and trucks", 0),
        ("Wu", "lists", 1),
    ]
    leave_working_group(party=person_of(cast.wu), actor=cast.lin, now=NOW)
    assert [one.name for one in queries.working_group()] == ["Lin"]
    with pytest.raises(NotFound):
        set_watch(party=person_of(cast.wu), start_at=NOW, end_at=NOW + HOUR, actor=cast.lin, now=NOW)


def test_the_shift_change_says_what_changed_what_is_promised_and_who_is_next(cast: Cast) -> None:
    for actor in (cast.lin, cast.mei, cast.wu):
        join_working_group(party=person_of(actor), duty_text=actor.name, actor=cast.lin, now=NOW)
    for actor, start in ((cast.lin, -8), (cast.mei, 1), (cast.wu, 9)):
        set_watch(
            party=person_of(actor),
            start_at=NOW + start * HOUR,
            end_at=NOW + (start + 9) * HOUR,
            actor=cast.lin,
            now=NOW,
        )
    lot = count_masks(cast, 100)
    source = ledger.AccountRef(cast.warehouse, State.AVAILABLE)
    target = ledger.AccountRef(cast.hospital, State.HANDED_OVER)
    with transaction.atomic():
        document = draw_up(kind="SHARE", title="first share", body={}, actor=cast.lin, now=NOW, request_id=new_id())
        ledger.post(
            lines=[ledger.hold_line(source, target, lot, 30)],
            actor=cast.lin,
            reason=Reason.ALLOT,
            document=document,
            request_id=new_id(),
            now=NOW,
        )
    late = add(cast, due_at=NOW - HOUR)
    change = queries.shift_change(NOW - 8 * HOUR, NOW + timedelta(seconds=1))
    assert [one.id for one in change.documents] == [document]
    assert [(hold.amount, hold.document) for hold in change.promises] == [(30, document)]
    assert change.counts["journal.document.drawn"] == 1
    assert [one.id for one in change.tasks_open if one.is_late(NOW)] == [late]
    assert [one.name for one in change.on_watch] == ["Lin"]
    assert [one.name for one in change.next_watch] == ["Mei"]
    earlier = queries.shift_change(NOW - 16 * HOUR, NOW - 8 * HOUR)
    assert (earlier.documents, earlier.counts) == ((), {})


def test_the_shift_change_asks_the_same_number_of_questions_however_much_happened(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        add(cast, title=str(number))
        with transaction.atomic():
            draw_up(kind="SHARE", title=str(number), body={}, actor=cast.lin, now=NOW, request_id=new_id())
    with django_assert_max_num_queries(20):
        queries.shift_change(NOW - 8 * HOUR, NOW + HOUR)


def test_stranger_touches_no_task(cast: Cast) -> None:
    task = add(cast)
    before = rows_in_book()
    for act in (
        lambda: add(cast, actor=cast.stranger),
        lambda: take_task(task=task, actor=cast.stranger, now=NOW),
        lambda: give_task(task=task, owner=cast.stranger.person_id, actor=cast.stranger, now=NOW),
        lambda: finish_task(task=task, actor=cast.stranger, now=NOW, outcome="x"),
        lambda: log_call(whom="x", about="x", outcome="x", actor=cast.stranger, now=NOW),
        lambda: join_working_group(party=cast.hub, duty_text="x", actor=cast.stranger, now=NOW),
        lambda: set_watch(party=cast.hub, start_at=NOW, end_at=NOW + HOUR, actor=cast.stranger, now=NOW),
    ):
        with pytest.raises(NotYourPlace):
            act()
    assert rows_in_book() == before
    assert Task.objects.get().owner_id is None
