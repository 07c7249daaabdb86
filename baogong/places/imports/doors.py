"""The list of doors: who must be served at the door and why, a telephone to call; kept by room, never by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from baogong.engine.sheets.house_numbers import building_name, house_key, room_name, unit_name
from baogong.engine.sheets.kinds import ImportKind, LineOutcome, Status, line_by_line
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.ports import party_book
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.rows import Faults, check_lengths, choice_of, need_columns, need_text, sound_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor, Duty
from baogong.places import queries
from baogong.places.models import Door
from baogong.places.queries import BuildingView, CommunityView
from baogong.places.services.communities import DoorGiven, set_doors

COLUMNS = (
    Column("community", "小区", "community", is_required=True, also=("社区", "院落", "楼盘")),
    Column("building", "楼号", "building", is_required=True, also=("楼栋", "楼", "栋", "幢", "号楼")),
    Column("unit", "单元", "unit", also=("单元号",)),
    Column("room", "房号", "room", is_required=True, also=("室", "户号", "门牌", "房间号")),
    Column("door", "送上门", "door", also=("上门", "送到门口", "door service"), help_zh="是：不能下楼取货", help_en="yes: cannot come to a shelf"),
    Column("why", "原因", "why", also=("上门原因", "情况", "reason"), longest=longest(Door, "why"), help_zh="独居老人、行动不便、家有婴儿", help_en="old and alone, cannot walk, with an infant"),
    Column("note", "提示", "note", also=("给送货人的话",), longest=longest(Door, "note"), help_zh="例如：敲门大声", help_en="for whoever stands before it: knock loudly"),
    Column("phone", "电话", "phone", also=("手机", "联系电话", "手机号"), help_zh="加密保存", help_en="kept enciphered"),
)  # fmt: skip


def classify_doors(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a door. A list of doors opens no community and adds no building."""
    heads = match_headers(table, COLUMNS, profile, kind="doors")
    need_columns(table, COLUMNS, heads)
    index = party_book().name_index(kinds=("SITE", "ORGANISATION"))
    plans: dict[str, CommunityView] = {}
    seen: dict[tuple[str, str], str] = {}

    def read(row: Row) -> LineOutcome:
        check_lengths(row, COLUMNS, heads)
        return _line(row, heads, _community(heads.cell(row, "community"), index, plans, now), seen)

    return line_by_line(table, read)


def _community(cell: Cell, index: Any, plans: dict[str, CommunityView], now: datetime) -> CommunityView:
    name = need_text(cell, "the community's name")
    found = index.resolve(name)
    if found.entry and found.entry.key not in plans and queries.communities(ids=[UUID(found.entry.key)]):
        plans[found.entry.key] = queries.community_plan(UUID(found.entry.key), now)
    if not found.entry or found.entry.key not in plans:
        raise BadCell(
            f"“{name}” is no community that is open.",
            where=cell.where,
            found=name,
            expected=", ".join(each.entry.name for each in found.candidates) or "the name of an open community",
            cure="Open the community with its list of buildings first.",
        )
    return plans[found.entry.key]


def _line(row: Row, heads: Headers, plan: CommunityView, seen: dict[tuple[str, str], str]) -> LineOutcome:
    cell, faults = partial(heads.cell, row), Faults()
    house = _house(cell("building"), plan)
    unit = _unit(cell("unit"), house)
    room = room_name(need_text(cell("room"), "the room's number"))
    if len(room) > longest(Door, "room"):
        raise BadCell(
            f"Cell {cell('room').where} is longer than a room's number.",
            where=cell("room").where,
            found=cell("room").text,
            expected=f"at most {longest(Door, 'room')} characters",
            cure="Write the room's number alone.",
        )
    said = faults.of(lambda: choice_of(cell("door"), load_profile("default")["yes_no"], default=""))
    why, note, phone = (sound_text(cell(key)) for key in ("why", "note", "phone"))
    faults.refuse()
    at_door = {"YES": True, "NO": False}.get(said or "", True if why else None)
    if at_door and not why:
        raise BadCell(
            f"Room {room} is to be served at the door, and nothing says why.",
            where=cell("why").where or row.where,
            found="",
            expected="old and alone, cannot walk, with an infant",
            cure="Write the reason.",
        )
    place = (str(unit), room.casefold())
    if place in seen:
        raise BadCell(
            f"This door stands in {seen[place]} already.",
            where=cell("room").where,
            found=room,
            expected="each door once",
            cure="Keep one of the two rows.",
        )
    seen[place] = row.where
    payload = {
        "community": str(plan.id),
        "unit": str(unit),
        "room": room,
        "takes_at_door": at_door,
        "why": why or None,
        "note": note or None,
        # Enciphered before it goes anywhere: previews and their lines are kept.
        "phone": party_book().sealed(phone) if phone else None,
    }
    known = {(door.unit, door.room.casefold()): door for door in plan.doors}
    door = known.get((unit, room.casefold()))
    text = f"{plan.name} {house.name}-{room}"
    if door is None:
        return LineOutcome(row.where, Status.ADDED, payload, text)
    news = ((at_door, door.takes_at_door), (payload["why"], door.why), (payload["note"], door.note))
    is_new = bool(phone) or any(new is not None and new != old for new, old in news)
    return LineOutcome(row.where, Status.MATCHED if is_new else Status.UNCHANGED, payload, text)


def _house(cell: Cell, plan: CommunityView) -> BuildingView:
    name = building_name(need_text(cell, "the building's number"))
    for house in plan.buildings:
        if house_key(name) in (house_key(house.name), *house.also):
            return house
    raise BadCell(
        f"{plan.name} has no building “{name}”.",
        where=cell.where,
        found=cell.text,
        expected=", ".join(house.name for house in plan.buildings[:20]),
        cure="Correct the number, or add the building to the list of buildings first.",
    )


def _unit(cell: Cell, house: BuildingView) -> UUID:
    name = unit_name(sound_text(cell)) if cell.text else ""
    for unit in house.units:
        if unit.name.casefold() == name.casefold() or (not name and len(house.units) == 1):
            return unit.id
    raise BadCell(
        f"Building {house.name} has no unit “{name}”.",
        where=cell.where,
        found=cell.text,
        expected=", ".join(unit.name for unit in house.units),
        cure="Write one of its units.",
    )


def apply_doors(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Each community's doors at once. Raises NotYourPlace."""
    wanted: dict[UUID, list[DoorGiven]] = {}
    for line in lines:
        if line.status.is_sound:
            given = line.payload
            wanted.setdefault(UUID(given["community"]), []).append(
                DoorGiven(
                    UUID(given["unit"]),
                    given["room"],
                    given["takes_at_door"],
                    given["why"],
                    given["note"],
                    party_book().unsealed(given["phone"]) if given["phone"] else None,
                )
            )
    for community, doors in wanted.items():
        set_doors(community=community, doors=doors, actor=actor, now=now)


DOORS = ImportKind(
    "doors",
    "住户门牌与上门",
    "Doors",
    COLUMNS,
    classify_doors,
    apply_doors,
    duties=(Duty.CLERK,),
    place="community",
    readers=(),
    is_private=True,
)
