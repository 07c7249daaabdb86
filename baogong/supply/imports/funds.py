"""Money given: lists of gifts and their earmarks, one row a slice. Two tellings of one gift are a person's to judge."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets.doubts import Figure, powers_of_ten
from baogong.engine.sheets.earmarks import Earmark, read_earmark
from baogong.engine.sheets.kinds import Candidate, LineOutcome, Status
from baogong.engine.sheets.money import parse_money
from baogong.engine.sheets.names import ResolutionStatus
from baogong.engine.sheets.profiles import DEFAULT, Column, load_profile
from baogong.engine.sheets.rows import check_bound, choice_of, need_text
from baogong.engine.sheets.tables import BadCell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.kernel.money import yuan
from baogong.people.services.parties import register_party
from baogong.supply.imports.columns import EARMARK, NOTE
from baogong.supply.imports.rows import each_row, known_keys, remember
from baogong.supply.models import MoneyGift
from baogong.supply.services.doubts import FigureRead, settle_doubt
from baogong.supply.services.funds import Slice, register_money_gift
from baogong.supply.sheets import Line, Question, Reader, settled

FUND_COLUMNS = (
    Column("donor", "捐赠方", "donor", is_required=True, also=("捐赠人", "捐赠单位", "捐款人", "捐款单位", "giver")),
    Column("trustee", "受托方", "trustee", also=("接收单位", "接收方", "托管方", "受托单位", "held by")),
    Column(
        "sum",
        "金额",
        "sum",
        is_required=True,
        also=("捐款金额", "捐赠金额", "数额", "价值", "amount", "value", "amount of money"),
        help_zh="例：1000万元、3,000,000、壹仟万元整",
        help_en="for example 3,000,000 or 1000万元",
    ),
    Column("form", "形式", "form", also=("类型", "资金或物资", "type"), help_zh="资金或物资", help_en="money or goods"),
    Column("gift", "捐赠编号", "gift", also=("捐赠批次", "批次", "gift number"), help_zh="同一笔捐款的各行写同一编号"),
    EARMARK,
    Column(
        "buys",
        "可购物资",
        "may buy",
        also=("限购物资", "购买范围", "goods it may buy"),
        help_zh="物资名称或类别，用顿号隔开",
    ),
    Column("purpose", "用途", "purpose"),
    Column("until", "使用期限", "until", also=("截止日期", "有效期", "使用截止", "to be used by")),
    Column("source", "出处", "source", also=("来源", "消息来源", "printed in")),
    NOTE,
)
FORMS = {
    "资金": "MONEY",
    "现金": "MONEY",
    "善款": "MONEY",
    "捐款": "MONEY",
    "cash": "MONEY",
    "物资": "GOODS_WORTH",
    "实物": "GOODS_WORTH",
    "goods": "GOODS_WORTH",
    "in kind": "GOODS_WORTH",
    "supplies": "GOODS_WORTH",
}
SAME, OWN = "same:", "own:"
_LIKE_A_RESTRICTION = re.compile("定向|专用|限|仅|只能|购买")
_BETWEEN = re.compile(r"[、，,;；/\n]+|\s+and\s+")


@dataclass(frozen=True, slots=True)
class _Told:
    """A gift that stands in the book: what an earlier telling made of it."""

    id: UUID
    number: str
    donor: str
    form: str
    fen: int
    text: str
    source: str


def classify_funds(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """
    One outcome a row. A row of another source that tells of a gift in the book, in the same figure or a power of ten
    away, waits: only a person can say that both are one gift, and which figure holds.
    """
    reader = Reader("funds", table, FUND_COLUMNS, profile, now)
    lines = list(each_row(reader, _read_fund))
    known = known_keys(lines)
    read = [line for line in lines if isinstance(line, Line)]
    _put_figures(read, _told())
    return tuple(
        line
        if isinstance(line, LineOutcome)
        else LineOutcome(line.where, Status.UNCHANGED, line.payload, line.text)
        if line.payload["key"] in known
        else line.outcome()
        for line in lines
    )


def _read_fund(reader: Reader, row: Row) -> Line:
    line = Line(row.where)
    donor = reader.or_above(row, "donor", "who gives", line=line)
    beside = read_earmark(donor.text, only_strong=True)  # 暖冬公益会（定向捐赠金银潭医院）
    donor = replace(donor, text=beside.rest) if beside.is_there and beside.rest else donor
    if not reader.text(row, "donor"):
        beside = Earmark(donor.text)  # whose name stands above; the earmark beside it is that row's
    if reader.find_party(line, "donor", donor).status is ResolutionStatus.NONE:
        line.questions.pop()  # a new giver is nothing to doubt
        line.sure = min(line.sure, 0.9)
    form = choice_of(reader.heads.cell(row, "form"), FORMS, default="MONEY")
    line.payload |= {"donor_text": donor.text, "form": form, "trustee": None, "trustee_text": ""}
    if form == MoneyGift.Form.MONEY:
        trustee = reader.or_above(row, "trustee", "who holds the money; for one's own money the giver again", line=line)
        line.payload["trustee_text"] = trustee.text
        if trustee.text == donor.text:
            line.payload["trustee"] = line.payload["donor"]
        else:
            reader.find_party(line, "trustee", trustee)
    _read_sum(reader, row, line)
    _read_terms(reader, row, line, beside)
    source = reader.text(row, "source")
    line.payload |= {"source": source, "gift": reader.text(row, "gift"), "note": reader.text(row, "note")}
    said = ("sum_text", "form", "trustee_text", "gift", "receivers_text", "buys_text", "purpose", "until", "source")
    key, before = reader.key(donor.text, *(line.payload.get(name) for name in said))
    line.payload["key"] = str(key)
    if before:
        line.doubts.append("the same row stands above")
    line.text = f"{donor.text} · {yuan(line.payload['fen'])} 元"
    if line.payload["receivers_text"]:
        line.text += f" → {line.payload['receivers_text']}"
    return line


def _read_sum(reader: Reader, row: Row, line: Line) -> None:
    cell = reader.heads.cell(row, "sum")
    text = need_text(cell, "a sum of money, for example 1000万元")
    if cell.flaw:
        raise BadCell(
            f"Cell {cell.where} is part of a merged cell: its sum may belong to all of the rows together.",
            where=cell.where,
            found=text,
            expected="one sum for each row",
            cure="Unmerge the cells and write each row's own sum.",
        )
    hint = reader.heads.hints.get("sum", "").removeprefix("单位:")  # 金额（单位：万元）
    try:
        read = parse_money(text if not re.fullmatch(r"[\d,.]+", text) else f"{text}{hint}")
    except BaogongError as error:
        raise BadCell(error.message, where=cell.where, found=text, expected=error.expected, cure=error.cure) from error
    check_bound(cell, read.fen)
    check_bound(cell, read.other_fen or 0)
    line.payload |= {"fen": read.fen, "sum_text": text, "other_fen": read.other_fen}
    line.doubts += [f"{text}: {doubt}" for doubt in read.doubts if read.other_fen is None]
    if read.is_rough and line.payload["form"] == MoneyGift.Form.MONEY:
        line.doubts.append(f"{text}: only a rough figure")


def _read_terms(reader: Reader, row: Row, line: Line, beside: Earmark) -> None:
    """`beside`: the earmark that stands in the giver's cell."""
    said = reader.text(row, "receiver")
    marks = [beside, read_earmark(said, only_strong=True)]
    receivers = [*beside.receivers, *(marks[1].receivers if marks[1].is_there else _parts(said))]
    receivers = list(dict.fromkeys(receivers))
    for mark in marks:
        line.doubts += mark.doubts
        if mark.is_there:
            line.notes.append(f"an earmark written beside other words: {'、'.join(mark.receivers) or mark.use}")
    line.payload |= {"receivers_text": "、".join(receivers), "receivers_count": len(receivers)}
    for number, name in enumerate(receivers):
        reader.find_party(line, f"receiver{number}", reader.heads.cell(row, "receiver"), text=name)
        line.payload[f"receiver{number}_text"] = name
    groups: Mapping[str, list[str]] = load_profile(DEFAULT).get("item_groups", {})
    goods: list[str] = []
    texts = _parts(reader.text(row, "buys"))
    asked = 0
    for name in texts:
        if name.casefold() in groups:
            wanted = groups[name.casefold()]
            goods += [str(view.id) for view in reader.items.items if view.category in wanted]
        elif (item := reader.find_item(line, reader.heads.cell(row, "buys"), name)) is not None:
            goods.append(str(item.id))
        else:  # each item that is only like a known one is a question of its own
            question = line.questions.pop()
            line.questions.append(replace(question, asks=f"buys{asked}"))
            asked += 1
    line.payload.pop("item", None)
    until = reader.day(row, "until", line=line)
    line.payload |= {
        "buys": sorted(set(goods)),
        "buys_asked": asked,
        "buys_text": "、".join(texts),
        "purpose": "；".join(filter(None, [reader.text(row, "purpose"), *(mark.use for mark in marks)]))[:200],
        "until": until.isoformat() if until else None,
    }
    purpose = line.payload["purpose"]
    if _LIKE_A_RESTRICTION.search(purpose) and not (receivers or texts or until):
        line.doubts.append(f"this purpose reads like a restriction: {purpose}")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _told() -> list[_Told]:
    rows = MoneyGift.objects.filter(corrected_by=None).order_by("registered_at", "id")
    return [
        _Told(row.pk, row.number, str(row.donor_id), row.form, row.amount_fen, row.amount_text, row.source)
        for row in rows
    ]


