"""Who acts: every write carries one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from baogong.kernel.errors import NotYourPlace


class Duty(StrEnum):
    """What a person may do. Stored codes; a person may have several, each at named sites or everywhere."""

    ADMIN = "ADMIN"  # people, keys, links; no goods
    COMMAND = "COMMAND"  # plans, freezes, documents
    APPROVER = "APPROVER"  # signs what others drew up
    CLERK = "CLERK"  # enters lists and needs
    KEEPER = "KEEPER"  # a warehouse or hub: counts, loads, receives
    DRIVER = "DRIVER"  # a truck: departs, arrives, hands over
    CARRIER = "CARRIER"  # a carrier's dispatcher: accepts plans, names trucks
    AUDITOR = "AUDITOR"  # reads everything, writes nothing


@dataclass(frozen=True, slots=True)
class Actor:
    """
    A person at work, as the edges recognised them.

    person_id  party id of the person; None for the house itself (sweeps, migrations)
    reach      duty → the party ids (sites, carriers) where it holds; an empty set means everywhere
    """

    person_id: UUID | None
    name: str
    reach: dict[Duty, frozenset[UUID]] = field(default_factory=dict)

    def may(self, duty: Duty, at: UUID | None = None) -> bool:
        if duty not in self.reach:
            return False
        places = self.reach[duty]
        return not places or at in places

    def may_any(self, *duties: Duty, at: UUID | None = None) -> bool:
        """Whether one of the duties holds at `at`; without a place: whether it holds everywhere."""
        return any(self.may(duty, at) for duty in duties)

    def may_somewhere(self, *duties: Duty) -> bool:
        """Whether one of the duties holds at some place at least; which place it must be is asked by who knows it."""
        return any(duty in self.reach for duty in duties)

    def require(self, *duties: Duty, at: UUID | None = None) -> None:
        """Raises NotYourPlace unless one of the duties holds at `at`; without a place: unless it holds everywhere."""
        if self.may_any(*duties, at=at):
            return
        held = sorted(duty for duty in duties if duty in self.reach)
        if held:  # then only the place is wrong: the duty is not what is missing
            places_count = len(frozenset().union(*(self.reach[duty] for duty in held)))
            if at is None:
                raise NotYourPlace(
                    f"{self.name or 'This visitor'} has the duty ({', '.join(held)}) at {places_count} "
                    f"place{'s' if places_count > 1 else ''} only; this is the whole house's. Nothing was changed.",
                    found=places_count,
                    expected="the duty everywhere",
                    cure="Ask an administrator of the working group for the duty everywhere, or hand the task to someone who has it.",
                    is_house_wide=True,
                )
            raise NotYourPlace(
                f"{self.name or 'This visitor'} has the duty ({', '.join(held)}), but not at this place: it holds at "
                f"{places_count} other{'s' if places_count > 1 else ''}. Nothing was changed.",
                where=str(at),
                found=places_count,
                cure="Ask an administrator of the working group for this place, or hand the task to someone who works here.",
                is_place_wrong=True,
            )
        raise NotYourPlace(
            f"{self.name or 'This visitor'} may not do this here; nothing was changed.",
            where=str(at or ""),
            found=sorted(self.reach),
            expected=sorted(duties),
            cure="Ask an administrator of the working group for the duty, or hand the task to someone who has it.",
        )


THE_HOUSE = Actor(person_id=None, name="Baogong", reach={duty: frozenset() for duty in Duty})
