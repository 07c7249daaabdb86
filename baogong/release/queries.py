"""What others may know of releases. Frozen answers, bounded, of the offices that are asked for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value

from baogong.engine import draw as engine
from baogong.engine.draw.bundle import (
    ANNOUNCEMENT,
    CLOSE,
    LEAVES,
    VERIFIER,
)
from baogong.engine.draw.draws import more_winners
from baogong.engine.draw.papers import read_close
from baogong.engine.release import Rule, charge, resident_fen
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.release.facts import OLDEST_DECADE, Answer
from baogong.release.identity import purpose_of
from baogong.release.luck import people_by_losses
from baogong.release.models import (
    Claim,
    Draw,
    DrawEntry,
    GoodsIn,
    PromiseAlert,
    Release,
    RuleTrial,
    RuleVersion,
    Tranche,
    Winner,
    WinnerList,
)
from baogong.release.offers import PROMISED, TAKEN, code_of, to_bring, why_not_reached
from baogong.release.receipts import Receipt, public_key, receipt_for

LIST_MAX = 500
PAPERS = ("announcement", "verifier", "close", "leaves", "beacon", "result")


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """`version` and `rule`: the one in force, before that the newest. `holder`: in whose accounts the book keeps its stock."""

    id: UUID
    code: str
    title_zh: str
    title_en: str
    city: str
    office: UUID
    office_name: str
    holder: UUID
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    state: str
    mode: str
    version: int
    digest: str
    rule: Mapping[str, Any]
    document: UUID | None
    opened_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One wording of a rule. `is_tried`: on a made-up city."""

    number: int
    rule: Mapping[str, Any]
    digest: str
    made_at: datetime
    made_by_name: str
    is_tried: bool


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial of one wording."""

    id: UUID
    version: int
    city: Mapping[str, Any]
    outcome: Mapping[str, Any]
    tried_at: datetime


@dataclass(frozen=True, slots=True)
class TrancheView:
    """
    left       what is neither promised nor handed over, reserves included
    seed_hash  published from the first moment; `seed` only once the opening minute has been judged
    """

    id: UUID
    release: UUID
    on: date
    region: str
    variant: str
    units: int
    admitted: int
    left: int
    standing: int
    opens_at: datetime
    closes_at: datetime
    shop_name: str
    factory_name: str
    source_name: str
    seed_hash: str
    seed: str
    draw: UUID | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What one bearer owes one payee for one part of what was handed over in the time asked for."""

    payee: str
    payee_name: str
    bearer: str
    part: str
    claims: int
    units: int
    fen: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """Claims and units by district."""

    region: str
    claims: int
    admitted: int
    units: int


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """
    One claim as whoever audits a release reads it: people are keyed tags, equal for equal people of one office.

    hold      in the book; None where nothing was promised
    channel   it came in by; used_in: SHOP or ONLINE where the right was redeemed, at `used_at`, told at `told_at`
    standby   its number behind an exhausted tranche, also once it has moved up
    """

    id: UUID
    release: UUID
    tranche: UUID
    on: date
    channel: str
    state: str
    code: str
    units: int
    at: datetime
    free_on: date | None
    standby: int | None
    hold: UUID | None
    person: bytes | None = field(repr=False)
    address: bytes | None = field(repr=False)
    used_in: str | None
    used_at: datetime | None
    told_at: datetime | None


def claim_rows(releases: Collection[UUID]) -> tuple[ClaimRow, ...]:
    """Every claim of these releases, refused ones too, in the order of their moments: what an audit counts."""
    rows = Claim.objects.filter(tranche__release__in=releases).order_by("at", "id")
    found = rows.values_list(
        "id", "tranche__release", "tranche", "tranche__on", "channel", "state", "code", "units", "at", "free_on",
        "standby_number", "hold", "person", "address", "redemption__channel", "redemption__at", "redemption__recorded_at",
    )  # fmt: skip
    made = []
    row: Any
    for row in found.iterator(chunk_size=10_000):
        tags = (None if tag is None else bytes(tag) for tag in row[12:14])
        made.append(ClaimRow(*row[:12], *tags, *row[14:]))
    return tuple(made)


def releases(*, offices: Collection[UUID] | None = None, state: str | None = None) -> tuple[ReleaseView, ...]:
    """Those of the offices (None: of all), in the order they were made."""
    rows = Release.objects.select_related("office", "item", "rule").prefetch_related("versions").order_by("id")
    if offices is not None:
        rows = rows.filter(office__in=offices)
    if state is not None:
        rows = rows.filter(state=state)
    return tuple(_release(row) for row in rows[:LIST_MAX])


