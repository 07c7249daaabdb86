"""Who stands by is served before newcomers, at every moment at which units fall free: a reserve's hour among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from baogong.kernel.clock import SetClock
from baogong.release import admission, jobs, looking, services
from baogong.release.models import Claim, Tranche
from tests.apps.release.world import DAY, NOW, World, asked, bare, claim_all, claim_one, is_sound, promoted

NOON = datetime(2020, 2, 5, 4, 0, tzinfo=UTC)  # the city's
KEPT = [{"channel": "PHONE", "units": 10, "until": "12:00"}]


def states(*claims: Any) -> list[str]:
    found = dict(Claim.objects.values_list("id", "state"))
    return [found[one.id] for one in claims]


def left(tranche: UUID, now: datetime = NOW) -> int:
    """What a resident is told is left."""
    return looking.look(bare(), [tranche], now)[tranche].left


def test_at_the_hour_of_a_reserve_the_job_gives_what_it_kept_to_who_stands_by(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tranche = world.tranche(15, reserves=KEPT, standby_max=5, quotas=[])
    claims = [asked(tranche, name) for name in "abcd"]
    claim_all(claims)
    for now, expected in (
        (NOON - timedelta(seconds=1), ["ADMITTED", "STANDBY", "STANDBY", "STANDBY"]),
        (NOON, ["ADMITTED", "ADMITTED", "ADMITTED", "STANDBY"]),
    ):
        monkeypatch.setattr(jobs, "current_clock", lambda now=now: SetClock(now))
        jobs.turn_over.func()
        assert states(*claims) == expected
    assert Tranche.objects.get(id=tranche).standing == 1
    assert is_sound(tranche)


def test_who_stood_by_is_served_before_a_newcomer_who_claims_before_the_job_has_run(world: World) -> None:
    tranche = world.tranche(15, reserves=KEPT, standby_max=1, quotas=[])
    first, second_ = asked(tranche, "a"), asked(tranche, "b")
    claim_all([first, second_])
    assert left(tranche, NOON) == 5, "ten fall free, and five of them are waited for"
    newcomers = claim_all([asked(tranche, name) for name in "cd"], NOON)
    assert states(first, second_) == ["ADMITTED", "ADMITTED"]
    assert [one.state for one in newcomers] == ["ADMITTED", "STANDBY"]
    assert is_sound(tranche)


def test_once_claimed_again_under_its_id_who_moved_up_is_told_so(world: World) -> None:
    tranche = world.tranche(15, reserves=KEPT, standby_max=5, quotas=[])
    first, second_ = asked(tranche, "a"), asked(tranche, "b")
    claim_all([first, second_])
    (again,) = claim_all([second_], NOON)
    assert (again.state, again.was_seen) == ("ADMITTED", True)


def test_nobody_passes_who_stands_by_for_more_than_is_left(world: World) -> None:
    tranche = world.tranche(7, standby_max=2, quotas=[])
    first = asked(tranche, "a")
    assert [one.state for one in claim_all([first, asked(tranche, "b"), asked(tranche, "c", 2)])] == [
        "ADMITTED", "STANDBY", "STANDBY",
    ]  # fmt: skip
    assert claim_one(tranche, "d", 2).code == "none-left"
    assert left(tranche) < 1
    assert promoted(tranche, NOW) == ()
    services.cancel_claim(claim=first.id, actor=world.wu, now=NOW)
    assert [one.standby_number for one in Claim.objects.filter(state="ADMITTED").order_by("standby_number")] == [1, 2]
    assert Tranche.objects.get(id=tranche).admitted == 7
    assert is_sound(tranche)


def test_what_is_kept_for_a_channel_goes_down_that_channels_own_line(world: World) -> None:
    tranche = world.tranche(15, reserves=KEPT, standby_max=9, quotas=[])
    web = [asked(tranche, name) for name in "ab"]
    phone = [asked(tranche, name, channel="PHONE") for name in "xyz"]
    claim_all([*web, *phone])
    assert states(*web, *phone) == ["ADMITTED", "STANDBY", "ADMITTED", "ADMITTED", "STANDBY"]
    services.cancel_claim(claim=phone[0].id, actor=world.wu, now=NOW)
    assert states(*web, *phone) == ["ADMITTED", "STANDBY", "CANCELLED", "ADMITTED", "ADMITTED"]
    services.cancel_claim(claim=web[0].id, actor=world.wu, now=NOW)
    assert states(*web) == ["CANCELLED", "ADMITTED"]
    assert is_sound(tranche)


def test_a_caller_gets_what_is_kept_for_the_telephone_however_many_stand_by_on_the_net(world: World) -> None:
    tranche = world.tranche(15, reserves=KEPT, standby_max=9, quotas=[])
    claim_all([asked(tranche, name) for name in "abcd"])
    assert claim_one(tranche, "x", channel="PHONE").is_admitted
    assert claim_one(tranche, "y", channel="CLERK").state == "STANDBY"
    assert (left(tranche), is_sound(tranche)) < (1, True)


def test_residents_are_told_what_is_kept_for_them_while_others_stand_by(world: World) -> None:
    kept = [{"channel": "WEB", "units": 10, "until": "12:00"}]
    tranche = world.tranche(15, reserves=kept, standby_max=9, quotas=[])
    claim_all([asked(tranche, name, channel="PHONE") for name in "xy"])
    assert left(tranche) == 10
    assert claim_one(tranche, "a").is_admitted
    assert left(tranche) == 5
    assert left(tranche, NOON) == 0
    assert claim_one(tranche, "b", now=NOON).state == "STANDBY"
    assert sorted(Claim.objects.values_list("channel", "state")) == [
        ("PHONE", "ADMITTED"), ("PHONE", "ADMITTED"), ("WEB", "ADMITTED"), ("WEB", "STANDBY"),
    ]  # fmt: skip


def test_who_waits_for_room_below_a_cap_keeps_no_units_from_the_others(world: World) -> None:
    capped = [{"channel": "CLERK", "units": 0, "until": "20:00", "units_max": 5}]
    tranche = world.tranche(10, reserves=capped, standby_max=9, quotas=[])
    web = [asked(tranche, name) for name in "abc"]
    clerk = [asked(tranche, name, 3, channel="CLERK") for name in "xy"]
    claim_all([*web[:2], *clerk, web[2]])
    assert states(*web, *clerk) == ["ADMITTED", "ADMITTED", "STANDBY", "STANDBY", "STANDBY"]
    services.cancel_claim(claim=web[0].id, actor=world.wu, now=NOW)
    # Three for x; y waits for the cap, and c for more than the two that are left.
    assert states(*web, *clerk) == ["CANCELLED", "ADMITTED", "STANDBY", "ADMITTED", "STANDBY"]
    assert claim_one(tranche, "d", 2, channel="PHONE").state == "STANDBY"
    services.cancel_claim(claim=web[1].id, actor=world.wu, now=NOW)
    assert states(*web, *clerk) == ["CANCELLED", "CANCELLED", "ADMITTED", "ADMITTED", "STANDBY"]
    assert sorted(Claim.objects.filter(channel="PHONE").values_list("state", flat=True)) == ["ADMITTED"]
    assert is_sound(tranche)


@pytest.mark.parametrize("line_max", [1, 2, 500])
def test_a_long_line_moves_up_in_order_however_many_are_judged_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, line_max: int
) -> None:
    monkeypatch.setattr(admission, "LINE_MAX", line_max)
    kept = [{"channel": "API", "units": 25, "until": "12:00"}]
    release = world.release(reserves=kept, standby_max=9)
    tranche, other = world.put_out(release, 30), world.put_out(release, 50)
    claims = [asked(tranche, str(at), channel="PHONE" if at % 3 else "WEB") for at in range(9)]
    claim_all(claims)
    assert claim_one(other, "2").is_admitted  # who had a share elsewhere since makes room for the next
    assert len(promoted(tranche, NOON)) == 5
    assert states(*claims) == ["ADMITTED", "ADMITTED", "REFUSED", *["ADMITTED"] * 4, "STANDBY", "STANDBY"]
    assert Tranche.objects.get(id=tranche).standing == 2
    assert is_sound(tranche)


@pytest.mark.parametrize("is_asked", [False, True])
def test_nothing_is_asked_of_the_book_where_nobody_stands_by_or_nothing_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch, is_asked: bool
) -> None:
    tranche = world.tranche(15, reserves=KEPT, standby_max=5, quotas=[])
    asking: list[bool] = []
    run = admission._Locked._run

    def watched(locked: Any, sql: str, values: Any) -> Any:
        asking.append(sql == admission.FIND_HEADS)
        return run(locked, sql, values)

    monkeypatch.setattr(admission._Locked, "_run", watched)
    claim_one(tranche, "a")
    assert not any(asking)
    claim_all([asked(tranche, "b"), *(asked(tranche, name, channel="PHONE") for name in "xy")])
    if is_asked:
        services.cancel_claim(claim=Claim.objects.filter(channel="PHONE")[0].id, actor=world.wu, now=NOW)
    asking.clear()
    assert claim_one(tranche, "c").state == "STANDBY"
    assert any(asking) is is_asked


@pytest.mark.parametrize("until", ["12:00", "20:00"])
def test_what_is_taken_back_is_what_nobody_who_stands_by_may_have(world: World, until: str) -> None:
    """A reserve that would outlast the offer keeps nothing once its channel claims no more."""
    kept = [{"channel": "PHONE", "units": 10, "until": until}]
    tranche = world.put_out(world.release(reserves=kept, standby_max=5, quotas=[], closes="18:00"), 15)
    claims = [asked(tranche, name) for name in "ab"]
    claim_all(claims)
    free = world.free()
    closes = Tranche.objects.get(id=tranche).closes_at
    assert services.take_back(tranche=tranche, actor=world.lin, now=closes) == 5
    assert states(*claims) == ["ADMITTED", "ADMITTED"]
    assert world.free() == free + 5
    assert is_sound(tranche)


def test_what_is_left_for_the_first_who_stands_by_is_not_taken_back(world: World) -> None:
    tranche = world.tranche(7, standby_max=5, quotas=[])
    claim_all([asked(tranche, name) for name in "ab"])
    with pytest.raises(Exception, match="stand by for it"):
        services.take_back(tranche=tranche, actor=world.lin, now=NOW + DAY)
    assert Tranche.objects.get(id=tranche).units == 7


def test_a_release_that_closes_gives_what_was_kept_to_who_stands_by_and_tells_the_others(world: World) -> None:
    release = world.release(reserves=KEPT, standby_max=5, quotas=[])
    tranche = world.put_out(release, 15)
    claims = [asked(tranche, name) for name in "abcd"]
    claim_all(claims)
    services.close_release(release=release, actor=world.lin, now=NOON - timedelta(hours=1))
    assert states(*claims) == ["ADMITTED", "ADMITTED", "ADMITTED", "REFUSED"]
    assert Tranche.objects.get(id=tranche).standing == 0
    assert is_sound(tranche)
