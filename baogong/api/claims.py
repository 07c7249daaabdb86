"""
The claim path: one address, spoken to by RSGI in a process of its own (docs/decisions/0024-the-claim-path.md).

`POST /claims` with a JSON object: id, tranche, units, document, number; name, phone, household, address, region, slot as
far as the rule asks for them. 200: the claim's answer, which its id gets for ever. Everything else is a refusal that
wrote nothing; those worth trying again carry Retry-After, each a different one, so that a city does not come back at once.

No cookies, no log-in: the resident speaks for themself, by the channel WEB. Nothing that was typed is logged or repeated.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import orjson
from django.db import InterfaceError, OperationalError, connection

from baogong.api.v1.errors import FAULT, NOT_OFFERED, STATUS, Fault, NoSuchAddress, NotOffered, UnusableRequest
from baogong.engine.release.rule import UNITS_MOST
from baogong.journal.clock import current_clock
from baogong.kernel.errors import BaogongError, NotFound, RequestIdReused
from baogong.people.services.identity import ended_of
from baogong.people.services.limits import TooOften
from baogong.release import queries, services
from baogong.release.admission import TooBusy
from baogong.release.codes import refuse_house_ids
from baogong.release.facts import Answer, ClaimIn
from baogong.release.identity import person
from baogong.release.looking import NotOpenYet, SoldOut
from baogong.release.services import Contact
from baogong.release.writer import (
    QUEUE_MAX,
    NotWritten,
    QueueFull,
    Told,
    Waiting,
    Writer,
    minute_ends_at,
)

ADDRESS = "/claims"
BODY_BYTES_MAX = 4_096
TEXT_MAX = 200
WINDOW_S = 10
LOOKUPS_MAX = 100  # at once; beyond, somebody makes tranches up
PER_CLAIM_MAX = 20  # the same id again and again: a lost answer, or a finger on a key
PER_PERSON_MAX = 40  # ids made anew for the same person
STOP_S_MAX = 10
PURPOSES_S = 1  # so often at most it is asked, after a group, whether a city has forgotten its people
# Seconds, from and until: drawn for each answer.
AGAIN_QUEUE_FULL_S, AGAIN_NOT_WRITTEN_S = (1, 4), (2, 6)
AGAIN_OPENED_S, AGAIN_SOLD_OUT_S, AGAIN_JUDGED_S = (0, 3), (300, 900), (2, 62)

log = logging.getLogger(__name__)
_Purpose = tuple[UUID, str, Callable[[Contact], str]]
_JSON = ("content-type", "application/json; charset=utf-8")


class Headers(Protocol):
    def get(self, name: str, default: str | None = None) -> str | None: ...


class Scope(Protocol):
    """What granian tells of a request."""

    proto: str
    path: str
    method: str
    headers: Headers


class Exchange(Protocol):
    """The request's body, at once or piece by piece, and the way back."""

    def __call__(self) -> Awaitable[bytes]: ...
    def __aiter__(self) -> Any: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


