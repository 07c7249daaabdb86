"""The announced source has not come: declared on record while nobody knows the fallback, or the fallback never counts."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from baogong.engine import draw as engine
from baogong.engine.draw import verify
from baogong.journal import locks
from baogong.journal.clock import mark_drill
from baogong.journal.models import Event
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, NotYourPlace
from baogong.kernel.ids import new_id
from baogong.release import queries, services
from baogong.release.errors import CannotBeMissing, DrawnOnce, DrawNotThere, OtherSource
from baogong.release.models import Draw
from baogong.release.services import draws
from tests.apps.release.test_draws import (
    BEACON,
    CHAIN,
    CLOSES,
    DRAWN,
    NAMES,
    SECRET,
    announced,
    beacon_of,
    enter,
    source,
)
from tests.apps.release.world import World, is_sound, make_world
from tests.cast import Cast
from tests.races import meet_at_the_row, race

if TYPE_CHECKING:
    from baogong.config.servers import EmbeddedBook

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
FALLBACK = BEACON + timedelta(hours=1)
LAST = FALLBACK - 10 * MINUTE
DECLARED = BEACON + 5 * MINUTE


def waiting(world: World, is_closed: bool = True, **changed: Any) -> UUID:
    """A list that waits for its announced source, with a fallback an hour after it."""
    draw = announced(world, world.tranche(15, mode="DRAW", standby_max=2), **{"fallback": source(FALLBACK)} | changed)
    for name in NAMES:
        enter(world, draw, name)
    if is_closed:
        services.close_draw(draw=draw, actor=world.lin, now=CLOSES)
    return draw


def declare(world: World, draw: UUID, now: datetime = DECLARED, **changed: Any) -> datetime:
    given: dict[str, Any] = {"draw": draw, "actor": world.lin, "now": now}
    return services.declare_missing(**given | changed)


def fallback_of(draw: UUID) -> engine.BeaconPaper:
    number = CHAIN.round_at(FALLBACK)
    signature = engine.drill_signature(CHAIN, SECRET, number).hex()
    return services.beacon_paper(draw, round=number, signature=signature, is_fallback=True)


def draw_from(world: World, draw: UUID, paper: engine.BeaconPaper, now: datetime) -> Any:
    return services.draw_lots(draw=draw, beacon=paper, actor=world.lin, now=now)


def test_a_declaration_stands_on_record_with_its_moment_its_author_and_an_event(drill: World) -> None:
    draw = waiting(drill)
    assert declare(drill, draw, DECLARED.replace(microsecond=900_000)) == DECLARED
    row = Draw.objects.get()
    assert (row.missing_declared_at, row.missing_declared_by_id) == (DECLARED, drill.lin.person_id)
    assert queries.draw(draw).missing_declared_at == DECLARED
    event = Event.objects.get(kind="release.draw.missing")
    assert (event.subject, event.data["missing_declared_at"]) == (row.tranche_id, DECLARED.isoformat())


def test_a_second_declaration_tells_the_first_however_late(drill: World) -> None:
    draw = waiting(drill)
    declare(drill, draw)
    mei = Actor(drill.cast.mei.person_id, "Mei", {Duty.COMMAND: frozenset({drill.office})})
    for later in (DECLARED + MINUTE, FALLBACK + MINUTE):
        assert declare(drill, draw, later, actor=mei) == DECLARED
    draw_from(drill, draw, fallback_of(draw), FALLBACK)
    assert declare(drill, draw, FALLBACK + timedelta(days=1), actor=mei) == DECLARED
    assert Draw.objects.get().missing_declared_by_id == drill.lin.person_id


@pytest.mark.parametrize("now", [BEACON, LAST, LAST + SECOND - timedelta(microseconds=1)])
def test_it_may_be_declared_from_the_sources_moment_until_ten_minutes_before_the_fallback(
    drill: World, now: datetime
) -> None:
    draw = waiting(drill)
    assert queries.draw(draw).may_be_missing(now)
    assert declare(drill, draw, now) == now.replace(microsecond=0)
    assert not queries.draw(draw).may_be_missing(now)
    assert draw_from(drill, draw, fallback_of(draw), FALLBACK)[0].is_admitted  # the engine takes that moment too


@pytest.mark.parametrize("now", [BEACON - SECOND, LAST + SECOND, FALLBACK, FALLBACK + timedelta(days=30)])
def test_neither_before_the_source_is_due_nor_once_the_fallback_is_near(drill: World, now: datetime) -> None:
    draw = waiting(drill)
    assert not queries.draw(draw).may_be_missing(now)
    with pytest.raises(CannotBeMissing) as refused:
        declare(drill, draw, now)
    assert ("not due yet" in str(refused.value)) is (now < BEACON)
    assert Draw.objects.get().missing_declared_at is None
    assert not Event.objects.filter(kind="release.draw.missing").exists()


def test_no_source_is_missing_where_no_fallback_was_announced(drill: World) -> None:
    draw = waiting(drill, fallback=None)
    assert not queries.draw(draw).may_be_missing(DECLARED)
    with pytest.raises(CannotBeMissing, match="No fallback was announced"):
        declare(drill, draw)


def test_the_list_is_closed_first(drill: World) -> None:
    draw = waiting(drill, is_closed=False)
    assert not queries.draw(draw).may_be_missing(DECLARED)
    with pytest.raises(DrawNotThere):
        declare(drill, draw)


def test_nothing_is_missing_once_the_announced_source_was_brought(drill: World) -> None:
    draw = waiting(drill)
    draw_from(drill, draw, beacon_of(draw), BEACON + MINUTE)
    with pytest.raises(DrawnOnce):
        declare(drill, draw)
    assert Draw.objects.get().missing_declared_at is None


def test_the_offices_own_commander_declares_it_and_nobody_else(drill: World) -> None:
    draw = waiting(drill)
    elsewhere = Actor(drill.lin.person_id, "of another city", {Duty.COMMAND: frozenset({new_id()})})
    for other in (drill.wu, elsewhere):
        with pytest.raises(NotYourPlace):
            declare(drill, draw, actor=other)
    with pytest.raises(NotFound):
        declare(drill, new_id())
    assert Draw.objects.get().missing_declared_at is None


def test_the_fallback_draws_once_it_was_declared_and_takes_its_moment_from_the_record(
    drill: World, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = waiting(drill)
    declare(drill, draw)
    answers = draw_from(drill, draw, fallback_of(draw), FALLBACK)
    assert [one.state for one in answers] == ["ADMITTED"] * 3 + ["STANDBY"] * 2
    again = draw_from(drill, draw, fallback_of(draw), FALLBACK + timedelta(days=3))
    assert [one.id for one in again] == [one.id for one in answers]
    assert queries.draw(draw).is_by_fallback
    files = queries.draw_bundle(draw)
    told = json.loads(files["beacon.json"])
    assert (told["use"], told["missing_declared_at"]) == ("FALLBACK", f"{DECLARED:%Y-%m-%dT%H:%M:%SZ}")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert verify.main([str(tmp_path), "--json"]) == 0  # type: ignore[no-untyped-call]
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert is_sound(Draw.objects.get().tranche_id)


def test_without_a_declaration_the_fallback_never_counts(drill: World) -> None:
    """Also not with a moment that somebody writes into the paper when lots are drawn."""
    draw = waiting(drill)
    for paper in (fallback_of(draw), replace(fallback_of(draw), missing_declared_at=DECLARED)):
        with pytest.raises(OtherSource, match="was not declared missing"):
            draw_from(drill, draw, paper, FALLBACK)
    assert Draw.objects.get().result is None
    assert draw_from(drill, draw, beacon_of(draw), FALLBACK + timedelta(days=30))[0].is_admitted


def test_no_other_moment_than_the_recorded_one_is_drawn_with(drill: World) -> None:
    draw = waiting(drill)
    declare(drill, draw)
    with pytest.raises(OtherSource):
        draw_from(drill, draw, replace(fallback_of(draw), missing_declared_at=BEACON), FALLBACK)
    assert Draw.objects.get().result is None


def test_a_fallback_that_was_never_announced_draws_nothing(drill: World) -> None:
    draw = waiting(drill, fallback=None)
    with pytest.raises(engine.UnfitDraw):
        draw_from(drill, draw, fallback_of(draw), FALLBACK)


def test_a_source_that_came_after_all_counts_until_the_fallbacks_moment(drill: World) -> None:
    draw = waiting(drill)
    declare(drill, draw)
    with pytest.raises(OtherSource, match="from its own moment on"):
        draw_from(drill, draw, fallback_of(draw), FALLBACK - SECOND)
    assert not queries.draw(draw).waits_for_fallback(FALLBACK - SECOND)
    assert draw_from(drill, draw, beacon_of(draw), FALLBACK - SECOND)[0].is_admitted
    told = queries.draw(draw)
    assert (told.is_by_fallback, told.missing_declared_at) == (False, DECLARED), "what was said stays"
    with pytest.raises(DrawnOnce):
        draw_from(drill, draw, fallback_of(draw), FALLBACK)


def test_from_the_fallbacks_moment_on_nobody_chooses_between_two_known_sources(drill: World) -> None:
    draw = waiting(drill)
    declare(drill, draw)
    assert queries.draw(draw).waits_for_fallback(FALLBACK)
    for now in (FALLBACK, FALLBACK + timedelta(days=30)):
        with pytest.raises(OtherSource, match="only that counts now"):
            draw_from(drill, draw, beacon_of(draw), now)
    assert Draw.objects.get().result is None
    assert draw_from(drill, draw, fallback_of(draw), FALLBACK + timedelta(days=30))[0].is_admitted


def test_whoever_has_a_duty_may_bring_the_round_of_a_declared_fallback(drill: World) -> None:
    """Its signature proves it, and the declaration is on record: no office can sit on it."""
    draw = waiting(drill)
    declare(drill, draw)
    driver = Actor(drill.wu.person_id, "a driver", {Duty.DRIVER: frozenset({drill.cast.warehouse})})
    with pytest.raises(NotYourPlace):
        services.draw_lots(draw=draw, beacon=fallback_of(draw), actor=replace(driver, reach={}), now=FALLBACK)
    answers = services.draw_lots(draw=draw, beacon=fallback_of(draw), actor=driver, now=FALLBACK)
    assert answers[0].is_admitted


def test_the_numbers_of_a_lottery_that_is_the_fallback_are_the_offices_to_bring(drill: World) -> None:
    lottery = engine.Lottery(FALLBACK, (engine.LotterySource("双色球 2020015", 3),))
    draw = waiting(drill, fallback=lottery)
    declare(drill, draw)
    paper = services.lottery_paper(draw, numbers=[[9, 3, 27]], is_fallback=True)
    with pytest.raises(NotYourPlace):
        services.draw_lots(draw=draw, beacon=paper, actor=drill.wu, now=FALLBACK)
    assert draw_from(drill, draw, paper, FALLBACK)[0].is_admitted


def test_the_database_keeps_what_was_declared(drill: World) -> None:
    draw = waiting(drill, is_closed=False)

    def refused(sql: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    refused("UPDATE release_draw SET missing_declared_at = now()")  # its list is open
    services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)
    refused(f"UPDATE release_draw SET missing_declared_by_id = '{drill.lin.person_id}'")  # when?
    declare(drill, draw)
    for sql in (
        "UPDATE release_draw SET missing_declared_at = missing_declared_at - interval '1 minute'",
        "UPDATE release_draw SET missing_declared_at = NULL, missing_declared_by_id = NULL",
        "UPDATE release_draw SET missing_declared_by_id = NULL",
    ):
        refused(sql)
    assert Draw.objects.get().missing_declared_at == DECLARED


def test_the_database_takes_no_declaration_once_lots_are_drawn(drill: World) -> None:
    draw = waiting(drill)
    draw_from(drill, draw, beacon_of(draw), DRAWN)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE release_draw SET missing_declared_at = %s", [DECLARED])


@pytest.mark.parametrize("guards", ["lock and trigger", "trigger", "none"])
def test_declared_while_somebody_brings_the_announced_source(
    fresh_cast: Cast,
    fresh_book: str,
    book_server: EmbeddedBook,
    monkeypatch: pytest.MonkeyPatch,
    guards: str,
) -> None:
    """Who declares has looked, and found nothing brought, before it is; without guards it then stands as missing."""
    mark_drill(name="the city", at=CLOSES)
    world = make_world(fresh_cast)
    draw = waiting(world)
    if guards == "none":
        with book_server.connect(fresh_book, "owner") as owner:
            owner.execute("DROP TRIGGER release_draw_missing_stays ON release_draw")
    is_locked, lock_row = guards == "lock and trigger", locks.lock_row
    patience_s = 1.0 if is_locked else 20.0
    has_read = {"bring": threading.Event(), "declare": threading.Event()}
    is_brought = threading.Event()

    def read(rows: Any, row_id: Any) -> Any:
        if rows.model is not Draw:
            return lock_row(rows, row_id)
        if threading.current_thread() is bringing[0]:
            row = lock_row(rows, row_id)
            has_read["bring"].set()
            has_read["declare"].wait(patience_s)
            return row
        assert has_read["bring"].wait(20)
        row = lock_row(rows, row_id) if is_locked else rows.get(pk=row_id)
        has_read["declare"].set()
        assert is_brought.wait(20)
        return row

    bringing: list[threading.Thread] = []

    def bring() -> Any:
        bringing.append(threading.current_thread())
        try:
            return draw_from(world, draw, beacon_of(draw), DECLARED)
        finally:
            is_brought.set()

    def declared() -> Any:
        while not bringing:
            is_brought.wait(0.01)
        return declare(world, draw, DECLARED + SECOND)

    monkeypatch.setattr(draws, "lock_row", read)
    answers, said = race(bring, declared, timeout_s=60)
    assert isinstance(answers, tuple), answers
    row = Draw.objects.get()
    assert row.drawn_at == DECLARED
    if guards == "none":
        assert row.missing_declared_at == DECLARED + SECOND, "said to be missing after lots were drawn from it"
        return
    assert row.missing_declared_at is None
    assert isinstance(said, DrawnOnce if is_locked else DatabaseError), said


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_declare_at_once(
    fresh_cast: Cast,
    fresh_book: str,
    book_server: EmbeddedBook,
    monkeypatch: pytest.MonkeyPatch,
    is_guarded: bool,
) -> None:
    mark_drill(name="the city", at=CLOSES)
    world = make_world(fresh_cast)
    draw = waiting(world)
    if not is_guarded:
        with book_server.connect(fresh_book, "owner") as owner:
            owner.execute("DROP TRIGGER release_draw_missing_stays ON release_draw")
    meeting = meet_at_the_row(monkeypatch, draws, Draw, is_guarded=is_guarded)
    told = race(partial(declare, world, draw, DECLARED), partial(declare, world, draw, DECLARED + MINUTE))
    assert meeting.happened is not is_guarded
    assert len(set(told)) == (1 if is_guarded else 2), "each was told another moment"
    assert Draw.objects.get().missing_declared_at in told
