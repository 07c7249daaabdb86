"""Rationed release: rules drafted, tried and opened; tranches put out; claims made, given up, handed over; who owes whom."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Code, Day, Moment, Name, Note, Signed
from baogong.api.v1.handling import BroughtAgainOut
from baogong.api.v1.requests import After, Key, Limit, Page, once, once_made, page_of
from baogong.delivery.services import placing
from baogong.engine.release.rule import UNITS_MOST
from baogong.engine.release.trial import COUNTER, DAYS_MOST, PEOPLE_MOST, RUSH, TELEPHONE
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.kernel.errors import RequestIdReused
from baogong.release import entrants, queries, services
from baogong.release.facts import Answer
from baogong.release.queries import ReleaseView
from baogong.release.services.taking_out import WHY_MAX

router = Router(tags=["releases"])

DESK = (Duty.COMMAND, Duty.CLERK)
Region = Annotated[str, Field(max_length=12, pattern=r"^[0-9]*$", description="Code of a region, as 511602.")]
Units = Annotated[int, Field(ge=1, le=UNITS_MOST)]
Typed = Annotated[str, Field(max_length=200, description="As it was typed. It is kept enciphered, if at all.")]
LastFour = Annotated[
    str, Field(pattern=r"^([0-9A-Za-z]{4})?$", description="The last four of a document; nothing more of it.")
]
Document = Literal["RESIDENT_ID", "PASSPORT", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "FOREIGN_PR", "OTHER"]


class ReleaseOut(Schema):
    """`version`, `digest` and `rule`: the wording in force; before it opens, the newest."""

    id: UUID
    code: str
    title_zh: str
    title_en: str
    city: str
    office: UUID
    office_name: str
    item: UUID
    item_zh: str
    item_en: str
    state: str
    mode: str
    version: int
    digest: str
    rule: dict[str, Any]
    document: UUID | None
    opened_at: datetime | None
    closed_at: datetime | None


class ReleasePage(Page):
    items: list[ReleaseOut]


class ReleaseIn(Schema):
    """`rule`: as docs/release-rules.md writes it. `shares_quota_with`: a release that counts the same quota."""

    office: UUID
    item: UUID
    rule: dict[str, Any]
    shares_quota_with: UUID | None = None


class ReleaseRuleIn(Schema):
    rule: dict[str, Any]


class RuleTrialIn(Schema):
    """
    A made-up city. `wanting`: share of those whose turn leaves them something who try on a day; `units`: where the rule
    says none; `telephone`, `counter`: shares who telephone and who go to a clerk; `rush`: of the others, who come as it opens.
    """

    people: int = Field(20_000, ge=1, le=PEOPLE_MOST)
    days: int = Field(15, ge=1, le=DAYS_MOST)
    wanting: float = Field(0.5, gt=0, le=1)
    units: int = Field(5_000, ge=0, le=UNITS_MOST)
    seed: int = Field(1, ge=0, le=2**31 - 1)
    telephone: float = Field(TELEPHONE, ge=0, le=1)
    counter: float = Field(COUNTER, ge=0, le=1)
    rush: float = Field(RUSH, ge=0, le=1)


class RuleTrialOut(Schema):
    id: UUID
    version: int
    city: dict[str, Any]
    outcome: dict[str, Any]
    tried_at: datetime


class RuleTrialList(Schema):
    items: list[RuleTrialOut]


class TrancheOut(Schema):
    """
    `seed`: shuffled the opening minute; told once that is over, its hash from the first moment.
    `claims_port`: where residents' claims are sent, at this house's name (docs/guides/claim-path.md); null: nowhere.
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
    further_shops: list[str]
    factory_name: str
    seed_hash: str
    seed: str
    claims_port: int | None = None

    @staticmethod
    def resolve_claims_port(_view: object) -> int | None:
        port: int | None = settings.BAOGONG_CLAIMS_PORT
        return port


class TrancheList(Schema):
    items: list[TrancheOut]


class TrancheSlotIn(Schema):
    from_at: Moment
    until_at: Moment
    capacity: Units


class TrancheIn(Schema):
    """Units of a lot out of the source's free stock, offered on one day."""

    on: Day
    units: Units
    lot: UUID
    source: UUID
    region: Region = ""
    variant: Code = ""
    shop: UUID | None = None
    shops: list[UUID] = Field([], max_length=500, description="Further ones that hand out of it.")
    factory: UUID | None = None
    slots: list[TrancheSlotIn] = Field([], max_length=500)


