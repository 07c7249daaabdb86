"""A release's own draw: announced, entered, closed, drawn from a beacon, claimed, extended; never a second one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, transaction

from baogong.engine import draw as engine
from baogong.engine.draw import Drand, UnfitDraw, verify
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.release import entrants, queries, services
from baogong.release.errors import BeyondTheRule, ChoiceUnderway, DrawnOnce, DrawNotThere, DrawUnusable, EntryRefused
from baogong.release.identity import person
from baogong.release.luck import lucks
from baogong.release.models import Claim, Draw, DrawEntry, Tranche
from baogong.release.receipts import Receipt
from baogong.release.services import Contact, EntrantIn
from tests.apps.release.world import NOW, TODAY, World, is_sound

SECRET = 7_001
CHAIN = engine.drill_chain(SECRET, name="guangan", genesis=datetime(2020, 1, 1, tzinfo=UTC))
CLOSES = NOW + timedelta(hours=2)
BEACON = CLOSES + timedelta(hours=1)
DRAWN = BEACON + timedelta(minutes=5)
NONCE = bytes(range(16))
PICKUP = {"fulfilment": "PICKUP", "pickup_days": 1}


def source(at: datetime = BEACON) -> Drand:
    return Drand(CHAIN, CHAIN.round_at(at))


def announced(world: World, tranche: UUID, shift: timedelta = timedelta(0), **changed: Any) -> UUID:
    given: dict[str, Any] = {
        "closes_at": CLOSES + shift,
        "source": source(BEACON + shift),
        "actor": world.lin,
        "now": NOW + shift,
    }
    return services.announce_draw(tranche=tranche, **given | {"request_id": new_id()} | changed)


def enter(world: World, draw: UUID, name: str, shift: timedelta = timedelta(0), **changed: Any) -> Receipt:
    said = {field: changed.pop(field, "") for field in ("household", "phone", "region")}
    given: dict[str, Any] = {
        "nonce": NONCE,
        "channel": "CLERK",
        "actor": world.wu,
        "now": NOW + shift,
        "request_id": new_id(),
    }
    contact = Contact("PASSPORT", f"E{name}00000"[:12], **said)
    return services.enter_draw(draw=draw, contact=contact, **given | changed)


def beacon_of(draw: UUID, at: datetime = BEACON) -> engine.BeaconPaper:
    row = Draw.objects.get(id=draw)
    number = CHAIN.round_at(at)
    signature = engine.drill_signature(CHAIN, SECRET, number)
    return engine.BeaconPaper(
        draw, engine.hash_of(bytes(row.close or b"")), round_number=number, signature=signature,
        randomness=engine.randomness_of(signature),
    )  # fmt: skip


def run(world: World, draw: UUID, shift: timedelta = timedelta(0)) -> Any:
    services.close_draw(draw=draw, actor=world.lin, now=CLOSES + shift)
    return services.draw_lots(draw=draw, beacon=beacon_of(draw, BEACON + shift), actor=world.lin, now=DRAWN + shift)


def drawn(world: World, names: Sequence[str], units: int, **changed: Any) -> tuple[UUID, UUID, Any]:
    tranche = world.tranche(units, mode="DRAW", **changed)
    draw = announced(world, tranche)
    for name in names:
        enter(world, draw, name)
    return tranche, draw, run(world, draw)


NAMES = [f"{at:02d}" for at in range(9)]


def test_winners_become_claims_and_the_next_stand_by_in_the_order_drawn(drill: World) -> None:
    tranche, _draw, answers = drawn(drill, NAMES, 15, standby_max=4)
    assert [one.state for one in answers] == ["ADMITTED"] * 3 + ["STANDBY"] * 4
    assert [one.number for one in answers[3:]] == [1, 2, 3, 4]
    ranks = dict(DrawEntry.objects.filter(rank__isnull=False).values_list("id", "rank"))
    assert [ranks[one.id] for one in answers] == [1, 2, 3, 4, 5, 6, 7]
    assert Claim.objects.filter(claimant=None).count() == 0
    assert is_sound(tranche)


def test_the_bundle_is_what_a_stranger_checks(drill: World) -> None:
    _tranche, draw, answers = drawn(drill, NAMES, 15, standby_max=4)
    files = queries.draw_bundle(draw)
    checked = engine.check(
        {name: data for name, data in files.items() if name != "leaves.bin"}, engine.records_of(files["leaves.bin"])
    )
    assert checked.problems == ()
    assert (checked.entries, checked.winners, checked.is_drill, checked.beacon_verified) == (9, 3, True, True)
    assert json.loads(files["result.json"])["winners"] == [one.id.hex for one in answers[:3]]
    changed = bytearray(files["leaves.bin"])
    changed[49] ^= 2  # another weight
    assert engine.check(
        {k: v for k, v in files.items() if k != "leaves.bin"}, engine.records_of(bytes(changed))
    ).problems


def test_an_entry_gets_a_receipt_that_anybody_can_check(drill: World) -> None:
    draw = announced(drill, drill.tranche(10, mode="DRAW"))
    request = new_id()
    receipt = enter(drill, draw, "zhang", request_id=request)
    key = Ed25519PublicKey.from_public_bytes(receipt.public_key)
    key.verify(receipt.signature, receipt.text.encode())
    told = json.loads(receipt.text)
    assert told["announcement_sha256"] == engine.hash_of(bytes(Draw.objects.get().announcement))
    assert told["commitment"] == engine.commitment_of(draw=draw.bytes, entry=receipt.entry.bytes, nonce=NONCE).hex()
    assert enter(drill, draw, "zhang", request_id=request) == receipt
    assert DrawEntry.objects.count() == 1
    with pytest.raises(EntryRefused, match="already-entered"):
        enter(drill, draw, "zhang")
    with pytest.raises(DrawUnusable):
        enter(drill, draw, "li", nonce=bytes(16))


def test_who_leaves_before_the_list_closes_stands_in_no_leaf_and_may_enter_anew(drill: World) -> None:
    draw = announced(drill, drill.tranche(10, mode="DRAW"))
    zhang, li, wang = (enter(drill, draw, name) for name in ("zhang", "li", "wang"))
    with pytest.raises(DrawUnusable):
        services.leave_draw(entry=zhang.entry, nonce=bytes(reversed(NONCE)), actor=None, now=NOW)
    for _twice in range(2):
        services.leave_draw(entry=zhang.entry, nonce=NONCE, actor=None, now=NOW)
    services.leave_draw(entry=li.entry, nonce=NONCE, actor=drill.wu, now=NOW)
    again = enter(drill, draw, "zhang")
    with pytest.raises(EntryRefused, match="already-entered"):
        enter(drill, draw, "zhang")
    assert queries.draw(draw).entries == 2
    services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)
    leaves = bytes(Draw.objects.get().leaves or b"")
    stands = [one.entry.bytes in leaves for one in (zhang, li, wang, again)]
    assert stands == [False, False, True, True]
    with pytest.raises(DrawNotThere):
        services.leave_draw(entry=wang.entry, nonce=NONCE, actor=None, now=CLOSES)
    run(drill, draw)
    assert set(Claim.objects.values_list("id", flat=True)) == {wang.entry, again.entry}
    left = DrawEntry.objects.get(id=li.entry)
    assert (left.left_at, bytes(left.left_by or b"")) == (NOW, NONCE), "nobody but the entrant could show it"
    assert entrants.own_entry(li.entry, now=DRAWN).place == "LEFT"
    scope = Tranche.objects.get().release.scope
    assert not lucks(scope, [bytes(left.person or b"")]), "it counts as no loss"


def test_each_step_waits_for_the_one_before_and_for_its_moment(drill: World) -> None:
    draw = announced(drill, drill.tranche(10, mode="DRAW"))
    with pytest.raises(DrawNotThere):
        services.draw_lots(draw=draw, beacon=beacon_of(draw), actor=drill.lin, now=DRAWN)
    with pytest.raises(UnfitDraw):
        services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)  # nobody has entered
    enter(drill, draw, "zhang")
    with pytest.raises(DrawNotThere):
        services.close_draw(draw=draw, actor=drill.lin, now=CLOSES - timedelta(seconds=1))
    with pytest.raises(UnfitDraw):
        services.close_draw(draw=draw, actor=drill.lin, now=BEACON - timedelta(minutes=9))
    root = services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)
    assert services.close_draw(draw=draw, actor=drill.lin, now=BEACON) == root
    with pytest.raises(DrawNotThere):
        enter(drill, draw, "li", now=CLOSES - timedelta(minutes=1))
    wrong = replace(beacon_of(draw), round_number=CHAIN.round_at(BEACON) + 1)
    with pytest.raises(UnfitDraw):
        services.draw_lots(draw=draw, beacon=wrong, actor=drill.lin, now=DRAWN)
    assert Draw.objects.get().result is None


def test_there_is_never_a_second_draw(drill: World) -> None:
    tranche, draw, answers = drawn(drill, NAMES, 15, standby_max=2)
    again = services.draw_lots(draw=draw, beacon=beacon_of(draw), actor=drill.lin, now=DRAWN + timedelta(hours=1))
    assert [one.id for one in again] == [one.id for one in answers]
    assert Claim.objects.count() == 5
    other = replace(beacon_of(draw), numbers=((1, 2),))
    with pytest.raises(DrawnOnce):
        services.draw_lots(draw=draw, beacon=other, actor=drill.lin, now=DRAWN)
    with pytest.raises(DrawnOnce):
        announced(drill, tranche)
    for sql in (
        "UPDATE release_draw SET result = 'x'",
        "UPDATE release_draw SET beacon = NULL, result = NULL, drawn_at = NULL",
        "UPDATE release_draw SET leaves = 'x'",
        "UPDATE release_draw SET announcement = 'x'",
        "DELETE FROM release_drawentry",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_no_shows_go_to_the_next_of_the_same_order(drill: World) -> None:
    tranche, _draw, answers = drawn(drill, NAMES, 15, standby_max=4, **PICKUP)
    services.cancel_claim(claim=answers[1].id, actor=drill.lin, now=DRAWN)
    assert Claim.objects.get(id=answers[3].id).state == "ADMITTED"
    night = datetime(2020, 2, 5, 16, 0, tzinfo=UTC)
    assert services.expire_unclaimed(now=night) == 2
    states = [Claim.objects.get(id=one.id).state for one in answers]
    assert states == ["EXPIRED", "CANCELLED", "EXPIRED", "ADMITTED", "ADMITTED", "ADMITTED", "STANDBY"]
    assert services.expire_unclaimed(now=night + timedelta(days=1)) == 3, (
        "also who moved up in the day, and had the next"
    )
    states = [Claim.objects.get(id=one.id).state for one in answers]
    assert states == ["EXPIRED", "CANCELLED", "EXPIRED", "EXPIRED", "EXPIRED", "EXPIRED", "ADMITTED"]
    assert is_sound(tranche)


def test_no_more_goes_down_the_list_than_the_rule_puts_out_on_the_day(drill: World) -> None:
    _tranche, draw, _answers = drawn(drill, NAMES, 15, standby_max=2, units_daily=20)
    given: dict[str, Any] = {"draw": draw, "source": drill.cast.warehouse, "actor": drill.lin, "now": DRAWN}
    free = drill.free()
    with pytest.raises(BeyondTheRule):
        services.extend_draw(units=10, request_id=new_id(), **given)
    assert drill.free() == free
    assert len(services.extend_draw(units=5, request_id=new_id(), **given)) == 1


def test_more_stock_goes_further_down_the_same_list(drill: World) -> None:
    tranche, draw, answers = drawn(drill, NAMES, 15, standby_max=2)
    request = new_id()
    given: dict[str, Any] = {
        "draw": draw, "units": 20, "source": drill.cast.warehouse, "actor": drill.lin, "now": DRAWN,
    }  # fmt: skip
    free = drill.free()
    named = services.extend_draw(request_id=request, **given)
    assert services.extend_draw(request_id=request, **given) == named
    assert drill.free() == free - 20
    assert len(named) == 4
    assert list(named[:2]) == [one.id for one in answers[3:]]
    assert {Claim.objects.get(id=one).state for one in named} == {"ADMITTED"}
    assert Tranche.objects.get(id=tranche).admitted == 35
    files = queries.draw_bundle(draw)
    assert (
        engine.check(
            {k: v for k, v in files.items() if k != "leaves.bin"}, engine.records_of(files["leaves.bin"])
        ).problems
        == ()
    )
    assert is_sound(tranche)


def test_what_may_not_be_announced(world: World) -> None:
    """A book of real work waits for no beacon whose key somebody here holds."""
    with pytest.raises(DrawUnusable):
        announced(world, world.tranche(10, mode="DRAW"))
    with pytest.raises(DrawUnusable):
        announced(world, world.tranche(10, code="first come"))
    public = next(iter(engine.public_chains().values()))
    draw = world.tranche(10, mode="DRAW", code="public")
    late = datetime(2026, 1, 1, tzinfo=UTC)
    made = announced(world, draw, source=Drand(public, public.round_at(late)))
    assert not engine.read_announcement(bytes(Draw.objects.get(id=made).announcement)).is_drill


def test_who_may_enter_is_asked_at_the_door(drill: World) -> None:
    rule: dict[str, Any] = {
        "eligibility": {"documents": ["PASSPORT"], "regions": ["5116"]},
        "draw": {"household_winners_max": 1},
    }
    draw = announced(drill, drill.tranche(10, mode="DRAW", **rule))
    with pytest.raises(EntryRefused, match="elsewhere"):
        enter(drill, draw, "zhang")
    contact = Contact("PASSPORT", "E123456", region="511602")
    given: dict[str, Any] = {"nonce": NONCE, "channel": "CLERK", "actor": drill.wu, "now": NOW}
    with pytest.raises(EntryRefused, match="household-missing"):
        services.enter_draw(draw=draw, contact=contact, request_id=new_id(), **given)
    services.enter_draw(draw=draw, contact=replace(contact, household="H 1"), request_id=new_id(), **given)


def test_one_household_wins_once(drill: World) -> None:
    tranche = drill.tranche(15, mode="DRAW", standby_max=5, draw={"household_winners_max": 1})
    draw = announced(drill, tranche)
    for at, name in enumerate(NAMES):
        enter(drill, draw, name, household="H 1" if at < 7 else f"H {at}")
    answers = run(drill, draw)
    homes = [bytes(Claim.objects.get(id=one.id).household or b"") for one in answers]
    assert len(homes) == len(set(homes)) == 3


def test_losers_are_remembered_and_winners_pause(drill: World) -> None:
    rule: dict[str, Any] = {
        "mode": "DRAW", "quotas": [],
        "draw": {"pause_days": 3, "weight_per_loss": 2, "weight_max": 5},
    }  # fmt: skip
    release = drill.release(**rule)
    first = announced(drill, drill.put_out(release, 15))
    for name in NAMES:
        enter(drill, first, name)
    answers = run(drill, first)
    won = {one.id for one in answers if one.is_admitted}
    day = timedelta(days=1)
    second = announced(drill, drill.put_out(release, 15, on=TODAY + day), day)
    assert len(won) == 3
    for name in NAMES:
        has_won = DrawEntry.objects.get(draw=first, person=_tag(drill, name)).id in won
        if has_won:
            with pytest.raises(EntryRefused, match="again on 2020-02-09"):
                enter(drill, second, name, day)
        else:
            enter(drill, second, name, day)
    enter(drill, second, "new", day)
    services.close_draw(draw=second, actor=drill.lin, now=CLOSES + day)
    records = engine.records_of(bytes(Draw.objects.get(id=second).leaves or b""))
    weights = sorted(engine.Entry.of(one.tobytes()).weight for one in records)
    assert weights == [1] + [3] * 6
    odds = queries.next_odds(release, now=DRAWN + day)
    assert [(one.losses, one.people) for one in odds] == [(1, 6)]
    assert odds[0].odds == pytest.approx(3 / 6, abs=0.001)


def test_who_won_and_gave_it_up_has_neither_won_nor_lost(drill: World) -> None:
    release = drill.release(mode="DRAW", quotas=[], standby_max=2, draw={"weight_per_loss": 3, "weight_max": 9})
    draw = announced(drill, drill.put_out(release, 5))
    for name in NAMES[:5]:
        enter(drill, draw, name)
    won, first, second = run(drill, draw)
    services.cancel_claim(claim=second.id, actor=drill.lin, now=DRAWN)
    services.cancel_claim(claim=won.id, actor=drill.lin, now=DRAWN)
    services.cancel_claim(claim=first.id, actor=drill.lin, now=DRAWN)
    tags = {one.id: bytes(DrawEntry.objects.get(id=one.id).person or b"") for one in (won, first, second)}
    luck = lucks(Tranche.objects.get().release.scope)
    told = [(luck[tags[one.id]].losses, luck[tags[one.id]].won_at) for one in (won, first, second)]
    assert told == [(0, None), (0, None), (1, None)], "the last stood by and was never drawn"
    assert sorted(one.losses for one in luck.values()) == [0, 0, 1, 1, 1]
    day = timedelta(days=1)
    later = announced(drill, drill.put_out(release, 5, on=TODAY + day), day)
    for name in NAMES[:5]:
        enter(drill, later, name, day)
    services.close_draw(draw=later, actor=drill.lin, now=CLOSES + day)
    records = engine.records_of(bytes(Draw.objects.get(id=later).leaves or b""))
    assert sorted(engine.Entry.of(one.tobytes()).weight for one in records) == [1, 1, 4, 4, 4]


def test_the_longest_waiting_come_first_where_the_rule_says_so(drill: World) -> None:
    release = drill.release(mode="DRAW", quotas=[], draw={"by_waiting": True, "losses_max": 4})
    first = announced(drill, drill.put_out(release, 5))
    enter(drill, first, "zhang")
    enter(drill, first, "li")
    (winner,) = [one.id for one in run(drill, first)]
    day = timedelta(days=1)
    second = announced(drill, drill.put_out(release, 5, on=TODAY + day), day)
    lost = "li" if bytes(DrawEntry.objects.get(id=winner).person or b"") == _tag(drill, "zhang") else "zhang"
    for name in (*NAMES, "zhang", "li"):
        enter(drill, second, name, day)
    (following,) = [one.id for one in run(drill, second, day)]
    assert bytes(DrawEntry.objects.get(id=following).person or b"") == _tag(drill, lost)


def _tag(world: World, name: str) -> bytes:
    return person(world.office, document="PASSPORT", number=f"E{name}00000"[:12]).person


def test_a_draw_is_told_in_figures(drill: World) -> None:
    _tranche, draw, _answers = drawn(drill, NAMES, 15, standby_max=2)
    view = queries.draw(draw)
    assert (view.state, view.entries, view.winners, view.standby, view.is_drill) == ("DRAWN", 9, 3, 2, True)
    entry = DrawEntry.objects.get(rank=4)
    assert (queries.draw_entry(entry.id).rank, queries.draw_entry(entry.id).claim_state) == (4, "STANDBY")


def test_stock_and_release_stay_until_lots_are_drawn(drill: World) -> None:
    tranche = drill.tranche(15, mode="DRAW")
    release = Tranche.objects.get().release_id
    late = timedelta(days=2)
    draw = announced(drill, tranche, late)
    for name in NAMES:
        enter(drill, draw, name, late)

    def refused(now: datetime) -> None:
        for act, what in ((services.take_back, {"tranche": tranche}), (services.close_release, {"release": release})):
            with pytest.raises(ChoiceUnderway):
                act(**what, actor=drill.lin, now=now)

    refused(NOW + late)
    services.close_draw(draw=draw, actor=drill.lin, now=CLOSES + late)
    refused(DRAWN + late)
    answers = services.draw_lots(draw=draw, beacon=beacon_of(draw, BEACON + late), actor=drill.lin, now=DRAWN + late)
    assert [one.state for one in answers] == ["ADMITTED"] * 3
    assert services.take_back(tranche=tranche, actor=drill.lin, now=DRAWN + late) == 0
    services.close_release(release=release, actor=drill.lin, now=DRAWN + late)
    assert is_sound(tranche)


def test_a_list_that_was_not_closed_in_time_keeps_its_stock_no_longer(drill: World) -> None:
    """Its root was not out before the beacon, so nobody was promised anything by it."""
    release = drill.release(mode="DRAW")
    tranche = drill.put_out(release, 15)
    draw = announced(drill, tranche)
    enter(drill, draw, "zhang")
    last = BEACON - timedelta(minutes=10)
    with pytest.raises(ChoiceUnderway):
        services.close_release(release=release, actor=drill.lin, now=last)
    over = NOW + timedelta(days=1)
    with pytest.raises(UnfitDraw):
        services.close_draw(draw=draw, actor=drill.lin, now=over)
    assert services.take_back(tranche=tranche, actor=drill.lin, now=over) == 15
    services.close_release(release=release, actor=drill.lin, now=over)


def test_an_office_that_sits_on_a_beacon_gets_no_other_draw_of_the_stock(drill: World) -> None:
    """Who wins could be computed from the published papers since the beacon came out; a year later they still win."""
    release = drill.release(mode="DRAW")
    tranche = drill.put_out(release, 15)
    draw = announced(drill, tranche)
    for name in NAMES:
        enter(drill, draw, name)
    services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)
    row = Draw.objects.get(id=draw)
    foretold = engine.draw(
        bytes(row.announcement), bytes(row.close or b""), engine.as_bytes(beacon_of(draw).as_dict()),
        engine.records_of(bytes(row.leaves or b"")),
    )  # fmt: skip
    free = drill.free()
    for late in (timedelta(days=1), timedelta(days=31), timedelta(days=365)):
        for act, what in ((services.take_back, {"tranche": tranche}), (services.close_release, {"release": release})):
            with pytest.raises(ChoiceUnderway):
                act(**what, actor=drill.lin, now=BEACON + late)
        with pytest.raises(DrawnOnce):
            announced(drill, tranche, late)
    assert drill.free() == free
    answers = services.draw_lots(draw=draw, beacon=beacon_of(draw), actor=drill.lin, now=BEACON + timedelta(days=365))
    winners = [UUID(bytes=foretold.records[one, :16].tobytes()) for one in foretold.rows[: foretold.winners_count]]
    assert [one.id for one in answers if one.is_admitted] == winners
    assert is_sound(tranche)


def test_whoever_has_a_duty_may_bring_the_announced_round_and_nothing_else(drill: World) -> None:
    tranche = drill.tranche(15, mode="DRAW")
    draw = announced(drill, tranche)
    enter(drill, draw, "zhang")
    stranger = Actor(drill.wu.person_id, "a driver", {Duty.DRIVER: frozenset({drill.cast.warehouse})})
    services.close_draw(draw=draw, actor=drill.lin, now=CLOSES)
    signed = beacon_of(draw)
    unproven = replace(signed, signature=b"", round_number=0, numbers=((1, 2, 3),))
    with pytest.raises(NotYourPlace):
        services.draw_lots(draw=draw, beacon=unproven, actor=stranger, now=DRAWN)
    for other in (
        replace(signed, signature=bytes(48)),
        replace(signed, is_fallback=True, missing_declared_at=BEACON),  # no fallback was announced
    ):
        with pytest.raises(UnfitDraw):
            services.draw_lots(draw=draw, beacon=other, actor=stranger, now=DRAWN)
    with pytest.raises(NotYourPlace):
        services.draw_lots(draw=draw, beacon=signed, actor=replace(stranger, reach={}), now=DRAWN)
    assert Draw.objects.get().result is None
    (answer,) = services.draw_lots(draw=draw, beacon=signed, actor=stranger, now=DRAWN)
    assert answer.is_admitted
    assert is_sound(tranche)


def test_whose_turn_is_not_over_does_not_enter(drill: World) -> None:
    """Once in three days, drawn every day: yesterday's winners would be published again and get nothing."""
    release, day = drill.release(mode="DRAW"), timedelta(days=1)
    first = announced(drill, drill.put_out(release, 15))
    for name in NAMES[:3]:
        enter(drill, first, name)
    assert all(one.is_admitted for one in run(drill, first))
    second = announced(drill, drill.put_out(release, 15, on=TODAY + day), day)
    for name in NAMES[:3]:
        with pytest.raises(EntryRefused, match=r"quota-used.*again on 2020-02-08"):
            enter(drill, second, name, day)
    for name in NAMES[3:6]:
        enter(drill, second, name, day)
    answers = run(drill, second, day)
    assert [one.state for one in answers] == ["ADMITTED"] * 3
    third = announced(drill, drill.put_out(release, 15, on=TODAY + 3 * day), 3 * day)
    enter(drill, third, NAMES[0], 2 * day)  # the turn is over when lots are drawn


