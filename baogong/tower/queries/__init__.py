"""What everyone may read of the book, day by day and share by share; and the alerts of those on watch."""

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
from baogong.tower.queries.alerts import AlertView, alert, alerts, alerts_by_cause, alerts_open_count
from baogong.tower.queries.replay import (
    GROUPS,
    KINDS_OF_AMOUNT,
    Frame,
    Replay,
    ReplayLine,
    ReplayPlace,
    ReplayTrip,
    replay,
    replay_mark,
    window_between,
)
from baogong.tower.queries.shares import PublicShare, PublicShareRow, public_share
from baogong.tower.queries.watch import WatchView, is_quiet, watch_rule

__all__ = [
    "GROUPS",
    "KINDS",
    "KINDS_OF_AMOUNT",
    "AccountAsked",
    "AccountLine",
    "AccountPage",
    "AlertView",
    "Frame",
    "GoodsSum",
    "PublicName",
    "PublicShare",
    "PublicShareRow",
    "Replay",
    "ReplayLine",
    "ReplayPlace",
    "ReplayTrip",
    "WatchView",
    "account",
    "account_days",
    "alert",
    "alerts",
    "alerts_by_cause",
    "alerts_open_count",
    "choices",
    "is_quiet",
    "public_share",
    "replay",
    "replay_mark",
    "watch_rule",
    "window_between",
    "window_of",
]
