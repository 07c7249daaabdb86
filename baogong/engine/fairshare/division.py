"""The shares themselves, on arrays: first divisible, then in whole cartons."""

from __future__ import annotations

from baogong.engine.fairshare.cartons import Parcels, carton_flow, round_to_cartons
from baogong.engine.fairshare.floors import floors_within
from baogong.engine.fairshare.levels import Levels, solve_levels
from baogong.engine.fairshare.tables import Tables


def divide_out(tables: Tables) -> tuple[Levels, Parcels]:
    """
    The exact shares of all stock, and whole cartons near the exact shares of what lies in whole cartons.

    Floors must be feasible (`refuse_infeasible_floors`).
    """
    floor = tables.columns.floor
    exact = solve_levels(tables, tables.pool_amount, floor)
    target = exact
    if (tables.whole_amount < tables.pool_amount).any():
        target = solve_levels(tables, tables.whole_amount, floors_within(tables, tables.whole_amount, floor))
    return exact, round_to_cartons(tables, target.exact, carton_flow(tables, target.exact), floor)
