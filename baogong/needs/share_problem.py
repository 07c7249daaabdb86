"""A share's snapshot and rule as the engine takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.engine import fairshare
from baogong.needs.services.allotments import family_of

WEIGHTS = {"1": 2.0, "2": 1.5, "3": 1.0, "4": 0.5}
"""Urgency → weight: twice the weight, twice the met share. A rule may state its own under `weights`."""
UNITS = {
    "PIECE": fairshare.Unit("个", "piece", "pieces"),
    "SET": fairshare.Unit("套", "set", "sets"),
    "PAIR": fairshare.Unit("双", "pair", "pairs"),
    "BOTTLE": fairshare.Unit("瓶", "bottle", "bottles"),
    "PACK": fairshare.Unit("份", "pack", "packs"),
    "G": fairshare.Unit("克", "g", "g"),
}
"""How reasons tell the catalogue's base units, in the words of the pages."""
OWN = ("weights", "receivers")
"""What a share's rule says besides the engine's."""


def engine_rule(rule: Mapping[str, Any]) -> fairshare.FairnessRule:
    """What of a share's rule is the engine's."""
    return fairshare.FairnessRule(**{name: value for name, value in rule.items() if name not in OWN})


def weights_of(rule: Mapping[str, Any]) -> dict[str, float]:
    """By urgency."""
    return {**WEIGHTS, **rule.get("weights", {})}


def names_of(taken: Mapping[str, Any]) -> fairshare.Names:
    """What a snapshot's receivers, goods and sites are called. Snapshots of older shares do not know their units."""
    return fairshare.Names(
        requesters={row["need"]: row["receiver_name"] for row in taken["needs"]},
        items_en={row["item"]: row["item_en"] or row["item_zh"] for row in taken["needs"]},
        items_zh={row["item"]: row["item_zh"] for row in taken["needs"]},
        sites={row["site"]: row["key"].rsplit(" ", 1)[0] for row in taken["stock"]},
        units={row["item"]: UNITS[row["unit"]] for row in taken["needs"] if row.get("unit") in UNITS},
    )


def problem_of(taken: Mapping[str, Any], rule: Mapping[str, Any]) -> fairshare.Problem:
    """
    Every need is a requester of its own: two needs of one receiver are levelled like two receivers' needs.

    Its weight is that of its urgency, as often as the rule's `receivers` lets its receiver count.
    """
    weights, times = weights_of(rule), rule.get("receivers", {})
    of_receiver: dict[str, list[str]] = defaultdict(list)
    medical: set[str] = set()
    community: set[str] = set()
    for row in taken["needs"]:
        of_receiver[row["receiver"]].append(row["need"])
        (community if row["use"] == "COMMUNITY" else medical).add(row["need"])
    lots = []
    for row in taken["stock"]:
        # The engine reads an empty earmark as open to all: a lot nobody here may use is left out instead.
        may = community if row["is_for_community"] else medical | community
        if row["only_for"]:
            may = may & {need for receiver in row["only_for"] for need in of_receiver[receiver]}
        if not may:
            continue
        is_open = len(may) == len(taken["needs"])
        lots.append(
            fairshare.Lot(
                id=row["key"],
                item=row["item"],
                amount=row["amount"],
                site=row["site"],
                carton=row["carton"],
                earmark=frozenset() if is_open else frozenset(may),
                standard=family_of(row["standard"]),
                expires_on=date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
            )
        )
    reach = taken["reach"]
    return fairshare.Problem(
        requesters=tuple(
            fairshare.Requester(
                id=row["need"],
                weight=weights[str(row["urgency"])] * times.get(row["receiver"], 1.0),
                floor=_bound(taken["floors"], row),
                cap=_bound(taken["caps"], row),
                earlier_met=row["earlier_met_permille"] / 1000,
            )
            for row in taken["needs"]
        ),
        lots=tuple(lots),
        needs=tuple(
            fairshare.Need(row["need"], row["item"], row["amount"], frozenset(row["standards"]))
            for row in taken["needs"]
        ),
        reach=None
        if reach is None
        else frozenset((site, need) for site, receiver in reach for need in of_receiver[receiver]),
        arrives_on=date.fromisoformat(taken["arrives_on"]) if taken["arrives_on"] else None,
        capacity=_capacity(taken["trucks"]) if taken.get("trucks") else None,
    )


def taken_trucks(trucks: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """
    What trucks can carry, with the size of one piece of everything that is both asked for and there: plain JSON.

    trucks   weight_g, volume_cm3 (each optional), site (its id; absent: all trucks of the round)
    Raises CartonUnknown, naming every item nobody has said how it is boxed.
    """
    named = {row["item"]: row["item_zh"] for row in taken["needs"]}
    shared = sorted(named.keys() & {row["item"] for row in taken["stock"]})
    cartons = catalogue.usual_cartons([UUID(item) for item in shared])
    unboxed = sorted(named[item] for item in shared if UUID(item) not in cartons)
    if unboxed:
        raise catalogue.CartonUnknown(
            f"How {', '.join(unboxed)} is boxed is not known, so nobody can say what fits the trucks. Nothing was shared.",
            where=", ".join(unboxed),
            found="no carton",
            expected="pieces, size and weight of a carton",
            cure="Add a carton to each of these items in the catalogue.",
        )
    sizes = {}
    for item in shared:
        carton = cartons[UUID(item)]
        sizes[item] = {"weight_g": carton.weight_g / carton.pieces, "volume_cm3": carton.volume_cm3 / carton.pieces}
    site = str(trucks["site"]) if trucks.get("site") else None
    name = next((row["key"].rsplit(" ", 1)[0] for row in taken["stock"] if row["site"] == site), "")
    return {
        "site": site,
        "name": name,
        "weight_g": trucks.get("weight_g"),
        "volume_cm3": trucks.get("volume_cm3"),
        "sizes": sizes,
    }


def _capacity(trucks: Mapping[str, Any]) -> fairshare.Capacity:
    limit = fairshare.Limit(
        weight_g=trucks["weight_g"], volume_cm3=trucks["volume_cm3"], site=trucks["site"], name=trucks["name"]
    )
    return fairshare.Capacity({item: fairshare.Size(**size) for item, size in trucks["sizes"].items()}, (limit,))


def _bound(bounds: Mapping[str, int], row: Mapping[str, Any]) -> dict[str, int]:
    return {row["item"]: bounds[row["need"]]} if row["need"] in bounds else {}
