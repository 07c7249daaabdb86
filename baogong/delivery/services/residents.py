"""
A household's own view by private link: where is mine, when and where do I fetch it; bring it to the door; I have it.

The link opens one door (all that comes for it) or one parcel. Changing anything asks the link's second factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.delivery.codes import tidy
from baogong.delivery.errors import NotHere, ParcelNotThere
from baogong.delivery.models import Handover, Parcel, ParcelAct
from baogong.delivery.queries.parcels import ParcelView, Whereabouts, whereabouts
from baogong.delivery.services import custody, handovers
from baogong.delivery.services.custody import Given
from baogong.journal.services import EvidenceIn, record, recorded
from baogong.kernel.actor import Actor
from baogong.people.services import links
from baogong.people.services.links import LinkView

LINK = "PARCELS"
OPEN_FOR = timedelta(days=7)
SHOWN_DAYS = timedelta(days=14)
HOUSEHOLD = Actor(None, "HOUSEHOLD", {})  # a word, said in the reader's language


@dataclass(frozen=True, slots=True)
class OwnParcel:
    """
    One parcel as its household sees it.

    expected_at   when somebody is planned to bring it; None: not planned yet, or there already
    fetch_from_at, fetch_until_at, shelf_name   when and where to fetch it
    can_ask_door  the door may still be asked for
    """

    id: UUID
    code: str
    category_zh: str
    category_en: str
    state: str
    wants_door: bool
    is_in_person: bool
    expected_at: datetime | None
    fetch_from_at: datetime | None
    fetch_until_at: datetime | None
    shelf_name: str
    moved_at: datetime
    can_ask_door: bool


@transaction.atomic
@recorded("delivery.link.made")
def make_parcels_link(*, subject: UUID, code: str, actor: Actor, now: datetime, open_for: timedelta = OPEN_FOR) -> str:
    """
    The token of a private link for a door, or for one parcel without a registered door.

    code  the second factor, told on another way
    Raises NotYourPlace (COMMAND or CLERK, of the community), ParcelNotThere (nothing has come for it).
    """
    found = Parcel.objects.filter(Q(door=subject) | Q(id=subject)).order_by("-number").first()
    if found is None:
        raise ParcelNotThere(
            "Nothing has come for this door, and there is no such parcel. No link was made.",
            where=str(subject),
            expected="a door or a parcel",
            cure="Look the parcel up by its code.",
        )
    token = links.make_link(
        purpose=LINK,
        subject=subject,
        party=found.community_id,
        expires_at=now + open_for,
        actor=actor,
        now=now,
        code=code,
    )
    record(kind="delivery.link.made", actor=actor, now=now, subject=subject)
    return token


@transaction.atomic
@recorded("delivery.link.ended")
def end_parcels_links(*, subject: UUID, actor: Actor, now: datetime) -> int:
    """Every open link of a door or a parcel opens nothing from now on; returns how many. Raises NotYourPlace."""
    ended = links.revoke_for(subject, purpose=LINK, actor=actor, now=now)
    record(kind="delivery.link.ended", actor=actor, now=now, subject=subject, data={"links": ended})
    return ended


def own_whereabouts(link: LinkView, now: datetime) -> list[Whereabouts]:
    """Where what the link opens is: the newest first; three queries."""
    rows = Parcel.objects.filter(_of(link), made_at__gte=now - SHOWN_DAYS).order_by("-number")
    return list(reversed(whereabouts(list(rows.values_list("id", flat=True)[:200]))))


def can_ask_door(view: ParcelView) -> bool:
    return view.state not in _PAST and not view.wants_door


def own_parcels(link: LinkView, now: datetime) -> tuple[OwnParcel, ...]:
    """What the link opens (`links.look_up` for LINK): the newest first; three queries."""
    found = []
    for place in own_whereabouts(link, now):
        view = place.parcel
        found.append(
            OwnParcel(
                view.id,
                view.code,
                view.category_zh,
                view.category_en,
                view.state,
                view.wants_door,
                view.is_in_person,
                place.planned_at,
                view.calling_from_at,
                view.calling_until_at,
                view.shelf_name,
                view.moved_at,
                can_ask_door(view),
            )
        )
    return tuple(found)


_PAST = (Parcel.State.HANDED_OVER, Parcel.State.SENT_BACK, Parcel.State.LOST, Parcel.State.WITHDRAWN)


def ask_for_door(
    *, link: LinkView, parcels: Sequence[UUID], code: str, now: datetime, paced_at: datetime | None = None
) -> int:
    """
    Bring these to the door instead of a shelf; how many were not asked for before. The keeper sees it, and whoever plans.

    Not in a transaction: a wrong code counts even if all else fails. Raises people.WrongCode, limits.TooOften,
    ParcelNotThere (not the link's own), NotHere (handed over already).
    """
    links.check_code(link.id, code, now, paced_at=paced_at)
    return _ask_for_door(link=link, parcels=parcels, now=now)


@transaction.atomic
@recorded("delivery.door-asked")
def _ask_for_door(*, link: LinkView, parcels: Sequence[UUID], now: datetime) -> int:
    rows = _own(link, parcels)
    fresh = [row for row in rows if not row.wants_door]
    for row in fresh:
        if row.state in _PAST:
            raise NotHere(
                f"Parcel {row.code} is “{row.get_state_display()}”. Nothing was changed.",
                where=row.code,
                found=row.state,
                expected="a parcel that is still to come",
                cure="Ask the station if you did not get it.",
            )
    ParcelAct.objects.bulk_create(
        [
            custody.act_of(row, ParcelAct.Kind.DOOR_ASKED, to=row.holder_id, actor=HOUSEHOLD, at_device=now, now=now)
            for row in fresh
        ]
    )
    Parcel.objects.filter(id__in=[row.id for row in fresh]).update(wants_door=True)
    record(
        kind="delivery.door-asked",
        actor=HOUSEHOLD,
        now=now,
        subject=link.subject,
        data={"parcels": [row.code for row in fresh]},
    )
    return len(fresh)


def confirm(
    *,
    link: LinkView,
    parcel: UUID,
    read: str,
    code: str,
    now: datetime,
    request_id: UUID,
    paced_at: datetime | None = None,
) -> None:
    """
    The household has it: off the shelf that is its handover; after a handover at the door it is a second word for it.

    read  the parcel's own code, where it was read off its label; without it, what shows it is the household's own word, given
          through its own link with the link's second factor
    Not in a transaction, as `ask_for_door`. Raises people.WrongCode, ParcelNotThere, NothingToShow, NotHere.
    """
    links.check_code(link.id, code, now, paced_at=paced_at)
    _confirm(link=link, parcel=parcel, read=read, now=now, request_id=request_id)


@transaction.atomic
def _confirm(*, link: LinkView, parcel: UUID, read: str, now: datetime, request_id: UUID) -> None:
    (row,) = _own(link, [parcel])
    if custody.done_before(request_id):
        return
    if row.state == Parcel.State.HANDED_OVER:
        if not ParcelAct.objects.filter(parcel=row, kind=ParcelAct.Kind.CONFIRMED).exists():
            act = custody.act_of(
                row,
                ParcelAct.Kind.CONFIRMED,
                to=row.holder_id,
                actor=HOUSEHOLD,
                at_device=now,
                now=now,
                batch=request_id,
            )
            act.save(force_insert=True)
        return
    custody.refuse_elsewhere(row, states=(Parcel.State.ON_SHELF,))
    is_read = bool(read.strip())
    shown = EvidenceIn("CODE", text=tidy(read)) if is_read else EvidenceIn("WITNESS", by_name=HOUSEHOLD.name)
    handovers.give(
        [Given(row, Handover.CONTACTLESS, [shown], now)],
        actor=HOUSEHOLD,
        now=now,
        request_id=request_id,
        by_household=not is_read,
    )


def _own(link: LinkView, parcels: Sequence[UUID]) -> list[Parcel]:
    """Locked. Raises ParcelNotThere where one of them is not what the link opens."""
    own = set(Parcel.objects.filter(_of(link), id__in=list(parcels)).values_list("id", flat=True))
    if not parcels or own != set(parcels):
        raise ParcelNotThere(
            "This link does not open that parcel. Nothing was changed.",
            where=str(link.id),
            expected="a parcel of the link's own",
            cure="Open the page again and choose from it.",
        )
    return list(custody.lock_parcels(own).values())


def _of(link: LinkView) -> Q:
    return Q(door=link.subject) | Q(id=link.subject)
