"""What entrants and strangers see of a draw: one's own entry, who was drawn, every file and every proof. No name and no number."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from baogong.engine import draw as engine
from baogong.engine.draw.bundle import (
    ANNOUNCEMENT,
    BEACON,
    BLOCKS,
    CLOSE,
    LEAVES,
    PROOFS,
    PROOFS_MAX,
    RESULT,
    RULE,
    SUMS,
    VERIFIER,
    more_name,
)
from baogong.engine.draw.draws import more_winners
from baogong.engine.draw.entries import tree_of
from baogong.engine.draw.papers import read_beacon, read_close
from baogong.engine.release import Rule
from baogong.kernel.errors import NotFound
from baogong.people.services.identity import parties_ending_in
from baogong.release import offers
from baogong.release.codes import has_pickup_code, with_pickup_code
from baogong.release.identity import person, purpose_of
from baogong.release.luck import Luck, lucks
from baogong.release.models import Claim, Draw, DrawEntry, DrawStay, Release, Tranche
from baogong.release.queries import LIST_MAX, PAPERS, DrawView, draw, draw_bundle, draw_row, draw_rule, odds_of
from baogong.release.receipts import Receipt, receipt_for
from baogong.release.services.claims import Contact
from baogong.release.services.underway import is_void


@dataclass(frozen=True, slots=True)
class Staying:
    """
    A registration for the draws of a release, where losers stay in until they win or leave.

    entry      that stands for it now, or stood last
    draw       in whose list it stands, not drawn yet; None: it waits for the next one
    is_open    that list may still be left, and what was said for it changed
    refusal    why the list that was open last has not taken it in: the door's word, with `free_on`; "": it is in, or will be
    ended_at   when the person left or won (`has_won`), or the city forgot its people; None: none of these
    is_taken_out  it was ended at a desk, for who showed the document
    is_over    the release is closed before the person won or left: nobody is carried any more
    """

    entry: UUID
    draw: UUID | None
    closes_at: datetime | None
    beacon_at: datetime | None
    is_open: bool
    refusal: str
    free_on: str
    ended_at: datetime | None
    has_won: bool
    is_taken_out: bool
    is_over: bool

    @property
    def stays(self) -> bool:
        return self.ended_at is None and not self.is_over


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """
    An entry as its entrant sees it.

    place        WAITING (not drawn yet), LEFT (given up before the list closed), WINNER, LATER (moved up, or named by later stock), STANDBY, PASSED_OVER (the
                 household has its winners already) or LOST
    claim_state  of the right that came of it; "" where there is none
    keeps_until  until when that right is fetched, while it is there to be
    standing     so many stand by up to and with it, where it stands by
    losses       draws lost since the last win, this one counted; next_odds: 0 to 1 in the next draw, None: nobody can say
    is_taken_out  LEFT, by a desk that was shown the document
    is_changed   another entry has taken its place, in the same draw
    carried_from  the entries it was carried over from, the newest first: the number of the oldest opens it. Empty: the person
                 came for this draw
    stay         the registration it stands for, where losers stay in
    """

    id: UUID
    draw: UUID
    tranche: UUID
    release: UUID
    entered_at: datetime
    left_at: datetime | None
    receipt: Receipt
    place: str
    rank: int | None
    claim_state: str
    keeps_until: datetime | None
    standing: int
    losses: int
    next_odds: float | None
    is_changed: bool
    is_taken_out: bool
    carried_from: tuple[UUID, ...]
    stay: Staying | None

    @property
    def has_right(self) -> bool:
        return self.claim_state in offers.TAKEN


@dataclass(frozen=True, slots=True)
class Leaving:
    """
    How an entry was given up.

    left_at    when it left its list; None where that was closed, and the person is carried no further
    taken_out  at a desk, for who showed the document
    """

    entry: UUID
    left_at: datetime | None
    taken_out: bool


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A draw in a list, without its papers."""

    id: UUID
    tranche: UUID
    title_zh: str
    title_en: str
    city: str
    office_name: str
    closes_at: datetime
    beacon_at: datetime
    is_closed: bool
    drawn_at: datetime | None


