"""
The lists this room reads: needs as people type them, and the wuhan2020 volunteers' hospital files.

What is not certain waits for a person: a receiver who is only like a known one, an item likewise, an entry nobody
reviewed, the same receiver asking for the same item twice, figures a power of ten apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.catalogue.queries import FoundStatus
from baogong.engine.sheets import wuhan2020
from baogong.engine.sheets.amounts import COUNT_MAX, Amount, parse_entries
from baogong.engine.sheets.doubts import Figure, powers_of_ten
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, refused, register_kind
from baogong.engine.sheets.names import NameEntry, NameIndex, NameResolution, ResolutionStatus, fold
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import check_bound, check_length, choice_of, need_columns, need_text
from baogong.engine.sheets.standards import read_standards
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.engine.sheets.wuhan2020 import HospitalNeed, Review
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.needs.models import Need, ReadRow
from baogong.needs.queries.board import open_needs
from baogong.needs.services.renewals import renew
from baogong.needs.services.requests import Asked, ask, open_doubles, set_amount
from baogong.needs.views import NeedView
from baogong.people.queries.parties import CITY_MAX, NAME_MAX, name_index
from baogong.people.services.parties import register_party
from baogong.places import queries as places
from baogong.places.queries import ADDRESS_MAX
from baogong.places.services import add_site
from baogong.supply.imports.columns import ITEM, SPEC, STANDARD, UNIT
from baogong.supply.imports.rows import each_row
from baogong.supply.sheets import Line, Question, Reader, counted_again, refuse_money, settled

COLUMNS = (
    Column(
        "receiver",
        "接收单位",
        "receiver",
        is_required=True,
        also=(
            "需求单位",
            "受援单位",
            "受援方",
            "需求方",
            "收货单位",
            "收货医院",
            "医院",
            "医院名称",
            "hospital",
            "requester",
        ),
    ),
    Column("city", "城市", "city", longest=CITY_MAX),
    replace(ITEM, is_required=False),
    Column(
        "amount",
        "数量",
        "amount",
        also=("需求数量", "需要数量", "申请数量", "需求量", "缺口", "要多少", "needed", "quantity needed"),
        help_zh="数字；不限",
        help_en="a number, or “no limit”",
    ),
    UNIT,
    SPEC,
    STANDARD,
    Column("people", "人数", "people", also=("医护人数", "staff")),
    Column("days", "天数", "days", also=("使用天数",)),
    Column("daily_use", "每人每天", "daily use"),
    Column("urgency", "紧急程度", "urgency", also=("优先级", "紧急", "急不急", "priority")),
    Column(
        "due_at", "需要时间", "needed by", also=("截止时间", "最晚送达", "due", "deadline", "送达时间", "什么时候要")
    ),
    Column("asked_at", "提出时间", "asked at", also=("登记时间", "填报时间", "日期", "date")),
    Column("use", "使用场合", "use", also=("用于",)),
    Column("source", "来源", "source", also=("信息来源",)),
    Column("review", "审核状态", "review", also=("审核", "核实")),
    Column("note", "备注", "note"),
)
URGENCIES = {
    "特急": "1", "十万火急": "1", "极急": "1", "急需": "1", "extreme": "1", "immediate": "1",
    "紧急": "2", "急": "2", "很急": "2", "高": "2", "severe": "2", "urgent": "2", "high": "2",
    "一般": "3", "普通": "3", "中": "3", "moderate": "3", "normal": "3", "medium": "3",
    "不急": "4", "低": "4", "minor": "4", "low": "4",
}  # fmt: skip
USES = {"医用": "MEDICAL", "医疗": "MEDICAL", "社区": "COMMUNITY", "民用": "COMMUNITY", "居民": "COMMUNITY"}
REVIEWS = {"已审核": "REVIEWED", "已核实": "REVIEWED", "是": "REVIEWED", "yes": "REVIEWED", "待审核": "UNREVIEWED", "未审核": "UNREVIEWED", "未核实": "UNREVIEWED", "否": "UNREVIEWED", "no": "UNREVIEWED", "错误信息": "WRONG"}  # fmt: skip
_NO_LIMIT = re.compile(r"不限|无上限|没有上限|越多越好|多多益善|有多少要多少|nolimit|unlimited|asmanyaspossible")
REVIEW_WORDS = {"UNREVIEWED": "未审核 · not reviewed", "WRONG": "标为错误信息 · marked as wrong"}
USUAL_URGENCY = 3
NEW = "new:"  # a receiver met earlier in the same list and not yet registered: its kind and name follow


def register() -> None:
    """Called when the room starts."""
    forms = frozenset({wuhan2020.FORM})
    register_kind(
        ImportKind("needs", "需求清单", "Needs", COLUMNS, classify, apply, forms, place="receiver", ask_again=ask_again)
    )


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a wish. Zero cells are no wish; the same row again is unchanged."""
    if profile == wuhan2020.PROFILE or table.form == wuhan2020.FORM:
        lines: list[Line | LineOutcome] = list(_Hospitals().lines(table))
    else:
        lines = list(_rows(Reader("needs", table, COLUMNS, profile, now), now))
    known = known_needs(lines)
    doubles = Doubles(now, lines)
    return tuple(doubles.judged(line, known) if isinstance(line, Line) else line for line in lines)


