"""
Couriers and volunteers: called, listed, passed, tested, planned, let in; and who was on duty from when to when.
"""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = (
    "crew_correction",
    "crew_entry",
    "crew_entryrule",
    "crew_rollanswer",
    "crew_rollcall",
    "crew_temperature",
)
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "crew_assignment",
    "crew_call",
    "crew_firmlisting",
    "crew_kitissue",
    "crew_kitpart",
    "crew_lodging",
    "crew_meal",
    "crew_member",
    "crew_pass",
    "crew_shift",
    "crew_signup",
    "crew_stay",
    "crew_test",
    "crew_wanted",
)
