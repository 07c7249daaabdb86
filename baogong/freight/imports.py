"""
The list of carriers and what they offer: reading it, previewing it, writing it.

A row is a kind of vehicle of a carrier, or one vehicle of it by its plate: rows of one kind that name different plates
are one offer, each row's payload with the figures of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.engine.sheets.amounts import COUNT_MAX
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, refused, register_kind
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, fold
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.rows import (
    check_bound,
    check_length,
    check_lengths,
    choice_of,
    moment_of,
    need_columns,
    need_text,
    number_of,
    sound_text,
    split_list,
)
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.freight import queries
from baogong.freight.models.fleet import Vehicle, VehicleKind
from baogong.freight.services import fleet
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.people.queries import parties as people
from baogong.people.services import parties
from baogong.places import queries as places

COLUMNS = (
    Column("carrier", "承运方", "carrier", is_required=True, also=("承运人", "承运商", "承运单位", "运输公司", "车队", "车队名称", "haulier"), longest=people.NAME_MAX, help_zh="全称", help_en="its full name"),
    Column("vehicle", "车型", "vehicle", is_required=True, longest=longest(VehicleKind, "name"), also=("车辆类型", "vehicle kind", "truck")),
    Column("vehicles", "车数", "vehicles", also=("车辆数", "车辆数量", "台数", "辆数", "数量", "vehicles count", "count"), help_zh="空白：写了几个车牌就是几辆", help_en="blank: as many as there are plates"),
    Column("load", "载重", "load", is_required=True, also=("载重量", "核定载重", "核载", "吨位", "payload"), help_zh="吨；表头可写（公斤）", help_en="tonnes; the header may say (kg)"),
    Column("room", "容积", "room", is_required=True, also=("体积", "车厢容积", "volume"), help_zh="立方米", help_en="cubic metres"),
    Column("base", "驻地", "base", also=("驻点", "停放地", "based at"), help_zh="站点名或封控区名；空白：哪里有货在哪里", help_en="a site, or a sealed area; blank: where goods wait"),
    Column("inside", "是否封控区内", "inside", also=("区内", "城内", "inside the seal")),
    Column("passes", "通行证", "passes", also=("有无通行证", "pass")),
    Column("crosses", "进城", "crosses", also=("是否进封控区", "肯进城", "drivers cross"), help_zh="司机是否肯进；空白：有通行证即肯", help_en="whether drivers go in; blank: where there are passes"),
    Column("fixed", "固定费", "fixed", also=("起步费", "包车费", "fixed fee"), help_zh="元", help_en="yuan"),
    Column("per_km", "每公里", "per_km", also=("公里价", "里程费", "per km"), help_zh="元", help_en="yuan"),
    Column("bonus", "奖金", "bonus", also=("司机补贴", "补贴", "driver bonus"), help_zh="元，每车一次", help_en="yuan, once for each vehicle"),
    Column("from", "最早可用", "from", also=("可用时间", "可用起", "available from")),
    Column("plates", "车牌", "plates", also=("车牌号", "车牌号码", "车号", "plate", "plate number"), help_zh="用分号隔开；或一车一行", help_en="separated by semicolons, or a row for each"),
    Column("note", "备注", "note"),
)  # fmt: skip
KG = frozenset({"kg", "公斤", "千克"})
_Key = tuple[str, str, str | None]  # the carrier's folded name, the kind of vehicle, its base


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    heads = match_headers(table, COLUMNS, profile, kind="carriers")
    need_columns(table, COLUMNS, heads)
    index = people.name_index(kinds=("ORGANISATION",))
    bases = _Bases()
    known = {(str(view.carrier), view.name, view.based_at): view for view in queries.kinds() if view.mode == "ROAD"}
    read: list[tuple[Row, dict[str, Any] | LineOutcome]] = []
    offers: dict[_Key, list[tuple[Row, dict[str, Any]]]] = {}
    registered = {vehicle.plate: vehicle.kind for vehicle in queries.vehicles()}
    plates: dict[str, str] = {}
    for row in table.rows:
        try:
            check_lengths(row, COLUMNS, heads)
            payload = _payload(row, heads, bases)
            _check_plates(heads.cell(row, "plates"), payload["plates"], plates)
            offer = offers.setdefault(_key_of(payload), [])
            if offer and not _is_same_offer(payload, offer[0][1]):
                raise _twice(heads.cell(row, "vehicle"), payload, offer[0][0])
            offer.append((row, payload))
            plates.update(dict.fromkeys(payload["plates"], row.where))
            read.append((row, payload))
        except BaogongError as error:
            read.append((row, refused(row.where, error)))
    outcomes = []
    for row, given in read:
        if isinstance(given, LineOutcome):
            outcomes.append(given)
            continue
        try:
            offer = offers[_key_of(given)]
            together = _taken_together(given, [each for _, each in offer])
            if together is None and row is not offer[0][0]:
                raise _twice(heads.cell(row, "vehicle"), given, offer[0][0])
            outcomes.append(_line(row, heads, together or given, index, known, registered))
        except BaogongError as error:
            outcomes.append(refused(row.where, error))
    return tuple(outcomes)


def _key_of(payload: Mapping[str, Any]) -> _Key:
    return fold(payload["name"]), payload["vehicle"], payload["based_at"]


def _check_plates(cell: Cell, mine: Sequence[str], seen: Mapping[str, str]) -> None:
    for plate in mine:
        if plate in seen:
            raise BadCell(
                f"The plate {plate} stands in {seen[plate]} already.",
                where=cell.where,
                found=plate,
                expected="each plate once",
                cure="Leave one of the two rows out, or correct the plate.",
            )


def _is_same_offer(payload: Mapping[str, Any], first: Mapping[str, Any]) -> bool:
    """Other vehicles of one offer: both rows name their plates, and what is said of one vehicle agrees."""
    alone = {"vehicles_count", "plates", "note"}
    is_named = bool(payload["plates"] and first["plates"])
    return is_named and all(payload[name] == first[name] for name in first if name not in alone)


def _twice(cell: Cell, payload: Mapping[str, Any], first: Row) -> BadCell:
    return BadCell(
        f"{payload['name']}, {payload['vehicle']} stands in {first.where} already, at the same base.",
        where=cell.where,
        found=cell.text,
        expected="each carrier's kind once at one base, or a row for each plate with the same figures",
        cure="Add the two rows up, write another kind or base, or write in each row its own plate and 1 vehicle.",
    )


def _taken_together(given: dict[str, Any], offer: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """
    The row with the count and the notes of all rows of its offer; None where the counts fit no reading.

    Each row counts its own plates, or each repeats the count of all of them.
    """
    if len(offer) == 1:
        return given
    counts = [each["vehicles_count"] for each in offer]
    plates_count = sum(len(each["plates"]) for each in offer)
    is_each_its_own = all(each["vehicles_count"] == len(each["plates"]) for each in offer)
    if not is_each_its_own and set(counts) != {plates_count}:
        return None
    note = "；".join(dict.fromkeys(each["note"] for each in offer if each["note"]))
    return {**given, "vehicles_count": plates_count, "note": note}


def _line(
    row: Row,
    heads: Headers,
    payload: dict[str, Any],
    index: NameIndex,
    known: Mapping[tuple[str, str, UUID | None], queries.KindView],
    registered: Mapping[str, UUID],
) -> LineOutcome:
    text = " · ".join([f"{payload['name']} {payload['vehicle']} × {payload['vehicles_count']}", *payload["plates"]])
    found = index.resolve(payload["name"])
    if found.entry is None and found.candidates:
        candidates = tuple(
            Candidate(each.entry.key, each.entry.name, each.score, each.why) for each in found.candidates
        )
        return LineOutcome(
            row.where,
            Status.WAITING,
            payload,
            text,
            sure=candidates[0].score,
            found=payload["name"],
            candidates=candidates,
            asks="carrier",
        )
    if found.entry is None:
        return LineOutcome(row.where, Status.ADDED, payload, text)
    payload["carrier"] = found.entry.key
    base = UUID(payload["based_at"]) if payload["based_at"] else None
    view = known.get((found.entry.key, payload["vehicle"], base))
    for plate in payload["plates"]:
        if plate in registered and (view is None or registered[plate] != view.id):
            raise BadCell(
                f"The plate {plate} is registered as another kind of vehicle.",
                where=heads.cell(row, "plates").where,
                found=plate,
                expected="a plate of this carrier's kind, or a new one",
                cure="Look the plate up among the vehicles, and correct it here.",
            )
    if view is None:
        return LineOutcome(row.where, Status.ADDED, payload, text)
    plates = {vehicle.plate for vehicle in queries.vehicles(kind=view.id)}
    is_same = _offer_of(payload) == _offered(view) and set(payload["plates"]) <= plates
    return LineOutcome(row.where, Status.UNCHANGED if is_same else Status.MATCHED, payload, text)


def _payload(row: Row, heads: Headers, bases: _Bases) -> dict[str, Any]:
    yes_no = load_profile("default")["yes_no"]
    name_cell = heads.cell(row, "carrier")
    name = need_text(name_cell, "the carrier's name")
    if not fold(name):
        raise BadCell(
            "This name has no letter or sign.", where=name_cell.where, found=name, expected="a name", cure="Write it."
        )
    check_length(name_cell, people.NAME_MAX, fold(name))
    plates = split_list(sound_text(heads.cell(row, "plates")))
    for plate in plates:
        check_length(heads.cell(row, "plates"), longest(Vehicle, "plate"), plate)
    has_passes = choice_of(heads.cell(row, "passes"), yes_no, default="NO") == "YES"
    crosses = choice_of(heads.cell(row, "crosses"), yes_no, default="YES" if has_passes else "NO") == "YES"
    is_inside = choice_of(heads.cell(row, "inside"), yes_no, default="NO") == "YES"
    base = bases.find(heads.cell(row, "base"))
    if is_inside and base is None:
        raise BadCell(
            "Vehicles inside a seal stand somewhere: their base is empty.",
            where=heads.cell(row, "base").where,
            found="",
            expected="a site, or the sealed area's name",
            cure="Write where they stand.",
        )
    per_tonne = 1_000 if heads.hints.get("load", "").casefold() in KG else 1_000_000
    return {
        "carrier": None,
        "name": name,
        "vehicle": need_text(heads.cell(row, "vehicle"), "the kind of vehicle"),
        "vehicles_count": _count(heads.cell(row, "vehicles"), plates),
        "capacity_g": _above_zero(heads.cell(row, "load"), per_tonne),
        "capacity_cm3": _above_zero(heads.cell(row, "room"), 1_000_000),
        "based_at": base,
        "is_inside": is_inside,
        "has_passes": has_passes,
        "drivers_cross": crosses,
        "fixed_fen": _fen(heads.cell(row, "fixed")),
        "fen_per_km": _fen(heads.cell(row, "per_km")),
        "bonus_fen": _fen(heads.cell(row, "bonus")),
        "available_from_at": _moment(heads.cell(row, "from")),
        "note": sound_text(heads.cell(row, "note")),
        "plates": plates,
    }


def _count(cell: Cell, plates: Sequence[str]) -> int:
    """How many vehicles the row is about: as many as it names plates, where it does not say."""
    default = Decimal(len(plates)) if plates else None
    return int(number_of(cell, default=default, most=COUNT_MAX, is_whole=True))


def _above_zero(cell: Cell, factor: int) -> int:
    amount = round(number_of(cell) * factor)
    check_bound(cell, amount)
    if amount <= 0:
        raise BadCell(
            f"Cell {cell.where} says “{cell.text}”: a vehicle with no room.",
            where=cell.where,
            found=cell.text,
            expected="a number above 0",
            cure="Write what one vehicle takes.",
        )
    return amount


def _fen(cell: Cell) -> int:
    fen = number_of(cell, default=Decimal(0)) * 100
    if fen != int(fen):
        raise BadCell(
            f"Cell {cell.where} says “{cell.text}”, which is finer than a fen.",
            where=cell.where,
            found=cell.text,
            expected="yuan with at most two decimals",
            cure="Round it.",
        )
    check_bound(cell, fen)
    return int(fen)


def _moment(cell: Cell) -> str | None:
    """On the house's clock, as it is kept."""
    found = moment_of(cell, timezone.get_default_timezone())
    return None if found is None else found.isoformat()


