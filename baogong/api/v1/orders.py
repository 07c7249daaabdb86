"""Baskets gathered in chat groups: drafted, reported, pasted, settled, ordered, counted in, shared out, handed over; trucks."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from baogong.api.v1.access import Caller, caller
from baogong.api.v1.fields import NAMES_MAX, Day, ItemName, Moment, Signed
from baogong.api.v1.handling import BroughtAgainOut
from baogong.api.v1.requests import After, Key, Limit, MadeOut, Page, WhyIn, item_id, made, once, once_made, page_of
from baogong.delivery.services import placing
from baogong.delivery.sources import BASKETS
from baogong.engine.sheets.limits import Limits
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.needs.queries.sight import OFFICE
from baogong.orders import queries, services
from baogong.orders.queries import BasketView
from baogong.orders.services.baskets import ITEMS_MAX
from baogong.orders.services.chains import CHARACTERS_MAX, PACKS_MAX
from baogong.orders.services.handing import FEN_MAX
from baogong.orders.services.steps import HANDS

router = Router(tags=["orders"])

READERS = (*OFFICE, Duty.KEEPER)
MenuCode = Annotated[str, Field(min_length=1, max_length=4, description="A line's code on the basket's menu.")]
Packs = Annotated[int, Field(ge=0, le=PACKS_MAX)]
LineState = Literal["COUNTED", "WAITING", "WITHDRAWN", "LEFT_OUT", "SUPERSEDED", "SKIPPED"]


class MenuLineIn(Schema):
    """`units_per_pack`: base units of the item in what people order one of."""

    code: MenuCode
    name: str = Field(min_length=2, max_length=40)
    item: ItemName
    units_per_pack: int = Field(1, ge=1, le=1_000_000)
    price_fen: int = Field(0, ge=0, le=FEN_MAX)


class BasketDraftIn(Schema):
    """`office`: the residents' committee. The organiser lives in the community, at a door its register has."""

    office: UUID
    community: UUID
    supplier: UUID
    title: str = Field(min_length=1, max_length=60)
    organiser: str = Field(min_length=1, max_length=40)
    building: str = Field(min_length=1, max_length=40)
    unit: str = Field("", max_length=20)
    room: str = Field("", max_length=20)
    on: Day
    closes_at: Moment
    items: list[MenuLineIn] = Field(min_length=1, max_length=ITEMS_MAX)
    packs_min: Packs = 0
    household_max: Packs = 0
    tolerance_permille: int = Field(0, ge=0, le=1000)


class BasketReportIn(Schema):
    licence: str = Field(min_length=1, max_length=60)
    driver: str = Field(min_length=1, max_length=40)
    plate: str = Field(min_length=1, max_length=20)


class ChainPasteIn(Schema):
    """The chain as it stands in the group. Of one `group` the newer paste takes the earlier one's place."""

    text: str = Field(min_length=1, max_length=CHARACTERS_MAX)
    group: str = Field("", max_length=60)
    file_name: str = Field("", max_length=120)


class ChainTableForm(Schema):
    """`profile`: the program it was exported from."""

    profile: Literal["kuaituantuan", "qunjielong"]
    group: str = Field("", max_length=60)


class PacksIn(Schema):
    code: MenuCode
    packs: int = Field(ge=-PACKS_MAX, le=PACKS_MAX)


class LinesSettledIn(Schema):
    """
    COUNT as they stand, or with the door and packs given here; WITHDRAW; LEAVE_OUT for a reason.

    `items`, `name` null: as read. `is_sure`: the door is right although the register has it not.
    """

    lines: list[UUID] = Field(min_length=1, max_length=NAMES_MAX)
    what: Literal["COUNT", "WITHDRAW", "LEAVE_OUT"]
    building: str | None = Field(None, max_length=40)
    unit: str = Field("", max_length=20)
    room: str = Field("", max_length=20)
    items: list[PacksIn] | None = Field(None, max_length=ITEMS_MAX)
    reason: str = Field("", max_length=200)
    is_sure: bool = False
    name: str | None = Field(None, max_length=80)


class BasketCountedIn(Schema):
    """`damaged` of the packs counted are no good."""

    code: MenuCode
    packs: Packs
    damaged: Packs = 0


class BasketArrivalIn(Schema):
    """`why_other`: why another driver or plate than reported came in."""

    driver: str = Field(min_length=1, max_length=40)
    plate: str = Field(min_length=1, max_length=20)
    signed_in_at: Moment
    sprayed_at: Moment | None = None
    counted: list[BasketCountedIn] = Field(min_length=1, max_length=ITEMS_MAX)
    why_other: str = Field("", max_length=200)


