"""Who may do what of the crew's, and what every service here checks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.people.queries.parties import PartyView, parties

OFFICE = (Duty.COMMAND, Duty.CLERK)  # calls, lists, passes, rules
WRITERS = (Duty.KEEPER, Duty.CLERK, Duty.COMMAND)  # what happens at the place itself


class NotOfTheRegister(UnusableInput):
    """A person, a place or an employer that the register does not know as such."""

    code = "crew.not-of-the-register"


def by_link(place: UUID, name: str) -> Actor:
    """Whoever opened a link of the place and told its code: the page they came to calls one service for them."""
    return Actor(person_id=None, name=name, reach={Duty.CLERK: frozenset({place})})


def known(*, persons: Collection[UUID] = (), others: Collection[UUID] = ()) -> dict[UUID, PartyView]:
    """The parties; raises NotOfTheRegister unless each is there and the persons are persons."""
    found = {view.id: view for view in parties(ids=[*persons, *others])}
    for asked in (*persons, *others):
        view = found.get(asked)
        if view is None or (asked in persons and view.kind != "PERSON"):
            raise NotOfTheRegister(
                f"{view.name if view else asked} is no {'person' if asked in persons else 'place or firm'} of the "
                "register. Nothing was written.",
                where=str(asked),
                found=view.name if view else str(asked),
                expected="a person of the register" if asked in persons else "a party of the register",
                cure="Register them first, or choose from the list.",
            )
    return found


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
