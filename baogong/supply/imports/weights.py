"""Packs on the scale, one row each: what a sample says of all of them. A sample goes in whole, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import fold
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import need_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.supply.imports.columns import NOTE, SITE
from baogong.supply.imports.kits import weight_in
from baogong.supply.imports.rows import chosen, each_row
from baogong.supply.models import Kit, Weighing
from baogong.supply.pack_views import KitView
from baogong.supply.queries.kits import kits
from baogong.supply.services.kits import kit_code
from baogong.supply.services.weighing import check_pack_weight, weigh_packs
from baogong.supply.sheets import Line, Reader, settled

WEIGHT_COLUMNS = (
    SITE,
    Column("kit", "套餐", "kit", is_required=True, also=("套餐名称", "包名", "kit name"), longest=longest(Kit, "name_zh")),
    Column("weight", "称重", "weight on the scale", is_required=True, also=("实称重量", "实重", "weighed"), help_zh="带包装，一行一包；单位可写在表头", help_en="in its bag, one pack a row; the unit may stand in the header"),
    Column("stands_for", "代表份数", "stands for", is_required=True, also=("抽自份数", "批量", "out of packs"), help_zh="这些样品说明多少份", help_en="how many packs the sample speaks for"),
    Column("by_name", "司秤员", "read by", is_required=True, also=("称重人", "司秤", "weighed by"), longest=longest(Weighing, "by_name")),
    NOTE,
)  # fmt: skip
SAMPLE = ("site", "kit", "stands_for", "by_name")
Sample = tuple[
    str, str, int, str
]  # the site (as written while no register knows it), the kit, packs it stands for, who read the scale


def classify_weights(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a pack. A sample with one row that cannot be read is refused in all its rows, and no other sample."""
    reader = Reader("weights", table, WEIGHT_COLUMNS, profile, now)
    known_kits = {kit.name_zh: kit for kit in kits()}
    broken: list[dict[str, Any]] = []

    def read(reader: Reader, row: Row) -> Line:
        part: dict[str, Any] = {}
        try:
            return _read_weight(reader, row, known_kits, part)
        except BaogongError:
            broken.append(part)
            raise

    lines = list(each_row(reader, read))
    if sum(isinstance(line, LineOutcome) and line.status is Status.REFUSED for line in lines) > len(broken):
        broken.append(
            {}
        )  # refused before anything of it was read, or a total that does not agree: whose it is nobody knows
    samples: dict[Sample, list[int]] = defaultdict(list)
    for line in lines:
        if isinstance(line, Line):
            samples[_sample_of(line.payload)].append(line.payload["weight_g"])
    for line in lines:
        if isinstance(line, Line):
            line.payload["rows_count"] = len(samples[_sample_of(line.payload)])
    # Of a place that no register knows, nothing is in the book.
    sites = {_sample_of(line.payload) for line in lines if isinstance(line, Line) and line.payload["site"]}
    known = {sample for sample in sites if _is_known(sample, samples[sample])}
    return tuple(_judged(line, known, broken) if isinstance(line, Line) else line for line in lines)


def _read_weight(reader: Reader, row: Row, kits_by_name: dict[str, KitView], part: dict[str, Any]) -> Line:
    """`part` is filled with what could be read of the sample the row belongs to, whether the row can be read or not."""
    line = Line(row.where)
    faults: list[BaogongError] = []
    kit: KitView | None = None
    for name in SAMPLE:
        try:
            if name == "kit":
                kit = _kit(reader.or_above(row, "kit", "a kit's name", line=line), kits_by_name)
                part[name] = str(kit.id)
            else:
                part[name] = _part(reader, row, name, line)
        except BaogongError as fault:
            faults.append(fault)
    if faults or kit is None:
        raise faults[0]
    cell = reader.heads.cell(row, "weight")
    need_text(cell, "a weight, perhaps with its unit")
    weight_g = weight_in(cell, reader.heads.hints.get("weight", ""))
    try:
        check_pack_weight(weight_g, kit)
    except BaogongError as error:
        raise BadCell(
            error.message,
            where=cell.where,
            found=cell.text,
            expected=f"about {kit.nominal_g + kit.packaging_g:,} g, in its bag",
            cure=error.cure,
        ) from error
    if line.doubts:
        raise BadCell(
            f"Row {row.where} leaves its place, kit or reader out below a heading.",
            where=row.where,
            found=line.doubts[0],
            expected="place, kit, packs and reader in the first row below a heading",
            cure="Fill in the cells.",
        )
    line.payload |= {**part, "weight_g": weight_g}
    line.text = f"{kit.name_zh} · {weight_g:,} g"
    return line


