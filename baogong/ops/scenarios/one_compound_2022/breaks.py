"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from baogong.crew import services as crew
from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.delivery.services.sync import Act, sync
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand
from baogong.ops.scenarios.last_mile.rounds import leave
from baogong.ops.scenarios.one_compound_2022.cast import (
    ALONE,
    COMPOUND,
    HELPING,
    KEEPER,
    STARTS,
    STATION,
    couriers,
    waybills_of,
    whole,
)
from baogong.ops.scenarios.stage import Stage
from baogong.places import services as places

FORGOTTEN = f"{waybills_of(HELPING)}00023"


# Before anybody delivers


def changes_the_gate(stage: Stage) -> None:
    if stage.broken("differs_from_the_model_in", "the gate lets in more carts than the model says"):
        places.set_gate(
            community=stage.party(COMPOUND), name="东门", carts_per_slot=9, actor=stage.actors["lin"], now=stage.now
        )


def list_of_buildings(stage: Stage) -> Callable[[str], str] | None:
    if stage.broken("households", "one row of the buildings' list, four buildings, was lost"):
        return lambda text: "".join(line for line in text.splitlines(keepends=True) if "12号楼" not in line)
    return None


def who_gets_a_bed(stage: Stage, people: Sequence[UUID]) -> Sequence[UUID]:
    if stage.broken("couriers_from_elsewhere", "one of the ten was given no bed"):
        return people[:-1]
    return people


def opens_at(stage: Stage, day: int) -> str:
    if day == HELPING and stage.broken("started_at", "on the second day the station opened half an hour late"):
        return "07:30"
    return STARTS


# On the rounds


def _walked_by_another(stage: Stage, day: int) -> tuple[list[RoundView], UUID] | None:
    """Rounds that their courier leaves to another, and who that is."""
    given = _given_out(stage, day)
    busiest, second, *_, idlest = _by_parcels(given)
    own = [each for each in given if each.courier == busiest]
    if day == ALONE and stage.broken(
        "pairs_without_one_courier", "the last round of one courier was walked by another, who took a building's rest"
    ):
        return own[-1:], idlest
    if day == ALONE and stage.broken(
        "pairs_not_as_printed", "one courier's whole day was walked by another, and nothing was printed anew"
    ):
        return [each for each in given if each.courier == idlest], busiest
    if day == HELPING and stage.broken(
        "helped_before_own_done", "a courier took a colleague's second round while the own ones waited"
    ):
        return own[1:2], second
    return None


def _begun_late(stage: Stage, day: int) -> list[RoundView]:
    if day == HELPING and stage.broken("minutes_earlier_with_helping", "who had the last round sat down until ten"):
        waiting = [each for each in _given_out(stage, day) if each.state == "PLANNED"]  # who is out cannot sit down
        return sorted(waiting, key=lambda each: (each.back_at, each.name))[-1:]
    return []


def is_left(stage: Stage, day: int, one: RoundView) -> bool:
    """Whether this round is not walked when and by whom it was planned."""
    left = (_walked_by_another(stage, day) or ([],))[0] or _begun_late(stage, day)
    return one.id in {each.id for each in left}


def walk_what_was_left(stage: Stage, day: int) -> None:
    """At the end of the day the telephones tell who walked it, and when."""
    from baogong.ops.scenarios.one_compound_2022.rounds import acts_of, telephone

    by_another = _walked_by_another(stage, day)
    if by_another is not None:
        rounds, other = by_another
        for one in rounds:
            acts = [act for act in acts_of(stage, one.id) if act.parcel]
            taken = [Act(stage.request_id("act", "take", act.id), "TAKEN", one.leaves_at, act.parcel) for act in acts]
            sync(device=telephone(stage, other, day), acts=[*taken, *acts], now=stage.now)
    for one in _begun_late(stage, day):
        leave(stage, one, KEEPER)
        acts = acts_of(stage, one.id)
        stage.move_to(acts[-1].at)
        sync(device=telephone(stage, one.courier, day), acts=acts, now=stage.now)


def nobody_helps(stage: Stage) -> bool:
    return stage.broken("pairs_helped_with", "nobody asked those who were done to help")


def _given_out(stage: Stage, day: int) -> list[RoundView]:
    """The day's rounds that stand, by departure."""
    states = ("PLANNED", "STARTED", "DONE")
    return list(delivery_.rounds(station=stage.party(STATION), window=whole(day), states=states))


def _by_parcels(given: Sequence[RoundView]) -> list[UUID]:
    """The couriers, who has most parcels first."""
    count: Counter[UUID] = Counter()
    for one in given:
        count[one.courier] += one.parcels_count
    return sorted(count, key=lambda person: (-count[person], str(person)))


def forgets(stage: Stage, waybill: str) -> bool:
    return waybill == FORGOTTEN and stage.broken("not_handed_over_once", "one parcel stayed in its courier's bag")


def backwards(stage: Stage, one: RoundView, acts: list[Act]) -> list[Act]:
    """A round with cold goods and others, walked from its last stop to its first."""
    kinds = {carried.parcel.is_cold for visit in one.visits for carried in visit.parcels}
    if len(kinds) == 2 and stage.broken("others_before_cold", "couriers went round the other way, cold goods last"):
        moments = [act.at for act in acts]
        return [replace(act, at=moment) for act, moment in zip(acts, reversed(moments), strict=True)]
    return acts


# In the evening


def after_the_rounds(stage: Stage, day: int) -> None:
    if day == ALONE:
        if stage.broken("handed_over_without_proof", "in the evening a courier's test was another person's"):
            _void_tests(stage, couriers(stage)[1])
        return
    if stage.broken("pieces_unaccounted_for", "a piece nobody had promised was lost under no document"):
        _bring_one_more(stage, State.LOST, Reason.LOSS)
    if stage.broken("pieces_handed_over", "a piece went into a household's hands that was no parcel"):
        _bring_one_more(stage, State.HANDED_OVER, Reason.HANDOVER)


def _bring_one_more(stage: Stage, state: State, reason: Reason) -> None:
    """A piece like the forgotten one comes to the station and goes where it should not."""
    parcel = delivery_.parcel(FORGOTTEN)
    lot = next(move.lot for move in book.movements(holders=[parcel.community], limit=1))
    owner, station = AccountRef(book.lot(lot).owner, State.OUTSIDE), AccountRef(parcel.station, State.AVAILABLE)
    holder = parcel.station if state is State.LOST else parcel.community
    move_by_hand(stage, "in", owner, station, lot, 1, Reason.CONSIGNMENT)
    move_by_hand(stage, "out", station, AccountRef(holder, state), lot, 1, reason)


def _void_tests(stage: Stage, person: UUID) -> None:
    lin, station = stage.actors["lin"], stage.party(STATION)
    told = crew.read_tests(person=person, place=station, why="planted", actor=lin, now=stage.now)
    for test in told.tests:
        if test.kind == "PCR":
            crew.void_test(test=test.id, why="planted", actor=lin, now=stage.now)
