"""Lists other offices and shops send: winners chosen elsewhere, rights a shop has redeemed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.engine.release import Rule
from baogong.engine.sheets.dates import read_date
from baogong.engine.sheets.kinds import ImportKind, LineOutcome, Status, refused, register_kind
from baogong.engine.sheets.profiles import Column, Headers, match_headers
from baogong.engine.sheets.rows import Faults, need_columns, need_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.journal.locks import Busy
from baogong.journal.queries import document as document_view
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, NotYourPlace
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import PartyView, parties, resolve
from baogong.people.services.identity import unsealer
from baogong.release.errors import NotDisinfected, UnitsGivenOn
from baogong.release.facts import decade_of
from baogong.release.imports.rows import (
    TAGGED,
    WHICH,
    Which,
    each_row,
    fresh,
    seal_person,
    unseal_person,
    whole_number,
    within,
)
from baogong.release.models import Claim, Redemption, Tranche
from baogong.release.services.claims import DESK, HANDS, OPEN_STATES, told_at
from baogong.release.services.redemptions import (
    redeem,
    refuse_given_on,
    refuse_outside,
    right_of_tag,
    taken_back,
    tell_given_on,
)
from baogong.release.services.winners import SOURCE_MAX, WinnerIn, bring_winners, rows_dropped

WINNERS = (
    *WHICH,
    Column("units", "中签数量", "units won", is_required=True, also=("中签份数",)),
    Column("source", "摇号单位", "chosen by", is_required=True, longest=SOURCE_MAX, also=("名单来源", "公证单位")),
    Column("people_signed", "签署人数", "people signed for", is_required=True, also=("公证人数",), help_zh="来源单位签署的总人数，每行相同或只填首行", help_en="what the source signed for; the same in every row, or in the first only"),
    Column("units_signed", "签署数量", "units signed for", is_required=True, also=("公证数量", "公证份数")),
    *TAGGED,
)  # fmt: skip
REDEEMED = (
    *WHICH,
    Column("shop", "核销门店", "redeemed at", is_required=True, longest=200, also=("核销药店",)),
    Column("used_at", "核销时间", "redeemed when", is_required=True, also=("领取时间",), help_zh="年月日和时间", help_en="day and time"),
)  # fmt: skip


def register() -> None:
    """Called when the room starts."""
    register_kind(
        ImportKind(
            "winners", "外来中签名单", "Winners of another office", WINNERS, classify_winners, apply_winners,
            duties=DESK, place="office", readers=(), is_private=True, keeps_file=False, dropped=rows_dropped,
            asks_whose=True,
        )
    )  # fmt: skip
    register_kind(
        ImportKind(
            "redeemed", "门店核销清单", "Rights a shop has redeemed", REDEEMED, classify_redeemed, apply_redeemed,
            duties=HANDS, place="shop", readers=(), is_private=True, keeps_file=False, asks_whose=True,
        )
    )  # fmt: skip


def classify_winners(table: Table, profile: str | None, now: datetime, *, actor: Actor) -> tuple[LineOutcome, ...]:
    """One outcome a row; every problem of every row, and on the last line what the whole does not come to."""
    heads = match_headers(table, WINNERS, profile, kind="winners")
    need_columns(table, WINNERS, heads)
    reading = _Winners(heads, now, actor)
    return tuple(reading.whole(each_row(table, heads, WINNERS, reading.line, reading.total)))


def apply_winners(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One list under one document of two signatures for each tranche and source. Raises what `bring_winners` raises."""
    lists: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in fresh(lines):
        lists[one["tranche"], one["source"]].append(one)
    unseal = unsealer()
    for (tranche, source), rows in sorted(lists.items()):
        bring_winners(
            tranche=UUID(tranche),
            source=source,
            file_hash=bytes.fromhex(_hash_of_file(document)),
            people=rows[0]["people_signed"],
            units=rows[0]["units_signed"],
            winners=[_winner(row, unseal) for row in rows],
            actor=actor,
            now=now,
        )


def classify_redeemed(table: Table, profile: str | None, now: datetime, *, actor: Actor) -> tuple[LineOutcome, ...]:
    """One outcome a row: who has no right here, or has used it elsewhere already, is refused with where and when."""
    heads = match_headers(table, REDEEMED, profile, kind="redeemed")
    need_columns(table, REDEEMED, heads)
    reading = _Redeemed(heads, now, actor)
    return tuple(each_row(table, heads, REDEEMED, reading.line, None))


def apply_redeemed(
    lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime
) -> Sequence[LineOutcome]:
    """One redemption a line; one that was overtaken since the preview is told so, and leaves the others."""
    order = sorted(range(len(lines)), key=lambda at: (lines[at].payload["tranche"], lines[at].payload["claim"]))
    told = list(lines)
    for at in order:
        if lines[at].status.is_sound:
            told[at] = _redeemed(lines[at], actor=actor, document=document, now=now)
    return told


