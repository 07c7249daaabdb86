"""A sender's list of parcels (manifest): reading it, previewing it, asking what is doubtful, writing what to expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.delivery import queries
from baogong.delivery.codes import tidy
from baogong.delivery.models import Parcel
from baogong.delivery.register import Register, addressed
from baogong.delivery.services import parcels
from baogong.engine.sheets.amounts import GRAMS, parse_amount
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, line_by_line, register_kind
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, fold
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.rows import (
    check_bound,
    check_lengths,
    choice_of,
    moment_of,
    need_columns,
    need_text,
    number_of,
    sound_text,
)
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError
from baogong.people.queries import parties as people
from baogong.people.services.parties import register_party
from baogong.places import queries as places

COLUMNS = (
    Column("waybill", "运单号", "waybill", is_required=True, longest=longest(Parcel, "waybill"), also=("快递单号", "单号", "物流单号", "tracking number"), help_zh="每件一个", help_en="one for each parcel"),
    Column("community", "小区", "community", is_required=True, longest=people.NAME_MAX, also=("社区", "院落", "compound")),
    Column("building", "楼号", "building", is_required=True, longest=40, also=("楼栋", "楼", "幢")),
    Column("unit", "单元", "unit", longest=20, also=("单元号", "门洞", "entrance")),
    Column("room", "房号", "room", longest=longest(Parcel, "room_text"), also=("室", "门牌", "房间号", "flat")),
    Column("category", "品类", "category", longest=60, also=("类别", "货品类别", "kind"), help_zh="空白为包裹", help_en="blank is parcel"),
    Column("weight", "重量", "weight", also=("重量kg", "公斤数"), help_zh="公斤；表头可写（克），也可写 2kg、1.5斤", help_en="kilograms; the header may say (g), the cell 2kg"),
    Column("handover", "交付方式", "handover", also=("交接方式", "签收方式"), help_zh="无接触、当面、签收；空白按品类", help_en="contactless, witnessed, signed; blank: by its kind"),
    Column("sender", "发件方", "sender", longest=people.NAME_MAX, also=("寄件方", "寄件人", "发货方", "平台", "商家", "shop"), help_zh="空白：站点自有", help_en="blank: the station's own"),
    Column("station", "站点", "station", longest=people.NAME_MAX, also=("到达站点", "配送站"), help_zh="空白：服务该小区的站点", help_en="blank: the station that serves the community"),
    Column("from", "最早送达", "from", also=("最早", "earliest")),
    Column("until", "最晚送达", "until", also=("最晚", "送达时限", "latest")),
)  # fmt: skip
KG = 1000
KINDS_ALSO = ("快递", "快件", "邮包", "包裹快递", "express")  # what carriers' lists call a plain parcel


class _Lists:
    """What all rows of one list are held against; read once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.register = Register(now)
        self.kinds = {
            fold(word): row.code for row in queries.categories() for word in (row.code, row.name_zh, row.name_en)
        }
        for word in KINDS_ALSO:
            if "parcel" in self.kinds.values():
                self.kinds.setdefault(fold(word), "parcel")
        self.senders = people.name_index(kinds=("ORGANISATION", "SITE"))
        self.first_stop: dict[str, str] = {}
        self.inner: dict[str, str] = {}
        for row in queries.servings():
            self.first_stop[str(row.community)] = str(row.outer or row.station)
        stations = {str(site.id) for site in places.sites("STATION")}
        self.stations = NameIndex(entry for entry in people.name_index().entries if entry.key in stations)
        self.known: dict[str, Parcel] = {}

    def look_up(self, table: Table, heads: Headers) -> None:
        numbers = {tidy(heads.text(row, "waybill")) for row in table.rows} - {""}
        rows = Parcel.objects.filter(waybill__in=numbers)
        self.known = {row.waybill: row for row in rows}


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    heads = match_headers(table, COLUMNS, profile, kind="manifest")
    need_columns(table, COLUMNS, heads)
    lists = _Lists(now)
    lists.look_up(table, heads)
    seen: dict[str, str] = {}

    def read(row: Row) -> LineOutcome:
        check_lengths(row, COLUMNS, heads)
        return _line(row, heads, lists, seen)

    return line_by_line(table, read)


