"""Why a need may be believed: proofs, checks, answers, figures; calls to make; needs and houses that may be one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, Caller, caller
from baogong.api.v1.errors import reads, writes
from baogong.api.v1.fields import Amount, Chosen, Days, Digest, ItemName, Moment, Number, PerPerson
from baogong.api.v1.needs import NeedOut
from baogong.api.v1.pictures import Picture, picture_in
from baogong.api.v1.requests import Key, item_id, once, once_made
from baogong.kernel.actor import Duty
from baogong.needs import queries, services
from baogong.needs.queries import calls, doubles, figures, households, houses
from baogong.needs.queries.sight import receivers_within, require_sight
from baogong.needs.services import households as counting
from baogong.needs.views import NeedView
from baogong.people.queries import merges as register

router = Router(tags=["trust"])

WRITERS = (Duty.CLERK, Duty.COMMAND)
Outcome = Literal["VERIFIED", "UNREACHED", "WRONG", "FAKE"]
How = Literal["RANG_BACK", "RANG_PERSON", "SAW_PROOF", "VISITED", "OWN_NOTICE"]
GroupCode = Literal["CLINICIAN", "PERSON", "ADULT", "OLD", "INFANT", "CHRONIC", "PREGNANT"]


class ProofIn(Schema):
    """A LETTER as text or picture, a NOTICE by its address, or what was SEEN."""

    kind: Literal["LETTER", "NOTICE", "SEEN"]
    text: str = Field("", max_length=5000)
    url: str = Field("", max_length=500)
    issuer: str = Field("", max_length=200, description="The office, never a person.")
    photo_base64: Picture = ""


class MadeOut(Schema):
    id: UUID


class CheckIn(Schema):
    """`why` is needed with WRONG and FAKE, and where RANG_BACK names no `contact`."""

    outcome: Outcome
    how: How
    contact: UUID | None = None
    why: str = Field("", max_length=240)


class AnswerIn(Schema):
    """With CHANGED, the new amount: a quantity, or people × days."""

    answer: Literal["STILL", "CHANGED", "NO_LONGER"]
    quantity: Amount | None = None
    people_count: Number | None = Field(None, ge=1)
    days_count: Days | None = None
    daily_use_milli: PerPerson | None = None
    note: str = Field("", max_length=240)


class CheckOut(Schema):
    outcome: str
    how: str
    contact_label: str
    why: str
    at: datetime
    by_name: str


class AnswerOut(Schema):
    answer: str
    way: str
    before: int | None
    after: int | None
    note: str
    at: datetime
    by_name: str


class FigureOut(Schema):
    """For USE, `amount` is in thousandths of a base unit for `per_days` days."""

    what: str
    group: str
    amount: int
    per_days: int
    ground: str
    source: str
    is_standard: bool
    set_at: datetime
    set_by_name: str
    ended_at: datetime | None


class TrustOut(Schema):
    need: NeedOut
    figures: list[FigureOut]
    checks: list[CheckOut]
    answers: list[AnswerOut]


class ContactIn(Schema):
    kind: Literal["PUBLISHED", "PERSON"]
    label: str = Field(min_length=1, max_length=80, description="The function: switchboard, equipment department.")
    number: str = Field(min_length=5, max_length=40)
    found_at: str = Field("", max_length=240, description="Where a published number is printed.")


class ContactOut(Schema):
    """`number` is empty for a person's own: it is told once to who rings."""

    id: UUID
    kind: str
    label: str
    number: str
    found_at: str


class CallOut(Schema):
    receiver: UUID
    receiver_name: str
    city: str
    urgency: int
    reasons: list[str]
    needs: list[NeedOut]
    fresh_until: datetime
    ringing: str
    again_at: datetime | None


class CallListOut(Schema):
    items: list[CallOut]


class CallTakenOut(Schema):
    """`call` is null where nobody is to be rung."""

    call: CallOut | None
    contacts: list[ContactOut]


class DoubleOut(Schema):
    parent: NeedOut
    child: NeedOut
    is_part: bool
    score: float
    grounds: list[str]
    others: list[NeedOut]


class DoubleListOut(Schema):
    items: list[DoubleOut]


class TieIn(Schema):
    """SAME: `need` is `other` once more; PART: it is contained in it; DIFFERENT: they are two."""

    kind: Literal["SAME", "PART", "DIFFERENT"]
    need: UUID
    other: UUID
    why: str = Field("", max_length=240)


class WhyIn(Schema):
    why: str = Field(min_length=1, max_length=240)


