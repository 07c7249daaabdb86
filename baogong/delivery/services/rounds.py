"""
Rounds: a plan of kind ROUNDS is made, checked by other code than made it, approved into rounds and calls, undone until
something was loaded; after a change made anew so that few rounds are touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from baogong.delivery import crewing
from baogong.delivery.errors import AlreadyLoaded, PlanUnsound
from baogong.delivery.help_snapshots import take_help_snapshot
from baogong.delivery.mapping import (
    notice_problem_from_json,
    notices_from_json,
    plan_from_json,
    plan_to_json,
    problem_of,
)
from baogong.delivery.models import Calling, Parcel, Round, Visit, VisitParcel
from baogong.delivery.queries.uncalled import uncalled
from baogong.delivery.queries.ways import usual_rounds
from baogong.delivery.services import custody
from baogong.delivery.snapshots import (
    KIND,
    OPEN_ROUNDS,
    take_snapshot,
    to_bring,
    told,
    unloaded,
)
from baogong.engine.rounds import Plan, Problem, RoundsRule, check, check_limits, help_early, replan, sizing, solve
from baogong.engine.rounds.notices import call_households, check_notices
from baogong.engine.rounds.problem import ENGINE_VERSION
from baogong.journal import services as journal
from baogong.journal.locks import lock_word
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.windows import Window
from baogong.ledger.queries import HoldView
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.queries import PlanView

PLANNERS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
RULE = {"version": "2022-04"}
SPAN_MAX = timedelta(hours=24)


def plan_rounds(
    *,
    station: UUID,
    from_at: datetime,
    until_at: datetime,
    communities: Sequence[UUID] = (),
    capacity_g: int | None = None,
    capacity_pieces: int | None = None,
    piece_s: int | None = None,
    limits: Mapping[str, Any] | None = None,
    rule: Mapping[str, Any] | None = None,
    seed: int = 1,
    supersedes: UUID | None = None,
    without: Sequence[UUID] = (),
    drop_min: int | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Plan who of a station brings what stands there, to which shelves and doors, in these hours.

    communities      [] all it serves
    capacity_*       of one trip
    piece_s          for each further piece at a stop
    limits           the engine's (docs/algorithms/rounds.md): "one_courier_per": "building_category", "balance": 0.15 …
    None             of these: as the way of working says that its communities were opened from (`queries.ways.usual_rounds`)
    supersedes       an approved plan: what of it nobody has loaded is planned anew, and few rounds are touched
    without          who is assigned and carries nothing all the same
    drop_min         by car, beyond the range of feet: one stop a community, at its gate, where the courier waits and sees each
                     household take its own; a drop point serves at least so many orders, and a community with fewer is left
    Returns the plan, a draft until another person approves it. Raises NobodyToPlanFor, UnusableInput, NotYourPlace, the
    engine's UnusableProblem.
    """
    actor.require(*PLANNERS, at=station)
    if not from_at < until_at <= from_at + SPAN_MAX:
        raise UnusableInput(
            "Rounds are planned for some hours, a day at most. Nothing was planned.",
            where="until_at",
            found=[from_at.isoformat(), until_at.isoformat()],
            expected="an end after the beginning, within 24 hours",
            cure="Correct the hours.",
        )
    usual = usual_rounds(station, communities)
    capacity_g = usual["capacity_g"] if capacity_g is None else capacity_g
    capacity_pieces = usual["capacity_pieces"] if capacity_pieces is None else capacity_pieces
    piece_s = usual["piece_s"] if piece_s is None else piece_s
    if capacity_g < 1 or capacity_pieces < 1 or piece_s < 0 or (drop_min is not None and drop_min < 1):
        raise UnusableInput(
            "A courier carries at least one piece and one gram, and a drop point serves somebody. Nothing was planned.",
            where="capacity_pieces",
            found=[capacity_g, capacity_pieces, piece_s, drop_min],
            expected="1 or more",
            cure="Correct what one trip carries.",
        )
    params = {
        "station": str(station),
        "from_at": from_at.isoformat(),
        "until_at": until_at.isoformat(),
        "communities": sorted(str(one) for one in communities),
        "capacity_g": capacity_g,
        "capacity_pieces": capacity_pieces,
        "piece_s": piece_s,
        "limits": _checked_limits(usual["limits"] if limits is None else limits),
        "supersedes": str(supersedes) if supersedes else None,
        "helps_at": None,
        "without": sorted(str(one) for one in without),
        "drop_min": drop_min,
    }
    return planning.make_plan(
        kind=KIND, params=params, rule={**RULE, **(rule or {})}, seed=seed, actor=actor, now=now, request_id=request_id
    )