class BasketArrivalOut(Schema):
    """`noted_at`: when the spraying was written down, where that was after the check-in."""

    id: UUID
    driver: str
    plate: str
    why_other: str
    signed_in_at: datetime
    counted_by: str
    packs: int
    sprayed_at: datetime | None
    sprayed_by: str
    noted_at: datetime | None


class BasketArrivalList(Schema):
    items: list[BasketArrivalOut]


class SprayedIn(Schema):
    sprayed_at: Moment


class BasketHandoverIn(Schema):
    """`witness`: who saw it, a leader of the building."""

    households: list[UUID] = Field(min_length=1, max_length=NAMES_MAX)
    witness: Signed = Field(min_length=1)


class LostPortionOut(Schema):
    id: UUID
    basket: UUID
    title: str
    office: UUID
    community_name: str
    building: str
    unit: str
    room: str
    code: str
    name: str
    packs: int


class LostPortionList(Schema):
    items: list[LostPortionOut]


class FenIn(Schema):
    fen: int = Field(ge=1, le=FEN_MAX)


class BasketTruckIn(Schema):
    supplier: UUID
    on: Day
    name: str = Field(min_length=1, max_length=40)
    packs_max: int = Field(ge=1, le=PACKS_MAX)
    plate: str = Field("", max_length=20)


class BasketOnTruckIn(Schema):
    truck: UUID


class ChatBasketOut(Schema):
    """A line of the day's list. `packs`: ordered; `waiting`: lines of its chains that wait for a person."""

    id: UUID
    title: str
    office: UUID
    office_name: str
    community: UUID
    community_name: str
    supplier: UUID
    supplier_name: str
    state: str
    on: date
    closes_at: datetime
    waiting: int
    households: int
    packs: int
    given: int
    truck: UUID | None
    truck_name: str


class ChatBasketPage(Page):
    items: list[ChatBasketOut]


class MenuLineOut(Schema):
    """Packs over all households; `counted` and `damaged` when it came."""

    code: str
    name: str
    item: UUID
    units_per_pack: int
    price_fen: int
    asked: int
    ordered: int
    loaded: int
    given: int
    counted: int
    damaged: int


class ChatBasketDetailOut(Schema):
    id: UUID
    title: str
    office: UUID
    office_name: str
    community: UUID
    community_name: str
    supplier: UUID
    supplier_name: str
    organiser: str
    licence: str
    driver: str
    plate: str
    state: str
    on: date
    closes_at: datetime
    packs_min: int
    household_max: int
    tolerance_permille: int
    document: UUID | None
    truck: UUID | None
    truck_name: str
    items: list[MenuLineOut]
    arrivals: int
    unsprayed: int
    is_beyond_tolerance: bool


class ChainLineOut(Schema):
    """`words`: the characters it was read from. `why` and `doubts` are codes; `items` are (code, packs)."""

    id: UUID
    paste: UUID
    number: int
    kind: str
    state: str
    words: str
    where: str
    why: str
    suggestion: str
    name: str
    building: str
    unit: str
    room: str
    items: list[tuple[str, int]]
    note: str
    is_paid: bool
    doubts: list[str]
    reason: str


class ChainLineList(Schema):
    items: list[ChainLineOut]


class BasketPortionOut(Schema):
    code: str
    name: str
    asked: int
    ordered: int
    loaded: int
    given: int | None
    handed_at: datetime | None
    way: str


class BasketHouseholdOut(Schema):
    """`owed_fen`: paid, and neither got for it nor paid back. `way` of a portion: HERE, UNDERWAY, LOST."""

    id: UUID
    building: str
    unit: str
    room: str
    name: str
    paid_fen: int
    refunded_fen: int
    owed_fen: int
    packs: int
    portions: list[BasketPortionOut]


class BasketHouseholdList(Schema):
    items: list[BasketHouseholdOut]


class AnswerItemOut(Schema):
    """`whys`: (code, packs) of MAXIMUM, TRUCK, SHORT, OFF."""

    code: str
    name: str
    asked: int
    gets: int
    whys: list[tuple[str, int]]


class BasketAnswerOut(Schema):
    """What became of a household's order beside its own words."""

    household: BasketHouseholdOut
    words: list[str]
    items: list[AnswerItemOut]


class BasketAnswerList(Schema):
    items: list[BasketAnswerOut]


class BasketCutOut(Schema):
    """Packs of one good of which a household gets fewer than it asks for. `place`: building, unit, room; `whys` as of an answer."""

    place: tuple[str, str, str]
    name: str
    item: str
    asked: int
    gets: int
    whys: list[tuple[str, int]]


