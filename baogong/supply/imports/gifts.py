"""
Gifts and what is carried for others: lists of offers, one line an item.

Givers write as they speak: the receiver into the goods' cell, three goods into one, a figure and its correction beside
each other. What is certain is read and said; what can be read in two ways waits for a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import FoundStatus
from baogong.engine.sheets.amounts import NegativeAmount, UnreadAmount
from baogong.engine.sheets.earmarks import Earmark, read_earmark, read_earmark_cell, read_remark
from baogong.engine.sheets.goods import read_goods_name
from baogong.engine.sheets.kinds import Candidate, LineOutcome
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import CANDIDATES_MAX, NameResolution, ResolutionStatus, fold
from baogong.engine.sheets.notices import Correction, corrected_amount, is_correction, read_correction
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.quantities import Quantity, read_quantities
from baogong.engine.sheets.rows import check_length, choice_of, need_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.people.services.parties import register_party
from baogong.supply.imports.again import Earlier, judge_against_the_book
from baogong.supply.imports.columns import (
    AMOUNT,
    CARTON,
    CARTONS,
    EARMARK,
    EXPIRY,
    ITEM,
    NOTE,
    PAPERS,
    SITE,
    SPEC,
    STANDARD,
    UNIT,
)
from baogong.supply.imports.rows import each_row, remember
from baogong.supply.models.gifts import Gift, GiftCorrection, GiftLine
from baogong.supply.services.corrections import correct_offer
from baogong.supply.services.gifts import Offered, offer_gift
from baogong.supply.sheets import Line, Question, Reader, counted_again, settled

GOODS = (ITEM, replace(AMOUNT, is_required=False), UNIT, SPEC, STANDARD, EXPIRY, CARTON, CARTONS)
GIVEN_ON = Column(
    "given_on", "捐赠日期", "date given", also=("日期", "时间", "捐赠时间", "接收日期", "接收时间", "date")
)
REST = (EARMARK, GIVEN_ON, PAPERS, NOTE)
GIFT_COLUMNS = (
    replace(SITE, is_required=False),
    Column(
        "donor",
        "捐赠方",
        "donor",
        is_required=True,
        also=("捐赠人", "捐赠者", "捐赠单位", "捐赠单位（人）", "捐助方", "捐方", "供方", "爱心单位", "giver"),
    ),
    *GOODS,
    Column("terms", "性质", "terms", also=("方式", "捐赠方式")),
    *REST,
)
CONSIGNMENT_COLUMNS = (
    replace(SITE, is_required=False),
    Column("donor", "托运方", "consignor", is_required=True, also=("委托方", "货主", "托运单位", "发货方")),
    *GOODS,
    *REST,
)
TERMS = {
    "捐赠": Gift.Terms.GIFT.value,
    "赠送": Gift.Terms.GIFT.value,
    "合作": Gift.Terms.PARTNER.value,
    "合作伙伴": Gift.Terms.PARTNER.value,
    "伙伴": Gift.Terms.PARTNER.value,
}
_SEVERAL_GIVERS = re.compile(r"[、；;&]|\s和\s|\s与\s")
_PURPOSE = "定向 "
NOBODY = "nobody"  # a person says that words which may name a receiver name none
_COULD_BEAR_AN_EARMARK = ("item", "amount", "spec", "donor")


@dataclass(slots=True)
class _Marks:
    """What a row says of whom its goods are for: each text with the column it stood in."""

    found: list[tuple[str, Earmark]] = field(default_factory=list)

    @property
    def are_vague(self) -> bool:
        """Nothing but words that say many things names a receiver."""
        return all(mark.is_vague for _key, mark in self.found if mark.receivers)

    @property
    def names(self) -> dict[str, tuple[str, str]]:
        """Receiver's key → (as written, column); each once."""
        said: dict[str, tuple[str, str]] = {}
        for key, mark in self.found:
            for name in mark.receivers:
                said.setdefault(fold(name), (name, key))
        return said


def classify_gifts(
    kind: str, columns: tuple[Column, ...], table: Table, profile: str | None, now: datetime
) -> tuple[LineOutcome, ...]:
    """
    One outcome a row, or several where a cell holds several goods. A giver nobody knows is registered with the gift; one
    that is only like a known one waits.

    An earmark may stand in any cell; its receiver must be certain, or a person says. A corrected figure, and a row that
    stood in another list, wait beside the entry they may mean.
    """
    reader = Reader(kind, table, columns, profile, now)
    return judge_against_the_book(table, list(each_row(reader, read_gift)))