def ask_again(outcome: LineOutcome, now: datetime) -> LineOutcome:
    """Who needs it is settled: only now it can be seen whether they have asked for it before."""
    payload = settled(outcome.payload)
    if "same_as" in payload or not payload["receiver"]:
        return outcome
    line = Line(outcome.where)
    line.payload |= payload
    line.text, line.written, line.notes = outcome.text, outcome.written, list(outcome.notes)
    judged = Doubles(now, [line]).judged(line, set())
    return judged if judged.status is Status.WAITING else outcome


def known_needs(lines: Sequence[Line | LineOutcome]) -> set[str]:
    """Keys of rows that became needs, or that a person said are none."""
    keys = [line.payload["key"] for line in lines if isinstance(line, Line)]
    return {str(key) for key in ReadRow.objects.filter(key__in=keys).values_list("key", flat=True)}


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One need a line; a line that a person called the same as an earlier need changes that need's amount."""
    receivers = _Receivers(now)
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = settled(line.payload)
        if payload["basis"] == "QUANTITY":
            payload = counted_again(payload)
        receiver = receivers.of(payload)
        need = _same_need(payload.get("same_as"))
        if need is not None:
            _same_again(need, payload, actor, now)
        else:
            need = ask(
                need=_asked(payload, receiver, now),
                actor=actor,
                now=now,
                request_id=derived_id("need-row", payload["key"]),
                is_verified=payload["review"] == Review.REVIEWED,
                apart_from=open_doubles(receiver, UUID(payload["item"]), now),
            )
        ReadRow.objects.bulk_create(
            [ReadRow(key=UUID(payload["key"]), need_id=need, read_at=now)], ignore_conflicts=True
        )


def _same_need(said: str | None) -> UUID | None:
    """The need a person chose: one of the book, or the one that an earlier row of the list became."""
    if said is None:
        return None
    row = ReadRow.objects.filter(key=said, need__isnull=False).first()
    return row.need_id if row else Need.objects.values_list("id", flat=True).get(pk=said)


def _rows(reader: Reader, now: datetime) -> Iterator[Line | LineOutcome]:
    """A wish a row; where no column names the goods, every entry of a cell like `3000*n95口罩;500*防护服`."""
    if reader.has("item"):
        yield from each_row(reader, partial(_read_need, now=now))
        return
    need_columns(
        reader.table,
        (replace(ITEM, is_required=True),),
        replace(reader.heads, missing=() if reader.has("amount") else ("item",)),
    )
    for row in reader.table.rows:
        cell = reader.heads.cell(row, "amount")
        try:
            reader.check_lengths(row)
            entries = parse_entries(need_text(cell, "amounts and goods, for example 3000*N95口罩"))
        except BaogongError as error:
            yield refused(cell.where, error)
            continue
        for entry in entries:
            if entry.number:
                yield from each_row(reader, partial(_read_need, now=now, entry=entry), rows=[row])


