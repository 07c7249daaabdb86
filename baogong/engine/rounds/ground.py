"""
How far it is: inside a community straight or along its paths, between communities out through one gate and in through
another, whichever couple of gates is shortest.

Points are rows: stations first, then stops, in the order of the problem. Lengths come in deciseconds of walking (0.1 s),
the unit of the search; a map of CVRPLIB (`plane`) has its own unit and its own rounding.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from baogong.engine.compiled import compiled
from baogong.engine.rounds.problem import Community, Problem

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

DECI = 10
ON_STREET = -1


class Ground(NamedTuple):
    """
    Points and all that their distances need (a tuple of arrays, so that compiled code can take it).

    x_m, y_m    shape (points,)
    community   shape (points,), ON_STREET for stations and stops outside
    port_x_m, port_y_m, port_m   shape (points, most gates): each gate of the point's community, and the walk to it; a
                point on the street is its own port
    port_count  shape (points,)
    inside_m    lengths along paths, one square per community that has paths, flat
    inside_at, inside_row, inside_size   shape (points,): where the square begins (-1: straight), the point's row, rows
    per_m       deciseconds for a metre
    street      street metres per straight metre
    """

    x_m: Floats
    y_m: Floats
    community: Small
    port_x_m: Floats
    port_y_m: Floats
    port_m: Floats
    port_count: Small
    inside_m: Floats
    inside_at: Ints
    inside_row: Small
    inside_size: Small
    per_m: float
    street: float


@compiled
def length(ground: Ground, a: int, b: int) -> int:
    """Deciseconds from point a to point b, rounded to the nearest; the same both ways."""
    if ground.community[a] == ground.community[b] and ground.community[a] >= 0:
        if ground.inside_at[a] >= 0:
            metres = ground.inside_m[
                ground.inside_at[a] + ground.inside_row[a] * ground.inside_size[a] + ground.inside_row[b]
            ]
        else:
            metres = math.sqrt((ground.x_m[a] - ground.x_m[b]) ** 2 + (ground.y_m[a] - ground.y_m[b]) ** 2)
        return int(metres * ground.per_m + 0.5)
    metres = 1e18
    for p in range(ground.port_count[a]):
        for q in range(ground.port_count[b]):
            east_m = ground.port_x_m[a, p] - ground.port_x_m[b, q]
            north_m = ground.port_y_m[a, p] - ground.port_y_m[b, q]
            through = ground.port_m[a, p] + ground.street * math.sqrt(east_m**2 + north_m**2) + ground.port_m[b, q]
            metres = min(metres, through)
    return int(metres * ground.per_m + 0.5)


@compiled
def lengths_between(ground: Ground, rows: Ints) -> Small:
    """Shape (rows, rows): every length among these points."""
    count = len(rows)
    matrix = np.zeros((count, count), np.int32)
    for i in range(count):
        for j in range(i + 1, count):
            matrix[i, j] = length(ground, rows[i], rows[j])
            matrix[j, i] = matrix[i, j]
    return matrix


def plain_lengths(ground: Ground, a: npt.ArrayLike, b: npt.ArrayLike) -> Ints:
    """`length` in NumPy, without the compiler; a and b are rows of any shapes that broadcast."""
    a, b = np.broadcast_arrays(np.asarray(a, np.int64), np.asarray(b, np.int64))
    metres = np.full(a.shape, np.inf)
    for p in range(ground.port_m.shape[1]):
        for q in range(ground.port_m.shape[1]):
            east_m = ground.port_x_m[a, p] - ground.port_x_m[b, q]
            north_m = ground.port_y_m[a, p] - ground.port_y_m[b, q]
            through = ground.port_m[a, p] + ground.street * np.sqrt(east_m**2 + north_m**2) + ground.port_m[b, q]
            has_both = (ground.port_count[a] > p) & (ground.port_count[b] > q)
            metres = np.where(has_both, np.minimum(metres, through), metres)
    is_inside = (ground.community[a] == ground.community[b]) & (ground.community[a] >= 0)
    straight = np.sqrt((ground.x_m[a] - ground.x_m[b]) ** 2 + (ground.y_m[a] - ground.y_m[b]) ** 2)
    has_paths = is_inside & (ground.inside_at[a] >= 0)
    square_at = ground.inside_at[a] + ground.inside_row[a].astype(np.int64) * ground.inside_size[a]
    along = ground.inside_m[np.where(has_paths, square_at + ground.inside_row[b], 0)]
    metres = np.where(is_inside, np.where(has_paths, along, straight), metres)
    return (np.where(a == b, 0.0, metres) * ground.per_m + 0.5).astype(np.int64)


def ground_of(problem: Problem) -> Ground:
    """Stations and stops of the problem as rows."""
    number = {community.id: n for n, community in enumerate(problem.communities)}
    points = [(s.x_m, s.y_m) for s in problem.stations] + [(s.x_m, s.y_m) for s in problem.stops]
    place = np.array(points, np.float64).reshape(-1, 2)
    inside = [ON_STREET] * len(problem.stations)
    inside += [ON_STREET if stop.community is None else number[stop.community] for stop in problem.stops]
    community = np.array(inside, np.int32)
    count = len(community)
    gates_most = max([len(c.gates) for c in problem.communities], default=1)
    port_x, port_y, port_m = (np.zeros((count, gates_most)) for _ in range(3))
    port_count = np.ones(count, np.int32)
    port_x[:, 0], port_y[:, 0] = place[:, 0], place[:, 1]
    inside_at = np.full(count, -1, np.int64)
    inside_row, inside_size = np.zeros(count, np.int32), np.zeros(count, np.int32)
    squares: list[Floats] = [np.zeros(1)]
    filled = 1
    members = _members(community, len(problem.communities))
    for c, one in enumerate(problem.communities):
        rows = members[c]
        if not len(rows):
            continue
        gates = np.array([(gate.x_m, gate.y_m) for gate in one.gates])
        port_count[rows] = len(gates)
        port_x[rows, : len(gates)], port_y[rows, : len(gates)] = gates[:, 0], gates[:, 1]
        if one.paths:
            along = _along_paths(one, np.concatenate([place[rows], gates]))
            port_m[rows, : len(gates)] = along[: len(rows), len(rows) :]
            inside_at[rows], inside_row[rows], inside_size[rows] = filled, np.arange(len(rows)), len(rows)
            squares.append(along[: len(rows), : len(rows)].ravel())
            filled += len(rows) ** 2
        else:
            port_m[rows, : len(gates)] = np.sqrt(((place[rows][:, None, :] - gates[None, :, :]) ** 2).sum(axis=2))
    return Ground(
        np.ascontiguousarray(place[:, 0]),
        np.ascontiguousarray(place[:, 1]),
        community,
        port_x,
        port_y,
        port_m,
        port_count,
        np.concatenate(squares),
        inside_at,
        inside_row,
        inside_size,
        60.0 * DECI / problem.limits.walk_m_per_min,
        float(problem.limits.street_factor),
    )


def plane(x: Floats, y: Floats) -> Ground:
    """Points in the open, each length rounded to the nearest whole number: EUC_2D of CVRPLIB."""
    count = len(x)
    return Ground(
        x, y, np.full(count, ON_STREET, np.int32),
        x.reshape(-1, 1).copy(), y.reshape(-1, 1).copy(), np.zeros((count, 1)), np.ones(count, np.int32),
        np.zeros(1), np.full(count, -1, np.int64), np.zeros(count, np.int32), np.zeros(count, np.int32),
        1.0, 1.0,
    )  # fmt: skip


def _members(community: Small, count: int) -> list[Ints]:
    order = np.argsort(community, kind="stable")
    bounds = np.searchsorted(community[order], np.arange(count + 1))
    return [order[a:b] for a, b in pairwise(bounds)]


def _along_paths(community: Community, points: Floats) -> Floats:
    """
    Metres between all points: straight to the nearest corner of a path, along the paths, straight to the other point.

    Corners that no path joins are joined straight: nothing is out of reach.
    """
    corner_of: dict[tuple[float, float], int] = {}
    ends: set[tuple[int, int]] = set()
    for path in community.paths:
        numbers = [corner_of.setdefault(corner, len(corner_of)) for corner in path]
        ends |= {(min(pair), max(pair)) for pair in pairwise(numbers) if pair[0] != pair[1]}
    corners = np.array(list(corner_of), np.float64).reshape(-1, 2)
    straight = np.sqrt(((corners[:, None, :] - corners[None, :, :]) ** 2).sum(axis=2))
    a, b = (np.array([end[k] for end in sorted(ends)], np.int64) for k in (0, 1))
    edges = coo_matrix((straight[a, b], (a, b)), shape=straight.shape).tocsr()
    along = dijkstra(edges, directed=False)
    along = np.where(np.isfinite(along), along, straight)
    away = np.sqrt(((points[:, None, :] - corners[None, :, :]) ** 2).sum(axis=2))
    nearest = away.argmin(axis=1)
    to_corner = away[np.arange(len(points)), nearest]
    metres = np.asarray(to_corner[:, None] + along[nearest][:, nearest] + to_corner[None, :])
    np.fill_diagonal(metres, 0.0)
    return metres