def read_gift(reader: Reader, row: Row) -> list[Line]:
    """The lines of a row: one, or one for each of the goods it names. None where there are 0 of them."""
    head = Line(row.where)
    marks, row = _earmarks(reader, row)
    correction, row = _correction(reader, row)
    donor = _donor(reader, row, head)
    entries = _entries(reader, row)
    lines = []
    for item_text, quantity, doubts in entries:
        line = Line(row.where, notes=list(head.notes), doubts=[*head.doubts, *doubts])
        line.payload["item_text"] = item_text
        named = read_goods_name(item_text)
        item = reader.find_item(line, reader.heads.cell(row, "item"), named.name or item_text)
        reader.count(line, row, item, quantity, named)
        if line.payload.get("amount") == 0 or not quantity.number:
            continue
        _find_donor(reader, line, donor)
        _find_receiver(reader, row, line, marks, several_goods=len(entries) > 1)
        _facets(reader, row, line, donor)
        if correction is not None:
            line.payload["correction"] = correction.text
            was = correction.was.number if correction.was else None
            line.payload["was"] = None if was is None else str(was)
        lines.append(line)
    return lines


def _donor(reader: Reader, row: Row, line: Line) -> Cell:
    donor = reader.or_above(row, "donor", "who gives", line=line)
    if _SEVERAL_GIVERS.search(donor.text):
        line.doubts.append(f"several givers are named: {donor.text}")
    return donor


def _find_donor(reader: Reader, line: Line, donor: Cell) -> None:
    found = reader.find_party(line, "donor", donor)
    if found.status is ResolutionStatus.NONE:
        line.questions.pop()  # a new giver is nothing to doubt
        line.sure = min(line.sure, 0.9)
        line.notes.append(f"a giver not known before, to be registered: {donor.text}")
    elif found.entry is not None and fold(found.entry.name) != fold(donor.text):
        line.notes.append(f"{donor.text} = {found.entry.name}")


def _entries(reader: Reader, row: Row) -> list[tuple[str, Quantity, list[str]]]:
    """The goods of a row: name, amount, doubts."""
    item, amount = reader.heads.cell(row, "item"), reader.heads.cell(row, "amount")
    if item.text and amount.text:
        names = [part.strip() for part in re.split(r"[、；;\n]", item.text) if part.strip()]
        amounts = [part.strip() for part in re.split(r"[、；;\n]|,(?!\d{3}(?!\d))|，", amount.text) if part.strip()]
        if 1 < len(names) == len(amounts):
            doubt = f"goods and amounts are read in pairs: {item.text} × {amount.text}"
            pairs = zip(names, amounts, strict=True)
            return [(name, reader.amount(reader.told(row, "amount", text)), [doubt]) for name, text in pairs]
        if len(names) > 1 and all(reader.items.find(name).status is FoundStatus.EXACT for name in names):
            raise BadCell(
                f"Cell {item.where} names several goods, and one amount stands beside them.",
                where=item.where,
                found=f"{item.text} × {amount.text}",
                expected="goods and amounts in pairs, for example 3000*N95口罩;500*防护服",
                cure="Write one line for each of the goods.",
            )
        return [(need_text(item, "the goods' name"), reader.amount(row), [])]
    cell = amount if amount.text else item
    text = need_text(cell, "goods and amounts, for example 3000*N95口罩")
    try:
        found = read_quantities(text)
    except (UnreadAmount, NegativeAmount) as error:
        raise BadCell(error.message, where=cell.where, found=text, expected=error.expected, cure=error.cure) from error
    if any(not each.amount.item for each in found):
        raise BadCell(
            f"Cell {cell.where} says how many, and not of what.",
            where=cell.where,
            found=text,
            expected="goods and amounts, for example 3000*N95口罩",
            cure="Write the goods' name beside the number.",
        )
    return [(each.amount.item, each, []) for each in found]


# Whom the goods are for


def _earmarks(reader: Reader, row: Row) -> tuple[_Marks, Row]:
    """Every earmark of the row, and the row without those that stood in another matter's cell."""
    marks = _Marks()
    own = reader.heads.cell(row, "receiver")
    if own.text:
        marks.found.append(("receiver", read_earmark_cell(own.text)))
    for key in _COULD_BEAR_AN_EARMARK:
        cell = reader.heads.cell(row, key)
        mark = read_earmark(cell.text, only_strong=key != "item")
        if mark.is_there or mark.is_denied or mark.doubts:
            marks.found.append((key, mark))
            row = reader.told(row, key, mark.rest)
    mark = read_remark(reader.text(row, "note"))
    if _is_meant(reader, mark, beside=bool(marks.names)):
        marks.found.append(("note", mark))
    return marks, row