def recent_draws(now: datetime, *, days: int = 14) -> tuple[DrawRow, ...]:
    """Of every city, the newest first: who enters, waits or has been drawn finds theirs."""
    rows = (
        Draw.objects.filter(announced_at__gt=now - timedelta(days=days))
        .annotate(is_closed=Q(close__isnull=False))
        .select_related("tranche__release__office", "tranche__release__rule")
        .defer(*PAPERS)
        .order_by("-announced_at", "id")
    )
    found = []
    for row in rows[:50]:
        release = row.tranche.release
        assert release.rule is not None
        body = release.rule.body
        found.append(
            DrawRow(
                row.id, row.tranche_id, body["title_zh"], body["title_en"], body["city"], release.office.name,
                row.closes_at, row.beacon_at, row.is_closed, row.drawn_at,
            )
        )  # fmt: skip
    return tuple(found)


def own_entry(id: UUID, *, now: datetime) -> OwnEntry:
    """One entry, for who has shown that it is theirs. Raises NotFound."""
    row = (
        DrawEntry.objects.select_related("draw__tranche__release__rule", "stay")
        .defer("draw__leaves", "draw__verifier", "draw__beacon")
        .annotate(is_changed=Exists(DrawEntry.objects.filter(came_from=OuterRef("id"), draw=OuterRef("draw"))))
        .filter(id=id)
        .first()
    )
    if row is None:
        raise NotFound("There is no such entry.", where="entry", cure="Check the code on the receipt.")
    tranche = row.draw.tranche
    release = tranche.release
    claim = Claim.objects.filter(id=id).first()
    losses, odds, standing = 0, None, 0
    place = _place_of(row, claim)
    if claim is not None and claim.state == Claim.State.STANDBY:
        line = Claim.objects.filter(tranche=tranche, state=claim.state, standby_number__lte=claim.standby_number)
        standing = line.count()
    if row.person is not None and place in ("LOST", "PASSED_OVER", "STANDBY"):
        losses = lucks(release.scope, [bytes(row.person)]).get(bytes(row.person), Luck()).losses
        odds = _odds_of(release, losses, now)
    stay, carried_from = _staying(row.stay, row, now) if row.stay else (None, ())
    return OwnEntry(
        row.id, row.draw_id, tranche.id, release.id, row.entered_at, row.left_at, receipt_for(row.draw, row), place, row.rank,
        claim.state if claim else "", _kept_until(claim.state, claim.keeps_until) if claim else None, standing, losses, odds, row.is_changed,
        row.taken_out_by_id is not None, carried_from, stay,
    )  # fmt: skip


def leaving(id: UUID, *, now: datetime) -> Leaving:
    """Raises NotFound."""
    own = own_entry(id, now=now)
    return Leaving(id, own.left_at, own.is_taken_out or (own.stay is not None and own.stay.is_taken_out))


def _staying(stay: DrawStay, row: DrawEntry, now: datetime) -> tuple[Staying, tuple[UUID, ...]]:
    """The registration, and the entries this one was carried over from, the newest first."""
    entries = {row.id: row}
    if row.id != stay.entry or row.is_carried:
        known = DrawEntry.objects.filter(stay=stay).select_related("draw")
        entries = {one.id: one for one in known.defer(*(f"draw__{paper}" for paper in PAPERS if paper != "close"))}
    found = entries[stay.entry]
    draw = None if found.draw.drawn_at is not None or is_void(found.draw, now) else found.draw
    staying = Staying(
        entry=found.id,
        draw=draw.id if draw else None,
        closes_at=draw.closes_at if draw else None,
        beacon_at=draw.beacon_at if draw else None,
        is_open=draw is not None and draw.close is None and now < draw.closes_at and found.left_at is None,
        refusal=stay.refusal if stay.ended_at is None else "",
        free_on=stay.free_on,
        ended_at=stay.ended_at,
        has_won=stay.won_by is not None,
        is_taken_out=stay.taken_out_by_id is not None,
        is_over=(
            row.draw.tranche.release.state != Release.State.OPEN
            and stay.ended_by is None
            and stay.won_by is None
            and stay.taken_out_by_id is None
        ),
    )
    carried_from, at = [], row
    while at.is_carried and at.came_from_id and entries[at.came_from_id].draw_id != at.draw_id:
        at = entries[at.came_from_id]
        carried_from.append(at.id)
    return staying, tuple(carried_from)