class _Bases:
    """Where vehicles may stand: sites by name, and for a sealed area its command office, else its first site."""

    def __init__(self) -> None:
        sites = places.sites(most=1_000_000)
        ids = {str(site.id) for site in sites}
        self._index = NameIndex(entry for entry in people.name_index().entries if entry.key in ids)
        self._of_area: dict[str, str] = {}
        for site in sorted(sites, key=lambda site: (site.role != "COMMAND", site.lat is None, site.name, site.id)):
            if site.area is not None:
                self._of_area.setdefault(fold(site.area_name), str(site.id))

    def find(self, cell: Cell) -> str | None:
        text = sound_text(cell)
        if not text:
            return None
        if (inside := self._of_area.get(fold(text))) is not None:
            return inside
        found = self._index.resolve(text)
        if found.entry is not None:
            return found.entry.key
        near = ", ".join(each.entry.name for each in found.candidates)
        raise BadCell(
            f"“{text}” is no site and no sealed area.",
            where=cell.where,
            found=text,
            expected=near or "the name of a site or of a sealed area",
            cure="Write the site's name in full, or enter it first.",
        )


def _offer_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of an offer, as `services.offer_vehicles` takes them."""
    available = payload["available_from_at"]
    return {
        "capacity_g": payload["capacity_g"],
        "capacity_cm3": payload["capacity_cm3"],
        "vehicles_count": payload["vehicles_count"],
        "is_inside": payload["is_inside"],
        "has_passes": payload["has_passes"],
        "drivers_cross": payload["drivers_cross"],
        "fixed_fen": payload["fixed_fen"],
        "fen_per_km": payload["fen_per_km"],
        "bonus_fen": payload["bonus_fen"],
        "available_from_at": datetime.fromisoformat(available) if available else None,
        "note": payload["note"],
    }


def _offered(view: queries.KindView) -> dict[str, Any]:
    names = (
        "capacity_g", "capacity_cm3", "vehicles_count", "is_inside", "has_passes", "drivers_cross", "fixed_fen",
        "fen_per_km", "bonus_fen", "available_from_at", "note",
    )  # fmt: skip
    return {name: getattr(view, name) for name in names}


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Register new carriers, write their offers, and the vehicles named by plate."""
    for line in lines:
        if not line.status.is_sound:
            continue
        given = line.payload
        if given["carrier"]:
            carrier = UUID(given["carrier"])
            parties.add_alias(party=carrier, text=given["name"], now=now, confirmed_by=actor.person_id)
        else:
            carrier = parties.register_party(kind="ORGANISATION", name=given["name"], now=now)
        if carrier not in {each.id for each in queries.carriers()}:
            fleet.add_carrier(party=carrier, actor=actor, now=now)
        kind = fleet.offer_vehicles(
            carrier=carrier,
            name=given["vehicle"],
            based_at=UUID(given["based_at"]) if given["based_at"] else None,
            actor=actor,
            now=now,
            **_offer_of(given),
        )
        for plate in given["plates"]:
            fleet.add_vehicle(kind=kind, plate=plate, actor=actor, now=now, request_id=derived_id("plate", plate))


KIND = ImportKind("carriers", "承运方与车辆", "Carriers", COLUMNS, classify, apply)


def register() -> None:
    """Called once when the room starts."""
    register_kind(KIND)