class BasketCutList(Schema):
    items: list[BasketCutOut]


class ChatTextOut(Schema):
    """To be copied into the group; the chain reader reads it back exactly. Nobody counts `queue` and `cuts` as ordered."""

    text: str


class DemandRowOut(Schema):
    id: UUID
    name: str
    baskets: int
    households: int
    packs: list[tuple[str, int]]
    total: int


class TruckOut(Schema):
    """`over`: packs of its baskets that do not go onto it."""

    id: UUID
    name: str
    plate: str
    supplier: UUID
    supplier_name: str
    packs_max: int
    packs: int
    loaded: int
    over: int
    loaded_at: datetime | None
    communities: list[str]
    baskets: int
    items: list[tuple[str, int]]


class DemandOut(Schema):
    """A day's demand by committee, supplier and truck; trucks for whoever sees the whole house."""

    on: date
    by_office: list[DemandRowOut]
    by_supplier: list[DemandRowOut]
    by_basket: list[DemandRowOut]
    trucks: list[TruckOut]


def _own(request: HttpRequest, basket: UUID, *duties: Duty) -> tuple[Caller, BasketView]:
    who, view = caller(request), queries.basket(basket)
    who.require(*(duties or READERS), at=view.office)
    return who, view.at(who.now)


@router.get("/baskets", response=ChatBasketPage, operation_id="chat_basket_list")
def chat_basket_list(request: HttpRequest, on: Day | None = None, after: After = None, limit: Limit = 100) -> Any:
    """The baskets of the caller's committees; `on`: those of one day."""
    who = caller(request)
    rows = [row.at(who.now) for row in queries.baskets(offices=who.sites(*READERS), on=on)]
    return page_of(rows, after=after, limit=limit)


@router.post("/baskets", response={201: MadeOut}, operation_id="chat_basket_draft")
def chat_basket_draft(request: HttpRequest, key: Key, given: BasketDraftIn) -> Status[dict[str, UUID]]:
    """Begin a basket of one community for one day."""
    items = [services.ItemIn(**one.dict() | {"item": item_id(one.item)}) for one in given.items]
    return made(request, key, services.draft_basket, given, items=items, request_id=key)


@router.get("/baskets/{basket}", response=ChatBasketDetailOut, operation_id="chat_basket_get")
def chat_basket_get(request: HttpRequest, basket: UUID) -> BasketView:
    return _own(request, basket)[1]


@router.post("/baskets/{basket}/report", response={201: MadeOut}, operation_id="chat_basket_report")
def chat_basket_report(request: HttpRequest, basket: UUID, key: Key, given: BasketReportIn) -> Status[dict[str, UUID]]:
    """Goods, licence and driver to the committee; it opens when a second person has signed the document answered here."""
    return made(request, key, services.report_basket, given, basket=basket, request_id=key)


@router.post("/baskets/{basket}/pastes", response={201: MadeOut}, operation_id="chain_paste")
def chain_paste(request: HttpRequest, basket: UUID, key: Key, given: ChainPasteIn) -> Status[dict[str, UUID]]:
    """Read a chain into the basket. What a person decided about a line holds on where the line comes again."""
    return made(request, key, services.paste_chain, given, basket=basket, request_id=key)


@router.post("/baskets/{basket}/tables", response={201: MadeOut}, operation_id="chain_table_paste")
def chain_table_paste(
    request: HttpRequest,
    basket: UUID,
    key: Key,
    file: Annotated[UploadedFile, File()],
    given: Annotated[ChainTableForm, Form()],
) -> Status[dict[str, UUID]]:
    """Orders that another program exported (multipart form, field `file`); every line names its cell."""
    name = file.name or "list"
    Limits().check_file(name, file.size or 0)
    data = file.read()
    who = caller(request)
    pasted = once_made(
        request,
        key,
        lambda: services.paste_table(
            basket=basket, file_name=name, data=data, profile=given.profile, group=given.group, actor=who.actor,
            now=who.now, request_id=key,
        ),
        given,
        name,
        sha256(data).hexdigest(),
    )  # fmt: skip
    return Status(201, {"id": pasted})


@router.get("/baskets/{basket}/lines", response=ChainLineList, operation_id="chain_line_list")
def chain_line_list(
    request: HttpRequest, basket: UUID, state: Annotated[LineState | None, Query()] = None
) -> dict[str, Any]:
    """Lines of its chains as they stand there; WAITING is the queue."""
    _own(request, basket)
    return {"items": queries.lines_of(basket, states=[state] if state else None)}