def following(ids: Collection[UUID]) -> tuple[UUID, ...]:
    """The entries that stand now for the registrations of these entries; none where losers do not stay in."""
    stays = DrawEntry.objects.filter(id__in=ids, stay__isnull=False).values_list("stay__entry", flat=True)
    return tuple(sorted(set(stays)))


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in its entrant's own list."""

    id: UUID
    title_zh: str
    title_en: str
    entered_at: datetime
    has_left: bool
    is_changed: bool
    is_drawn: bool
    claim_state: str
    keeps_until: datetime | None

    @property
    def has_right(self) -> bool:
        return self.claim_state in offers.TAKEN


def entries(ids: Collection[UUID]) -> tuple[EntryRow, ...]:
    """These entries, the newest first; what is not there is left out."""
    claim = Claim.objects.filter(id=OuterRef("id"))
    change = DrawEntry.objects.filter(came_from=OuterRef("id"), draw=OuterRef("draw"))
    rows = (
        DrawEntry.objects.filter(id__in=ids)
        .annotate(claim_state=Subquery(claim.values("state")), until=Subquery(claim.values("keeps_until")), is_changed=Exists(change))
        .order_by("-entered_at", "id")
        .values_list(
            "id", "draw__tranche__release__rule__body", "entered_at", "left_at", "is_changed", "draw__drawn_at",
            "claim_state", "until",
        )
    )  # fmt: skip
    return tuple(
        EntryRow(
            id, body["title_zh"], body["title_en"], at, left_at is not None, is_changed, drawn_at is not None, state or "",
            _kept_until(state, until),
        )
        for id, body, at, left_at, is_changed, drawn_at, state, until in rows[:LIST_MAX]
    )  # fmt: skip


def _kept_until(state: str | None, until: datetime | None) -> datetime | None:
    return until if state in (Claim.State.ADMITTED, Claim.State.ACCEPTED) else None


def entry_of(draw: UUID, contact: Contact) -> UUID | None:
    """The entry that stands in this draw for whom this tells; None where there is none. Raises PersonUnusable, NotFound."""
    office = draw_row(draw, *PAPERS).tranche.release.office_id
    who = person(office, document=contact.document, number=contact.number)
    return DrawEntry.objects.filter(draw=draw, person=who.person, left_at=None).values_list("id", flat=True).first()


def registration_of(draw: UUID, contact: Contact) -> tuple[UUID | None, bool]:
    """
    As `entry_of`, and whether it is of this draw: where losers stay in, one of another may stand for whom this tells.

    For a desk.
    """
    tranche = draw_row(draw, *PAPERS).tranche
    who = person(tranche.release.office_id, document=contact.document, number=contact.number)
    stays = DrawStay.objects.filter(
        release=tranche.release_id, region=tranche.region, variant=tranche.variant, ended_at=None, person=who.person
    )
    standing = DrawEntry.objects.filter(draw=draw, person=who.person, left_at=None).values_list("id", flat=True)
    here = standing.first()
    return (here, True) if here else (stays.values_list("entry", flat=True).first(), False)


def office_of_entry(id: UUID) -> UUID:
    """Whose draw it is of. Raises NotFound."""
    found = DrawEntry.objects.filter(id=id).values_list("draw__tranche__release__office", flat=True).first()
    if found is None:
        raise NotFound("There is no such entry.", where=str(id), cure="Check the code on the receipt.")
    return found