def _read_need(reader: Reader, row: Row, now: datetime, entry: Amount | None = None) -> Line | None:
    line = Line(row.where)
    receiver = reader.or_above(row, "receiver", "who needs it", line=line)
    city = reader.city_of(row, "receiver", line=line)
    item_text = entry.item if entry else need_text(reader.heads.cell(row, "item"), "the goods' name")
    if entry is not None:
        _read_entry(reader, row, line, entry)
    elif not _read_amount(reader, row, line, item_text):
        return None
    found = reader.find_party(line, "receiver", receiver, city=city)
    urgency_cell = reader.heads.cell(row, "urgency")
    due_at = reader.moment(row, "due_at", line=line)
    asked_at = reader.moment(row, "asked_at", line=line, happened_by=now)
    review = choice_of(reader.heads.cell(row, "review"), REVIEWS, default="") if reader.has("review") else ""
    line.payload |= {
        "item_text": item_text,
        "receiver_text": receiver.text,
        "receiver_kind": "ORGANISATION",
        "city": city,
        "address": "",
        "standards": [ref.family for ref in read_standards(reader.text(row, "standard"))],
        "urgency": int(choice_of(urgency_cell, URGENCIES, default=str(USUAL_URGENCY))),
        "use": choice_of(reader.heads.cell(row, "use"), USES, default="MEDICAL"),
        "due_at": due_at.isoformat() if due_at else None,
        "asked_at": asked_at.isoformat() if asked_at else None,
        "source": reader.text(row, "source") or reader.table.name,
        "note": reader.text(row, "note"),
        "review": review,
    }
    if review in REVIEW_WORDS or (reader.has("review") and not review):
        line.doubts.append(REVIEW_WORDS.get(review, REVIEW_WORDS["UNREVIEWED"]))
    said = ("item_text", "basis", "number", "unit", "spec", "people", "days", "daily", "due_at", "asked_at", "source")
    key, _ = reader.key(fold(receiver.text), line.payload["city"], *(line.payload.get(name) for name in said))
    line.payload["key"] = str(key)
    name = found.entry.name if found.status is ResolutionStatus.EXACT and found.entry else receiver.text
    line.text = f"{name} · {item_text} × {_in_words(line.payload)}"
    return line


