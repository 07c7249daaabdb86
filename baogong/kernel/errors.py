"""Refusals. Each is a class named after itself; only the edges (web, api, ops) know HTTP or exit codes."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

FOREIGN_KEY_VIOLATION, DATA_EXCEPTIONS = "23503", "22"  # SQLSTATE, and the class of states


class Kind(Enum):
    """What sort of refusal it is; the edges map it to a status or an exit code."""

    UNUSABLE = "UNUSABLE"  # the input makes no sense; nothing was tried
    REFUSED = "REFUSED"  # a rule of the field forbids it
    CONFLICT = "CONFLICT"  # the state has moved on; look again
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"  # not this actor's place or duty
    LIMITED = "LIMITED"  # too often; wait
    UNAVAILABLE = "UNAVAILABLE"  # a part of the house does not answer


class BaogongError(Exception):
    """
    A refusal that says what was found, what is allowed, what happened and what to do.

    message   one or more whole sentences for a person
    where     the cell, field, file or id the refusal is about
    found     the value met there
    expected  what is allowed
    cure      what the reader can do now
    data      further bare facts for programs (integers, strings)
    """

    kind: Kind = Kind.REFUSED
    code: str = "kernel.refused"

    def __init__(
        self, message: str, *, where: str = "", found: object = "", expected: object = "", cure: str = "", **data: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.found = found
        self.expected = expected
        self.cure = cure
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        # Comes back whole from another process, whatever its class is made from.
        return Exception.__new__, (type(self), *self.args), self.__dict__

    def as_dict(self) -> dict[str, Any]:
        """The shape every command and the API print: contracts.md, `error`."""
        return {
            "code": self.code,
            "message": self.message,
            "where": self.where,
            "found": self.found if isinstance(self.found, int | float | str | list | dict) else str(self.found),
            "expected": self.expected
            if isinstance(self.expected, int | float | str | list | dict)
            else str(self.expected),
            "cure": self.cure,
            **self.data,
        }


class UnusableInput(BaogongError):
    """The input cannot be read at all: a missing file, a wrong type, an unknown name."""

    kind, code = Kind.UNUSABLE, "kernel.unusable-input"


class NotFound(BaogongError):
    kind, code = Kind.NOT_FOUND, "kernel.not-found"


class DoesNotFit(UnusableInput):
    """The book's own columns refused a value that the edge had let through."""

    code = "kernel.does-not-fit"


class UnknownId(NotFound):
    """An id that nothing in the book bears was named."""

    code = "kernel.unknown-id"


def refused_by_the_book(error: Exception) -> BaogongError | None:
    """
    What the database itself refused, as a refusal of what was asked; None where it is a defect of the house.

    `error`: what the database driver raised, with its SQLSTATE. Its transaction has left nothing behind.
    """
    cause = error.__cause__ or error
    state, told = getattr(cause, "sqlstate", None) or "", str(cause)
    if state == FOREIGN_KEY_VIOLATION:
        named = re.search(r"Key \((\w+)\)=\(([^)]*)\)", told)
        return UnknownId(
            "An id was named that nothing in the book bears. Nothing was written.",
            where=named[1].removesuffix("_id") if named else "",
            found=named[2] if named else "",
            expected="an id that a list of this house shows",
            cure="Open the list anew and choose from it.",
        )
    if state.startswith(DATA_EXCEPTIONS) or "NUL (0x00)" in told:
        width = re.search(r"character varying\((\d+)\)", told)
        return DoesNotFit(
            "A value is longer or larger than the book can hold. Nothing was written.",
            expected=f"at most {width[1]} characters" if width else "a number or a moment as the field has them",
            cure="Shorten or correct it and send it again.",
        )
    return None


class NotYourPlace(BaogongError):
    """The actor's duty or place does not reach this far."""

    kind, code = Kind.FORBIDDEN, "kernel.not-your-place"


class RequestIdReused(BaogongError):
    """A request id came again with other content. The first request stands; this one did nothing."""

    kind, code = Kind.CONFLICT, "kernel.request-id-reused"
