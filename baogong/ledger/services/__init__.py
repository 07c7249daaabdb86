"""
Writes. Keyword-only; every one joins the caller's transaction and refuses to run without one.

Lines are made by `post_line`, `hold_line`, `post_hold_line`, `void_line`, `expire_line`, `extend_line`, `correct_line`
and written by `post`, which is the only way into the book.
"""

from baogong.ledger.facts import AccountRef, BatchResult, BookLine, account_id
from baogong.ledger.posting import BatchRefused
from baogong.ledger.services.batches import convert, post, sweep_expired
from baogong.ledger.services.lines import (
    correct_line,
    expire_line,
    extend_line,
    hold_line,
    post_hold_line,
    post_line,
    void_line,
)
from baogong.ledger.services.lots import open_earmark, open_lot
from baogong.ledger.services.stamps import stamp_days

__all__ = [
    "AccountRef",
    "BatchRefused",
    "BatchResult",
    "BookLine",
    "account_id",
    "convert",
    "correct_line",
    "expire_line",
    "extend_line",
    "hold_line",
    "open_earmark",
    "open_lot",
    "post",
    "post_hold_line",
    "post_line",
    "stamp_days",
    "sweep_expired",
    "void_line",
]
