"""Draws of tranches, their entries and papers; winners another office has chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from baogong.engine import draw as engine
from baogong.engine.draw.bundle import (
    ANNOUNCEMENT,
    CLOSE,
    LEAVES,
    RULE,
    VERIFIER,
)
from baogong.engine.draw.draws import more_winners
from baogong.engine.draw.papers import read_beacon, read_close
from baogong.engine.release import Rule
from baogong.kernel.errors import NotFound
from baogong.release.luck import people_by_losses
from baogong.release.models import (
    Claim,
    Draw,
    DrawEntry,
    Release,
    Winner,
    WinnerList,
)
from baogong.release.queries.releases import LIST_MAX
from baogong.release.receipts import Receipt, public_key, receipt_for

PAPERS = ("announcement", "verifier", "close", "leaves", "beacon", "result")


@dataclass(frozen=True, slots=True)
class DrawView:
    """
    state  ANNOUNCED, CLOSED, DRAWN
    root   of the closed list, hex; "" while it is open
    missing_between      (first, last moment) to declare the announced source missing; None: there is no fallback
    missing_declared_at  since when it is on record as not having come
    fallback_at          from when on only the fallback counts, if the other was declared missing
    is_by_fallback       it was drawn from the fallback
    entries  who stands in the list; `carried` of them lost an earlier draw and stayed in, the others have come for this one
    left   who has given their entry up and entered no other; `taken_out` of them were at a desk with the document, without nonce
    named  winners that later stock has reached, told in `later_count` papers
    receipts_key  hex: what the entrants' receipts are checked with, as announced
    beacon  the paper of what came out, {} before
    """

    id: UUID
    tranche: UUID
    state: str
    is_drill: bool
    announcement_sha256: str
    announcement: Mapping[str, Any]
    announced_at: datetime
    closes_at: datetime
    beacon_at: datetime
    entries: int
    carried: int
    left: int
    taken_out: int
    root: str
    close_sha256: str
    missing_between: tuple[datetime, datetime] | None
    missing_declared_at: datetime | None
    fallback_at: datetime | None
    is_by_fallback: bool
    drawn_at: datetime | None
    result_sha256: str
    winners: int
    standby: int
    named: int
    later_count: int
    receipts_key: str
    beacon: Mapping[str, Any]

    def may_be_missing(self, now: datetime) -> bool:
        """Whether the announced source may be declared missing now."""
        if self.state != "CLOSED" or self.missing_between is None or self.missing_declared_at is not None:
            return False
        least, most = self.missing_between
        return least <= now.replace(microsecond=0) <= most

    def waits_for_fallback(self, now: datetime) -> bool:
        """Whether only the fallback counts from now on."""
        return (
            self.state == "CLOSED"
            and self.missing_declared_at is not None
            and self.fallback_at is not None
            and now >= self.fallback_at
        )


@dataclass(frozen=True, slots=True)
class EntryView:
    """`rank`: place in the order drawn; None: neither winner nor standing by, or not drawn yet."""

    id: UUID
    draw: UUID
    commitment: str
    entered_at: datetime
    rank: int | None
    claim_state: str


@dataclass(frozen=True, slots=True)
class WinnersView:
    """One list of another office: what it was signed for, and what has come of it."""

    id: UUID
    tranche: UUID
    source: str
    sha256: str
    people: int
    units: int
    document: UUID
    brought_at: datetime
    admitted_at: datetime | None
    brought_by: UUID | None
    admitted: int
    refused: int


def draw(id: UUID) -> DrawView:
    """Raises NotFound."""
    row = draw_row(id, "leaves", "verifier", counted=_FIGURES)
    paper = engine.read_announcement(bytes(row.announcement))
    close = read_close(bytes(row.close)) if row.close is not None else None
    result = json.loads(bytes(row.result)) if row.result is not None else {"winners": [], "standby": []}
    later = [bytes(one.paper) for one in row.later.order_by("number")]
    standing, carried, left, taken_out = (getattr(row, name) or 0 for name in _FIGURES)
    return DrawView(
        id=row.id,
        tranche=row.tranche_id,
        state="DRAWN" if row.result is not None else "CLOSED" if close else "ANNOUNCED",
        is_drill=paper.is_drill,
        announcement_sha256=engine.hash_of(bytes(row.announcement)),
        announcement=paper.as_dict(),
        announced_at=row.announced_at,
        closes_at=row.closes_at,
        beacon_at=row.beacon_at,
        entries=close.entries if close else standing,
        carried=carried,
        left=left,
        taken_out=taken_out,
        root=close.root if close else "",
        close_sha256=engine.hash_of(bytes(row.close)) if row.close is not None else "",
        missing_between=paper.missing_between,
        missing_declared_at=row.missing_declared_at,
        fallback_at=paper.fallback.at if paper.fallback else None,
        is_by_fallback=row.beacon is not None and read_beacon(bytes(row.beacon)).is_fallback,
        drawn_at=row.drawn_at,
        result_sha256=engine.hash_of(bytes(row.result)) if row.result is not None else "",
        winners=len(result["winners"]),
        standby=len(result["standby"]),
        named=sum(len(more_winners(one)) for one in later),
        later_count=len(later),
        receipts_key=paper.receipts_key or public_key().hex(),
        beacon=json.loads(bytes(row.beacon)) if row.beacon is not None else {},
    )


def draws(release: UUID) -> tuple[DrawView, ...]:
    """Of its tranches, by day."""
    found = Draw.objects.filter(tranche__release=release).order_by("tranche__on", "id")
    return tuple(draw(one) for one in found.values_list("id", flat=True)[:LIST_MAX])


def office_of_draw(id: UUID) -> UUID:
    """Whose release it is of. Raises NotFound."""
    return draw_row(id, *PAPERS).tranche.release.office_id


def draw_entry(id: UUID) -> EntryView:
    """One entry, for who knows its id. Raises NotFound."""
    row = DrawEntry.objects.filter(id=id).first()
    if row is None:
        raise NotFound("There is no such entry.", where=str(id), cure="Check the number on the receipt.")
    state = Claim.objects.filter(id=id).values_list("state", flat=True).first()
    return EntryView(row.id, row.draw_id, bytes(row.commitment).hex(), row.entered_at, row.rank, state or "")


def entries_of(draw: UUID) -> dict[bytes, UUID]:
    """Person's tag → entry: who stands in it, for who can make the tags. Empty once the city has forgotten its people."""
    rows = DrawEntry.objects.filter(draw=draw, person__isnull=False, left_at=None).values_list("person", "id")
    return {bytes(tag): entry for tag, entry in rows.iterator(chunk_size=10_000) if tag is not None}


