"""Who may work at a place, from when to when, and why not: what everybody asks before planning or opening a gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import DateTimeField, Q, Value
from django.utils import timezone

from baogong.crew.models import EntryRule, FirmListing, Member, Pass, Temperature, Test
from baogong.crew.proofs import (
    EVER,
    NEVER,
    Proofs,
    Reading,
    Reason,
    Rule,
    Sample,
    Span,
    fit_spans,
    reasons_at,
    span_at,
)
from baogong.crew.rules import default_rule
from baogong.journal.clock import house_moment
from baogong.kernel.windows import Window

Key = TypeVar("Key")
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Fitness:
    """
    One person for one window at one place.

    is_fit       every proof is there at the window's start
    is_expected  only what is given on the day itself is missing, and there is still time for it
    fit_until    when the first proof runs out, be it inside the window or after it; None: nothing runs out. Of who is
                 expected: of the proofs that are there. Of who is neither: None
    reasons      why not
    """

    person: UUID
    is_fit: bool
    is_expected: bool
    fit_until: datetime | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A version of what a place asks, with the notice it rests on; `said_at` None: nobody said another."""

    place: UUID
    rule: Rule
    source: str
    said_at: datetime | None
    said_by_name: str


def fitness(persons: Collection[UUID], *, place: UUID, window: Window, now: datetime) -> dict[UUID, Fitness]:
    """
    Whether each may work at the place from the window's start (now, where it has none). Four queries, however many.

    What the book holds now is asked; a proof that is given later makes another answer.
    """
    book = proofs_of(persons, [place])
    at = window.start_at or now
    return {person: book.judge(person, place, at=at, shift_at=at, now=now) for person in persons}


def rule_of(place: UUID, at: datetime) -> RuleView:
    """The newest version that counts at the moment."""
    row = EntryRule.objects.filter(place=place, from_at__lte=at).order_by("-from_at", "-said_at", "-id").first()
    if row is None:
        return RuleView(place, default_rule(), "", None, "")
    return RuleView(place, _rule(row), row.source, row.said_at, row.said_by_name)


@dataclass(frozen=True, slots=True)
class MemberView:
    """Of which employer somebody is, and where they live; nothing else about them."""

    person: UUID
    employer: UUID | None
    employer_name: str
    home: str


@dataclass(frozen=True, slots=True)
class ProofBook:
    """The proofs of some people at some places, and the rules there: read once, asked often."""

    papers: Mapping[tuple[UUID, UUID], tuple[Span, ...]]  # passes of persons, listings of firms
    samples: Mapping[UUID, tuple[Sample, ...]]
    readings: Mapping[UUID, tuple[Reading, ...]]
    rules: Mapping[UUID, tuple[Rule, ...]]
    members: Mapping[UUID, MemberView]

    def of(self, person: UUID, place: UUID) -> Proofs:
        member = self.members.get(person)
        return Proofs(
            self.papers.get((person, place), ()),
            self.papers.get((member.employer, place), ()) if member and member.employer else (),
            self.samples.get(person, ()),
            self.readings.get(person, ()),
        )

    def spans(self, person: UUID, place: UUID, *, shift_at: datetime, of_the_day: bool = True) -> tuple[Span, ...]:
        """When the person is fit at the place, for a shift that begins then."""
        zone = timezone.get_default_timezone()
        return fit_spans(
            self.of(person, place), self.rules_at(place), shift_at=shift_at, zone=zone, of_the_day=of_the_day
        )

    def reasons(
        self, person: UUID, place: UUID, *, at: datetime, shift_at: datetime, now: datetime
    ) -> tuple[Reason, ...]:
        """Why the person is not fit at the moment."""
        return reasons_at(
            at,
            self.of(person, place),
            self.rules_at(place),
            shift_at=shift_at,
            zone=timezone.get_default_timezone(),
            now=now,
            told=house_moment,
        )

    def employer_name(self, person: UUID) -> str:
        member = self.members.get(person)
        return member.employer_name if member else ""

    def rules_at(self, place: UUID) -> tuple[Rule, ...]:
        return self.rules.get(place) or (default_rule(),)

    def asks_of_its_own(self, place: UUID, at: datetime) -> bool:
        """Whether somebody said by that moment what the place asks, be it what every place does."""
        return any(EVER < rule.from_at <= at for rule in self.rules_at(place))

    def judge(self, person: UUID, place: UUID, *, at: datetime, shift_at: datetime, now: datetime) -> Fitness:
        """Fit at the moment, until when, and why not."""
        found = span_at(self.spans(person, place, shift_at=shift_at), at)
        if found is not None:
            return Fitness(person, True, False, ends(found), ())
        reasons = self.reasons(person, place, at=at, shift_at=shift_at, now=now)
        if all(reason.is_due for reason in reasons):
            without = span_at(self.spans(person, place, shift_at=shift_at, of_the_day=False), at)
            assert without is not None, "nothing but what is given on the day was missing"
            return Fitness(person, False, True, ends(without), reasons)
        return Fitness(person, False, False, None, reasons)