def _is_meant(reader: Reader, mark: Earmark, *, beside: bool) -> bool:
    """A remark says many things: beside another earmark only a name surely known counts, and vague words only of known ones."""
    known = {reader.parties.resolve(name).status for name in mark.receivers}
    if beside:
        return known == {ResolutionStatus.EXACT}
    if mark.is_vague:
        return bool(known - {ResolutionStatus.NONE})
    return mark.is_there or bool(mark.doubts)


def _find_receiver(reader: Reader, row: Row, line: Line, marks: _Marks, *, several_goods: bool) -> None:
    line.payload |= {"receiver": None, "receiver_text": "", "use": ""}
    for key, mark in marks.found:
        line.doubts += mark.doubts
        if mark.use:
            check_length(reader.heads.cell(row, key), longest(GiftLine, "purpose") - len(_PURPOSE), mark.use)
            line.payload["use"] = mark.use
        if mark.is_denied and not mark.is_there and key != "receiver":
            line.notes.append("it says that it is not earmarked")
    names = list(marks.names.values())
    if any(len(mark.receivers) > 1 for _key, mark in marks.found):
        raise BadCell(
            "The earmark names several receivers; how much each is to have is not said.",
            where=row.where,
            found="、".join(name for name, _key in names),
            expected="one receiver a line",
            cure="Write a line for each receiver, with its amount.",
        )
    if not names:
        if reader.kind == "consignments":
            line.questions.append(
                Question("receiver", "no receiver is named", _carried_to(reader, line), may_be_new=False)
            )
        return
    name, key = names[0]
    line.payload["receiver_text"] = name
    check_length(reader.heads.cell(row, key), longest(GiftLine, "purpose") - len(_PURPOSE), name)
    found = reader.find_party(line, "receiver", reader.heads.cell(row, key), text=name)
    if reader.kind == "gifts" and line.payload["receiver"] is None and marks.are_vague:
        asked = line.questions.pop()
        nobody = Candidate(NOBODY, "不定向", 0.3, "these words name no receiver")
        line.questions.append(replace(asked, candidates=(*asked.candidates[:2], nobody, *asked.candidates[2:])))
    others = [other for other, _key in names[1:] if not _is_same(found, reader.parties.resolve(other))]
    if others:
        line.doubts.append(f"two receivers are named: {name}, {', '.join(others)}")
    if line.payload["receiver"] is not None and line.payload["receiver"] == line.payload["donor"]:
        line.doubts.append("the goods are earmarked for their own giver")
    if key != "receiver":
        line.notes.append(f"earmark, out of another cell: {name}")
    if several_goods and any(each in ("item", "amount") for _name, each in names):
        line.doubts.append(f"the earmark can mean all of these goods, or the last: {name}")


def _carried_to(reader: Reader, line: Line) -> tuple[Candidate, ...]:
    """Receivers of goods carried before, this consignor's first, the latest first."""
    names = {entry.key: entry.name for entry in reader.parties.entries}
    own = [to for by, to in reader.carried_to if by == line.payload["donor"]]
    others = [to for _by, to in reader.carried_to if to not in own]
    told = [(to, 0.5, "a receiver of this consignor's goods before") for to in own]
    told += [(to, 0.3, "a receiver of goods carried before") for to in others]
    found = [Candidate(to, names[to], score, why) for to, score, why in told if to in names]
    return tuple({each.key: each for each in found}.values())[:CANDIDATES_MAX]


def _is_same(one: NameResolution, other: NameResolution) -> bool:
    return one.entry is not None and other.entry is not None and one.entry.key == other.entry.key


# What it corrects


def _correction(reader: Reader, row: Row) -> tuple[Correction | None, Row]:
    """What the row says it corrects, and the row with the figure that stands now."""
    cell = reader.heads.cell(row, "amount")
    if cell.text and (both := corrected_amount(cell.text)) is not None:
        now, correction = both
        return replace(correction, text=cell.text), reader.told(row, "amount", now)
    for other in row.cells:
        if other.text and other is not cell and is_correction(other.text):
            return read_correction(other.text), row
    return None, row