def _place_of(row: DrawEntry, claim: Claim | None) -> str:
    if row.left_at is not None:
        return "LEFT"
    if row.draw.result is None:
        return "WAITING"
    told = json.loads(bytes(row.draw.result))
    if row.rank is not None and row.rank <= len(told["winners"]):
        return "WINNER"
    if claim is not None and claim.state != Claim.State.REFUSED:
        return "STANDBY" if claim.state == Claim.State.STANDBY else "LATER"
    rule = row.draw.tranche.release.rule
    assert rule is not None  # nothing is put out of a draft
    if row.household is not None and Rule.read(rule.body).draw.household_winners_max:
        proof = draw_proof(row.draw_id, row.id)
        if proof is not None and proof["place"] == "HOUSEHOLD":
            return "PASSED_OVER"
    return "LOST"


def _odds_of(release: Release, losses: int, now: datetime) -> float | None:
    assert release.rule is not None
    counted = min(losses, Rule.read(release.rule.body).draw.losses_max)
    return next((one.odds for one in odds_of(release, now=now) if one.losses == counted), None)


def entries_of_code(code: str, last_four: str) -> tuple[UUID, ...]:
    """
    The entries with this pickup code whose entrant's document ends in these four; none where either is wrong.

    The caller paces who asks.
    """
    asked = with_pickup_code(code)
    if asked is None:
        return ()
    found = (
        DrawEntry.objects.filter(asked, claimant__isnull=False)
        .order_by("id")
        .values_list("id", "claimant", "draw__tranche__release__office")[: offers.SAME_CODE_MAX]
    )
    rows = [row for row in found if has_pickup_code(row[0], code)]
    ending: set[UUID] = set()
    for office in {row[2] for row in rows}:
        parties = [row[1] for row in rows if row[2] == office]
        ending |= parties_ending_in(parties=parties, purpose=purpose_of(office), last_four=last_four)
    return tuple(entry for entry, claimant, _office in rows if claimant in ending)


def draw_files(draw: DrawView) -> tuple[str, ...]:
    """The names of what `draw_bundle` gives, as far as the draw has come."""
    found: tuple[str, ...] = (ANNOUNCEMENT, VERIFIER, *((RULE,) if "rule_sha256" in draw.announcement else ()))
    if draw.root:
        found = (*found, CLOSE, LEAVES)
    if draw.drawn_at is None:
        return found
    proofs = (PROOFS,) if draw.winners + draw.standby <= PROOFS_MAX else ()
    later = (more_name(number) for number in range(1, draw.later_count + 1))
    return (*found, BEACON, RESULT, BLOCKS, SUMS, *proofs, *later)


def entered_by_clerk(release: UUID) -> tuple[tuple[str, str, int], ...]:
    """(clerk, channel, how many they entered in the release's draws), the most first."""
    rows = (
        DrawEntry.objects.filter(draw__tranche__release=release, taken_by__isnull=False)
        .values("taken_by__name", "channel")
        .annotate(n=Count("id"))
        .order_by("-n", "taken_by__name", "channel")
    )
    return tuple((row["taken_by__name"], row["channel"], row["n"]) for row in rows[:LIST_MAX])


def entered_today(clerk: UUID, since: datetime) -> tuple[tuple[str, str, str, int], ...]:
    """(title in Chinese, in English, channel, how many) of who this clerk has entered in draws since then."""
    body = "draw__tranche__release__rule__body__"
    rows = (
        DrawEntry.objects.filter(taken_by=clerk, entered_at__gte=since)
        .values(f"{body}title_zh", f"{body}title_en", "channel")
        .annotate(n=Count("id"))
        .order_by("-n", f"{body}title_zh", "channel")
    )
    return tuple(tuple(row.values()) for row in rows[:LIST_MAX])


def lot_of_tranche(id: UUID) -> UUID:
    """Raises NotFound."""
    found = Tranche.objects.filter(id=id).values_list("lot", flat=True).first()
    if found is None:
        raise NotFound("There is no such tranche.", where=str(id), cure="Open the list anew.")
    return found


