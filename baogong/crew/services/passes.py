"""Passes of persons: applied for in one go, granted or refused in one go, revoked; and the list of firms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.crew.models import Call, FirmListing, Pass, SignUp
from baogong.crew.services.duties import OFFICE, known, utc
from baogong.journal.locks import lock_row, lock_rows, lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import new_code

State = Pass.State


class NotListed(BaogongError):
    """A pass is applied for only for who is on the list of the call."""

    kind, code = Kind.REFUSED, "crew.not-listed"


class PassUnusable(UnusableInput):
    """A pass is for some time to come, and is refused or revoked for a reason."""

    code = "crew.pass-unusable"


class PassDecided(BaogongError):
    """The pass is not at this step any more."""

    kind, code = Kind.CONFLICT, "crew.pass-decided"


class OwnPass(BaogongError):
    """Nobody grants a pass to themselves."""

    kind, code = Kind.REFUSED, "crew.own-pass"


@transaction.atomic
@recorded("crew.passes-applied-for")
def apply_for_pass(
    *,
    place: UUID,
    persons: Collection[UUID],
    actor: Actor,
    now: datetime,
    call: UUID | None = None,
    is_renewal: bool = False,
) -> tuple[UUID, ...]:
    """
    Passes for these people, in one go; returns them, in the order of the persons. Who has one that still holds, or
    whose application runs, keeps it.

    call         the call they are listed on; without one the office applies for whom it knows
    is_renewal   who has a pass that still holds gets one to follow it
    Raises NotListed with how many are not, NotOfTheRegister, NotYourPlace; none leaves a trace.
    """
    actor.require(*OFFICE, at=place)
    wanted = list(dict.fromkeys(persons))
    known(persons=wanted, others=[place])
    if call is not None:
        row = lock_row(Call.objects.all(), call)
        listed = set(
            SignUp.objects.filter(call=row, person__in=wanted, state=SignUp.State.LISTED).values_list(
                "person_id", flat=True
            )
        )
        if row.place_id != place or len(listed) != len(wanted):
            raise NotListed(
                f"{len(wanted) - len(listed)} of {len(wanted)} are not on the list of this call. Nothing was applied for.",
                where=row.title,
                found=len(wanted) - len(listed),
                expected="people on the list",
                cure="List them first, or leave them out.",
            )
    lock_word(f"passes {place}")
    is_live = (
        Q(state=State.APPLIED) if is_renewal else Q(state=State.APPLIED) | Q(state=State.GRANTED, until_at__gt=now)
    )
    live = Pass.objects.filter(is_live, place=place, person__in=wanted).order_by("applied_at", "id")
    held = {row.person_id: row.id for row in live}
    made = Pass.objects.bulk_create(
        Pass(
            person_id=person,
            place_id=place,
            call_id=call,
            code=new_code(6),
            applied_at=now,
            applied_by_name=actor.name,
        )
        for person in wanted
        if person not in held
    )
    held |= {row.person_id: row.id for row in made}
    record(
        kind="crew.passes-applied-for",
        actor=actor,
        now=now,
        subject=place,
        data={"passes": len(made), "call": str(call or "")},
    )
    return tuple(held[person] for person in wanted)


@transaction.atomic
@recorded("crew.passes-granted")
def grant_pass(
    *,
    passes: Collection[UUID],
    from_at: datetime,
    until_at: datetime,
    actor: Actor,
    now: datetime,
    numbers: Mapping[UUID, str] | None = None,
) -> int:
    """
    The authority has granted these, all for the same time; returns how many were not granted before. All or none.

    numbers   pass → what the authority wrote on it
    Raises PassUnusable, PassDecided, OwnPass, NotYourPlace; none leaves a trace.
    """
    rows = _theirs(passes, actor)
    if not (from_at < until_at and until_at > now):
        raise PassUnusable(
            f"A pass from {utc(from_at)} to {utc(until_at)} UTC lets nobody in. Nothing was granted.",
            where="pass",
            found=f"{utc(from_at)} – {utc(until_at)} UTC",
            expected="an end after the beginning, and still to come",
            cure="Correct the times.",
        )
    if any(row.person_id == actor.person_id for row in rows):
        raise OwnPass(
            "Nobody grants a pass to themselves. Nothing was granted.",
            where=actor.name,
            cure="Ask somebody else of the office.",
        )
    told = numbers or {}
    fresh = [
        row for row in rows if not (row.state == State.GRANTED and (row.from_at, row.until_at) == (from_at, until_at))
    ]
    _refuse_decided(fresh)
    for row in fresh:
        row.state, row.from_at, row.until_at = State.GRANTED, from_at, until_at
        row.decided_at, row.decided_by_name, row.number = now, actor.name, told.get(row.id, "").strip()[:60]
    Pass.objects.bulk_update(fresh, ["state", "from_at", "until_at", "decided_at", "decided_by_name", "number"])
    record(kind="crew.passes-granted", actor=actor, now=now, subject=rows[0].place_id, data={"passes": len(fresh)})
    return len(fresh)


@transaction.atomic
@recorded("crew.passes-refused")
def refuse_pass(*, passes: Collection[UUID], why: str, actor: Actor, now: datetime) -> int:
    """The authority has refused these; returns how many. Raises PassUnusable, PassDecided, NotYourPlace."""
    rows = _theirs(passes, actor)
    _require_reason(why)
    fresh = [row for row in rows if row.state != State.REFUSED]
    _refuse_decided(fresh)
    for row in fresh:
        row.state, row.decided_at, row.decided_by_name, row.why = State.REFUSED, now, actor.name, why.strip()[:240]
    Pass.objects.bulk_update(fresh, ["state", "decided_at", "decided_by_name", "why"])
    record(kind="crew.passes-refused", actor=actor, now=now, subject=rows[0].place_id, data={"passes": len(fresh)})
    return len(fresh)


@transaction.atomic
@recorded("crew.pass-revoked")
def revoke_pass(*, pass_id: UUID, why: str, actor: Actor, now: datetime) -> None:
    """A granted pass ends now; who is inside shows as lapsed. Sent again it changes nothing. Raises as `refuse_pass`."""
    (row,) = _theirs([pass_id], actor)
    _require_reason(why)
    if row.state != State.REVOKED:
        if row.state != State.GRANTED:
            raise _decided(row)
        row.state, row.revoked_at, row.revoked_by_name, row.why = State.REVOKED, now, actor.name, why.strip()[:240]
        row.save(update_fields=["state", "revoked_at", "revoked_by_name", "why"])
    record(kind="crew.pass-revoked", actor=actor, now=now, subject=row.place_id, data={"pass": str(row.id)})


@transaction.atomic
@recorded("crew.firm-listed")
def list_firm(*, firm: UUID, place: UUID, from_at: datetime, actor: Actor, now: datetime, source: str = "") -> UUID:
    """People of this firm may work at the place from then on. Said again it changes nothing. Returns the listing's id."""
    actor.require(*OFFICE, at=place)
    known(others=[firm, place])
    lock_word(f"firms {place}")
    row = FirmListing.objects.filter(firm=firm, place=place, until_at=None).first()
    if row is None:
        row = FirmListing.objects.create(
            firm_id=firm, place_id=place, from_at=from_at, source=source.strip()[:240], by_name=actor.name
        )
    record(kind="crew.firm-listed", actor=actor, now=now, subject=firm, data={"place": str(place)})
    return row.id