class ClaimantIn(Schema):
    """
    One person. The number, telephone and address become tags; nothing of them is answered or logged.

    `language`: what the person is texted in; Chinese where it is not said.
    """

    document: Document
    number: Typed
    name: Name = ""
    phone: Typed = ""
    household: Typed = ""
    address: Typed = ""
    region: Region = ""
    language: Literal["", "zh", "en"] = ""


class ClaimMadeIn(Schema):
    """The Idempotency-Key is the claim's id: the same id gets the same answer for ever."""

    units: Units
    channel: Literal["CLERK", "PHONE", "IMPORT", "API"] = "API"
    claimant: ClaimantIn
    slot: UUID | None = None


class ClaimOut(Schema):
    """`code`: why it was refused; `free_on`: from when the quota lets it be tried again; `number`: of standing by."""

    id: UUID
    state: str
    units: int
    code: str
    free_on: date | None
    number: int | None
    hold: UUID | None
    keeps_until: datetime | None


class ClaimHandoverIn(Schema):
    """
    `proxy_last_four`: of the own document of who takes it for the claimant, and signs; "" where the claimant does.
    `is_brought`: own people brought it to the door; a right ordered online is handed over no other way. Of what is fetched by
    its rule and was not ordered it says nothing: that is handed out at a desk.
    """

    signed_by: Signed = Field(min_length=1, max_length=120)
    proxy_last_four: LastFour = ""
    is_brought: bool = False


class ClaimUndoIn(Schema):
    why: Note = Field(min_length=1)


class SettledOut(Schema):
    """What one bearer owes one payee for one part of what was handed over. `payee_id`: null where the book says no party."""

    payee: str
    payee_name: str
    payee_id: UUID | None
    bearer: str
    part: str
    claims: int
    units: int
    fen: int


class SettledList(Schema):
    items: list[SettledOut]


class FairnessOut(Schema):
    region: str
    claims: int
    admitted: int
    units: int


class FairnessList(Schema):
    items: list[FairnessOut]


class FairnessByAgeOut(Schema):
    """Years of birth, both included; null: open at that end, and both null where no number told it."""

    channel: str
    born_from: int | None
    born_until: int | None
    claims: int
    admitted: int
    units: int


class FairnessByAgeList(Schema):
    items: list[FairnessByAgeOut]


class LostClaimOut(Schema):
    """`number`: the entry number; `left`: units of its tranche that are free; `fen`: what the resident paid."""

    id: UUID
    number: str
    release: UUID
    units: int
    left: int
    fen: int
    lost_at: datetime


class LostClaimList(Schema):
    items: list[LostClaimOut]


class RightRedeemIn(Schema):
    """
    `at`: the shop, or who sends it. `signed_by`: in a shop, who took it; `proxy_last_four`: as with a hand-over.
    `claimant`: online, whose right it is and where it is brought; null where the claim came with an address.
    """

    channel: Literal["SHOP", "ONLINE"]
    at: UUID
    signed_by: Signed = ""
    proxy_last_four: LastFour = ""
    claimant: ClaimantIn | None = None


class WinnerListOut(Schema):
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


class WinnerListList(Schema):
    items: list[WinnerListOut]


class DrawIn(Schema):
    """
    `chain`: a public beacon, by name; `drill_chain`: a drill's own, in a drill's book. The first round at `beacon_at` or
    later counts, 30 minutes after the close or more; `fallback_at`: another, 30 minutes after that.
    """

    closes_at: Moment
    beacon_at: Moment
    fallback_at: Moment | None = None
    chain: Code = "quicknet"
    drill_chain: dict[str, Any] | None = None


