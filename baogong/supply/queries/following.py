"""A lot followed through the book: where it stands, who signed for it, what is lost, every hand it passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from baogong.journal import queries as journal
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import State
from baogong.people.queries.parties import party_names
from baogong.supply.views import PathStep, Standing

UNDERWAY = (State.ABOARD, State.SHELF)
STEPS_MAX = 500


@dataclass(frozen=True, slots=True)
class LotPath:
    """One lot's whereabouts, in base units and cartons; `steps` oldest first."""

    standings: tuple[Standing, ...] = ()
    signed_for: int = 0
    signed_cartons: int | None = None
    lost: int = 0
    on_the_way: int = 0
    returned: int = 0
    steps: tuple[PathStep, ...] = ()
    pieces_per_carton: int | None = None

    def with_what_became_of_it(self, later: LotPath) -> LotPath:
        """The same goods as another lot afterwards: what turned the one into the other is told once."""
        turned = [step for step in self.steps if step.target_state != State.CONVERSION]
        return LotPath(
            standings=self.standings + later.standings,
            signed_for=self.signed_for + later.signed_for,
            signed_cartons=_added(self.signed_cartons, later.signed_cartons),
            lost=self.lost + later.lost,
            on_the_way=self.on_the_way + later.on_the_way,
            returned=self.returned + later.returned,
            steps=tuple(sorted([*turned, *later.steps], key=lambda step: (step.at, step.movement))),
            pieces_per_carton=later.pieces_per_carton,
        )

    @property
    def signers(self) -> frozenset[UUID]:
        """Who signed for any of it."""
        return frozenset(one.holder for one in self.standings if one.state == State.HANDED_OVER)


def cartons(amount: int, pieces_per_carton: int | None) -> int | None:
    """How many cartons hold this amount; an opened one counts as one. None where no carton is known."""
    return -(-amount // pieces_per_carton) if pieces_per_carton else None


def _added(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def follow_lots(sizes: Mapping[UUID, int | None], *, with_steps: bool = True) -> dict[UUID, LotPath]:
    """
    The lots' paths, by lot; `sizes` are their pieces per carton (None: the lot's own). Four queries for any number of lots.

    with_steps  every hand they passed too, or only where they stand
    """
    lots = list(sizes)
    if not lots:
        return {}
    here: dict[UUID, list[tuple[UUID, State, int]]] = defaultdict(list)
    own: dict[UUID, int | None] = {}
    for lot, holder, state, posted, packed in book.standings(lots):
        here[lot].append((holder, state, posted))
        own[lot] = packed
    moves: dict[UUID, list[MovementView]] = defaultdict(list)
    for move in book.movements(lots=lots, limit=STEPS_MAX * len(lots)) if with_steps else ():
        if move.tense == "POSTED":
            moves[move.lot].append(move)
    evidence: dict[UUID, list[str]] = defaultdict(list)
    for piece in journal.evidence_of([move.id for steps in moves.values() for move in steps]) if moves else ():
        for movement in piece.movements:
            evidence[movement].append(f"{piece.kind} {piece.by_name}".strip())
    holders = {holder for group in here.values() for holder, _state, _posted in group}
    holders |= {ref.holder for group in moves.values() for move in group for ref in (move.source, move.target)}
    names = {key: name for key, (name, _name_en) in party_names(holders).items()}
    return {lot: _path(size or own.get(lot), here[lot], moves[lot], names, evidence) for lot, size in sizes.items()}


def _path(
    size: int | None,
    here: Sequence[tuple[UUID, State, int]],
    moves: Sequence[MovementView],
    names: Mapping[UUID, str],
    evidence: Mapping[UUID, list[str]],
) -> LotPath:
    amounts: dict[str, int] = defaultdict(int)
    for _holder, state, posted in here:
        amounts[state] += posted
    signed = amounts[State.HANDED_OVER]
    return LotPath(
        pieces_per_carton=size,
        standings=tuple(
            Standing(holder, names[holder], state, posted, cartons(posted, size))
            for holder, state, posted in sorted(here, key=lambda one: (one[1], names[one[0]], one[0]))
        ),
        signed_for=signed,
        signed_cartons=cartons(signed, size),
        lost=amounts[State.LOST] + amounts[State.SPOILED],
        on_the_way=sum(amounts[state] for state in UNDERWAY),
        returned=amounts[State.RETURNED],
        steps=tuple(
            PathStep(
                movement=move.id,
                at=move.at,
                source_name=names[move.source.holder],
                source_state=move.source.state,
                target_name=names[move.target.holder],
                target_state=move.target.state,
                amount=move.amount,
                cartons=cartons(move.amount, size),
                reason=move.reason,
                document=move.document,
                evidence=tuple(evidence[move.id]),
            )
            for move in sorted(moves, key=lambda move: move.seq)
        ),
    )
