"""Who acts, when, and the names the story calls things by."""

from __future__ import annotations

from datetime import date

from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast

OFFICE, SHOP, STORE = "厦门市商务局", "鹭岛药房莲坂店", "鹭岛药房中心仓"
NOTARY = "厦门市鹭江公证处"
MASKS, RULE = "disposable-mask", "05-rule.toml"
FIELD: Cast = {
    "bao": ("门店 包", ((Duty.KEEPER, (SHOP,)),)),
    "mei": ("线上 梅", ((Duty.CLERK, (OFFICE, SHOP)),)),
}
ON, UNITS = date(2020, 2, 10), 6
PUT_OUT = 6_000
FIRST_LIST, CORRECTED = "30-winners.csv", "31-winners-corrected.csv"
AT_THE_SHOP, ONLINE, ON_PAPER = "40-shop-0211.csv", "41-online-0211.csv", "42-paper-0211.csv"