class DrawOut(Schema):
    """
    `state`: ANNOUNCED, CLOSED, DRAWN. `carried`: so many of the entries stayed in after an earlier loss; `left`: gave theirs up,
    `taken_out` of them at a desk, with the document and without a nonce.
    `missing_declared_at`: since when the announced source is on record as not having come; from `fallback_at` on only the
    fallback counts then. `receipts_key`: what receipts are checked with (Ed25519, hex).
    """

    id: UUID
    tranche: UUID
    state: str
    is_drill: bool
    announcement_sha256: str
    announcement: dict[str, Any]
    announced_at: datetime
    closes_at: datetime
    beacon_at: datetime
    entries: int
    carried: int
    left: int
    taken_out: int
    root: str
    close_sha256: str
    missing_declared_at: datetime | None
    fallback_at: datetime | None
    is_by_fallback: bool
    drawn_at: datetime | None
    result_sha256: str
    winners: int
    standby: int
    named: int
    receipts_key: str


class DrawList(Schema):
    items: list[DrawOut]


class DrawEntryIn(Schema):
    """
    `nonce`: 16 random bytes of the entrant's own making, in hex; to be kept with the receipt. `earlier_nonce`: of the receipt
    the person has already; what is said now replaces what was said then.
    """

    nonce: str = Field(pattern=r"^[0-9a-f]{32}$")
    earlier_nonce: str = Field("", pattern=r"^([0-9a-f]{32})?$")
    channel: Literal["CLERK", "PHONE", "IMPORT", "API"] = "API"
    claimant: ClaimantIn


class DrawLeaveIn(Schema):
    """`nonce`: as it stands on the entry's receipt. It is kept from then on."""

    nonce: str = Field(pattern=r"^[0-9a-f]{32}$")


class DrawTakeOutIn(Schema):
    """`number`: as it stands on the document that was shown. `why`: what the person told; kept with who sends it."""

    number: Typed
    why: str = Field(min_length=1, max_length=WHY_MAX)


class DrawLeftOut(Schema):
    """
    `left_at`: when the entry left its list; null where that was closed, and the person is carried no further.
    `taken_out`: at a desk, for who showed the document.
    """

    entry: UUID
    left_at: datetime | None
    taken_out: bool


class DrawReceiptOut(Schema):
    """`text` is what is signed, with Ed25519."""

    entry: UUID
    text: str
    signature: str
    public_key: str


class BeaconRoundIn(Schema):
    """A round as drand publishes it. `is_fallback`: the fallback's, as the announced source was declared missing in time."""

    round: int = Field(ge=1, le=2**53)
    signature: str = Field(pattern=r"^([0-9a-f]{2}){48,96}$")
    previous_signature: str = Field("", pattern=r"^([0-9a-f]{2}){0,96}$")
    is_fallback: bool = False


class DrawMoreIn(Schema):
    units: Units
    source: UUID


class BundleFileOut(Schema):
    name: str
    base64: str


class DrawBundleOut(Schema):
    files: list[BundleFileOut]


class DrawOddsOut(Schema):
    """`losses`: draws lost since the last win; so many `people` stand there; `odds`: 0 to 1."""

    losses: int
    people: int
    odds: float


class DrawOddsList(Schema):
    items: list[DrawOddsOut]


class OwedOut(Schema):
    """So many rights of this state are owed still."""

    state: str
    claims: int


class CityEndingOut(Schema):
    """
    What stands in the way of forgetting a city's people, and what goes with them.

    `carried`: parcels on their way. `values`: numbers, names, telephones and addresses, enciphered. `claims`, `entries`: of
    people who can still be told from each other. `previews`: lists read and not written.
    """

    office: UUID
    office_name: str
    office_name_en: str
    city: str
    purpose: str
    releases: int
    open_releases: list[str]
    owed: list[OwedOut]
    carried: int
    values: int
    claims: int
    entries: int
    listed: int
    addresses: int
    previews: int
    can_end: bool


@router.get("/cities/{office}/ending", response=CityEndingOut, operation_id="city_ending_get")
def city_ending_get(request: HttpRequest, office: UUID) -> dict[str, Any]:
    """What still needs a city's people, and what would be lost if it forgot them now."""
    caller(request).require(Duty.ADMIN)
    return _ending(office)


@router.post("/cities/{office}/forget", response=CityEndingOut, operation_id="city_people_forget")
def city_people_forget(request: HttpRequest, office: UUID, key: Key) -> dict[str, Any]:
    """Numbers, names, telephones, addresses and tags of a city's people are erased, for good; figures stay."""
    who = caller(request)
    once(request, key, lambda: services.forget_people(office=office, actor=who.actor, now=who.now))
    return _ending(office)


