"""Which pack is for whom, and how many of each a community's households come to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from baogong.journal import queries as journal
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.needs import queries, services
from baogong.needs.errors import NeedLooksDoubled, NobodyCounted, PackRuleUnusable
from baogong.needs.models import PackRule
from baogong.needs.services.households import Counts, count_household, household_left
from baogong.people.services.parties import register_party
from baogong.supply.services import KitPart, write_kit
from tests.apps.supply.packs import vegetable_kit
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW

CODE = "vegetable-pack-5kg"


@pytest.fixture
def community(world: World) -> UUID:
    """Four households: 2 adults; 1 old; 2 adults, 2 old, 1 infant, one of them ill; 5 adults, two ill."""
    found = register_party(kind="ORGANISATION", name="友谊路街道", city="上海", now=NOW)
    for code, counts in (
        ("1-101", Counts(adults=2)),
        ("1-102", Counts(old=1)),
        ("1-201", Counts(adults=2, old=2, infants=1, chronic=1)),
        ("1-202", Counts(adults=5, chronic=2)),
    ):
        count_household(community=found, code=code, counts=counts, actor=world.cast.wu, now=NOW)
    return found


def rule(world: World, group: str, per_persons: int = 0, kit: str = CODE) -> UUID:
    return services.set_pack_rule(kit=kit, group=group, per_persons=per_persons, actor=world.cast.lin, now=NOW)


def packs(community: UUID) -> dict[tuple[str, str], tuple[int, int, int]]:
    found = queries.packs_needed([community])
    return {(line.kit_code, line.group): (line.households, line.persons, line.packs) for line in found}


def test_packs_follow_from_households_group_by_group(world: World, community: UUID) -> None:
    vegetable_kit(world)
    soft = vegetable_kit(world, name_zh="老人包", code="soft-pack", parts=[KitPart(world.item("carrot"), 2_000)])
    assert soft
    rule(world, "PERSON", 3)
    rule(world, "OLD", kit="soft-pack")
    rule(world, "CHRONIC", 1, kit="soft-pack")
    rule(world, "PREGNANT")
    assert packs(community) == {
        (CODE, "PERSON"): (4, 13, 1 + 1 + 2 + 2),
        ("soft-pack", "OLD"): (2, 3, 2),
        ("soft-pack", "CHRONIC"): (2, 3, 3),
    }


def test_who_left_is_counted_no_more_and_other_communities_count_for_themselves(world: World, community: UUID) -> None:
    vegetable_kit(world)
    rule(world, "PERSON")
    other = register_party(kind="ORGANISATION", name="淞南镇", city="上海", now=NOW)
    left = count_household(community=other, code="9", counts=Counts(adults=1), actor=world.cast.wu, now=NOW)
    assert [(line.community_name, line.packs) for line in queries.packs_needed()] == [("友谊路街道", 4), ("淞南镇", 1)]
    household_left(household=left, actor=world.cast.wu, now=NOW)
    assert [line.community_name for line in queries.packs_needed()] == ["友谊路街道"]


def test_a_changed_rule_ends_the_earlier_one_and_the_same_again_changes_nothing(world: World) -> None:
    vegetable_kit(world)
    first = rule(world, "OLD")
    assert rule(world, "OLD") == first
    assert rule(world, "OLD", 2) != first
    assert [(each.group, each.per_persons) for each in queries.pack_rules()] == [("OLD", 2)]
    assert PackRule.objects.count() == 2
    services.end_pack_rule(kit=CODE, group="OLD", actor=world.cast.lin, now=NOW)
    assert queries.pack_rules() == ()


def test_a_rule_is_refused_for_what_is_no_kit_or_no_group_of_a_household(world: World) -> None:
    vegetable_kit(world)
    for kit, group, per_persons in (("no-kit", "OLD", 0), (CODE, "CLINICIAN", 0), (CODE, "OLD", 101)):
        with pytest.raises(PackRuleUnusable):
            rule(world, group, per_persons, kit)
    assert_refused_without_trace(
        lambda: services.set_pack_rule(kit=CODE, group="OLD", actor=world.cast.stranger, now=NOW)
    )
    with pytest.raises(NotYourPlace):
        services.end_pack_rule(kit=CODE, group="OLD", actor=world.cast.wu, now=NOW)


def test_a_communitys_packs_become_one_need_for_each_kind(world: World, community: UUID) -> None:
    vegetable_kit(world)
    rule(world, "PERSON", 3)
    rule(world, "OLD")  # the same pack: the same item, one need
    request = new_id()
    asked: dict[str, Any] = {"community": community, "actor": world.cast.wu, "now": NOW, "request_id": request}
    needs = services.ask_for_packs(**asked)
    assert services.ask_for_packs(**asked) == needs
    assert len(journal.events(kinds=["needs.packs.asked"])) == 1
    (view,) = queries.open_needs(receiver=community)
    assert (view.id, view.quantity, view.use) == (needs[0], 6 + 2, "COMMUNITY")
    with pytest.raises(NeedLooksDoubled):
        services.ask_for_packs(**{**asked, "request_id": new_id()})


def test_a_community_without_a_count_asks_for_nothing(world: World) -> None:
    write_kit(
        name_zh="婴儿包",
        code="infant",
        item=world.item("vegetable-pack"),
        parts=[KitPart(world.item("carrot"), 500)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    rule(world, "INFANT", kit="infant")
    empty = register_party(kind="ORGANISATION", name="空社区", city="上海", now=NOW)
    with pytest.raises(NobodyCounted):
        services.ask_for_packs(community=empty, actor=world.cast.wu, now=NOW, request_id=new_id())
