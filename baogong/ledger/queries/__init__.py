"""Reads. Frozen answers, ordered by a unique key."""

from baogong.ledger.facts import (
    AccountRef,
    BalanceView,
    EarmarkView,
    Fault,
    HoldFate,
    HoldView,
    LotView,
    MovementView,
    SourceView,
    StampView,
    VerifyReport,
)
from baogong.ledger.queries.days import BookBusy, Step, StepSum, corrections_of, settled_seq, step_of, sums_of_steps
from baogong.ledger.queries.goods import balances, earmark, find_lots, lot, lots, standings
from baogong.ledger.queries.growth import (
    Change,
    GreatBatch,
    Written,
    busiest,
    busy_minutes,
    changes_by,
    great_batches,
    newest_seq,
    written_by,
)
from baogong.ledger.queries.holds import hold, hold_fate, hold_fates, holds, holds_expired_by, open_holds
from baogong.ledger.queries.movements import days_of, donors_and_receivers, movement, movements
from baogong.ledger.queries.origins import made_from, sources_of
from baogong.ledger.queries.proofs import NotYetStamped, proof, stamps
from baogong.ledger.queries.use import StockInUse, stock_in_use
from baogong.ledger.queries.verification import verify_book

__all__ = [
    "AccountRef",
    "BalanceView",
    "BookBusy",
    "Change",
    "EarmarkView",
    "Fault",
    "GreatBatch",
    "HoldFate",
    "HoldView",
    "LotView",
    "MovementView",
    "NotYetStamped",
    "SourceView",
    "StampView",
    "Step",
    "StepSum",
    "StockInUse",
    "VerifyReport",
    "Written",
    "balances",
    "busiest",
    "busy_minutes",
    "changes_by",
    "corrections_of",
    "days_of",
    "donors_and_receivers",
    "earmark",
    "find_lots",
    "great_batches",
    "hold",
    "hold_fate",
    "hold_fates",
    "holds",
    "holds_expired_by",
    "lot",
    "lots",
    "made_from",
    "movement",
    "movements",
    "newest_seq",
    "open_holds",
    "proof",
    "settled_seq",
    "sources_of",
    "stamps",
    "standings",
    "step_of",
    "stock_in_use",
    "sums_of_steps",
    "verify_book",
    "written_by",
]
