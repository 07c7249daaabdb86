"""Who shares something: whatever waits for a person reaches one, however much was judged before."""

from __future__ import annotations

from baogong.release import queries, services
from baogong.release.clusters import CLUSTERS_MAX, clusters, clusters_count
from baogong.release.models import Claim
from tests.apps.release.world import NOW, World, asked, claim_all, claim_one, tag


def test_what_waits_comes_before_what_is_judged_however_much_that_is(world: World) -> None:
    """As many of four people as one look brings are judged; then those of three come, all of them."""
    tranche = world.tranche(1_000, quotas=[])
    claim_all(
        [
            asked(tranche, f"{group} {at}", 1, phone=tag(f"phone {group}"))
            for group in range(CLUSTERS_MAX + 5)
            for at in range(4 if group < CLUSTERS_MAX else 3)
        ]
    )
    release = queries.tranche(tranche).release
    found = clusters(release, least=3)
    assert {one.people for one in found} == {4}
    for one in found:
        services.judge_cluster(
            release=release, kind=one.kind, tag=one.tag, verdict="FINE", why="a dormitory", actor=world.lin, now=NOW
        )
    again = clusters(release, least=3)
    assert [one.people for one in again[:6]] == [3, 3, 3, 3, 3, 4]
    assert [one.is_waiting for one in again[:6]] == [True] * 5 + [False]
    assert clusters_count(release, least=3) == (5, CLUSTERS_MAX)
    assert len(clusters(release, least=3, waits=True)) == 5
    paged = [clusters(release, least=3, after=after, most=50) for after in range(0, 250, 50)]
    assert len({one.tag for page in paged for one in page}) == CLUSTERS_MAX + 5
    claim_one(tranche, "one more", 1, phone=found[0].tag)
    assert clusters(release, least=3)[0].tag == found[0].tag, "more people share it since"


def test_one_person_of_several_households_goes_to_a_person(world: World) -> None:
    """Where a rule counts households only, and their number is what somebody says: ten numbers, ten rights."""
    turn = {"turn": "FIXED", "days": 10, "first_on": "2020-02-02"}
    tranche = world.tranche(100, quotas=[{"subject": "HOUSEHOLD", "units_max": 5, **turn}])
    for at in range(10):
        assert claim_one(tranche, "zhang", household=tag(f"household {at}")).is_admitted
    claim_one(tranche, "li", household=tag("li's"))
    release = queries.tranche(tranche).release
    (found,) = clusters(release)
    assert (found.kind, found.tag, found.people, found.units, found.is_waiting) == (
        "PERSON",
        tag("zhang"),
        10,
        50,
        True,
    )
    cancelled = services.judge_cluster(
        release=release,
        kind="PERSON",
        tag=found.tag,
        verdict="CANCELLED",
        why="one household",
        actor=world.lin,
        now=NOW,
    )
    assert cancelled == 10
    assert set(Claim.objects.filter(person=tag("zhang")).values_list("state", flat=True)) == {"CANCELLED"}
