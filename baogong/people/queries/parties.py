"""Reads of the register of parties."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameEntry, NameIndex, NameResolution, ResolutionStatus, fold_city
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.people.models.merges import Merge
from baogong.people.models.parties import Alias, Party
from baogong.people.queries.merges import houses

CITY_MAX = longest(Party, "city")
PARTIES_MAX = 2_000
NAME_MAX = longest(Party, "name")
_LONG_NUMBER = re.compile(r"(?<![\d-])(?!\d{4}-\d{1,2}-\d{1,2}(?!\d))\+?\d[\d -]{5,}[\dXx]")

_PERSON_WORD = (
    r"联系人|联系方式|联系电话|联络人|收货人|收件人|负责人|经办人|对接人|电话|手机|微信|"
    r"主任|护士长|护士|医生|大夫|老师|先生|女士|小姐|经理|院长|书记|科长|处长|队长|主管|同志|"
    r"(?i:contact|tel|phone|mobile|attn|dr|mr|mrs|ms)\b"
)
_CONTACT_BRACKET = re.compile(
    rf"\s*[(（\[【](?:[^()（）\[\]【】]*(?:{_PERSON_WORD})|[^()（）\[\]【】]*\d[\d -]{{5,}}[\dXx])[^()（）\[\]【】]*[)）\]】]"
)
_CONTACT_WORD = (
    r"(?:联系人|联系方式|联系电话|联络人|收货人|收件人|负责人|经办人|对接人|电话|手机|微信|"
    r"(?i:\b(?:contact|tel|phone|mobile|attn))\b)"
)
_CONTACT_TAIL = re.compile(rf"(?:[\s,，;；、]+{_CONTACT_WORD}|{_CONTACT_WORD}\s*[:：]).*$")
_HAN_NAME = r"[\u4e00-\u9fff]{1,3}(?:主任|护士长|护士|医生|大夫|老师|先生|女士|经理|院长|科长)?"
_NAME_BY_A_NUMBER = re.compile(
    rf"(?:(?:[\s,，;；、:：]+|(?<=[)）])){_HAN_NAME}|[,，;；:：]\s*[A-Za-z][A-Za-z. ]{{0,30}}?)"
    r"[\s:：]*\+?\d[\d -]{5,}[\dXx].*$"
)

__all__ = [
    "NAME_MAX",
    "Candidate",
    "NameInDoubt",
    "NameUnknown",
    "PartyView",
    "Resolution",
    "ResolutionStatus",
    "name_index",
    "parties",
    "party",
    "party_names",
    "resolve",
    "sure_party",
]


class NameInDoubt(UnusableInput):
    """A name that may mean one of several parties. A person says which; nobody guesses."""

    code = "people.name-in-doubt"


class NameUnknown(NotFound):
    """A name that is nobody's, nor near anybody's."""

    code = "people.name-unknown"


@dataclass(frozen=True, slots=True)
class PartyView:
    """
    A party; `aliases` are confirmed ways of writing it, `nevers` texts that must never mean it.

    merged_into   the party it was merged into, where a person said that it is that one written in another way
    """

    id: UUID
    kind: str
    name: str
    name_en: str
    city: str
    note: str
    sort_key: str
    aliases: tuple[str, ...] = ()
    nevers: tuple[str, ...] = ()
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A party a text may mean: `score` from 0 to 1, `why` for the person who decides."""

    party: PartyView
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """EXACT with `party`; LIKELY with `candidates`, best first, for a person; NONE with neither."""

    status: ResolutionStatus
    party: PartyView | None = None
    candidates: tuple[Candidate, ...] = ()


def party(party_id: UUID) -> PartyView:
    """Raises NotFound."""
    found = _views(_rows().filter(pk=party_id))
    if not found:
        raise NotFound(f"There is no party {party_id}.", where=str(party_id), cure="Look it up by name.")
    return found[0]


def parties(
    *,
    kinds: Collection[str] | None = None,
    city: str | None = None,
    ids: Collection[UUID] | None = None,
    most: int = PARTIES_MAX,
) -> tuple[PartyView, ...]:
    """
    Parties in the order of their sort keys, at most `most`; `city` with or without 市.

    Those merged into another are among them only where asked for by `ids`.
    """
    rows = _rows() if ids is not None else _not_merged(_rows())
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if city is not None:
        rows = rows.filter(city=fold_city(city))
    return _views(rows.order_by("sort_key", "id")[:most])


@dataclass(frozen=True, slots=True)
class Organisation:
    """For a list to choose from."""

    name: str
    city: str


def organisations() -> tuple[Organisation, ...]:
    """In the order of their sort keys, without those merged into another; one query."""
    rows = _not_merged(Party.objects.filter(kind=Party.Kind.ORGANISATION))
    found = rows.order_by("sort_key", "id").values_list("name", "city")[:PARTIES_MAX]
    return tuple(Organisation(name, city) for name, city in found)


def party_names(ids: Collection[UUID] | None = None) -> dict[UUID, tuple[str, str]]:
    """Names and English names ("" where there is none) of these parties, or of all, in the names' order; one query."""
    rows = (Party.objects.all() if ids is None else Party.objects.filter(pk__in=ids)).order_by("sort_key", "id")
    return {party_id: (name, name_en) for party_id, name, name_en in rows.values_list("id", "name", "name_en")}


def english_names() -> dict[str, str]:
    """
    Chinese name → English name of every organisation, site and team that has one; one query.

    Without the names that two of them share and that are two in English.
    """
    rows = Party.objects.filter(kind__in=NAMED_IN_PUBLIC).exclude(name_en="").values_list("name", "name_en")
    found: dict[str, set[str]] = {}
    for name, name_en in rows:
        found.setdefault(name, set()).add(name_en)
    return {name: next(iter(english)) for name, english in found.items() if len(english) == 1}