def _read_amount(reader: Reader, row: Row, line: Line, item_text: str) -> bool:
    """Quantity, people × days, or no limit, into the payload; False where nothing is asked."""
    people, days = reader.whole(row, "people"), reader.whole(row, "days")
    cell = reader.heads.cell(row, "amount")
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", reader.text(row, "amount"))).casefold()
    daily_cell = reader.heads.cell(row, "daily_use")
    line.payload |= {"people": people, "days": days, "daily": None, "number": None, "unit": "", "spec": ""}
    if _NO_LIMIT.search(text):
        line.payload["basis"] = "NO_LIMIT"
        reader.find_item(line, reader.heads.cell(row, "item"), item_text)
        return True
    if text:
        line.payload["basis"] = "QUANTITY"
        amount = reader.amount(row)
        item = reader.find_item(line, reader.heads.cell(row, "item"), item_text)
        reader.count(line, row, item, amount)
        return bool(amount.number)
    if people is None or days is None:
        raise BadCell(
            f"Cell {cell.where} gives no amount, and people and days are not both given.",
            where=cell.where,
            found="",
            expected="a number, “no limit”, or people and days",
            cure="Ask how many people need it for how many days.",
        )
    line.payload["basis"] = "PEOPLE"
    if daily_cell.text:
        line.payload["daily"] = _daily_milli(daily_cell.text, daily_cell.where)
        check_bound(daily_cell, line.payload["daily"], COUNT_MAX)
    item = reader.find_item(line, reader.heads.cell(row, "item"), item_text)
    usual = item.daily_use_milli if item is not None else None
    check_bound(reader.heads.cell(row, "people"), people * days * (line.payload["daily"] or usual or 1000) // 1000)
    if item is not None and line.payload["daily"] is None and item.daily_use_milli is None:
        raise BadCell(
            f"How much of {item.name_zh} one person uses a day is not known.",
            where=daily_cell.where,
            found="",
            expected="a number per person and day",
            cure="Fill in the daily use, or set it in the catalogue.",
        )
    return True


def _read_entry(reader: Reader, row: Row, line: Line, entry: Amount) -> None:
    """One amount with its goods' name, typed into a cell with others."""
    line.payload |= {"basis": "QUANTITY", "people": None, "days": None, "daily": None}
    item = reader.find_item(line, reader.heads.cell(row, "amount"), entry.item)
    reader.count(line, row, item, entry)


def _daily_milli(text: str, where: str) -> int:
    try:
        milli = round(float(unicodedata.normalize("NFKC", text)) * 1000)
    except (ValueError, OverflowError):  # “inf” is a float too
        milli = 0
    if milli <= 0:
        raise BadCell(
            f"Cell {where} says “{text}”.", where=where, found=text, expected="a number above 0", cure="Write digits."
        )
    return milli


def _in_words(payload: dict[str, Any]) -> str:
    if payload["basis"] == "NO_LIMIT":
        return "不限"
    if payload["basis"] == "PEOPLE":
        return f"{payload['people']} 人 × {payload['days']} 天"
    return str(payload.get("amount", payload["number"]))


class _Hospitals:
    """The wuhan2020 files: a register of hospitals and their wishes at once, reviewed by the volunteers or not."""

    def __init__(self) -> None:
        self._items = catalogue.item_index()
        self._known = name_index(kinds=["SITE", "TEAM", "ORGANISATION"])
        self._new: list[NameEntry] = []
        self._met = Counter[UUID]()
        self._found: dict[tuple[str, str], NameResolution] = {}

    def lines(self, table: Table) -> list[Line | LineOutcome]:
        lines: list[Line | LineOutcome] = []
        for wish in wuhan2020.read(table):
            try:
                lines.append(self._line(wish))
            except BaogongError as error:
                lines.append(refused(wish.where, error))
        return lines

    def _line(self, wish: HospitalNeed) -> Line:
        if wish.flaw:
            raise BadCell(
                f"Cell {wish.where} cannot be read: {wish.flaw}.",
                where=wish.where,
                found=wish.found,
                expected="a count, 0 for none, 1 for no upper limit",
                cure="Write the count in plain digits.",
            )
        if not wish.hospital:
            raise BadCell(
                "The entry names no hospital.", where=wish.where, expected="a name", cure="Name the hospital."
            )
        check_length(Cell(wish.hospital, wish.where), NAME_MAX, max(wish.hospital, fold(wish.hospital), key=len))
        check_length(Cell(wish.city, wish.where), CITY_MAX)
        check_length(Cell(wish.address, wish.where), ADDRESS_MAX)
        if wish.count is not None:
            check_bound(Cell(str(wish.count), wish.where), wish.count)
        spec = wish.spec or wish.header_spec
        line = Line(wish.where)
        line.payload |= {
            "basis": "NO_LIMIT" if wish.count is None else "QUANTITY",
            "people": None,
            "days": None,
            "daily": None,
            "number": str(wish.count) if wish.count is not None else None,
            "unit": "",
            "spec": "",
            "item_text": wish.item,
            "receiver_text": wish.hospital,
            "receiver_kind": wish.receiver_kind,
            "city": wish.city,
            "address": wish.address,
            "standards": [ref.family for ref in read_standards(spec)],
            "urgency": USUAL_URGENCY,
            "use": "MEDICAL",
            "due_at": None,
            "asked_at": None,
            "source": wish.source or "wuhan2020",
            "note": wish.spec,
            "review": wish.review.value,
        }
        self._find_item(line, wish, line.payload)
        self._find_receiver(line, wish)
        if wish.review is not Review.REVIEWED:
            line.doubts.append(REVIEW_WORDS[wish.review.value])
        plain = derived_id(
            "needs", "wuhan2020", fold(wish.hospital), wish.city, wish.district, wish.item, wish.count, spec
        )
        line.payload["key"] = str(derived_id(plain, self._met[plain]))
        self._met[plain] += 1
        line.text = f"{wish.hospital} · {wish.item} × {_in_words(line.payload)}"
        return line

    def _find_item(self, line: Line, wish: HospitalNeed, payload: dict[str, Any]) -> None:
        found = self._items.find(wish.item)
        if found.status is FoundStatus.NONE:
            raise BadCell(
                f"The catalogue has no item “{wish.item}”.",
                where=wish.where,
                found=wish.item,
                expected="an item of the catalogue, by name, code or alias",
                cure="Add the item, or write this name as an alias of one.",
            )
        payload["item"] = str(found.item.id) if found.status is FoundStatus.EXACT and found.item else None
        if found.status is FoundStatus.LIKELY:
            goods = [each for each in found.candidates if each.item.unit != "FEN"]
            choices = tuple(Candidate(str(c.item.id), c.item.name_zh, c.score, c.why) for c in goods)
            line.questions.append(Question("item", wish.item, choices, may_be_new=False))
            return
        if found.item is not None:
            refuse_money(found.item, wish.where, wish.item)
        if wish.count is not None and found.item is not None:
            payload["amount"] = catalogue.to_base_units(found.item, wish.count).amount
            check_bound(Cell(str(wish.count), wish.where), payload["amount"])

    def _find_receiver(self, line: Line, wish: HospitalNeed) -> None:
        """
        A reviewed file is a register too: a name that is like no other, here or in the register, is a new receiver.

        One that is like another waits: 武汉第四医院 and 武汉市第四人民医院 may be one house or two.
        """
        key = (wish.city, fold(wish.hospital))
        if key not in self._found:
            self._found[key] = self._resolved(wish)
        found = self._found[key]
        line.payload["receiver"] = None
        if found.status is ResolutionStatus.EXACT and found.entry is not None:
            if not found.entry.key.startswith(NEW):
                line.payload["receiver"] = found.entry.key
        elif found.status is ResolutionStatus.LIKELY:
            choices = tuple(
                Candidate(candidate.entry.key, candidate.entry.name, candidate.score, candidate.why)
                for candidate in found.candidates
            )
            line.questions.append(Question("receiver", wish.hospital, choices))
        else:
            line.sure = min(line.sure, 0.9)

    def _resolved(self, wish: HospitalNeed) -> NameResolution:
        found = self._known.resolve(wish.hospital, city=wish.city)
        if found.status is ResolutionStatus.NONE:
            found = self._index_of_new.resolve(wish.hospital, city=wish.city)
        if found.status is ResolutionStatus.NONE:
            name = wish.hospital.strip()
            self._new.append(NameEntry(f"{NEW}{wish.receiver_kind}:{name}", wish.receiver_kind, name, wish.city))
            self.__dict__.pop("_index_of_new", None)
        return found

    @cached_property
    def _index_of_new(self) -> NameIndex:
        return NameIndex(self._new)


@dataclass(slots=True)
class Doubles:
    """
    Finds the same receiver asking for the same item again, in the book or earlier in the list.

    A person says whether it is the same need (its figure then becomes the need's) or another one.
    """

    now: datetime
    lines: Sequence[Line | LineOutcome]
    _here: dict[tuple[str, str], list[tuple[str, str, int | None]]] = field(default_factory=dict)
    _book: dict[tuple[str, str], list[NeedView]] | None = None

    def judged(self, line: Line, known: set[str]) -> LineOutcome:
        payload = line.payload
        if payload["key"] in known:
            return LineOutcome(line.where, Status.UNCHANGED, payload, line.text)
        who = payload["receiver"] or fold(payload["receiver_text"])
        if not payload.get("item"):
            return line.outcome()
        place = (who, payload["item"])
        earlier = [*self._of_book(place), *self._here.get(place, [])]
        self._here.setdefault(place, []).append((payload["key"], line.where, payload.get("amount")))
        if earlier and not any(question.asks == "receiver" for question in line.questions):
            found = f"{payload['receiver_text']} · {payload['item_text']} {_in_words(payload)}"
            choices = tuple(self._choice(payload, need, where, amount) for need, where, amount in earlier[:3])
            line.questions.append(Question("same_as", found, choices))
        return line.outcome()

    def _choice(self, payload: dict[str, Any], need: str, where: str, amount: int | None) -> Candidate:
        figures = [
            Figure(payload["receiver_text"], payload["item"], "", amount or 0, "earlier"),
            Figure(payload["receiver_text"], payload["item"], "", payload.get("amount") or 0, "now"),
        ]
        said = "不限" if amount is None else f"{amount:,}"
        if powers_of_ten(figures):
            return Candidate(need, f"{where}: {said}", 0.7, "the same receiver and item, a power of ten apart")
        is_equal = amount == payload.get("amount")
        why = "the same receiver, item and amount" if is_equal else "the same receiver and item"
        return Candidate(need, f"{where}: {said}", 0.95 if is_equal else 0.8, why)

    def _of_book(self, place: tuple[str, str]) -> list[tuple[str, str, int | None]]:
        if self._book is None:
            self._book = {}
            named = {line.payload["receiver"] for line in self.lines if isinstance(line, Line)}
            registered = [UUID(key) for key in named if key and not key.startswith(NEW)]
            for view in open_needs(receivers=registered):
                if not view.is_stale(self.now):
                    self._book.setdefault((str(view.receiver), str(view.item)), []).append(view)
        return [(str(view.id), view.source or "book", view.quantity) for view in self._book.get(place, [])]


class _Receivers:
    """The parties of a list's lines; one nobody knew is registered as the list names it, at the address it gives."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._new: dict[tuple[str, str, str], UUID] = {}

    def of(self, payload: dict[str, Any]) -> UUID:
        known = payload["receiver"]
        if known and not known.startswith(NEW):
            return UUID(known)
        kind, name = payload["receiver_kind"], payload["receiver_text"]
        if known:
            kind, name = known.removeprefix(NEW).split(":", 1)
        key = (kind, name, payload["city"])
        if key not in self._new:
            self._new[key] = self._register(kind, name, payload)
        return self._new[key]

    def _register(self, kind: str, name: str, payload: dict[str, Any]) -> UUID:
        party = register_party(kind=kind, name=name, city=payload["city"], now=self._now)
        if kind == "SITE" and not places.sites(ids=[party]):
            add_site(party=party, role="RECEIVER", address=payload["address"])
        return party


def _same_again(need: UUID, payload: dict[str, Any], actor: Actor, now: datetime) -> None:
    row = Need.objects.get(pk=need)
    if payload["basis"] == "QUANTITY" and row.quantity != payload["amount"]:
        set_amount(need=need, quantity=payload["amount"], actor=actor, now=now, why=payload["source"])
    elif payload["basis"] == "PEOPLE":
        set_amount(
            need=need,
            people_count=payload["people"],
            days_count=payload["days"],
            daily_use_milli=payload["daily"],
            actor=actor,
            now=now,
            why=payload["source"],
        )
    renew(need=need, actor=actor, now=now)


def _asked(payload: dict[str, Any], receiver: UUID, now: datetime) -> Asked:
    by_people = payload["basis"] == "PEOPLE"
    return Asked(
        receiver=receiver,
        item=UUID(payload["item"]),
        quantity=payload["amount"] if payload["basis"] == "QUANTITY" else None,
        people_count=payload["people"] if by_people else None,
        days_count=payload["days"] if by_people else None,
        daily_use_milli=payload["daily"] if by_people else None,
        has_no_limit=payload["basis"] == "NO_LIMIT",
        urgency=payload["urgency"],
        standards=tuple(payload["standards"]),
        use=payload["use"],
        verified_how="ON_A_LIST",
        source=payload["source"],
        note=payload["note"],
        asked_at=datetime.fromisoformat(payload["asked_at"]) if payload["asked_at"] else None,
        due_at=datetime.fromisoformat(payload["due_at"]) if payload["due_at"] else None,
    )
