"""Communities and households: counted by group, summed to needs, seen only by who has duty there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.journal import queries as journal
from baogong.journal.services import imports
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import new_id
from baogong.needs import queries
from baogong.needs.errors import FiguresMoved, NeedLooksDoubled, NobodyCounted, UseUnknown
from baogong.needs.models import Household
from baogong.needs.queries import figures, households
from baogong.needs.services import households as counting
from baogong.needs.services.households import Counts
from baogong.people.models import PersonalDatum
from baogong.people.services.parties import register_party
from tests.apps.supply.test_imports import counts
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW, log_in_as

LIST = """社区,门牌,户主,成人,70岁以上,3岁以下,慢性病,孕妇
幸福里社区,3-2-501,张小三,2,1,1,1,
幸福里社区,3-2-502,李四,2,,,,1
幸福里社区,3-2-502,李四,2,,,,1
幸福里社区,3-2-503,王五,,,,,
无名社区,1-1-101,赵六,2,,,,
幸福里社区,3-2-504,钱七,两百,,,,
"""


@pytest.fixture
def community(world: World) -> UUID:
    return register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)


def count(world: World, community: UUID, code: str, **groups: int) -> UUID:
    return counting.count_household(
        community=community, code=code, counts=Counts(**groups), actor=world.cast.wu, now=NOW
    )


def ask_for(world: World, community: UUID, code: str = "drinking-water", days: int = 7, **facts: Any) -> UUID:
    given = {"actor": world.cast.wu, "now": NOW, "request_id": new_id()}
    return counting.ask_for_community(community=community, item=world.item(code), days_count=days, **{**given, **facts})


def test_a_committees_list_is_read_with_names_masked_wherever_they_are_kept(world: World, community: UUID) -> None:
    run = imports.preview(
        kind="households", file_name="住户.csv", data=LIST.encode(), profile=None, actor=world.cast.wu, now=NOW
    )
    told = counts(imports.apply(run=run.id, actor=world.cast.wu, now=NOW))
    assert (told["lines"], told["added"], told["refused"]) == (6, 2, 4)
    (view,) = households.communities()
    assert (view.households, view.persons, view.old, view.infants, view.chronic, view.pregnant) == (2, 6, 1, 1, 1, 1)
    kept = [str(line.outcome) for line in journal.import_run(run.id).lines]
    assert "张小三" not in "".join(kept)
    assert {row.name_masked for row in Household.objects.all()} == {"张小*", "李*"}
    again = imports.preview(
        kind="households", file_name="住户2.csv", data=LIST.encode() + b"\n", profile=None, actor=world.cast.wu, now=NOW
    )
    assert counts(imports.apply(run=again.id, actor=world.cast.wu, now=NOW))["unchanged"] == 2


def test_one_door_is_one_household_however_it_is_typed(world: World, community: UUID) -> None:
    first = count(world, community, "３－２－501", adults=2)
    assert count(world, community, "3-2-501", adults=3) == first
    assert count(world, community, "3 — 2 - 501", adults=1) == first
    assert count(world, community, "32-501", adults=1) != first
    run = imports.preview(
        kind="households",
        file_name="住户.csv",
        data="社区,门牌,成人\n幸福里社区,3-2-502,2\n幸福里社区,３-2-502,2\n幸福里社区,３-２-501,1\n".encode(),
        profile=None,
        actor=world.cast.wu,
        now=NOW,
    )
    told = counts(imports.apply(run=run.id, actor=world.cast.wu, now=NOW))
    assert (told["added"], told["refused"], told["unchanged"]) == (1, 1, 1)


def test_a_communitys_need_is_its_groups_by_days_by_use_with_every_figure_shown(world: World, community: UUID) -> None:
    count(world, community, "1-101", adults=2, old=1, infants=1, chronic=1)
    count(world, community, "1-102", adults=1)
    water = queries.need(ask_for(world, community))
    assert (water.quantity, water.basis, water.people_count, water.use) == (5 * 7 * 3, "HOUSEHOLDS", 5, "COMMUNITY")
    assert queries.need(ask_for(world, community, "diaper")).quantity == 1 * 7 * 6
    assert queries.need(ask_for(world, community, "chronic-medicine")).quantity == 7
    assert queries.need(ask_for(world, community, "soap", days=7)).quantity == 2  # 5 × 7 / 30, rounded up once
    told = {(each.what, each.group, each.amount, each.ground) for each in figures.figures_of([water.id])[water.id]}
    assert ("PEOPLE", "PERSON", 5, "COUNTED") in told
    assert ("USE", "PERSON", 3000, "PUBLISHED") in told


def test_a_new_count_shows_first_what_would_change_and_applies_only_that(world: World, community: UUID) -> None:
    count(world, community, "1-101", adults=2)
    need = ask_for(world, community)
    count(world, community, "1-102", adults=3)
    preview = counting.preview_recount(community=community)
    assert [(each.before, each.after) for each in preview] == [(42, 105)]
    assert queries.need(need).quantity == 42
    with pytest.raises(FiguresMoved):
        counting.recount(community=community, seen="0", actor=world.cast.wu, now=NOW)
    counting.recount(community=community, seen=figures.seen_hash(preview), actor=world.cast.wu, now=NOW)
    assert queries.need(need).quantity == 105
    assert counting.preview_recount(community=community) == ()


def test_what_nobody_counted_or_nobody_knows_the_use_of_is_refused(world: World, community: UUID) -> None:
    with pytest.raises(NobodyCounted):
        ask_for(world, community)
    count(world, community, "1-101", adults=2)
    with pytest.raises(NobodyCounted):
        ask_for(world, community, "diaper")
    with pytest.raises(UseUnknown):
        ask_for(world, community, "suitcase")
    ask_for(world, community)
    with pytest.raises(NeedLooksDoubled):
        ask_for(world, community)
    for bad in ({"adults": -1}, {}, {"chronic": 1}):
        with pytest.raises(UnusableInput):
            count(world, community, "x", **bad)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6))
def test_the_sum_is_the_households_whatever_the_order_and_recounts(
    world: World, community: UUID, rows: list[tuple[int, int, int]]
) -> None:
    Household.objects.filter(left_at=None).update(left_at=NOW)  # a household never vanishes
    living = [(adults, old, infants) for adults, old, infants in rows if adults + old + infants]
    for number, (adults, old, infants) in enumerate([*living, *living]):
        code = f"1-{number % max(len(living), 1)}"
        count(world, community, code, adults=adults, old=old, infants=infants)
    told = households.group_counts(community)
    assert told["PERSON"] == sum(map(sum, living))
    assert (told["OLD"], told["INFANT"]) == (sum(row[1] for row in living), sum(row[2] for row in living))


def test_households_are_seen_by_clerks_of_their_community_only_and_each_look_is_kept(
    world: World, community: UUID
) -> None:
    count(world, community, "1-101", adults=2)
    own = log_in_as("Ning", [(Duty.CLERK, community)])
    (row,) = counting.read_households(community=community, actor=own, now=NOW)
    assert (row.code, row.persons) == ("1-101", 2)
    assert journal.events(kinds=["needs.households.read"])[0].person == own.person_id
    for other in (world.cast.lin, world.cast.stranger, log_in_as("Hu", [(Duty.CLERK, world.union)])):
        assert_refused_without_trace(
            lambda other=other: counting.read_households(community=community, actor=other, now=NOW)  # type: ignore[misc]
        )


def test_a_full_name_is_kept_enciphered_and_told_for_a_reason_to_who_has_duty_there(
    world: World, community: UUID
) -> None:
    household = count(world, community, "1-101", adults=1, chronic=1)
    with pytest.raises(NotFound):
        counting.name_of(household=household, actor=world.cast.wu, now=NOW, why="处方")
    counting.keep_name(household=household, name="张小三", actor=world.cast.wu, now=NOW)
    assert counting.name_of(household=household, actor=world.cast.wu, now=NOW, why="处方") == "张小三"
    datum = PersonalDatum.objects.get(what="NAME")
    assert "张小三".encode() not in bytes(datum.cipher or b"")
    facts: dict[str, Any] = {"household": household, "now": NOW}
    for act in (
        lambda: counting.name_of(actor=world.cast.lin, why="x", **facts),
        lambda: counting.keep_name(name="x", actor=world.cast.stranger, **facts),
        lambda: counting.household_left(actor=world.cast.stranger, **facts),
    ):
        assert_refused_without_trace(act)
    counting.household_left(actor=world.cast.wu, **facts)
    assert households.communities() == ()
