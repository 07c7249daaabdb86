"""What everyone may read of the book: the account day by day, and the shares with the rule they were made by."""

from baogong.tower.queries.account import (
    KINDS,
    AccountAsked,
    AccountLine,
    AccountPage,
    GoodsSum,
    PublicName,
    account,
    account_days,
    choices,
    window_of,
)
from baogong.tower.queries.shares import PublicShare, PublicShareRow, public_share

__all__ = [
    "KINDS",
    "AccountAsked",
    "AccountLine",
    "AccountPage",
    "GoodsSum",
    "PublicName",
    "PublicShare",
    "PublicShareRow",
    "account",
    "account_days",
    "choices",
    "public_share",
    "window_of",
]
