"""Chains come in, and a person settles what the reader was not sure of. Nothing of a paste is ever dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from baogong.engine.sheets.readers import read_table
from baogong.journal.locks import lock_rows
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.text import refuse_unwritable
from baogong.orders.errors import DoorUnknown, LineMoved, LineUnusable, PasteUnusable
from baogong.orders.models import Basket, BasketItem, ChainLine, Paste
from baogong.orders.reading import (
    PROFILES,
    WHERE_MAX,
    Doors,
    LineRead,
    menu_of,
    place_typed,
    read_chat,
    read_export,
    to_do,
)
from baogong.orders.services.steps import State, lock_basket, require_step
from baogong.orders.services.suggestions import ask_program
from baogong.places.queries import register_rows

CHARACTERS_MAX = 400_000
LINES_MAX = 5_000
PACKS_MAX = 100_000
NAME_MAX = 80
LATE, TAKEN_BACK_LATE, AGAIN = "late", "taken-back-late", "said-again"
Kind, Stand = ChainLine.Kind, ChainLine.State
IN_FORCE = (Stand.COUNTED, Stand.WAITING)


@transaction.atomic
@recorded("orders.chain.pasted")
def paste_chain(
    *,
    basket: UUID,
    text: str,
    group: str = "",
    file_name: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Read what was pasted from a chat group into the basket; the same group's earlier paste is superseded. Returns its id.

    What a person decided about a line holds on where the line comes again. A line of the earlier version that is not in
    the newer one waits: somebody may have been lost in copying. Past the deadline, what was not read before waits as late.
    Raises NotYourPlace, BasketMoved, PasteUnusable, RequestIdReused.
    """
    row = lock_basket(basket, actor)
    content = content_of(basket=basket, text=text, group=group, file_name=file_name)
    earlier = made_before(Paste, request_id, content)
    if earlier is not None:
        return earlier.id
    require_step(row, State.OPEN)
    _check(text, file_name)
    lines = read_chat(text, doors_of(row, now), menu_of(_dishes(row)))
    return _keep(row, text, lines, group, file_name, actor, now, request_id, content)


