"""What residents, desks and the office see of tranches and claims. Frozen answers; no number, name or telephone in any."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from baogong.engine.release import CHOSEN_MODES, Mode, Rule, resident_fen
from baogong.kernel.errors import NotFound
from baogong.people.queries.parties import party_names
from baogong.people.services.identity import parties_ending_in
from baogong.places.queries.sites import sites
from baogong.release.codes import entry_number, has_pickup_code, pickup_code, with_pickup_code
from baogong.release.identity import purpose_of
from baogong.release.models import (
    ChannelReserve,
    Claim,
    Draw,
    DrawEntry,
    GoodsIn,
    Redemption,
    Release,
    Slot,
    Tranche,
    VerifiedAddress,
)

LIST_MAX = 500
SAME_CODE_MAX = 50
FETCHED = Q(tranche__release__rule__body__contains={"fulfilment": "PICKUP"})
"""Claims that are fetched at a desk. By what the rule contains: a rule that names no fulfilment is brought."""
ORDERED = Q(redemption__channel="ONLINE")
"""Rights used online: they are brought, whatever the rule says of the others."""
PROMISED = (Claim.State.ADMITTED, Claim.State.ACCEPTED, Claim.State.UNDERWAY, Claim.State.LOST)
TAKEN = (*PROMISED, Claim.State.HANDED_OVER)
IN_SHOP = (Claim.State.ADMITTED, Claim.State.ACCEPTED)  # promised, and not on the way


@dataclass(frozen=True, slots=True)
class OfferView:
    """
    One tranche as it is offered.

    left       neither promised nor handed over
    stands_at  where it is fetched: the shop that hands it out, or the place where the stock stands
    desks      whose people may hand it over
    seed_hash  of the lot of the opening minute, from the first moment; seed: once its claims are judged, in hex; "" without one
    """

    id: UUID
    release: UUID
    code: str
    title_zh: str
    title_en: str
    city: str
    office: UUID
    office_name: str
    office_name_en: str
    item_zh: str
    item_en: str
    unit: str
    rule: Rule
    is_open: bool
    region: str
    variant: str
    units: int
    left: int
    standing: int
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime | None
    stands_at: UUID
    stands_at_name: str
    desks: tuple[UUID, ...]
    has_many_shops: bool
    seed_hash: str
    seed: str

    @property
    def is_claimed(self) -> bool:
        """Whether a claim is how one comes by it; not where lots are drawn or another office has chosen who gets it."""
        return self.rule.mode not in CHOSEN_MODES

    @property
    def takes_orders(self) -> bool:
        """Whether whoever another office has chosen may have theirs brought, by looking the right up."""
        return self.rule.takes_orders

    @property
    def is_by_lot(self) -> bool:
        """Whether one enters a draw for it."""
        return self.rule.mode is Mode.DRAW

    @property
    def districts(self) -> tuple[str, ...]:
        """Of which a claimant chooses where the address lies; () where it makes no difference."""
        return self.rule.districts(self.region)

    @property
    def judged_at(self) -> datetime:
        """When the claims of the opening minute are judged; without one, the opening itself."""
        return self.opens_at + timedelta(seconds=self.rule.shuffle_s)

    def stage(self, now: datetime) -> str:
        """BEFORE, SHUFFLING, OPEN or OVER."""
        if not self.is_open or now >= self.closes_at:
            return "OVER"
        if now < self.opens_at:
            return "BEFORE"
        return "SHUFFLING" if now < self.judged_at and self.opened_at is None else "OPEN"


@dataclass(frozen=True, slots=True)
class PlaceView:
    """Where something is fetched. `address`: "" and the hours None where nobody wrote them down."""

    name_zh: str
    name_en: str
    address: str
    opens_at: time | None
    closes_at: time | None


@dataclass(frozen=True, slots=True)
class DrawTimes:
    """Until when one enters the draw of a tranche, when its beacon comes out, and the SHA-256 that fixes how it is drawn."""

    id: UUID
    closes_at: datetime
    beacon_at: datetime
    announcement_sha256: str
    is_drawn: bool
    rule: Rule

    def is_entered(self, now: datetime) -> bool:
        """Whether people may enter now: the list is open, and so is the time of the day."""
        return now < self.closes_at and self.rule.takes_at(now)

    def entered_again_at(self, now: datetime) -> datetime | None:
        """When people may enter again, where the list is open and nobody is taken in at this time of the day; else None."""
        again = self.rule.takes_again_at(now)
        return again if now < again < self.closes_at else None


@dataclass(frozen=True, slots=True)
class Kept:
    """Units that only another channel may take until then."""

    channel: str
    units: int
    until_at: datetime


@dataclass(frozen=True, slots=True)
class SlotView:
    """A time of an appointment and how many may still come then."""

    id: UUID
    from_at: datetime
    until_at: datetime
    left: int


@dataclass(frozen=True, slots=True)
class ClaimView:
    """
    One claim and its offer.

    code         the pickup code: for the claimant and who hands out; number: the entry number, for everybody else
    place        how many stand by up to and with it; 0 where it does not stand by
    is_ordered   the right was used online: it is brought, whatever the rule says of the others
    shop         in which the right was used, where that is written down; None: in none
    is_listed    its shop's own list told of that
    is_brought   delivery is part of its price
    has_moved_up  the right came by itself, to who stood by or by later stock of a draw: let pass, it costs no turn
    """

    id: UUID
    code: str
    number: str
    offer: OfferView
    units: int
    channel: str
    state: str
    refusal: str
    free_on: date | None
    place: int
    at: datetime
    decided_at: datetime
    keeps_until: datetime | None
    due_at: datetime | None
    slot_from: datetime | None
    slot_until: datetime | None
    taken_by: UUID | None
    is_ordered: bool
    shop: UUID | None
    is_listed: bool
    is_brought: bool
    has_moved_up: bool

    @property
    def is_kept(self) -> bool:
        """Whether it lies where it is fetched, until a moment that is told."""
        return self.keeps_until is not None and self.state in (Claim.State.ADMITTED, Claim.State.ACCEPTED)

    @property
    def is_fetched(self) -> bool:
        """Whether the claimant goes for it: by the rule, or as it is kept at the desk after couriers came in vain."""
        return self.keeps_until is not None or (self.offer.rule.fulfilment == "PICKUP" and not self.is_ordered)

    @property
    def fen(self) -> int:
        """What the resident pays for it."""
        return resident_fen(self.offer.rule, self.units, self.offer.variant, is_brought=self.is_brought)


@dataclass(frozen=True, slots=True)
class Counter:
    """How the claims of one tranche stand: claims by state, units."""

    claims: int
    admitted: int
    handed_over: int
    standing: int
    waiting: int
    refused: int
    expired: int
    cancelled: int
    units_taken: int
    units_handed: int


@dataclass(frozen=True, slots=True)
class ByClerk:
    """What one clerk typed of one release. `channel`: ORDERED of rights that others chose and the clerk ordered for their people."""

    clerk: UUID
    name: str
    channel: str
    claims: int
    admitted: int
    refused: int
    units: int
    last_at: datetime


def bears_delivery(rule: Rule, used_in: str | None) -> bool:
    """
    Whether delivery is part of a claim's price: where it is carried, also in vain; and of another office's winners, once they
    have used the right, only if it was ordered online.

    What its rule brings no desk hands out before couriers have carried it, so the rule tells what was carried.
    used_in  a channel of `Redemption`; None where no right was redeemed
    """
    if used_in is None or rule.mode is not Mode.IMPORTED:
        return rule.is_brought
    return used_in == Redemption.Channel.ONLINE


def has_moved_up(row: Claim) -> bool:
    """Whether the right came by itself, to who stood by."""
    return row.standby_number is not None and row.hold is not None


def later_of(claims: Collection[UUID]) -> frozenset[UUID]:
    """Those of these that later stock gave to who had lost a draw: nobody waited for them either."""
    return frozenset(DrawEntry.objects.filter(id__in=claims, rank=None).values_list("id", flat=True))


def on_offer(now: datetime, *, offices: Collection[UUID] | None = None) -> tuple[OfferView, ...]:
    """Tranches that are open or will open, of the offices (None: of all), the next to open first."""
    # Lots may be drawn after the tranche's own day.
    rows = _offers().filter(Q(closes_at__gt=now) | Q(draw__isnull=False, draw__drawn_at=None), release__state="OPEN")
    if offices is not None:
        rows = rows.filter(release__office__in=offices)
    return tuple(_offer(row) for row in rows.order_by("opens_at", "id")[:LIST_MAX])


def ordered_from(now: datetime, *, offices: Collection[UUID] | None = None) -> tuple[OfferView, ...]:
    """
    Stock of these offices (None: of all) of which somebody another office has chosen may still have theirs brought, also after
    its own day.
    """
    waits = Claim.objects.filter(tranche=OuterRef("pk"), state__in=(Claim.State.ADMITTED, Claim.State.ACCEPTED)).filter(
        Q(keeps_until=None) | Q(keeps_until__gt=now), redemption=None
    )
    rows = _offers().filter(Exists(waits), release__rule__body__mode=Mode.IMPORTED).order_by("opens_at", "id")
    if offices is not None:
        rows = rows.filter(release__office__in=offices)
    return tuple(one for row in rows[:50] if (one := _offer(row)).takes_orders)


@dataclass(frozen=True, slots=True)
class Opened:
    """A release that is open."""

    id: UUID
    title_zh: str
    title_en: str
    city: str
    office_name: str


def without_stock(now: datetime) -> tuple[Opened, ...]:
    """Releases that are open and of which nothing is on offer now or to come."""
    coming = Tranche.objects.filter(release=OuterRef("pk")).filter(
        Q(closes_at__gt=now) | Q(draw__isnull=False, draw__drawn_at=None)
    )
    rows = (
        Release.objects.filter(~Exists(coming), state="OPEN")
        .select_related("office", "rule")
        .order_by("opened_at", "id")
    )
    return tuple(
        Opened(row.id, body["title_zh"], body["title_en"], body["city"], row.office.name)
        for row in rows[:50]
        if row.rule is not None and (body := row.rule.body)
    )


def offer(tranche: UUID) -> OfferView:
    """Raises NotFound."""
    row = _offers().filter(id=tranche).first()
    if row is None:
        raise NotFound("There is no such tranche.", where=str(tranche), cure="Choose one of the list.")
    return _offer(row)


def places_of(offer: OfferView) -> tuple[PlaceView, ...]:
    """Where it is fetched, as whoever goes there has to know it: one place, or each shop that hands it out."""
    ids = offer.desks if offer.has_many_shops else (offer.stands_at,)
    known = {
        site.id: PlaceView(site.name, site.name_en or site.name, site.address, site.opens_at, site.closes_at)
        for site in sites(ids=ids)
    }
    names = {offer.stands_at: (offer.stands_at_name, "")}
    if missing := [one for one in ids if one not in known and one not in names]:
        names |= party_names(missing)
    return tuple(
        known.get(one) or PlaceView(names[one][0], names[one][1] or names[one][0], "", None, None) for one in ids
    )


def draw_times(tranche: UUID) -> DrawTimes | None:
    """None until its draw is announced."""
    rows = Draw.objects.filter(tranche=tranche).select_related("tranche__release__rule")
    row = rows.defer("leaves", "verifier", "close", "beacon", "result").first()
    if row is None:
        return None
    assert row.tranche.release.rule is not None  # nothing is put out of a draft
    return DrawTimes(
        row.id,
        row.closes_at,
        row.beacon_at,
        sha256(bytes(row.announcement)).hexdigest(),
        is_drawn=row.drawn_at is not None,
        rule=Rule.read(row.tranche.release.rule.body),
    )


@dataclass(frozen=True, slots=True)
class Announced:
    """Until when a draw is entered, when its beacon comes out, and whether people may enter its list now."""

    closes_at: datetime
    beacon_at: datetime
    is_entered: bool


def draws_announced(tranches: Collection[UUID], now: datetime) -> Mapping[UUID, Announced]:
    """Tranche → its draw; none where it is not announced yet. One query."""
    rows = (
        Draw.objects.filter(tranche__in=tranches).values_list("tranche", "closes_at", "beacon_at") if tranches else ()
    )
    return {tranche: Announced(closes, beacon, now < closes) for tranche, closes, beacon in rows}


def kept_from(channel: str, tranches: Collection[UUID], now: datetime) -> Mapping[UUID, tuple[Kept, ...]]:
    """Tranche → what is kept for other channels than this one now; no tranche of which nothing is. One query."""
    rows = ChannelReserve.objects.filter(tranche__in=tranches, until_at__gt=now, units__gt=F("taken"))
    found: dict[UUID, tuple[Kept, ...]] = {}
    for row in rows.exclude(channel=channel).order_by("until_at", "channel"):
        kept = Kept(row.channel, row.units - row.taken, row.until_at)
        found[row.tranche_id] = (*found.get(row.tranche_id, ()), kept)
    return found


def slots(tranche: UUID, now: datetime) -> tuple[SlotView, ...]:
    """Those that have not begun, in their order."""
    rows = Slot.objects.filter(tranche=tranche, from_at__gt=now).order_by("from_at")[:LIST_MAX]
    return tuple(SlotView(row.id, row.from_at, row.until_at, row.capacity - row.taken) for row in rows)


def with_room(tranches: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """Those of these tranches of which a time can still be chosen. One query."""
    rows = Slot.objects.filter(tranche__in=tranches, from_at__gt=now, taken__lt=F("capacity"))
    return frozenset(rows.values_list("tranche", flat=True))


def are_full(found: Collection[OfferView], now: datetime) -> frozenset[UUID]:
    """Those that are claimed by appointment and of which every time is full or past."""
    booked = [one.id for one in found if one.rule.mode is Mode.APPOINTMENT]
    return frozenset(booked) - with_room(booked, now) if booked else frozenset()


def claims(ids: Collection[UUID]) -> tuple[ClaimView, ...]:
    """These claims, the newest first; what is not there is left out."""
    rows = _claims().filter(id__in=ids).order_by("-at", "id")[:LIST_MAX]
    return tuple(_claim(row) for row in rows)


def claims_among(ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these ids that are claims; an entry in a draw is none until it has won."""
    return frozenset(Claim.objects.filter(id__in=ids).values_list("id", flat=True))


