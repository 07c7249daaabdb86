"""What the tower writes: alerts and their owners, how the watch is kept. It changes nothing of any other room."""

from baogong.tower.services.alerts import AlertClosed, Recount, close_alert, recount, take_alert
from baogong.tower.services.watch import (
    ON_WATCH,
    QuietAlways,
    forget_own_phone,
    has_own_phone,
    keep_own_phone,
    set_watch_rule,
)

__all__ = [
    "ON_WATCH",
    "AlertClosed",
    "QuietAlways",
    "Recount",
    "close_alert",
    "forget_own_phone",
    "has_own_phone",
    "keep_own_phone",
    "recount",
    "set_watch_rule",
    "take_alert",
]
