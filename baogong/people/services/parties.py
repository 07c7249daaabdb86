"""Writes of the register of parties: who there is, how they are written, what never means them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.names import fold, fold_city, rules_out, sort_key
from baogong.kernel.errors import BaogongError, Kind, NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.people.models.parties import Alias, Party
from baogong.people.queries.merges import root_of


class NotAPartyKind(UnusableInput):
    code = "people.not-a-party-kind"


class NameMissing(UnusableInput):
    """A party or an alias without any letter or sign cannot be found again."""

    code = "people.name-missing"


class AliasContradicts(BaogongError):
    """A text was said to mean a party and never to mean it."""

    kind, code = Kind.REFUSED, "people.alias-contradicts"


@transaction.atomic
def register_party(
    *,
    kind: str,
    name: str,
    name_en: str = "",
    city: str = "",
    aliases: Collection[str] = (),
    note: str = "",
    now: datetime,
    request_id: UUID | None = None,
    confirmed_by: UUID | None = None,
) -> UUID:
    """
    Register a party, or find the one of this kind, name and city (or who speaks for it); either way with these
    aliases. Returns its id.

    kind  a value of `Party.Kind`
    city  with or without 市; "" where the party belongs to no city
    Raises NotAPartyKind, NameMissing, AliasContradicts, and RequestIdReused where the request id came with another
    kind, name or city before.
    """
    key, city = fold(name), fold_city(city)
    if kind not in Party.Kind.values:
        raise NotAPartyKind(
            f"“{kind}” is no kind of party.",
            where="kind",
            found=kind,
            expected=", ".join(Party.Kind.values),
            cure="Use one of the kinds named.",
        )
    if not key:
        raise NameMissing(
            "A party needs a name.", where="name", found=name, expected="letters or signs", cure="Write its name."
        )
    found = Party.objects.filter(kind=kind, name_key=key, city=city).values_list("id", flat=True).first()
    if request_id is not None:
        own = derived_id("party", request_id)
        if found != own and Party.objects.filter(pk=own).exists():
            raise RequestIdReused(
                "This request registered another party before; nothing was changed.",
                found=str(request_id),
                expected="a new request id",
                cure="Repeat the request with an id of its own.",
            )
    if found is None:
        # Two writers may register the same name at once: the constraint keeps one, and both read it back.
        row = Party(
            id=derived_id("party", request_id) if request_id else new_id(),
            kind=kind,
            name=name.strip(),
            name_en=name_en.strip(),
            name_key=key,
            sort_key=sort_key(name.strip()),
            city=city,
            note=note,
            created_at=now,
        )
        Party.objects.bulk_create([row], ignore_conflicts=True)
        found = Party.objects.values_list("id", flat=True).get(kind=kind, name_key=key, city=city)
    found = root_of(found)
    for alias in aliases:
        add_alias(party=found, text=alias, now=now, confirmed_by=confirmed_by)
    return found


@transaction.atomic
def change_party(*, party: UUID, name_en: str | None = None, note: str | None = None) -> None:
    """Change what does not identify a party; None leaves a field as it is. Raises NotFound."""
    row = _locked(party)
    if name_en is not None:
        row.name_en = name_en.strip()
    if note is not None:
        row.note = note
    row.save(update_fields=["name_en", "note"])


@transaction.atomic
def add_alias(*, party: UUID, text: str, now: datetime, confirmed_by: UUID | None = None) -> None:
    """
    From now on this text means the party. Saying it again changes nothing.

    Raises NotFound, NameMissing, AliasContradicts where the text must never mean it.
    """
    _say(party, text, is_never=False, now=now, confirmed_by=confirmed_by)


@transaction.atomic
def never_alias(*, party: UUID, text: str, now: datetime, confirmed_by: UUID | None = None) -> None:
    """
    This text, alone or as part of a longer one, must never mean the party: 北京协和 is never 武汉协和.

    Where the party's own names hold the text, only the text alone is ruled out (see `names.rules_out`).
    Raises NotFound, NameMissing, AliasContradicts where the text is the party's name or an alias.
    """
    _say(party, text, is_never=True, now=now, confirmed_by=confirmed_by)


def _say(party: UUID, text: str, *, is_never: bool, now: datetime, confirmed_by: UUID | None) -> None:
    key = fold(text)
    if not key:
        raise NameMissing(
            "An alias needs letters or signs.", where="alias", found=text, expected="a text", cure="Write the alias."
        )
    row = _locked(party)
    if not is_never and key == row.name_key:
        return
    said = dict(Alias.objects.filter(party=row).values_list("key", "is_never"))
    if said.get(key) is is_never:
        return
    own = [row.name_key, *(known for known, never in said.items() if not never)]
    nevers = [known for known, never in said.items() if never]
    if (is_never and key in own) or (not is_never and any(rules_out(never, key, own) for never in nevers)):
        raise AliasContradicts(
            f"“{text}” cannot both mean {row.name} and never mean it; nothing was changed.",
            where=str(party),
            found=text,
            expected="a text that nobody has ruled on the other way",
            cure="Take back the earlier ruling first, or name another party.",
        )
    Alias.objects.create(
        party=row, text=text.strip(), key=key, is_never=is_never, confirmed_by_id=confirmed_by, created_at=now
    )


def _locked(party: UUID) -> Party:
    row = Party.objects.select_for_update(of=("self",)).filter(pk=party).first()
    if row is None:
        raise NotFound(f"There is no party {party}.", where=str(party), cure="Look it up by name.")
    return row