def _ending(office: UUID) -> dict[str, Any]:
    view = queries.ending(office)
    owed = [{"state": state, "claims": count} for state, count in view.owed]
    return {**asdict(view), "owed": owed, "can_end": view.can_end}


@router.get("", response=ReleasePage, operation_id="release_list")
def release_list(
    request: HttpRequest,
    state: Literal["DRAFT", "OPEN", "CLOSED"] | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Releases of the offices the caller works for."""
    seen = caller(request).sites(*OFFICE)
    return page_of(queries.releases(offices=seen, state=state), after=after, limit=limit)


@router.post("", response={201: ReleaseOut}, operation_id="release_draft")
def release_draft(request: HttpRequest, key: Key, given: ReleaseIn) -> Status[ReleaseView]:
    """Draft a release of an office under a first wording of its rule."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.draft_release(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, queries.release(made))


@router.get("/{release}", response=ReleaseOut, operation_id="release_get")
def release_get(request: HttpRequest, release: UUID) -> ReleaseView:
    """One release and its rule."""
    return _seen(request, release)


@router.post("/{release}/rule", response=ReleaseOut, operation_id="release_rule_change")
def release_rule_change(request: HttpRequest, release: UUID, key: Key, given: ReleaseRuleIn) -> ReleaseView:
    """The next wording of a draft's rule."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.change_rule(release=release, rule=given.rule, actor=who.actor, now=who.now),
        given,
    )
    return queries.release(release)


@router.post("/{release}/trials", response={201: RuleTrialOut}, operation_id="release_rule_try")
def release_rule_try(request: HttpRequest, release: UUID, key: Key, given: RuleTrialIn) -> Status[queries.TrialView]:
    """Play the newest wording on a made-up city."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.try_out(release=release, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return Status(201, queries.trials(release)[0])


@router.get("/{release}/trials", response=RuleTrialList, operation_id="release_trial_list")
def release_trial_list(request: HttpRequest, release: UUID) -> dict[str, Any]:
    """What its wordings did on made-up cities, the newest first."""
    return {"items": queries.trials(_seen(request, release).id)}


@router.post("/{release}/open", response=ReleaseOut, operation_id="release_open")
def release_open(request: HttpRequest, release: UUID, key: Key) -> ReleaseView:
    """Announce it under the newest wording, which then stays."""
    return _done(request, release, key, services.open_release)


@router.post("/{release}/close", response=ReleaseOut, operation_id="release_close")
def release_close(request: HttpRequest, release: UUID, key: Key) -> ReleaseView:
    """No more claims; what was admitted is still handed over."""
    return _done(request, release, key, services.close_release)


@router.get("/{release}/tranches", response=TrancheList, operation_id="tranche_list")
def tranche_list(request: HttpRequest, release: UUID, on: Day | None = None) -> dict[str, Any]:
    """What was put out, by day."""
    return {"items": queries.tranches(_seen(request, release).id, on=on)}


@router.post("/{release}/tranches", response={201: TrancheOut}, operation_id="tranche_put_out")
def tranche_put_out(request: HttpRequest, release: UUID, key: Key, given: TrancheIn) -> Status[queries.TrancheView]:
    """Offer units of a lot on one day."""
    who = caller(request)
    facts = {**given.dict(), "slots": [services.SlotIn(**one.dict()) for one in given.slots]}
    made = once_made(
        request,
        key,
        lambda: services.put_out(release=release, **facts, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, queries.tranche(made))


@router.post("/tranches/{tranche}/take-back", response=TrancheOut, operation_id="tranche_take_back")
def tranche_take_back(request: HttpRequest, tranche: UUID, key: Key) -> queries.TrancheView:
    """What nobody claimed goes back to its source."""
    who = caller(request)
    once(request, key, lambda: services.take_back(tranche=tranche, actor=who.actor, now=who.now))
    return queries.tranche(tranche)


@router.post("/tranches/{tranche}/claims", response={201: ClaimOut}, operation_id="claim_make")
def claim_make(request: HttpRequest, tranche: UUID, key: Key, given: ClaimMadeIn) -> Status[Answer]:
    """Claim units for one person. A refused claim is an answer, with its code."""
    who = caller(request)
    answer = services.claim(
        claim_id=key,
        tranche=tranche,
        units=given.units,
        channel=given.channel,
        contact=services.Contact(**given.claimant.dict()),
        slot=given.slot,
        actor=who.actor,
        now=who.now,
    )
    if answer.state == "REUSED":
        raise RequestIdReused(
            "This id stands for another claim; nothing was claimed now.",
            where="Idempotency-Key",
            cure="Make a new id for a new claim.",
        )
    return Status(201, answer)


@router.get("/claims/lost", response=LostClaimList, operation_id="claim_lost_list")
def claim_lost_list(request: HttpRequest) -> dict[str, Any]:
    """Claims whose goods were lost on the way: each is brought again, or ended. The longest waiting first."""
    return {"items": queries.lost_claims(caller(request).sites(*DESK))}


@router.get("/claims/{claim}", response=ClaimOut, operation_id="claim_get")
def claim_get(request: HttpRequest, claim: UUID) -> Answer:
    """What became of a claim."""
    caller(request).require(*DESK, at=queries.office_of_claim(claim))
    return queries.claim(claim)


@router.post("/claims/{claim}/cancel", response=ClaimOut, operation_id="claim_cancel")
def claim_cancel(request: HttpRequest, claim: UUID, key: Key) -> Answer:
    """Give it up: its units are free for others, its turn is the person's again."""
    who = caller(request)
    once(request, key, lambda: services.cancel_claim(claim=claim, actor=who.actor, now=who.now))
    return queries.claim(claim)


@router.post("/claims/{claim}/accept", response=ClaimOut, operation_id="claim_accept")
def claim_accept(request: HttpRequest, claim: UUID, key: Key) -> Answer:
    """The shop takes the order on."""
    who = caller(request)
    once(request, key, lambda: services.accept_claims(claims=[claim], actor=who.actor, now=who.now))
    return queries.claim(claim)


@router.post("/claims/{claim}/hand-over", response=ClaimOut, operation_id="claim_hand_over")
def claim_hand_over(request: HttpRequest, claim: UUID, key: Key, given: ClaimHandoverIn) -> Answer:
    """Into the claimant's or the proxy's hands, who signs."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.hand_over_claim(
            claim=claim,
            evidence=_taken_by(given.signed_by, given.proxy_last_four),
            by_proxy=bool(given.proxy_last_four),
            is_brought=given.is_brought,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.claim(claim)


@router.post("/claims/{claim}/undo", response=ClaimOut, operation_id="claim_undo")
def claim_undo(request: HttpRequest, claim: UUID, key: Key, given: ClaimUndoIn) -> Answer:
    """What a desk handed over by mistake is the claimant's again: within ten minutes, at the shop that handed it out."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.undo_hand_over(claim=claim, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.claim(claim)


@router.get("/{release}/settlement", response=SettledList, operation_id="release_settlement")
def release_settlement(
    request: HttpRequest, release: UUID, since: Day | None = None, until: Day | None = None
) -> dict[str, Any]:
    """Who owes whom for what was handed over of the tranches of these days, to the fen."""
    return {"items": queries.settlement(_seen(request, release).id, since=since, until=until)}


@router.get("/{release}/fairness", response=FairnessList, operation_id="release_fairness")
def release_fairness(request: HttpRequest, release: UUID) -> dict[str, Any]:
    """How whoever claimed, or entered a draw that was drawn, fared by the region they named."""
    return {"items": queries.fairness(_seen(request, release).id)}


@router.get("/{release}/fairness-by-age", response=FairnessByAgeList, operation_id="release_fairness_by_age")
def release_fairness_by_age(request: HttpRequest, release: UUID) -> dict[str, Any]:
    """How claims fared by the road they came and the ten years their people were born in: nobody's birth date is kept."""
    return {"items": queries.fairness_by_age(_seen(request, release).id)}


@router.post("/claims/{claim}/bring-again", response=BroughtAgainOut, operation_id="claim_bring_again")
def claim_bring_again(request: HttpRequest, claim: UUID, key: Key) -> dict[str, Any]:
    """Other units of its tranche in place of lost ones, under the same claim and parcel, promised anew."""
    who = caller(request)
    who.require(*DESK, at=queries.office_of_claim(claim))
    code = placing.bring_again(claim=claim, actor=who.actor, now=who.now, request_id=key)
    return {"claim": claim, "parcel": code}


def _taken_by(name: str, proxy_last_four: str) -> list[EvidenceIn]:
    """What shows into whose hands it went; empty where nobody signed."""
    found = [EvidenceIn("SIGNATURE", by_name=name)] if name else []
    if proxy_last_four:
        found.append(EvidenceIn("NOTE", text=f"代取 · proxy · {proxy_last_four.upper()}"))
    return found


@router.post("/claims/{claim}/redeem", response=ClaimOut, operation_id="right_redeem")
def right_redeem(request: HttpRequest, claim: UUID, key: Key, given: RightRedeemIn) -> Answer:
    """Use a right once: SHOP hands over now, ONLINE takes the order on. Used in either before, it is refused."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.redeem(
            claim=claim,
            channel=given.channel,
            at_place=given.at,
            evidence=_taken_by(given.signed_by, given.proxy_last_four),
            by_proxy=bool(given.proxy_last_four),
            contact=services.Contact(**given.claimant.dict()) if given.claimant else None,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given.model_copy(update={"claimant": None}),  # a hash of a number could be guessed back
    )
    return queries.claim(claim)


@router.get("/{release}/winners", response=WinnerListList, operation_id="winner_list_list")
def winner_list_list(request: HttpRequest, release: UUID) -> dict[str, Any]:
    """Lists of winners that other offices have sent: what was signed for, and what has come of it."""
    return {"items": queries.winner_lists(_seen(request, release).id)}


@router.get("/{release}/draws", response=DrawList, operation_id="draw_list")
def draw_list(request: HttpRequest, release: UUID) -> dict[str, Any]:
    """The draws of its tranches, by day."""
    return {"items": queries.draws(_seen(request, release).id)}


@router.get("/{release}/odds", response=DrawOddsList, operation_id="draw_odds")
def draw_odds(request: HttpRequest, release: UUID) -> dict[str, Any]:
    """The odds of the next draw by draws lost since the last win, if as much is put out as last time."""
    return {"items": queries.next_odds(_seen(request, release).id, now=caller(request).now)}


@router.post("/tranches/{tranche}/draw", response={201: DrawOut}, operation_id="draw_announce")
def draw_announce(request: HttpRequest, tranche: UUID, key: Key, given: DrawIn) -> Status[queries.DrawView]:
    """Fix stock, rule and beacon before anybody enters. A tranche has one draw."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.announce_draw(
            tranche=tranche,
            closes_at=given.closes_at,
            source=services.beacon_round(given.chain, given.drill_chain, given.beacon_at),
            fallback=services.beacon_round(given.chain, given.drill_chain, given.fallback_at)
            if given.fallback_at
            else None,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.draw(made))


@router.get("/draws/{draw}", response=DrawOut, operation_id="draw_get")
def draw_get(request: HttpRequest, draw: UUID) -> queries.DrawView:
    """One draw: its papers' hashes and its figures."""
    caller(request).require(*OFFICE, at=queries.office_of_draw(draw))
    return queries.draw(draw)


@router.post("/draws/{draw}/entries", response={201: DrawReceiptOut}, operation_id="draw_enter")
def draw_enter(request: HttpRequest, draw: UUID, key: Key, given: DrawEntryIn) -> Status[dict[str, Any]]:
    """Enter one person, or change how they entered. The same key gets the same receipt; the nonce is not kept."""
    who = caller(request)
    receipt = services.enter_draw(
        draw=draw,
        nonce=bytes.fromhex(given.nonce),
        earlier_nonce=bytes.fromhex(given.earlier_nonce),
        channel=given.channel,
        contact=services.Contact(**given.claimant.dict()),
        actor=who.actor,
        now=who.now,
        request_id=key,
    )
    return Status(
        201,
        {
            "entry": receipt.entry,
            "text": receipt.text,
            "signature": receipt.signature.hex(),
            "public_key": receipt.public_key.hex(),
        },
    )


@router.post("/draws/entries/{entry}/leave", response=DrawLeftOut, operation_id="draw_leave")
def draw_leave(request: HttpRequest, entry: UUID, key: Key, given: DrawLeaveIn) -> entrants.Leaving:
    """
    Give an entry up before the list closes: it stands in no list, and the person may enter anew. Left before, it stays so.

    Where losers stay in, any entry of theirs will do, also after its draw: the newest leaves, and is carried no further.
    """
    who = caller(request)
    once(
        request,
        key,
        lambda: services.leave_draw(entry=entry, nonce=bytes.fromhex(given.nonce), actor=who.actor, now=who.now),
        given,
    )
    return entrants.leaving(entry, now=who.now)


@router.post("/draws/entries/{entry}/take-out", response=DrawLeftOut, operation_id="draw_take_out")
def draw_take_out(request: HttpRequest, entry: UUID, key: Key, given: DrawTakeOutIn) -> entrants.Leaving:
    """
    Take a person's registration out for them, who are there with the document: a list entered them, or the receipt is lost.

    Where losers stay in, any entry of theirs will do. Who sent it and why stays on record, and it is counted in the draw.
    """
    who = caller(request)
    asked = given.model_copy(update={"number": ""})  # a hash of a number could be guessed back
    services.take_out(
        entry=entry,
        **given.dict(),
        actor=who.actor,
        now=who.now,
        within=lambda act: once(request, key, act, asked),
    )
    return entrants.leaving(entry, now=who.now)


@router.post("/draws/{draw}/close", response=DrawOut, operation_id="draw_close")
def draw_close(request: HttpRequest, draw: UUID, key: Key) -> queries.DrawView:
    """Close the list under its root, which is to be published at once."""
    who = caller(request)
    once(request, key, lambda: services.close_draw(draw=draw, actor=who.actor, now=who.now))
    return queries.draw(draw)


@router.post("/draws/{draw}/missing", response=DrawOut, operation_id="draw_declare_missing")
def draw_declare_missing(request: HttpRequest, draw: UUID, key: Key) -> queries.DrawView:
    """
    Put on record that the announced source has not come, while nobody can know the fallback. Said once, it stays.

    From the announced source's moment on, 10 minutes before the fallback's at the latest. Until the fallback's moment the
    announced round still counts, if it comes; from then on only the fallback does.
    """
    who = caller(request)
    once(request, key, lambda: services.declare_missing(draw=draw, actor=who.actor, now=who.now))
    return queries.draw(draw)


@router.post("/draws/{draw}/run", response=DrawOut, operation_id="draw_run")
def draw_run(request: HttpRequest, draw: UUID, key: Key, given: BeaconRoundIn) -> queries.DrawView:
    """
    Draw from the closed list and the announced round; winners' claims are made. There is never a second draw.

    Whoever has any duty may bring the round, however late: the announced one, or from its own moment on the fallback's,
    where the announced source was declared missing. A lottery's numbers are the office's to bring.
    """
    who = caller(request)

    def run() -> None:
        services.draw_lots(draw=draw, beacon=services.beacon_paper(draw, **given.dict()), actor=who.actor, now=who.now)

    once(request, key, run, given)
    return queries.draw(draw)


@router.post("/draws/{draw}/more", response=DrawOut, operation_id="draw_extend")
def draw_extend(request: HttpRequest, draw: UUID, key: Key, given: DrawMoreIn) -> queries.DrawView:
    """More stock goes further down the same list."""
    who = caller(request)

    def extend() -> None:
        services.extend_draw(draw=draw, **given.dict(), actor=who.actor, now=who.now, request_id=key)

    once(request, key, extend, given)
    return queries.draw(draw)


@router.get("/draws/{draw}/bundle", response=DrawBundleOut, operation_id="draw_bundle")
def draw_bundle(request: HttpRequest, draw: UUID) -> dict[str, Any]:
    """Every file a stranger needs to check it, as far as it has come; no name and no number is in any."""
    caller(request).require(*OFFICE, at=queries.office_of_draw(draw))
    files = queries.draw_bundle(draw)
    return {"files": [{"name": name, "base64": b64encode(files[name]).decode()} for name in sorted(files)]}


def _seen(request: HttpRequest, release: UUID) -> ReleaseView:
    view = queries.release(release)
    caller(request).require(*OFFICE, at=view.office)
    return view


def _done(request: HttpRequest, release: UUID, key: UUID, act: Callable[..., object]) -> ReleaseView:
    who = caller(request)
    once(request, key, lambda: act(release=release, actor=who.actor, now=who.now))
    return queries.release(release)
