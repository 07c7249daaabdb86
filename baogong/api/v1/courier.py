"""What a courier's own telephone opens: its sheet of the shift, and the acts it tells."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import APIKeyHeader
from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from baogong.api.v1.access import address
from baogong.api.v1.errors import not_as_declared
from baogong.api.v1.fields import Moment
from baogong.api.v1.handling import Kind
from baogong.api.v1.requests import Key
from baogong.delivery import queries
from baogong.delivery.errors import DeviceUnusable
from baogong.delivery.services import devices, sync
from baogong.delivery.services.devices import SCHEME, DeviceView
from baogong.delivery.services.sync import Act, Unread
from baogong.journal.clock import current_clock
from baogong.journal.services import EvidenceIn
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.kernel.text import refuse_unwritable
from baogong.people.services.limits import take

router = Router(tags=["courier"])

GUESSES_MAX, GUESSES_WINDOW_S = 300, 900
CALLS_MAX, CALLS_WINDOW_S = 120, 60


class EvidenceOfAct(Schema):
    """`photo`: base64 of a picture."""

    kind: Kind
    text: str = Field("", max_length=400)
    by_name: str = Field("", max_length=200)
    photo: str = Field("", max_length=8_000_000)


class ActIn(Schema):
    """One act under the telephone's own id. `come_at`: from when a household that was called is to come to its shelf."""

    id: UUID
    kind: Kind
    at: Moment
    parcel: str = Field("", max_length=60)
    mode: str = Field("", max_length=12)
    why: str = Field("", max_length=16)
    note: str = Field("", max_length=240)
    shelf: UUID | None = None
    calling: UUID | None = None
    come_at: Moment | None = None
    evidence: list[EvidenceOfAct] = Field([], max_length=5)


def _each_on_its_own(said: Any, read: ValidatorFunctionWrapHandler) -> Act | Unread:
    """What has not the shape of an act keeps no other of its message back."""
    try:
        refuse_unwritable(said, "acts")
        return _act(read(said))
    except BaogongError as refusal:
        return Unread(said, refusal)
    except ValidationError as error:
        if not isinstance(said, dict):
            raise
        return Unread(said, not_as_declared(error.errors()))


class SyncIn(Schema):
    acts: list[Annotated[ActIn, WrapValidator(_each_on_its_own)]] = Field(max_length=sync.ACTS_MAX)


class ToldOut(Schema):
    """
    `answer`: TAKEN, KNOWN, LATE, UNFIT (`error`), CONFLICT (somebody else did it: `by`, `at`) or REFUSED (`error`); what
    cannot be read as an act is REFUSED and kept for the keeper, under the `id` as it was said.
    """

    id: str
    answer: str
    parcel: str
    state: str
    by: str
    at: str
    error: dict[str, Any]


class SyncOut(Schema):
    items: list[ToldOut]


class SheetOut(Schema):
    """All a telephone may hold: its person's rounds of its shift."""

    person_name: str
    station_name: str
    until_at: datetime
    rounds: list[dict[str, Any]]
    whys: list[str]


class Telephone(APIKeyHeader):
    """`Authorization: Device TOKEN`: one person's telephone for one shift."""

    param_name = "Authorization"

    def __init__(self, *, to_read: bool) -> None:
        super().__init__()
        self.to_read = to_read

    def authenticate(self, request: HttpRequest, key: str | None) -> DeviceView | None:
        scheme, _, token = (key or "").partition(" ")
        machine = SystemClock().now()
        if scheme != SCHEME or not token:
            return None
        try:
            found = devices.recognise(token, current_clock().now(), to_read=self.to_read)
        except DeviceUnusable:
            take(what="device-guess", who=address(request), most=GUESSES_MAX, window_s=GUESSES_WINDOW_S, now=machine)
            raise
        take(what="device", who=str(found.id), most=CALLS_MAX, window_s=CALLS_WINDOW_S, now=machine)
        return found


def telephone(request: HttpRequest) -> DeviceView:
    return cast(DeviceView, request.auth)  # type: ignore[attr-defined]


@router.get("/sheet", response=SheetOut, operation_id="courier_sheet", auth=Telephone(to_read=True))
def courier_sheet(request: HttpRequest) -> dict[str, Any]:
    """The telephone's own rounds, to be kept for when there is no net."""
    return asdict(queries.device_sheet(telephone(request).id))


@router.post("/sync", response=SyncOut, operation_id="courier_sync", auth=Telephone(to_read=False))
def courier_sync(request: HttpRequest, key: Key, given: SyncIn) -> dict[str, Any]:
    """What was done, each act under an id of its own; told again, under whatever key, it changes nothing."""
    read = cast(list[Act | Unread], given.acts)
    return {"items": sync.tell(device=telephone(request), read=read, now=current_clock().now())}


def _act(one: ActIn) -> Act:
    return Act(
        one.id,
        one.kind,
        one.at,
        one.parcel,
        one.mode,
        one.why,
        one.note,
        one.shelf,
        one.calling,
        tuple(EvidenceIn(each.kind, each.text, _photo(each.photo), one.at, each.by_name) for each in one.evidence),
        one.come_at,
    )


def _photo(text: str) -> bytes | None:
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnusableInput(
            "A picture cannot be read; nothing was written.",
            where="photo",
            found="not base64",
            expected="base64 of a picture",
            cure="Take it again, or type the parcel's code.",
        ) from error