@transaction.atomic
@recorded("crew.firm-unlisted")
def unlist_firm(*, listing: UUID, actor: Actor, now: datetime) -> None:
    """People of this firm may not work at the place from now on. Sent again it changes nothing."""
    row = lock_row(FirmListing.objects.all(), listing)
    actor.require(*OFFICE, at=row.place_id)
    if row.until_at is None:
        row.until_at, row.ended_by_name = max(now, row.from_at), actor.name
        row.save(update_fields=["until_at", "ended_by_name"])
    record(kind="crew.firm-unlisted", actor=actor, now=now, subject=row.firm_id, data={"place": str(row.place_id)})


def _theirs(passes: Collection[UUID], actor: Actor) -> list[Pass]:
    """The passes, locked; raises unless the actor's office is that of each one's place."""
    rows = lock_rows(Pass.objects.all(), passes)
    if not rows or len(rows) != len(set(passes)):
        raise PassUnusable(
            "Choose passes of the list. Nothing was changed.",
            where="pass",
            found=len(rows),
            expected=max(1, len(set(passes))),
            cure="Open the list again and choose from it.",
        )
    for place in sorted({row.place_id for row in rows}):
        actor.require(*OFFICE, at=place)
    return rows


def _refuse_decided(rows: Collection[Pass]) -> None:
    for row in rows:
        if row.state != State.APPLIED:
            raise _decided(row)


def _decided(row: Pass) -> PassDecided:
    return PassDecided(
        f"Pass {row.code} is {row.state.lower()} already. Nothing was changed.",
        where=row.code,
        found=row.state,
        expected=State.APPLIED,
        cure="Open the list again; a new pass is applied for anew.",
    )


def _require_reason(why: str) -> None:
    if not why.strip():
        raise PassUnusable(
            "A pass is refused or revoked for a reason. Nothing was changed.",
            where="why",
            found="",
            expected="a reason",
            cure="Write why.",
        )
