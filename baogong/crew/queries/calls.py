"""Calls, who answered them, and the passes of a place, as others read them. No telephone, no test result."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from baogong.crew.models import Call, Pass, RollAnswer, SignUp
from baogong.crew.queries.fitness import Fitness, members, proofs_of
from baogong.kernel.errors import NotFound

CALLS_MAX, SIGN_UPS_MAX = 200, 2_000


class CallNotThere(NotFound):
    code = "crew.call-not-there"


class SignUpNotThere(NotFound):
    code = "crew.sign-up-not-there"


class PassNotThere(NotFound):
    code = "crew.pass-not-there"


@dataclass(frozen=True, slots=True)
class CallView:
    """One call and how far it is; `is_open`: somebody may still sign up."""

    id: UUID
    place: UUID
    place_name: str
    title: str
    works: tuple[str, ...]
    people_count: int
    closes_at: datetime
    muster_at: datetime
    muster_where: str
    note: str
    opened_at: datetime
    opened_by_name: str
    closed_at: datetime | None
    is_open: bool
    signed_count: int
    listed_count: int
    passes_count: int


@dataclass(frozen=True, slots=True)
class PassView:
    """A pass as the people of its place see it."""

    id: UUID
    person: UUID
    name: str
    place: UUID
    place_name: str
    call: UUID | None
    code: str
    number: str
    state: str
    from_at: datetime | None
    until_at: datetime | None
    applied_at: datetime
    decided_at: datetime | None
    revoked_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class SignUpView:
    """
    One answer to a call, with the newest pass of the person for its place.

    fitness    for the moment of the muster; None where it was not asked for
    mustered   the answer at the muster's roll call, "" where nobody called yet
    """

    id: UUID
    call: UUID
    person: UUID
    name: str
    employer: UUID | None
    employer_name: str
    employer_text: str
    home: str
    works: tuple[str, ...]
    note: str
    state: str
    by_link: bool
    signed_at: datetime
    why: str
    pass_id: UUID | None
    pass_code: str
    pass_state: str
    fitness: Fitness | None
    mustered: str


def calls(
    *, places: Collection[UUID] | None = None, now: datetime, ids: Collection[UUID] | None = None
) -> tuple[CallView, ...]:
    """The newest muster first; one query."""
    holders = Pass.objects.filter(place=OuterRef(OuterRef("place")), state=Pass.State.GRANTED).values("person")
    passed = (
        SignUp.objects.filter(call=OuterRef("pk"), state=SignUp.State.LISTED, person__in=holders)
        .order_by()
        .values("call")
        .annotate(count=Count("id"))
        .values("count")
    )
    rows = Call.objects.annotate(
        signed_count=Count("sign_ups", filter=Q(sign_ups__state__in=("SIGNED", "LISTED")), distinct=True),
        listed_count=Count("sign_ups", filter=Q(sign_ups__state="LISTED"), distinct=True),
        passes_count=Coalesce(Subquery(passed), 0),
    ).order_by("-muster_at", "-id")
    if places is not None:
        rows = rows.filter(place__in=places)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    found = list(rows.select_related("place")[:CALLS_MAX])
    return tuple(
        CallView(
            id=row.id,
            place=row.place_id,
            place_name=row.place.name,
            title=row.title,
            works=tuple(row.works),
            people_count=row.people_count,
            closes_at=row.closes_at,
            muster_at=row.muster_at,
            muster_where=row.muster_where,
            note=row.note,
            opened_at=row.opened_at,
            opened_by_name=row.opened_by_name,
            closed_at=row.closed_at,
            is_open=row.closed_at is None and now < row.closes_at,
            signed_count=row.signed_count,
            listed_count=row.listed_count,
            passes_count=row.passes_count,
        )
        for row in found
    )


def call(call_id: UUID, *, now: datetime) -> CallView:
    """Raises CallNotThere."""
    found = calls(ids=[call_id], now=now)
    if not found:
        raise CallNotThere("There is no such call.", where=str(call_id), cure="Choose one from the list of calls.")
    return found[0]


def sign_ups(call_id: UUID, *, now: datetime, with_fitness: bool = False) -> tuple[SignUpView, ...]:
    """Everybody who answered the call, in the order they did; four queries, seven with their fitness at the muster."""
    rows = list(
        SignUp.objects.filter(call=call_id).select_related("call", "person").order_by("signed_at", "id")[:SIGN_UPS_MAX]
    )
    return _sign_ups(rows, now=now, with_fitness=with_fitness)


def sign_up(sign_up_id: UUID, *, now: datetime) -> SignUpView:
    """Raises SignUpNotThere."""
    found = _sign_ups(
        list(SignUp.objects.filter(pk=sign_up_id).select_related("call", "person")), now=now, with_fitness=False
    )
    if not found:
        raise SignUpNotThere("There is no such sign-up.", where=str(sign_up_id), cure="Choose one from the call.")
    return found[0]


def muster_sheet(call_id: UUID, *, now: datetime) -> tuple[SignUpView, ...]:
    """Who is on the list, by name, with pass code and what is still missing at the muster."""
    listed = [view for view in sign_ups(call_id, now=now, with_fitness=True) if view.state == SignUp.State.LISTED]
    return tuple(sorted(listed, key=lambda view: (view.employer_name, view.name, view.id)))


def passes(
    *,
    place: UUID | None = None,
    call: UUID | None = None,
    person: UUID | None = None,
    state: str = "",
    ids: Collection[UUID] | None = None,
    limit: int = SIGN_UPS_MAX,
) -> tuple[PassView, ...]:
    """The newest first; one query."""
    rows = Pass.objects.order_by("-applied_at", "-id")
    for field, wanted in (("place", place), ("call", call), ("person", person)):
        if wanted is not None:
            rows = rows.filter(**{field: wanted})
    if state:
        rows = rows.filter(state=state)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    found = rows.select_related("person", "place")[:limit]
    return tuple(
        PassView(
            id=row.id,
            person=row.person_id,
            name=row.person.name,
            place=row.place_id,
            place_name=row.place.name,
            call=row.call_id,
            code=row.code,
            number=row.number,
            state=row.state,
            from_at=row.from_at,
            until_at=row.until_at,
            applied_at=row.applied_at,
            decided_at=row.decided_at,
            revoked_at=row.revoked_at,
            why=row.why,
        )
        for row in found
    )


def _sign_ups(rows: list[SignUp], *, now: datetime, with_fitness: bool) -> tuple[SignUpView, ...]:
    if not rows:
        return ()
    called = rows[0].call
    persons = {row.person_id for row in rows}
    book = proofs_of(persons, [called.place_id]) if with_fitness else None
    people = book.members if book else members(persons)
    held: dict[UUID, Pass] = {}
    for own_pass in Pass.objects.filter(person__in=persons, place=called.place_id).order_by("applied_at", "id"):
        held[own_pass.person_id] = own_pass
    answers = dict(
        RollAnswer.objects.filter(roll_call__call=called, person__in=persons)
        .order_by("roll_call__at", "id")
        .values_list("person_id", "answer")
    )
    found = []
    for row in rows:
        member, own = people.get(row.person_id), held.get(row.person_id)
        found.append(
            SignUpView(
                id=row.id,
                call=row.call_id,
                person=row.person_id,
                name=row.person.name,
                employer=member.employer if member else None,
                employer_name=member.employer_name if member else "",
                employer_text=row.employer_text,
                home=member.home if member else "",
                works=tuple(row.works),
                note=row.note,
                state=row.state,
                by_link=row.by_link,
                signed_at=row.signed_at,
                why=row.why,
                pass_id=own.id if own else None,
                pass_code=own.code if own else "",
                pass_state=own.state if own else "",
                fitness=book.judge(
                    row.person_id,
                    called.place_id,
                    at=max(called.muster_at, now),
                    shift_at=max(called.muster_at, now),
                    now=now,
                )
                if book
                else None,
                mustered=answers.get(row.person_id, ""),
            )
        )
    return tuple(found)
