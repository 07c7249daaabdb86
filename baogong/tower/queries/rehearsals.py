"""Rehearsals as pages, API and commands read them: moments instead of seconds, names instead of ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from baogong.delivery.queries.planned import rounds_leaving
from baogong.engine.rehearsal import Drift, Night, as_document, drifts, read_night
from baogong.engine.rehearsal.fixes import MOVED
from baogong.engine.rehearsal.report import NEAR, interval
from baogong.freight.queries.planned import trucks_setting_out
from baogong.journal.clock import house_midnight
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party_names
from baogong.release import queries as release
from baogong.tower.models import Rehearsal
from baogong.tower.rehearsals.snapshot import night_of

SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class RehearsalHead:
    """A rehearsal in a list. `done_count` of `total_count` runs are played; hashes in hexadecimal, "" before it is done."""

    id: UUID
    state: str
    from_at: datetime
    until_at: datetime
    runs_count: int
    seed: int
    made_by_name: str
    made_at: datetime
    ended_at: datetime | None
    done_count: int
    total_count: int
    failed_why: str
    engine_version: str
    night_hash: str
    result_hash: str

    @property
    def is_over(self) -> bool:
        return self.state in (Rehearsal.State.DONE, Rehearsal.State.FAILED)


@dataclass(frozen=True, slots=True)
class CauseView:
    """`what`: ROAD, WALK, BREAKDOWN, ABSENT, OUT, GATE, DOCK, GOODS, HOURS, HANDS, SERVICE, SHORT, SHELF, RUSH or PLAN; `name` of whom or where."""

    what: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class PromiseView:
    """`probability` that it is kept whole and in time; p50_at, p90_at: when, of the runs in which it is kept at all."""

    id: str
    about: str
    where: str
    planned_at: datetime
    due_at: datetime
    calm_at: datetime | None
    probability: float
    kept_count: int
    never_count: int
    p50_at: datetime | None
    p90_at: datetime | None
    causes: tuple[CauseView, ...]

    @property
    def is_planned_late(self) -> bool:
        """The plan itself breaks it, in every night."""
        return self.planned_at > self.due_at


@dataclass(frozen=True, slots=True)
class BarView:
    """One truck's leg, cart's trip or courier's round: as planned, and when it ends in 10, 50 and 90 of 100 nights."""

    name: str
    mover: str
    kind: str
    begins_at: datetime
    planned_at: datetime
    p10_at: datetime | None
    p50_at: datetime | None
    p90_at: datetime | None
    undone_count: int


@dataclass(frozen=True, slots=True)
class BreakView:
    """What broke a night first, in so large a share of all nights, and which promise it was most often."""

    what: str
    name: str
    count: int
    share: float
    promise: str
    about: str


@dataclass(frozen=True, slots=True)
class QueueView:
    what: str
    name: str
    mean_s: int
    p90_s: int


@dataclass(frozen=True, slots=True)
class FixView:
    """
    A fix; or AS_PLANNED: the same nights with nothing changed.

    kept_mean         promises kept in a night, on average; kept_gain: so many more than as planned, in the same nights;
                      gain_low, gain_high: its 95 % interval, None where it was not kept, and as planned
    hours             of a dock, gate, courier, cart or truck that the price buys, and that it is there; 0 of a rehearsal
                      made before these were reckoned
    gain_per_*        None where it costs no money, no waiting
    is_cheapest       sure to gain in all the nights, for the least money
    is_promise_moved  nothing is done sooner: people are told a later hour
    """

    what: str
    name: str
    price_fen: int
    hours: int
    later_s: int
    all_kept: float
    kept_mean: float
    kept_gain: float
    gain_low: float | None
    gain_high: float | None
    gain_per_100_yuan: float | None
    gain_per_hour: float | None
    is_cheapest: bool
    is_promise_moved: bool


@dataclass(frozen=True, slots=True)
class DriftView:
    """With nothing random, against the plan: `share` of how long the run that keeps it takes; None: it never comes about."""

    what: str
    about: str
    where: str
    planned_at: datetime
    calm_at: datetime | None
    share: float | None
    is_near: bool