_Text = Annotated[str, msgspec.Meta(max_length=TEXT_MAX, pattern=r"^[^\0]*\Z")]


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a claim."""

    id: UUID
    tranche: UUID
    units: Annotated[int, msgspec.Meta(ge=1, le=UNITS_MOST)]
    slot: UUID | None = None
    document: _Text = ""
    number: _Text = ""
    name: _Text = ""
    phone: _Text = ""
    household: _Text = ""
    address: _Text = ""
    region: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,12}\Z")] = ""
    device: _Text = ""
    language: Annotated[str, msgspec.Meta(pattern=r"^(?:zh|en)?\Z")] = ""

    def __repr__(self) -> str:
        return f"_Asked({self.id})"  # nothing that was typed

    @property
    def contact(self) -> Contact:
        return Contact(
            self.document,
            self.number,
            self.name,
            self.phone,
            self.household,
            self.address,
            self.region,
            self.device,
            self.language,
        )


_decode = msgspec.json.Decoder(_Asked).decode
_EXPECTED = dict.fromkeys(_Asked.__struct_fields__, f"text of at most {TEXT_MAX} characters") | {
    "": f"an object of {', '.join(sorted(_Asked.__struct_fields__))}",
    "id": "a UUID",
    "tranche": "a UUID",
    "slot": "a UUID",
    "units": f"1 to {UNITS_MOST}",
    "region": "the code of a region, as 511602",
    "language": "zh or en",
}


class Pace:
    """At most so many of each key in a window; forgotten with the process."""

    def __init__(self, what: str, most: int) -> None:
        self._what, self._most = what, most
        self._ends_s = 0.0
        self._counts: dict[Hashable, int] = {}

    def take(self, key: Hashable) -> None:
        """Raises TooOften."""
        now_s = time.monotonic()
        if now_s >= self._ends_s:
            self._counts.clear()
            self._ends_s = now_s + WINDOW_S
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count > self._most:
            wait_s = int(self._ends_s - now_s) + 1
            raise TooOften(
                f"This was asked {self._most} times already; nothing was done. It opens again in {wait_s} seconds.",
                where=self._what,
                expected=f"at most {self._most} in {WINDOW_S} seconds",
                cure="Wait, then try once more.",
                retry_after_s=wait_s,
            )


class ClaimPath:
    """The RSGI callable and its writer. One for each process; several processes are safe beside each other."""

    def __init__(self, *, queue_max: int = QUEUE_MAX) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self.writer = Writer(self._told, queue_max=queue_max)
        self._purposes: dict[UUID, _Purpose] = {}
        self._lookups: dict[UUID, asyncio.Future[tuple[_Purpose, bool] | None]] = {}
        self._finder = ThreadPoolExecutor(1, thread_name_prefix="purposes")
        self._asks_again_s = 0.0
        self._per_claim, self._per_person = Pace("claim", PER_CLAIM_MAX), Pace("person", PER_PERSON_MAX)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.writer.start()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.writer.stop(patience_s=STOP_S_MAX)
        self._finder.shutdown(wait=False)

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        if scope.proto != "http":
            return
        status, headers, body = await self._answer(scope, exchange)
        allowed = allowed_origin(scope.headers)
        if allowed is not None:
            headers += [("access-control-allow-origin", allowed), ("vary", "Origin")]
            headers += [("access-control-expose-headers", "Retry-After")]
        exchange.response_bytes(status, [*headers, ("cache-control", "no-store")], body)

    async def _answer(self, scope: Scope, exchange: Exchange) -> tuple[int, list[tuple[str, str]], bytes]:
        try:
            if scope.path != ADDRESS:
                raise NoSuchAddress("There is nothing at this address.", cure="Send claims to /claims.")
            if scope.method == "OPTIONS":
                allowed = [
                    ("access-control-allow-methods", "POST"),
                    ("access-control-allow-headers", "Content-Type"),
                    ("access-control-max-age", "600"),
                ]
                return 204, allowed, b""
            if scope.method != "POST":
                refusal = NotOffered(
                    f"This address is not asked with {scope.method}. Nothing was done.",
                    expected="POST",
                    cure="Use POST.",
                )
                return NOT_OFFERED, [_JSON, ("allow", "POST")], _body_of(refusal)
            self.writer.refuse_when_full()
            asked = _read(await _body(scope.headers, exchange))
            answer = await self._claim(asked)
            return 200, [_JSON], self._written(asked.tranche, answer)
        except BaogongError as refusal:
            return self._refused(refusal)
        except Exception as error:
            # Its words may be a person's: the kind of the error and the place in the code are told, no value.
            log.error("a claim failed: %s", _place_of(error))
            fault = Fault(
                "The house made a mistake; nothing is known of the claim.", cure="Send it again under its id."
            )
            return FAULT, [_JSON], _body_of(fault)

    async def _claim(self, asked: _Asked) -> Answer:
        self._per_claim.take(asked.id.int)
        refuse_house_ids(asked.id)
        office, purpose, sealed = self._purposes.get(asked.tranche) or await self._find_purpose(asked.tranche)
        who = person(
            office,
            document=asked.document,
            number=asked.number,
            phone=asked.phone,
            household=asked.household,
            address=asked.address,
            purpose=purpose,
        )
        self._per_person.take(who.person)
        claim = ClaimIn(
            id=asked.id,
            tranche=asked.tranche,
            channel="WEB",
            units=asked.units,
            person=who.person,
            household=who.household,
            phone=who.phone,
            address=who.address,
            document=who.document,
            document_region=who.document_region,
            born_on=who.born_on,
            region=asked.region,
            slot=asked.slot,
        )
        assert self._loop is not None
        future: asyncio.Future[Told] = self._loop.create_future()
        self.writer.put(Waiting(claim, sealed(asked.contact), future))
        told = await future
        if isinstance(told, BaogongError):
            raise told
        if told.state == "REUSED":
            raise RequestIdReused(
                "This id stands for another claim; nothing was claimed now.",
                where="id",
                cure="Make a new id for a new claim.",
            )
        return told

    async def _find_purpose(self, tranche: UUID) -> _Purpose:
        """Whose release it is, the purpose its people's tags are bound to, and what seals under that purpose's key."""
        assert self._loop is not None
        lookup = self._lookups.get(tranche)  # one for all who come at the same moment
        if lookup is None:
            if len(self._lookups) >= LOOKUPS_MAX:
                raise QueueFull(
                    "Too many ask for what is not known here; nothing was claimed.",
                    cure="Send the same claim again, under the same id, after the time told.",
                )
            lookup = asyncio.ensure_future(self._loop.run_in_executor(self._finder, _purpose_of_offer, tranche))
            self._lookups[tranche] = lookup
            lookup.add_done_callback(lambda _found: self._lookups.pop(tranche, None))
        found = await asyncio.shield(lookup)
        if found is None:
            raise NotFound("There is no such tranche; nothing was claimed.", cure="Choose one on offer.")
        of_tranche, is_fixed = found
        if is_fixed:
            self._purposes[tranche] = of_tranche
        return of_tranche

    def _told(self, outcome: Sequence[tuple[Waiting, Told]]) -> None:
        """On the writer's thread, after the commit."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(_wake, outcome)
        ended = self._ended()
        if ended:
            self._loop.call_soon_threadsafe(self._drop, ended)

    def _ended(self) -> set[str]:
        """
        Purposes known here that have ended, of whichever city the claims were; asked on the writer's own line.

        Where the book is not reached the next group asks.
        """
        now_s = time.monotonic()
        known = {purpose for _office, purpose, _sealed in list(self._purposes.values())}
        if now_s < self._asks_again_s or not known:
            return set()
        self._asks_again_s = now_s + PURPOSES_S
        try:
            return ended_of(known)
        except (OperationalError, InterfaceError):
            connection.close()
            return set()

    def _drop(self, ended: set[str]) -> None:
        """What seals under a purpose's key holds it: nothing here opens what was forgotten."""
        self._purposes = {tranche: of for tranche, of in self._purposes.items() if of[1] not in ended}

    def _written(self, tranche: UUID, answer: Answer) -> bytes:
        document: dict[str, Any] = {
            "id": answer.id,
            "state": answer.state,
            "units": answer.units,
            "code": answer.code,
            "free_on": answer.free_on,
            "number": answer.number,
            "hold": answer.hold,
            "keeps_until": answer.keeps_until,
        }
        offer = self.writer.offers.get(tranche)
        if answer.state == "WAITING" and offer is not None:
            document["ask_again_s"] = _wait_s(minute_ends_at(offer), AGAIN_JUDGED_S)
        return orjson.dumps(document)

    def _refused(self, refusal: BaogongError) -> tuple[int, list[tuple[str, str]], bytes]:
        wait_s = self._retry_after_s(refusal)
        headers = [_JSON] if wait_s is None else [_JSON, ("retry-after", str(wait_s))]
        extra = {} if wait_s is None else {"retry_after_s": wait_s}
        return STATUS[refusal.kind], headers, _body_of(refusal, **extra)

    def _retry_after_s(self, refusal: BaogongError) -> int | None:
        """Seconds, drawn anew for everybody; None where trying again is in vain."""
        if isinstance(refusal, NotOpenYet):
            return _wait_s(datetime.fromisoformat(str(refusal.expected)), AGAIN_OPENED_S)
        for kind, (least, most) in (
            (QueueFull, AGAIN_QUEUE_FULL_S),
            (NotWritten, AGAIN_NOT_WRITTEN_S),
            (TooBusy, AGAIN_NOT_WRITTEN_S),
            (SoldOut, AGAIN_SOLD_OUT_S),
        ):
            if isinstance(refusal, kind):
                return random.randint(least, most)
        told: int | None = refusal.data.get("retry_after_s")
        return told


