"""The weighbridge's slips: a truck full and empty, as printed, beside what its papers say it carries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import LineOutcome, refused
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import fold
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import need_text
from baogong.engine.sheets.tables import BadCell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.supply.imports.columns import NOTE, SITE
from baogong.supply.imports.kits import weight_in
from baogong.supply.imports.rows import chosen, each_row
from baogong.supply.models import Weighing
from baogong.supply.services.weighing import WeightMisread, check_truck, weigh_truck
from baogong.supply.sheets import Line, Reader

SLIP_COLUMNS = (
    Column("ticket", "磅单号", "ticket", is_required=True, also=("单号", "磅单编号", "weighbridge ticket"), longest=longest(Weighing, "ticket")),
    Column("plate", "车牌", "plate", is_required=True, also=("车牌号", "车号", "plate number"), longest=longest(Weighing, "plate")),
    Column("gross", "毛重", "gross weight", is_required=True, also=("重车", "总重", "gross"), help_zh="例：16,048公斤、14.9吨；单位也可写在表头", help_en="for example 16,048 kg; the unit may stand in the header"),
    Column("tare", "皮重", "tare weight", is_required=True, also=("空车", "车重", "tare")),
    Column("stated", "应载重量", "stated load", is_required=True, also=("单据重量", "随车单重量", "stated weight"), help_zh="单据上写的载重，含托盘和包装", help_en="what its papers say it carries, pallets and packaging included"),
    SITE,
    Column("by_name", "司磅员", "read by", is_required=True, also=("司磅", "过磅人", "weighed by"), longest=longest(Weighing, "by_name")),
    Column("weighed_at", "过磅时间", "weighed at", also=("时间", "日期", "date")),
    NOTE,
)  # fmt: skip


SAID = ("plate", "gross_g", "tare_g", "stated_g", "by_name", "weighed_at")


def classify_slips(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a slip. One that is in the book, or stands above, changes nothing; in another unit it is refused."""
    reader = Reader("slips", table, SLIP_COLUMNS, profile, now)
    lines = list(each_row(reader, partial(_read_slip, now=now)))
    met: dict[tuple[str, str], Line] = {}
    return tuple(_judged(line, met) if isinstance(line, Line) else line for line in lines)


def _read_slip(reader: Reader, row: Row, now: datetime) -> Line:
    line = Line(row.where)
    site = reader.or_above(row, "site", "a place of the register of sites", line=line)
    reader.find_party(line, "site", site, kinds=["SITE"], may_be_new=False, is_place=True)
    weighed_at = reader.moment(row, "weighed_at", line=line)
    ticket = need_text(reader.heads.cell(row, "ticket"), "the slip's number")
    line.payload |= {
        "place": fold(site.text),
        "ticket": ticket,
        "plate": need_text(reader.heads.cell(row, "plate"), "the truck's plate"),
        **{f"{key}_g": _grams(reader, row, key) for key in ("gross", "tare", "stated")},
        "by_name": reader.or_above(row, "by_name", "who read the scale", line=line).text,
        "weighed_at": weighed_at.isoformat() if weighed_at else None,
        "note": reader.text(row, "note"),
    }
    net_g = line.payload["gross_g"] - line.payload["tare_g"]
    line.text = f"{ticket} · {line.payload['plate']} · {net_g:,} g"
    _check(reader, row, line, weighed_at, now)
    return line


def _check(reader: Reader, row: Row, line: Line, weighed_at: datetime | None, now: datetime) -> None:
    """Raises BadCell at the full truck's cell where the bridge cannot have said so."""
    payload, cell = line.payload, reader.heads.cell(row, "gross")
    try:
        check_truck(
            plate=payload["plate"],
            gross_g=payload["gross_g"],
            tare_g=payload["tare_g"],
            stated_g=payload["stated_g"],
            by_name=payload["by_name"],
            weighed_at=weighed_at,
            now=now,
        )
    except BaogongError as error:
        raise BadCell(
            error.message,
            where=cell.where,
            found=cell.text if isinstance(error, WeightMisread) else error.found,
            expected=f"about {payload['stated_g']:,} g more than the empty truck"
            if isinstance(error, WeightMisread)
            else error.expected,
            cure=error.cure,
        ) from error


def _grams(reader: Reader, row: Row, key: str) -> int:
    cell = reader.heads.cell(row, key)
    need_text(cell, "a weight, perhaps with its unit")
    return weight_in(cell, reader.heads.hints.get(key, ""))


def _judged(line: Line, met: dict[tuple[str, str], Line]) -> LineOutcome:
    """Held against the slips of this number, in the book and above in the list."""
    site, ticket = line.payload["site"], line.payload["ticket"]
    above = met.setdefault((site or line.payload["place"], ticket), line)
    if above is not line:
        line.notes.append(f"the same slip stands above: {above.where}")
    weighed = Weighing.objects.filter(site=site, ticket=ticket, what=Weighing.What.TRUCK)
    known = weighed.first() if site else None
    said = _said(line.payload)
    for number, other in ((above.where, _said(above.payload)), *([(known.number, _kept(known))] if known else [])):
        # A slip that leaves its time out says nothing of it: it was weighed when its list was read.
        if differing := [name for name in SAID if said[name] != other[name] and None not in (said[name], other[name])]:
            return refused(line.where, _other_figures(line, number, differing, said, other))
    return line.unchanged() if known or above is not line else line.outcome()


def _said(payload: dict[str, Any]) -> dict[str, str | None]:
    at = payload["weighed_at"]
    return {**{name: str(payload[name]) for name in SAID}, "weighed_at": at and _moment(datetime.fromisoformat(at))}


def _kept(known: Weighing) -> dict[str, str | None]:
    return {**{name: str(getattr(known, name)) for name in SAID}, "weighed_at": _moment(known.weighed_at)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _other_figures(
    line: Line, number: str, differing: Sequence[str], said: dict[str, str | None], other: dict[str, str | None]
) -> BaogongError:
    """Names each figure that differs: what this slip says, and what the other did."""
    return BadCell(
        f"The slip {line.payload['ticket']} stands in {number} with other figures.",
        where=line.where,
        found="; ".join(f"{name} {said[name]}" for name in differing),
        expected="; ".join(f"{name} {other[name]}" for name in differing),
        cure="Look at both slips: correct the number of one, or the figures.",
    )


def apply_slips(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """A weighing for each slip."""
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = line.payload
        site = UUID(chosen(payload, "site"))
        weigh_truck(
            site=site,
            plate=payload["plate"],
            ticket=payload["ticket"],
            gross_g=payload["gross_g"],
            tare_g=payload["tare_g"],
            stated_g=payload["stated_g"],
            by_name=payload["by_name"],
            weighed_at=datetime.fromisoformat(payload["weighed_at"]) if payload["weighed_at"] else None,
            note=payload["note"],
            actor=actor,
            now=now,
            request_id=derived_id("slip", site, payload["ticket"]),
        )
