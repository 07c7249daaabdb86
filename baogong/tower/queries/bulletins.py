"""Bulletins as pages, API and commands read them; the lines a figure is made of; what was written later for their day."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery
from baogong.journal.clock import house_moment
from baogong.journal.queries import documents_by_id
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView, Step, step_of
from baogong.ledger.states import Reason, State
from baogong.tower.bulletins.measures import MEASURE, Audience, Span, carrier_of, measures_for, sign_of
from baogong.tower.bulletins.rows import COLUMNS, MONEY, rows_of
from baogong.tower.bulletins.words import SAID
from baogong.tower.models import Bulletin
from baogong.tower.queries.account import NOBODY, PublicName, public_names
from baogong.tower.services.bulletins import BulletinNotThere

READERS = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
HEADS_MAX, LINES_SHOWN, READ_AT_ONCE, READS_MAX, LATER_MAX = 400, 300, 1_000, 20, 100


@dataclass(frozen=True, slots=True)
class BulletinHead:
    """
    A bulletin in a list.

    state          DRAWN, WAITING (for the second signature), PUBLISHED, DROPPED (drawn again)
    hash           of what was published, in hexadecimal; "" before
    corrected_by   the newest published version of the day, where that is a later one
    """

    id: UUID
    day: date
    audience: str
    version: int
    state: str
    why: str
    words_zh: str
    words_en: str
    drawn_at: datetime
    drawn_by_name: str
    published_at: datetime | None
    document: UUID | None
    hash: str
    content_hash: str
    upto_seq: int
    corrected_by: UUID | None


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One figure, and what it is the sum of.

    what      a measure's name, `parcels.` and an act, or a list that the bulletin keeps and a column of it (`needs.asked`)
    by        "" the whole; else told apart by "place", "giver" or "site": `at` these, or with `is_rest` all but these
    amount    base units of the item, fen of money; parcels
    lines     how many lines of the book, acts or rows it is made of
    name      of a price: what the pack is sold as
    first_seq, last_seq  of the lines of the book: none of its lines lies before or after these
    """

    number: int
    what: str
    amount: int
    lines: int
    item: UUID | None = None
    by: str = ""
    at: frozenset[UUID] = frozenset()
    is_rest: bool = False
    name: str = ""
    first_seq: int = 0
    last_seq: int = 0

    @property
    def is_of_parcels(self) -> bool:
        return self.what.startswith("parcels.")

    @property
    def is_of_rows(self) -> bool:
        return self.what in COLUMNS

    @property
    def is_money_by_itself(self) -> bool:
        """Fen, whatever its item is counted in."""
        return self.what in MONEY


@dataclass(frozen=True, slots=True)
class BulletinView:
    """A bulletin with all it says; `content` as it was hashed."""

    head: BulletinHead
    content: Mapping[str, Any]
    figures: tuple[Figure, ...]

    @property
    def id(self) -> UUID:
        return self.head.id

    @property
    def window(self) -> Window:
        return Window(_moment(self.content["from_at"]), _moment(self.content["until_at"]))

    @property
    def taken_at(self) -> datetime:
        return _moment(self.content["taken_at"])

    @property
    def is_public(self) -> bool:
        return self.head.audience == Audience.PUBLIC

    def figure(self, number: int) -> Figure:
        """Raises NotFound."""
        if not 1 <= number <= len(self.figures):
            raise NotFound(
                f"This bulletin has no figure {number}.", where=str(number), expected=f"1 to {len(self.figures)}"
            )
        return self.figures[number - 1]

    def unnamed_for(self, item: UUID | None, what: str) -> frozenset[UUID]:
        """Communities of which this bulletin does not tell anything of this item apart: its lines do not name them either."""
        if not self.is_public:
            return frozenset()
        told: set[UUID] = set()
        for each in self.figures:
            if each.by == "place" and not each.is_rest and each.item == item and (item or each.what == what):
                told |= each.at
        return frozenset({UUID(each) for each in self.content["communities"]} - told)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """
    A line of the book that counts in a figure, an act of a parcel (then without item, proof and parties but one), or a row
    of a list that the bulletin keeps (then `source` is whom it is about).

    seq      the line's, the act's, or the row's place: what is given as `after` for those that follow
    amount   with its sign: what it adds, or takes away
    kind     of a row: what it is a row of, as `needs`
    about_zh, about_en  of a row: what else it says
    subject  of a row: the need or the basket, where whoever reads may open it
    shop_code  of a row: the shop's page
    """

    id: UUID | None
    seq: int
    at: datetime
    kind: str
    amount: int
    source: PublicName = NOBODY
    target: PublicName = NOBODY
    waybill: str = ""
    about_zh: str = ""
    about_en: str = ""
    subject: UUID | None = None
    shop_code: str = ""


