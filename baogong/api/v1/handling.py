"""
What the operations of the last 100 metres share: the station's readers, and the three shapes of their answers.

A service is done once under the request's key: it answers with what became of each scan, with what it made, or with a
token that is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Code
from baogong.api.v1.requests import once
from baogong.delivery.services.stations import Scanned
from baogong.kernel.actor import Duty

READERS = (*OFFICE, Duty.KEEPER)
Codes = Annotated[list[Code], Field(max_length=10_000)]
Kind = Annotated[str, Field(max_length=16)]


class ScannedOut(Schema):
    """`parcels`: codes it was done with; `known`: done before; `unknown`: no parcel; `others`: code and state, left alone."""

    parcels: list[str]
    known: list[str]
    unknown: list[str]
    others: list[list[str]]


class BroughtAgainOut(Schema):
    """The same parcel, expected at its station once more."""

    claim: UUID
    parcel: str


class ScansIn(Schema):
    scans: Codes


def scanned(request: HttpRequest, key: UUID, service: Callable[..., Scanned], given: Schema, **about: UUID) -> Scanned:
    """Sent again, the service itself tells what it did. `about`: what the address names."""
    who = caller(request)

    def act() -> Scanned:
        return service(**about, **given.dict(), actor=who.actor, now=who.now, request_id=key)

    answers: list[Scanned] = []
    once(request, key, lambda: answers.append(act()), given)
    return answers[0] if answers else act()


def shown_once(request: HttpRequest, key: UUID, service: Callable[..., str], given: Schema) -> Status[dict[str, str]]:
    """A token is kept nowhere: sent again the request makes no other one, and cannot tell it."""
    who = caller(request)
    tokens: list[str] = []
    once(request, key, lambda: tokens.append(service(**given.dict(), actor=who.actor, now=who.now)), given)
    return Status(201, {"token": tokens[0] if tokens else ""})