def _redeemed(line: LineOutcome, *, actor: Actor, document: UUID | None, now: datetime) -> LineOutcome:
    one = line.payload
    claim = UUID(one["claim"])
    try:
        redeem(
            claim=claim,
            channel="SHOP",
            at_place=UUID(one["shop"]),
            used_at=datetime.fromisoformat(one["used_at"]),
            document=document,
            actor=actor,
            now=now,
            request_id=derived_id("release.redeemed", one["claim"], one["used_at"], one["shop"]),
        )
    except UnitsGivenOn as error:
        tell_given_on(claim, actor=actor, now=now)
        return _waits(line, error, error.cure)
    except NotDisinfected as error:
        return _waits(
            line,
            error,
            "Write on the page of the shop's orders how many came in and with what they were disinfected; then look at this "
            "line again.",
        )
    except (NotYourPlace, Busy):  # nothing is wrong with the line
        raise
    except BaogongError as error:
        found = replace(refused(line.where, error, text=line.text), where=line.where, written=line.written)
        return replace(found, payload={"shop": one["shop"]})
    return line


def _waits(line: LineOutcome, error: BaogongError, cure: str) -> LineOutcome:
    """It waits for a person: once enough is free, or written down as disinfected, it is looked at anew."""
    return replace(
        line,
        status=Status.WAITING,
        sure=0.0,
        found=f"{error.found} / {error.expected}",
        cure=cure,
        may_look_again=True,
    )


class _Winners:
    """The rows of one list of winners, and what they come to."""

    def __init__(self, heads: Headers, now: datetime, actor: Actor) -> None:
        self._heads, self._which = heads, Which(heads, now, within(actor))
        self._signed: dict[tuple[UUID, str], tuple[int, int]] = {}

    def line(self, row: Row) -> LineOutcome:
        heads, faults = self._heads, Faults()
        tranche = self._which.tranche(row)
        assert tranche.release.rule is not None
        rule = Rule.read(tranche.release.rule.body)
        who = faults.of(lambda: self._which.first(row, tranche))
        units = faults.of(lambda: whole_number(heads.cell(row, "units"), rule.units_per_claim_max))
        source = faults.of(lambda: need_text(heads.cell(row, "source"), "who chose them").strip())
        signed = faults.of(lambda: self._signed_for(row, tranche, source or ""))
        faults.refuse()
        assert who is not None
        assert units is not None
        assert source is not None
        assert signed is not None
        self._which.remember(row, tranche, who)
        payload = {
            "tranche": str(tranche.id),
            "office": str(tranche.release.office_id),
            "row": row.where,
            "units": units,
            "source": source,
            "people_signed": signed[0],
            "units_signed": signed[1],
            "region": heads.text(row, "region"),
            "who": seal_person(who, partial(self._which.seal, tranche.release.office_id)),
        }
        text = f"{tranche.release.code} {tranche.on.isoformat()} · {source} · {units}"
        return LineOutcome(row.where, Status.ADDED, payload, text)

    def total(self, row: Row, cell: Cell) -> LineOutcome:
        """A total that the list states itself; what it must come to is asked of the whole list."""
        return LineOutcome(row.where, Status.NOTED, text=cell.text)

    def whole(self, outcomes: list[LineOutcome]) -> list[LineOutcome]:
        """Where rows and signed count differ, no row of that list is taken: each says by how much."""
        people: Counter[tuple[str, str]] = Counter()
        units: Counter[tuple[str, str]] = Counter()
        for one in outcomes:
            if one.status is Status.ADDED:
                key = (one.payload["tranche"], one.payload["source"])
                people[key] += 1
                units[key] += one.payload["units"]
        return [self._checked(one, people, units) for one in outcomes]

    def _checked(
        self, one: LineOutcome, people: Counter[tuple[str, str]], units: Counter[tuple[str, str]]
    ) -> LineOutcome:
        if one.status is not Status.ADDED:
            return one
        key = (one.payload["tranche"], one.payload["source"])
        signed = (one.payload["people_signed"], one.payload["units_signed"])
        if (people[key], units[key]) == signed:
            return one
        return LineOutcome(
            one.where,
            Status.REFUSED,
            text=one.text,
            sure=0.0,
            found=f"{people[key]} / {units[key]}",
            expected=f"{signed[0]} / {signed[1]}",
            cure="The sound rows do not come to the people and units that were signed for. Ask the source for the whole list.",
        )

    def _signed_for(self, row: Row, tranche: Tranche, source: str) -> tuple[int, int]:
        cells = self._heads.cell(row, "people_signed"), self._heads.cell(row, "units_signed")
        key = (tranche.id, source)
        if key in self._signed and not any(cell.text for cell in cells):
            return self._signed[key]
        people, units = (whole_number(cell, 10_000_000) for cell in cells)
        if self._signed.setdefault(key, (people, units)) != (people, units):
            first = self._signed[key]
            raise BadCell(
                f"Cell {cells[0].where} states another signed count than the rows above.",
                where=cells[0].where,
                found=f"{people} / {units}",
                expected=f"{first[0]} / {first[1]}",
                cure="Write what the source has signed for, the same in every row.",
            )
        return people, units