def release(id: UUID) -> ReleaseView:
    """Raises NotFound."""
    row = Release.objects.select_related("office", "item", "rule").prefetch_related("versions").filter(id=id).first()
    if row is None:
        raise NotFound("There is no such release.", where=str(id), cure="Open the list anew.")
    return _release(row)


def trials(release: UUID) -> tuple[TrialView, ...]:
    """Of every wording, the newest first."""
    rows = RuleTrial.objects.filter(version__release=release).select_related("version").order_by("-id")[:100]
    return tuple(TrialView(row.id, row.version.number, row.city, row.outcome, row.tried_at) for row in rows)


def versions(release: UUID) -> tuple[VersionView, ...]:
    """Every wording, the newest first."""
    rows = RuleVersion.objects.filter(release=release).select_related("made_by").order_by("-number")
    rows = rows.annotate(is_tried=Exists(RuleTrial.objects.filter(version=OuterRef("pk"))))
    return tuple(
        VersionView(
            row.number, row.body, bytes(row.digest).hex(), row.made_at, row.made_by.name if row.made_by else "",
            row.is_tried,
        )
        for row in rows[:LIST_MAX]
    )  # fmt: skip


def tranches(release: UUID, *, on: date | None = None) -> tuple[TrancheView, ...]:
    """By day."""
    rows = _tranches().filter(release=release).order_by("on", "id")
    if on is not None:
        rows = rows.filter(on=on)
    return tuple(_tranche(row) for row in rows[:LIST_MAX])


def tranche(id: UUID) -> TrancheView:
    """Raises NotFound."""
    row = _tranches().filter(id=id).first()
    if row is None:
        raise NotFound("There is no such tranche.", where=str(id), cure="Open the list anew.")
    return _tranche(row)


def purpose_of_offer(tranche: UUID) -> tuple[UUID, str, bool] | None:
    """
    Whose release the tranche belongs to, the purpose its people's tags are bound to, and whether that stays: a draft's may
    end before it opens, an open release's people are not forgotten. None where there is no such tranche.
    """
    found = Tranche.objects.filter(id=tranche).values_list("release__office", "release__state").first()
    return found and (found[0], purpose_of(found[0]), found[1] != Release.State.DRAFT)


def office_of_claim(id: UUID) -> UUID:
    """Whose release it is of. Raises NotFound."""
    found = Claim.objects.filter(id=id).values_list("tranche__release__office", flat=True).first()
    if found is None:
        raise NotFound("There is no such claim.", where=str(id), cure="Check the number of the claim.")
    return found


def claim(id: UUID) -> Answer:
    """What became of a claim, for who knows its id. Raises NotFound."""
    row = Claim.objects.filter(id=id).first()
    if row is None:
        raise NotFound("There is no such claim.", where=str(id), cure="Check the number of the claim.")
    return Answer(
        row.id,
        row.state,
        row.units,
        row.code,
        row.free_on,
        row.standby_number,
        row.hold,
        row.keeps_until,
        was_seen=True,
    )


def settlement(release: UUID, *, since: date | None = None, until: date | None = None) -> tuple[Settled, ...]:
    """
    Who owes whom for what was handed over of the tranches of these days (both included), to the fen.

    A payee that is the tranche's own shop or factory has its name; the authority's is the office's.
    """
    row = Release.objects.select_related("rule", "office").filter(id=release).first()
    if row is None:
        raise NotFound("There is no such release.", where=str(release), cure="Open the list anew.")
    if row.rule is None:
        return ()
    rule = Rule.read(row.rule.body)
    handed = Claim.objects.filter(tranche__release=row, state=Claim.State.HANDED_OVER)
    if since is not None:
        handed = handed.filter(tranche__on__gte=since)
    if until is not None:
        handed = handed.filter(tranche__on__lte=until)
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    groups = handed.values_list("tranche__variant", "tranche__shop__name", "tranche__factory__name", "units")
    for variant, shop, factory, units, count in groups.annotate(count=Count("id")).order_by():
        names = {"SHOP": shop or "", "FACTORY": factory or "", "AUTHORITY": row.office.name}
        for one in charge(rule, units, variant):
            key = (one.payee.value, names.get(one.payee.value, ""), one.bearer.value, one.part.value)
            total = sums.setdefault(key, [0, 0, 0])
            for at, more in enumerate((count, count * units, count * one.fen)):
                total[at] += more
    return tuple(Settled(*key, *figures) for key, figures in sorted(sums.items()))


