"""Parcels enter: expected from a list, or a share's one promise split into doors' parcels; and what kinds there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from baogong.catalogue import services as catalogue
from baogong.delivery.codes import code_of, tidy
from baogong.delivery.errors import NotHere, ParcelUnusable, WaybillTwice
from baogong.delivery.models import Category, Handover, Parcel, ParcelAct
from baogong.delivery.services import custody
from baogong.delivery.sources import Due
from baogong.engine.sheets.limits import longest
from baogong.journal.locks import lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State

MAKERS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
WEIGHT_MAX_G = 500_000
KIND_CODE_MAX = longest(Category, "code")
MODES = tuple(Handover.values)
MANIFEST = "manifest"
NUMBERS = "delivery.parcel.number"  # the word under which parcels are numbered, one request after the other


@dataclass(frozen=True, slots=True)
class ParcelIn:
    """
    One parcel to expect.

    source   its line in the room it comes from: the same line again is the same parcel
    building, unit, door   as far as the register knows the address; `room_text` as written
    category               a category's code
    weight_g, modes        None: the category's
    lot, hold              of a promise of a room below, which travels as this parcel
    visits_max             so often a courier comes where nobody is at home; None: as often as it takes
    """

    source: UUID
    community: UUID
    station: UUID
    category: str
    building: UUID | None = None
    unit: UUID | None = None
    door: UUID | None = None
    room_text: str = ""
    waybill: str = ""
    sender: UUID | None = None
    weight_g: int | None = None
    modes: tuple[str, ...] | None = None
    due_from_at: datetime | None = None
    due_until_at: datetime | None = None
    amount: int = 1
    lot: UUID | None = None
    hold: UUID | None = None
    visits_max: int | None = None


@transaction.atomic
@recorded("delivery.category.set")
def set_category(
    *,
    code: str,
    name_zh: str,
    name_en: str,
    modes: Sequence[str],
    is_cold: bool = False,
    weight_g: int = 1000,
    service_s: int | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    Say what a kind of parcel is, and how it may be handed over, the usual way first; parcels already expected keep theirs.

    Raises NotYourPlace, ParcelUnusable.
    """
    actor.require(Duty.COMMAND)
    known = [mode for mode in modes if mode in Handover.values]
    if not known or len(known) != len(list(modes)) or len(set(known)) != len(known) or not 0 < weight_g <= WEIGHT_MAX_G:
        raise ParcelUnusable(
            f"A kind of parcel is handed over in one of the known ways, and one weighs at most {WEIGHT_MAX_G:,} g.",
            where="modes",
            found=[*modes, weight_g],
            expected=list(Handover.values),
            cure="Name at least one way, each once, and a weight above 0.",
        )
    row, _ = Category.objects.update_or_create(
        code=code,
        defaults={
            "name_zh": name_zh.strip(),
            "name_en": name_en.strip() or name_zh.strip(),
            "modes": known,
            "is_cold": is_cold,
            "weight_g": weight_g,
            "service_s": service_s,
        },
    )
    record(kind="delivery.category.set", actor=actor, now=now, subject=row.id, data={"code": code, "modes": known})
    return row.id


def are_categories_as_seeded() -> bool:
    """Whether nobody has touched the kinds of parcels every book opens with."""
    seeded = import_module("baogong.delivery.migrations.0002_kinds_of_parcels").KINDS
    kept = Category.objects.values_list("id", "code", "name_zh", "name_en", "is_cold", "modes", "weight_g")
    is_plain = not Category.objects.filter(Q(item__isnull=False) | Q(service_s__isnull=False)).exists()
    return is_plain and {(str(row[0]), *row[1:5], tuple(row[5]), row[6]) for row in kept} == {
        (*kind[:5], tuple(kind[5]), kind[6]) for kind in seeded
    }


def category_items(categories: Collection[Category]) -> dict[UUID, UUID]:
    """Category → the item that its parcels are counted as in the book; registered when first needed."""
    for row in categories:
        if row.item_id is None:
            row.item_id = catalogue.add_item(
                code=f"parcel-{row.code}"[:60],
                name_zh=f"包裹·{row.name_zh}",
                name_en=f"Parcel: {row.name_en}",
                unit="PIECE",
            )
            row.save(update_fields=["item"])
    return {row.id: row.item_id for row in categories if row.item_id is not None}


