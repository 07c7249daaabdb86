"""
One house registered twice is merged by a person, and the merge can be undone.

Merging writes one row and changes no other: whoever reads asks who speaks for whom (`queries.merges.houses`). So undoing
it restores exactly what was. The room that knows accounts and promises checks them first (`needs.services.houses`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.names import fold, rules_out
from baogong.kernel.errors import BaogongError, Kind, NotFound, RequestIdReused, UnusableInput
from baogong.people.models import Alias, Apart, Merge, Party

MERGEABLE = (Party.Kind.ORGANISATION, Party.Kind.SITE, Party.Kind.TEAM)


class NotOneHouse(BaogongError):
    """A team is no site, a person no office; the two cannot be one party."""

    kind, code = Kind.REFUSED, "people.not-one-house"


class SaidToBeApart(BaogongError):
    """A person said that these two are not one."""

    kind, code = Kind.REFUSED, "people.said-to-be-apart"


class MergedAlready(BaogongError):
    """One of the two is merged: it does not speak for itself any more."""

    kind, code = Kind.CONFLICT, "people.merged-already"


class MergeUndone(BaogongError):
    kind, code = Kind.CONFLICT, "people.merge-undone"


def lock_two(one: UUID, other: UUID) -> dict[UUID, Party]:
    """Both parties, locked in the order of their ids until the transaction ends. Raises NotFound."""
    rows = {row.pk: row for row in Party.objects.select_for_update().filter(pk__in=(one, other)).order_by("pk")}
    for party in (one, other):
        if party not in rows:
            raise NotFound(f"There is no party {party}.", where=str(party), cure="Look it up by name.")
    return rows


@transaction.atomic
def merge(
    *,
    kept: UUID,
    merged: UUID,
    evidence: Collection[tuple[str, str]],
    why: str,
    by: UUID | None,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    From now on `kept` speaks for `merged`. Returns the merge's id; the same request again is the same merge.

    Raises NotOneHouse, SaidToBeApart, MergedAlready, RequestIdReused, UnusableInput.
    """
    if kept == merged:
        raise UnusableInput("A party cannot be merged with itself.", where=str(kept))
    rows = lock_two(kept, merged)
    earlier = Merge.objects.filter(request_id=request_id).first()
    if earlier is not None:
        if (earlier.kept_id, earlier.merged_id) != (kept, merged):
            raise RequestIdReused(
                "This request merged two other parties before; nothing was changed.",
                where=str(request_id),
                cure="Send it under a new request id.",
            )
        return earlier.id
    _refuse_kinds(rows[kept], rows[merged])
    _refuse_apart(rows[kept], rows[merged])
    _refuse_merged(kept, merged)
    return Merge.objects.create(
        request_id=request_id,
        kept=rows[kept],
        merged=rows[merged],
        evidence=[{"code": code, "text": text} for code, text in evidence],
        why=why[:240],
        merged_at=now,
        merged_by_id=by,
    ).id


@transaction.atomic
def undo_merge(*, merge: UUID, why: str, by: UUID | None, now: datetime) -> tuple[UUID, UUID]:
    """Both speak for themselves again; returns (kept, merged). Raises NotFound, MergeUndone."""
    row = Merge.objects.select_for_update(of=("self",)).filter(pk=merge).first()
    if row is None:
        raise NotFound("There is no such merge.", where=str(merge), cure="Open the list again.")
    if row.undone_at is not None:
        raise MergeUndone("This merge was undone already; nothing was changed.", where=str(merge))
    row.undone_at, row.undone_by_id, row.undone_why = now, by, why[:240]
    row.save(update_fields=["undone_at", "undone_by", "undone_why"])
    return row.kept_id, row.merged_id


@transaction.atomic
def keep_apart(*, one: UUID, other: UUID, why: str, by: UUID | None, now: datetime) -> UUID:
    """These two are not one. Saying it again changes nothing. Raises MergedAlready where they are merged now."""
    if one == other:
        raise UnusableInput("A party is not two.", where=str(one))
    first, second = sorted((one, other))
    lock_two(first, second)
    if Merge.objects.filter(undone_at=None, kept__in=(one, other), merged__in=(one, other)).exists():
        raise MergedAlready(
            "These two are merged; nothing was changed.",
            where=str(one),
            cure="Undo the merge first, then keep them apart.",
        )
    facts: dict[str, Any] = {"why": why[:240], "said_at": now, "said_by_id": by}
    row, _ = Apart.objects.get_or_create(first_id=first, second_id=second, undone_at=None, defaults=facts)
    return row.id


@transaction.atomic
def take_apart_back(*, apart: UUID, by: UUID | None, now: datetime) -> None:
    """The two may be one after all. Raises NotFound."""
    if Apart.objects.filter(pk=apart, undone_at=None).update(undone_at=now, undone_by=by) != 1:
        raise NotFound("Nobody says any more that these two are apart.", where=str(apart))


def _refuse_kinds(kept: Party, merged: Party) -> None:
    kinds = {kept.kind, merged.kind}
    if not kinds <= set(MERGEABLE) or (Party.Kind.TEAM in kinds and len(kinds) > 1):
        raise NotOneHouse(
            f"{kept.name} ({kept.kind}) and {merged.name} ({merged.kind}) cannot be one party. Nothing was changed.",
            where=str(merged.pk),
            found=f"{kept.kind}, {merged.kind}",
            expected="two organisations or sites, or two visiting teams",
            cure="A visiting team keeps its own name wherever it lodges; keep the two apart.",
        )
    if merged.kind == Party.Kind.SITE and kept.kind != Party.Kind.SITE:
        raise NotOneHouse(
            f"{merged.name} is a place where goods arrive, {kept.name} is none. Nothing was changed.",
            where=str(merged.pk),
            found=f"{merged.kind} into {kept.kind}",
            expected="the site is kept",
            cure="Merge the other way round: keep the site.",
        )


def _refuse_apart(kept: Party, merged: Party) -> None:
    first, second = sorted((kept.pk, merged.pk))
    if Apart.objects.filter(first=first, second=second, undone_at=None).exists():
        raise _apart(kept, merged, "a person said that they are two")
    for party, other in ((kept, merged), (merged, kept)):
        own = [party.name_key, *Alias.objects.filter(party=party, is_never=False).values_list("key", flat=True)]
        theirs = [other.name_key, *Alias.objects.filter(party=other, is_never=False).values_list("key", flat=True)]
        for never in Alias.objects.filter(party=party, is_never=True).values_list("text", flat=True):
            if any(rules_out(fold(never), text, own) for text in theirs):
                raise _apart(kept, merged, f"“{never}” is never {party.name}")


def _apart(kept: Party, merged: Party, found: str) -> SaidToBeApart:
    return SaidToBeApart(
        f"{kept.name} and {merged.name} are kept apart: {found}. Nothing was changed.",
        where=str(merged.pk),
        found=found,
        expected="two parties that nobody ruled apart",
        cure="Take the ruling back first, if it was a mistake.",
    )


def _refuse_merged(kept: UUID, merged: UUID) -> None:
    gone = Merge.objects.filter(undone_at=None, merged__in=(kept, merged)).select_related("merged", "kept").first()
    if gone is not None:
        raise MergedAlready(
            f"{gone.merged.name} is merged into {gone.kept.name} already. Nothing was changed.",
            where=str(gone.merged_id),
            found=gone.kept.name,
            expected="two parties that speak for themselves",
            cure=f"Merge {gone.kept.name} instead, or undo the earlier merge.",
        )
