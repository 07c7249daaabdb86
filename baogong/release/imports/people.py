"""Lists of people whom others write down: who claims, who enters a draw; and addresses to which things can be brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from baogong.engine.release import Rule
from baogong.engine.sheets.kinds import ImportKind, LineOutcome, Status, register_kind
from baogong.engine.sheets.profiles import Column, Headers, match_headers
from baogong.engine.sheets.rows import Faults, need_columns, need_text
from baogong.engine.sheets.tables import BadCell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import resolve
from baogong.people.services.identity import sealer, unsealer
from baogong.release.identity import Person, address_tag, listed_ids, purpose_of
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
from baogong.release.models import Claim, Draw, DrawEntry, Tranche, VerifiedAddress
from baogong.release.services.claims import DESK, Contact, ListedClaim, claim_listed, contact_sealer
from baogong.release.services.entries import NONCE_SIZE, EntrantIn, enter_many
from baogong.release.services.registers import REGISTRARS, AddressIn, verify_addresses

_CONTACT = (Column("name", "姓名", "name", longest=80), *TAGGED)
CLAIMS = (
    *WHICH,
    Column("units", "领取数量", "quantity", is_required=True, also=("数量", "份数")),
    *_CONTACT,
)
ENTRANTS = (
    *WHICH,
    *_CONTACT,
    Column("nonce", "自选随机码", "own random code", longest=40, help_zh="32 位十六进制，空白由系统代选", help_en="32 hex digits; made here where blank"),
)  # fmt: skip
ADDRESSES = (
    Column("office", "投放单位", "office", is_required=True, longest=200),
    Column("address", "收货地址", "address", is_required=True, longest=300, also=("配送地址", "住址", "地址")),
    Column("region", "地区代码", "region", is_required=True, longest=12, also=("地区编码", "区划代码"), help_zh="如 420106", help_en="as 420106"),
    Column("waits_why", "暂不能送的原因", "why nothing can be brought now", longest=200, also=("不能送的原因", "备注"), help_zh="空白即可送达", help_en="blank where it can"),
)  # fmt: skip


def register() -> None:
    """Called when the room starts."""
    register_kind(
        ImportKind(
            "claims", "代办领取名单", "Claims written down by others", CLAIMS, classify_claims, apply_claims,
            duties=DESK, place="office", readers=(), is_private=True, keeps_file=False, asks_whose=True,
        )
    )  # fmt: skip
    register_kind(
        ImportKind(
            "entrants", "摇号报名名单", "Entrants of a draw", ENTRANTS, classify_entrants, apply_entrants,
            duties=DESK, place="office", readers=(), is_private=True, keeps_file=False, asks_whose=True,
        )
    )  # fmt: skip
    register_kind(
        ImportKind(
            "addresses", "核实地址名单", "Addresses somebody has verified", ADDRESSES, classify_addresses, apply_addresses,
            duties=REGISTRARS, place="office", readers=(), is_private=True, keeps_file=False, asks_whose=True,
        )
    )  # fmt: skip


def classify_claims(table: Table, profile: str | None, now: datetime, *, actor: Actor) -> tuple[LineOutcome, ...]:
    """One outcome a row; who stands there twice, or under no such number, is refused at the cell."""
    heads = match_headers(table, CLAIMS, profile, kind="claims")
    need_columns(table, CLAIMS, heads)
    return tuple(each_row(table, heads, CLAIMS, _Claims(heads, now, actor).line, None))


def apply_claims(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Each row claims by IMPORT, in the order of the list; what is refused by the rule is an answer. Raises NotOffered."""
    rows: dict[str, list[ListedClaim]] = defaultdict(list)
    unseal = unsealer()
    for one in fresh(lines):
        who = unseal_person(one["who"], unseal)
        rows[one["tranche"]].append(ListedClaim(who, one["units"], one["region"], one["sealed"]))
    for tranche, listed in sorted(rows.items()):
        claim_listed(tranche=UUID(tranche), rows=listed, actor=actor, now=now)


def classify_entrants(table: Table, profile: str | None, now: datetime, *, actor: Actor) -> tuple[LineOutcome, ...]:
    """One outcome a row. Who the rule does not serve is told when the list is brought in, not before."""
    heads = match_headers(table, ENTRANTS, profile, kind="entrants")
    need_columns(table, ENTRANTS, heads)
    return tuple(each_row(table, heads, ENTRANTS, _Entrants(heads, now, actor).line, None))