def _part(reader: Reader, row: Row, name: str, line: Line) -> Any:
    """The place, the packs the sample stands for, or the reader."""
    if name == "stands_for":
        stands = reader.or_above(row, name, "how many packs the sample speaks for", line=line)
        return reader.whole(reader.told(row, name, stands.text), name)
    if name == "by_name":
        return reader.or_above(row, name, "who read the scale", line=line).text
    site = reader.or_above(row, name, "a place of the register of sites", line=line)
    reader.find_party(line, name, site, kinds=["SITE"], may_be_new=False, is_place=True)
    line.payload["place"] = fold(site.text)
    return line.payload[name]


def _kit(cell: Cell, kits_by_name: dict[str, KitView]) -> KitView:
    for name, kit in kits_by_name.items():
        if cell.text == name or kit_code(cell.text) == kit.code:
            return kit
    raise BadCell(
        f"Cell {cell.where} says “{cell.text}”, and there is no such kit.",
        where=cell.where,
        found=cell.text,
        expected="、".join(list(kits_by_name)[:5]) or "a kit written down before",
        cure="Write the kit's name as in the list of kits.",
    )


def _sample_of(payload: dict[str, Any]) -> Sample:
    return payload["site"] or payload["place"], payload["kit"], payload["stands_for"], payload["by_name"]


def _is_known(sample: Sample, weights_g: list[int]) -> bool:
    """The whole sample is in the book, pack by pack: one that only shares weights with an earlier one is another."""
    site, kit, stands_for, by_name = sample
    earlier = Weighing.objects.filter(
        what=Weighing.What.PACKS,
        site_id=UUID(site),
        kit_id=UUID(kit),
        stands_for=stands_for,
        by_name=by_name,
        packs_count=len(weights_g),
    )
    return any(sorted(weights) == sorted(weights_g) for weights in earlier.values_list("weights", flat=True))


def _judged(line: Line, known: set[Sample], broken: Sequence[dict[str, Any]]) -> LineOutcome:
    if any(all(line.payload[name] == said for name, said in part.items()) for part in broken):
        return LineOutcome(
            line.where,
            Status.REFUSED,
            text=line.text,
            sure=0.0,
            found=line.text,
            expected="every row of its sample readable",
            cure="Correct the other rows: a sample with packs left out says something else.",
            written=line.written,
        )
    return line.unchanged() if _sample_of(line.payload) in known else line.outcome()


def apply_weights(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One weighing for the rows of one place, kit and reader."""
    samples: dict[Sample, list[int]] = defaultdict(list)
    rows_count: dict[Sample, int] = {}
    for line in lines:
        if line.status.is_sound:
            payload = settled(line.payload)
            sample = (chosen(payload, "site"), *_sample_of(payload)[1:])
            samples[sample].append(payload["weight_g"])
            rows_count[sample] = payload.get("rows_count", 0)
    for sample, weights_g in samples.items():
        if len(weights_g) < rows_count[sample]:
            raise BadCell(
                "A sample is one answer: its rows go in together. Nothing was written.",
                where="rows",
                found=len(weights_g),
                expected=f"all {rows_count[sample]} rows of the sample",
                cure="Decide its rows together, or leave all of them out.",
            )
        site, kit, stands_for, by_name = sample
        weigh_packs(
            site=UUID(site),
            kit=UUID(kit),
            weights_g=weights_g,
            stands_for=stands_for,
            by_name=by_name,
            actor=actor,
            now=now,
            request_id=derived_id("weights", *sample, *sorted(weights_g)),
        )