class SideOut(Schema):
    id: UUID
    name: str
    city: str
    address: str
    needs_count: int


class HouseCoupleOut(Schema):
    """`likeness` SAME or PART; the grounds are codes with what they are about."""

    one: SideOut
    other: SideOut
    likeness: str
    score: float
    grounds: list[list[str]]


class HouseListOut(Schema):
    items: list[HouseCoupleOut]


class MergeIn(Schema):
    kept: UUID
    merged: UUID
    why: str = Field(min_length=1, max_length=240)


class MergeOut(Schema):
    id: UUID
    kept: UUID
    kept_name: str
    merged: UUID
    merged_name: str
    why: str
    merged_at: datetime
    merged_by_name: str
    undone_at: datetime | None
    undone_why: str


class MergeListOut(Schema):
    items: list[MergeOut]


class ApartIn(Schema):
    one: UUID
    other: UUID
    why: str = Field("", max_length=240)


class UseIn(Schema):
    """What one person of the group uses in `per_days` days."""

    item: ItemName
    group: GroupCode
    amount_milli: int = Field(ge=1, le=2**31 - 1)
    per_days: int = Field(1, ge=1, le=366)


class UseSetIn(UseIn):
    """`seen` comes from the preview: what was shown is what is applied, or nothing is."""

    ground: Literal["PUBLISHED", "ESTIMATE"]
    source: str = Field(min_length=1, max_length=240)
    seen: Digest


class UseOut(Schema):
    item: UUID
    group: str
    amount_milli: int
    per_days: int
    ground: str
    source: str
    set_at: datetime | None
    set_by_name: str


class UseListOut(Schema):
    items: list[UseOut]


class EffectOut(Schema):
    need: NeedOut
    before: int | None
    after: int | None
    counted_before: int | None
    counted_after: int | None
    is_below_promised: bool


class EffectListOut(Schema):
    """`seen` stands for exactly these effects."""

    items: list[EffectOut]
    seen: str


class CommunityOut(Schema):
    community: UUID
    name: str
    city: str
    households: int
    persons: int
    adults: int
    old: int
    infants: int
    chronic: int
    pregnant: int
    counted_at: datetime


class CommunityListOut(Schema):
    items: list[CommunityOut]


class HouseholdIn(Schema):
    """Adults, old (≥ 70) and infants (< 3) divide a household; the ill and the pregnant are among them."""

    code: str = Field(min_length=1, max_length=40)
    adults: int = Field(0, ge=0, le=1000)
    old: int = Field(0, ge=0, le=1000)
    infants: int = Field(0, ge=0, le=1000)
    chronic: int = Field(0, ge=0, le=1000)
    pregnant: int = Field(0, ge=0, le=1000)


class CommunityNeedIn(Schema):
    item: ItemName
    days_count: int = Field(ge=1, le=366)
    urgency: int = Field(3, ge=1, le=4)
    due_at: Moment | None = None


class SeenIn(Schema):
    seen: Digest


@router.get("/needs/{need}/trust", response=reads(TrustOut), operation_id="need_trust")
def need_trust(request: HttpRequest, need: UUID) -> dict[str, Any]:
    """What a need rests on, who looked at it, and what its receiver answered since."""
    found = queries.need(need)
    require_sight(caller(request).actor, found.receiver)
    return {
        "need": found,
        "figures": figures.figures_of([need], with_past=True).get(need, ()),
        "checks": calls.checks_of(need),
        "answers": calls.renewals_of(need),
    }


