"""Rights of chosen people, used: told late by a shop's list, ordered online and brought, settled where they were used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from baogong.engine.sheets.kinds import LineOutcome
from baogong.journal.models import Outgoing
from baogong.journal.services import sign
from baogong.journal.services.documents import refuse
from baogong.journal.services.imports import apply, resolve
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.release import services
from baogong.release.errors import ClaimRanOut
from baogong.release.models import Claim, Redemption, Tranche, WinnerList
from tests.apps.release.test_winners import as_file, line, number, read, second, shop_line, use
from tests.apps.release.world import DAY, NOW, World, is_sound

NIGHT = NOW + timedelta(hours=16)  # 02:00 the next day: a right of one day has run out
IN_TIME, TOO_LATE = "2020-02-05 15:30", "2020-02-06 01:00"


def won(world: World, serials: Sequence[int] = (1, 2), units: int = 10, **changed: Any) -> UUID:
    """A tranche whose winners, five each, are on a list that two have signed."""
    tranche = world.tranche(units, **{"mode": "IMPORTED", "fulfilment": "PICKUP", "pickup_days": 1, **changed})
    win(world, serials, second(world), NOW)
    return tranche


def win(world: World, serials: Sequence[int], signer: Actor, now: datetime) -> None:
    rows = [line(serial, 签署人数=len(serials), 签署数量=5 * len(serials)) for serial in serials]
    apply(run=read(world, "winners", as_file(rows), now=now).id, actor=world.wu, now=now)
    sign(document=WinnerList.objects.get(admitted_at=None).document, actor=signer, now=now)


def right(tranche: UUID, serial: int) -> Claim:
    found = services.right_of(tranche=tranche, document="RESIDENT_ID", number=number(serial))
    assert found is not None
    return Claim.objects.get(id=found)


def told(world: World, rows: Sequence[dict[str, object]], now: datetime) -> list[LineOutcome]:
    """What a shop's list came to once it was brought in."""
    run = read(world, "redeemed", as_file(rows), now=now)
    return [one.outcome for one in apply(run=run.id, actor=world.wu, now=now).lines]


# A shop's list that comes after the right's last day.


@pytest.mark.parametrize("swept", ["nothing", "the book", "the claims"])
def test_what_a_shop_gave_in_time_is_taken_down_after_the_right_ran_out(world: World, swept: str) -> None:
    tranche = won(world)
    if swept != "nothing":
        assert ledger.sweep_expired(now=NIGHT) == 2
    if swept == "the claims":
        assert services.expire_unclaimed(now=NIGHT) == 2
    (one,) = told(world, [shop_line(1, IN_TIME)], NIGHT)
    assert one.status == "ADDED"
    row = right(tranche, 1)
    assert (row.state, Redemption.objects.get().at.isoformat()) == ("HANDED_OVER", "2020-02-05T07:30:00+00:00")
    services.expire_unclaimed(now=NIGHT)
    assert right(tranche, 2).state == "EXPIRED"
    assert is_sound(tranche)
    (again,) = told(world, [shop_line(1, IN_TIME)], NIGHT)
    assert again.status == "UNCHANGED"


def test_what_went_back_to_the_store_meanwhile_is_put_out_again(world: World) -> None:
    tranche = won(world)
    services.expire_unclaimed(now=NIGHT)
    assert services.take_back(tranche=tranche, actor=world.lin, now=NIGHT) == 10
    free = world.free()
    assert [one.status for one in told(world, [shop_line(1, IN_TIME)], NIGHT)] == ["ADDED"]
    assert world.free() == free - 5, "what is in a person's hands stands in no store"
    assert (right(tranche, 1).state, Tranche.objects.get().units) == ("HANDED_OVER", 5)
    assert is_sound(tranche)


def test_what_the_store_has_promised_to_others_meanwhile_waits_for_a_person(world: World) -> None:
    tranche = won(world)
    services.expire_unclaimed(now=NIGHT)
    services.take_back(tranche=tranche, actor=world.lin, now=NIGHT)
    left, hand = world.free(), AccountRef(world.cast.hub, State.AVAILABLE)
    ledger.post(
        lines=[ledger.post_line(AccountRef(world.cast.warehouse, State.AVAILABLE), hand, world.lot, left - 3)],
        actor=world.lin, reason=Reason.RELEASE, document=None, request_id=new_id(), now=NIGHT,
    )  # fmt: skip
    (one,) = told(world, [shop_line(1, IN_TIME)], NIGHT)
    assert one.status == "WAITING"
    assert world.free() == 3, "nothing half done"
    assert is_sound(tranche)


