"""
Rounds: a plan of kind ROUNDS is made, checked by other code than made it, approved into rounds and calls, undone until
something was loaded; after a change made anew so that few rounds are touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from baogong.delivery import crewing
from baogong.delivery.errors import AlreadyLoaded, PlanUnsound
from baogong.delivery.mapping import (
    notice_problem_from_json,
    notices_from_json,
    plan_from_json,
    plan_to_json,
    problem_of,
)
from baogong.delivery.models import Calling, Parcel, Round, Visit, VisitParcel
from baogong.delivery.services import custody
from baogong.delivery.snapshots import (
    CAPACITY_G,
    CAPACITY_PIECES,
    KIND,
    PIECE_S,
    take_snapshot,
    unloaded,
)
from baogong.engine.rounds import Plan, RoundsRule, check, help_early, replan, sizing, solve
from baogong.engine.rounds.notices import call_households, check_notices
from baogong.engine.rounds.problem import ENGINE_VERSION
from baogong.journal import services as journal
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.windows import Window
from baogong.ledger.queries import HoldView
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.queries import PlanView

PLANNERS = (Duty.COMMAND, Duty.CLERK)
RULE = {"version": "2022-04"}
SPAN_MAX = timedelta(hours=24)


def plan_rounds(
    *,
    station: UUID,
    from_at: datetime,
    until_at: datetime,
    communities: Sequence[UUID] = (),
    capacity_g: int = CAPACITY_G,
    capacity_pieces: int = CAPACITY_PIECES,
    piece_s: int = PIECE_S,
    limits: Mapping[str, Any] | None = None,
    rule: Mapping[str, Any] | None = None,
    seed: int = 1,
    supersedes: UUID | None = None,
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
    supersedes       an approved plan: what of it nobody has loaded is planned anew, and few rounds are touched
    Returns the plan, a draft until another person approves it. Raises NobodyToPlanFor, UnusableInput, NotYourPlace, the
    engine's UnusableProblem.
    """
    actor.require(*PLANNERS)
    if not from_at < until_at <= from_at + SPAN_MAX:
        raise UnusableInput(
            "Rounds are planned for some hours, a day at most. Nothing was planned.",
            where="until_at",
            found=[from_at.isoformat(), until_at.isoformat()],
            expected="an end after the beginning, within 24 hours",
            cure="Correct the hours.",
        )
    if capacity_g < 1 or capacity_pieces < 1 or piece_s < 0:
        raise UnusableInput(
            "A courier carries at least one piece and one gram. Nothing was planned.",
            where="capacity_pieces",
            found=[capacity_g, capacity_pieces, piece_s],
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
        "limits": dict(limits or {}),
        "supersedes": str(supersedes) if supersedes else None,
        "helps_at": None,
    }
    return planning.make_plan(
        kind=KIND, params=params, rule={**RULE, **(rule or {})}, seed=seed, actor=actor, now=now, request_id=request_id
    )


