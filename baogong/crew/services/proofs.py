"""Rules of entry, tests and temperatures: said, recorded, taken back; and read, which leaves a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.crew.models import Assignment, Entry, EntryRule, Pass, Shift, SignUp, Temperature, Test
from baogong.crew.services.calls import PHONE, PURPOSE
from baogong.crew.services.duties import OFFICE, WRITERS, known, utc
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.people.queries.identity import datum_of
from baogong.people.services import identity

WRITTEN_WITHIN = timedelta(days=31)
CLOCKS_DIFFER = timedelta(minutes=5)  # a test's printed time may be a little ahead of ours
HOURS_MAX = 24 * 14


class RuleUnusable(UnusableInput):
    """A rule that nobody could keep, or that names no notice."""

    code = "crew.rule-unusable"


class TestUnusable(UnusableInput):
    """A test or a temperature that cannot have been taken like this."""

    code = "crew.test-unusable"


class TestDiffers(BaogongError):
    """The book has this test with another result."""

    kind, code = Kind.CONFLICT, "crew.test-differs"


class NotOfThisPlace(BaogongError):
    """Somebody's tests are read only where they work."""

    kind, code = Kind.FORBIDDEN, "crew.not-of-this-place"


@dataclass(frozen=True, slots=True)
class TestView:
    id: UUID
    kind: str
    result: str
    sampled_at: datetime
    recorded_at: datetime
    by_name: str
    is_void: bool
    void_why: str


@dataclass(frozen=True, slots=True)
class TemperatureView:
    id: UUID
    tenths: int
    taken_at: datetime
    by_name: str

    @property
    def degrees(self) -> str:
        return f"{self.tenths / 10:.1f}"


@dataclass(frozen=True, slots=True)
class Personal:
    """What only the people of the place may read of one person, and each time leaves a row that they did."""

    tests: tuple[TestView, ...]
    temperatures: tuple[TemperatureView, ...]


@transaction.atomic
@recorded("crew.rule-said")
def set_entry_rule(
    *,
    place: UUID,
    from_at: datetime,
    needs_pass: bool,
    pcr_hours: int | None,
    antigen_hours: int | None,
    temperature_max_tenths: int | None,
    source: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    needs_firm_listed: bool = False,
    temperature_same_day: bool = True,
) -> UUID:
    """
    What the place asks from then on, until the next version; returns its id. For units see `models.EntryRule`.

    Raises RuleUnusable, NotOfTheRegister, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*OFFICE, at=place)
    facts = {
        "from_at": from_at,
        "needs_pass": needs_pass,
        "needs_firm_listed": needs_firm_listed,
        "pcr_hours": pcr_hours,
        "antigen_hours": antigen_hours,
        "temperature_max_tenths": temperature_max_tenths,
        "temperature_same_day": temperature_same_day,
        "source": source.strip()[:240],
    }
    content = content_of(place=place, **facts)
    earlier = made_before(EntryRule, request_id, content)
    if earlier is not None:
        return earlier.id
    known(others=[place])
    hours_are_sound = all(hours is None or 0 < hours <= HOURS_MAX for hours in (pcr_hours, antigen_hours))
    if not source.strip() or not hours_are_sound or not 350 <= (temperature_max_tenths or 370) <= 400:
        raise RuleUnusable(
            "A rule names the notice it rests on, hours from 1 to 336, and a temperature from 35 to 40 degrees. "
            "Nothing was written.",
            where="rule",
            found=f"{pcr_hours} h; {antigen_hours} h; {temperature_max_tenths}; {source}",
            expected="1–336 h; 350–400; a notice",
            cure="Correct what is out of range, and name the notice.",
        )
    row = EntryRule.objects.create(
        place_id=place, said_at=now, said_by_name=actor.name, request_id=request_id, content=content, **facts
    )
    record(kind="crew.rule-said", actor=actor, now=now, subject=place, data={"rule": str(row.id)})
    return row.id


@transaction.atomic
@recorded("crew.test-recorded")
def record_test(
    *,
    person: UUID,
    place: UUID,
    kind: str,
    result: str,
    sampled_at: datetime,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    A test that was shown at the place; returns its id. The same sample with the same result is the same test.

    sampled_at   when the sample was taken, not when the result came
    Raises TestUnusable, TestDiffers, NotOfTheRegister, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*WRITERS, at=place)
    content = content_of(person=person, kind=kind, result=result, sampled_at=sampled_at)
    earlier = made_before(Test, request_id, content)
    if earlier is not None:
        return earlier.id
    known(persons=[person], others=[place])
    check_test(kind=kind, result=result, sampled_at=sampled_at, now=now)
    lock_word(f"tests {person}")
    row = Test.objects.filter(person=person, kind=kind, sampled_at=sampled_at, is_void=False).first()
    if row is not None and row.result != result:
        raise TestDiffers(
            f"This sample of {utc(sampled_at)} UTC is in the book with another result. Nothing was written.",
            where=utc(sampled_at),
            found=row.result,
            expected=result,
            cure="Look at the result again; if the book is wrong, take that test back and say why.",
        )
    if row is None:
        row = Test.objects.create(
            person_id=person,
            place_id=place,
            kind=kind,
            result=result,
            sampled_at=sampled_at,
            recorded_at=now,
            by_name=actor.name,
            request_id=request_id,
            content=content,
        )
    record(kind="crew.test-recorded", actor=actor, now=now, subject=person, data={"test": str(row.id)})
    return row.id


def check_test(*, kind: str, result: str, sampled_at: datetime, now: datetime) -> None:
    """Whether there can be such a test. Raises TestUnusable."""
    if kind not in Test.Kind.values or result not in Test.Result.values:
        raise TestUnusable(
            "A test is PCR or antigen, and negative or positive. Nothing was written.",
            where="test",
            found=f"{kind}, {result}",
            expected=", ".join([*Test.Kind.values, *Test.Result.values]),
            cure="Choose from the list.",
        )
    if sampled_at > now + CLOCKS_DIFFER or sampled_at < now - WRITTEN_WITHIN:
        raise TestUnusable(
            f"A sample of {utc(sampled_at)} UTC is in the future, or more than 31 days old. Nothing was written.",
            where="sampled_at",
            found=f"{utc(sampled_at)} UTC",
            expected=f"from {utc(now - WRITTEN_WITHIN)} to {utc(now)} UTC",
            cure="Read the sampling time again.",
        )


@transaction.atomic
@recorded("crew.test-taken-back")
def void_test(*, test: UUID, why: str, actor: Actor, now: datetime) -> None:
    """A test was written by mistake; it stays to be seen and counts no more. Sent again it changes nothing."""
    row = lock_row(Test.objects.all(), test)
    actor.require(*OFFICE, at=row.place_id)
    if not why.strip():
        raise TestUnusable(
            "Say why the test is taken back. Nothing was changed.",
            where="why",
            found="",
            expected="a reason",
            cure="Write why.",
        )
    if not row.is_void:
        row.is_void, row.void_why, row.void_by_name = True, why.strip()[:240], actor.name
        row.save(update_fields=["is_void", "void_why", "void_by_name"])
    record(kind="crew.test-taken-back", actor=actor, now=now, subject=row.person_id, data={"test": str(test)})


@transaction.atomic
@recorded("crew.temperature-taken")
def take_temperature(
    *,
    person: UUID,
    place: UUID,
    tenths: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    taken_at: datetime | None = None,
) -> UUID:
    """
    A reading in tenths of a degree; returns its id. The latest of the day counts.

    Raises TestUnusable, NotOfTheRegister, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*WRITERS, at=place)
    at = taken_at or now
    content = content_of(person=person, tenths=tenths, taken_at=taken_at)
    earlier = made_before(Temperature, request_id, content)
    if earlier is not None:
        return earlier.id
    known(persons=[person], others=[place])
    if not 340 <= tenths <= 430 or at > now + CLOCKS_DIFFER or at < now - WRITTEN_WITHIN:
        raise TestUnusable(
            f"{tenths / 10:.1f} °C at {utc(at)} UTC cannot have been read by now. Nothing was written.",
            where="temperature",
            found=f"{tenths / 10:.1f} °C, {utc(at)} UTC",
            expected="34.0 to 43.0 °C, not in the future",
            cure="Take it again; write it as 36.5.",
        )
    row = Temperature.objects.create(
        person_id=person,
        place_id=place,
        tenths=tenths,
        taken_at=at,
        recorded_at=now,
        by_name=actor.name,
        request_id=request_id,
        content=content,
    )
    record(kind="crew.temperature-taken", actor=actor, now=now, subject=person, data={"temperature": str(row.id)})
    return row.id


