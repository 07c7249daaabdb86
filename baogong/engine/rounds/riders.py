"""
How many packs riders bring in a slot, before anybody knows the addresses: what a merchant caps the day at.

A trip is loading, the way to the first door, stops with the way between them, the way back. The figures are those the
rounds themselves are planned with; where doors lie is not known yet, so the way is the crow's with a detour.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class RiderRule:
    """
    bag_packs       what a rider carries at once
    packs_per_stop  as orders have been so far
    out_m           by the crow, from the shop to the middle of where it brings to
    """

    bag_packs: int = 12
    packs_per_stop: float = 1.5
    load_s: int = 300
    service_s: int = 120
    between_m: int = 150
    out_m: int = 1_200
    detour: float = 1.3
    metres_per_s: float = 3.5

    def stop_s(self) -> float:
        return self.service_s + self.between_m * self.detour / self.metres_per_s

    def way_s(self) -> float:
        return self.load_s + 2 * self.out_m * self.detour / self.metres_per_s


USUAL = RiderRule()


def packs_in_slot(riders: int, slot_s: int, rule: RiderRule = USUAL) -> int:
    """Packs so many riders can hand over in one slot; full bags first, then what the rest of the time allows."""
    if riders <= 0 or slot_s <= 0:
        return 0
    stops_full = max(1, ceil(rule.bag_packs / rule.packs_per_stop))
    full_s = rule.way_s() + stops_full * rule.stop_s()
    trips, rest_s = divmod(slot_s, full_s)
    stops_rest = max(0, int((rest_s - rule.way_s()) // rule.stop_s()))
    packs_rest = min(rule.bag_packs, int(stops_rest * rule.packs_per_stop))
    return riders * (int(trips) * rule.bag_packs + packs_rest)
