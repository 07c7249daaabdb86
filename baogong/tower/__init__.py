"""Reads everything and decides nothing: boards, alerts made from events, nights rehearsed, the public account."""

from __future__ import annotations

# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = ("tower_alert", "tower_rehearsal", "tower_watchrule")
