"""Tables of the tower, by noun."""

from baogong.tower.models.alerts import Alert, WatchRule
from baogong.tower.models.bulletins import Bulletin
from baogong.tower.models.rehearsals import Rehearsal

__all__ = ["Alert", "Bulletin", "Rehearsal", "WatchRule"]