@transaction.atomic
@recorded("orders.chain.pasted")
def paste_table(
    *,
    basket: UUID,
    file_name: str,
    data: bytes,
    profile: str,
    group: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Read the orders another program exported (`PROFILES`); every line names its cell. As `paste_chain`.

    Raises UnreadableFile besides.
    """
    row = lock_basket(basket, actor)
    content = content_of(basket=basket, data=data.hex(), profile=profile, group=group, file_name=file_name)
    earlier = made_before(Paste, request_id, content)
    if earlier is not None:
        return earlier.id
    require_step(row, State.OPEN)
    if profile not in PROFILES:
        raise PasteUnusable(
            "Orders are exported by one of the programs named. Nothing was read.",
            where="profile", found=profile, expected=", ".join(PROFILES), cure="Choose the program it was exported from.",
        )  # fmt: skip
    text, lines = read_export(read_table(file_name, data), profile, doors_of(row, now), menu_of(_dishes(row)))
    _check(text, file_name)
    return _keep(row, text, lines, group, file_name, actor, now, request_id, content)


def doors_of(row: Basket, now: datetime) -> Doors:
    return Doors(register_rows(row.community_id, now))


def _dishes(row: Basket) -> list[tuple[str, str]]:
    return list(BasketItem.objects.filter(basket=row).order_by("code", "id").values_list("code", "name"))


def _check(text: str, file_name: str) -> None:
    refuse_unwritable(text, file_name or "text")
    if not text.strip() or len(text) > CHARACTERS_MAX:
        raise PasteUnusable(
            "There is nothing in it, or more than one group writes. Nothing was read.",
            where=file_name or "text",
            found=f"{len(text):,} characters",
            expected=f"1 to {CHARACTERS_MAX:,} characters",
            cure="Copy the chain out of the chat once more; paste several groups one by one.",
        )


def _keep(
    row: Basket, text: str, lines: Sequence[LineRead], group: str, file_name: str, actor: Actor, now: datetime,
    request_id: UUID, content: UUID,
) -> UUID:  # fmt: skip
    if len(lines) > LINES_MAX:
        raise PasteUnusable(
            f"It has {len(lines):,} lines; a group's chain has at most {LINES_MAX:,}. Nothing was read.",
            where=file_name or "text", found=len(lines), expected=LINES_MAX, cure="Paste several groups one by one.",
        )  # fmt: skip
    last = Paste.objects.filter(basket=row).aggregate(last=Max("number"))["last"] or 0
    paste = Paste.objects.create(
        basket=row,
        number=last + 1,
        group=group.strip()[:60],
        file_name=file_name[:120],
        text=text,
        at=now,
        by_id=actor.person_id,
        request_id=request_id,
        content=content,
    )
    rows = [_row(paste, number, line) for number, line in enumerate(lines, start=1)]
    vanished, before = _supersede(paste, rows)
    _ask_about_other_groups(paste, rows)
    late = _let_wait(rows, before) if now >= row.closes_at else 0
    ChainLine.objects.bulk_create(rows)
    if any(line.state == Stand.WAITING for line in rows):
        ask_program(paste.id)
    record(
        kind="orders.chain.pasted",
        actor=actor,
        now=now,
        subject=row.id,
        data={
            "office": str(row.office_id),
            "paste": str(paste.id),
            "characters": len(text),
            "lines": len(rows),
            "waiting": sum(line.state == Stand.WAITING for line in rows),
            "vanished": vanished,
            "late": late,
        },
    )
    return paste.id


def _row(paste: Paste, number: int, line: LineRead) -> ChainLine:
    return ChainLine(
        paste=paste,
        number=number,
        kind=line.kind,
        state=line.state,
        start=line.start,
        end=line.end,
        where=line.where[:WHERE_MAX],
        why=line.why,
        suggestion=line.suggestion,
        no=line.no,
        name=line.name,
        building=line.building,
        unit=line.unit,
        room=line.room,
        items=[list(one) for one in line.items],
        note=line.note,
        is_paid=line.is_paid,
        doubts=list(line.doubts),
    )


def _let_wait(rows: Sequence[ChainLine], before: Mapping[UUID, ChainLine]) -> int:
    """
    Orders read past the deadline wait, and how many: when a line was written nobody knows, so a person says whether in time.

    What stood there in the same words before the deadline counts on; one that is withdrawn only now is asked about too.
    """
    count = 0
    for line in rows:
        old = before.get(line.id)
        was_late = (
            old is not None and old.decided_at is None and (old.why in (LATE, TAKEN_BACK_LATE) or LATE in old.doubts)
        )
        is_new = old is None or was_late
        stood = old is not None and (old.state == Stand.COUNTED or old.why == TAKEN_BACK_LATE)
        is_taken_back = stood and line.state == Stand.WITHDRAWN
        if line.kind != Kind.ENTRY or line.decided_at is not None:
            continue
        if is_taken_back or (is_new and line.state == Stand.COUNTED):
            line.why = TAKEN_BACK_LATE if is_taken_back else LATE
            line.state, line.suggestion = Stand.WAITING, to_do(line.why)
            count += 1
        elif is_new and line.state == Stand.WAITING:
            line.doubts = [*line.doubts, LATE]
            count += 1
    return count


def _supersede(paste: Paste, rows: Sequence[ChainLine]) -> tuple[int, dict[UUID, ChainLine]]:
    """
    Earlier pastes of the group give way to this one: how many of their lines are not in it and wait, and new line → the
    one that stood there in the same words.
    """
    before = list(
        ChainLine.objects.filter(paste__basket=paste.basket_id, paste__group=paste.group)
        .exclude(paste=paste)
        .exclude(state=Stand.SUPERSEDED)
        .select_related("paste")
        .order_by("paste__number", "number")
    )
    by_words: defaultdict[str, list[ChainLine]] = defaultdict(list)
    by_household: defaultdict[tuple[object, ...], list[ChainLine]] = defaultdict(list)
    for new in rows:
        by_words[_words(paste.text, new)].append(new)
        for key in _households(new):
            by_household[key].append(new)
    taken: set[UUID] = set()
    vanished = []
    earlier: dict[UUID, ChainLine] = {}
    for old in before:
        same = _first_free(by_words[_words(old.paste.text, old)], taken)
        if same is not None:
            taken.add(same.id)
            earlier[same.id] = old
            if old.decided_at is not None:
                _carry(old, same)
            continue
        if old.kind == Kind.ENTRY and old.state in IN_FORCE:
            again = next((found for key in _households(old) if (found := _first_free(by_household[key], taken))), None)
            if again is None:
                vanished.append(old.id)
            else:
                taken.add(again.id)
    ChainLine.objects.filter(id__in=[old.id for old in before]).exclude(id__in=vanished).update(state=Stand.SUPERSEDED)
    ChainLine.objects.filter(id__in=vanished).update(
        state=Stand.WAITING, why="vanished", suggestion=to_do("vanished"), decided_at=None, decided_by=None, reason=""
    )
    return len(vanished), earlier


def _ask_about_other_groups(paste: Paste, rows: Sequence[ChainLine]) -> None:
    """What a household says in one group as in another waits: two orders, or one chain pasted under two names."""
    elsewhere = {
        _order(line)
        for line in ChainLine.objects.filter(
            paste__basket=paste.basket_id, kind=Kind.ENTRY, state__in=IN_FORCE
        ).exclude(paste__group=paste.group)
        if AGAIN not in line.doubts
    }
    for line in rows:
        is_open = line.kind == Kind.ENTRY and line.state in IN_FORCE and line.decided_at is None
        if is_open and AGAIN not in line.doubts and _order(line) in elsewhere:
            line.doubts = [*line.doubts, AGAIN]
            if line.state == Stand.COUNTED:
                line.state, line.why, line.suggestion = Stand.WAITING, AGAIN, to_do(AGAIN)


def _order(line: ChainLine) -> tuple[object, ...]:
    return line.name.casefold(), line.building, line.unit, line.room, tuple(sorted(map(tuple, line.items)))


def _words(text: str, line: ChainLine) -> str:
    """What stands there without blanks and without its own number: a repost may count anew."""
    words = "".join(text[line.start : line.end].split())
    return words.removeprefix(str(line.no or "")).lstrip(".、)）")


def _households(line: ChainLine) -> list[tuple[object, ...]]:
    """By what a line may be known again, the surest first."""
    if line.kind != Kind.ENTRY:
        return []
    place = (line.building, line.unit, line.room)
    keys: list[tuple[object, ...]] = [(line.name, *place)]
    if line.room:
        keys.append(place)
    if line.name:
        keys.append((line.name,))
    return keys


def _first_free(lines: Sequence[ChainLine], taken: Collection[UUID]) -> ChainLine | None:
    return next((line for line in lines if line.id not in taken), None)


def _carry(old: ChainLine, new: ChainLine) -> None:
    """The same words again: what was decided about them holds on."""
    new.name = old.name
    new.state, new.building, new.unit, new.room, new.items = old.state, old.building, old.unit, old.room, old.items
    new.reason, new.decided_by_id, new.decided_at = old.reason, old.decided_by_id, old.decided_at


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a person says of a line.

    what    COUNT as it stands or with what is given here, WITHDRAW, LEAVE_OUT (it is no order)
    name    by which the household is called; None: as read
    items   (code, packs); None: as read
    reason  needed for LEAVE_OUT
    """

    what: str
    building: str | None = None
    unit: str = ""
    room: str = ""
    items: tuple[tuple[str, int], ...] | None = None
    reason: str = ""
    is_sure: bool = False
    name: str | None = None


@transaction.atomic
@recorded("orders.lines.settled")
def settle_lines(*, basket: UUID, lines: Collection[UUID], decision: Decision, actor: Actor, now: datetime) -> None:
    """
    Decide lines of a basket that is not ordered yet; the same decision again changes nothing.

    is_sure  the door is right although the register has it not
    Raises NotYourPlace, BasketMoved, LineMoved, LineUnusable, DoorUnknown.
    """
    row = lock_basket(basket, actor)
    require_step(row, State.OPEN, State.CLOSED)
    found = lock_rows(ChainLine.objects.filter(paste__basket=row), set(lines))
    if not found or len(found) != len(set(lines)):
        raise LineMoved(
            "These are no lines of this basket. Nothing was changed.", where=str(basket), cure="Open the queue anew."
        )
    decide = {"COUNT": _count, "WITHDRAW": _withdraw, "LEAVE_OUT": _leave_out}.get(decision.what)
    if decide is None:
        raise LineUnusable(
            "A line is counted, withdrawn or left out. Nothing was changed.",
            where="what", found=decision.what, expected="COUNT, WITHDRAW, LEAVE_OUT", cure="Choose one of these.",
        )  # fmt: skip
    doors, codes = doors_of(row, now), {code for code, _ in _dishes(row)}
    for line in found:
        if line.state in (Stand.SUPERSEDED, Stand.SKIPPED):
            raise LineMoved(
                "A newer version of this chain is there; the line counts no more. Nothing was changed.",
                where=str(line.id), found=line.state, expected=", ".join(IN_FORCE), cure="Settle the newer line.",
            )  # fmt: skip
        decide(line, decision, doors, codes)
        line.reason, line.decided_by_id, line.decided_at = decision.reason.strip()[:200], actor.person_id, now
        line.save(
            update_fields=["state", "name", "building", "unit", "room", "items", "reason", "decided_by", "decided_at"]
        )
    record(
        kind="orders.lines.settled",
        actor=actor,
        now=now,
        subject=row.id,
        data={"office": str(row.office_id), "lines": len(found), "as": decision.what},
    )


def _count(line: ChainLine, decision: Decision, doors: Doors, codes: Collection[str]) -> None:
    if decision.building is not None:
        line.building, line.unit, line.room = place_typed(decision.building, decision.unit, decision.room)
        if line.building and not line.unit:
            line.unit = doors.unit_of(line.building, line.room) or ""
    if decision.name is not None:
        line.name = " ".join(decision.name.split())[:NAME_MAX]
    if decision.items is not None:
        line.items = [list(one) for one in decision.items if one[1]]
    sound = bool(line.items) and all(code in codes and abs(packs) <= PACKS_MAX for code, packs in line.items)
    if not line.building or not sound:
        raise LineUnusable(
            "An order names a building, and so many packs of what is on the menu. Nothing was changed.",
            where="building" if not line.building else "items",
            found=line.building or str(line.items),
            expected=", ".join(sorted(codes)),
            cure="Write the door, and choose the items with their packs.",
        )
    if not decision.is_sure and not doors.knows(line.building, line.unit, line.room):
        raise DoorUnknown(
            "The community's register has no such door. Nothing was changed.",
            where="room",
            found="-".join(part for part in (line.building, line.unit, line.room) if part),
            expected="a door of the register",
            cure="Ask the household for its door; if it is right, say that you are sure.",
        )
    line.state = Stand.COUNTED


def _withdraw(line: ChainLine, _decision: Decision, _doors: Doors, _codes: Collection[str]) -> None:
    line.state = Stand.WITHDRAWN


def _leave_out(line: ChainLine, decision: Decision, _doors: Doors, _codes: Collection[str]) -> None:
    if not decision.reason.strip():
        raise LineUnusable(
            "A line is left out for a reason. Nothing was changed.",
            where="reason", expected="some words", cure="Say why it is no order.",
        )  # fmt: skip
    line.state = Stand.LEFT_OUT
