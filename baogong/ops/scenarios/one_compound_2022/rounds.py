"""Who brings what, planned and approved; walked and told by telephones; on the second day who is done helps."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.delivery.services import rounds
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile.rounds import approve, device, each_handed_over, has_no_signal, tell, walk
from baogong.ops.scenarios.one_compound_2022 import breaks, people
from baogong.ops.scenarios.one_compound_2022.cast import ENDS, HELPING, KEEPER, STARTS, STATION, at, whole
from baogong.ops.scenarios.stage import Stage
from baogong.planning import queries as plans

LIMITS = {"one_courier_per": "building_category", "helping": True, "balance": 2.0, "cold_first": True}
RULE = {"turns_per_stop": 2, "passes": 1}
CART_G, CART_PIECES = 60_000, 40  # pushed by hand from door to door
STILL_OUT = 2  # who is done is asked to help when no more than so many have something left to load
EVENING = "18:30"


def plan(stage: Stage, day: int) -> None:
    """By one, approved by another: from then on the list of buildings says who brings what."""
    made = rounds.plan_rounds(
        station=stage.party(STATION),
        from_at=at(day, breaks.opens_at(stage, day)),
        until_at=at(day, ENDS),
        capacity_g=CART_G,
        capacity_pieces=CART_PIECES,
        limits=LIMITS,
        rule=RULE,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rounds", day),
    )
    approve(stage, made, "rounds", day)
    stage.ids[f"plan {day}"] = made


def deliver(stage: Stage, day: int) -> None:
    stage.move_to(at(day, breaks.opens_at(stage, day)))
    people.sign_on(stage, day)
    if day == HELPING and not breaks.nobody_helps(stage):
        moment = _when_most_are_done(stage, day)
        _walk(stage, day, moment)
        _help(stage, day, moment)
    _walk(stage, day, at(day, ENDS))
    breaks.walk_what_was_left(stage, day)
    people.sign_off(stage)
    stage.move_to(at(day, EVENING))
    for one in delivery_.rounds(station=stage.party(STATION), window=whole(day), states=["STARTED"]):
        _come_back(stage, one, day)  # telephones that had no signal all day
    breaks.after_the_rounds(stage, day)


def _when_most_are_done(stage: Stage, day: int) -> datetime:
    """The first whole minute in which all but the last two are back from the last of the morning's rounds."""
    for head in plans.plans("ROUNDS"):  # in a play that goes on they may have been asked already
        params = plans.plan(head.id).params
        if params.get("helps_at") and params["supersedes"] == str(stage.ids[f"plan {day}"]):
            return datetime.fromisoformat(params["helps_at"])
    states = ["PLANNED", "STARTED", "DONE"]
    rows = delivery_.rounds(station=stage.party(STATION), window=whole(day), states=states, with_visits=True)
    walks = pace.day(stage, rows)
    backs_at = dict[UUID, datetime]()
    for one in rows:
        backs_at[one.courier] = max(walks[one.id].back_at, backs_at.get(one.courier, walks[one.id].back_at))
    return sorted(backs_at.values())[-1 - STILL_OUT].replace(second=0) + timedelta(minutes=1)


def _help(stage: Stage, day: int, moment: datetime) -> None:
    """Who is done takes over what the others have not loaded yet; the list of buildings says so from now on."""
    made = rounds.plan_help(
        plan=stage.ids[f"plan {day}"],
        at=moment,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("help", day),
    )
    approve(stage, made, "help", day)


def _walk(stage: Stage, day: int, until: datetime) -> None:
    def come_back(one: RoundView, _station: str) -> None:
        if not has_no_signal(one.courier):
            _come_back(stage, one, day)

    walk(
        stage,
        {STATION: KEEPER},
        whole(day),
        until,
        come_back=come_back,
        is_left=lambda one: breaks.is_left(stage, day, one),
    )


def _come_back(stage: Stage, one: RoundView, day: int) -> None:
    tell(telephone(stage, one.courier, day), acts_of(stage, one.id), stage.now)


def telephone(stage: Stage, person: UUID, day: int) -> DeviceView:
    return device(stage, STATION, person, at(day, STARTS), at(day, "20:00"), keeper=KEEPER)


def acts_of(stage: Stage, round_id: UUID) -> list[Act]:
    """What the courier did on this round: each parcel at its door, and free when back."""
    one = delivery_.round_view(round_id)
    walked = pace.walked(stage, one)
    found = each_handed_over(stage, one, walked, is_left=lambda parcel: breaks.forgets(stage, parcel.waybill))
    found = breaks.backwards(stage, one, found)
    return [*found, Act(stage.request_id("act", one.id, "free"), "FREE", walked.back_at)]