def _put_figures(lines: Sequence[Line], told: Sequence[_Told]) -> None:
    """Questions about sums: two tellings of what may be one gift, or two figures in one cell."""
    groups = _groups(line.payload for line in lines)
    for line in lines:
        whole = groups[_group_of(line.payload)]
        fen = sum(payload["fen"] for payload in whole)
        alike = [one for one in told if _is_alike(one, line.payload, fen)]
        if len(whole) > 1:
            line.doubts += [f"{one.number} of another source has {yuan(one.fen)} yuan" for one in alike]
            continue
        other = line.payload["other_fen"]
        if not alike and other is None:
            continue
        line.payload["alike"] = [str(one.id) for one in alike]
        own = [Candidate(f"{OWN}{fen}", f"{yuan(fen)} 元", 0.5 if other is None else 0.3, "as printed here")]
        if other is not None:
            own.append(Candidate(f"{OWN}{other}", f"{yuan(other)} 元", 0.6, "as the dollars beside it say"))
        same = [
            Candidate(
                f"{SAME}{one.id}",
                f"{one.number} · {yuan(one.fen)} 元",
                0.9 if one.fen in (fen, other) else 0.6,
                f"the same gift, as told in {one.source or one.number}",
            )
            for one in alike
        ]
        found = "; ".join([line.payload["sum_text"], *(f"{one.number}: {yuan(one.fen)} 元" for one in alike)])
        line.questions.append(Question("figure", found, (*same, *own)))