def proofs_of(persons: Collection[UUID], places: Collection[UUID]) -> ProofBook:
    """What the book holds of these people at these places; four queries."""
    papers: dict[tuple[UUID, UUID], list[Span]] = defaultdict(list)
    passes = Pass.objects.filter(
        person__in=persons, place__in=places, state__in=(Pass.State.GRANTED, Pass.State.REVOKED)
    ).values_list("person_id", "place_id", "from_at", "until_at", "revoked_at")
    listed = FirmListing.objects.filter(place__in=places).values_list(
        "firm_id", "place_id", "from_at", "until_at", Value(None, output_field=DateTimeField())
    )
    for holder, place, start, until, revoked_at in passes.union(listed, all=True):
        end = min(until or NEVER, revoked_at or NEVER)
        if start is not None and start < end:
            papers[holder, place].append((start, end))
    samples: dict[UUID, list[Sample]] = defaultdict(list)
    readings: dict[UUID, list[Reading]] = defaultdict(list)
    tests = Test.objects.filter(person__in=persons, is_void=False).values_list(
        "person_id", "sampled_at", "kind", "result", Value(0)
    )
    taken = Temperature.objects.filter(person__in=persons).values_list(
        "person_id", "taken_at", Value(""), Value(""), "tenths"
    )
    for person, at, kind, result, tenths in tests.union(taken, all=True).order_by("sampled_at", "person_id"):
        if kind:
            samples[person].append(Sample(kind == Test.Kind.PCR, result == Test.Result.NEGATIVE, at))
        else:
            readings[person].append(Reading(tenths, at))
    return ProofBook(
        papers=_fixed(papers),
        samples=_fixed(samples),
        readings=_fixed(readings),
        rules=rules_of(places),
        members=members(persons),
    )


def members(persons: Collection[UUID]) -> dict[UUID, MemberView]:
    """Those of them who are of the crew; one query."""
    rows = Member.objects.filter(person__in=persons).select_related("employer")
    return {
        row.person_id: MemberView(row.person_id, row.employer_id, row.employer.name if row.employer else "", row.home)
        for row in rows
    }


def rules_of(places: Collection[UUID]) -> dict[UUID, tuple[Rule, ...]]:
    """Each place's rules by the moment they begin to count; of two for one moment the later said. One query."""
    found: dict[UUID, dict[datetime, Rule]] = {place: {EVER: default_rule()} for place in places}
    for row in EntryRule.objects.filter(place__in=places).order_by("from_at", "said_at", "id"):
        found[row.place_id][row.from_at] = _rule(row)
    return {place: tuple(rule for _, rule in sorted(rules.items())) for place, rules in found.items()}


def rule_versions(place: UUID, *, limit: int = 50) -> tuple[RuleView, ...]:
    """What was said of the place, the newest first."""
    rows = EntryRule.objects.filter(place=place).order_by("-from_at", "-said_at", "-id")[:limit]
    return tuple(RuleView(place, _rule(row), row.source, row.said_at, row.said_by_name) for row in rows)


@dataclass(frozen=True, slots=True)
class FirmView:
    """A firm on the list of a place."""

    id: UUID
    firm: UUID
    name: str
    from_at: datetime
    until_at: datetime | None


def firms_listed(place: UUID, now: datetime) -> tuple[FirmView, ...]:
    """Who is on the list of firms now or later, by name; one query."""
    rows = FirmListing.objects.filter(Q(until_at=None) | Q(until_at__gt=now), place=place).select_related("firm")
    found = [FirmView(row.id, row.firm_id, row.firm.name, row.from_at, row.until_at) for row in rows]
    return tuple(sorted(found, key=lambda view: (view.name, view.id)))


def ends(span: Span) -> datetime | None:
    """The end of a stretch; None where it has none."""
    return None if span[1] == NEVER else span[1]


def _rule(row: EntryRule) -> Rule:
    return Rule(
        row.from_at,
        row.needs_pass,
        row.needs_firm_listed,
        row.pcr_hours,
        row.antigen_hours,
        row.temperature_max_tenths,
        row.temperature_same_day,
    )


def _fixed(found: Mapping[Key, Iterable[Held]]) -> dict[Key, tuple[Held, ...]]:
    return {key: tuple(values) for key, values in found.items()}
