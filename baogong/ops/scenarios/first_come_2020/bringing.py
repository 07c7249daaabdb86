"""Orders accepted, made into parcels, walked to the doors; who could not be found at once is brought late, with an alert before."""

from __future__ import annotations

from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.delivery.services import placing, rounds
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act
from baogong.ops.scenarios.first_come_2020 import breaks
from baogong.ops.scenarios.first_come_2020.cast import (
    CLERK,
    KEEPER,
    LAST,
    NEXT,
    OFFICE_NAME,
    SHOPKEEPER,
    STATION,
    TEAM,
    at,
    claim_of,
    door_of,
    person_of,
    whole,
)
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile.parcels import receive_all
from baogong.ops.scenarios.last_mile.people import ask_for_temperature, assign, names_in, take_temperatures
from baogong.ops.scenarios.last_mile.rounds import approve, device, each_handed_over, tell, walk
from baogong.ops.scenarios.stage import Stage
from baogong.release import offers
from baogong.release import queries as release_
from baogong.release import services as release

ACCEPTED_AT_ONCE = 500
MASK_G = 10
BIKE_G, BIKE_PIECES = 30_000, 80
LATE = 2  # claimants whom nobody reached by telephone until the next afternoon
MORNING, DONE_BY, AGAIN, EVENING = "08:00", "16:00", "18:10", "20:00"


def accept(stage: Stage) -> None:
    """The shop takes the orders on, and each claimant is told."""
    while fresh := offers.claims_in(stage.ids["tranche"], "ADMITTED", most=ACCEPTED_AT_ONCE):
        wanted = breaks.accepted(stage, [one.id for one in fresh])
        if not wanted:
            break
        release.accept_claims(claims=wanted, actor=stage.actors[SHOPKEEPER], now=stage.now)


def make_parcels(stage: Stage) -> None:
    """Each address is read once and held against the compounds' registers; what waits is asked for by telephone."""
    clerk = stage.actors[CLERK]
    is_left = bool(offers.claims_in(stage.ids["tranche"], "ACCEPTED", most=1))
    while is_left:  # a thousand at a time
        made = placing.place(office=stage.party(OFFICE_NAME), unit_weight_g=MASK_G, actor=clerk, now=stage.now)
        is_left = bool(made.left)
    waiting = delivery_.placings([stage.party(OFFICE_NAME)])
    stage.say(f"      {len(waiting)} addresses wait for a person")
    is_given_up = any(one.state == "CANCELLED" for one in release_.rights(stage.ids["release"]))
    third = LATE if is_given_up else LATE + 1  # whoever it was gave up once, however often this is played
    cancelled, others = waiting[LATE:third], waiting[third:]
    for one in cancelled:
        release.cancel_claim(claim=one.source, actor=clerk, now=stage.now)
        _put(stage, one.id, one.source)
    for one in others:
        _put(stage, one.id, one.source)
    if breaks.reached_at_once(stage):
        reach_the_late(stage)


def reach_the_late(stage: Stage) -> None:
    for one in delivery_.placings([stage.party(OFFICE_NAME)]):
        _put(stage, one.id, one.source)


def _put(stage: Stage, waiting: UUID, claim: UUID) -> None:
    """Where the claimant says, on the telephone, that it is."""
    request = _requests(stage).get(claim, 0)  # who rang lives where request 0 does
    community, building, unit, room = door_of(person_of(request))
    placing.place_by_hand(
        placing=waiting,
        community=stage.party(community),
        building=building,
        unit=unit,
        room=room,
        unit_weight_g=MASK_G,
        actor=stage.actors[CLERK],
        now=stage.now,
    )


def _requests(stage: Stage) -> dict[UUID, int]:
    """Claim → the request it came by."""
    if OFFICE not in stage.worlds:
        stage.worlds[OFFICE] = {claim_of(stage, request): request for request in range(LAST)}
    found = stage.worlds[OFFICE]
    assert isinstance(found, dict)
    return found


OFFICE = UUID(int=1)  # a place in the stage's store that no plan has


def receive(stage: Stage) -> None:
    """The shop's van brings the packs to the station; each is scanned."""
    receive_all(stage, STATION, KEEPER, stage.now)


def assign_couriers(stage: Stage) -> None:
    """In February 2020 a station asks for a temperature, and for nothing else yet."""
    ask_for_temperature(stage, STATION)
    take_temperatures(stage, TEAM, STATION, KEEPER)
    for name in names_in(stage, TEAM):
        assign(
            stage, stage.party(name), stage.party(STATION), "DELIVER", at(NEXT, MORNING), at(NEXT, EVENING), day=NEXT
        )


def plan(stage: Stage, start: str, until: str) -> None:
    breaks.without_a_round(stage, telephone)
    made = rounds.plan_rounds(
        station=stage.party(STATION),
        from_at=at(NEXT, start),
        until_at=at(NEXT, until),
        capacity_g=BIKE_G,
        capacity_pieces=BIKE_PIECES,
        limits={},
        rule={"turns_per_stop": 2, "passes": 1},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rounds", start),
    )
    approve(stage, made, "rounds", start)


def bring(stage: Stage, until: str) -> None:
    def come_back(one: RoundView, _station: str) -> None:
        tell(telephone(stage, one.courier), _acts(stage, one.id), stage.now)

    walk(stage, {STATION: KEEPER}, whole(NEXT), at(NEXT, until), come_back=come_back)


def telephone(stage: Stage, person: UUID) -> DeviceView:
    return device(stage, STATION, person, at(NEXT, "07:00"), at(NEXT, "21:00"), keeper=KEEPER)


def _acts(stage: Stage, round_id: UUID) -> list[Act]:
    """Left before each door, its code read there."""
    one = delivery_.round_view(round_id)
    walked = pace.walked(stage, one)
    return each_handed_over(stage, one, walked, is_left=lambda parcel: breaks.forgets(stage, parcel.code))


def watch(stage: Stage) -> None:
    """What the house does every minute, here at the moment when a sixth of the day is left, and once an hour after."""
    if not breaks.nobody_watches(stage):
        release.watch_promises(now=stage.now)


def late_ones(stage: Stage) -> None:
    """The two are reached at last; their masks go out with the evening's round."""
    reach_the_late(stage)
    receive(stage)
    if delivery_.parcels(station=stage.party(STATION), states=["AT_STATION"], unplanned=True):
        plan(stage, AGAIN, EVENING)
        bring(stage, EVENING)