def test_what_was_given_on_to_who_stands_by_is_told_and_waits_for_a_person(world: World) -> None:
    tranche, zhou = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP", pickup_days=1), second(world)
    win(world, (1, 2), zhou, NOW)
    Tranche.objects.update(closes_at=NIGHT + DAY)
    services.expire_unclaimed(now=NIGHT)
    win(world, (3,), zhou, NIGHT)
    rows = [shop_line(1, IN_TIME), shop_line(2, "2020-02-05 15:40")]
    run = read(world, "redeemed", as_file(rows), now=NIGHT)
    assert [one.outcome.status for one in run.lines] == ["ADDED", "ADDED"], "there is enough for either"
    lines = apply(run=run.id, actor=world.wu, now=NIGHT).lines
    statuses = [one.outcome.status for one in lines]
    assert sorted(statuses) == ["ADDED", "WAITING"], "one that cannot be taken down does not refuse the other"
    waiting = lines[statuses.index("WAITING")]
    office = Outgoing.objects.filter(template="release.right.given-on")
    assert {one.to_party_id for one in office} >= {world.lin.person_id, world.wu.person_id}
    assert "HANDED_OVER" in set(Claim.objects.values_list("state", flat=True))
    assert is_sound(tranche)
    resolve(line=waiting.id, choice={"again": True}, actor=world.wu, now=NIGHT)
    assert Redemption.objects.count() == 1, "still nothing is left for it"
    services.cancel_claim(claim=right(tranche, 3).id, actor=world.wu, now=NIGHT)
    settled = resolve(line=waiting.id, choice={"again": True}, actor=world.wu, now=NIGHT)
    assert {one.outcome.status for one in settled.lines} == {"ADDED"}
    assert Redemption.objects.count() == 2
    assert is_sound(tranche)


def test_a_right_used_after_its_last_day_is_not_taken_down_and_nobody_is_accused(world: World) -> None:
    tranche = won(world)
    for sweep in (False, True):
        if sweep:
            services.expire_unclaimed(now=NIGHT)
        lines = told(world, [shop_line(1, TOO_LATE), shop_line(2, IN_TIME)], NIGHT)
        assert lines[0].status == "REFUSED"
        assert lines[0].found == "2020-02-06 01:00"
        assert "2020-02-06 00:00" in lines[0].expected
        assert "twice" not in lines[0].cure
        assert "another person" not in lines[0].cure
    with pytest.raises(ClaimRanOut):
        use(world, right(tranche, 1).id, "SHOP", now=NIGHT)
    assert Redemption.objects.count() == 1
    assert is_sound(tranche)


def test_a_line_that_was_overtaken_since_the_preview_leaves_the_others(world: World) -> None:
    tranche = won(world)
    run = read(world, "redeemed", as_file([shop_line(1, IN_TIME), shop_line(2, IN_TIME)]), now=NIGHT)
    use(world, right(tranche, 1).id, "SHOP", used_at=NOW + timedelta(hours=1), now=NIGHT)
    lines = [one.outcome for one in apply(run=run.id, actor=world.wu, now=NIGHT).lines]
    assert [one.status for one in lines] == ["REFUSED", "ADDED"]
    assert lines[0].found.startswith("SHOP ")
    assert right(tranche, 2).state == "HANDED_OVER"
    assert is_sound(tranche)


@pytest.mark.parametrize("at", ["2001-02-05 15:30", "2020-02-05 09:00"])
def test_a_right_is_not_used_before_it_came_about(world: World, at: str) -> None:
    tranche = won(world, fulfilment="DELIVERY")
    lines = told(world, [shop_line(1, at), shop_line(2, "2020-02-05 10:00")], NOW + timedelta(hours=3))
    assert [one.status for one in lines] == ["REFUSED", "ADDED"]
    assert lines[0].found == at
    assert "2020-02-05 10:00" in lines[0].expected
    assert right(tranche, 1).state == "ADMITTED"


def test_a_list_refused_by_mistake_is_brought_again_as_the_same_file(world: World) -> None:
    tranche, zhou = world.tranche(10, mode="IMPORTED", fulfilment="PICKUP"), second(world)
    data = as_file([line(1), line(2)])

    def bring_file() -> list[str]:
        run = read(world, "winners", data)
        apply(run=run.id, actor=world.wu, now=NOW)
        return [one.outcome.status for one in run.lines]

    assert bring_file() == ["ADDED", "ADDED"]
    first = WinnerList.objects.get().document
    refuse(document=first, actor=zhou, now=NOW, why="by mistake")
    assert bring_file() == ["ADDED", "ADDED"]
    again = WinnerList.objects.get(turn=1).document
    assert again != first
    assert bring_file() == ["UNCHANGED", "UNCHANGED"], "now it waits for its second signature"
    sign(document=again, actor=zhou, now=NOW)
    assert Claim.objects.filter(state="ADMITTED").count() == 2
    assert bring_file() == ["UNCHANGED", "UNCHANGED"]
    assert WinnerList.objects.count() == 2
    assert is_sound(tranche)