def entries_by_channel(draw: UUID) -> tuple[tuple[str, int], ...]:
    """(channel, how many entered by it), the most frequent first."""
    rows = (
        DrawEntry.objects.filter(draw=draw, left_at=None)
        .values("channel")
        .annotate(n=Count("id"))
        .order_by("-n", "channel")
    )
    return tuple((row["channel"], row["n"]) for row in rows)


_STORED = {
    ANNOUNCEMENT: "announcement", VERIFIER: "verifier", CLOSE: "close", LEAVES: "leaves", BEACON: "beacon", RESULT: "result",
}  # fmt: skip


def draw_file(id: UUID, name: str) -> bytes | None:
    """One file of the bundle, byte for byte; None where there is none of this name yet. Raises NotFound."""
    if name in _STORED:
        stored = Draw.objects.filter(id=id).values_list(_STORED[name], flat=True).first()
        return None if stored is None else bytes(stored)
    if name == RULE:
        return draw_rule(draw_row(id, *(paper for paper in PAPERS if paper != "announcement")))
    found = draw(id)
    return _bundled(id, found.later_count)[name] if name in draw_files(found) else None


@lru_cache(maxsize=2)
def _bundled(id: UUID, later_count: int) -> dict[str, bytes]:
    """The bundle of a draw with so many papers on later stock; everybody asks for it on the same evening."""
    return {name: data for name, data in draw_bundle(id).items() if name not in _STORED}


@dataclass(frozen=True, slots=True)
class Placed:
    """Who was drawn, by entry, in order: winners, who stands by, and whom later stock has reached."""

    winners: tuple[UUID, ...]
    standby: tuple[UUID, ...]
    later: tuple[UUID, ...]


def placed(draw: UUID) -> Placed:
    """Nobody before it is drawn. Raises NotFound."""
    row = draw_row(draw, *(paper for paper in PAPERS if paper != "result"))
    if row.result is None:
        return Placed((), (), ())
    told = json.loads(bytes(row.result))
    later = [entry for one in row.later.order_by("number") for entry in more_winners(bytes(one.paper))]
    return Placed(*(tuple(map(UUID, one)) for one in (told["winners"], told["standby"], later)))


def draw_proof(id: UUID, entry: UUID) -> dict[str, Any] | None:
    """
    What shows an entry's place, for who knows its id: before the draw that it stands in the closed list, afterwards where
    the seed put it too. None where the list is open or has no such entry. Raises NotFound.
    """
    row = draw_row(id, *(paper for paper in PAPERS if paper != "close"))
    if row.close is None:
        return None
    found = _proven(id, row.drawn_at is not None)
    at = engine.row_of(found.records, entry.bytes)
    if at is None:
        return None
    if isinstance(found, engine.Prover):
        return found.proof(at)
    return engine.inclusion(found.announcement, found.close, found.records, found.tree, at)


@dataclass(frozen=True, slots=True)
class _Listed:
    announcement: engine.Announcement
    close: engine.Close
    records: engine.Records
    tree: engine.Tree


@lru_cache(maxsize=2)
def _proven(id: UUID, is_drawn: bool) -> engine.Prover | _Listed:
    """A closed list, or a whole draw, with its tree: neither ever changes, and everybody asks on the same evening."""
    row = draw_row(id)
    assert row.close is not None
    assert row.leaves is not None
    paper, close = bytes(row.announcement), read_close(bytes(row.close))
    records = engine.records_of(bytes(row.leaves))
    listed = _Listed(
        engine.read_announcement(paper), close, records, tree_of(bytes.fromhex(engine.hash_of(paper)), records)
    )
    if not is_drawn:
        return listed
    assert row.beacon is not None
    assert row.result is not None
    return engine.Prover.from_bundle(
        listed.announcement, close, read_beacon(bytes(row.beacon)), bytes(row.result), records=records, tree=listed.tree
    )