@dataclass(frozen=True, slots=True)
class FigureLines:
    """
    `next_after`: there may be further lines, which begin after it. `sum`: of the lines given here.

    As much is read at once as one page is worth: of a figure with few lines far apart a page may hold fewer than asked for.
    """

    figure: Figure
    lines: tuple[FigureLine, ...]
    next_after: int | None

    @property
    def sum(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def is_whole(self) -> bool:
        """Whether the lines given here make the figure: added up, or as the lowest or highest of them."""
        if self.figure.what not in COLUMNS:
            return self.sum == self.figure.amount
        numbers = [line.amount for line in self.lines]
        return bool(numbers) and COLUMNS[self.figure.what].made(numbers) == self.figure.amount


@dataclass(frozen=True, slots=True)
class LaterLine:
    """Written after the bulletin was drawn, for its day or taking back a line of it; `what`: the measures it would change."""

    id: UUID
    at: datetime
    item: UUID
    amount: int
    what: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Later:
    """`has_more`: those are only the first; how many there are was not counted."""

    lines: tuple[LaterLine, ...]
    has_more: bool


def bulletins(
    *, audience: Audience | None = None, is_published: bool | None = None, limit: int = HEADS_MAX
) -> tuple[BulletinHead, ...]:
    """Those that stand (not drawn again), the newest day first; three queries at most."""
    rows = Bulletin.objects.exclude(state=Bulletin.State.DROPPED).defer("content")
    if audience is not None:
        rows = rows.filter(audience=audience.value)
    if is_published is not None:
        published = Bulletin.State.PUBLISHED
        rows = rows.filter(state=published) if is_published else rows.exclude(state=published)
    return _heads(list(rows.order_by("-day", "audience", "-version", "id")[:limit]))


def bulletin(id: UUID, *, seen_by: Actor | None = None) -> BulletinView:
    """
    One with all it says. Without `seen_by` only what everyone may read: published, and for the public.

    Raises BulletinNotThere, NotYourPlace.
    """
    row = Bulletin.objects.filter(pk=id).first()
    is_open = row is not None and row.audience == Audience.PUBLIC and row.state == Bulletin.State.PUBLISHED
    if row is None or (seen_by is None and not is_open):
        raise BulletinNotThere("There is no such bulletin.", where=str(id), cure="Open the list again.")
    if seen_by is not None:
        seen_by.require(*READERS)
    content = json.loads(row.content)
    return BulletinView(_heads([row])[0], content, tuple(_figure(each) for each in content["figures"]))


def text_of(id: UUID) -> str:
    """The very text whose hash the bulletin has."""
    return Bulletin.objects.values_list("content", flat=True).get(pk=id)


def lines_of(view: BulletinView, number: int, *, after: int = 0, limit: int = LINES_SHOWN) -> FigureLines:
    """
    Exactly the lines a figure is made of, in their order; those after `after` (a line's `seq`). Raises NotFound.

    Communities that the bulletin does not tell apart are not named in its lines.
    """
    figure = view.figure(number)
    if figure.is_of_rows:
        return _rows(view, figure, after, limit)
    shown, next_after = (_acts if figure.is_of_parcels else _moves)(view, figure, after, limit)
    unnamed = view.unnamed_for(figure.item, figure.what)
    names = public_names({at for _line, *parties in shown for at in parties if at is not None})

    def name(at: UUID | None) -> PublicName:
        known = names.get(at, NOBODY) if at is not None else NOBODY
        return PublicName("COMMUNITY") if at in unnamed else known

    lines = tuple(_named_line(line, name(source), name(target)) for line, source, target in shown)
    return FigureLines(figure, lines, next_after)


def later_lines(view: BulletinView) -> Later:
    """What was written for its day after it was drawn, and what takes back a line of it; five queries at most."""
    late = book.movements(window=view.window, since_seq=view.head.upto_seq, limit=LATER_MAX + 1)
    taken_back = book.corrections_of(view.window, since_seq=view.head.upto_seq, limit=LATER_MAX + 1)
    moves = {move.id: move for move in (*late, *taken_back)}
    lots = {lot.id: lot for lot in book.lots({move.lot for move in moves.values()})} if moves else {}
    measures = [each for each in measures_for(Audience(view.head.audience)) if each.span is Span.DAY]
    found = []
    steps = [(move, step_of(move, lots[move.lot])) for move in sorted(moves.values(), key=lambda move: move.seq)]
    kinds = _kinds([step for _move, step in steps])
    for move, step in steps[:LATER_MAX]:
        what = tuple(measure.name for measure in measures if sign_of(measure, step, kinds))
        if what:
            found.append(LaterLine(move.id, move.at, step.item, move.amount, what, move.reason))
    return Later(tuple(found), len(moves) > LATER_MAX)


Found = tuple[FigureLine, UUID | None, UUID | None]


def _moves(view: BulletinView, figure: Figure, after: int, limit: int) -> tuple[list[Found], int | None]:
    """The book read on from the figure's first line to its last, where such lines can be, until there are enough."""
    measure = MEASURE[figure.what]
    at = figure.at if figure.by else None
    window = view.window
    if measure.span is Span.START:
        window = Window(None, window.start_at)
    elif measure.span is Span.END:
        window = Window(None, window.end_at)
    assert figure.item is not None
    after = max(after, figure.first_seq - 1)
    found: list[Found] = []
    for _turn in range(READS_MAX):
        read = book.movements(
            items=[figure.item],
            window=window,
            tenses=measure.rule.tenses,
            ends=measure.rule.ends,
            holders=figure.at if figure.by != "giver" and figure.at and not figure.is_rest else None,
            donors=figure.at if figure.by == "giver" and not figure.is_rest else None,
            since_seq=after,
            upto_seq=figure.last_seq,
            limit=READ_AT_ONCE,
        )
        lots = {lot.id: lot for lot in book.lots({move.lot for move in read})}
        steps = [(move, step_of(move, lots[move.lot])) for move in read]
        kinds = _kinds([step for _move, step in steps]) if measure.on_foot is not None else {}
        for move, step in steps:
            if figure.by == "giver":
                is_of_them = (step.donor in figure.at) is not figure.is_rest
                sign = sign_of(measure, step, kinds) if is_of_them else 0
            else:
                sign = sign_of(measure, step, kinds, at, is_rest=figure.is_rest)
            if sign:
                if len(found) == limit:
                    return found, found[-1][0].seq
                found.append((_line(move, sign), move.source.holder, move.target.holder))
        if len(read) < READ_AT_ONCE:
            return found, None
        after = read[-1].seq
    return found, after


def _kinds(steps: Collection[Step]) -> dict[UUID, str]:
    """What each is who carries something in these; at most one query."""
    carriers = {carrier_of(step) for step in steps if State.ABOARD in (step.source.state, step.target.state)}
    return {id: name.kind for id, name in public_names(carriers).items()} if carriers else {}


def _line(move: MovementView, sign: int) -> FigureLine:
    kind = move.reason.value if move.tense == "POSTED" else f"{move.reason.value}.{move.tense.value}"
    return FigureLine(move.id, move.seq, move.at, kind, sign * move.amount)


def _acts(view: BulletinView, figure: Figure, after: int, limit: int) -> tuple[list[Found], int | None]:
    """Acts of the day up to the last one that was written down when the bulletin was drawn."""
    kind = figure.what.partition(".")[2]
    read = delivery.acts_between(
        kind,
        view.window,
        upto_seq=view.content["upto_act"],
        after_seq=after,
        communities=figure.at if figure.by else None,
        is_rest=figure.is_rest,
        limit=limit + 1,
    )
    found: list[Found] = [
        (
            FigureLine(None, act.seq, act.at_device, kind, 1, waybill="" if view.is_public else act.waybill),
            None,
            act.community,
        )
        for act in read[:limit]
    ]
    return found, read[limit - 1].seq if len(read) > limit else None


def _rows(view: BulletinView, figure: Figure, after: int, limit: int) -> FigureLines:
    found = [one for one in rows_of(view.content, figure.what, figure.name or str(figure.item)) if one[0] > after]
    lines = tuple(_row_line(view, figure, place, row, number) for place, row, number in found[:limit])
    return FigureLines(figure, lines, lines[-1].seq if len(found) > limit else None)


def _row_line(view: BulletinView, figure: Figure, place: int, row: Mapping[str, Any], number: int) -> FigureLine:
    """Whom the row is about, and what else it says, in both languages."""
    kind, parties = figure.what.partition(".")[0], view.content["parties"]

    def party(key: str) -> PublicName:
        known = parties.get(row[key]) or {}
        return PublicName(known.get("kind", ""), known.get("zh", ""), known.get("en") or known.get("zh", ""))

    at, about, source, subject = view.taken_at, ("", ""), NOBODY, None
    if kind == "needs":
        at = _moment(row["since"])
        source = PublicName("SITE", row["receiver"], row["receiver"])
        if row["is_stale"]:
            zh, en = SAID["unconfirmed_since"]
            about = zh % house_moment(at), en % house_moment(at)
        subject = row.get("need")
    elif kind == "baskets":
        source = party("community") if row["community"] else PublicName("COMMUNITY")
        (zh, en), supplier = SAID["supplied_by"], party("supplier")
        about = (zh % supplier.zh, en % supplier.en) if supplier.zh else about
        subject = row.get("basket")
    elif kind == "shops":
        source = party("shop")
    else:
        source = party("seller")
        size = SAID["weight"] if row["weight_g"] else SAID["units"]
        parts = [told % f"{row['weight_g'] or row['units']:,}" for told in size]
        about = f"{row['name']} · {parts[0]}", f"{row['name']} · {parts[1]}"
    return FigureLine(
        None, place, at, kind, number, source=source, about_zh=about[0], about_en=about[1],
        subject=UUID(subject) if subject else None, shop_code=row.get("code") or row.get("shop_code") or "",
    )  # fmt: skip


def _named_line(line: FigureLine, source: PublicName, target: PublicName) -> FigureLine:
    told = {field.name: getattr(line, field.name) for field in fields(line)}
    return FigureLine(**told | {"source": source, "target": target})


def _heads(rows: list[Bulletin]) -> tuple[BulletinHead, ...]:
    days = {row.day for row in rows}
    newest: dict[tuple[date, str], tuple[int, UUID]] = {}
    published = Bulletin.objects.filter(day__in=days, state=Bulletin.State.PUBLISHED)
    for id, day, audience, version in published.values_list("id", "day", "audience", "version").order_by("version"):
        newest[day, audience] = (version, id)
    waiting = {
        paper.id
        for paper in documents_by_id([row.document for row in rows if row.document and row.state == "WAITING"])
        if paper.state == "WAITING"
    }
    found = []
    for row in rows:
        version, last = newest.get((row.day, row.audience), (0, row.id))
        state = row.state
        if state == Bulletin.State.WAITING and row.document is not None and row.document not in waiting:
            state = Bulletin.State.DRAWN  # its paper was refused or taken back
        found.append(
            BulletinHead(
                id=row.id,
                day=row.day,
                audience=row.audience,
                version=row.version,
                state=str(state),
                why=row.why,
                words_zh=row.words_zh,
                words_en=row.words_en,
                drawn_at=row.drawn_at,
                drawn_by_name=row.drawn_by_name,
                published_at=row.published_at,
                document=row.document,
                hash=bytes(row.hash).hex() if row.hash and row.published_at else "",
                content_hash=bytes(row.content_hash).hex(),
                upto_seq=row.upto_seq,
                corrected_by=last if version > row.version else None,
            )
        )
    return tuple(found)


def _figure(said: Mapping[str, Any]) -> Figure:
    return Figure(
        number=said["number"],
        what=said["what"],
        amount=said["amount"],
        lines=said["lines"],
        item=UUID(said["item"]) if said.get("item") else None,
        by=said.get("by", ""),
        at=frozenset(UUID(at) for at in said.get("at", ())),
        is_rest=said.get("is_rest", False),
        name=said.get("name", ""),
        first_seq=said.get("first_seq") or 0,
        last_seq=said.get("last_seq") or 0,
    )


def audience_in(text: str, where: str = "audience") -> Audience:
    """Raises UnusableInput."""
    try:
        return Audience(text.strip().upper())
    except ValueError:
        raise UnusableInput(
            f"“{text[:40]}” are no readers of a bulletin. Nothing was drawn.",
            where=where,
            found=text[:40],
            expected=", ".join(Audience),
            cure="Say for whom it is: everyone (PUBLIC) or superiors (SUPERIORS).",
        ) from None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
