"""The join with crew: who may carry when. Nobody without valid pass and tests is planned or given a round."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from baogong.crew import queries as crew
from baogong.crew.queries import AssignedView, PlanView, Reason
from baogong.crew.queries.fitness import ProofBook, proofs_of
from baogong.delivery.errors import NotFit
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party_names

WORK = "DELIVER"
KINDS_OF_PROOF = ("PASS", "TEST", "TEMPERATURE")


def couriers(station: UUID, communities: Collection[UUID], window: Window, now: datetime) -> tuple[AssignedView, ...]:
    """
    Who is assigned to deliver, each only while every proof is there; by place, start, name.

    Assigned at the station: for all it serves; at a community: for that one only.
    """
    places = [station, *sorted(set(communities) - {station})]
    return tuple(
        view for view in crew.assigned(places, window=window, now=now, work=WORK) if view.start_at < view.end_at
    )


def couriers_and_lacking(
    station: UUID, communities: Collection[UUID], window: Window, now: datetime
) -> tuple[tuple[AssignedView, ...], tuple[PlanView, ...]]:
    """`couriers`, and who is assigned to deliver as well but lacks a pass, a test or a temperature for all of it."""
    views, lacking = crew.standing([station, *sorted(set(communities) - {station})], window=window, now=now, work=WORK)
    return tuple(view for view in views if view.start_at < view.end_at), lacking


def proofs(person: UUID, places: Collection[UUID]) -> ProofBook:
    """The person's proofs at these places, to be asked often."""
    return proofs_of([person], set(places))


def lacks(person: UUID, places: Sequence[UUID], at: datetime, held: ProofBook | None = None) -> tuple[str, ...]:
    """
    What the person lacked at that moment to work at all of these places, the station first; () where nothing.

    Each place that asks for something of its own has to be satisfied. Where none does, or all are, proofs for any one of
    them are enough: a pass for the station opens the communities that it serves.
    """
    return tuple(
        dict.fromkeys(reason.text_en for reason in _wanting(person, places, at, held or proofs(person, places)))
    )


def _wanting(person: UUID, places: Sequence[UUID], at: datetime, held: ProofBook) -> list[Reason]:
    judged = {place: held.judge(person, place, at=at, shift_at=at, now=at) for place in places}
    strict = [place for place in judged if held.asks_of_its_own(place, at)]
    wanting = [reason for place in strict for reason in judged[place].reasons if not judged[place].is_fit]
    if not wanting and not any(each.is_fit for each in judged.values()):
        wanting = list(judged[places[0]].reasons)
    return wanting


def wanting_of(carried: Mapping[UUID, Collection[Sequence[UUID]]], at: datetime) -> dict[UUID, tuple[str, ...]]:
    """
    Person → what kinds of proof they lack (of KINDS_OF_PROOF), of persons with the places that each works at (as for
    `lacks`); four queries for all. The kind only: a result or a temperature is for who enters it, not for the journal.
    """
    places = {place for its in carried.values() for several in its for place in several}
    held = proofs_of(set(carried), places)
    found = {}
    for person, its in carried.items():
        kinds = {_kind_of(reason) for several in its for reason in _wanting(person, several, at, held)}
        if kinds:
            found[person] = tuple(kind for kind in KINDS_OF_PROOF if kind in kinds)
    return found


def _kind_of(reason: Reason) -> str:
    if reason.code.startswith("TEMPERATURE"):
        return "TEMPERATURE"
    return "TEST" if reason.code.startswith(("PCR", "ANTIGEN", "POSITIVE")) else "PASS"


def hours(
    person: UUID, station: UUID, communities: Collection[UUID], window: Window, now: datetime
) -> dict[UUID, tuple[datetime, datetime]]:
    """
    Community → from when to when in the window the person may carry there: assigned at the station or at that community,
    and with every proof that the station and the community ask for. Communities where they may not are left out.
    """
    mine = [view for view in couriers(station, communities, window, now) if view.person == person]
    held = proofs(person, {station, *communities})
    found: dict[UUID, tuple[datetime, datetime]] = {}
    for view in sorted(mine, key=lambda view: view.start_at, reverse=True):
        for community in communities if view.place == station else {view.place} & set(communities):
            if lacks(person, [station, community], view.start_at, held):
                continue
            until = view.end_at
            if held.asks_of_its_own(community, view.start_at):
                there = held.judge(person, community, at=view.start_at, shift_at=view.planned_start_at, now=now)
                until = min(until, there.fit_until or until)
            found[community] = (view.start_at, until)
    return found


def refuse_unfit(person: UUID, places: Sequence[UUID], now: datetime) -> None:
    """Raises NotFit, with the reasons, unless the person may work now at these places."""
    found = lacks(person, places, now)
    if not found:
        return
    name = party_names([person])[person][0]
    raise NotFit(
        f"{name} may not carry anything now: {'; '.join(found)}. Nothing was given out.",
        where=name,
        found=list(found),
        expected="every proof that the place asks for",
        cure="Enter the pass or the test that is missing, or give the round to somebody else.",
    )