def _checked_limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    """As they are kept; null is what nobody says otherwise. Raises UnusableProblem."""
    check_limits(limits)
    said = {key: value for key, value in limits.items() if value is not None}
    if "service_s" in said:
        said["service_s"] = {mode: value for mode, value in said["service_s"].items() if value is not None}
    return said


def plan_again(*, plan: UUID, without: Sequence[UUID] = (), actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    A draft for what is true now (somebody fell out, parcels came or came back): trips stay with their couriers and in their
    order unless the change is about them. What is loaded stays as it is. Its hours are those left of the plan's, or as many
    from now on where they are over.

    without  who carries nothing from now on, besides those the plan does without already
    Raises like `plan_rounds`.
    """
    view = plans.plan(plan)
    actor.require(*PLANNERS, at=place_of(view.params))
    params = {
        **made_anew(view.params, now),
        "supersedes": str(plan),
        "helps_at": None,
        "without": sorted({*view.params.get("without", ()), *(str(one) for one in without)}),
    }
    return planning.make_plan(
        kind=KIND, params=params, rule=view.rule, seed=view.seed, actor=actor, now=now, request_id=request_id
    )


def plan_help(*, plan: UUID, at: datetime, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    A draft in which, from a moment on, who is done helps whoever would be back last; the last return is never later.

    What is loaded by then, as planned, or was loaded sooner, stays; what nobody is to bring any more is left out, and
    households that were told a time which holds are told no other. Raises UnusableInput where the moment is outside the
    plan's hours, else like `plan_rounds`.
    """
    view = plans.plan(plan)
    actor.require(*PLANNERS, at=place_of(view.params))
    from_at, until_at = (datetime.fromisoformat(view.params[name]) for name in ("from_at", "until_at"))
    if not from_at <= at < until_at:
        raise UnusableInput(
            "Help begins within the hours of the plan that it changes. Nothing was planned.",
            where="helps_at",
            found=at.isoformat(),
            expected=f"from {from_at.isoformat()} until before {until_at.isoformat()}",
            cure="Choose a moment within these hours, or plan again for what is left.",
        )
    params = {**view.params, "supersedes": str(plan), "helps_at": at.isoformat()}
    return planning.make_plan(
        kind=KIND, params=params, rule=view.rule, seed=view.seed, actor=actor, now=now, request_id=request_id
    )


def _line_of(plan: UUID) -> list[UUID]:
    """The plan and those it took the place of, one after another: rounds begun under one of them stay with it."""
    line = [plan]
    while earlier := plans.plan(line[-1]).params.get("supersedes"):
        line.append(UUID(earlier))
    return line


def place_of(params: Mapping[str, Any]) -> UUID:
    """The station whose rounds a plan is about."""
    return UUID(params["station"])


def snapshot(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Registered with planning."""
    if params.get("helps_at"):
        before = plans.plan(UUID(params["supersedes"]))
        helped = take_help_snapshot(params, before, _line_of(before.id), now)
        names = _names_of_day(UUID(params["station"]), datetime.fromisoformat(helped["midnight"]))
        return {**helped, "others": sorted(names - {trip["id"] for trip in helped["earlier"]["trips"]})}
    taken = take_snapshot(params, now)
    taken["others"] = sorted(_names_of_day(UUID(params["station"]), datetime.fromisoformat(taken["midnight"])))
    if params.get("supersedes"):
        before = plans.plan(UUID(params["supersedes"]))
        open_rounds = {
            row.name for row in Round.objects.filter(plan=before.id, state=Round.State.PLANNED, started_at=None)
        }
        taken["earlier"] = {
            **before.result["plan"],
            "trips": [trip for trip in before.result["plan"]["trips"] if trip["id"] in open_rounds],
        }
        line = Round.objects.filter(plan__in=_line_of(before.id)).values_list("name", flat=True)
        taken["others"] = sorted({*taken["others"], *line} - open_rounds)
    return taken


def _names_of_day(station: UUID, midnight: datetime, *, but: Sequence[UUID] = ()) -> set[str]:
    """One name is one round of a station's day, by whichever plan `but` these: keepers call them out."""
    of_day = Round.objects.filter(station=station, leaves_at__gte=midnight, leaves_at__lt=midnight + SPAN_MAX)
    return set(of_day.exclude(plan__in=but).values_list("name", flat=True))


def solve_rounds(snapshot: Mapping[str, Any], rule: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Registered with planning: the engine's plan of a snapshot, what its checker says, the calls, the sizing."""
    problem = problem_of(snapshot)
    chosen = RoundsRule(**{**rule, "seed": seed})
    earlier = plan_from_json(snapshot["earlier"]) if snapshot.get("earlier") else None
    touched: list[str] = []
    helped: dict[str, Any] | None = None
    if earlier is not None and "helps_at_s" in snapshot:
        help_ = help_early(problem, earlier, snapshot["helps_at_s"], frozenset(snapshot.get("loaded", ())))
        plan = _named_apart(help_.plan, set(snapshot.get("others", ())))
        helped = {"ends_s": help_.ends_s, "alone_ends_s": help_.alone_ends_s, "moved": [asdict(m) for m in help_.moved]}
    elif earlier is not None:
        again = replan(problem, earlier)
        plan, touched = _named_apart(again.plan, set(snapshot["others"])), sorted(again.touched)
    else:
        plan = _named_apart(solve(problem, chosen), set(snapshot.get("others", ())))
    # Help late in the day does not change how many couriers the day takes.
    size = snapshot["sizing"] if helped else asdict(sizing(problem, plan))
    return {
        "plan": plan_to_json(plan),
        "problems": _faults(snapshot, problem, plan),
        "notices": _notices(snapshot, plan),
        "sizing": size,
        "touched": touched,
        "help": helped,
    }


def _faults(snapshot: Mapping[str, Any], problem: Problem, plan: Plan) -> list[str]:
    """Of help, whatever lay before its moment is past, and nobody is back later than the plan before it said."""
    if "helps_at_s" not in snapshot:
        return check(problem, plan)
    back_s = max((trip.back_s for trip in plan_from_json(snapshot["earlier"]).trips), default=0.0)
    return check(
        problem, plan, at_s=snapshot["helps_at_s"], loaded=frozenset(snapshot.get("loaded", ())), until_s=back_s
    )


def _named_apart(plan: Plan, taken: set[str]) -> Plan:
    """New trips get other names than rounds the engine never saw: of the day's other plans, or begun of the earlier one."""
    names = {trip.id for trip in plan.trips} | taken
    free = (f"T{number:04d}" for number in count(1) if f"T{number:04d}" not in names)
    again = {trip.id: next(free) for trip in plan.trips if trip.id in taken}
    return replace(
        plan,
        trips=tuple(replace(trip, id=again.get(trip.id, trip.id)) for trip in plan.trips),
        shifts=tuple(
            replace(shift, trips=tuple(again.get(name, name) for name in shift.trips)) for shift in plan.shifts
        ),
    )


def _notices(snapshot: Mapping[str, Any], plan: Plan) -> list[dict[str, Any]]:
    """For each length of window the call lists of all shelves that have it, with what their checker says."""
    found = []
    for kept in _to_call(snapshot, plan):
        problem = notice_problem_from_json(kept)
        notices = call_households(problem)
        found.append({"problem": kept, "notices": asdict(notices), "problems": check_notices(problem, notices)})
    return found


def _to_come(snapshot: Mapping[str, Any], plan: Plan) -> dict[str, dict[str, dict[str, int]]]:
    """
    Shelf → household → parcel → from when it lies there, of what nobody is called for yet: who was told a time at which it
    lies there is told no other, and the calls of what is not `to_call` stand.
    """
    may, called = snapshot.get("to_call"), snapshot.get("called", {})
    found: defaultdict[str, defaultdict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for trip in plan.trips:
        for visit in trip.visits:
            stop, lies_s = snapshot["stops"][visit.stop], int(visit.end_s) + 1
            if stop["shelf"] is None:
                continue
            for parcel in stop["parcels"]:
                if (may is None or parcel in may) and called.get(parcel, -1) < lies_s:
                    found[stop["shelf"]][snapshot["households"][parcel]][parcel] = lies_s
    return {shelf: dict(households) for shelf, households in found.items()}


def _to_call(snapshot: Mapping[str, Any], plan: Plan) -> list[dict[str, Any]]:
    """For each length of window who is to be called to which shelf, and when their parcels lie there (`notice_problem_from_json`)."""
    ready = _to_come(snapshot, plan)
    by_window: defaultdict[int, list[str]] = defaultdict(list)
    for shelf in sorted(ready):
        by_window[snapshot["shelves"][shelf]["window_s"]].append(shelf)
    return [
        {
            "window_s": window_s,
            "shelves": [
                {
                    "id": shelf,
                    "cap_count": snapshot["shelves"][shelf]["people_max"],
                    "opens": snapshot["shelves"][shelf]["opens"],
                }
                for shelf in shelves
            ],
            "households": [
                {"id": f"{shelf} {household}", "shelf": shelf, "arrive_s": sorted(its.values()), "wants_door": False}
                for shelf in shelves
                for household, its in sorted(ready[shelf].items())
            ],
        }
        for window_s, shelves in sorted(by_window.items())
    ]


def check_kept(view: PlanView) -> list[str]:
    """
    What is wrong with a plan as it was kept, by the independent checkers; [] if it holds. Nothing of what the solver said of
    itself is believed: whom the calls are for, the shelves' caps and when goods lie there are read from the snapshot and the
    trips.
    """
    plan = plan_from_json(view.result["plan"])
    faults = _faults(view.snapshot, problem_of(view.snapshot), plan)
    if faults:
        return faults
    to_call, told = _to_call(view.snapshot, plan), view.result["notices"]
    if [one["problem"] for one in told] != to_call:
        faults.append("the call lists are for other households, shelves or times than the snapshot and the trips say")
    by_window = {one["problem"]["window_s"]: one["notices"] for one in told}
    for asked in to_call:
        lists = by_window.get(asked["window_s"])
        if lists is not None:
            faults += check_notices(notice_problem_from_json(asked), notices_from_json(lists))
    return faults


def on_applied(view: PlanView, holds: Sequence[HoldView], actor: Actor, now: datetime) -> None:
    """Registered with planning: the rounds and the call lists, in the approving transaction. Raises PlanUnsound."""
    faults = check_kept(view)
    if faults:
        raise PlanUnsound(
            f"The checker found {len(faults)} faults in this plan: {'; '.join(faults[:3])}. Nothing was given out.",
            where=str(view.id),
            found=faults[:20],
            expected="a plan without faults",
            cure="Plan again, and report this: the planner and its checker disagree.",
        )
    plan = plan_from_json(view.result["plan"])
    midnight = datetime.fromisoformat(view.snapshot["midnight"])
    earlier = view.params.get("supersedes")
    lock_word("rounds are given out")  # two plans of the same couriers have no row in common
    meeting = _which_meet_others(view, now)
    if meeting:
        raise planning.overtaken(view.id, meeting)
    going = [link.parcel_id for link in unloaded(UUID(earlier))] if earlier else []
    custody.lock_parcels([*(UUID(one) for one in view.snapshot["households"]), *going])
    kept = _give_way(view, plan, midnight, now)
    _write_rounds(view, [trip for trip in plan.trips if trip.id not in kept], midnight)
    _write_calls(view, midnight, now)
    journal.record(
        kind="delivery.rounds.given",
        actor=actor,
        now=now,
        subject=view.id,
        data={"rounds": len(plan.trips), "kept": len(kept), "left": len(plan.left)},
    )


def _give_way(view: PlanView, plan: Plan, midnight: datetime, now: datetime) -> set[str]:
    """
    The earlier plan's rounds that the new one does not leave exactly as they were end; names of those it does leave.

    What somebody has begun to load stays with the plan it was given out under.
    """
    earlier = view.params.get("supersedes")
    if not earlier:
        return set()
    standing = Round.objects.exclude(state__in=(Round.State.REPLACED, Round.State.CANCELLED))
    line = standing.filter(plan__in=_line_of(UUID(earlier))).values_list("id", flat=True)
    rows = {row.name: row for row in custody.lock_rounds(line).values()}
    carried: defaultdict[str, list[tuple[int, UUID]]] = defaultdict(list)
    for link in unloaded(UUID(earlier)):
        carried[link.visit.round.name].append((link.visit.position, link.parcel_id))
    kept: dict[str, Round] = {}
    for trip in plan.trips:
        row = rows.get(trip.id)
        if row is None:
            continue
        new = [
            (position, UUID(parcel))
            for position, visit in enumerate(trip.visits)
            for parcel in view.snapshot["stops"][visit.stop]["parcels"]
        ]
        is_courier = str(row.courier_id) == view.snapshot["couriers"][trip.courier]["person"]
        if row.state != Round.State.PLANNED or (is_courier and sorted(carried[trip.id]) == sorted(new)):
            kept[trip.id] = row  # begun, then it is as it was given out; or only its times differ
    begun = {name for name, row in rows.items() if row.state != Round.State.PLANNED}
    gone = [row for name, row in rows.items() if name not in kept and name not in begun]
    VisitParcel.objects.filter(visit__round__in=gone, ended_at=None).update(ended_at=now)
    Round.objects.filter(id__in=[row.id for row in gone]).update(state=Round.State.REPLACED, ended_at=now)
    _set_times(view, plan, {name: row for name, row in kept.items() if name not in begun}, midnight)
    return set(kept)


def _set_times(view: PlanView, plan: Plan, rows: Mapping[str, Round], midnight: datetime) -> None:
    """Rounds that keep courier, stops and order come under the new plan, with its times."""
    visits = {
        (visit.round_id, visit.position): visit
        for visit in Visit.objects.filter(round__in=[row.id for row in rows.values()])
    }
    moved = []
    for trip in plan.trips:
        if (row := rows.get(trip.id)) is None:
            continue
        row.plan = view.id
        row.leaves_at = midnight + timedelta(seconds=trip.leaves_s)
        row.back_at = midnight + timedelta(seconds=trip.back_s)
        for position, one in enumerate(trip.visits):
            visit = visits.get((row.id, position))
            if visit is None:  # nothing is brought there, it is only passed by
                continue
            visit.arrive_at = midnight + timedelta(seconds=one.arrive_s)
            visit.start_at = midnight + timedelta(seconds=one.start_s)
            visit.end_at = midnight + timedelta(seconds=one.end_s)
            moved.append(visit)
    Round.objects.bulk_update(rows.values(), ["plan", "leaves_at", "back_at"], batch_size=500)
    Visit.objects.bulk_update(moved, ["arrive_at", "start_at", "end_at"], batch_size=500)


def _write_rounds(view: PlanView, trips: Sequence[Any], midnight: datetime) -> None:
    snapshot = view.snapshot
    limits = problem_of(snapshot).limits
    rounds, visits, links = [], [], []
    for trip in trips:
        row = Round(
            id=new_id(),
            plan=view.id,
            name=trip.id,
            station_id=UUID(view.params["station"]),
            courier_id=UUID(snapshot["couriers"][trip.courier]["person"]),
            leaves_at=midnight + timedelta(seconds=trip.leaves_s),
            back_at=midnight + timedelta(seconds=trip.back_s),
            weight_g=trip.weight_g,
            walk_s=round(trip.walk_s),
            work_s=round(trip.back_s - trip.leaves_s + limits.load_s),
            reason_zh=trip.reason_zh[:400],
            reason_en=trip.reason_en[:400],
        )
        rounds.append(row)
        for position, one in enumerate(trip.visits):
            stop = snapshot["stops"][one.stop]
            if not stop["parcels"]:
                continue  # passed by: without it the others would not be reached in time
            visit = Visit(
                id=new_id(),
                round=row,
                position=position,
                stop=one.stop[:120],
                community_id=UUID(stop["community"]),
                building_id=_id(stop["building"]),
                unit_id=_id(stop["unit"]),
                shelf_id=_id(stop["shelf"]),
                door_id=_id(stop["door"]),
                category_id=_id(stop["category"]),
                mode=stop["mode"],
                arrive_at=midnight + timedelta(seconds=one.arrive_s),
                start_at=midnight + timedelta(seconds=one.start_s),
                end_at=midnight + timedelta(seconds=one.end_s),
            )
            visits.append(visit)
            links += [VisitParcel(id=new_id(), visit=visit, parcel_id=UUID(parcel)) for parcel in stop["parcels"]]
    Round.objects.bulk_create(rounds)
    Visit.objects.bulk_create(visits, batch_size=2000)
    VisitParcel.objects.bulk_create(links, batch_size=5000)


def _write_calls(view: PlanView, midnight: datetime, now: datetime) -> None:
    """Call lists of the plan. Calls of its parcels that nobody has made yet, or that were made for another time, give way."""
    to_come = _to_come(view.snapshot, plan_from_json(view.result["plan"]))
    parcels = [UUID(one) for one in _called_anew(view.snapshot, to_come, view.result["plan"]["trips"])]
    before = list(Calling.objects.filter(parcels__in=parcels, cancelled_at=None).distinct())
    rows: dict[tuple[UUID, str], Calling] = {}
    pairs: list[tuple[UUID, UUID]] = []
    for part in view.result["notices"]:
        window = timedelta(seconds=part["problem"]["window_s"])
        shelf_of = {one["id"]: one["shelf"] for one in part["problem"]["households"]}
        called = {one["household"]: midnight + timedelta(seconds=one["window_s"]) for one in part["notices"]["calls"]}
        # For whom no window is left stays on the list: whoever rings offers the next free time.
        without = dict.fromkeys(one["household"] for one in part["notices"]["left"])
        for name, from_at in (called | without).items():
            household = name.removeprefix(f"{shelf_of[name]} ")
            row = Calling(
                id=derived_id("delivery.calling", view.id, name),
                shelf_id=UUID(shelf_of[name]),
                household=household[:80],
                from_at=from_at,
                until_at=from_at and from_at + window,
            )
            rows[row.shelf_id, row.household] = row
            pairs += [(UUID(parcel), row.id) for parcel in to_come[shelf_of[name]][household]]
    Calling.objects.bulk_create(rows.values(), batch_size=2000)
    custody.keep_calls(parcels, pairs)
    for old in before:  # what else its household was to fetch lies there already
        if (new := rows.get((old.shelf_id, old.household))) is not None:
            Parcel.objects.filter(calling=old, state=Parcel.State.ON_SHELF).update(calling=new)
    custody.end_idle_calls([old.id for old in before], now)


def _called_anew(
    snapshot: Mapping[str, Any],
    to_come: Mapping[str, Mapping[str, Mapping[str, int]]],
    trips: Iterable[Mapping[str, Any]],
) -> list[str]:
    """Parcels whose calls a plan makes, or takes back because it brings them to no shelf; the calls of the others stand."""
    may = snapshot.get("to_call", snapshot["households"])
    asked = {parcel for households in to_come.values() for its in households.values() for parcel in its}
    stops = [snapshot["stops"][visit["stop"]] for trip in trips for visit in trip["visits"]]
    stand = {parcel for stop in stops if stop["shelf"] is not None for parcel in stop["parcels"]} - asked
    anew = set(may) - stand
    return [parcel for parcel in snapshot["households"] if parcel in anew]


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def on_undone(view: PlanView, actor: Actor, now: datetime) -> None:
    """Registered with planning: the rounds end, as long as nothing of them was loaded. Raises AlreadyLoaded."""
    links = VisitParcel.objects.filter(visit__round__plan=view.id)
    custody.lock_parcels(links.values_list("parcel", flat=True))
    custody.lock_rounds(links.values_list("visit__round", flat=True))
    taken = links.exclude(taken_at=None).count()
    begun = (
        Round.objects.filter(plan=view.id)
        .exclude(state=Round.State.PLANNED)
        .exclude(state__in=(Round.State.REPLACED, Round.State.CANCELLED))
    )
    if taken or begun.exists():
        raise AlreadyLoaded(
            f"{taken} parcels of these rounds were loaded. The plan was not undone.",
            where=str(view.id),
            found=taken,
            expected=0,
            cure="Plan again: a new plan takes up what nobody has loaded.",
        )
    parcels = list(links.values_list("parcel", flat=True))
    links.filter(ended_at=None).update(ended_at=now)
    Round.objects.filter(plan=view.id, state=Round.State.PLANNED).update(state=Round.State.CANCELLED, ended_at=now)
    calls = Calling.objects.filter(parcels__in=parcels, called_at=None, cancelled_at=None)
    Calling.objects.filter(id__in=list(calls.values_list("id", flat=True))).update(cancelled_at=now)
    journal.record(
        kind="delivery.rounds.withdrawn", actor=actor, now=now, subject=view.id, data={"parcels": len(parcels)}
    )


def still_true(view: PlanView, now: datetime) -> list[planning.Changed]:
    """
    Registered with planning: what has changed so that the plan does not hold. Parcels that came since wait for the next
    one.
    """
    found: list[planning.Changed] = []
    station = UUID(view.params["station"])
    parcels = [UUID(one) for one in view.snapshot["households"]]
    here = set(Parcel.objects.filter(to_bring(station), id__in=parcels).values_list("id", flat=True))
    planned = VisitParcel.objects.filter(parcel__in=parcels, ended_at=None)
    earlier = view.params.get("supersedes")
    if earlier and view.params.get("helps_at"):
        begun, stay = _begun_since(view, UUID(earlier))
        here |= stay
        waiting = [link.id for link in unloaded(UUID(earlier)) if link.visit.round.state == Round.State.PLANNED]
        planned = planned.exclude(id__in=waiting).exclude(parcel__in=stay)
        if begun:
            names = ", ".join(begun)
            found.append(planning.Changed(f"{names} 已开始装车", f"{names} was begun since"))
    elif earlier:
        planned = planned.exclude(id__in=[link.id for link in unloaded(UUID(earlier))])
    gone = len(set(parcels) - here)
    if gone:
        found.append(planning.Changed(f"{gone} 件包裹已不在站点", f"{gone} parcels are not at the station any more"))
    double = planned.count()
    if double:
        found.append(
            planning.Changed(f"{double} 件包裹已排入另一次派送", f"{double} parcels are on another round already")
        )
    return found + _who_was_told(view) + _who_is_out(view, station, now) + _which_meet_others(view, now)


def _which_meet_others(view: PlanView, now: datetime) -> list[planning.Changed]:
    """Rounds whose courier is on another plan's at that time, and those named as another of the station's day is."""
    midnight = datetime.fromisoformat(view.snapshot["midnight"])
    earlier = view.params.get("supersedes")
    line = _line_of(UUID(earlier)) if earlier else []
    taken: defaultdict[str, list[Round]] = defaultdict(list)
    people = {courier["person"] for courier in view.snapshot["couriers"].values()}
    others = Round.objects.filter(courier__in=people, state__in=OPEN_ROUNDS, back_at__gt=now).exclude(plan__in=line)
    for row in others:
        taken[str(row.courier_id)].append(row)
    busy: set[str] = set()
    for trip in view.result["plan"]["trips"]:
        courier = view.snapshot["couriers"][trip["courier"]]
        leaves_at, back_at = (midnight + timedelta(seconds=trip[moment]) for moment in ("leaves_s", "back_s"))
        for row in taken[courier["person"]]:
            if row.leaves_at < back_at and leaves_at < row.back_at:
                busy.add(f"{courier['name']} ({row.name})")
    station = UUID(view.params["station"])
    names = {trip["id"] for trip in view.result["plan"]["trips"]} & _names_of_day(station, midnight, but=line)
    found = []
    if busy:
        listed = sorted(busy)
        found.append(
            planning.Changed(
                f"{'、'.join(listed)} 那时已在另一轮派送中",
                f"{', '.join(listed)} will be on another round at that time",
            )
        )
    if names:
        listed = sorted(names)
        found.append(
            planning.Changed(
                f"当天已有别的派送叫 {'、'.join(listed)}", f"other rounds of that day are called {', '.join(listed)}"
            )
        )
    return found


def _begun_since(view: PlanView, earlier: UUID) -> tuple[list[str], set[UUID]]:
    """
    Of help: names of rounds that were begun since and are not as it has them; parcels of those that it leaves as they are,
    wherever those are by now.
    """
    carries: defaultdict[str, set[str]] = defaultdict(set)
    for trip in view.result["plan"]["trips"]:
        for visit in trip["visits"]:
            carries[trip["id"]].update(view.snapshot["stops"][visit["stop"]]["parcels"])
    links = VisitParcel.objects.filter(visit__round__plan__in=_line_of(earlier), visit__round__started_at__isnull=False)
    carried: defaultdict[str, set[str]] = defaultdict(set)
    for name, parcel in links.values_list("visit__round__name", "parcel"):
        carried[name].add(str(parcel))
    known = set(view.snapshot["loaded"])
    begun = sorted(name for name, its in carried.items() if name not in known and carries[name] != its)
    stay = {UUID(parcel) for name in carried.keys() - begun for parcel in carries[name]}
    return begun, stay


def _who_was_told(view: PlanView) -> list[planning.Changed]:
    """Households that were told a time since, and that this plan would call for another."""
    midnight, trips = datetime.fromisoformat(view.snapshot["midnight"]), view.result["plan"]["trips"]
    parcels = _called_anew(view.snapshot, _to_come(view.snapshot, plan_from_json(view.result["plan"])), trips)
    known = view.snapshot.get("called", {})
    count = sum(known.get(parcel) != from_s for parcel, from_s in told(parcels, midnight).items())
    if not count:
        return []
    return [
        planning.Changed(
            f"{count} 件包裹的住户已电话约过时间", f"the households of {count} parcels were called down since"
        )
    ]


def _who_is_out(view: PlanView, station: UUID, now: datetime) -> list[planning.Changed]:
    """Couriers who may not carry for as long as they are planned to."""
    midnight = datetime.fromisoformat(view.snapshot["midnight"])
    communities = [UUID(one) for one in view.snapshot["communities"]]
    window = Window(datetime.fromisoformat(view.params["from_at"]), datetime.fromisoformat(view.params["until_at"]))
    spans: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for one in crewing.couriers(station, communities, window, now):
        spans[str(one.person)].append((one.start_at, one.end_at))
    out = set()
    for trip in view.result["plan"]["trips"]:
        courier = view.snapshot["couriers"][trip["courier"]]
        leaves_at = midnight + timedelta(seconds=trip["leaves_s"])
        back_at = midnight + timedelta(seconds=trip["back_s"])
        if back_at > now and not any(start <= leaves_at and back_at <= end for start, end in spans[courier["person"]]):
            out.add(courier["name"])
    if not out:
        return []
    names = sorted(out)
    return [
        planning.Changed(
            f"{'、'.join(names)} 已不能派送这么久",
            f"{', '.join(names)} may not carry for as long as planned",
        )
    ]


def made_anew(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Registered with planning: the same hours from now on, kept in length where they are over."""
    from_at, until_at = (datetime.fromisoformat(params[name]) for name in ("from_at", "until_at"))
    begin = max(now, from_at)
    end = until_at if until_at > begin else begin + (until_at - from_at)
    return {**params, "from_at": begin.isoformat(), "until_at": end.isoformat()}


def on_paper(view: PlanView) -> dict[str, Any]:
    """Registered with planning: what the approver puts a name under: who is left out, who is not called, why; where walks are guessed."""
    return {
        "left": [
            {"stop": one["stop"], "why_zh": one["reason_zh"], "why_en": one["reason_en"]}
            for one in view.result["plan"]["left"]
        ],
        "uncalled": [
            {
                "where": f"{one.community_name} {one.address}".strip(),
                "parcels": list(one.codes),
                "why_zh": one.reason_zh,
                "why_en": one.reason_en,
            }
            for one in uncalled(view)
        ],
        "sizing_zh": view.result["sizing"]["reason_zh"],
        "sizing_en": view.result["sizing"]["reason_en"],
        "estimated": view.snapshot["estimated"],
        "nowhere": view.snapshot.get("nowhere", []),
    }


def register() -> None:
    """Called once when the room starts."""
    planning.register(
        planning.PlanKind(
            name=KIND,
            snapshot=snapshot,
            solve=solve_rounds,
            to_lines=lambda plan, result: (),  # the goods are promised to their communities already
            on_applied=on_applied,
            on_undone=on_undone,
            still_true=still_true,
            made_anew=made_anew,
            proposers=PLANNERS,
            place=place_of,
            on_paper=on_paper,
            engine=ENGINE_VERSION,
        )
    )
