"""
What an entrance expects of who comes, and the three who come.

The first has every duty but those that count, everywhere. The second has those that count, at a place that has nothing to
do with it. The third has one of them, everywhere: `make soak` lets each of the duties come, `make test` one of them, another
one at another entrance. A fourth, where there is a place, has them at that place alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID
from zlib import crc32

from django.apps import apps
from django.db import connection, transaction

from baogong.kernel.actor import Actor, Duty
from tests.cast import log_in_as

ADMIN, COMMAND, APPROVER, CLERK = Duty.ADMIN, Duty.COMMAND, Duty.APPROVER, Duty.CLERK
KEEPER, DRIVER, CARRIER, AUDITOR = Duty.KEEPER, Duty.DRIVER, Duty.CARRIER, Duty.AUDITOR
OFFICE = (COMMAND, APPROVER, CLERK, AUDITOR)
REGISTRARS = (COMMAND, CLERK)
DECIDERS = (COMMAND, APPROVER)
ALL = tuple(Duty)
# Kept of everybody who comes, refused or not: that a token or a session was shown, and how often.
WATCHED = ("people_linkuse", "people_pace", "django_session")


class Elsewhere(Enum):
    """What who has the duty at another place finds."""

    REFUSED = "refused"
    NOTHING = "an answer, and nothing of this place in it"
    OPEN = "the same as anybody: it names no place"


@dataclass(frozen=True)
class Row:
    """
    One entrance.

    duties     whose it is; nobody else's
    at         the place it is about, by its name in the book; "": the whole house's, where only everywhere will do
    given      what is sent, besides what its schema says it must hold; UUIDs by their names in the book
    path       which of the book's things its address names, where that is not the one of the same name
    shows      what on a page tells of the place
    refused    how a refusal is told: 404 where even that the thing is there is not told
    served     how it serves, besides what every entrance may answer to whoever is let in: 404 where nothing is there yet
    why_open   for Elsewhere.OPEN: why it names no place
    """

    duties: Collection[Duty]
    at: str = ""
    elsewhere: Elsewhere = Elsewhere.REFUSED
    given: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    shows: str = ""
    refused: tuple[int, int] = (403, 403)
    served: int = 200
    why_open: str = ""

    def __post_init__(self) -> None:
        assert (self.elsewhere is Elsewhere.OPEN) == bool(self.why_open), "say why it names no place"
        assert self.elsewhere is not Elsewhere.NOTHING or self.at, "a list of a place's things names the place"


@dataclass
class Book:
    """A book in which every thing an address can name is there, and the persons who come to it."""

    things: dict[str, Any]
    is_whole: bool = False  # every duty comes to every entrance, not one of an entrance's
    persons: dict[tuple[frozenset[Duty], UUID | None], Actor] = field(default_factory=dict)
    seen: dict[str, str] | None = None  # its digests, where nothing has been written on purpose since they were taken

    def person(self, duties: Collection[Duty], at: UUID | None = None) -> Actor:
        """Who has these duties, there or everywhere, and no other."""
        key = frozenset(duties), at
        if key not in self.persons:
            self.seen = None
            self.persons[key] = log_in_as(f"Person{len(self.persons)}", [(duty, at) for duty in sorted(key[0])])
        return self.persons[key]


@dataclass(frozen=True)
class Comer:
    """Who comes, in a word, and how they must be met."""

    who: str
    actor: Actor
    is_met: Callable[[int], bool]
    expected: str
    sees: bool | None = None  # whether what is of the place is in the answer; None: it is not asked


def comers(row: Row, book: Book) -> tuple[list[Comer], list[Comer]]:
    """(those who must be refused, those who must not)."""
    others = [duty for duty in Duty if duty not in row.duties]
    at, away = book.things[row.at] if row.at else None, book.things["elsewhere"]

    def refusal(status: int) -> dict[str, Any]:
        return {"is_met": lambda got: got == status, "expected": str(status)}

    met: dict[str, Any] = {
        "is_met": lambda got: got in (row.served, 200, 201, 302, 409, 422),
        "expected": "not a refusal",
    }
    refused = [Comer("wrong duty", book.person(others), **refusal(row.refused[0]))]
    served: list[Comer] = []
    if row.elsewhere is Elsewhere.REFUSED:
        refused.append(Comer("right duty, wrong place", book.person(row.duties, away), **refusal(row.refused[1])))
    else:
        sees = False if row.elsewhere is Elsewhere.NOTHING else None
        served.append(Comer("right duty, elsewhere", book.person(row.duties, away), **met, sees=sees))
    is_list = row.elsewhere is Elsewhere.NOTHING
    duties = tuple(row.duties)
    for duty in duties if book.is_whole else (duties[crc32(repr(row).encode()) % len(duties)],):
        served.append(Comer(f"{duty} everywhere", book.person([duty]), **met, sees=is_list or None))
    if at is not None:
        served.append(Comer("right duty at the place", book.person(row.duties, at), **met, sees=is_list or None))
    return refused, served


def complaints_about(row: Row, book: Book, ask: Callable[[Actor], tuple[int, bool, str]]) -> list[str]:
    """
    What is wrong with an entrance.

    ask  comes as this actor: (status, whether anything of the place is in the answer, what was said)
    """
    refused, served = comers(row, book)
    before, found = book.seen or digests(), []
    for comer in refused:
        status, _, said = ask(comer.actor)
        if not comer.is_met(status):
            found.append(f"{comer.who}: {status} instead of {comer.expected}: {said}")
    book.seen = digests()
    changed = sorted(table for table, digest in book.seen.items() if digest != before[table])
    if changed:
        found.append(f"a refused one changed {', '.join(changed)}")
    for comer in served:
        mark = transaction.savepoint()  # each finds the book as the one before did
        status, sees, said = ask(comer.actor)
        transaction.savepoint_rollback(mark)
        if not comer.is_met(status):
            found.append(f"{comer.who}: {status} instead of {comer.expected}: {said}")
        elif comer.sees is not None and sees != comer.sees:
            found.append(f"{comer.who}: {'sees' if sees else 'does not see'} what is of the place: {said}")
    return found


def digests() -> dict[str, str]:
    """table → a digest of all its rows, for every table of the house: one query."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - set(WATCHED))
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', coalesce(md5(string_agg(row, '' ORDER BY row)), '')"
                f' FROM (SELECT md5(t::text) AS row FROM "{table}" t) rows'
                for table in tables
            )
        )
        return dict(cursor.fetchall())


def told(value: Any, book: Book) -> Any:
    """Names of the book's things as their ids, however deep; a key is one where it begins with an arrow."""
    if isinstance(value, Mapping):
        return {
            str(book.things[key[1:]]) if key.startswith("→") else key: told(each, book) for key, each in value.items()
        }
    if isinstance(value, list):
        return [told(each, book) for each in value]
    if not isinstance(value, str):
        return value
    head, colon, name = value.rpartition(":")  # c:langfang
    thing = book.things.get(name)
    return f"{head}{colon}{thing}" if isinstance(thing, UUID) else value