@dataclass(frozen=True, slots=True)
class CalmView:
    """
    All that a book has planned and that moves, played with nothing random, against the plan.

    runs_count      legs, carts' trips and rounds; openings_count: opening minutes, which nobody planned to the second
    promises_count  those that runs and shelves keep
    farthest  the largest share of any drift; None: something of it never comes about
    """

    runs_count: int
    openings_count: int
    promises_count: int
    farthest: float | None
    is_near: bool


@dataclass(frozen=True, slots=True)
class RehearsalView(RehearsalHead):
    """
    A rehearsal that is done, whole.

    all_kept   probability that every promise is kept; 95 % interval all_kept_low to all_kept_high, `margin` half its width
    last_*_at  when the last thing of the night is done
    pieces     DELIVERED, SHORT and LEFT in a night, on average
    as_planned      the night with nothing changed, in the same `fix_runs_count` nights as each of `fixes`, the most gain first
    recounts        the cheapest of them counted again in `recount_runs_count` nights, until one is sure to gain. Of a
                    rehearsal made before such recounts: the cheapest, as it was found
    """

    chances: dict[str, Any]
    prices: dict[str, int]
    begins_at: datetime
    planned_at: datetime
    calm_at: datetime
    last_p5_at: datetime
    last_p50_at: datetime
    last_p90_at: datetime
    last_p95_at: datetime
    all_kept: float
    all_kept_low: float
    all_kept_high: float
    kept_mean: float
    margin: float
    promises: tuple[PromiseView, ...]
    bars: tuple[BarView, ...]
    breaks: tuple[BreakView, ...]
    queues: tuple[QueueView, ...]
    pieces: dict[str, int]
    as_planned: FixView
    fixes: tuple[FixView, ...]
    fix_runs_count: int
    recounts: tuple[FixView, ...]
    recount_runs_count: int
    drifts: tuple[DriftView, ...]

    @property
    def is_near(self) -> bool:
        """With nothing random the night is the plan, within a tenth."""
        return all(drift.is_near for drift in self.drifts)

    @property
    def compared(self) -> tuple[FixView, ...]:
        """As planned, then each fix, in the same nights; nothing where nothing was tried."""
        return (self.as_planned, *self.fixes) if self.fixes else ()

    @property
    def compared_again(self) -> tuple[FixView, ...]:
        """As planned, then each recount, in the same nights; nothing where they are those in which it was tried."""
        if not self.recounts or self.recount_runs_count == self.fix_runs_count:
            return ()
        return _as_planned(self.all_kept, self.kept_mean), *self.recounts


def rehearsals(*, limit: int = SHOWN_MAX) -> tuple[RehearsalHead, ...]:
    """Newest first; one query."""
    rows = Rehearsal.objects.defer("night", "result").order_by("-made_at", "-id")
    return tuple(RehearsalHead(**_head(row)) for row in rows[:limit])


def rehearsal_head(rehearsal: UUID) -> RehearsalHead:
    """How far it is. Raises NotFound."""
    row = Rehearsal.objects.defer("night", "result").filter(pk=rehearsal).first()
    if row is None:
        raise _unknown(rehearsal)
    return RehearsalHead(**_head(row))


