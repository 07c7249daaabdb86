"""Calls: opened, answered by link or at the office, closed, and who of those who answered is on the list."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.crew.models import Assignment, Call, Member, Pass, SignUp
from baogong.crew.services.duties import OFFICE, by_link, known, utc
from baogong.journal.locks import lock_row, lock_rows, lock_word
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.people.queries.identity import tags
from baogong.people.queries.parties import parties, party
from baogong.people.services import identity, links
from baogong.people.services.parties import register_party

PURPOSE = "crew"  # what telephones of the crew are kept for
CALL_LINK, OWN_LINK = "CREW_CALL", "CREW_OWN"
OWN_LINK_LASTS = timedelta(days=30)
ANSWERS_MAX = 2_000
PHONE = identity.What.PHONE
State = SignUp.State


class CallUnusable(UnusableInput):
    """Nobody could answer a call like this."""

    code = "crew.call-unusable"


class CallClosed(BaogongError):
    """The list is closed."""

    kind, code = Kind.CONFLICT, "crew.call-closed"


class SignUpUnusable(UnusableInput):
    """A sign-up lacks a name, a telephone or a work that the call asks for."""

    code = "crew.sign-up-unusable"


class SignedUpAlready(BaogongError):
    """This person has answered the call already."""

    kind, code = Kind.CONFLICT, "crew.signed-up-already"


class SignUpDecided(BaogongError):
    """The sign-up is not at this step any more."""

    kind, code = Kind.CONFLICT, "crew.sign-up-decided"


class OtherEmployer(BaogongError):
    """A person works for one employer at a time."""

    kind, code = Kind.CONFLICT, "crew.other-employer"


@dataclass(frozen=True, slots=True)
class CallLink:
    """The address goes into the group, the code another way. Neither can be had again."""

    token: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedUp:
    """The sign-up, and the address of the person's own page; its code is the last four of their telephone."""

    id: UUID
    token: str
    expires_at: datetime