NAMED_IN_PUBLIC = ("ORGANISATION", "SITE", "TEAM")  # persons, households and vehicles are only called what they are


def without_contacts(text: str) -> str:
    """A house's name as the public may read it: without the person to ask for and the number, which lists write beside it."""
    text = _CONTACT_TAIL.sub("", _CONTACT_BRACKET.sub("", text))
    return without_numbers(_NAME_BY_A_NUMBER.sub(" …", text)).strip(" ,，;；、:：-") or "…"


def public_name(kind: str, name: str) -> str:
    """An organisation's, a site's or a team's name as the public may read it; "" where only the kind may be told."""
    return without_contacts(name) if kind in NAMED_IN_PUBLIC else ""


def without_numbers(text: str) -> str:
    """What the public may read of a text that people wrote: long numbers in it reach or name a person."""
    return _LONG_NUMBER.sub("…", text)


def kinds_and_names(ids: Collection[UUID]) -> dict[UUID, tuple[str, str, str]]:
    """Kind, name and English name ("" where there is none) of these parties, in the names' order; one query."""
    rows = Party.objects.filter(pk__in=ids).order_by("sort_key", "id").values_list("id", "kind", "name", "name_en")
    return {party_id: (kind, name, name_en) for party_id, kind, name, name_en in rows}


def resolve(text: str, *, city: str = "", kinds: Collection[str] | None = None) -> Resolution:
    """
    Whom a text means. Only an equal name or alias of one party is EXACT; a person decides everything else.

    For many texts take `name_index()` once instead.
    """
    found = name_index(kinds=kinds).resolve(text, city=city, kinds=kinds)
    return _with_parties(found)


def sure_party(text: str, *, kinds: Collection[str] | None = None) -> PartyView:
    """The one party a text surely means, by name, alias or id. Raises NameInDoubt with the candidates, NameUnknown."""
    try:
        known = [view for view in parties(ids=[UUID(text)]) if kinds is None or view.kind in kinds]
        found = Resolution(ResolutionStatus.EXACT, known[0]) if known else Resolution(ResolutionStatus.NONE)
    except ValueError:
        found = resolve(text, kinds=kinds)
    if found.party is not None:
        return found.party
    if not found.candidates:
        raise NameUnknown(
            f"“{text}” is nobody here. Nothing was written.",
            where=text,
            found=text,
            expected="a name, an alias or an id of the register",
            cure="Write the name as it stands in the list; for one that is new, drop in a list of parties at /lists/ first.",
        )
    likely = [candidate.party.name for candidate in found.candidates]
    raise NameInDoubt(
        f"“{text}” names nobody for certain. Nothing was written.",
        where=text,
        found=text,
        expected=likely,
        cure=f"Did you mean {' or '.join(likely)}? Write the name in full.",
        candidates=[
            {"id": str(each.party.id), "name": each.party.name, "city": each.party.city, "why": each.why}
            for each in found.candidates
        ],
    )


def name_index(*, kinds: Collection[str] | None = None) -> NameIndex:
    """
    All names as they stand now, to be asked many times; an entry's key is the party's id as text.

    The names of a party that was merged are names of the one that speaks for it.
    """
    merged = houses()
    rows = _rows() if kinds is None else _rows().filter(kind__in=kinds)
    views = _views(rows.order_by("sort_key", "id"))
    said: dict[UUID, list[PartyView]] = {}
    for view in views:
        if view.merged_into is not None:
            said.setdefault(merged.root(view.id), []).append(view)
    return NameIndex(
        NameEntry(
            str(view.id),
            view.kind,
            view.name,
            view.city,
            (*view.aliases, *(name for other in said.get(view.id, ()) for name in (other.name, *other.aliases))),
            (*view.nevers, *(never for other in said.get(view.id, ()) for never in other.nevers)),
        )
        for view in views
        if view.merged_into is None
    )


def _with_parties(found: NameResolution) -> Resolution:
    named = [found.entry] if found.entry else [candidate.entry for candidate in found.candidates]
    views = {str(view.id): view for view in _views(_rows().filter(pk__in=[entry.key for entry in named]))}
    return Resolution(
        found.status,
        views[found.entry.key] if found.entry else None,
        tuple(Candidate(views[given.entry.key], given.score, given.why) for given in found.candidates),
    )


def _not_merged(rows: QuerySet[Party]) -> QuerySet[Party]:
    return rows.exclude(pk__in=Merge.objects.filter(undone_at=None).values("merged"))


def _rows() -> QuerySet[Party]:
    """Parties with `kept`: whom each is merged into, and `written`: the other ways of writing it; one query."""
    merges = Merge.objects.filter(merged=OuterRef("pk"), undone_at=None)
    aliases = Alias.objects.filter(party=OuterRef("pk")).order_by("created_at", "id")
    return Party.objects.annotate(
        kept=Subquery(merges.values("kept")[:1]),
        written=ArraySubquery(aliases.values(written=JSONObject(text="text", is_never="is_never"))),
    )


def _views(rows: Iterable[Any]) -> tuple[PartyView, ...]:
    return tuple(
        PartyView(
            row.pk,
            row.kind,
            row.name,
            row.name_en,
            row.city,
            row.note,
            row.sort_key,
            tuple(alias["text"] for alias in row.written if not alias["is_never"]),
            tuple(alias["text"] for alias in row.written if alias["is_never"]),
            row.kept,
        )
        for row in rows
    )