def rehearsal_view(rehearsal: UUID) -> RehearsalView:
    """Two queries. Raises NotFound: there is none, or it is not done."""
    row = Rehearsal.objects.filter(pk=rehearsal).first()
    if row is None or row.state != Rehearsal.State.DONE:
        raise _unknown(rehearsal)
    kept, night = json.loads(row.result), read_night(json.loads(row.night))
    report, fixes = kept["report"], kept["fixes"]
    cheapest = fixes["cheapest"]
    if cheapest is not None and cheapest["fix"]["what"] in MOVED:
        cheapest = None
    recounted = fixes.get("recounted", [cheapest] if cheapest is not None else [])
    names = _names(night)

    def at(seconds: int) -> datetime:
        return row.zero_at + timedelta(seconds=seconds)

    def maybe(seconds: int | None) -> datetime | None:
        return None if seconds is None else at(seconds)

    def told(name: str) -> str:
        return names.get(name, name)

    promise_of = {one["id"]: one for one in report["promises"]}
    low, high = interval(report["all_kept"], report["runs_count"])
    return RehearsalView(
        **_head(row),
        chances=row.chances,
        prices=row.prices,
        begins_at=at(report["begins_s"]),
        planned_at=at(report["planned_s"]),
        calm_at=at(report["calm_s"]),
        last_p5_at=at(report["last_p5_s"]),
        last_p50_at=at(report["last_p50_s"]),
        last_p90_at=at(report["last_p90_s"]),
        last_p95_at=at(report["last_p95_s"]),
        all_kept=report["all_kept"],
        all_kept_low=low,
        all_kept_high=high,
        kept_mean=report["kept_mean"],
        margin=round((high - low) / 2, 4),
        promises=tuple(
            PromiseView(
                one["id"], one["about"], one["where"], at(one["planned_s"]), at(one["due_s"]), maybe(one["calm_s"]),
                one["probability"], one["kept_count"], one["never_count"], maybe(one["p50_s"]), maybe(one["p90_s"]),
                tuple(CauseView(cause[0], told(cause[1]), count) for cause, count in one["causes"]),
            )
            for one in sorted(report["promises"], key=lambda one: (one["probability"], one["due_s"], one["id"]))
        ),
        bars=tuple(
            BarView(
                one["name"], told(one["mover"]) or told(run_mover), one["kind"], at(one["begins_s"]), at(one["planned_s"]),
                maybe(one["p10_s"]), maybe(one["p50_s"]), maybe(one["p90_s"]), one["undone_count"],
            )
            for one, run_mover in zip(report["runs"], _movers_of(night, report), strict=True)
        ),
        breaks=tuple(
            BreakView(
                one["cause"][0], told(one["cause"][1]), one["count"], one["count"] / report["runs_count"],
                promise_of[one["promise"]]["where"], promise_of[one["promise"]]["about"],
            )
            for one in report["breaks"]
        ),
        queues=tuple(
            QueueView(one["at"][0], told(one["at"][1]), one["mean_s"], one["p90_s"]) for one in report["queues"]
        ),
        pieces=dict(report["pieces"]),
        as_planned=_as_planned(fixes["all_kept"], fixes["kept_mean"]),
        fixes=_fix_views(fixes["tried"], cheapest, names),
        fix_runs_count=fixes["runs_count"],
        recounts=_fix_views(recounted, cheapest, names),
        recount_runs_count=fixes.get("recount_runs_count", fixes["runs_count"]),
        drifts=_drift_views(tuple(Drift(**one) for one in report["drifts"]), night, row.zero_at),
    )  # fmt: skip


def hours_worth_playing(now: datetime) -> Window:
    """A day in which something is planned: from now, or from when the next of it begins; else the last that had any."""
    until_at = now + timedelta(days=1)
    soon = [
        moment
        for moment in (trucks_setting_out(now), rounds_leaving(now), release.next_opening(now))
        if moment is not None
    ]
    if soon:
        begins_at = now if min(soon) < until_at else min(soon).replace(minute=0, second=0, microsecond=0)
        return Window(begins_at, begins_at + timedelta(days=1))
    past = [
        moment
        for moment in (trucks_setting_out(now, before=True), rounds_leaving(now, before=True))
        if moment is not None
    ]
    begins_at = house_midnight(max(past)) if past else now
    return Window(begins_at, begins_at + timedelta(days=1))


def drifts_of_book(window: Window) -> tuple[DriftView, ...]:
    """Everything in the window that moves by plan, with nothing random, against that plan. Keeps nothing."""
    found = _night_as_kept(window)
    return () if found is None else _drift_views(drifts(found[0]), *found)


