"""Published corrections: `更正：原公告校友会捐赠N95口罩5000只，应为500只`. Each waits for a person, whatever it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.catalogue.queries import FoundStatus
from baogong.engine.sheets.kinds import LineOutcome
from baogong.engine.sheets.names import ResolutionStatus
from baogong.engine.sheets.notices import Correction, read_correction
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import need_text
from baogong.engine.sheets.tables import BadCell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.supply.imports.again import CANDIDATES_MAX, Earlier, as_candidate, recent_lines
from baogong.supply.imports.rows import each_row, known_keys, remember
from baogong.supply.services.corrections import correct_offer
from baogong.supply.sheets import Line, Question, Reader, settled

CORRECTION_COLUMNS = (
    Column(
        "notice", "更正内容", "correction", is_required=True, also=("更正", "更正说明", "勘误", "公告内容", "notice")
    ),
)


def classify_corrections(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a notice: it waits with the entries it may mean, or is refused where it means none."""
    reader = Reader("corrections", table, CORRECTION_COLUMNS, profile, now)
    entries = recent_lines()

    def read(reader: Reader, row: Row) -> Line:
        return _read(reader, row, entries)

    lines = list(each_row(reader, read))
    known = known_keys(lines)
    return tuple(
        line if isinstance(line, LineOutcome) else line.unchanged() if line.payload["key"] in known else line.outcome()
        for line in lines
    )


def _read(reader: Reader, row: Row, entries: Sequence[Earlier]) -> Line:
    cell = reader.heads.cell(row, "notice")
    text = need_text(cell, "what was, and what it should be")
    said = read_correction(text)
    if said is None or said.now is None:
        raise BadCell(
            f"Cell {cell.where} does not say which figure stands now.",
            where=cell.where,
            found=text,
            expected="更正：原公告……5000只，应为500只",
            cure="Write the figure as it was and as it should be; a receiver is changed by a document of its own.",
        )
    line = Line(row.where, text=text)
    candidates = _meant(reader, said, entries)
    if not candidates:
        raise BadCell(
            "No gift in the book is like the one this notice corrects.",
            where=cell.where,
            found=text,
            expected="a gift or a consignment of this giver",
            cure="Import the list it corrects first, or correct the figure on the gift's own page.",
        )
    now = said.now.amount
    line.payload |= {
        "corrects": None,
        "number": str(now.number),
        "unit": now.unit,
        "spec": said.now.spec,
        "words": text,
        "source": f"{reader.table.name} · {row.where}",
    }
    line.payload["key"] = str(reader.key(text)[0])
    line.doubts += now.doubts
    line.questions.append(Question("corrects", f"which entry does it correct: {text}", candidates, may_be_new=False))
    return line


def _meant(reader: Reader, said: Correction, entries: Sequence[Earlier]) -> tuple[Any, ...]:
    """The entries it may mean: giver and goods where it names them for certain, and the figure it names."""
    giver = reader.parties.resolve(said.giver) if said.giver else None
    item = reader.items.find(said.goods) if said.goods else None
    found = []
    for entry in entries:
        why: list[str] = []
        score = 0.5
        if giver is not None and giver.status is ResolutionStatus.EXACT and giver.entry is not None:
            if str(entry.donor) != giver.entry.key:
                continue
            score, why = score + 0.2, [*why, "the same giver"]
        if item is not None and item.status is FoundStatus.EXACT and item.item is not None:
            if entry.item != item.item.id:
                continue
            score, why = score + 0.1, [*why, "the same goods"]
        if said.was is not None and said.was.number == entry.amount:
            score, why = score + 0.19, [*why, "the figure that the correction names"]
        if why:
            found.append(as_candidate(entry, score, "; ".join(why)))
    found.sort(key=lambda candidate: -candidate.score)
    return tuple(found[:CANDIDATES_MAX])


def apply_corrections(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """A correcting entry for each line a person has settled; the entry it corrects stays as it was."""
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = settled(line.payload)
        if not payload.get("corrects"):
            raise BadCell(
                "The notice corrects an entry, and none was chosen; nothing was changed.",
                where=line.where,
                found=line.text,
                expected="one of the entries offered",
                cure="Choose the entry, or leave the line out.",
            )
        entry = Earlier.of(UUID(payload["corrects"]))
        item = catalogue.item(entry.item)
        packing = payload["spec"] or (f"{entry.pieces_per_carton}/箱" if entry.pieces_per_carton else "")
        base = catalogue.to_base_units(item, Decimal(payload["number"]), payload["unit"], packing)
        correct_offer(
            gift=entry.gift,
            no=entry.no,
            amount=base.amount,
            words=payload["words"],
            source=payload["source"],
            actor=actor,
            now=now,
            request_id=derived_id("gift-correction", entry.line, payload["key"]),
        )
        remember("corrections", [payload["key"]], entry.gift, now)
