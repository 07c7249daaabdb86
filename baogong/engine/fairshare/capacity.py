"""
What trucks can carry, as rows over what is shared: Σ grams (or cm³) per piece × pieces ≤ room, over all that rides the row.

Items that do not compete for stock compete for room, so the whole is no longer one polymatroid per item.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baogong.engine.fairshare.flow import Bools, Floats, Ints
from baogong.engine.fairshare.layout import Layout
from baogong.engine.fairshare.problem import Capacity, Load
from baogong.engine.fairshare.reasons import FullTruck
from baogong.engine.fairshare.tables import Tables

SLACK = 1e-9
"""By this part a row may seem overfull for rounding alone."""


@dataclass(frozen=True, slots=True)
class Rows:
    """
    limit      shape (rows,), which of the capacity's limits; is_weight likewise: grams, else cm³
    room       shape (rows,)
    per_piece  shape (rows, items)
    site       shape (rows,), index of the site whose trucks they are; -1: any
    rides      shape (rows, requesters), whose goods ride it
    """

    limit: Ints
    is_weight: Bools
    room: Floats
    per_piece: Floats
    site: Ints
    rides: Bools

    def __len__(self) -> int:
        return len(self.room)

    @property
    def are_of_the_whole(self) -> bool:
        """Every row holds for all that is shared, whatever way it goes."""
        return bool((self.site < 0).all() and self.rides.all())

    def riding(self, requester: Ints, site: Ints) -> Bools:
        """Shape (rows, shares): which share rides which row."""
        at_site = (self.site[:, None] < 0) | (self.site[:, None] == site[None, :])
        rides: Bools = self.rides[:, requester] & at_site
        return rides

    def loads(self, requester: Ints, item: Ints, site: Ints, pieces: Ints | Floats) -> Floats:
        """Shape (rows,): what rides each."""
        loads = np.zeros(len(self))
        for row in range(len(self)):
            own = self.rides[row, requester]
            if self.site[row] >= 0:
                own = own & (site == self.site[row])
            loads[row] = (self.per_piece[row, item[own]] * pieces[own]).sum()
        return loads

    def is_over(self, loads: Floats) -> Bools:
        over: Bools = loads > self.room + SLACK * np.maximum(self.room, 1.0)
        return over


def rows_of(capacity: Capacity, layout: Layout) -> Rows:
    """One row for every figure of every limit."""
    site_of = {site: number for number, site in enumerate(layout.sites)}
    names = [requester.id for requester in layout.requesters]
    weights = np.array([capacity.sizes[item].weight_g if item in capacity.sizes else 0.0 for item in layout.items])
    volumes = np.array([capacity.sizes[item].volume_cm3 if item in capacity.sizes else 0.0 for item in layout.items])
    found = [
        (number, is_weight, room, weights if is_weight else volumes)
        for number, limit in enumerate(capacity.limits)
        for is_weight, room in ((True, limit.weight_g), (False, limit.volume_cm3))
        if room is not None
    ]
    limits = [capacity.limits[number] for number, *_ in found]
    return Rows(
        np.array([number for number, *_ in found], np.int64),
        np.array([is_weight for _, is_weight, *_ in found], np.bool_),
        np.array([room for _, _, room, _ in found], np.float64),
        np.array([sizes for *_, sizes in found], np.float64).reshape(len(found), len(layout.items)),
        np.array([-1 if limit.site is None else site_of[limit.site] for limit in limits], np.int64),
        np.array(
            [[not limit.requesters or name in limit.requesters for name in names] for limit in limits], np.bool_
        ).reshape(len(found), len(names)),
    )


def pool_sites(tables: Tables, layout: Layout) -> Ints:
    """Shape (pools,): where each pool lies. Of use only where lots were laid out apart by site."""
    site = np.zeros(len(tables.pool_item), np.int64)
    site[tables.lot_pool] = layout.lot_site
    return site


def full_truck(capacity: Capacity, rows: Rows, row: int) -> FullTruck:
    """The row as reasons call it."""
    limit = capacity.limits[int(rows.limit[row])]
    return FullTruck(
        limit.name,
        limit.site or "",
        tuple(sorted(limit.requesters)),
        bool(rows.is_weight[row]),
        float(rows.room[row]),
    )


def told_loads(rows: Rows, loads: Floats, full: set[int]) -> tuple[Load, ...]:
    return tuple(
        Load(int(rows.limit[row]), bool(rows.is_weight[row]), float(rows.room[row]), float(loads[row]), row in full)
        for row in range(len(rows))
    )