@transaction.atomic
@recorded("delivery.parcels.expected")
def expect(*, parcels: Sequence[ParcelIn], document: UUID | None, actor: Actor, now: datetime) -> tuple[UUID, ...]:
    """
    Write down what a station is to expect; each gets its number and code. A line expected before stays as it is.

    Returns the parcels' ids in the order given. Raises NotYourPlace, WaybillTwice, ParcelUnusable.
    """
    for station in sorted({one.station for one in parcels}):
        actor.require(*MAKERS, at=station)
    made = write(parcels, room=MANIFEST, document=document, now=now)
    record(
        kind="delivery.parcels.expected",
        actor=actor,
        now=now,
        document=document,
        data={"parcels": len(parcels), "new": len(made)},
    )
    return tuple(derived_id("delivery.parcel", MANIFEST, one.source) for one in parcels)


def write(parcels: Sequence[ParcelIn], *, room: str, document: UUID | None, now: datetime) -> list[Parcel]:
    """The new ones among them, numbered, with codes; in a handful of statements however many there are."""
    lock_word(NUMBERS)
    ids = [derived_id("delivery.parcel", room, one.source) for one in parcels]
    known = set(Parcel.objects.filter(id__in=ids).values_list("id", flat=True))
    fresh = [(own, one) for own, one in zip(ids, parcels, strict=True) if own not in known]
    categories = {row.code: row for row in Category.objects.all()}
    _refuse_unusable([one for _, one in fresh], categories)
    top = Parcel.objects.aggregate(top=Max("number"))["top"]
    first = 0 if top is None else top + 1
    rows = []
    for number, (own, one) in enumerate(fresh, start=first):
        category = categories[one.category]
        rows.append(
            Parcel(
                id=own,
                number=number,
                code=code_of(number),
                waybill=tidy(one.waybill),
                room=room,
                source=one.source,
                sender_id=one.sender,
                category=category,
                community_id=one.community,
                building_id=one.building,
                unit_id=one.unit,
                door_id=one.door,
                room_text=one.room_text,
                weight_g=category.weight_g if one.weight_g is None else one.weight_g,
                is_cold=category.is_cold,
                modes=list(one.modes or category.modes),
                due_from_at=one.due_from_at,
                due_until_at=one.due_until_at,
                amount=one.amount,
                lot=one.lot,
                hold=one.hold,
                visits_max=one.visits_max,
                station_id=one.station,
                moved_at=now,
                document=document,
                made_at=now,
            )
        )
    return Parcel.objects.bulk_create(rows, batch_size=1000)


def _refuse_unusable(parcels: Sequence[ParcelIn], categories: dict[str, Category]) -> None:
    for one in parcels:
        modes = one.modes if one.modes is not None else ("CONTACTLESS",)
        weight_g = 1 if one.weight_g is None else one.weight_g
        if (
            one.category not in categories
            or not modes
            or any(mode not in Handover.values for mode in modes)
            or not 0 <= weight_g <= WEIGHT_MAX_G
            or one.amount < 1
        ):
            raise ParcelUnusable(
                "A parcel is of a known kind, weighs between 0 and 500 kg, and is handed over in a known way. Nothing was "
                "written.",
                where=one.waybill or str(one.source),
                found=[one.category, weight_g, list(modes)],
                expected=[sorted(categories), WEIGHT_MAX_G, list(Handover.values)],
                cure="Correct the line.",
            )
    waybills = Counter(tidy(one.waybill) for one in parcels if one.waybill)
    twice = sorted(number for number, count in waybills.items() if count > 1)
    taken = Parcel.objects.filter(waybill__in=list(waybills)).order_by("waybill").values_list("waybill", "code")
    clash = [(number, "") for number in twice] or list(taken[:5])
    if clash:
        number, code = clash[0]
        raise waybill_taken(number, code, [number for number, _ in clash][:5])


