"""Refusals. Each is a class named after itself; only the edges (web, api, ops) know HTTP or exit codes."""

from __future__ import annotations

from enum import Enum
from typing import Any


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


class NotYourPlace(BaogongError):
    """The actor's duty or place does not reach this far."""

    kind, code = Kind.FORBIDDEN, "kernel.not-your-place"


class RequestIdReused(BaogongError):
    """A request id came again with other content. The first request stands; this one did nothing."""

    kind, code = Kind.CONFLICT, "kernel.request-id-reused"