def calm_of_book() -> CalmView | None:
    """The same of all that was ever planned, in five figures; None where nothing was that moves."""
    found = _night_as_kept(Window(None, None))
    if found is None:
        return None
    night, _ = found
    found_drifts = drifts(night)
    if not found_drifts:
        return None
    shares = [one.share for one in found_drifts]
    farthest = None if None in shares else max(share for share in shares if share is not None)
    return CalmView(
        len(night.runs), len(night.openings), len(shares) - 1, farthest, farthest is not None and farthest <= NEAR
    )


def _night_as_kept(window: Window) -> tuple[Night, datetime] | None:
    taken = night_of(window)
    return None if taken is None else (read_night(json.loads(json.dumps(as_document(taken.night)))), taken.zero_at)


def _drift_views(found: tuple[Drift, ...], night: Night, zero_at: datetime) -> tuple[DriftView, ...]:
    promises = {one.id: one for one in night.promises}
    return tuple(
        DriftView(
            one.what,
            promises[one.what].about if one.what in promises else "LAST",
            promises[one.what].where if one.what in promises else "",
            zero_at + timedelta(seconds=one.planned_s),
            None if one.calm_s is None else zero_at + timedelta(seconds=one.calm_s),
            one.share,
            one.share is not None and one.share <= NEAR,
        )
        for one in found
    )


def _names(night: Night) -> dict[str, str]:
    """What every id of the night is called; carts and couriers by their parties. One query."""
    names = {one.id: one.name for one in night.places} | {one.id: one.name for one in night.gates}
    names |= {one.id: one.name for one in night.shelves} | {one.id: one.name for one in night.openings}
    names |= {one.id: one.name for one in night.movers} | {one.id: one.where for one in night.promises}
    unnamed = {UUID(name) for name, said in names.items() if not said and _is_uuid(name)}
    for party, (name, _) in party_names(unnamed).items():
        names[str(party)] = name
    return names


def _as_planned(all_kept: float, kept_mean: float) -> FixView:
    return FixView("AS_PLANNED", "", 0, 0, 0, all_kept, kept_mean, 0.0, None, None, None, None, False, False)


def _fix_views(
    found: list[dict[str, Any]], cheapest: Mapping[str, Any] | None, names: Mapping[str, str]
) -> tuple[FixView, ...]:
    return tuple(
        FixView(
            one["fix"]["what"], _where(one["fix"]["where"], names), one["fix"]["price_fen"],
            one["fix"].get("hours", 0), one["fix"]["later_s"],
            one["all_kept"], one["kept_mean"], one["kept_gain"], one.get("gain_low"), one.get("gain_high"),
            one["gain_per_100_yuan"], one["gain_per_hour"],
            cheapest is not None and one["fix"] == cheapest["fix"], one["fix"]["what"] in MOVED,
        )
        for one in found
    )  # fmt: skip


def _movers_of(night: Night, report: Mapping[str, Any]) -> list[str]:
    mover_of = {run.id: run.mover for run in night.runs}
    return [mover_of[one["id"]] for one in report["runs"]]


def _where(team: str, names: Mapping[str, str]) -> str:
    """A place or gate by its name; of a team ("station …", "carts …") the place it works from."""
    return names.get(team) or names.get(team.partition(" ")[2], "")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _unknown(rehearsal: UUID) -> NotFound:
    return NotFound(
        "There is no such rehearsal, or it is still being played.", where=str(rehearsal), cure="Open the list again."
    )


def _head(row: Rehearsal) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "from_at": row.from_at,
        "until_at": row.until_at,
        "runs_count": row.runs_count,
        "seed": row.seed,
        "made_by_name": row.made_by_name,
        "made_at": row.made_at,
        "ended_at": row.ended_at,
        "done_count": row.done_count,
        "total_count": row.total_count,
        "failed_why": row.failed_why,
        "engine_version": row.engine_version,
        "night_hash": bytes(row.night_hash).hex(),
        "result_hash": bytes(row.result_hash).hex() if row.result_hash else "",
    }