def _purpose_of_offer(tranche: UUID) -> tuple[_Purpose, bool] | None:
    try:
        found = queries.purpose_of_offer(tranche)
        if found is None:
            return None
        office, purpose, is_fixed = found
        return (office, purpose, services.contact_sealer(purpose, current_clock().now())), is_fixed
    except (OperationalError, InterfaceError):
        raise NotWritten(
            "The book was not reached; nothing was claimed.", cure="Send the same claim again, under the same id."
        ) from None
    finally:
        connection.close()  # asked once for each tranche: a connection kept would be dead when it is asked again


def _wake(outcome: Sequence[tuple[Waiting, Told]]) -> None:
    for waiting, told in outcome:
        if not waiting.ticket.done():  # who has gone away is not told
            waiting.ticket.set_result(told)


def _wait_s(until: datetime, spread_s: tuple[int, int]) -> int:
    return max(0, int((until - datetime.now(UTC)).total_seconds())) + random.randint(*spread_s)


def _body_of(refusal: BaogongError, **extra: int) -> bytes:
    return orjson.dumps({"error": {**refusal.as_dict(), **extra}})


async def _body(headers: Headers, exchange: Exchange) -> bytes:
    length = headers.get("content-length", "") or ""
    if length.isdecimal() and int(length) <= BODY_BYTES_MAX:
        return await exchange()  # one wait instead of two
    body = b""
    async for piece in exchange:
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise _unusable("", f"at most {BODY_BYTES_MAX} bytes")
    return body