@transaction.atomic
@recorded("crew.call-opened")
def open_call(
    *,
    place: UUID,
    title: str,
    works: Sequence[str],
    people_count: int,
    closes_at: datetime,
    muster_at: datetime,
    muster_where: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    note: str = "",
) -> UUID:
    """
    So many people are wanted for these works at the place; returns the call's id.

    Raises CallUnusable, NotOfTheRegister, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*OFFICE, at=place)
    wanted = list(dict.fromkeys(work.strip()[:60] for work in works if work.strip()))
    content = content_of(
        place=place,
        title=title,
        works=wanted,
        count=people_count,
        closes=closes_at,
        muster=muster_at,
        where=muster_where,
    )
    earlier = made_before(Call, request_id, content)
    if earlier is not None:
        return earlier.id
    known(others=[place])
    if not (title.strip() and muster_where.strip() and wanted and people_count > 0 and now < closes_at <= muster_at):
        raise CallUnusable(
            "A call has a title, works, a number of people, a moment to come when its list closes, and then a muster "
            "somewhere. Nothing was written.",
            where="call",
            found=f"{title}; {', '.join(wanted)}; {people_count}; {utc(closes_at)} / {utc(muster_at)} UTC; {muster_where}",
            expected="all of it, the muster not before the list closes",
            cure="Fill in what is missing.",
        )
    row = Call.objects.create(
        place_id=place,
        title=title.strip()[:120],
        works=wanted,
        people_count=people_count,
        closes_at=closes_at,
        muster_at=muster_at,
        muster_where=muster_where.strip()[:120],
        note=note.strip()[:500],
        opened_at=now,
        opened_by_name=actor.name,
        request_id=request_id,
        content=content,
    )
    record(kind="crew.call-opened", actor=actor, now=now, subject=place, data={"call": str(row.id)})
    return row.id


@transaction.atomic
@recorded("crew.call-link-made")
def make_call_link(*, call: UUID, actor: Actor, now: datetime) -> CallLink:
    """
    The address at which people sign up, until the muster; an earlier one ends. Raises CallClosed, NotYourPlace.
    """
    row = lock_row(Call.objects.all(), call)
    actor.require(*OFFICE, at=row.place_id)
    _require_open(row, now)
    links.revoke_for(call, purpose=CALL_LINK, actor=actor, now=now)
    code = f"{secrets.randbelow(1_000_000):06d}"
    token = links.make_link(
        purpose=CALL_LINK,
        subject=call,
        party=row.place_id,
        expires_at=row.muster_at,
        actor=actor,
        now=now,
        code=code,
    )
    record(kind="crew.call-link-made", actor=actor, now=now, subject=row.place_id, data={"call": str(call)})
    return CallLink(token, code, row.muster_at)


@transaction.atomic
@recorded("crew.call-closed")
def close_call(*, call: UUID, actor: Actor, now: datetime) -> None:
    """Nobody signs up any more. Sent again it changes nothing."""
    row = lock_row(Call.objects.all(), call)
    actor.require(*OFFICE, at=row.place_id)
    if row.closed_at is None:
        row.closed_at, row.closed_by_name = now, actor.name
        row.save(update_fields=["closed_at", "closed_by_name"])
    record(kind="crew.call-closed", actor=actor, now=now, subject=row.place_id, data={"call": str(call)})


@transaction.atomic
@recorded("crew.signed-up")
def sign_up(
    *,
    call: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    person: UUID | None = None,
    name: str = "",
    phone: str = "",
    employer: UUID | None = None,
    employer_text: str = "",
    home: str = "",
    works: Collection[str] = (),
    note: str = "",
    is_by_link: bool = False,
) -> UUID:
    """
    Somebody answers the call; returns the sign-up's id.

    person         of the register; without one `name` and `phone` say who, and somebody new is registered unless one of
                   that name left the same telephone before
    employer_text  as it was typed, where no employer of the register is meant for certain
    works          of those the call asks for; none: any

    Raises CallClosed, SignUpUnusable, SignedUpAlready, OtherEmployer, NotOfTheRegister, NotYourPlace, RequestIdReused.
    """
    row = lock_row(Call.objects.all(), call)
    actor.require(*OFFICE, at=row.place_id)
    content = content_of(call=call, person=person, name=name, phone=phone_mark(phone))
    earlier = made_before(SignUp, request_id, content)
    if earlier is not None:
        return earlier.id
    _require_open(row, now)
    wanted = [work for work in row.works if work in works] or list(row.works)
    digits = _digits(phone)
    if (person is None and not (name.strip() and digits)) or (phone.strip() and not digits):
        raise SignUpUnusable(
            "A sign-up needs a name and a telephone number. Nothing was written.",
            where="phone" if name.strip() or person else "name",
            expected="a name, and 5 to 20 digits",
            cure="Fill in both.",
        )
    if SignUp.objects.filter(call=row).count() >= ANSWERS_MAX:
        raise CallClosed(
            f"{ANSWERS_MAX} people have answered this call; it takes no more. Nothing was written.",
            where=row.title,
            found=ANSWERS_MAX,
            expected="another call",
            cure="Ask the place's office.",
        )
    about = person or _person(name, digits, row.place_id, now)
    known(persons=[about], others=[employer] if employer else [])
    lock_word(f"crew {about}")
    if SignUp.objects.filter(call=row, person=about).exists():
        raise SignedUpAlready(
            "This person has answered this call already. Nothing was written.",
            where=row.title,
            cure="Look at the own page, or ask the office.",
        )
    if digits:
        identity.keep_datum(party=about, what=PHONE, value=digits, purpose=PURPOSE, now=now)
    _join(about, employer=employer, home=home, now=now)
    made = SignUp.objects.create(
        call=row,
        person_id=about,
        employer_text="" if employer else employer_text.strip()[:200],
        works=wanted,
        note=note.strip()[:240],
        by_link=is_by_link,
        signed_at=now,
        request_id=request_id,
        content=content,
    )
    record(
        kind="crew.signed-up",
        actor=actor,
        now=now,
        subject=row.place_id,
        data={"call": str(call), "sign_up": str(made.id)},
    )
    return made.id


@transaction.atomic
@recorded("crew.signed-up")
def sign_up_by_link(
    *,
    call: UUID,
    name: str,
    phone: str,
    now: datetime,
    request_id: UUID,
    employer_text: str = "",
    home: str = "",
    works: Collection[str] = (),
    note: str = "",
) -> SignedUp:
    """
    Whoever has the call's address and its code signs up, and gets an address of their own.

    The caller has checked the code (`people.services.links.check_code`). An employer is only taken where the register
    knows exactly one of that name; else what was typed waits for the office. Raises what `sign_up` raises.
    """
    row = lock_row(Call.objects.all(), call)
    firms = [each for each in parties(kinds=["ORGANISATION"]) if employer_text.strip() in (each.name, *each.aliases)]
    made = sign_up(
        call=call,
        name=name,
        phone=phone,
        employer=firms[0].id if len(firms) == 1 else None,
        employer_text=employer_text,
        home=home,
        works=works,
        note=note,
        is_by_link=True,
        actor=by_link(row.place_id, "sign-up, by private link"),
        now=now,
        request_id=request_id,
    )
    expires_at = row.muster_at + OWN_LINK_LASTS
    links.revoke_for(made, purpose=OWN_LINK, actor=THE_HOUSE, now=now)
    token = links.make_link(
        purpose=OWN_LINK,
        subject=made,
        party=row.place_id,
        expires_at=expires_at,
        actor=THE_HOUSE,
        now=now,
        code=_digits(phone)[-4:],
    )
    return SignedUp(made, token, expires_at)


@transaction.atomic
@recorded("crew.sign-up-withdrawn")
def withdraw_sign_up(*, sign_up: UUID, actor: Actor, now: datetime, why: str = "") -> None:
    """
    The person does not come after all: an application for a pass ends, and what is planned for them there is withdrawn,
    so that it shows as uncovered. Sent again it changes nothing. Raises NotYourPlace.
    """
    row = lock_row(SignUp.objects.select_related("call"), sign_up)
    actor.require(*OFFICE, at=row.call.place_id)
    lock_word(f"crew {row.person_id}")
    if row.state != State.WITHDRAWN:
        _decide([row], State.WITHDRAWN, why, actor, now)
        Pass.objects.filter(person=row.person_id, place=row.call.place_id, state=Pass.State.APPLIED).update(
            state=Pass.State.REFUSED, decided_at=now, decided_by_name=actor.name, why="the sign-up was withdrawn"
        )
        Assignment.objects.filter(
            person=row.person_id, place=row.call.place_id, state=Assignment.State.PLANNED, start_at__gt=now
        ).update(state=Assignment.State.WITHDRAWN, ended_by_name=actor.name, why="the sign-up was withdrawn")
    record(
        kind="crew.sign-up-withdrawn",
        actor=actor,
        now=now,
        subject=row.call.place_id,
        data={"call": str(row.call_id), "sign_up": str(sign_up)},
    )


@transaction.atomic
@recorded("crew.listed")
def list_up(*, sign_ups: Collection[UUID], actor: Actor, now: datetime) -> int:
    """
    These are on the list of their call; returns how many were not before. All or none.

    Raises SignUpDecided where one has withdrawn, NotYourPlace.
    """
    return _decide_all(sign_ups, State.LISTED, "", "crew.listed", actor, now)


@transaction.atomic
@recorded("crew.listed")
def list_all(*, call: UUID, persons: Collection[UUID], actor: Actor, now: datetime, request_id: UUID) -> int:
    """
    The office puts people of the register on the call's list, as from a roster; returns how many were not on it before.

    Who had signed up or been declined is listed now. All or none. Raises CallClosed, SignUpUnusable (nobody, or too many),
    SignUpDecided where one has withdrawn, NotOfTheRegister, NotYourPlace, RequestIdReused.
    """
    row = lock_row(Call.objects.all(), call)
    actor.require(*OFFICE, at=row.place_id)
    wanted = sorted(set(persons))
    content = content_of(call=call, persons=[str(person) for person in wanted])
    requests = {person: derived_id(request_id, "listed", person) for person in wanted}
    if wanted and made_before(SignUp, requests[wanted[0]], content) is not None:
        return 0
    _require_open(row, now)
    known(persons=wanted)
    there = {each.person_id: each for each in SignUp.objects.filter(call=row)}
    new = [person for person in wanted if person not in there]
    if not wanted or len(there) + len(new) > ANSWERS_MAX:
        raise SignUpUnusable(
            "Choose whom to put on the list. Nothing was written.",
            where=row.title,
            found=len(there) + len(new),
            expected=f"1 to {ANSWERS_MAX} people",
            cure="Choose people, or open another call.",
        )
    before = [there[person].id for person in wanted if person in there]
    changed = _decide_all(before, State.LISTED, "", "crew.listed", actor, now) if before else 0
    members = set(Member.objects.filter(person__in=new).values_list("person_id", flat=True))
    Member.objects.bulk_create(Member(person_id=person, since_at=now) for person in new if person not in members)
    SignUp.objects.bulk_create(
        SignUp(
            call=row,
            person_id=person,
            works=list(row.works),
            state=State.LISTED,
            signed_at=now,
            decided_at=now,
            decided_by_name=actor.name,
            request_id=requests[person],
            content=content,
        )
        for person in new
    )
    record(
        kind="crew.listed", actor=actor, now=now, subject=row.place_id, data={"call": str(call), "sign_ups": len(new)}
    )
    return changed + len(new)


@transaction.atomic
@recorded("crew.declined")
def decline(*, sign_ups: Collection[UUID], why: str, actor: Actor, now: datetime) -> int:
    """These are not on the list, for a reason they can read; returns how many. Raises SignUpDecided, NotYourPlace."""
    if not why.strip():
        raise SignUpUnusable(
            "Who is not listed is told why. Nothing was changed.",
            where="why",
            expected="a reason",
            cure="Write why, as “the list is full; you are first on the next one”.",
        )
    return _decide_all(sign_ups, State.DECLINED, why, "crew.declined", actor, now)


@transaction.atomic
@recorded("crew.member-changed")
def set_member(*, person: UUID, employer: UUID | None, home: str, place: UUID, actor: Actor, now: datetime) -> None:
    """The office says whose person somebody is from now on, and where they live. Raises NotOfTheRegister, NotYourPlace."""
    actor.require(*OFFICE, at=place)
    known(persons=[person], others=[employer] if employer else [])
    lock_word(f"crew {person}")
    Member.objects.update_or_create(
        person_id=person,
        defaults={"employer_id": employer, "home": home.strip()[:200]},
        create_defaults={"employer_id": employer, "home": home.strip()[:200], "since_at": now},
    )
    record(kind="crew.member-changed", actor=actor, now=now, subject=person, data={"employer": str(employer or "")})


def _join(person: UUID, *, employer: UUID | None, home: str, now: datetime) -> None:
    """The person is of the crew; what is not said stays as it was. Raises OtherEmployer."""
    row = Member.objects.filter(person=person).first()
    if row is None:
        Member.objects.create(person_id=person, employer_id=employer, home=home.strip()[:200], since_at=now)
        return
    if employer is not None and row.employer_id not in (None, employer):
        raise OtherEmployer(
            "This person works for another employer; one at a time. Nothing was written.",
            where=party(person).name,
            found=party(row.employer_id).name if row.employer_id else "",
            expected=party(employer).name,
            cure="If it is right, change the employer on the person's page first.",
        )
    row.employer_id = employer or row.employer_id
    row.home = home.strip()[:200] or row.home
    row.save(update_fields=["employer", "home"])


def _decide_all(
    sign_ups: Collection[UUID], state: SignUp.State, why: str, kind: str, actor: Actor, now: datetime
) -> int:
    rows = lock_rows(SignUp.objects.select_related("call"), sign_ups)
    if not rows or len(rows) != len(set(sign_ups)):
        raise SignUpUnusable(
            "Choose sign-ups of a call. Nothing was changed.",
            where="sign_up",
            found=len(rows),
            expected=max(1, len(set(sign_ups))),
            cure="Open the call again and choose from its list.",
        )
    for place in sorted({row.call.place_id for row in rows}):
        actor.require(*OFFICE, at=place)
    gone = [row for row in rows if row.state == State.WITHDRAWN]
    if gone:
        raise SignUpDecided(
            f"{len(gone)} of them have withdrawn. Nothing was changed.",
            where=gone[0].call.title,
            found=len(gone),
            expected="sign-ups that stand",
            cure="Open the call again and choose from its list.",
        )
    changed = [row for row in rows if row.state != state]
    _decide(changed, state, why, actor, now)
    record(
        kind=kind,
        actor=actor,
        now=now,
        subject=rows[0].call.place_id,
        data={"call": str(rows[0].call_id), "sign_ups": len(changed)},
    )
    return len(changed)


def _decide(rows: Collection[SignUp], state: SignUp.State, why: str, actor: Actor, now: datetime) -> None:
    for row in rows:
        row.state, row.decided_at, row.decided_by_name, row.why = state, now, actor.name, why.strip()[:240]
    SignUp.objects.bulk_update(rows, ["state", "decided_at", "decided_by_name", "why"])


def _require_open(row: Call, now: datetime) -> None:
    if row.closed_at is not None or now >= row.closes_at:
        at = row.closed_at or row.closes_at
        raise CallClosed(
            f"The list of “{row.title}” closed on {utc(at)} UTC. Nothing was written.",
            where=row.title,
            found=f"{utc(at)} UTC",
            expected="before the list closes",
            cure="Ask the place's office whether another call is open.",
        )


def _person(name: str, digits: str, place: UUID, now: datetime) -> UUID:
    """
    Who left this name and this telephone before; else somebody new, who is never taken for another of the same name.
    """
    lock_word(f"crew name {name.strip()}")
    city = party(place).city
    mark = identity.tag(what=PHONE, purpose=PURPOSE, value=digits)
    same = [person for person, kept in tags(what=PHONE, purpose=PURPOSE).items() if kept == mark]
    for view in parties(ids=same):
        if _bare(view.name) == name.strip():
            return view.merged_into or view.id
    taken = {view.name for view in parties(kinds=["PERSON"]) if _bare(view.name) == name.strip()}
    number, told = 2, name.strip()
    while told in taken:
        told, number = f"{name.strip()}（{number}）", number + 1
    return register_party(kind="PERSON", name=told[:200], city=city, now=now)


def phone_mark(phone: str) -> bytes:
    """What stands for a telephone where the number itself must not stand, as in a request's content."""
    return identity.tag(what=PHONE, purpose=PURPOSE, value=phone)


def _bare(name: str) -> str:
    """A name without the number that tells two of one name apart."""
    head, bracket, tail = name.partition("（")
    return head if bracket and tail.rstrip("）").isdigit() else name


def _digits(phone: str) -> str:
    """The digits of a telephone number; "" where it is none."""
    found = "".join(each for each in unicodedata.normalize("NFKC", phone) if each.isdigit())
    return found if 5 <= len(found) <= 20 else ""