@dataclass(frozen=True, slots=True)
class AlertView:
    """A claim that is not handed over yet though its promise ends soon. `id`: the claim's."""

    id: UUID
    code: str
    office: UUID
    release: UUID
    title_zh: str
    title_en: str
    state: str
    due_at: datetime
    told_at: datetime


def promise_alerts(offices: Collection[UUID] | None) -> tuple[AlertView, ...]:
    """What offices (None: all) were told of and is not handed over yet, the first to end first."""
    rows = PromiseAlert.objects.select_related("claim__tranche__release__rule").filter(
        claim__state__in=PROMISED, claim__keeps_until=None, due_at=F("claim__due_at")
    )
    if offices is not None:
        rows = rows.filter(office__in=offices)
    found = []
    for row in rows.order_by("due_at", "claim")[:LIST_MAX]:
        release = row.claim.tranche.release
        body = release.rule.body if release.rule else {}
        found.append(
            AlertView(
                id=row.claim_id,
                code=code_of(row.claim_id),
                office=row.office_id,
                release=release.id,
                title_zh=body.get("title_zh", release.code),
                title_en=body.get("title_en", release.code),
                state=row.claim.state,
                due_at=row.due_at,
                told_at=row.told_at,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PromisesAtRisk:
    """Claims of one release whose office was told that their promised hours run out, and that are not handed over."""

    release: UUID
    office: UUID
    title_zh: str
    title_en: str
    count: int
    late_count: int
    first_due_at: datetime


def promises_at_risk(now: datetime) -> tuple[PromisesAtRisk, ...]:
    """By release, the first to end first; one query."""
    rows: Any = (
        PromiseAlert.objects.filter(claim__state__in=PROMISED, claim__keeps_until=None, due_at=F("claim__due_at"))
        .order_by()
        .values(
            "office",
            "claim__tranche__release",
            "claim__tranche__release__code",
            "claim__tranche__release__rule__body__title_zh",
            "claim__tranche__release__rule__body__title_en",
        )
        .annotate(count=Count("claim"), late=Count("claim", filter=Q(due_at__lte=now)), first=Min("due_at"))
        .order_by("first", "claim__tranche__release")[:LIST_MAX]
    )
    of, said = "claim__tranche__release", "claim__tranche__release__rule__body__title"
    return tuple(
        PromisesAtRisk(
            row[of],
            row["office"],
            row[f"{said}_zh"] or row[f"{of}__code"],
            row[f"{said}_en"] or row[f"{of}__code"],
            row["count"],
            row["late"],
            row["first"],
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class LostView:
    """A claim whose goods were lost on the way. `left`: units of its tranche that are free; `fen`: what the resident paid."""

    id: UUID
    code: str
    release: UUID
    title_zh: str
    title_en: str
    units: int
    unit: str
    left: int
    fen: int
    lost_at: datetime

    @property
    def may_be_brought(self) -> bool:
        """Whether enough is left to bring it once more."""
        return self.left >= self.units


def lost_claims(offices: Collection[UUID] | None) -> tuple[LostView, ...]:
    """Claims of these offices (None: of all) that wait to be brought again or ended, the longest waiting first."""
    rows = Claim.objects.filter(state=Claim.State.LOST).select_related(
        "tranche__release__rule", "tranche__release__item"
    )
    if offices is not None:
        rows = rows.filter(tranche__release__office__in=offices)
    found = []
    for row in rows.order_by("decided_at", "id")[:LIST_MAX]:
        tranche, release = row.tranche, row.tranche.release
        assert release.rule is not None  # nothing is claimed of a draft
        rule = Rule.read(release.rule.body)
        found.append(
            LostView(
                row.id, code_of(row.id), release.id, rule.title_zh, rule.title_en, row.units, release.item.unit,
                tranche.units - tranche.admitted, resident_fen(rule, row.units, tranche.variant), row.decided_at,
            )
        )  # fmt: skip
    return tuple(found)


def offices_bringing(offices: Collection[UUID] | None) -> tuple[tuple[UUID, str, int], ...]:
    """Office, its name, how many accepted claims of it are to be brought; those that have none are left out. By name."""
    rows = to_bring()
    if offices is not None:
        rows = rows.filter(tranche__release__office__in=offices)
    office = "tranche__release__office"
    groups = rows.values_list(office, f"{office}__name").annotate(n=Count("id")).order_by(f"{office}__name", office)
    return tuple((id, name, n) for id, name, n in groups[:LIST_MAX])


@dataclass(frozen=True, slots=True)
class RightView:
    """
    A claim somebody got something by, and what was promised of it.

    alert_at  when the office was told that the promise in force runs out; one whose goods were lost is promised anew
    """

    id: UUID
    channel: str
    units: int
    state: str
    region: str
    hold: UUID | None
    at: datetime
    due_at: datetime | None
    alert_at: datetime | None


def rights(release: UUID) -> tuple[RightView, ...]:
    """Every claim of a release that was ever admitted, by id: whatever became of it since."""
    alerts = PromiseAlert.objects.filter(claim=OuterRef("pk"), due_at=OuterRef("due_at")).values("told_at")
    rows = Claim.objects.filter(tranche__release=release, hold__isnull=False).annotate(alert_at=Subquery(alerts))
    return tuple(
        RightView(row.id, row.channel, row.units, row.state, row.region, row.hold, row.at, row.due_at, row.alert_at)
        for row in rows.order_by("id")
    )


def claims_by_channel(release: UUID) -> dict[str, int]:
    """Channel → how many claims came by it, refused ones too."""
    rows = Claim.objects.filter(tranche__release=release).values_list("channel").annotate(n=Count("id"))
    return dict(rows.order_by("channel"))


def served_twice(release: UUID) -> int:
    """How many persons hold more than one right of this release; of whom the city has forgotten nothing is known."""
    rows = Claim.objects.filter(tranche__release=release, state__in=TAKEN, person__isnull=False)
    return rows.values("person").annotate(n=Count("id")).filter(n__gt=1).order_by().count()


def goods_in(release: UUID) -> int:
    """Units of a release that came to those who hand them out and were disinfected."""
    return int(GoodsIn.objects.filter(tranche__release=release).aggregate(n=Sum("units", default=0))["n"])


@dataclass(frozen=True, slots=True)
class AddressWait:
    """A right that stands and waits, as nothing can be brought to its address now."""

    claim: UUID
    units: int
    at: datetime
    why: str


def waiting_for_the_way(release: UUID) -> tuple[AddressWait, ...]:
    """Rights of this release whose address cannot be reached now, the longest waiting first."""
    rows = Claim.objects.filter(tranche__release=release, state__in=(Claim.State.ADMITTED, Claim.State.ACCEPTED))
    found = (
        rows.annotate(why=why_not_reached("tranche__release__office")).filter(why__isnull=False).order_by("at", "id")
    )
    return tuple(AddressWait(*one) for one in found.values_list("id", "units", "at", "why")[:LIST_MAX])


def fairness(release: UUID) -> tuple[Fairness, ...]:
    """How claims fared by the region they named."""
    taken = Q(state__in=TAKEN)
    rows = (
        Claim.objects.filter(tranche__release=release)
        .values("region")
        .annotate(claims=Count("id"), admitted=Count("id", filter=taken), units=Sum("units", filter=taken, default=0))
        .order_by("region")
    )
    return tuple(Fairness(row["region"], row["claims"], row["admitted"], row["units"]) for row in rows[:LIST_MAX])


@dataclass(frozen=True, slots=True)
class FairnessByAge:
    """
    Claims and units by the road they came and the ten years their people were born in.

    born_from, born_until  years, both included; None: open at that end, and both None where no number told it
    """

    channel: str
    born_from: int | None
    born_until: int | None
    claims: int
    admitted: int
    units: int


def fairness_by_age(release: UUID) -> tuple[FairnessByAge, ...]:
    """How claims fared by channel and age, the oldest first; of a draw those who entered and drew no place count as well."""
    taken = Q(state__in=TAKEN)
    claims = (
        Claim.objects.filter(tranche__release=release)
        .values_list("channel", "born_decade")
        .annotate(claims=Count("id"), admitted=Count("id", filter=taken), units=Sum("units", filter=taken, default=0))
    )
    losers = (
        DrawEntry.objects.filter(draw__tranche__release=release, draw__drawn_at__isnull=False, left_at=None, rank=None)
        .values_list("channel", "born_decade")
        .annotate(claims=Count("id"), admitted=Value(0), units=Value(0))
    )
    sums: dict[tuple[str, int | None], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for channel, decade, *figures in claims.order_by().union(losers.order_by(), all=True):
        before = sums[channel, decade]
        sums[channel, decade] = (before[0] + figures[0], before[1] + figures[1], before[2] + figures[2])
    return tuple(
        FairnessByAge(
            channel,
            None if decade in (None, OLDEST_DECADE) else decade,
            None if decade is None else decade + 9,
            *figures,
        )
        for (channel, decade), figures in sorted(sums.items(), key=lambda one: (one[0][0], one[0][1] or 9999))
    )


def _release(row: Release) -> ReleaseView:
    version = row.rule or max(row.versions.all(), key=lambda one: one.number)
    body = version.body
    return ReleaseView(
        id=row.id,
        code=row.code,
        title_zh=body["title_zh"],
        title_en=body["title_en"],
        city=body["city"],
        office=row.office_id,
        office_name=row.office.name,
        holder=row.holder_id,
        item=row.item_id,
        item_zh=row.item.name_zh,
        item_en=row.item.name_en,
        unit=row.item.unit,
        state=row.state,
        mode=body.get("mode", "FIRST_COME"),
        version=version.number,
        digest=bytes(version.digest).hex(),
        rule=body,
        document=row.document,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def _tranches() -> QuerySet[Tranche]:
    """With the draw's id, and nothing of its papers, which may be large."""
    return Tranche.objects.select_related("shop", "factory", "source").annotate(draw_id=F("draw__id"))


def _tranche(row: Tranche) -> TrancheView:
    seed = bytes(row.seed)
    return TrancheView(
        id=row.id,
        release=row.release_id,
        on=row.on,
        region=row.region,
        variant=row.variant,
        units=row.units,
        admitted=row.admitted,
        left=row.units - row.admitted,
        standing=row.standing,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        shop_name=row.shop.name if row.shop else "",
        factory_name=row.factory.name if row.factory else "",
        source_name=row.source.name,
        seed_hash=sha256(seed).hexdigest(),
        seed=seed.hex() if row.opened_at else "",
        draw=row.draw_id,  # type: ignore[attr-defined]
    )


@dataclass(frozen=True, slots=True)
class DrawView:
    """
    state  ANNOUNCED, CLOSED, DRAWN
    root   of the closed list, hex; "" while it is open
    named  winners that later stock has reached, told in `later_count` papers
    receipts_key  hex: what the entrants' receipts are checked with
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
    root: str
    close_sha256: str
    drawn_at: datetime | None
    result_sha256: str
    winners: int
    standby: int
    named: int
    later_count: int
    receipts_key: str


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
    admitted: int
    refused: int


def draw(id: UUID) -> DrawView:
    """Raises NotFound."""
    row = draw_row(id, "leaves", "verifier", "beacon")
    paper = engine.read_announcement(bytes(row.announcement))
    close = read_close(bytes(row.close)) if row.close is not None else None
    result = json.loads(bytes(row.result)) if row.result is not None else {"winners": [], "standby": []}
    later = [bytes(one.paper) for one in row.later.order_by("number")]
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
        entries=close.entries if close else DrawEntry.objects.filter(draw=row, left_at=None).count(),
        root=close.root if close else "",
        close_sha256=engine.hash_of(bytes(row.close)) if row.close is not None else "",
        drawn_at=row.drawn_at,
        result_sha256=engine.hash_of(bytes(row.result)) if row.result is not None else "",
        winners=len(result["winners"]),
        standby=len(result["standby"]),
        named=sum(len(more_winners(one)) for one in later),
        later_count=len(later),
        receipts_key=public_key().hex(),
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
    )
    return made | {LEAVES: files[LEAVES]}


def next_odds(release: UUID, *, now: datetime) -> tuple[engine.NextOdds, ...]:
    """
    The odds of the next draw for who has lost so often, if as much is put out as last time and the same people enter.

    Empty before the first draw. Raises NotFound.
    """
    row = Release.objects.select_related("rule").filter(id=release).first()
    if row is None:
        raise NotFound("There is no such release.", where=str(release), cure="Open the list anew.")
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
            one.brought_at, one.admitted_at, *found[one.id],
        )
        for one in rows
    )  # fmt: skip


def draw_row(id: UUID, *without: str) -> Draw:
    """`without`: papers that are not asked for; a city's list is large."""
    row = Draw.objects.select_related("tranche__release").defer(*without).filter(id=id).first()
    if row is None:
        raise NotFound("There is no such draw.", where=str(id), cure="Open the list anew.")
    return row


def tranches_opening(window: Window) -> tuple[tuple[str, TrancheView], ...]:
    """Those that open within the window, each with the code of its release, by the moment. One query."""
    rows = _tranches().select_related("release").order_by("opens_at", "id")
    if window.start_at is not None:
        rows = rows.filter(opens_at__gte=window.start_at)
    if window.end_at is not None:
        rows = rows.filter(opens_at__lt=window.end_at)
    return tuple((row.release.code, _tranche(row)) for row in rows)