def apply_entrants(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Each row enters its tranche's draw. Raises DrawNotThere (its list is closed)."""
    rows: dict[str, list[EntrantIn]] = defaultdict(list)
    unseal = unsealer()
    for one in fresh(lines):
        nonce = bytes.fromhex(unseal(one["nonce"])) if one["nonce"] else b""
        rows[one["draw"]].append(EntrantIn(unseal_person(one["who"], unseal), nonce, one["region"], one["sealed"]))
    for draw, entrants in sorted(rows.items()):
        enter_many(
            draw=UUID(draw),
            entrants=entrants,
            channel="IMPORT",
            actor=actor,
            now=now,
            request_id=derived_id("release.entrants", draw, document or ""),
        )


def classify_addresses(table: Table, profile: str | None, now: datetime, *, actor: Actor) -> tuple[LineOutcome, ...]:
    """New addresses are added; one known with another region or another reason is matched; the same again unchanged."""
    heads = match_headers(table, ADDRESSES, profile, kind="addresses")
    need_columns(table, ADDRESSES, heads)
    return tuple(each_row(table, heads, ADDRESSES, _Addresses(heads, now, actor).line, None))


def apply_addresses(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """The office says that these addresses are there, in which region, and whether anything can be brought now."""
    rows: dict[str, list[AddressIn]] = defaultdict(list)
    unseal = unsealer()
    for one in fresh(lines):
        rows[one["office"]].append(AddressIn(unseal(one["sealed"]), one["region"], one["waits_why"]))
    for office, addresses in sorted(rows.items()):
        verify_addresses(office=UUID(office), addresses=addresses, actor=actor, now=now)


class _People:
    """Rows of people for tranches, each person once for each."""

    def __init__(self, heads: Headers, now: datetime, actor: Actor) -> None:
        self.heads, self.which = heads, Which(heads, now, within(actor))
        self._sealer = cache(partial(contact_sealer, now=now))

    def payload(self, row: Row, tranche: Tranche, who: Person) -> dict[str, Any]:
        """Tags, and what texting and handing over need, all of it enciphered under the city's key."""
        office = tranche.release.office_id
        text = {key: self.heads.text(row, key) for key in ("name", "phone", "household", "address", "region", "number")}
        return {
            "office": str(office),
            "tranche": str(tranche.id),
            "region": text["region"],
            "who": seal_person(who, partial(self.which.seal, office)),
            "sealed": self._sealer(self.which.purpose(office))(Contact(who.document, **text)),
        }


class _Claims(_People):
    def __init__(self, heads: Headers, now: datetime, actor: Actor) -> None:
        super().__init__(heads, now, actor)
        self._listed_ids = cache(partial(listed_ids, now=now))

    def line(self, row: Row) -> LineOutcome:
        faults = Faults()
        tranche = self.which.tranche(row)
        assert tranche.release.rule is not None
        most = Rule.read(tranche.release.rule.body).units_per_claim_max
        who = faults.of(lambda: self.which.first(row, tranche))
        units = faults.of(lambda: whole_number(self.heads.cell(row, "units"), most))
        faults.refuse()
        assert who is not None
        assert units is not None
        self.which.remember(row, tranche, who)
        payload = self.payload(row, tranche, who) | {"units": units}
        id_of = self._listed_ids(tranche.id, self.which.purpose(tranche.release.office_id))
        is_known = Claim.objects.filter(id=id_of(who.person)).exists()
        text = f"{tranche.release.code} {tranche.on.isoformat()} · {units}"
        return LineOutcome(row.where, Status.UNCHANGED if is_known else Status.ADDED, payload, text)


class _Entrants(_People):
    def __init__(self, heads: Headers, now: datetime, actor: Actor) -> None:
        super().__init__(heads, now, actor)
        self._draws: dict[UUID, UUID | None] = {}

    def line(self, row: Row) -> LineOutcome:
        faults = Faults()
        tranche = self.which.tranche(row)
        draw = faults.of(lambda: self._draw(row, tranche))
        who = faults.of(lambda: self.which.first(row, tranche))
        nonce = faults.of(lambda: self._nonce(row))
        faults.refuse()
        assert draw is not None
        assert who is not None
        self.which.remember(row, tranche, who)
        payload = self.payload(row, tranche, who) | {
            "draw": str(draw),
            "nonce": self.which.seal(tranche.release.office_id, nonce) if nonce else "",
        }
        is_known = DrawEntry.objects.filter(draw=draw, person=who.person).exists()
        text = f"{tranche.release.code} {tranche.on.isoformat()}"
        return LineOutcome(row.where, Status.UNCHANGED if is_known else Status.ADDED, payload, text)

    def _draw(self, row: Row, tranche: Tranche) -> UUID:
        if tranche.id not in self._draws:
            self._draws[tranche.id] = Draw.objects.filter(tranche=tranche).values_list("id", flat=True).first()
        found = self._draws[tranche.id]
        if found is None:
            cell = self.heads.cell(row, "day")
            raise BadCell(
                f"Cell {cell.where}: no draw is announced for this tranche.",
                where=cell.where,
                found=cell.text,
                expected="the day of a tranche whose draw is announced",
                cure="Announce the draw first, or correct the day.",
            )
        return found

    def _nonce(self, row: Row) -> str:
        cell = self.heads.cell(row, "nonce")
        try:
            code = bytes.fromhex(cell.text.strip())
        except ValueError:
            code = b"?"
        if code and (len(code) != NONCE_SIZE or not any(code)):
            raise BadCell(
                f"Cell {cell.where} is no random code.",
                where=cell.where,
                found="",
                expected="32 hex digits, or nothing",
                cure="Let the person choose it anew, or leave the cell empty.",
            )
        return code.hex()


class _Addresses:
    def __init__(self, heads: Headers, now: datetime, actor: Actor) -> None:
        self._heads, self._actor = heads, actor
        self._sealer = cache(lambda office: sealer(purpose=self._purpose(office), now=now))
        self._offices: dict[str, UUID] = {}
        self._purpose = cache(purpose_of)
        self._seen: dict[tuple[UUID, bytes], str] = {}

    def line(self, row: Row) -> LineOutcome:
        heads, faults = self._heads, Faults()
        office = self._office(row)
        cell = heads.cell(row, "address")
        tag = faults.of(lambda: self._tag(row, office))
        region = faults.of(lambda: self._region(row))
        faults.refuse()
        assert tag is not None
        assert region is not None
        self._seen[office, tag] = row.where
        why = heads.text(row, "waits_why").strip()
        known = VerifiedAddress.objects.filter(office=office, tag=tag).values_list("region", "waits_why").first()
        status = Status.ADDED if known is None else Status.UNCHANGED if known == (region, why) else Status.MATCHED
        payload = {"office": str(office), "region": region, "waits_why": why, "sealed": self._sealer(office)(cell.text)}
        return LineOutcome(row.where, status, payload, f"{region} {why}".strip())

    def _office(self, row: Row) -> UUID:
        cell = self._heads.cell(row, "office")
        name = need_text(cell, "the office's name")
        if name not in self._offices:
            found = resolve(name).party
            if found is None or not self._actor.may_any(*REGISTRARS, at=found.id):
                raise BadCell(
                    f"Cell {cell.where} names no office of the register.",
                    where=cell.where,
                    found=name,
                    expected="the office's name",
                    cure="Write the office as it is registered.",
                )
            self._offices[name] = found.id
        return self._offices[name]

    def _tag(self, row: Row, office: UUID) -> bytes:
        cell = self._heads.cell(row, "address")
        tag = address_tag(self._purpose(office), need_text(cell, "an address as it is written on a parcel"))
        if tag is None or (office, tag) in self._seen:
            raise BadCell(
                f"Cell {cell.where} is no address, or stands in the list already.",
                where=cell.where,
                found=self._seen.get((office, tag or b""), ""),
                expected="each address once",
                cure="Keep one of the two rows.",
            )
        return tag

    def _region(self, row: Row) -> str:
        cell = self._heads.cell(row, "region")
        region = need_text(cell, "the code of its region, as 420106")
        if not (region.isascii() and region.isdecimal() and 2 <= len(region) <= 12):
            raise BadCell(
                f"Cell {cell.where} is no code of a region.",
                where=cell.where,
                found=region,
                expected="the code of its region, as 420106",
                cure="Write 2 to 12 digits.",
            )
        return region