def _line(row: Row, heads: Headers, lists: _Lists, seen: dict[str, str]) -> LineOutcome:
    payload = _payload(row, heads, lists)
    cell, number = heads.cell(row, "waybill"), payload["waybill"]
    if number in seen:
        raise BadCell(
            f"Waybill {number} stands in {seen[number]} already.",
            where=cell.where,
            found=cell.text,
            expected="each waybill number once",
            cure="Correct the number, or leave one of the two rows out.",
        )
    seen[number] = row.where
    address = "-".join(payload[name] for name in ("building_text", "unit_text", "room_text") if payload[name])
    text = f"{number} {payload['community_text']} {address}"
    return _placed(LineOutcome(row.where, Status.ADDED, payload, text), lists)


def _placed(line: LineOutcome, lists: _Lists) -> LineOutcome:
    """With address, station and sender looked up; waiting where one of them is in doubt."""
    line = addressed(line, lists.register)
    if line.status is Status.WAITING:
        return line
    payload = dict(line.payload)
    if not payload["station"]:
        payload["station"] = lists.first_stop.get(payload["community"])
    if not payload["station"]:
        raise BadCell(
            f"No station serves {payload['community_text']} yet, and the row names none.",
            where=line.where,
            found="",
            expected="a station",
            cure="Say which station serves the community, or write it into the column 站点.",
        )
    if payload["sender_text"] and not payload["sender"] and "sender" not in payload["asked"]:
        found = lists.senders.resolve(payload["sender_text"])
        if found.entry is not None:
            payload["sender"] = found.entry.key
        elif found.candidates:
            near = tuple(Candidate(each.entry.key, each.entry.name, each.score, each.why) for each in found.candidates)
            payload["asked"] = sorted({*payload["asked"], "sender"})
            return replace(
                line, status=Status.WAITING, payload=payload, sure=near[0].score, found=payload["sender_text"],
                candidates=near, asks="sender", may_be_new=True,
            )  # fmt: skip
    line = replace(line, payload=payload)
    known = lists.known.get(payload["waybill"])
    if known is None:
        return line
    if _is_same(known, payload):
        return replace(line, status=Status.UNCHANGED)
    raise BadCell(
        f"Waybill {payload['waybill']} is parcel {known.code} already, for another address.",
        where=line.where,
        found=payload["waybill"],
        expected="a number this house does not have yet",
        cure="Check the number; a parcel that is expected is not moved to another address by a list.",
    )


def _is_same(known: Parcel, payload: Mapping[str, Any]) -> bool:
    return (str(known.community_id), str(known.building_id or ""), known.room_text) == (
        payload["community"],
        payload["building"] or "",
        payload["room"],
    )


def _payload(row: Row, heads: Headers, lists: _Lists) -> dict[str, Any]:
    words = load_profile("default")
    number_cell = heads.cell(row, "waybill")
    number = tidy(need_text(number_cell, "the parcel's number"))
    if not number:
        raise BadCell(
            "This number has no letter or digit.",
            where=number_cell.where,
            found=number_cell.text,
            expected="a number",
            cure="Write it as it stands on the parcel.",
        )
    kind_cell = heads.cell(row, "category")
    kind = lists.kinds.get(fold(sound_text(kind_cell) or "parcel"))
    if kind is None:
        raise BadCell(
            f"Cell {kind_cell.where} says “{kind_cell.text}”, which is no kind of parcel here.",
            where=kind_cell.where,
            found=kind_cell.text,
            expected=", ".join(row.name_zh for row in queries.categories()),
            cure="Write one of the kinds, or let the command add this one first: Communities → Kinds of parcels.",
        )
    mode = choice_of(heads.cell(row, "handover"), words["handovers"], default="")
    weight_g = _weight_g(heads.cell(row, "weight"), heads.hints.get("weight", ""))
    station_cell = heads.cell(row, "station")
    station = lists.stations.resolve(sound_text(station_cell)).entry if sound_text(station_cell) else None
    if station_cell.text and station is None:
        raise BadCell(
            f"“{station_cell.text}” is no station.",
            where=station_cell.where,
            found=station_cell.text,
            expected=", ".join(entry.name for entry in lists.stations.entries[:10]) or "a station",
            cure="Write the station's name in full, or set it up first.",
        )
    return {
        "waybill": number,
        "community_text": need_text(heads.cell(row, "community"), "the community's name"),
        "building_text": need_text(heads.cell(row, "building"), "the building's number"),
        "unit_text": sound_text(heads.cell(row, "unit")),
        "room_text": sound_text(heads.cell(row, "room")),
        "sender_text": sound_text(heads.cell(row, "sender")),
        "category": kind,
        "weight_g": weight_g,
        "modes": [mode] if mode else None,
        "due_from_at": _moment(heads.cell(row, "from")),
        "due_until_at": _moment(heads.cell(row, "until")),
        "community": None,
        "building": None,
        "unit": None,
        "door": None,
        "room": "",
        "station": station.key if station else None,
        "sender": None,
        "asked": [],
    }