def test_a_telephone_enters_no_more_people_than_its_quota_serves(drill: World) -> None:
    quotas = [
        {"subject": "PERSON", "turn": "ROLLING", "days": 3, "claims_max": 1},
        {"subject": "PHONE", "turn": "ROLLING", "days": 3, "claims_max": 3},
    ]
    draw = announced(drill, drill.tranche(30, mode="DRAW", quotas=quotas))
    phone = "13800002222"
    entries = [enter(drill, draw, name, phone=phone) for name in NAMES[:3]]
    with pytest.raises(EntryRefused, match="quota-entered"):
        enter(drill, draw, NAMES[3], phone=phone)
    enter(drill, draw, NAMES[4], phone="13800003333")
    services.leave_draw(entry=entries[0].entry, nonce=NONCE, actor=None, now=NOW)
    entrants = [
        EntrantIn(person(drill.office, document="PASSPORT", number=f"E{name}00000", phone=phone)) for name in NAMES[5:7]
    ]
    told = services.enter_many(
        draw=draw, entrants=entrants, channel="CLERK", actor=drill.wu, now=NOW, request_id=new_id()
    )
    assert [one.code for one in told] == ["", "quota-entered"]
    assert {one.state for one in run(drill, draw)} == {"ADMITTED"}


def test_a_household_of_which_the_draw_takes_one_may_all_enter(drill: World) -> None:
    quotas = [{"subject": "HOUSEHOLD", "turn": "ROLLING", "days": 3, "claims_max": 1}]
    release = drill.release(mode="DRAW", quotas=quotas, draw={"household_winners_max": 1})
    draw, day = announced(drill, drill.put_out(release, 15)), timedelta(days=1)
    for name in NAMES[:3]:
        enter(drill, draw, name, household="H 1")
    assert [one.state for one in run(drill, draw)] == ["ADMITTED"]
    second = announced(drill, drill.put_out(release, 15, on=TODAY + day), day)
    with pytest.raises(EntryRefused, match="quota-used"):
        enter(drill, second, NAMES[4], day, household="H 1")