@router.post("/needs/{need}/proofs", response=writes(MadeOut, 201), operation_id="need_proof_add")
def need_proof_add(request: HttpRequest, need: UUID, key: Key, given: ProofIn) -> Status[dict[str, UUID]]:
    """A letter, an official notice or what was seen, kept with the need; returns the document."""
    who = caller(request)
    proof = services.Proof(
        services.ProofKind(given.kind),
        text=given.text,
        url=given.url,
        issuer=given.issuer,
        photo=picture_in(given.photo_base64),
    )
    made = once_made(
        request,
        key,
        lambda: services.add_proof(needs=[need], proof=proof, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/needs/{need}/checks", response=writes(NeedOut), operation_id="need_check")
def need_check(request: HttpRequest, need: UUID, key: Key, given: CheckIn) -> NeedView:
    """What came of looking: verified, not reached, wrong, or fake, which ends the need."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.check(need=need, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.need(need)


@router.post("/needs/{need}/answers", response=writes(NeedOut), operation_id="need_answer")
def need_answer(request: HttpRequest, need: UUID, key: Key, given: AnswerIn) -> NeedView:
    """What the receiver said by telephone: still needed, another amount, no longer."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.answer(need=need, way="PHONE", **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.need(need)


@router.get("/calls", response=reads(CallListOut), operation_id="call_list")
def call_list(request: HttpRequest) -> dict[str, Any]:
    """Whom to ring, the most urgent first; all needs of a receiver are one call."""
    who = caller(request)
    who.require_somewhere(*WRITERS)
    return {"items": calls.call_queue(who.now, actor=who.actor)}


@router.post("/calls/next", response=writes(CallTakenOut), operation_id="call_next")
def call_next(request: HttpRequest, key: Key) -> dict[str, Any]:
    """The next receiver, the caller's for ten minutes."""
    who = caller(request)
    receiver = services.next_call(actor=who.actor, now=who.now)
    entries = calls.call_queue(who.now, actor=who.actor, receiver=receiver) if receiver else ()
    return {"call": entries[0] if entries else None, "contacts": calls.contacts_of(receiver) if receiver else []}


@router.post("/calls/{receiver}/unanswered", response=writes(CallListOut), operation_id="call_unanswered")
def call_unanswered(request: HttpRequest, receiver: UUID, key: Key) -> dict[str, Any]:
    """Nobody picked up: it comes back after half an hour, then later. Returns the queue."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.nobody_answers(receiver=receiver, actor=who.actor, now=who.now, request_id=key),
    )
    return {"items": calls.call_queue(who.now, actor=who.actor)}


@router.post("/receivers/{receiver}/contacts", response=writes(ContactOut, 201), operation_id="contact_add")
def contact_add(request: HttpRequest, receiver: UUID, key: Key, given: ContactIn) -> Status[calls.ContactView]:
    """A number to ring back. A person's own is enciphered and not told again here."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.add_contact(receiver=receiver, **given.dict(), actor=who.actor, now=who.now),
        {"kind": given.kind, "label": given.label},
    )
    return Status(201, next(view for view in calls.contacts_of(receiver) if view.id == made))


@router.get("/doubles", response=reads(DoubleListOut), operation_id="double_list")
def double_list(request: HttpRequest, need: UUID | None = None) -> dict[str, Any]:
    """Needs that may be one, or part of one, with what speaks for it. A person decides."""
    _office(request)
    return {"items": doubles.doubles(need=need)}


@router.post("/ties", response=writes(MadeOut, 201), operation_id="tie_make")
def tie_make(request: HttpRequest, key: Key, given: TieIn) -> Status[dict[str, UUID]]:
    """A person says that two needs are the same, whole and part, or two. Returns the tie."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.tie(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/ties/{tie}/undo", response=writes(MadeOut), operation_id="tie_undo")
def tie_undo(request: HttpRequest, tie: UUID, key: Key, given: WhyIn) -> dict[str, UUID]:
    """Both needs count by themselves again."""
    who = caller(request)
    once(request, key, lambda: services.untie(tie=tie, why=given.why, actor=who.actor, now=who.now), given)
    return {"id": tie}


@router.get("/houses", response=reads(HouseListOut), operation_id="house_list")
def house_list(request: HttpRequest) -> dict[str, Any]:
    """Receivers that may be one house written in two ways, with what speaks for it."""
    _office(request)
    return {
        "items": [
            {
                "one": _side(couple.one),
                "other": _side(couple.other),
                "likeness": couple.likeness.value,
                "score": couple.score,
                "grounds": [list(ground) for ground in couple.grounds],
            }
            for couple in houses.likely_houses()
        ]
    }


@router.get("/merges", response=reads(MergeListOut), operation_id="merge_list")
def merge_list(request: HttpRequest, in_force: bool | None = None) -> dict[str, Any]:
    """What was merged, newest first."""
    _office(request)
    return {"items": register.merges(in_force=in_force)}


@router.post("/merges", response=writes(MergeOut, 201), operation_id="merge_make")
def merge_make(request: HttpRequest, key: Key, given: MergeIn) -> Status[register.MergeView]:
    """`kept` speaks for `merged` from now on. Nothing of the book is rewritten."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.merge_houses(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, register.merge(made))


@router.post("/merges/{merge}/undo", response=writes(MergeOut), operation_id="merge_undo")
def merge_undo(request: HttpRequest, merge: UUID, key: Key, given: WhyIn) -> register.MergeView:
    """Both speak for themselves again, exactly as before."""
    who = caller(request)
    once(request, key, lambda: services.undo_merge(merge=merge, why=given.why, actor=who.actor, now=who.now), given)
    return register.merge(merge)


@router.post("/apart", response=writes(MadeOut, 201), operation_id="apart_say")
def apart_say(request: HttpRequest, key: Key, given: ApartIn) -> Status[dict[str, UUID]]:
    """These two are never one."""
    who = caller(request)
    made = once_made(request, key, lambda: services.keep_apart(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, {"id": made})


@router.get("/uses", response=reads(UseListOut), operation_id="use_list")
def use_list(request: HttpRequest) -> dict[str, Any]:
    """What one person uses of each item, by group, with its source."""
    _office(request)
    return {"items": figures.all_uses()}


@router.get("/uses/effects", response=reads(EffectListOut), operation_id="use_effects")
def use_effects(
    request: HttpRequest,
    item: Chosen,
    group: GroupCode,
    amount_milli: Annotated[int, Query(ge=1, le=2**31 - 1)],
    per_days: Annotated[int, Query(ge=1, le=366)] = 1,
) -> dict[str, Any]:
    """Which needs would become what. Nothing is written."""
    _office(request)
    found = services.preview_use(item=item_id(item), group=group, amount_milli=amount_milli, per_days=per_days)
    return {"items": found, "seen": figures.seen_hash(found)}


@router.post("/uses", response=writes(EffectListOut), operation_id="use_set")
def use_set(request: HttpRequest, key: Key, given: UseSetIn) -> dict[str, Any]:
    """The house's figure from now on; the needs that rest on it follow."""
    who = caller(request)
    done: list[figures.Effect] = []

    def act() -> None:
        done.extend(
            services.set_use(
                **given.dict() | {"item": item_id(given.item)}, actor=who.actor, now=who.now, request_id=key
            )
        )

    once(request, key, act, given)
    return {"items": done, "seen": given.seen}


@router.get("/communities", response=reads(CommunityListOut), operation_id="community_list")
def community_list(request: HttpRequest) -> dict[str, Any]:
    """Sums by group, of the caller's communities; households are shown only to their clerks, on the pages."""
    who = caller(request)
    who.require_somewhere(*OFFICE)
    return {"items": households.communities(receivers_within(who.actor))}


@router.post("/communities/{community}/households", response=writes(CommunityOut), operation_id="household_count")
def household_count(request: HttpRequest, community: UUID, key: Key, given: HouseholdIn) -> households.CommunityView:
    """One household as counted now; the same code again takes the place of the earlier count."""
    who = caller(request)
    facts = given.dict()
    code = facts.pop("code")
    once_made(
        request,
        key,
        lambda: counting.count_household(
            community=community, code=code, counts=counting.Counts(**facts), actor=who.actor, now=who.now
        ),
        given,
    )
    return households.communities([community])[0]


@router.post("/communities/{community}/needs", response=writes(NeedOut, 201), operation_id="community_need_ask")
def community_need_ask(request: HttpRequest, community: UUID, key: Key, given: CommunityNeedIn) -> Status[NeedView]:
    """A need for so many days from the households counted and the house's uses."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: counting.ask_for_community(
            community=community,
            **given.dict() | {"item": item_id(given.item)},
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.need(made))


@router.get("/communities/{community}/recount", response=reads(EffectListOut), operation_id="community_effects")
def community_effects(request: HttpRequest, community: UUID) -> dict[str, Any]:
    """What the households as counted now would make of the community's open needs."""
    require_sight(caller(request).actor, community)
    found = counting.preview_recount(community=community)
    return {"items": found, "seen": figures.seen_hash(found)}


@router.post("/communities/{community}/recount", response=writes(EffectListOut), operation_id="community_recount")
def community_recount(request: HttpRequest, community: UUID, key: Key, given: SeenIn) -> dict[str, Any]:
    """The community's needs rest on its households as counted now."""
    who = caller(request)
    done: list[figures.Effect] = []
    once(
        request,
        key,
        lambda: done.extend(counting.recount(community=community, seen=given.seen, actor=who.actor, now=who.now)),
        given,
    )
    return {"items": done, "seen": given.seen}


def _office(request: HttpRequest) -> Caller:
    who = caller(request)
    who.require(*OFFICE)
    return who


def _side(side: houses.HouseSide) -> dict[str, Any]:
    return {
        "id": side.party.id,
        "name": side.party.name,
        "city": side.party.city,
        "address": side.address,
        "needs_count": side.needs_count,
    }