class _Redeemed:
    """The rows of one shop's list."""

    def __init__(self, heads: Headers, now: datetime, actor: Actor) -> None:
        self._heads, self._now = heads, now
        self._works_at = partial(actor.may_any, *HANDS)
        self._which = Which(heads, now, lambda tranche: any(self._works_at(at=desk) for desk in tranche.desks))
        self._seen: dict[UUID, str] = {}
        self._shops: dict[UUID, tuple[PartyView, ...]] = {}

    def line(self, row: Row) -> LineOutcome:
        heads = self._heads
        tranche = self._which.tranche(row)
        shop, at_cell = self._shop(row, tranche), heads.cell(row, "used_at")
        who = self._which.person(row, tranche)
        used_at = self._moment(at_cell)
        claim = right_of_tag(tranche.id, who.person)
        cell = heads.cell(row, "number")
        if claim is None:
            raise BadCell(
                f"Cell {cell.where}: this person has no right in this tranche.",
                where=cell.where,
                found="",
                expected="a person with a right in this tranche",
                cure="Ask the shop what it gave, and whom the person came for.",
            )
        payload = {
            "tranche": str(tranche.id),
            "shop": str(shop.id),
            "claim": str(claim),
            "used_at": used_at.isoformat(),
        }
        text = f"{tranche.release.code} {tranche.on.isoformat()} · {shop.name} · {told_at(used_at)}"
        line = LineOutcome(row.where, Status.ADDED, payload, text)
        used = Redemption.objects.filter(claim=claim).first()
        if used is not None and (used.channel, used.place_id, used.at) == ("SHOP", shop.id, used_at):
            return replace(line, status=Status.UNCHANGED)
        right, back = (
            Claim.objects.select_related("tranche__release").get(id=claim),
            taken_back(claim, shop.id, used_at),
        )
        is_over = right.state not in (*OPEN_STATES, Claim.State.EXPIRED)
        if used is not None or back is not None or claim in self._seen or is_over:
            told = f"{used.channel} {told_at(used.at)}" if used else f"taken back {told_at(back)}" if back else ""
            raise BadCell(
                f"Cell {cell.where}: this right is used or over already.",
                where=cell.where,
                found=told or self._seen.get(claim, right.state),
                expected="a right not used yet",
                cure="Somebody of the office looks at the shop’s paper beside what stands here.",
            )
        try:
            refuse_outside(right, used_at)
        except BaogongError as error:
            raise BadCell(
                f"Cell {at_cell.where}: the right did not run then.",
                where=at_cell.where,
                found=told_at(used_at),
                expected=_span(right),
                cure="Ask the shop for the day and the time; what it gave outside them, somebody of the office decides.",
            ) from error
        self._seen[claim] = row.where
        try:
            refuse_given_on(right)
        except UnitsGivenOn as error:
            return _waits(line, error, error.cure)
        return line

    def _shop(self, row: Row, tranche: Tranche) -> PartyView:
        cell = self._heads.cell(row, "shop")
        name = need_text(cell, "the shop's name")
        if tranche.id not in self._shops:
            own = [desk for desk in tranche.desks if self._works_at(at=desk)]
            self._shops[tranche.id] = parties(ids=own, most=len(own))
        known = self._shops[tranche.id]
        named = [one for one in known if one.name == name] or [one for one in known if one.id == resolve(name).party]
        if len(named) != 1:
            raise BadCell(
                f"Cell {cell.where}: this tranche is given out elsewhere.",
                where=cell.where,
                found=name,
                expected="、".join(one.name for one in known),
                cure="Write the shop as it is registered, or the tranche it gives out.",
            )
        return named[0]

    def _moment(self, cell: Cell) -> datetime:
        found = read_date(need_text(cell, "day and time, as 2020-02-05 14:30"))
        if isinstance(found, datetime):
            moment = found if found.tzinfo else timezone.make_aware(found, timezone.get_default_timezone())
            if moment <= self._now:
                return moment
        raise BadCell(
            f"Cell {cell.where} is no moment that has passed.",
            where=cell.where,
            found=cell.text,
            expected="day and time, as 2020-02-05 14:30",
            cure="Write when the right was redeemed.",
        )


def _span(right: Claim) -> str:
    """From when until when the right is there to be used."""
    return f"{told_at(right.at)} – {told_at(right.keeps_until) if right.keeps_until else ''}".strip()


def _winner(payload: dict[str, Any], unseal: Callable[[str], str]) -> WinnerIn:
    who = unseal_person(payload["who"], unseal)
    return WinnerIn(
        row=payload["row"],
        units=payload["units"],
        document=who.document,
        person=who.person,
        household=who.household,
        phone=who.phone,
        address=who.address,
        region=payload["region"],
        born_decade=decade_of(who.born_on),
    )


def _hash_of_file(document: UUID | None) -> str:
    assert document is not None, "a list is applied under its document"
    return str(document_view(document).body["sha256"])
