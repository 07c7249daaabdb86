"""Who acts, when, and the names the story calls things by."""

from __future__ import annotations

from datetime import date

from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.rationed.people import Crowd
from baogong.ops.scenarios.stage import local

OFFICE, SHOP, STORE = "怀来县商务局", "海坨药房", "怀来应急物资库"
MASKS = "surgical-mask"
FIELD: Cast = {"bao": ("药房 包", ((Duty.KEEPER, (SHOP,)),))}
UNITS = 5
COUNTY = Crowd(("130730",), 49_800)

# The first draw, by the numbers of two lotteries.
FIRST_RULE, FIRST_ON, FIRST_UNITS = "05-rule.toml", date(2020, 2, 12), 2_000
FIRST_CLOSES, FIRST_BEACON, FIRST_DRAWN = (local(f"2020-02-12 {at}") for at in ("18:00", "21:15", "21:30"))
FIRST_LIST, NUMBERS = "30-township.csv", "50-lottery-0212.json"
NO_SHOWS, PROMOTED_FETCH = 40, 30

# The second, by a beacon whose key is in the scenario; who lost counts twice.
SECOND_RULE, SECOND_ON, SECOND_UNITS = "06-rule-beacon.toml", date(2020, 2, 15), 1_000
SECOND_CLOSES, SECOND_BEACON, SECOND_DRAWN = (local(f"2020-02-15 {at}") for at in ("18:00", "19:00", "19:05"))
SECOND_LIST, DRILL_KEY = "31-township-again.csv", "60-drill-key.json"
COME_AGAIN = 8_000
SECOND_FETCH = 50