def test_more_stock_passes_who_was_promoted_and_reaches_somebody_new(
    drill: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One wins, three stand by; the winner leaves, so the first of them has the right; the second gives up."""
    tranche, draw, answers = drawn(drill, NAMES, 5, standby_max=3)
    for given_up in (answers[0], answers[2]):
        services.cancel_claim(claim=given_up.id, actor=drill.lin, now=DRAWN)
    assert [Claim.objects.get(id=one.id).state for one in answers] == ["CANCELLED", "ADMITTED", "CANCELLED", "STANDBY"]
    given: dict[str, Any] = {"draw": draw, "source": drill.cast.warehouse, "actor": drill.lin, "now": DRAWN}
    named = services.extend_draw(units=10, request_id=new_id(), **given)
    assert named[0] == answers[3].id
    assert len(named) == 2
    assert set(Claim.objects.filter(id__in=named).values_list("state", flat=True)) == {"ADMITTED"}
    assert Tranche.objects.get(id=tranche).admitted == 15
    (following,) = services.extend_draw(units=5, request_id=new_id(), **given)
    assert Claim.objects.get(id=following).state == "ADMITTED"
    files = queries.draw_bundle(draw)
    papers = [json.loads(files[f"more-{number}.json"]) for number in (1, 2)]
    assert papers[0]["promoted"] == [answers[1].id.hex, answers[2].id.hex]
    assert "promoted" not in papers[1]
    leaves = files.pop("leaves.bin")
    assert engine.check(files, engine.records_of(leaves)).problems == ()
    for name, content in (files | {"leaves.bin": leaves}).items():
        (tmp_path / name).write_bytes(content)
    assert verify.main([str(tmp_path), "--json"]) == 0  # type: ignore[no-untyped-call]
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert is_sound(tranche)


def test_a_draw_is_as_fair_as_its_losers_say_by_district_and_by_age(drill: World) -> None:
    """Ten of one district and two of another enter for three rights; more stock reaches further down and counts nobody twice."""
    tranche = drill.tranche(15, mode="DRAW")
    draw = announced(drill, tranche)
    release, regions = queries.tranche(tranche).release, ["511602"] * 10 + ["511603"] * 2
    for at, region in enumerate(regions):
        contact = Contact("PASSPORT", f"E{at:02d}00000", region=region)
        services.enter_draw(
            draw=draw, nonce=NONCE, channel="CLERK", contact=contact, actor=drill.wu, now=NOW, request_id=new_id()
        )
    assert queries.fairness(release) == (), "nobody has lost yet"
    run(drill, draw)

    def told() -> tuple[dict[str, int], int, int]:
        rows, (by_age,) = queries.fairness(release), queries.fairness_by_age(release)
        assert (sum(one.claims for one in rows), sum(one.admitted for one in rows)) == (by_age.claims, by_age.admitted)
        return {one.region: one.claims for one in rows}, by_age.admitted, sum(one.units for one in rows)

    assert told() == ({"511602": 10, "511603": 2}, 3, 15)
    services.extend_draw(
        draw=draw, units=10, source=drill.cast.warehouse, actor=drill.lin, now=DRAWN, request_id=new_id()
    )
    assert told() == ({"511602": 10, "511603": 2}, 5, 25)