def _is_alike(one: _Told, payload: Mapping[str, Any], fen: int) -> bool:
    """Told before of the same giver and form by another source: the same figure, or one that a power of ten parts."""
    if one.donor != payload["donor"] or one.form != payload["form"] or one.source == payload["source"]:
        return False
    figures = {fen, payload["other_fen"] or fen}
    pairs = [Figure("", "", "", one.fen, "there"), *(Figure("", "", "", figure, "here") for figure in sorted(figures))]
    return one.fen in figures or bool(powers_of_ten(pairs))


def _groups(payloads: Iterable[dict[str, Any]]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rows that name one gift are its slices."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for payload in payloads:
        groups[_group_of(payload)].append(payload)
    return groups


def _group_of(payload: Mapping[str, Any]) -> tuple[str, ...]:
    if not payload["gift"]:
        return (payload["key"],)
    return (payload["donor_text"], payload["trustee_text"], payload["form"], payload["gift"], payload["source"])


def apply_funds(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Gifts registered, each with its slices; where a person chose between figures, a document says so."""
    payloads = [settled(line.payload) for line in lines if line.status.is_sound]
    for group in _groups(payloads).values():
        keys = [payload["key"] for payload in group]
        request = derived_id("money-gift", *keys)
        gift = _settle_figure(group[0], actor, now, request) if len(group) == 1 else None
        if gift is None:
            gift = _register(group, actor, now, request)
        remember("funds", keys, gift, now)


def _settle_figure(payload: dict[str, Any], actor: Actor, now: datetime, request: UUID) -> UUID | None:
    """Puts the chosen figure into the payload and on record. The gift, where it was another telling of a known one."""
    answer = payload.get("figure")
    if not answer:
        return None
    alike = list(MoneyGift.objects.filter(pk__in=payload.get("alike", [])).order_by("pk"))
    figures = [
        FigureRead(one.source or one.number, one.amount_text or yuan(one.amount_fen), one.amount_fen) for one in alike
    ]
    here = payload["source"] or "this list"
    figures.append(FigureRead(here, payload["sum_text"], payload["fen"]))
    if payload["other_fen"] is not None:
        figures.append(FigureRead(f"{here}, in dollars", payload["sum_text"], payload["other_fen"]))
    same = next((one for one in alike if answer == f"{SAME}{one.pk}"), None)
    chosen = same.amount_fen if same else int(answer.removeprefix(OWN))
    if len({figure.amount for figure in figures}) > 1:
        settle_doubt(
            about=f"{payload['donor_text']}: {payload['sum_text']}",
            figures=figures,
            chosen=chosen,
            why="chosen by a person when the list was read",
            actor=actor,
            now=now,
            request_id=derived_id(request, "figure"),
            subjects=[one.donor_id for one in alike][:1],
        )
    if same is None:
        payload["fen"] = chosen
        payload["corrects"] = str(alike[0].pk) if len(alike) == 1 and alike[0].amount_fen != chosen else None
    return same.pk if same else None


def _register(group: Sequence[dict[str, Any]], actor: Actor, now: datetime, request: UUID) -> UUID:
    first = group[0]
    donor = _party(first, "donor", now)
    corrects = first.get("corrects")
    return register_money_gift(
        donor=donor,
        trustee=_party(first, "trustee", now) if first["trustee_text"] else donor,
        slices=[_slice(payload, now) for payload in group],
        form=first["form"],
        amount_text="; ".join(dict.fromkeys(payload["sum_text"] for payload in group)),
        source=first["source"],
        corrects=UUID(corrects) if corrects else None,
        actor=actor,
        now=now,
        request_id=request,
    )


def _slice(payload: Mapping[str, Any], now: datetime) -> Slice:
    chosen = {payload[f"buys{number}"] for number in range(payload["buys_asked"])} - {None}
    return Slice(
        payload["fen"],
        tuple(_party(payload, f"receiver{number}", now) for number in range(payload["receivers_count"])),
        tuple(UUID(item) for item in sorted({*payload["buys"], *chosen})),
        payload["purpose"],
        date.fromisoformat(payload["until"]) if payload["until"] else None,
    )


def _party(payload: Mapping[str, Any], name: str, now: datetime) -> UUID:
    known = payload[name]
    return UUID(known) if known else register_party(kind="ORGANISATION", name=payload[f"{name}_text"], now=now)