def ended(ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these claims of which nothing is owed any more."""
    if not ids:
        return frozenset()
    return frozenset(Claim.objects.filter(id__in=ids).exclude(state__in=PROMISED).values_list("id", flat=True))


def one_claim(id: UUID) -> ClaimView:
    """Raises NotFound."""
    found = claims([id])
    if not found:
        raise NotFound("There is no such claim.", where="claim", cure="Check the code of the claim.")
    return found[0]


def claims_of_code(code: str, last_four: str) -> tuple[ClaimView, ...]:
    """
    The claims with this pickup code whose claimant's document ends in these four; none where either is wrong.

    The caller paces who asks.
    """
    asked = with_pickup_code(code)
    if asked is None:
        return ()
    found = _claims().filter(asked, claimant__isnull=False).order_by("id")[:SAME_CODE_MAX]
    rows = [row for row in found if has_pickup_code(row.id, code)]
    if not rows:
        return ()
    ending: set[UUID] = set()
    for office in {row.tranche.release.office_id for row in rows}:
        parties = [row.claimant_id for row in rows if row.tranche.release.office_id == office]
        ending |= parties_ending_in(parties=parties, purpose=purpose_of(office), last_four=last_four)
    return tuple(_claim(row) for row in rows if row.claimant_id in ending)


def counters(tranches: Collection[UUID]) -> Mapping[UUID, Counter]:
    """Tranche → how its claims stand, now."""
    state = Claim.State
    counted = {
        "claims": Count("id"),
        "admitted": Count("id", filter=Q(state__in=PROMISED)),
        "handed_over": Count("id", filter=Q(state=state.HANDED_OVER)),
        "standing": Count("id", filter=Q(state=state.STANDBY)),
        "waiting": Count("id", filter=Q(state=state.WAITING)),
        "refused": Count("id", filter=Q(state=state.REFUSED)),
        "expired": Count("id", filter=Q(state=state.EXPIRED)),
        "cancelled": Count("id", filter=Q(state=state.CANCELLED)),
        "units_taken": Sum("units", filter=Q(state__in=TAKEN), default=0),
        "units_handed": Sum("units", filter=Q(state=state.HANDED_OVER), default=0),
    }
    groups = Claim.objects.filter(tranche__in=tranches).values("tranche").annotate(**counted)
    found = {row[0]: Counter(*row[1:]) for row in groups.values_list("tranche", *counted)}
    nothing = Counter(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return {id: found.get(id, nothing) for id in tranches}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to be fetched of one tranche: so many claims and units, the first of them only `until`."""

    tranche: UUID
    title_zh: str
    title_en: str
    on: date
    place_name: str
    claims: int
    units: int
    unit: str
    until: datetime | None


def to_fetch(desks: Collection[UUID] | None) -> tuple[Waiting, ...]:
    """What waits at these desks (None: at all) to be fetched, by the day it was put out."""
    # A right used online is kept nowhere until a courier has come in vain.
    waits = Q(claims__state__in=(Claim.State.ADMITTED, Claim.State.ACCEPTED), claims__keeps_until__isnull=False)
    rows = Tranche.objects.filter(release__rule__body__fulfilment="PICKUP").select_related(
        "release__rule", "release__item", "shop", "source"
    )
    if desks is not None:
        rows = rows.filter(_handed_out_at(desks))
    counted = rows.annotate(
        waiting=Count("claims", filter=waits),
        units_waiting=Sum("claims__units", filter=waits, default=0),
        until=Min("claims__keeps_until", filter=waits),
    ).filter(waiting__gt=0)
    found = []
    for row in counted.order_by("on", "id")[:LIST_MAX]:
        assert row.release.rule is not None
        body = row.release.rule.body
        found.append(
            Waiting(
                row.id, body["title_zh"], body["title_en"], row.on, (row.shop or row.source).name, row.waiting,
                row.units_waiting, row.release.item.unit, row.until,
            )
        )  # fmt: skip
    return tuple(found)


def by_clerk(
    *, release: UUID | None = None, clerk: UUID | None = None, since: datetime | None = None
) -> tuple[ByClerk, ...]:
    """What was typed at desks and telephones: by clerk and channel."""
    rows = Claim.objects.filter(taken_by__isnull=False)
    orders = Redemption.objects.filter(channel=Redemption.Channel.ONLINE, recorded_by__isnull=False)
    if release is not None:
        rows, orders = rows.filter(tranche__release=release), orders.filter(claim__tranche__release=release)
    if clerk is not None:
        rows, orders = rows.filter(taken_by=clerk), orders.filter(recorded_by=clerk)
    if since is not None:
        rows, orders = rows.filter(at__gte=since), orders.filter(recorded_at__gte=since)
    groups = (
        rows.values("taken_by", "taken_by__name", "channel")
        .annotate(
            claims=Count("id"),
            admitted=Count("id", filter=Q(state__in=TAKEN)),
            refused=Count("id", filter=Q(state=Claim.State.REFUSED)),
            taken=Sum("units", filter=Q(state__in=TAKEN), default=0),
            last_at=Max("at"),
        )
        .order_by("taken_by__name", "channel")
    )
    ordered = (
        orders.values_list("recorded_by", "recorded_by__name")
        .annotate(n=Count("claim"), units=Sum("claim__units"), last_at=Max("recorded_at"))
        .order_by("recorded_by__name", "recorded_by")
    )
    typed = [
        ByClerk(
            row["taken_by"], row["taken_by__name"], row["channel"], row["claims"], row["admitted"], row["refused"],
            row["taken"], row["last_at"],
        )
        for row in groups[:LIST_MAX]
    ]  # fmt: skip
    return (
        *typed,
        *(ByClerk(who, name, "ORDERED", n, n, 0, units, at) for who, name, n, units, at in ordered[:LIST_MAX]),
    )


@dataclass(frozen=True, slots=True)
class ShopTranche:
    """
    What a shop has of one tranche: claims to accept, to pack, on the way, handed over.

    goods_in    units that came in and were disinfected; units_gone: that have left the shop and did not come back, lost ones too
    """

    offer: OfferView
    fresh: int
    to_pack: int
    underway: int
    handed_over: int
    goods_in: int
    units_gone: int


def at_shops(places: Collection[UUID] | None, *, tranche: UUID | None = None) -> tuple[ShopTranche, ...]:
    """Tranches handed out or sent off by these shops and offices (None: all), the newest first."""
    rows = _offers().filter(release__rule__isnull=False)
    if tranche is not None:
        rows = rows.filter(id=tranche)
    if places is not None:
        rows = rows.filter(_handed_out_at(places))
    found = list(rows.order_by("-opens_at", "id")[:LIST_MAX])
    state = Claim.State
    counts = {
        row[0]: row[1:]
        for row in Claim.objects.filter(tranche__in=[one.id for one in found])
        .values_list("tranche")
        .annotate(
            fresh=Count("id", filter=Q(state=state.ADMITTED)),
            to_pack=Count("id", filter=Q(state=state.ACCEPTED)),
            underway=Count("id", filter=Q(state=state.UNDERWAY)),
            handed=Count("id", filter=Q(state=state.HANDED_OVER)),
            staying=Sum("units", filter=Q(state__in=IN_SHOP), default=0),
        )
        .order_by()
    }
    came = dict(
        GoodsIn.objects.filter(tranche__in=[one.id for one in found])
        .values_list("tranche")
        .annotate(units=Sum("units"))
        .order_by()
    )
    shown = []
    for one in found:
        fresh, to_pack, underway, handed, staying = counts.get(one.id, (0, 0, 0, 0, 0))
        gone = one.admitted - staying
        shown.append(ShopTranche(_offer(one), fresh, to_pack, underway, handed, came.get(one.id, 0), gone))
    return tuple(shown)


def to_bring() -> QuerySet[Claim]:
    """Claims that shops have accepted and that are brought, by their rule or ordered online; what is kept at a desk is fetched."""
    return Claim.objects.filter(
        ~FETCHED | ORDERED, state=Claim.State.ACCEPTED, keeps_until=None, tranche__release__rule__isnull=False
    )


def why_not_reached(office: str) -> Subquery:
    """Of claims, as an annotation: why nothing can be brought to their address now; None where it can. `office`: its path."""
    waiting = VerifiedAddress.objects.filter(office=OuterRef(office), tag=OuterRef("address")).exclude(waits_why="")
    return Subquery(waiting.values("waits_why"))


def claims_in(tranche: UUID, state: str, *, most: int = LIST_MAX) -> tuple[ClaimView, ...]:
    """Claims of one tranche in one state, the first promised first."""
    rows = _claims().filter(tranche=tranche, state=state).order_by(F("due_at").asc(nulls_last=True), "id")
    return tuple(_claim(row) for row in rows[:most])


def refusals(release: UUID) -> tuple[tuple[str, int], ...]:
    """Why claims were refused: (code, how many), the most frequent first."""
    rows = (
        Claim.objects.filter(tranche__release=release, state=Claim.State.REFUSED)
        .values("code")
        .annotate(n=Count("id"))
        .order_by("-n", "code")
    )
    return tuple((row["code"], row["n"]) for row in rows[:LIST_MAX])


def _offers() -> QuerySet[Tranche]:
    return Tranche.objects.select_related("release__office", "release__item", "release__rule", "shop", "source")


def _claims() -> QuerySet[Claim]:
    line = (
        Claim.objects.filter(
            tranche=OuterRef("tranche"), state=Claim.State.STANDBY, standby_number__lte=OuterRef("standby_number")
        )
        .order_by()
        .values("tranche")
        .annotate(n=Count("id"))
        .values("n")
    )
    return Claim.objects.select_related(
        "tranche__release__office",
        "tranche__release__item",
        "tranche__release__rule",
        "tranche__shop",
        "tranche__source",
        "slot",
    ).annotate(
        place=Subquery(line),
        used=F("redemption__channel"),
        used_at=F("redemption__place"),
        used_list=F("redemption__document"),
        is_later=Exists(DrawEntry.objects.filter(id=OuterRef("pk"), rank=None)),
    )


def _offer(row: Tranche) -> OfferView:
    release = row.release
    assert release.rule is not None  # nothing is put out of a draft
    rule = Rule.read(release.rule.body)
    return OfferView(
        id=row.id,
        release=release.id,
        code=release.code,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        city=rule.city,
        office=release.office_id,
        office_name=release.office.name,
        office_name_en=release.office.name_en or release.office.name,
        item_zh=release.item.name_zh,
        item_en=release.item.name_en,
        unit=release.item.unit,
        rule=rule,
        is_open=release.state == "OPEN",
        region=row.region,
        variant=row.variant,
        units=row.units,
        left=row.units - row.admitted,
        standing=row.standing,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        opened_at=row.opened_at,
        stands_at=row.stands_at,
        stands_at_name=(row.shop or row.source).name,
        desks=row.desks,
        has_many_shops=bool(row.shops),
        seed_hash=sha256(bytes(row.seed)).hexdigest() if rule.shuffle_s else "",
        seed=bytes(row.seed).hex() if rule.shuffle_s and row.opened_at else "",
    )


def _claim(row: Claim) -> ClaimView:
    offer, used = _offer(row.tranche), row.used  # type: ignore[attr-defined]
    return ClaimView(
        id=row.id,
        code=pickup_code(row.id),
        number=entry_number(row.id),
        offer=offer,
        units=row.units,
        channel=row.channel,
        state=row.state,
        refusal=row.code,
        free_on=row.free_on,
        place=row.place or 0 if row.state == Claim.State.STANDBY else 0,  # type: ignore[attr-defined]
        at=row.at,
        decided_at=row.decided_at,
        keeps_until=row.keeps_until,
        due_at=row.due_at,
        slot_from=row.slot.from_at if row.slot else None,
        slot_until=row.slot.until_at if row.slot else None,
        taken_by=row.taken_by_id,
        is_ordered=used == Redemption.Channel.ONLINE,
        shop=row.used_at if used == Redemption.Channel.SHOP else None,  # type: ignore[attr-defined]
        is_listed=row.used_list is not None,  # type: ignore[attr-defined]
        is_brought=bears_delivery(offer.rule, used),
        has_moved_up=has_moved_up(row) or row.is_later,  # type: ignore[attr-defined]
    )


def _handed_out_at(desks: Collection[UUID]) -> Q:
    """As `Tranche.desks` says it of one."""
    own = Q(shop__in=desks) | Q(shops__overlap=list(desks))
    return own | Q(shop=None, source__in=desks) | Q(shop=None, release__office__in=desks)