@transaction.atomic
def read_tests(*, person: UUID, place: UUID, actor: Actor, now: datetime, why: str) -> Personal:
    """
    Tests and temperatures of somebody who works or signed up at the place; that they were read stays.

    Raises NotOfThisPlace, NotYourPlace.
    """
    _require_theirs(person, place, actor)
    identity.keep_act(identity.Act.REVEAL, actor, now, purpose=PURPOSE, why=why)
    tests = Test.objects.filter(person=person).order_by("-sampled_at", "-id")[:60]
    taken = Temperature.objects.filter(person=person).order_by("-taken_at", "-id")[:60]
    return Personal(
        tests=tuple(
            TestView(
                row.id,
                row.kind,
                row.result,
                row.sampled_at,
                row.recorded_at,
                row.by_name,
                row.is_void,
                row.void_why,
            )
            for row in tests
        ),
        temperatures=tuple(TemperatureView(row.id, row.tenths, row.taken_at, row.by_name) for row in taken),
    )


@transaction.atomic
def read_phone(*, person: UUID, place: UUID, actor: Actor, now: datetime, why: str) -> str:
    """The telephone they left, "" where they left none; that it was read stays. Raises NotOfThisPlace, NotYourPlace."""
    _require_theirs(person, place, actor)
    datum = datum_of(person, what=PHONE, purpose=PURPOSE)
    return identity.reveal(datum=datum, actor=actor, now=now, why=why) if datum else ""


def _require_theirs(person: UUID, place: UUID, actor: Actor) -> None:
    """Only the people of a place read of somebody who signed up, has a pass, is planned, came or was tested there."""
    actor.require(*WRITERS, at=place)
    signed = SignUp.objects.filter(call__place=place, person=person).values_list("id")
    at_place = [
        rows.filter(place=place, person=person).values_list("id")
        for rows in (Pass.objects, Assignment.objects, Entry.objects, Shift.objects, Test.objects)
    ]
    if not signed.union(*at_place)[:1]:
        raise NotOfThisPlace(
            "This person neither works nor signed up at this place; nothing is shown.",
            where=str(place),
            cure="Ask the office of the place where they work.",
        )