def receipt(entry: UUID) -> Receipt:
    """The receipt of an entry, for who knows its id: the same one, however often it is asked for. Raises NotFound."""
    row = DrawEntry.objects.select_related("draw").filter(id=entry).first()
    if row is None:
        raise NotFound("There is no such entry.", where=str(entry), cure="Check the number on the receipt.")
    return receipt_for(row.draw, row)


def draw_bundle(id: UUID) -> dict[str, bytes]:
    """
    Name → bytes of everything a stranger needs to check the draw, as far as it has come; no name and no number in it.

    Raises NotFound.
    """
    row = draw_row(id)
    files = {ANNOUNCEMENT: bytes(row.announcement), VERIFIER: bytes(row.verifier)}
    rule = draw_rule(row)
    if rule is not None:
        files[RULE] = rule
    if row.close is None or row.leaves is None:
        return files
    files |= {CLOSE: bytes(row.close), LEAVES: bytes(row.leaves)}
    if row.beacon is None:
        return files
    later = [bytes(one.paper) for one in row.later.order_by("number")]
    drawn = engine.draw(files[ANNOUNCEMENT], files[CLOSE], bytes(row.beacon), engine.records_of(files[LEAVES]))
    made = engine.bundle_of(
        drawn,
        announcement=files[ANNOUNCEMENT],
        close=files[CLOSE],
        beacon=bytes(row.beacon),
        later=later,
        verifier=files[VERIFIER],
        rule=rule,
    )
    return made | {LEAVES: files[LEAVES]}


