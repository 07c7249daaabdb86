"""Ties and merges: no need is lost or counted twice, whatever is decided and taken back in whatever order."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.kernel.ids import new_id
from baogong.needs import queries
from baogong.needs import services as needs
from baogong.needs.errors import DoubleKnowsMore, FiguresMoved, TieTurnsBack
from baogong.needs.queries import calls
from baogong.needs.queries.counting import active_ties
from baogong.needs.queries.figures import seen_hash
from baogong.needs.services import households as counting
from baogong.needs.services.figures import write_figures
from baogong.needs.services.renewals import LINK_PURPOSE
from baogong.needs.views import NeedState
from baogong.people.queries.access import links_to
from baogong.people.services import links
from baogong.people.services.parties import register_party
from tests.apps.needs.test_allotments import frozen_masks, promise
from tests.apps.needs.test_houses import merging, parting
from tests.apps.needs.test_requests import asking
from tests.apps.needs.test_trust import checking, tying
from tests.apps.supply.world import World, make_world
from tests.cast import NOW
from tests.races import Meeting, race


def houses_named(*names: str) -> list[UUID]:
    return [register_party(kind="SITE", name=name, city="武汉", now=NOW) for name in names]


def answering(world: World, need: UUID, answer: str = "NO_LONGER") -> UUID:
    return needs.answer(need=need, answer=answer, way="PHONE", actor=world.cast.wu, now=NOW, request_id=new_id())


STEPS = st.lists(st.tuples(st.sampled_from(["SAME", "PART", "merge", "undo"]), st.integers(0, 3), st.integers(0, 3)))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.randoms(use_true_random=False))
def test_whatever_is_tied_and_merged_no_need_is_lost_and_undoing_in_any_order_restores_all(
    world: World, steps: list[tuple[str, int, int]], chance: Any
) -> None:
    with transaction.atomic():
        sites = houses_named("第一临时医疗点", "第二临时医疗点", "第三临时医疗点", "第四临时医疗点")
        asked = [asking(world, receiver=site, quantity=100 * (1 + index)) for index, site in enumerate(sites)]
        before = {view.id: view for view in queries.needs_by_id(asked)}
        undo: list[tuple[str, UUID]] = []

        def take_back(kind: str, made: UUID) -> None:
            if kind == "merge":
                parting(world, made)
            else:
                needs.untie(tie=made, why="看错", actor=world.cast.wu, now=NOW)

        for kind, one, other in steps:
            with suppress(BaogongError, UnusableInput):  # impossible ones are refused and leave no trace
                if kind == "undo":
                    if undo:
                        take_back(*undo.pop(one % len(undo)))
                elif kind == "merge":
                    undo.append((kind, merging(world, sites[one], sites[other])))
                else:
                    undo.append((kind, tying(world, kind, asked[one], asked[other])))
            assert_each_counts_once(asked)
        chance.shuffle(undo)
        for made in undo:
            take_back(*made)
        assert {view.id: view for view in queries.needs_by_id(asked)} == before
        transaction.set_rollback(True)


def assert_each_counts_once(asked: list[UUID]) -> None:
    """What all stand for together is what the tops of the ties come to, and every need leads to one that counts."""
    views = {view.id: view for view in queries.needs_by_id(asked)}
    parts, same = defaultdict(list), {}
    for tie in active_ties():
        if tie.kind == "SAME":
            same[UUID(tie.child)] = UUID(tie.parent)

    def speaker(need: UUID) -> UUID:
        return speaker(same[need]) if need in same else need

    below = set(same)
    for tie in active_ties():
        if tie.kind == "PART":
            parts[speaker(UUID(tie.parent))].append(UUID(tie.child))
            below.add(UUID(tie.child))

    def comes_to(need: UUID) -> int:
        return max(views[need].quantity or 0, sum(comes_to(part) for part in parts[need]))

    assert sum(view.counted or 0 for view in views.values()) == sum(comes_to(n) for n in views if n not in below)
    for need in views:
        assert views[speaker(need)].tie_kind != "SAME"


def test_cancelling_the_kept_one_brings_its_double_forward_and_into_the_queue(world: World) -> None:
    kept, double = asking(world, is_verified=True), asking(world, receiver=world.union, is_verified=True)
    promise(world, frozen_masks(world, 400), 400, need=kept)
    made = tying(world, "SAME", double, kept)
    assert [row.id for row in queries.public_needs(NOW)] == [kept]
    needs.cancel(need=kept, why="重复", actor=world.cast.wu, now=NOW)
    view = queries.need(double)
    assert (view.state, view.counted, view.open) == (NeedState.PARTLY_COMMITTED, 1000, 600)
    assert (view.doubt, view.verified_at) == ("WRONG", None)
    assert [(entry.receiver, entry.reasons) for entry in calls.call_queue(NOW)] == [(world.union, ("WRONG",))]
    assert queries.public_needs(NOW) == ()
    checking(world, double)
    assert [row.id for row in queries.public_needs(NOW)] == [double]
    needs.untie(tie=made, why="是两回事", actor=world.cast.wu, now=NOW)
    assert queries.need(double).open == 1000


@pytest.mark.parametrize("end", ["FAKE", "NO_LONGER"])
def test_a_fake_one_and_one_that_is_needed_no_longer_leave_their_doubles_to_a_call(world: World, end: str) -> None:
    kept, one, other = asking(world), asking(world, receiver=world.union), asking(world, "gloves")
    third = asking(world, receiver=houses_named("第三临时医疗点")[0])
    tying(world, "SAME", one, kept)
    tying(world, "SAME", third, one)
    if end == "FAKE":
        checking(world, kept, "FAKE", why="医院从未发过这份公告")
    else:
        answering(world, kept)
    assert {view.id: view.doubt for view in queries.open_needs()} == {one: "WRONG", other: ""}
    # A double that ends under another one that counts leaves that one alone.
    checking(world, one)
    answering(world, third)
    assert queries.need(one).doubt == ""


def test_what_is_known_of_a_double_does_not_vanish_with_it(world: World) -> None:
    sure, unsure = asking(world, is_verified=True), asking(world, receiver=world.union)
    with pytest.raises(DoubleKnowsMore):
        tying(world, "SAME", sure, unsure)
    (elsewhere,) = houses_named("第三临时医疗点")
    endless = asking(world, receiver=elsewhere, quantity=None, has_no_limit=True)
    with pytest.raises(DoubleKnowsMore):
        tying(world, "SAME", unsure, endless)
    tying(world, "SAME", endless, unsure)
    tying(world, "SAME", unsure, sure)
    assert [view.id for view in queries.open_needs()] == [sure]


# two at once


@pytest.fixture
def at_once(fresh_book: str) -> World:
    return make_world()


def unguarded(monkeypatch: pytest.MonkeyPatch, module: Any, *, is_guarded: bool) -> None:
    if not is_guarded:
        monkeypatch.setattr(module, "lock_word", lambda word: None)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_clerks_never_close_a_circle_each_from_one_side(
    at_once: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """a → b and c → d stand; b → c and d → a are tied at once. Without the word both see half of the circle."""
    from baogong.needs.services import ties

    a, b, c, d = (
        asking(at_once, receiver=site)
        for site in houses_named("第一临时医疗点", "第二临时医疗点", "第三临时医疗点", "第四临时医疗点")
    )
    tying(at_once, "PART", a, b)
    tying(at_once, "PART", c, d)
    meeting, look = Meeting(is_guarded=is_guarded), active_ties

    def look_and_wait() -> Any:
        found = look()
        meeting.wait()
        return found

    monkeypatch.setattr(ties, "active_ties", look_and_wait)
    unguarded(monkeypatch, ties, is_guarded=is_guarded)
    answers = race(lambda: tying(at_once, "PART", b, c), lambda: tying(at_once, "PART", d, a))
    assert sum(isinstance(answer, TieTurnsBack) for answer in answers) == (1 if is_guarded else 0)
    assert len(active_ties()) == (3 if is_guarded else 4)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_house_has_one_open_link_when_two_make_one_at_once(
    at_once: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    from baogong.needs.services import renewals

    meeting, make = Meeting(is_guarded=is_guarded), links.make_link

    def wait_and_make(**facts: Any) -> Any:
        meeting.wait()
        return make(**facts)

    monkeypatch.setattr(links, "make_link", wait_and_make)
    unguarded(monkeypatch, renewals, is_guarded=is_guarded)
    hospital = at_once.cast.hospital

    def link() -> Any:
        return needs.make_renewal_link(receiver=hospital, actor=at_once.cast.wu, now=NOW)

    race(link, link)
    opened = [each for each in links_to(hospital, now=NOW) if each.is_open and each.purpose == LINK_PURPOSE]
    assert len(opened) == (1 if is_guarded else 2)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_who_recount_a_community_at_once_write_its_figures_once(
    at_once: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    community, wu = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW), at_once.cast.wu

    def count(code: str, adults: int) -> None:
        counting.count_household(
            community=community, code=code, counts=counting.Counts(adults=adults), actor=wu, now=NOW
        )

    count("1-101", 2)
    need = counting.ask_for_community(
        community=community, item=at_once.item("drinking-water"), days_count=7, actor=wu, now=NOW, request_id=new_id()
    )
    count("1-102", 1)
    seen = seen_hash(counting.preview_recount(community=community))
    meeting, write = Meeting(is_guarded=is_guarded), write_figures

    def wait_and_write(*args: Any, **facts: Any) -> Any:
        meeting.wait()  # whoever is here has read all that is written from
        return write(*args, **facts)

    monkeypatch.setattr(counting, "write_figures", wait_and_write)
    if not is_guarded:
        monkeypatch.setattr(counting, "lock_rows", lambda rows, ids: list(rows.filter(pk__in=ids)))

    def recount() -> Any:
        return counting.recount(community=community, seen=seen, actor=wu, now=NOW)

    answers = race(recount, recount)
    # Without the lock nobody hears of it: the database refuses the second, or the second writes over the first.
    assert sum(isinstance(answer, FiguresMoved) for answer in answers) == is_guarded
    assert queries.need(need).quantity == 63
