"""
The book's rules: what may move, what a movement changes, how it is hashed and stamped. Pure.

`decide` judges a batch, `effects` says what the accepted lines change, `leaves` and `merkle` make the public proof.
"""

from baogong.engine.book.effects import Effects, HoldChange, effects
from baogong.engine.book.lines import (
    MAX_AMOUNT,
    AccountFacts,
    Batch,
    HoldFacts,
    Line,
    LotFacts,
    Origin,
    Place,
    Posting,
    State,
    Tense,
    Verdict,
)
from baogong.engine.book.rules import decide

__all__ = [
    "MAX_AMOUNT",
    "AccountFacts",
    "Batch",
    "Effects",
    "HoldChange",
    "HoldFacts",
    "Line",
    "LotFacts",
    "Origin",
    "Place",
    "Posting",
    "State",
    "Tense",
    "Verdict",
    "decide",
    "effects",
]
