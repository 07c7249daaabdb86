"""The join with crew: who may carry when. Nobody without valid pass and tests is planned or given a round."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from baogong.crew import queries as crew
from baogong.crew.queries import AssignedView
from baogong.delivery.errors import NotFit
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party_names

WORK = "DELIVER"


def couriers(station: UUID, communities: Collection[UUID], window: Window, now: datetime) -> tuple[AssignedView, ...]:
    """
    Who is assigned to deliver, each only while every proof is there; by place, start, name.

    Assigned at the station: for all it serves; at a community: for that one only.
    """
    places = [station, *sorted(set(communities) - {station})]
    return tuple(
        view for view in crew.assigned(places, window=window, now=now, work=WORK) if view.start_at < view.end_at
    )


def lacks(person: UUID, places: Sequence[UUID], at: datetime) -> tuple[str, ...]:
    """What the person lacked at that moment at the first of these places; () where they might work at any of them."""
    found: tuple[str, ...] = ()
    for place in places:
        judged = crew.fitness([person], place=place, window=Window(), now=at)[person]
        if judged.is_fit:
            return ()
        found = found or tuple(reason.text_en for reason in judged.reasons)
    return found


def refuse_unfit(person: UUID, places: Sequence[UUID], now: datetime) -> None:
    """Raises NotFit, with the reasons, unless the person may work now at one of these places."""
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
