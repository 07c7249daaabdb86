"""The list of parties: reading it, previewing it, writing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets import ports
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, line_by_line, register_kind
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, NameResolution, fold, fold_city, rules_out
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.rows import (
    check_length,
    check_lengths,
    choice_of,
    need_columns,
    need_text,
    sound_text,
    split_list,
)
from baogong.engine.sheets.tables import BadCell, Row, Table
from baogong.kernel.actor import Actor
from baogong.people.models.identity import PersonalDatum
from baogong.people.models.parties import Alias, Party
from baogong.people.queries import parties as queries
from baogong.people.services import parties as services
from baogong.people.services.identity import keep_datum, seal, unseal

COLUMNS = (
    Column("name", "名称", "name", is_required=True, longest=queries.NAME_MAX, help_zh="全称", help_en="the full name"),
    Column("kind", "类型", "kind", help_zh="机构、站点、队伍、个人、车辆；空白为机构", help_en="organisation, site, team, person, vehicle; blank is organisation"),
    Column("name_en", "英文名", "name_en", longest=longest(Party, "name_en")),
    Column("city", "城市", "city", longest=longest(Party, "city"), help_zh="同名机构靠城市区分", help_en="tells parties of one name apart"),
    Column("aliases", "别名", "aliases", help_zh="用分号隔开", help_en="separated by semicolons"),
    Column("never", "绝不是", "never", help_zh="绝不能认作它的写法，用分号隔开", help_en="texts that must never mean it, separated by semicolons"),
    Column("note", "备注", "note"),
)  # fmt: skip
SAME_AGAIN_SCORE = 0.9


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    heads = match_headers(table, COLUMNS, profile, kind="parties")
    need_columns(table, COLUMNS, heads)
    index = queries.name_index()
    known = {str(view.id): view for view in queries.parties(most=1_000_000)}
    seen: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

    def read(row: Row) -> LineOutcome:
        check_lengths(row, COLUMNS, heads)
        return _line(row, heads, index, known, seen)

    return line_by_line(table, read)


def _line(
    row: Row,
    heads: Headers,
    index: NameIndex,
    known: dict[str, queries.PartyView],
    seen: dict[tuple[str, str], tuple[str, dict[str, Any]]],
) -> LineOutcome:
    words = load_profile("default")["party_kinds"]
    name = need_text(heads.cell(row, "name"), "a name")
    payload: dict[str, Any] = {
        "name": name,
        "kind": choice_of(heads.cell(row, "kind"), words, default=Party.Kind.ORGANISATION.value),
        "name_en": sound_text(heads.cell(row, "name_en")),
        "city": fold_city(sound_text(heads.cell(row, "city"))),
        "aliases": split_list(sound_text(heads.cell(row, "aliases"))),
        "never": split_list(sound_text(heads.cell(row, "never"))),
        "note": sound_text(heads.cell(row, "note")),
        "party": None,
    }
    if not fold(name):
        raise BadCell(
            "This name has no letter or sign.",
            where=heads.cell(row, "name").where,
            found=name,
            expected="a name",
            cure="Write the party's name.",
        )
    check_length(heads.cell(row, "name"), queries.NAME_MAX, fold(name))
    for column in ("aliases", "never"):
        for said in payload[column]:
            check_length(heads.cell(row, column), longest(Alias, "text"), max(said, fold(said), key=len))
    where, text = row.where, f"{name} {payload['city']}".strip()
    earlier = seen.get((fold(name), payload["city"]))
    if earlier:
        if earlier[1] == payload:
            return LineOutcome(where, Status.UNCHANGED, payload, text, found=f"the same as {earlier[0]}")
        raise BadCell(
            f"{name} stands in {earlier[0]} already, with other words beside it.",
            where=heads.cell(row, "name").where,
            found=name,
            expected=f"the same as {earlier[0]}, or another name",
            cure="Keep one of the two rows.",
        )
    seen[fold(name), payload["city"]] = (where, dict(payload))
    found = index.resolve(name, city=payload["city"])
    _check_rulings(row, heads, payload, known.get(found.entry.key) if found.entry else None)
    if found.entry and found.entry.kind == payload["kind"]:
        payload["party"] = found.entry.key
        status = Status.UNCHANGED if _says_nothing_new(payload, known[found.entry.key]) else Status.MATCHED
        return LineOutcome(where, status, payload, text)
    # A register is written with full names: only a nearly equal one stops a new party from being added.
    close = tuple(given for given in found.candidates if given.score >= SAME_AGAIN_SCORE)
    if found.entry or close:
        return _waiting(where, payload, text, replace(found, candidates=close))
    return LineOutcome(where, Status.ADDED, payload, text)


def _check_rulings(row: Row, heads: Headers, payload: dict[str, Any], view: queries.PartyView | None) -> None:
    """A text cannot mean a party and never mean it, neither within the row nor against what people ruled before."""
    own = [fold(text) for text in (payload["name"], *payload["aliases"], *(view.aliases if view else ()))]
    nevers = [fold(text) for text in (*payload["never"], *(view.nevers if view else ()))]
    for column in ("aliases", "never"):
        for text in payload[column]:
            key = fold(text)
            clash = key in own if column == "never" else any(rules_out(never, key, own[:1]) for never in nevers)
            if clash or not key:
                cell = heads.cell(row, column)
                raise BadCell(
                    f"“{text}” in cell {cell.where} cannot both mean {payload['name']} and never mean it.",
                    where=cell.where,
                    found=text,
                    expected="a text that nobody has ruled on the other way",
                    cure="Take the text out of one of the two columns, or take back the earlier ruling.",
                )


def _waiting(where: str, payload: dict[str, Any], text: str, found: NameResolution) -> LineOutcome:
    candidates = tuple(
        Candidate(given.entry.key, f"{given.entry.name} {given.entry.city}".strip(), given.score, given.why)
        for given in found.candidates
    )
    if found.entry:
        why = f"the same name, but a {found.entry.kind.lower()}"
        candidates = (Candidate(found.entry.key, found.entry.name, 0.95, why),)
    return LineOutcome(
        where,
        Status.WAITING,
        payload,
        text,
        sure=candidates[0].score,
        found=payload["name"],
        candidates=candidates,
        asks="party",
    )


def _says_nothing_new(payload: dict[str, Any], view: queries.PartyView) -> bool:
    known = {fold(text) for text in (view.name, *view.aliases)}
    nevers = {fold(text) for text in view.nevers}
    return (
        fold(payload["name"]) in known
        and all(fold(text) in known for text in payload["aliases"])
        and all(fold(text) in nevers for text in payload["never"])
        and payload["name_en"] in ("", view.name_en)
        and payload["note"] in ("", view.note)
    )


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Register the new, add to the known what the list says. A person's choice becomes an alias with their name to it."""
    KIND.require(actor)
    for line in lines:
        if not line.status.is_sound:
            continue
        given, by = line.payload, actor.person_id
        if given["party"] is None:
            party = services.register_party(
                kind=given["kind"], name=given["name"], city=given["city"], now=now, confirmed_by=by
            )
        else:
            party = UUID(given["party"])
            services.add_alias(party=party, text=given["name"], now=now, confirmed_by=by)
        for text in given["aliases"]:
            services.add_alias(party=party, text=text, now=now, confirmed_by=by)
        for text in given["never"]:
            services.never_alias(party=party, text=text, now=now, confirmed_by=by)
        if given["name_en"] or given["note"]:
            services.change_party(party=party, name_en=given["name_en"] or None, note=given["note"] or None)


class _Book:
    """The register of parties, as `engine.sheets.ports` asks for it."""

    def name_index(self, *, kinds: Collection[str] | None = None) -> NameIndex:
        return queries.name_index(kinds=kinds)

    def register(
        self, *, kind: str, name: str, name_en: str, city: str, aliases: Collection[str], now: datetime
    ) -> UUID:
        return services.register_party(kind=kind, name=name, name_en=name_en, city=city, aliases=aliases, now=now)

    def add_alias(self, *, party: UUID, text: str, now: datetime) -> None:
        services.add_alias(party=party, text=text, now=now)

    def keep_phone(self, *, party: UUID | None, key: str, phone: str, purpose: str, now: datetime) -> UUID:
        if party is None:
            party = services.register_party(kind="PERSON", name=key, now=now)
        keep_datum(party=party, what=PersonalDatum.What.PHONE, value=phone, purpose=purpose, now=now)
        return party

    def sealed(self, text: str) -> str:
        return seal(text)

    def unsealed(self, text: str) -> str:
        return unseal(text)


KIND = ImportKind("parties", "机构与队伍", "Parties", COLUMNS, classify, apply)


def register() -> None:
    """Called once when the room starts."""
    register_kind(KIND)
    ports.offer_party_book(_Book())