def plan_again(*, plan: UUID, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    A draft for what is true now (somebody fell out, parcels came or came back): trips stay with their couriers and in their
    order unless the change is about them. What is loaded stays as it is. Raises like `plan_rounds`.
    """
    actor.require(*PLANNERS)
    view = plans.plan(plan)
    params = {
        **view.params,
        "from_at": max(now, datetime.fromisoformat(view.params["from_at"])).isoformat(),
        "supersedes": str(plan),
        "helps_at": None,
    }
    return planning.make_plan(
        kind=KIND, params=params, rule=view.rule, seed=view.seed, actor=actor, now=now, request_id=request_id
    )


def plan_help(*, plan: UUID, at: datetime, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    A draft in which, from a moment on, who is done helps whoever would be back last; the last return is never later.

    What is loaded by then, as planned, stays. Raises like `plan_rounds`.
    """
    actor.require(*PLANNERS)
    view = plans.plan(plan)
    params = {**view.params, "supersedes": str(plan), "helps_at": at.isoformat()}
    return planning.make_plan(
        kind=KIND, params=params, rule=view.rule, seed=view.seed, actor=actor, now=now, request_id=request_id
    )


def snapshot(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Registered with planning."""
    if params.get("helps_at"):
        before = plans.plan(UUID(params["supersedes"]))
        midnight = datetime.fromisoformat(before.snapshot["midnight"])
        at_s = int((datetime.fromisoformat(params["helps_at"]) - midnight).total_seconds())
        return {**before.snapshot, "earlier": before.result["plan"], "helps_at_s": at_s}
    taken = take_snapshot(params, now)
    if params.get("supersedes"):
        before = plans.plan(UUID(params["supersedes"]))
        open_rounds = {
            row.name for row in Round.objects.filter(plan=before.id, state=Round.State.PLANNED, started_at=None)
        }
        taken["earlier"] = {
            **before.result["plan"],
            "trips": [trip for trip in before.result["plan"]["trips"] if trip["id"] in open_rounds],
        }
        taken["others"] = sorted(
            Round.objects.filter(plan=before.id).exclude(name__in=open_rounds).values_list("name", flat=True)
        )
    return taken


def solve_rounds(snapshot: Mapping[str, Any], rule: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Registered with planning: the engine's plan of a snapshot, what its checker says, the calls, the sizing."""
    problem = problem_of(snapshot)
    chosen = RoundsRule(**{**rule, "seed": seed})
    earlier = plan_from_json(snapshot["earlier"]) if snapshot.get("earlier") else None
    touched: list[str] = []
    helped: dict[str, Any] | None = None
    if earlier is not None and "helps_at_s" in snapshot:
        help_ = help_early(problem, earlier, snapshot["helps_at_s"])
        plan = help_.plan
        helped = {"ends_s": help_.ends_s, "alone_ends_s": help_.alone_ends_s, "moved": [asdict(m) for m in help_.moved]}
    elif earlier is not None:
        again = replan(problem, earlier)
        plan, touched = _named_apart(again.plan, set(snapshot["others"])), sorted(again.touched)
    else:
        plan = solve(problem, chosen)
    size = sizing(problem, plan)
    return {
        "plan": plan_to_json(plan),
        "problems": check(problem, plan),
        "notices": _notices(snapshot, plan),
        "sizing": asdict(size),
        "touched": touched,
        "help": helped,
    }


def _named_apart(plan: Plan, taken: set[str]) -> Plan:
    """New trips get other names than the rounds of the earlier plan that were begun, which the engine never saw."""
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
    ready: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for trip in plan.trips:
        for visit in trip.visits:
            stop = snapshot["stops"][visit.stop]
            if stop["shelf"] is not None:
                for parcel in stop["parcels"]:
                    ready[stop["shelf"]][snapshot["households"][parcel]].append(int(visit.end_s) + 1)
    by_window: defaultdict[int, list[str]] = defaultdict(list)
    for shelf in sorted(ready):
        by_window[snapshot["shelves"][shelf]["window_s"]].append(shelf)
    found = []
    for window_s, shelves in sorted(by_window.items()):
        kept = {
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
                {"id": f"{shelf} {household}", "shelf": shelf, "arrive_s": sorted(at), "wants_door": False}
                for shelf in shelves
                for household, at in sorted(ready[shelf].items())
            ],
        }
        problem = notice_problem_from_json(kept)
        notices = call_households(problem)
        found.append({"problem": kept, "notices": asdict(notices), "problems": check_notices(problem, notices)})
    return found


def check_kept(view: PlanView) -> list[str]:
    """
    What is wrong with a plan as it was kept, by the independent checkers; [] if it holds. Nothing of what the solver said of
    itself is believed.
    """
    faults = check(problem_of(view.snapshot), plan_from_json(view.result["plan"]))
    for one in view.result["notices"]:
        faults += check_notices(notice_problem_from_json(one["problem"]), notices_from_json(one["notices"]))
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
    links = unloaded(UUID(earlier))
    custody.lock_parcels(link.parcel_id for link in links)
    rows = {row.name: row for row in Round.objects.select_for_update().filter(plan=UUID(earlier))}
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
            visit = visits[row.id, position]
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
    """Call lists of the plan; calls of its parcels that nobody has made yet give way to them."""
    parcels = [UUID(one) for one in view.snapshot["households"]]
    old = Calling.objects.filter(parcels__in=parcels, called_at=None, cancelled_at=None)
    Calling.objects.filter(id__in=list(old.values_list("id", flat=True))).update(cancelled_at=now)
    of_household: defaultdict[tuple[str, str], list[UUID]] = defaultdict(list)
    for trip in view.result["plan"]["trips"]:
        for one in trip["visits"]:
            stop = view.snapshot["stops"][one["stop"]]
            if stop["shelf"] is not None:
                for parcel in stop["parcels"]:
                    of_household[stop["shelf"], view.snapshot["households"][parcel]].append(UUID(parcel))
    rows = []
    called: dict[UUID, list[UUID]] = {}
    for part in view.result["notices"]:
        window_s = part["problem"]["window_s"]
        for call in part["notices"]["calls"]:
            household = call["household"].removeprefix(f"{call['shelf']} ")
            from_at = midnight + timedelta(seconds=call["window_s"])
            row = Calling(
                id=derived_id("delivery.calling", view.id, call["household"]),
                shelf_id=UUID(call["shelf"]),
                household=household[:80],
                from_at=from_at,
                until_at=from_at + timedelta(seconds=window_s),
            )
            rows.append(row)
            called[row.id] = of_household[call["shelf"], household]
    Calling.objects.bulk_create(rows, batch_size=2000)
    pairs = [(parcel, calling) for calling, parcels_ in called.items() for parcel in parcels_]
    custody.keep_calls(parcels, pairs)


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def on_undone(view: PlanView, actor: Actor, now: datetime) -> None:
    """Registered with planning: the rounds end, as long as nothing of them was loaded. Raises AlreadyLoaded."""
    links = VisitParcel.objects.filter(visit__round__plan=view.id)
    custody.lock_parcels(links.values_list("parcel", flat=True))
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
    here = set(
        Parcel.objects.filter(id__in=parcels, holder=station, state=Parcel.State.AT_STATION).values_list(
            "id", flat=True
        )
    )
    planned = VisitParcel.objects.filter(parcel__in=parcels, ended_at=None)
    earlier = view.params.get("supersedes")
    if earlier:
        ours = {link.id for link in unloaded(UUID(earlier))}
        if view.params.get("helps_at"):
            here |= set(planned.filter(visit__round__plan=UUID(earlier)).values_list("parcel", flat=True))
            here |= set(
                VisitParcel.objects.filter(visit__round__plan=UUID(earlier))
                .exclude(ended_at=None)
                .values_list("parcel", flat=True)
            )
            planned = planned.exclude(visit__round__plan=UUID(earlier))
        planned = planned.exclude(id__in=ours)
    gone = len(set(parcels) - here)
    if gone:
        found.append(planning.Changed(f"{gone} 件包裹已不在站点", f"{gone} parcels are not at the station any more"))
    double = planned.count()
    if double:
        found.append(
            planning.Changed(f"{double} 件包裹已排入另一次派送", f"{double} parcels are on another round already")
        )
    return found + _who_is_out(view, station, now)


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
    """Registered with planning: what the approver puts a name under: who is left out and why, and where walks are guessed."""
    return {
        "left": [
            {"stop": one["stop"], "why_zh": one["reason_zh"], "why_en": one["reason_en"]}
            for one in view.result["plan"]["left"]
        ],
        "sizing_zh": view.result["sizing"]["reason_zh"],
        "sizing_en": view.result["sizing"]["reason_en"],
        "estimated": view.snapshot["estimated"],
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
            on_paper=on_paper,
            engine=ENGINE_VERSION,
        )
    )
