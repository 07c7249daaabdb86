"""The kinds of plan the rooms above have registered. Planning itself knows no domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.ledger.facts import AccountRef, HoldView
from baogong.ledger.states import Reason

if TYPE_CHECKING:
    from baogong.planning.queries import PlanHead, PlanView


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """`amount` base units of the lot to be promised from source to target; `meta` is the room's own, plain JSON."""

    source: AccountRef
    target: AccountRef
    lot: UUID
    amount: int
    meta: dict[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that is no longer as a plan's snapshot says, in words for whoever decides; no full stop at the end."""

    text_zh: str
    text_en: str


class Snapshot(Protocol):
    def __call__(self, params: dict[str, Any], now: datetime, /) -> Mapping[str, Any]: ...


class OnApplied(Protocol):
    def __call__(self, plan: PlanView, holds: Sequence[HoldView], actor: Actor, now: datetime, /) -> None: ...


@dataclass(frozen=True, slots=True)
class PlanKind:
    """
    How a room plans.

    snapshot    (params, now) → everything the engine needs, plain JSON; reads, never writes
    solve       (snapshot, rule, seed) → result, plain JSON; the same arguments give the same result, byte for byte
    to_lines    (plan, result) → what to promise; none where a plan only says how promised goods travel
    on_applied  called in the approving transaction, with the holds in the order of the lines
    on_undone   called in the undoing transaction; refuses by raising where a hand of the room has moved
    on_ended    called in the transaction in which a proposal is withdrawn, rejected or replaced
    still_true  (plan, now) → what has changed since the snapshot, none if nothing that matters has; without it the
                snapshot is taken again and compared whole
    made_anew   (params, now) → the params under which the same plan is made again later; without it they stay
    proposers   who may make one, make it again, and withdraw it
    place       (params) → the one place a plan is about: there the proposers' duty is asked for; without it everywhere
    on_paper    what of the plan the approver puts a name under: kept, with the approval, as the document's own words
    reason      why the holds are placed
    engine      the version of what solves, kept with the plan
    """

    name: str
    snapshot: Snapshot
    solve: Callable[[dict[str, Any], dict[str, Any], int], Mapping[str, Any]]
    to_lines: Callable[[PlanView, dict[str, Any]], Sequence[PlannedLine]]
    on_applied: OnApplied
    on_undone: Callable[[PlanView, Actor, datetime], None]
    still_true: Callable[[PlanView, datetime], Sequence[Changed]] | None = None
    on_ended: Callable[[PlanHead, Actor, datetime], None] | None = None
    made_anew: Callable[[dict[str, Any], datetime], dict[str, Any]] | None = None
    proposers: tuple[Duty, ...] = (Duty.COMMAND, Duty.CLERK)
    place: Callable[[Mapping[str, Any]], UUID] | None = None
    on_paper: Callable[[PlanView], Mapping[str, Any]] | None = None
    reason: Reason = Reason.ALLOT
    engine: str = ""

    @property
    def engine_version(self) -> str:
        return self.engine or f"baogong {metadata.version('baogong')}"

    def place_of(self, params: Mapping[str, Any]) -> UUID | None:
        return self.place(params) if self.place else None

    def may_propose(self, actor: Actor, params: Mapping[str, Any]) -> bool:
        return actor.may_any(*self.proposers, at=self.place_of(params))


class UnknownPlanKind(UnusableInput):
    """No room has registered this kind of plan."""

    code = "planning.unknown-kind"


_kinds: dict[str, PlanKind] = {}


def register(kind: PlanKind) -> None:
    """A room calls this when it starts; the same name again replaces the earlier one."""
    _kinds[kind.name] = kind


def kind_named(name: str) -> PlanKind:
    """Raises UnknownPlanKind, naming the kinds there are."""
    if name not in _kinds:
        raise UnknownPlanKind(
            f"There is no kind of plan called “{name}”; nothing was planned.",
            where="kind",
            found=name,
            expected=sorted(_kinds),
            cure="Choose one of the kinds named.",
        )
    return _kinds[name]
