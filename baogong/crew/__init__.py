"""Volunteers and their hours: who was on duty where, from when to when, for whom; corrected by two."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = ("crew_correction",)
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = ("crew_shift",)