@router.post("/baskets/{basket}/lines/settle", response=ChatBasketDetailOut, operation_id="chain_line_settle")
def chain_line_settle(request: HttpRequest, basket: UUID, key: Key, given: LinesSettledIn) -> BasketView:
    """A person's word on lines the reader was not sure of."""
    said = given.dict(exclude={"lines", "items"})
    items = None if given.items is None else tuple((one.code, one.packs) for one in given.items)
    decision = services.Decision(**said, items=items)
    return _done(request, basket, key, given, services.settle_lines, lines=given.lines, decision=decision)


@router.post("/baskets/{basket}/close", response=ChatBasketDetailOut, operation_id="chat_basket_close")
def chat_basket_close(request: HttpRequest, basket: UUID, key: Key) -> BasketView:
    """Nothing is pasted any more; what waits can still be settled."""
    return _done(request, basket, key, None, services.close_basket, request_id=key)


@router.post("/baskets/{basket}/order", response=ChatBasketDetailOut, operation_id="chat_basket_order")
def chat_basket_order(request: HttpRequest, basket: UUID, key: Key) -> BasketView:
    """Sum the lines by household and item: the supplier's promise stands in the book."""
    return _done(request, basket, key, None, services.order_basket, request_id=key)


@router.post("/baskets/{basket}/call-off", response=ChatBasketDetailOut, operation_id="chat_basket_call_off")
def chat_basket_call_off(request: HttpRequest, basket: UUID, key: Key, given: WhyIn) -> BasketView:
    """Nothing comes of it; what was paid is owed back."""
    return _done(request, basket, key, given, services.call_off_basket, why=given.why, request_id=key)


@router.post("/baskets/{basket}/arrivals", response={201: MadeOut}, operation_id="chat_basket_check_in")
def chat_basket_check_in(
    request: HttpRequest, basket: UUID, key: Key, given: BasketArrivalIn
) -> Status[dict[str, UUID]]:
    """A vehicle signed in, its goods counted and sprayed. The answer is the document."""
    counted = [services.Counted(**one.dict()) for one in given.counted]
    return made(request, key, services.check_in, given, basket=basket, counted=counted, request_id=key)


@router.get("/baskets/{basket}/arrivals", response=BasketArrivalList, operation_id="chat_basket_arrival_list")
def chat_basket_arrival_list(request: HttpRequest, basket: UUID) -> dict[str, Any]:
    """The vehicles that came for it, in the order they were signed in."""
    _own(request, basket)
    return {"items": queries.arrivals_of(basket)}


@router.post(
    "/baskets/{basket}/arrivals/{arrival}/sprayed",
    response=ChatBasketDetailOut,
    operation_id="chat_basket_note_spraying",
)
def chat_basket_note_spraying(
    request: HttpRequest, basket: UUID, arrival: UUID, key: Key, given: SprayedIn
) -> BasketView:
    """What was checked in before it was sprayed: when it was. Only then it can be shared out."""
    return _done(
        request,
        basket,
        key,
        given,
        services.note_spraying,
        arrival=arrival,
        sprayed_at=given.sprayed_at,
        request_id=key,
    )


@router.post("/baskets/{basket}/share", response=ChatBasketDetailOut, operation_id="chat_basket_share")
def chat_basket_share(request: HttpRequest, basket: UUID, key: Key) -> BasketView:
    """Divide what came in whole packs; each portion is promised in the book."""
    return _done(request, basket, key, None, services.share_out, request_id=key)


@router.get("/baskets/{basket}/households", response=BasketHouseholdList, operation_id="chat_household_list")
def chat_household_list(request: HttpRequest, basket: UUID) -> dict[str, Any]:
    """Who gets what, in the order of their doors."""
    _own(request, basket)
    return {"items": queries.households_of(basket)}


@router.get("/baskets/{basket}/answers", response=BasketAnswerList, operation_id="chat_answer_list")
def chat_answer_list(request: HttpRequest, basket: UUID) -> dict[str, Any]:
    """Households that get less than they asked for: their own words, what they get and why."""
    _own(request, basket)
    return {"items": queries.answers_of(basket, only_short=True)}


@router.get("/baskets/{basket}/cuts", response=BasketCutList, operation_id="chat_cut_list")
def chat_cut_list(request: HttpRequest, basket: UUID) -> dict[str, Any]:
    """Whose orders are cut, and by what; before it is ordered, by the most for one household."""
    return {"items": queries.cuts_of(_own(request, basket)[1])}


@router.get("/baskets/{basket}/chat/{what}", response=ChatTextOut, operation_id="chat_text_get")
def chat_text_get(
    request: HttpRequest, basket: UUID, what: Literal["menu", "orders", "total", "answers", "cuts", "queue"]
) -> dict[str, str]:
    """A list of the basket as a message for the group."""
    return {"text": queries.chat_of(_own(request, basket)[1], what)}


