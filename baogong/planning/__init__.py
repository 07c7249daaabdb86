"""Takes a snapshot, runs the engine, keeps, compares, approves, places the holds. Knows no domain."""

from __future__ import annotations

# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = ("planning_plan", "planning_planline")