# The rest


def _facets(reader: Reader, row: Row, line: Line, donor: Cell) -> None:
    line.payload |= {"donor_text": donor.text, "site": None}
    if reader.heads.cell(row, "site").text:
        reader.find_party(line, "site", reader.heads.cell(row, "site"), kinds=["SITE"], may_be_new=False, is_place=True)
    terms = Gift.Terms.CONSIGNMENT.value
    if reader.kind != "consignments":
        terms = choice_of(reader.heads.cell(row, "terms"), TERMS, default="GIFT")
    expires_on, given_on = reader.day(row, "expires_on", line=line), reader.day(row, "given_on", line=line)
    line.payload |= {
        "terms": terms,
        "expires_on": expires_on.isoformat() if expires_on else None,
        "papers": reader.text(row, "papers"),
        "note": reader.text(row, "note"),
        "source": f"{reader.table.name} · {line.where}"[-longest(GiftLine, "source") :],
    }
    said = ("item", "item_text", "number", "unit", "spec", "standard", "expires_on", "receiver_text", "site", "terms")
    dated = (given_on.isoformat(),) if given_on else ()
    names = ("donor:" + fold(donor.text), *(line.payload.get(name) for name in said), *dated)
    key, before = reader.key(*names)
    line.payload |= {"key": str(key), "plain": str(reader.plain_key(*names))}
    if before:
        line.doubts.append("the same row stands above")
    line.text = f"{donor.text} · {line.payload['item_text']} × {line.payload.get('amount', line.payload['number'])}"
    if line.payload["receiver_text"] or line.payload["use"]:
        line.text += f" → {line.payload['receiver_text'] or line.payload['use']}"


def apply_gifts(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """
    One offer for each giver, in the order of the list; it still has to be accepted and received.

    A line that a person called a correction corrects that entry and offers nothing.
    """
    groups: dict[tuple[UUID, str], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = counted_again(settled(line.payload))
        if payload.get("corrects"):
            _correct(payload, line, actor=actor, now=now)
            continue
        donor = payload["donor"] or str(registered(payload["donor_text"], now))
        groups[UUID(donor), payload["terms"]].append(payload)
    for (donor, terms), payloads in groups.items():
        keys = [payload["key"] for payload in payloads]
        gift = offer_gift(
            terms=terms,
            donor=donor,
            lines=[offered(payload, now) for payload in payloads],
            papers="; ".join(dict.fromkeys(payload["papers"] for payload in payloads if payload["papers"])),
            note="; ".join(dict.fromkeys(payload["note"] for payload in payloads if payload["note"])),
            actor=actor,
            now=now,
            request_id=derived_id("gift", donor, *keys),
        )
        remember("gifts", keys, gift, now)


def _correct(payload: dict[str, Any], line: LineOutcome, *, actor: Actor, now: datetime) -> None:
    earlier = Earlier.of(UUID(payload["corrects"]))
    correct_offer(
        gift=earlier.gift,
        no=earlier.no,
        amount=payload["amount"],
        words=(payload.get("correction") or line.written or line.text)[: longest(GiftCorrection, "words")],
        source=payload["source"],
        actor=actor,
        now=now,
        request_id=derived_id("gift-correction", earlier.line, payload["key"]),
    )
    remember("gifts", [payload["key"]], earlier.gift, now)


def offered(payload: dict[str, Any], now: datetime) -> Offered:
    """The line as it is offered; an earmarked receiver nobody knew is registered."""
    receiver = payload["receiver"]
    if receiver is None and payload["receiver_text"]:
        receiver = str(registered(payload["receiver_text"], now))
    if receiver == NOBODY:
        receiver = None
    named = payload["receiver_text"] if receiver else payload.get("use", "")
    return Offered(
        item=UUID(payload["item"]),
        amount=payload["amount"],
        standard=payload["standard"],
        expires_on=date.fromisoformat(payload["expires_on"]) if payload["expires_on"] else None,
        pieces_per_carton=payload["pieces_per_carton"],
        receiver=UUID(receiver) if receiver else None,
        purpose=f"{_PURPOSE}{named}" if named else "",
        site=UUID(payload["site"]) if payload["site"] else None,
        row=UUID(payload["key"]),
        source=payload["source"],
    )


def registered(name: str, now: datetime) -> UUID:
    return register_party(kind="ORGANISATION", name=name, now=now)