@router.post("/baskets/{basket}/hand-over", response=ChatBasketDetailOut, operation_id="chat_basket_hand_over")
def chat_basket_hand_over(request: HttpRequest, basket: UUID, key: Key, given: BasketHandoverIn) -> BasketView:
    """These households have their portions; those that had them before are left as they are."""
    evidence = [EvidenceIn("WITNESS", by_name=given.witness)]
    return _done(
        request, basket, key, given, services.hand_over, households=given.households, evidence=evidence, request_id=key
    )


@router.get("/portions/lost", response=LostPortionList, operation_id="chat_portion_lost_list")
def chat_portion_lost_list(request: HttpRequest) -> dict[str, Any]:
    """Portions whose packs were lost on the way to their door, the oldest day first."""
    return {"items": queries.lost_portions(caller(request).sites(*READERS))}


@router.post("/portions/{portion}/bring-again", response=BroughtAgainOut, operation_id="chat_portion_bring_again")
def chat_portion_bring_again(request: HttpRequest, portion: UUID, key: Key) -> dict[str, Any]:
    """Packs nobody was promised in place of lost ones; the same parcel is expected once more."""
    who = caller(request)
    who.require(*HANDS, at=queries.office_of_portion(portion))
    code = placing.bring_again(claim=portion, room=BASKETS, actor=who.actor, now=who.now, request_id=key)
    return {"claim": portion, "parcel": code}


@router.post("/households/{household}/paid", response=BasketHouseholdOut, operation_id="chat_household_pay")
def chat_household_pay(request: HttpRequest, household: UUID, key: Key, given: FenIn) -> queries.HouseholdView:
    """So much was paid to the organiser: noted, not held."""
    return _money(request, household, key, given, services.note_payment)


@router.post("/households/{household}/refunded", response=BasketHouseholdOut, operation_id="chat_household_refund")
def chat_household_refund(request: HttpRequest, household: UUID, key: Key, given: FenIn) -> queries.HouseholdView:
    """The organiser has paid so much back, at most what is owed."""
    return _money(request, household, key, given, services.note_refund)


@router.post("/baskets/{basket}/forget", response=ChatBasketDetailOut, operation_id="chat_basket_forget")
def chat_basket_forget(request: HttpRequest, basket: UUID, key: Key) -> BasketView:
    """A finished basket's chats, and names and doors of its people, are erased."""
    return _done(request, basket, key, None, services.forget_basket)


@router.get("/demand/{on}", response=DemandOut, operation_id="chat_demand_get")
def chat_demand_get(request: HttpRequest, on: Day) -> queries.Demand:
    """A day's baskets summed."""
    return queries.demand_on(on, offices=caller(request).sites(*READERS))


@router.post("/trucks", response={201: MadeOut}, operation_id="truck_add")
def truck_add(request: HttpRequest, key: Key, given: BasketTruckIn) -> Status[dict[str, UUID]]:
    """A vehicle of a supplier on one day."""
    return made(request, key, services.add_truck, given, request_id=key)


@router.post("/baskets/{basket}/truck", response=ChatBasketDetailOut, operation_id="chat_basket_put_on_truck")
def chat_basket_put_on_truck(request: HttpRequest, basket: UUID, key: Key, given: BasketOnTruckIn) -> BasketView:
    """This truck brings the basket; it may be another until it is loaded."""
    return _done(request, basket, key, given, services.put_on_truck, truck=given.truck)


@router.post("/trucks/{truck}/load", response=MadeOut, operation_id="truck_load")
def truck_load(request: HttpRequest, truck: UUID, key: Key) -> dict[str, UUID]:
    """Say what goes onto it; where it is too small, a share of each household's packs. The answer is the document."""
    who = caller(request)
    loaded = once_made(
        request, key, lambda: services.load_truck(truck=truck, actor=who.actor, now=who.now, request_id=key)
    )
    return {"id": loaded}


def _done(
    request: HttpRequest, basket: UUID, key: UUID, given: Schema | None, service: Any, **asked: Any
) -> BasketView:
    """The service asks the duty; the basket as it stands afterwards, to whoever may do that."""
    who = caller(request)
    once(request, key, lambda: service(basket=basket, **asked, actor=who.actor, now=who.now), given)
    return queries.basket(basket).at(who.now)


def _money(request: HttpRequest, household: UUID, key: UUID, given: FenIn, note: Any) -> queries.HouseholdView:
    who = caller(request)
    once(
        request,
        key,
        lambda: note(household=household, fen=given.fen, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.household(household)