def draw_rule(row: Draw) -> bytes | None:
    """The announced rule's document; None for a draw of the time before announcements named it."""
    if engine.read_announcement(bytes(row.announcement)).rule_sha256 is None:
        return None
    rule = row.tranche.release.rule
    assert rule is not None  # nothing is put out of a draft
    return Rule.read(rule.body).document()


def next_odds(release: UUID, *, now: datetime) -> tuple[engine.NextOdds, ...]:
    """
    The odds of the next draw for who has lost so often, if as much is put out as last time and the same people enter.

    Empty before the first draw. Raises NotFound.
    """
    row = Release.objects.select_related("rule").filter(id=release).first()
    if row is None:
        raise NotFound("There is no such release.", where=str(release), cure="Open the list anew.")
    return odds_of(row, now=now)


def odds_of(row: Release, *, now: datetime) -> tuple[engine.NextOdds, ...]:
    """The same of a release that was read with its rule."""
    last = Draw.objects.filter(tranche__release=row, drawn_at__isnull=False).order_by("drawn_at").last()
    if row.rule is None or last is None:
        return ()
    said = Rule.read(row.rule.body).draw
    memory = engine.Memory(said.pause_days, said.weight_per_loss, said.weight_max, said.by_waiting)
    places = engine.read_announcement(bytes(last.announcement)).winners_max
    people: dict[int, int] = {}
    for losses, count in people_by_losses(row.scope, pause_days=said.pause_days, now=now).items():
        losses = min(losses, said.losses_max)
        people[losses] = people.get(losses, 0) + count
    found = engine.odds(people, memory, places)
    return tuple(engine.NextOdds(losses, people[losses], found[losses]) for losses in sorted(people))


def winner_lists(release: UUID) -> tuple[WinnersView, ...]:
    """Of another office, the newest first."""
    rows = WinnerList.objects.filter(tranche__release=release).order_by("-brought_at", "id")[:LIST_MAX]
    states = Claim.objects.filter(id__in=Winner.objects.filter(list__in=[one.id for one in rows]).values("id"))
    found: dict[UUID, list[int]] = {one.id: [0, 0] for one in rows}
    whose = dict(Winner.objects.filter(list__in=list(found)).values_list("id", "list"))
    for claim, state in states.values_list("id", "state"):
        found[whose[claim]][state == Claim.State.REFUSED] += 1
    return tuple(
        WinnersView(
            one.id, one.tranche_id, one.source, bytes(one.file_hash).hex(), one.people, one.units, one.document,
            one.brought_at, one.admitted_at, one.brought_by_id, *found[one.id],
        )
        for one in rows
    )  # fmt: skip


def draw_row(id: UUID, *without: str, counted: Mapping[str, Any] | None = None) -> Draw:
    """`without`: papers that are not asked for; a city's list is large. `counted`: figures to be read with it."""
    rows = Draw.objects.select_related("tranche__release__rule").defer(*without).annotate(**counted or {})
    row = rows.filter(id=id).first()
    if row is None:
        raise NotFound("There is no such draw.", where=str(id), cure="Open the list anew.")
    return row


def _counted(entries: QuerySet[DrawEntry]) -> Subquery:
    return Subquery(entries.filter(draw=OuterRef("pk")).order_by().values("draw").annotate(n=Count("id")).values("n"))


_FIGURES = {
    "standing": _counted(DrawEntry.objects.filter(left_at=None)),
    "carried": _counted(DrawEntry.objects.filter(left_at=None, is_carried=True)),
    "left": _counted(
        DrawEntry.objects.exclude(left_at=None).exclude(
            Exists(DrawEntry.objects.filter(came_from=OuterRef("pk"), draw=OuterRef("draw")))
        )
    ),
    "taken_out": _counted(DrawEntry.objects.exclude(taken_out_by=None)),
}