def _weight_g(cell: Cell, header: str) -> int | None:
    """Grams; the unit behind the number counts (2kg, 1.5斤), else the one the header names, else kilograms."""
    text = sound_text(cell)
    if not text:
        return None
    try:
        amount = parse_amount(text)
    except BaogongError:
        amount = None
    if amount is not None and amount.unit in GRAMS and not (amount.item or amount.doubts or cell.flaw):
        weight = amount.number * GRAMS[amount.unit]
    else:
        weight = number_of(cell) * GRAMS.get(header.casefold(), KG)
    check_bound(cell, weight, parcels.WEIGHT_MAX_G)
    return round(weight)


def _moment(cell: Cell) -> str | None:
    """On the house's clock, as it is kept."""
    found = moment_of(cell, timezone.get_default_timezone(), example="2022-04-12 18:00")
    return None if found is None else found.isoformat()


def ask_again(line: LineOutcome, now: datetime) -> LineOutcome:
    """A settled line: with the community known, its building may be asked for next. Raises BadCell for a typed room."""
    room = line.payload["room_text"]
    if len(room) > (most := longest(Parcel, "room_text")):
        raise BadCell(
            "A room's number is not that long. Nothing was written.",
            where=line.where,
            found=room,
            expected=f"at most {most} characters",
            cure="Write the room's number alone.",
        )
    lists = _Lists(now)
    lists.known = {row.waybill: row for row in Parcel.objects.filter(waybill=line.payload["waybill"])}
    return _placed(line, lists)


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Register new senders, and write down what to expect."""
    wanted = []
    for line in lines:
        if not line.status.is_sound:
            continue
        given = line.payload
        sender = given["sender"]
        if not sender and given["sender_text"]:
            sender = register_party(kind="ORGANISATION", name=given["sender_text"], now=now)
        wanted.append(
            parcels.ParcelIn(
                source=parcels.line_of(given["waybill"]),
                community=UUID(given["community"]),
                station=UUID(given["station"]),
                category=given["category"],
                building=_id(given["building"]),
                unit=_id(given["unit"]),
                door=_id(given["door"]),
                room_text=given["room"],
                waybill=given["waybill"],
                sender=UUID(str(sender)) if sender else None,
                weight_g=given["weight_g"],
                modes=tuple(given["modes"]) if given["modes"] else None,
                due_from_at=_at(given["due_from_at"]),
                due_until_at=_at(given["due_until_at"]),
            )
        )
    if wanted:
        parcels.expect(parcels=wanted, document=document, actor=actor, now=now)


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


KIND = ImportKind(
    "manifest",
    "包裹清单",
    "Parcels",
    COLUMNS,
    classify,
    apply,
    duties=(Duty.CLERK, Duty.COMMAND, Duty.KEEPER),
    place="station",
    is_private=True,
    ask_again=ask_again,
    asks_at_once=True,
)


def register() -> None:
    """Called once when the room starts."""
    register_kind(KIND)