def _read(body: bytes) -> _Asked:
    """Raises UnusableRequest, which names the field and repeats nothing."""
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        named = re.search(r"`\$\.(\w+)`|required field `(\w+)`", str(error))
        where = (named[1] or named[2]) if named else ""
    except msgspec.DecodeError:
        where = _half_a_character(body)
    raise _unusable(where, _EXPECTED[where])


def _half_a_character(body: bytes) -> str:
    """The field for which a body is no JSON to the strict reader, though it is to others; else none."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    fields = given.items() if isinstance(given, dict) else ()
    return next((name for name, text in fields if name in _EXPECTED and re.search("[\ud800-\udfff]", str(text))), "")


def _unusable(where: str, expected: str) -> UnusableRequest:
    return UnusableRequest(
        "The claim cannot be read; nothing was claimed.",
        where=where or "body",
        expected=expected,
        cure="Compare it with docs/guides/claim-path.md.",
    )


def allowed_origin(headers: Headers) -> str | None:
    """Pages of this house stand at the same name under another port."""
    origin = headers.get("origin")
    host = headers.get("host") if origin else None
    if not origin or not host:
        return None
    try:
        is_own = urlsplit(origin).hostname == urlsplit(f"//{host}").hostname
    except ValueError:
        return None
    return origin if is_own else None


def _place_of(error: Exception) -> str:
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"