def waybill_taken(number: str, code: str = "", numbers: Sequence[str] = ()) -> WaybillTwice:
    """`code`: of the parcel that has the number; `numbers`: all that are met twice."""
    return WaybillTwice(
        f"Waybill {number} stands for {f'parcel {code}' if code else 'two parcels of this list'} already. Nothing was "
        "written.",
        where=number,
        found=list(numbers) or [number],
        expected="each number once",
        cure="Correct the number, or leave the line out.",
    )


def line_of(waybill: str) -> UUID:
    """The source of a parcel that is known by another carrier's number, on whichever list it stands."""
    return derived_id("delivery.manifest", waybill)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one household gets out of a share."""

    building: UUID | None = None
    unit: UUID | None = None
    door: UUID | None = None
    room_text: str = ""
    amount: int = 1


@transaction.atomic
@recorded("delivery.parcels.pulled")
def pull(
    *,
    due: Due,
    pieces: Sequence[Piece],
    category: str,
    weight_g: int,
    station: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> tuple[UUID, ...]:
    """
    Split what is promised to a community, and stands at this station, into its households' parcels.

    due       from `sources.due_at`: one promise of a lower room
    weight_g  of one base unit of it
    The promise ends in part and goes on under the parcels, so the room it came from sees through its own hold when each
    is handed over. What is not split stays promised as it was. The same request again changes nothing.
    Raises NotYourPlace, NotHere (it stands elsewhere, or less of it is open), ParcelUnusable.
    """
    actor.require(*MAKERS, at=station)
    if not pieces or any(piece.amount < 1 for piece in pieces):
        raise UnusableInput(
            "A share is split into at least one parcel, each of one unit or more. Nothing was changed.",
            where="pieces",
            found=len(pieces),
            expected="amounts of 1 or more",
            cure="Name the households and what each gets.",
        )
    wanted = [
        ParcelIn(
            source=derived_id("delivery.piece", request_id, due.id, number),
            community=due.receiver,
            station=station,
            category=category,
            building=piece.building,
            unit=piece.unit,
            door=piece.door,
            room_text=piece.room_text,
            weight_g=min(weight_g * piece.amount, WEIGHT_MAX_G),
            amount=piece.amount,
        )
        for number, piece in enumerate(pieces)
    ]
    rows = write(wanted, room=due.room, document=None, now=now)
    if rows:
        hold = book.hold(due.hold)
        total = sum(row.amount for row in rows)
        if hold.source.holder != station or hold.open < total:
            raise NotHere(
                f"{hold.open if hold.source.holder == station else 0} of this promise stand at the station; {total} were to "
                "be split into parcels. Nothing was changed.",
                where=str(due.id),
                found=total,
                expected=f"at most {hold.open}",
                cure="Receive the truck that brings the rest, or give fewer households.",
            )
        stock = AccountRef(station, State.AVAILABLE)
        lines = [ledger.void_line(hold, total)]
        if hold.source != stock:  # a company's own stock stays frozen until it is handed out
            lines.append(ledger.post_line(hold.source, stock, hold.lot, total))
        lines += [
            ledger.hold_line(
                stock,
                custody.promised_to(row),
                hold.lot,
                row.amount,
                id=custody.onward_id(request_id, row.id),
                continues=hold.id,
            )
            for row in rows
        ]
        ledger.post(
            lines=lines,
            actor=actor,
            reason=Reason.ALLOT,
            document=None,
            request_id=derived_id(request_id, "pull"),
            now=now,
        )
        acts = []
        for row in rows:
            row.lot, row.hold = hold.lot, custody.onward_id(request_id, row.id)
            row.holder_id, row.state = station, Parcel.State.AT_STATION
            acts.append(
                custody.act_of(
                    row, ParcelAct.Kind.RECEIVED, to=station, actor=actor, at_device=now, now=now, batch=request_id
                )
            )
        custody.keep(rows, acts)
    record(
        kind="delivery.parcels.pulled",
        actor=actor,
        now=now,
        subject=due.receiver,
        data={"room": due.room, "source": str(due.id), "parcels": len(pieces), "amount": sum(p.amount for p in pieces)},
    )
    return tuple(derived_id("delivery.parcel", due.room, one.source) for one in wanted)
