"""What every act on a waybill shares: one lock, one replay, one signed row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.freight.errors import WaybillMoved
from baogong.freight.models import Waybill, WaybillAct
from baogong.journal import queries as papers
from baogong.journal.clock import house_moment
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput

LOCK_WAIT_MS = 3_000


@dataclass(frozen=True, slots=True)
class LineDifference:
    """
    Where a line is not as on the waybill; amounts in base units, 0 where there is nothing to say.

    left      at loading: stays at the origin
    short     missing when the truck was unloaded
    damaged   arrived unusable
    refused   at a handover: the receiver does not take it
    surplus   more than the waybill says
    """

    line: UUID
    left: int = 0
    short: int = 0
    damaged: int = 0
    refused: int = 0
    surplus: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act did. `also` names waybills made or moved by it (a trip's other stops, goods going back)."""

    waybill: UUID
    number: str
    act: str
    state: str
    documents: tuple[UUID, ...] = ()
    surpluses: tuple[UUID, ...] = ()
    also: tuple[UUID, ...] = ()
    was_replay: bool = False


def content_hash(**asked: object) -> str:
    """What was asked, in one canonical text: other content under the same request id is refused."""
    return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, LineDifference):
        return asdict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def find_waybill(waybill: UUID) -> Waybill:
    """Without a lock, to know whose place it is. Raises NotFound."""
    found = Waybill.objects.filter(id=waybill).first()
    if found is None:
        raise NotFound("There is no such waybill.", where=str(waybill), cure="Open it again from the board.")
    return found


def lock_waybills(waybills: Iterable[UUID]) -> dict[UUID, Waybill]:
    """The rows, locked until the transaction ends: whoever comes second sees what the first one did. At most 3 s."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_WAIT_MS}ms"])
    rows = Waybill.objects.select_for_update(of=("self",)).filter(id__in=set(waybills)).order_by("id")
    return {row.id: row for row in rows}


def take_turns(what: str, ids: Iterable[UUID]) -> None:
    """Until the transaction ends, who asks for one of these ids under the same word waits; taken in one order."""
    names = [f"{what} {each}" for each in sorted(ids)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) name", [names])


def lock_trip(waybill: Waybill) -> list[Waybill]:
    """All stops of the truck's run, in order."""
    ids = Waybill.objects.filter(trip=waybill.trip).values_list("id", flat=True)
    return sorted(lock_waybills(ids).values(), key=lambda row: (row.stop_no, row.number))


def replayed(request_id: UUID, content: str) -> Acted | None:
    """The first answer to this request. Ask after the lock. Raises RequestIdReused."""
    act = WaybillAct.objects.filter(id=request_id).select_related("waybill").first()
    if act is None:
        return None
    if act.content_hash != content:
        raise RequestIdReused(
            f"This request was already made for waybill {act.waybill.number}, with other content. The first one stands.",
            where=str(request_id),
            cure="Reload the page and act on what it shows now.",
        )
    kept = act.result
    return Acted(
        waybill=act.waybill_id,
        number=act.waybill.number,
        act=act.act,
        state=kept["state"],
        documents=tuple(UUID(each) for each in kept["documents"]),
        surpluses=tuple(UUID(each) for each in kept["surpluses"]),
        also=tuple(UUID(each) for each in kept["also"]),
        was_replay=True,
    )


def sign(
    row: Waybill,
    act: WaybillAct.Act,
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    content: str,
    given_to_name: str = "",
    documents: Sequence[UUID] = (),
    surpluses: Sequence[UUID] = (),
    also: Sequence[UUID] = (),
    lost: Mapping[int, int] | None = None,
    expected: Mapping[UUID, datetime] | None = None,
) -> Acted:
    """
    Keep who did it, and the answer for whoever asks the same again.

    lost      units reported lost on the road, by the line's position
    expected  when each waybill was expected until it arrived
    """
    kept: dict[str, Any] = {
        "state": row.state,
        "documents": [str(each) for each in documents],
        "surpluses": [str(each) for each in surpluses],
        "also": [str(each) for each in also],
    }
    if lost:
        kept["lost"] = {str(position): amount for position, amount in lost.items()}
    if expected:
        kept["expected"] = {str(waybill): at.isoformat() for waybill, at in expected.items()}
    WaybillAct.objects.create(
        id=request_id,
        waybill=row,
        act=act,
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
        given_to_name=given_to_name,
        document=documents[0] if documents else None,
        document_number=papers.document(documents[0]).number if documents else "",
        content_hash=content,
        result=kept,
    )
    return Acted(row.id, row.number, act.value, row.state, tuple(documents), tuple(surpluses), tuple(also))


def expect_state(row: Waybill, *states: Waybill.State) -> None:
    """Raises WaybillMoved, naming the last act and who signed it."""
    if row.state in states:
        return
    last = row.acts.order_by("-at", "-id").first()
    by_whom = f" {last.by_name} signed “{last.get_act_display()}” at {house_moment(last.at)}." if last else ""
    raise WaybillMoved(
        f"Waybill {row.number} is “{row.get_state_display()}”.{by_whom} Nothing was changed.",
        where=row.number,
        found=row.state,
        expected=[state.value for state in states],
        cure="Look at the waybill again: the step was already made, or one before it is missing.",
    )


def by_line(
    row_lines: Iterable[UUID], differences: Sequence[LineDifference], *, allowed: set[str]
) -> dict[UUID, LineDifference]:
    """
    The differences by line. Raises UnusableInput naming every fault: an unknown line, one named twice, an amount below
    0, a kind of difference that has no meaning at this act.
    """
    known = set(row_lines)
    faults: list[str] = []
    found: dict[UUID, LineDifference] = {}
    for each in differences:
        if each.line not in known:
            faults.append(f"line {each.line} is not on this waybill")
        if each.line in found:
            faults.append(f"line {each.line} is named twice")
        for name in ("left", "short", "damaged", "refused", "surplus"):
            amount = getattr(each, name)
            if amount < 0 or (amount and name not in allowed):
                faults.append(f"line {each.line} has {name} {amount}")
        found[each.line] = each
    if faults:
        raise UnusableInput(
            "The differences cannot be used: " + "; ".join(faults) + ". Nothing was changed.",
            where="differences",
            found=faults,
            expected=f"each line of this waybill at most once, amounts of 0 or more for {', '.join(sorted(allowed))}",
            cure="Correct these lines.",
        )
    return found
